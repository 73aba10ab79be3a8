#include "libgw/base/inflate.h"

#include <string>

#include "tests/support/catch.h"

using namespace gw;
using namespace std::string_literals;

namespace {

/// `printf 'hello hello hello hello\n' | gzip -n`
const std::string kHello =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\xb9\x00\x00\x88\x59\x0b\x18\x00\x00\x00"s;
/// `gzip -n </dev/null`
const std::string kNothing = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"s;
const std::string kText = "hello hello hello hello\n";

/// All of it, in pieces of `size` bytes that yield at most `most` each time.
Result<std::string> unpacked(std::string_view packed, std::size_t size, std::size_t most, bool* complete = nullptr) {
    Gunzip gunzip;
    std::string out;
    while (!packed.empty()) {
        std::string_view piece = packed.substr(0, size);
        packed.remove_prefix(piece.size());
        for (bool more = true; more;) {
            const std::size_t before = out.size();
            const std::size_t taken = TRY(gunzip.feed(piece, out, most));
            CHECK(out.size() - before <= most);
            piece.remove_prefix(taken);
            more = taken > 0 || out.size() > before;
        }
        CHECK(piece.empty());
    }
    if (complete != nullptr) *complete = gunzip.is_complete();
    return out;
}

}  // namespace

TEST_CASE("gzip is read whole, byte by byte, and with little room") {
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{1000}})
        for (const std::size_t most : {std::size_t{1}, std::size_t{5}, std::size_t{1000}}) {
            CAPTURE(size, most);
            bool complete = false;
            CHECK(unpacked(kHello, size, most, &complete).value() == kText);
            CHECK(complete);
            CHECK(unpacked(kHello + kNothing + kHello, size, most, &complete).value() == kText + kText);
            CHECK(complete);
            CHECK(unpacked(kNothing, size, most, &complete).value().empty());
            CHECK(complete);
        }
}

TEST_CASE("gzip that ends anywhere else is not complete") {
    for (std::size_t length = 1; length < kHello.size(); ++length) {
        bool complete = true;
        CHECK(unpacked(kHello.substr(0, length), 1000, 1000, &complete));
        CHECK_FALSE(complete);
        CHECK(unpacked(kHello + kHello.substr(0, length), 1000, 1000, &complete));
        CHECK_FALSE(complete);
    }
}

TEST_CASE("what is no gzip, or damaged, is refused, and stays so") {
    CHECK(unpacked("hello", 10, 10).error().code == Errc::parse);
    CHECK_FALSE(unpacked(kHello + "trailing", 100, 100));
    std::string damaged = kHello;
    damaged[24] = 'x';  // of the checksum
    CHECK_FALSE(unpacked(damaged, 100, 100));
    Gunzip gunzip;
    std::string out;
    CHECK_FALSE(gunzip.feed("hello", out, 10));
    CHECK_FALSE(gunzip.feed(kHello, out, 100));
    CHECK_FALSE(gunzip.is_complete());
    CHECK(looks_like_gzip(kHello));
    CHECK_FALSE(looks_like_gzip("\x1f"));
}
