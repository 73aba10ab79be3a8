#include "libgw/policy/cache/storing.h"

#include "tests/support/cache_case.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cache;
using namespace gw::test;

namespace {

Refused for_ttl(std::uint16_t status, std::string_view answer, std::string_view request = {}, bool keyed_cookie = false,
                bool keyed_authorization = false) {
    const http::ResponseHead head = answer_of(status, answer);
    const http::Fields fields = fields_of(request);
    Asked asked;
    asked.fields = &fields;
    asked.keyed_cookie = keyed_cookie;
    asked.keyed_authorization = keyed_authorization;
    return may_store_for_ttl(asked, head, parse_response_directives(head.fields));
}

}  // namespace

TEST_CASE("a TTL keeps what succeeded or moved for good, and no failure", "[cache]") {
    for (const std::uint16_t status : std::initializer_list<std::uint16_t>{200, 203, 204, 301, 308})
        CHECK(for_ttl(status, "") == Refused::none);
    for (const std::uint16_t status : std::initializer_list<std::uint16_t>{
             201, 202, 206, 302, 303, 304, 307, 400, 401, 403, 404, 405, 410, 413, 429, 431, 500, 502, 503, 504, 599}) {
        INFO(status);
        CHECK(for_ttl(status, "Cache-Control: max-age=60") != Refused::none);
    }
}

TEST_CASE("nothing is kept of a request that is more than its key says", "[cache]") {
    const http::ResponseHead head = answer_of(200, "Cache-Control: max-age=60");
    const http::Fields none;
    Asked asked;
    asked.fields = &none;
    const auto said = parse_response_directives(head.fields);
    CHECK(may_store_for_ttl(asked, head, said) == Refused::none);
    CHECK(may_store(asked, head, said, {Seconds(60), LifetimeSource::max_age}) == Refused::none);
    asked.no_store = true;
    CHECK(may_store_for_ttl(asked, head, said) == Refused::no_store);
    CHECK(may_store(asked, head, said, {Seconds(60), LifetimeSource::max_age}) == Refused::no_store);
}

TEST_CASE("a TTL obeys where the target forbids", "[cache]") {
    CHECK(for_ttl(200, "Cache-Control: max-age=0") == Refused::none);
    CHECK(for_ttl(200, "Cache-Control: no-store") == Refused::no_store);
    CHECK(for_ttl(200, "Cache-Control: no-cache") == Refused::no_store);
    CHECK(for_ttl(200, "Cache-Control: private") == Refused::is_private);
    CHECK(for_ttl(200, "Set-Cookie: a=b") == Refused::cookie);
    CHECK(for_ttl(200, "Vary: *") == Refused::vary);
    CHECK(for_ttl(200, "Vary: a,b,c,d,e,f,g,h,i") == Refused::vary);
}

TEST_CASE("a TTL keeps nothing for a request with credentials that are not in the key", "[cache]") {
    CHECK(for_ttl(200, "", "Authorization: x") == Refused::authorization);
    CHECK(for_ttl(200, "", "Cookie: x") == Refused::cookie);
    CHECK(for_ttl(200, "", "Authorization: x|Cookie: y", true, true) == Refused::none);
    CHECK(for_ttl(200, "", "Authorization: x|Cookie: y", true) == Refused::authorization);
    CHECK(for_ttl(200, "", "Authorization: x|Cookie: y", false, true) == Refused::cookie);
    CHECK(for_ttl(200, "", "Cookie: x", true) == Refused::none);
    CHECK(for_ttl(200, "", "Authorization: x", false, true) == Refused::none);
}
