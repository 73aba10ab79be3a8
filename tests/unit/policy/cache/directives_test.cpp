#include "libgw/policy/cache/directives.h"

#include "tests/support/cache_case.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cache;
using gw::test::fields_of;

TEST_CASE("every directive of an answer is read", "[cache]") {
    const auto said = parse_response_directives(
        fields_of("Cache-Control: public, max-age=1, s-maxage=\"2\"|Cache-Control: must-revalidate, "
                  "stale-while-revalidate=3, stale-if-error=4, no-cache=\"Set-Cookie, X-A\", private=b"));
    CHECK(said.is_public);
    CHECK(said.max_age == Seconds(1));
    CHECK(said.s_maxage == Seconds(2));
    CHECK(said.must_revalidate);
    CHECK(said.stale_while_revalidate == Seconds(3));
    CHECK(said.stale_if_error == Seconds(4));
    CHECK_FALSE(said.no_cache);
    CHECK_FALSE(said.is_private);
    CHECK(said.withheld_fields == std::vector<std::string>{"set-cookie", "x-a", "b"});
}

TEST_CASE("every directive of a request is read", "[cache]") {
    const auto said = parse_request_directives(
        fields_of("Cache-Control: no-store, no-cache, only-if-cached, max-age=1, min-fresh=2, max-stale=3, "
                  "stale-if-error=4"));
    CHECK(said == RequestDirectives{true, true, true, Seconds(1), Seconds(2), Seconds(3), Seconds(4)});
    CHECK(parse_request_directives(fields_of("Cache-Control: max-stale")).max_stale == kForever);
    CHECK(parse_request_directives(fields_of("Cache-Control: max-stale=x")).max_stale == Seconds(0));
    CHECK(parse_request_directives(fields_of("Cache-Control: min-fresh=x")).min_fresh == kForever);
    CHECK(parse_request_directives(fields_of("X: 1")) == RequestDirectives{});
}

TEST_CASE("a prohibition of a targeted field is taken back only by an explicit false", "[cache]") {
    CHECK(parse_response_directives(fields_of("CDN-Cache-Control: no-store=1")).no_store);
    CHECK_FALSE(parse_response_directives(fields_of("CDN-Cache-Control: no-store=?0")).no_store);
    CHECK(parse_response_directives(fields_of("CDN-Cache-Control: private=\"a\"")).withheld_fields ==
          std::vector<std::string>{"a"});
}

TEST_CASE("any bytes of Cache-Control come to an end", "[cache]") {
    for (const char* text :
         {"\"", "=", "==", "a=\"", "a=\"\\", ",=,=\"", "max-age=\"1", "a b c=d \"e,f", ";;;", "\x80=1"}) {
        INFO(text);
        (void)parse_response_directives(fields_of(std::string("Cache-Control: ") + text));
        CHECK(parse_response_directives(fields_of(std::string("Cache-Control: ") + text + "|Cache-Control: no-store"))
                  .no_store);
    }
}
