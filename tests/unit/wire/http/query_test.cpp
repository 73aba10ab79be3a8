#include "libgw/wire/http/query.h"

#include <string>

#include "tests/support/catch.h"

using namespace gw::http;

namespace {
std::string listed(std::string_view query) {
    std::string out;
    for (QueryReader reader(query); auto parameter = reader.next();) {
        out += "[" + std::string(parameter->name) + (parameter->has_value ? "=" : "") + std::string(parameter->value) +
               "]";
    }
    return out;
}
}  // namespace

TEST_CASE("a query is split at & only, in order, duplicates kept") {
    CHECK(listed("x=1;y=2") == "[x=1;y=2]");
    CHECK(listed("x=1&x=2&y") == "[x=1][x=2][y]");
    CHECK(listed("a=b=c&=d&e=") == "[a=b=c][=d][e=]");
    CHECK(listed("&&a&&") == "[a]");
    CHECK(listed("").empty());
    CHECK(listed("%78=%31") == "[%78=%31]");
}

TEST_CASE("a value is decoded once") {
    CHECK(decode_query("a+b%2Bc") == "a b+c");
    CHECK(decode_query("%2541") == "%41");
}
