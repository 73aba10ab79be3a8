#include "libgw/policy/cache/condition.h"

#include "tests/support/cache_case.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cache;
using namespace gw::test;

namespace {

bool not_modified(std::string_view answer, std::string_view request) {
    const auto stored = store(200, std::string("Cache-Control: max-age=60|").append(answer));
    REQUIRE(stored);
    return is_not_modified(*stored, conditions_of(fields_of(request), true), kReceived);
}

}  // namespace

TEST_CASE("If-None-Match finds the stored entity tag, weakly, anywhere in its list", "[cache]") {
    CHECK(not_modified("ETag: \"a\"", "If-None-Match: \"a\""));
    CHECK(not_modified("ETag: \"a\"", "If-None-Match: \"x\", \"a\", \"y\""));
    CHECK(not_modified("ETag: \"a\"", "If-None-Match: \"x\"|If-None-Match: \"a\""));
    CHECK(not_modified("ETag: \"a\"", "If-None-Match: *"));
    CHECK(not_modified("X: 1", "If-None-Match: *"));
    CHECK(not_modified("ETag: W/\"a\"", "If-None-Match: W/\"a\""));
    CHECK(not_modified("ETag: W/\"a\"", "If-None-Match: \"a\""));
    CHECK(not_modified("ETag: \"a\"", "If-None-Match: W/\"a\""));
    CHECK(not_modified("ETag: \"a,b\"", "If-None-Match: \"c\", \"a,b\""));
    CHECK(not_modified("ETag: \"\xfc\"", "If-None-Match: \"\xfc\""));
    CHECK_FALSE(not_modified("ETag: \"a\"", "If-None-Match: \"b\""));
    CHECK_FALSE(not_modified("ETag: \"a\"", "If-None-Match: \"A\""));
    CHECK_FALSE(not_modified("ETag: \"a\"", "If-None-Match: a"));
    CHECK_FALSE(not_modified("X: 1", "If-None-Match: \"a\""));
    CHECK_FALSE(not_modified("ETag: \"a\"", "If-None-Match: \"a"));
}

TEST_CASE("If-Modified-Since counts only where there is no If-None-Match", "[cache]") {
    CHECK(not_modified("Last-Modified: -3000", "If-Modified-Since: -3000"));
    CHECK(not_modified("Last-Modified: -3000", "If-Modified-Since: -2000"));
    CHECK_FALSE(not_modified("Last-Modified: -3000", "If-Modified-Since: -4000"));
    CHECK_FALSE(not_modified("Last-Modified: -3000|ETag: \"a\"", "If-Modified-Since: -1|If-None-Match: \"b\""));
    CHECK(not_modified("Last-Modified: -5000|ETag: \"a\"", "If-Modified-Since: -9000|If-None-Match: \"a\""));
    CHECK_FALSE(not_modified("Last-Modified: -3000", "If-Modified-Since: yesterday"));
    // without Last-Modified it is Date
    CHECK(not_modified("Date: -10", "If-Modified-Since: -10"));
    CHECK_FALSE(not_modified("Date: -10", "If-Modified-Since: -11"));
}

TEST_CASE("the target is asked with both validators, in place of the client's conditions, which come back", "[cache]") {
    const auto stored = store(200, "ETag: \"a\"|Last-Modified: -10");
    REQUIRE(stored);
    http::Fields request =
        fields_of("If-None-Match: \"x\"|If-Modified-Since: -1|Range: bytes=0-1|If-Range: \"x\"|A: 1");
    const Conditions conditions = conditions_of(request, true);
    CHECK(ask_about(stored.get(), request));
    CHECK(request.count(http::FieldName::if_none_match) == 1);
    CHECK(request.find(http::FieldName::if_none_match) == "\"a\"");
    CHECK(request.find(http::FieldName::if_modified_since) == stored->head.fields.find(http::FieldName::last_modified));
    CHECK_FALSE(request.has(http::FieldName::range));
    CHECK_FALSE(request.has(http::FieldName::if_range));
    restore(conditions, request);
    CHECK(request.find(http::FieldName::if_none_match) == "\"x\"");
    CHECK(request.find(http::FieldName::range) == "bytes=0-1");
    CHECK(request.find(http::FieldName::if_range) == "\"x\"");
    CHECK(request.find("a") == "1");
    const auto blank = store(200, "Cache-Control: max-age=1");
    REQUIRE(blank);
    CHECK_FALSE(ask_about(blank.get(), request));
}

TEST_CASE("conditions that only the target can judge are noticed", "[cache]") {
    CHECK(conditions_of(fields_of("If-Match: \"a\""), true).others);
    CHECK(conditions_of(fields_of("If-Unmodified-Since: -1"), true).others);
    CHECK(conditions_of(fields_of("Range: bytes=0-1"), false).empty());
}

TEST_CASE("an answer to HEAD is of the same body when nothing that it says differs", "[cache]") {
    const auto stored = store(200, "ETag: \"a\"|Last-Modified: -10|Cache-Control: max-age=1");
    REQUIRE(stored);
    CHECK(is_same_representation(*stored, answer_of(200, "ETag: \"a\"")));
    CHECK(is_same_representation(*stored, answer_of(200, "X: 1")));
    CHECK_FALSE(is_same_representation(*stored, answer_of(200, "ETag: \"b\"")));
    CHECK_FALSE(is_same_representation(*stored, answer_of(200, "Last-Modified: -5")));
    CHECK_FALSE(is_same_representation(*stored, answer_of(404, "ETag: \"a\"")));
    auto longer = answer_of(200, "Content-Length: 5");
    longer.body.length = 5;
    CHECK_FALSE(is_same_representation(*stored, longer));
}
