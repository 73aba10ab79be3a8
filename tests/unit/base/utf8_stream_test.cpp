#include "libgw/base/utf8_stream.h"

#include "libgw/base/text.h"
#include "tests/support/catch.h"

using namespace gw;

namespace {

/// Where it says no, in pieces of `size` bytes: the number of bytes before the piece; -1: not at all.
int refuses_at(std::string_view text, std::size_t size) {
    Utf8Stream stream;
    for (std::size_t at = 0; at < text.size(); at += size)
        if (!stream.feed(text.substr(at, size))) return static_cast<int>(at);
    return -1;
}

bool accepts(std::string_view text, std::size_t size) {
    Utf8Stream stream;
    for (std::size_t at = 0; at < text.size(); at += size)
        if (!stream.feed(text.substr(at, size))) return false;
    return stream.is_complete();
}

}  // namespace

TEST_CASE("every code point is UTF-8 however it is cut, and every surrogate is not") {
    std::string all;
    for (char32_t point = 0; point <= 0x10ffff; point += point < 0x3000 ? 1 : 17)
        if (point < 0xd800 || point > 0xdfff) append_utf8(all, point);
    for (const std::size_t size : {1U, 2U, 3U, 4U, 5U, 7U, 64U, 4096U}) CHECK(accepts(all, size));
    for (unsigned last = 0x80; last < 0xc0; ++last)
        for (unsigned middle = 0xa0; middle < 0xc0; ++middle) {
            const char surrogate[] = {'\xed', static_cast<char>(middle), static_cast<char>(last)};
            if (accepts({surrogate, 3}, 1) || accepts({surrogate, 3}, 3)) FAIL("a surrogate was taken");
        }
}

TEST_CASE("text of three bytes is judged as the slow reader judges it") {
    std::string text(3, '\0');
    for (unsigned first = 0x7e; first < 0x100; ++first)
        for (unsigned second = 0x7e; second < 0x100; ++second)
            for (const unsigned third : {0x20U, 0x7fU, 0x80U, 0x8fU, 0x90U, 0x9fU, 0xa0U, 0xbfU, 0xc0U, 0xc2U, 0xf4U}) {
                text = {static_cast<char>(first), static_cast<char>(second), static_cast<char>(third)};
                if (accepts(text, 1) != is_utf8(text) || accepts(text, 2) != is_utf8(text) ||
                    accepts(text, 3) != is_utf8(text))
                    FAIL(first << ' ' << second << ' ' << third);
            }
}

TEST_CASE("it says no at the first byte that nothing can mend") {
    CHECK(refuses_at("\xce\xba\xf4\x90\x80\x80", 1) == 3);
    CHECK(refuses_at("\xe0\x9f", 1) == 1);
    CHECK(refuses_at("\xed\xa0", 1) == 1);
    CHECK(refuses_at("\xf0\x8f", 1) == 1);
    CHECK(refuses_at("abc\xc1", 1) == 3);
    CHECK(refuses_at("\xf5", 1) == 0);
    CHECK(refuses_at("\x80", 1) == 0);
    CHECK(refuses_at("\xe2\x82", 1) == -1);
}

TEST_CASE("a text that ends inside a character is not complete") {
    Utf8Stream stream;
    CHECK(stream.is_complete());
    CHECK(stream.feed("\xf0\x9f"));
    CHECK_FALSE(stream.is_complete());
    CHECK(stream.feed("\x98\x80"));
    CHECK(stream.is_complete());
    CHECK(stream.feed("\xf0"));
    stream.reset();
    CHECK(stream.is_complete());
    CHECK(stream.feed("a"));
}
