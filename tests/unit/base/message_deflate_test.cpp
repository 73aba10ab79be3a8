#include "libgw/base/message_deflate.h"

#include <vector>

#include "libgw/base/random.h"
#include "tests/support/catch.h"

using namespace gw;

namespace {

constexpr std::string_view kTail("\x00\x00\xff\xff", 4);

/// One message, expanded with a room of so many bytes at a time.
std::string expand(MessageInflate& inflate, std::string_view compressed, std::size_t room_size = 64) {
    std::string whole(compressed);
    whole += kTail;
    std::string out;
    std::vector<char> room(room_size);
    std::string_view rest = whole;
    while (true) {
        const auto step = inflate.step(rest, room);
        if (step.damaged) return out + "(damaged)";
        rest.remove_prefix(step.taken);
        out.append(room.data(), step.made);
        if (rest.empty() && step.made < room.size()) return out;
    }
}

std::string compress(MessageDeflate& deflate, std::string_view text) {
    std::string out;
    deflate.append(text, true, out);
    return out;
}

}  // namespace

TEST_CASE("messages come back with any window, with and without what came before") {
    Random random(1);
    std::string text;
    while (text.size() < 100000) text += std::to_string(random.below(50)) + (random.below(9) == 0 ? "\n" : ",");
    for (int bits = 9; bits <= 15; ++bits) {
        MessageDeflate deflate(bits, bits - 7);
        MessageInflate inflate;
        for (const std::size_t size : {0U, 1U, 2U, 100U, 0U, 0U, 5000U, 90000U, 3U}) {
            const std::string message = text.substr(0, size);
            const std::string compressed = compress(deflate, message);
            CHECK(expand(inflate, compressed) == message);
            if (size > 1000) CHECK(compressed.size() < size / 2);
        }
        deflate.reset();
        inflate.reset();
        CHECK(expand(inflate, compress(deflate, text)) == text);
    }
}

TEST_CASE("a message repeated costs next to nothing where the window is kept") {
    MessageDeflate deflate(15, 8);
    const std::string first = compress(deflate, "Hello");
    CHECK(compress(deflate, "Hello").size() < first.size());
    deflate.reset();
    CHECK(compress(deflate, "Hello") == first);
}

TEST_CASE("a message of nothing is one byte, however often") {
    MessageDeflate deflate(15, 8);
    for (int i = 0; i < 3; ++i) CHECK(compress(deflate, "") == std::string(1, '\0'));
    MessageInflate inflate;
    for (int i = 0; i < 3; ++i) CHECK(expand(inflate, std::string(1, '\0')).empty());
}

TEST_CASE("a message may be compressed in pieces") {
    MessageDeflate deflate(12, 5);
    std::string out;
    for (const char c : std::string("one after the other")) deflate.append({&c, 1}, false, out);
    deflate.append({}, true, out);
    MessageInflate inflate;
    CHECK(expand(inflate, out, 1) == "one after the other");
}

TEST_CASE("what is no DEFLATE is damaged, and reset() begins anew") {
    MessageInflate inflate;
    CHECK(expand(inflate, "\xff\xff\xff") == "(damaged)");
    inflate.reset();
    MessageDeflate deflate(15, 8);
    CHECK(expand(inflate, compress(deflate, "again")) == "again");
}

TEST_CASE("random bytes are read or refused, and never more is made than there is room") {
    Random random(7);
    for (int i = 0; i < 2000; ++i) {
        std::string bytes(random.below(60), '\0');
        for (char& c : bytes) c = static_cast<char>(random());
        MessageInflate inflate;
        std::vector<char> room(17);
        std::string_view rest = bytes;
        for (int steps = 0; steps < 100; ++steps) {
            const auto step = inflate.step(rest, room);
            REQUIRE(step.made <= room.size());
            rest.remove_prefix(step.taken);
            if (step.damaged || (rest.empty() && step.made < room.size())) break;
        }
    }
}
