#include "libgw/policy/cache/range.h"

#include "tests/support/cache_case.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cache;
using namespace gw::test;

namespace {

/// "2+3": three bytes from the second; "whole"; "none".
std::string read(std::string_view range, std::uint64_t length = 10) {
    const Part part = parse_range(range, length);
    if (part.kind == Part::Kind::whole) return "whole";
    if (part.kind == Part::Kind::unsatisfiable) return "none";
    return std::to_string(part.first) + "+" + std::to_string(part.size);
}

}  // namespace

TEST_CASE("one range of bytes is shown, and nothing else is a range", "[cache]") {
    CHECK(read("bytes=0-1") == "0+2");
    CHECK(read("bytes=1-") == "1+9");
    CHECK(read("bytes=-1") == "9+1");
    CHECK(read("bytes=0-999") == "0+10");
    CHECK(read("bytes=-999") == "0+10");
    CHECK(read("BYTES=0-1") == "0+2");
    CHECK(read("bytes=9-9") == "9+1");
    CHECK(read("bytes=10-") == "none");
    CHECK(read("bytes=-0") == "none");
    CHECK(read("bytes=0-0", 0) == "none");
    CHECK(read("bytes=-1", 0) == "none");
    for (const char* text : {"bytes=", "bytes=-", "bytes=a-b", "bytes=2-1", "bytes=0-1,3-4", "bytes=0-1,", "lines=0-1",
                             "bytes 0-1", "bytes=+1-2", "bytes=1-2-3", "bytes=0x1-2", "bytes=1 -2", ""})
        CHECK(read(text) == "whole");
}

TEST_CASE("positions beyond 64 bits are behind every end", "[cache]") {
    CHECK(read("bytes=0-18446744073709551615") == "0+10");
    CHECK(read("bytes=0-99999999999999999999999") == "0+10");
    CHECK(read("bytes=18446744073709551615-") == "none");
    CHECK(read("bytes=99999999999999999999999-") == "none");
    CHECK(read("bytes=-18446744073709551616") == "0+10");
    CHECK(read("bytes=18446744073709551615-18446744073709551615", UINT64_MAX) == "none");
}

TEST_CASE("If-Range asks for a part of the very same answer only", "[cache]") {
    const auto stored = store(200, "ETag: \"a\"|Last-Modified: -10|Cache-Control: max-age=9", {}, "0123456789");
    REQUIRE(stored);
    const auto part = [&](std::string_view request) {
        return part_of(*stored, conditions_of(fields_of(request), true), kReceived).kind;
    };
    CHECK(part("Range: bytes=0-1|If-Range: \"a\"") == Part::Kind::part);
    CHECK(part("Range: bytes=0-1|If-Range: \"b\"") == Part::Kind::whole);
    CHECK(part("Range: bytes=0-1|If-Range: W/\"a\"") == Part::Kind::whole);
    CHECK(part("Range: bytes=0-1|If-Range: " +
               std::string(*stored->head.fields.find(http::FieldName::last_modified))) == Part::Kind::part);
    CHECK(part("Range: bytes=0-1|If-Range: Sun, 06 Nov 1994 08:49:37 GMT") == Part::Kind::whole);
    CHECK(part("If-Range: \"a\"") == Part::Kind::whole);
}

TEST_CASE("a part says what it is of", "[cache]") {
    CHECK(content_range(parse_range("bytes=0-1", 11), 11) == "bytes 0-1/11");
    CHECK(content_range(parse_range("bytes=99-", 11), 11) == "bytes */11");
}
