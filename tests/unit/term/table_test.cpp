#include "libgw/term/table.h"

#include "libgw/term/width.h"
#include "tests/support/catch.h"

using namespace gw::term;

namespace {
Table sample() {
    Table table({{"ROUTE", Align::left, 8}, {"RATE", Align::right, 0}, {"TARGET", Align::left, 6}});
    table.add({"GET /orders/{id}", "100/s", "http://127.0.0.1:3001"});
    table.add({"$default", "-", {"mock:404", Paint::dim}});
    return table;
}
}  // namespace

TEST_CASE("columns stand under each other", "[term][table]") {
    CHECK(sample().text({}) ==
          "ROUTE              RATE  TARGET\n"
          "GET /orders/{id}  100/s  http://127.0.0.1:3001\n"
          "$default              -  mock:404\n");
}

TEST_CASE("a narrow terminal cuts the widest columns, and none below its least", "[term][table]") {
    const std::string text = sample().text({.width = 36, .style = {}});
    CHECK(text ==
          "ROUTE            RATE  TARGET\n"
          "GET /orders/{\xe2\x80\xa6  100/s  http://127.0\xe2\x80\xa6\n"
          "$default            -  mock:404\n");
    CHECK(sample().text({.width = 10, .style = {}}) ==
          "ROUTE      RATE  TARGET\n"
          "GET /or\xe2\x80\xa6  100/s  http:\xe2\x80\xa6\n"
          "$default      -  mock:\xe2\x80\xa6\n");
}

TEST_CASE("colour changes no column", "[term][table]") {
    const std::string text = sample().text({.width = 0, .style = Style(true)});
    CHECK(text.find("\x1b[1mROUTE\x1b[0m              \x1b[1mRATE\x1b[0m  \x1b[1mTARGET\x1b[0m\n") == 0);
    CHECK(text.find("$default              -  \x1b[2mmock:404\x1b[0m\n") != std::string::npos);
}

TEST_CASE("empty cells leave no spaces at the end of a line", "[term][table]") {
    Table table({{"", Align::left, 0}, {"", Align::right, 0}, {"", Align::left, 0}});
    CHECK(table.empty());
    CHECK(table.text({}).empty());
    table.add({"auth", "1", "required"});
    table.add({"limit"});
    table.add({"", "", "cors"});
    table.add({"", "22"});
    CHECK(table.text({}) == "auth    1  required\nlimit\n           cors\n       22\n");
}

TEST_CASE("widths are those that are seen, and cells cannot hold control characters", "[term][table]") {
    Table table({{"A", Align::left, 0}, {"B", Align::left, 0}});
    table.add({"\xe6\x97\xa5\xe6\x9c\xac", "x"});
    table.add({"a\x1b[2J", "y"});
    CHECK(table.text({}) == "A      B\n\xe6\x97\xa5\xe6\x9c\xac   x\na\xef\xbf\xbd[2J  y\n");
}
