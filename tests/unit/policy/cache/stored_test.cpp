#include "libgw/policy/cache/stored.h"

#include "tests/support/cache_case.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cache;
using namespace std::chrono_literals;
using namespace gw::test;

namespace {

std::string lines_of(const http::Fields& fields) {
    std::string lines;
    for (const http::FieldView field : fields) lines.append(field.name).append(": ").append(field.value).append("|");
    return lines;
}

}  // namespace

TEST_CASE("fields of one connection, those it names and those that are withheld are not stored", "[cache]") {
    const auto stored = store(200,
                              "Connection: a, b|A: 1|B: 2|C: 3|Keep-Alive: x|TE: x|Trailer: x|Upgrade: x|"
                              "Transfer-Encoding: chunked|Proxy-Authenticate: x|Proxy-Authorization: x|"
                              "Proxy-Connection: x|Proxy-Authentication-Info: x|Content-Length: 4|Age: 1|D: 4|Date: "
                              "Sun, 22 Nov 2026 12:00:00 GMT|"
                              "Cache-Control: max-age=9, private=\"d\"");
    REQUIRE(stored);
    CHECK(lines_of(stored->head.fields) ==
          "C: 3|Date: Sun, 22 Nov 2026 12:00:00 GMT|Cache-Control: max-age=9, private=\"d\"|");
}

TEST_CASE("every other field is stored as it came", "[cache]") {
    constexpr const char* kLines =
        "Test-Header: a|X-Test: b|Content-Foo: c|Cache-Control: max-age=3600|Content-Encoding: x|Content-Location: "
        "/foo|"
        "Content-MD5: x|Content-Range: y|Content-Security-Policy: default-src 'self'|Content-Type: text/plain|"
        "Clear-Site-Data: cache|ETag: \"a\"|Expires: Fri, 01 Jan 2038 01:01:01 GMT|Public-Key-Pins: z|Set-Cookie: a=b|"
        "Set-Cookie: c=d|Date: Sun, 22 Nov 2026 12:00:00 GMT|Set-Cookie2: a=b|X-Frame-Options: deny|X-XSS-Protection: "
        "1|";
    const auto stored = store(200, kLines);
    REQUIRE(stored);
    CHECK(lines_of(stored->head.fields) == kLines);
}

TEST_CASE("an answer without a date is given that of its arrival", "[cache]") {
    const auto stored = store(200, "Cache-Control: max-age=9");
    REQUIRE(stored);
    CHECK(stored->head.fields.find(http::FieldName::date) == "Sun, 22 Nov 2026 12:00:00 GMT");
}

TEST_CASE("what a 304 withholds is not stored, nor what the answer withheld that it speaks of", "[cache]") {
    const auto stored = store(200, "A: 1|Cache-Control: max-age=9, no-cache=\"b\"|ETag: \"a\"|Date: +0");
    REQUIRE(stored);
    const auto fresh = [&](std::string_view news) {
        return freshen(*stored, answer_of(304, news), {kReceived, kReceived}, std::nullopt).head.fields;
    };
    CHECK_FALSE(fresh("B: of one caller").find("b"));
    CHECK_FALSE(fresh("C: of one caller|Cache-Control: max-age=9, private=\"c\"").find("c"));
    CHECK_FALSE(fresh("Cache-Control: max-age=9, no-cache=\"a\"").find("a"));
    CHECK(fresh("C: 1").find("c") == "1");
    CHECK(fresh("C: 1").find("a") == "1");
}

TEST_CASE("names that an answer withholds are paid for", "[cache]") {
    std::string names;
    for (int i = 0; i < 1000; ++i) names += "n" + std::to_string(i) + ",";
    const auto few = store(200, "Cache-Control: max-age=9|ETag: \"a\"|Date: +0");
    const auto many = store(200, "Cache-Control: max-age=9, private=\"" + names + "\"|ETag: \"a\"|Date: +0");
    REQUIRE(few);
    REQUIRE(many);
    CHECK(many->bytes() > few->bytes() + 1000 * sizeof(std::string));
}

TEST_CASE("a 304 brings new fields, and leaves those that belong to the body", "[cache]") {
    const auto stored = store(200,
                              "A: 1|B: 2|Cache-Control: max-age=1|ETag: \"a\"|Content-Encoding: x|Content-MD5: x|"
                              "Content-Type: text/plain|Set-Cookie: a=b|Expires: -5|Date: +0");
    REQUIRE(stored);
    const auto news =
        answer_of(304,
                  "A: 9|C: 3|Cache-Control: max-age=3600|ETag: \"b\"|Content-Encoding: y|Content-MD5: y|"
                  "Content-Length: 99|Content-Range: z|Content-Type: text/html|Set-Cookie: a=c|Age: 5|Date: +10|"
                  "Connection: close, x|X: 1");
    const Stored fresh = freshen(*stored, news, {kReceived + 9s, kReceived + 10s}, std::nullopt);
    CHECK(lines_of(fresh.head.fields) == "B: 2|ETag: \"a\"|Content-Encoding: x|Content-MD5: x|Expires: " +
                                             std::string(*stored->head.fields.find(http::FieldName::expires)) +
                                             "|A: 9|C: 3|Cache-Control: max-age=3600|Content-Type: "
                                             "text/html|Set-Cookie: a=c|Date: Sun, 22 Nov 2026 12:00:10 GMT|");
    CHECK(fresh.body == stored->body);
    CHECK(fresh.head.status == 200);
    CHECK(fresh.lifetime == Lifetime{3600s, LifetimeSource::max_age});
    CHECK(age_of(fresh, kReceived + 20s) == 16s);  // Age and the second it took, and ten more
}
