#include "libgw/policy/auth/render.h"

#include "tests/support/catch.h"
#include "tests/unit/policy/auth/keys.h"

using namespace gw;
using namespace gw::auth;
using namespace gw::auth::test_keys;

namespace {

std::string as_http(std::string_view claim) { return claim_text(json(claim), ApiKind::http).value_or("(left out)"); }
std::string as_rest(std::string_view claim) { return claim_text(json(claim), ApiKind::rest).value_or("(left out)"); }

}  // namespace

TEST_CASE("claims are strings, lists as Go writes them for HTTP APIs and with commas for REST", "[auth][render]") {
    CHECK(as_http(R"(["admin","poweruser"])") == "[admin poweruser]");
    CHECK(as_rest(R"(["admin","poweruser"])") == "admin,poweruser");
    CHECK(as_http("[]") == "[]");
    CHECK(as_rest("[]").empty());
    CHECK(as_http(R"(["a",["b",["c"]],1,true,null])") == "[a [b [c]] 1 true <nil>]");
    CHECK(as_http(R"([{"a":1}])") == R"([{"a":1}])");
    CHECK(as_rest(R"(["a",["b"],null])") == R"(a,["b"],)");
    for (const auto& render : {as_http, as_rest}) {
        CHECK(render("1787996002") == "1787996002");
        CHECK(render("1.50") == "1.50");
        CHECK(render("true") == "true");
        CHECK(render("\"text\"") == "text");
        CHECK(render("\"\"").empty());
        CHECK(render("null") == "(left out)");
        CHECK(render(R"({"roles":["a"]})") == R"({"roles":["a"]})");
    }
}

TEST_CASE("an authorizer's context has the claims as texts, and the route's scopes", "[auth][render]") {
    const auto parsed = Claims::parse(R"({"sub":"alice","exp":1795352400,"groups":["a","b"],"gone":null,"ok":true})");
    const Claims& claims = found_in(parsed);
    const std::vector<std::string> none;
    const std::vector<std::string> scopes = {"x", "y"};
    CHECK(to_json(authorizer_context(claims, none, ApiKind::http)) ==
          R"({"jwt":{"claims":{"sub":"alice","exp":"1795352400","groups":"[a b]","ok":"true"},"scopes":null}})");
    CHECK(to_json(*authorizer_context(claims, scopes, ApiKind::http).find("jwt")->find("scopes")) == R"(["x","y"])");
    CHECK(to_json(authorizer_context(claims, scopes, ApiKind::rest)) ==
          R"({"claims":{"sub":"alice","exp":"1795352400","groups":"a,b","ok":"true"}})");
    CHECK(claim_text(claims, "sub", ApiKind::http) == "alice");
    CHECK(claim_text(claims, "gone", ApiKind::http).empty());
    CHECK(claim_text(claims, "never", ApiKind::http).empty());
}
