#include "libgw/policy/cors/header_list.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cors;

TEST_CASE("lines of one field are one value") {
    http::Fields fields;
    REQUIRE_FALSE(combined(fields, "vary"));
    fields.add("Vary", "a");
    fields.add("x", "y");
    fields.add("vary", "b, c");
    REQUIRE(combined(fields, "VARY") == "a, b, c");
}

TEST_CASE("a list of tokens has no room for anything else") {
    REQUIRE(token_list("") == std::vector<std::string>{});
    REQUIRE(token_list(" a ,\tb,,c, ") == std::vector<std::string>{"a", "b", "c"});
    REQUIRE(token_list("*") == std::vector<std::string>{"*"});
    REQUIRE_FALSE(token_list("a b"));
    REQUIRE_FALSE(token_list("a;b"));
    REQUIRE_FALSE(token_list("\"a\""));
    REQUIRE(contains({"a", "B"}, "B"));
    REQUIRE_FALSE(contains({"a", "B"}, "b"));
    REQUIRE(contains_ignoring_case({"a", "B"}, "b"));
}
