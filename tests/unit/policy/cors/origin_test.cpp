#include "libgw/policy/cors/origin.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cors;

TEST_CASE("an origin is scheme, host and port, and nothing else") {
    for (const char* good : {"https://app.example.com", "http://localhost:3000", "https://[::1]:8443",
                             "http://127.0.0.1", "capacitor://localhost", "null"}) {
        INFO(good);
        auto origin = Origin::parse(good);
        REQUIRE(origin);
        REQUIRE(origin->text() == good);
    }
    for (const char* bad :
         {"", "*", "app.example.com", "https://", "https://app.example.com/", "https://app.example.com:443",
          "HTTPS://app.example.com", "https://App.example.com", "http://a b", "https://user@app.example.com",
          "https://a.example, https://b.example", "https://a.example?x", "NULL", "://x", "1a://x"}) {
        INFO(bad);
        REQUIRE_FALSE(Origin::parse(bad));
    }
    REQUIRE(Origin::parse("https://App.example.com:443").error().hint == "browsers write it https://app.example.com");
}

TEST_CASE("an opaque origin is equal to nothing, itself included") {
    const Origin null = Origin::opaque();
    REQUIRE(null.text() == "null");
    REQUIRE_FALSE(null.same_as(null));
    REQUIRE(Origin::parse("http://a.example")->same_as(PageUrl::parse("HTTP://A.example:80/x")->origin()));
    REQUIRE_FALSE(Origin::parse("http://a.example")->same_as(PageUrl::parse("https://a.example/x")->origin()));
}

TEST_CASE("a page's URL loses its fragment and shows its credentials") {
    const auto url = PageUrl::parse("https://u:p@api.example.com:8443/a/./b/../c?x=1#top");
    REQUIRE(url);
    REQUIRE(url->has_credentials);
    REQUIRE(url->text() == "https://api.example.com:8443/a/c?x=1");
    REQUIRE(PageUrl::parse("http://h")->target == "/");
    REQUIRE(PageUrl::parse("http://h/a b?c d")->target == "/a%20b?c%20d");
    REQUIRE_FALSE(PageUrl::parse("http://@h/")->has_credentials);
    REQUIRE(PageUrl::parse("http://h/{a}|^`?{b}|'^`")->target == "/%7Ba%7D%7C%5E%60?{b}|%27^`");
    REQUIRE_FALSE(PageUrl::parse("ftp://h/"));
    REQUIRE_FALSE(PageUrl::parse("/path"));
    REQUIRE_FALSE(PageUrl::parse("http:///"));
}

TEST_CASE("a location is resolved as browsers do") {
    const auto base = *PageUrl::parse("http://api.example:8080/a/b?q");
    const auto to = [&](const char* location) { return base.resolve(location)->text(); };
    REQUIRE(to("https://other.example/x#y") == "https://other.example/x");
    REQUIRE(to("//other.example/x") == "http://other.example/x");
    REQUIRE(to("/x") == "http://api.example:8080/x");
    REQUIRE(to("x?y") == "http://api.example:8080/a/x?y");
    REQUIRE(to("../x") == "http://api.example:8080/x");
    REQUIRE(to("?z") == "http://api.example:8080/a/b?z");
    REQUIRE(to("#z") == "http://api.example:8080/a/b?q");
    REQUIRE(to("") == "http://api.example:8080/a/b?q");
    REQUIRE(to("http:x") == "http://api.example:8080/a/x");
    REQUIRE(to("data:text/plain,x") == "data:");
    REQUIRE_FALSE(base.resolve("http://"));
    REQUIRE(base.resolve("http://u@api.example:8080/")->has_credentials);
}
