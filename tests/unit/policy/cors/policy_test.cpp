#include "libgw/policy/cors/policy.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cors;

namespace {

Result<Policy> of_origins(std::vector<std::string> origins, bool credentials = false) {
    PolicySpec spec;
    spec.origins = std::move(origins);
    spec.credentials = credentials;
    return Policy::make(std::move(spec));
}

}  // namespace

TEST_CASE("credentials are never allowed to every origin") {
    REQUIRE(of_origins({"*"}));
    const auto refused = of_origins({"https://app.example", "*"}, true);
    REQUIRE_FALSE(refused);
    REQUIRE(refused.error().code == Errc::config);
    REQUIRE(of_origins({"https://*"}, true));
}

TEST_CASE("null is no origin that can be allowed") {
    REQUIRE_FALSE(of_origins({"null"}));
    const auto policy = of_origins({"https://*", "http://*", "https://app.example"}, true);
    REQUIRE(policy);
    REQUIRE_FALSE(policy->permits_origin("null"));
}

TEST_CASE("origins are compared byte for byte, and only schemes have wildcards") {
    const auto exact = of_origins({"https://app.example.com", "http://localhost:3000"});
    REQUIRE(exact->permits_origin("https://app.example.com"));
    REQUIRE(exact->permits_origin("http://localhost:3000"));
    for (const char* other :
         {"http://app.example.com", "https://app.example.com.evil.example", "https://evilapp.example.com",
          "https://appxexample.com", "https://app.example.com:444", "https://APP.example.com", "http://localhost", "",
          "https://app.example.com, https://evil.example", "null"}) {
        INFO(other);
        REQUIRE_FALSE(exact->permits_origin(other));
    }
    const auto secure = of_origins({"https://*"});
    REQUIRE(secure->permits_origin("https://anything.example:8443"));
    REQUIRE_FALSE(secure->permits_origin("http://anything.example"));
    REQUIRE_FALSE(secure->permits_origin("https://a b"));
    REQUIRE_FALSE(secure->permits_origin("https://a.example/path"));
    REQUIRE_FALSE(secure->permits_origin("https://"));
    REQUIRE_FALSE(of_origins({"https://*.example.com"}));
    REQUIRE_FALSE(of_origins({}));
}

TEST_CASE("what cannot be meant is refused") {
    PolicySpec spec;
    spec.origins = {"https://app.example"};
    const auto with = [&](auto change) {
        PolicySpec other = spec;
        change(other);
        return Policy::make(std::move(other)).has_value();
    };
    REQUIRE(with([](PolicySpec& each) { each.methods = {"GET", "PURGE", "*"}; }));
    REQUIRE_FALSE(with([](PolicySpec& each) { each.methods = {"get"}; }));
    REQUIRE_FALSE(with([](PolicySpec& each) { each.methods = {"TRACE"}; }));
    REQUIRE_FALSE(with([](PolicySpec& each) { each.methods = {"GET, PUT"}; }));
    REQUIRE_FALSE(with([](PolicySpec& each) { each.headers = {"x y"}; }));
    REQUIRE_FALSE(with([](PolicySpec& each) { each.expose = {""}; }));
    REQUIRE(with([](PolicySpec& each) { each.expose = {"*"}; }));
    REQUIRE_FALSE(with([](PolicySpec& each) {
        each.expose = {"*"};
        each.credentials = true;
    }));
    REQUIRE(with([](PolicySpec& each) { each.max_age = -1; }));
    REQUIRE(with([](PolicySpec& each) { each.max_age = 86400; }));
    REQUIRE_FALSE(with([](PolicySpec& each) { each.max_age = 86401; }));
    REQUIRE_FALSE(with([](PolicySpec& each) { each.max_age = -2; }));
}

TEST_CASE("an absent list leaves it to the request, an empty one allows nothing") {
    PolicySpec spec;
    spec.origins = {"https://app.example"};
    const auto open = Policy::make(spec);
    REQUIRE(open->permits_header("x-anything"));
    REQUIRE(open->permits_method("PUT", {"GET", "PUT"}));
    REQUIRE_FALSE(open->permits_method("DELETE", {"GET", "PUT"}));
    spec.methods = std::vector<std::string>();
    spec.headers = std::vector<std::string>();
    const auto closed = Policy::make(spec);
    REQUIRE_FALSE(closed->permits_header("x-anything"));
    REQUIRE_FALSE(closed->permits_method("PUT", {"GET", "PUT"}));
    spec.headers = {"*"};
    REQUIRE(Policy::make(spec)->permits_header("x-anything"));
    REQUIRE(Policy::make(spec)->permits_header("Authorization"));
}
