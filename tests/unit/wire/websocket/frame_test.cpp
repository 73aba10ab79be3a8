#include "libgw/wire/websocket/frame.h"

#include "tests/support/catch.h"
#include "tests/support/websocket.h"

using namespace gw;
using namespace gw::websocket;
using test::bytes_of;

namespace {

std::string frame(const FrameHead& head, std::string_view payload) {
    std::string out;
    append_frame(out, head, payload);
    return out;
}

}  // namespace

TEST_CASE("the frames of RFC 6455 5.7 are written to the byte", "[websocket]") {
    const MaskKey key = {0x37, 0xfa, 0x21, 0x3d};
    CHECK(frame({.opcode = Opcode::text}, "Hello") == bytes_of("81 05 48 65 6c 6c 6f"));
    CHECK(frame({.opcode = Opcode::text, .key = key}, "Hello") == bytes_of("81 85 37 fa 21 3d 7f 9f 4d 51 58"));
    CHECK(frame({.opcode = Opcode::text, .fin = false}, "Hel") == bytes_of("01 03 48 65 6c"));
    CHECK(frame({.opcode = Opcode::continuation}, "lo") == bytes_of("80 02 6c 6f"));
    CHECK(frame({.opcode = Opcode::ping}, "Hello") == bytes_of("89 05 48 65 6c 6c 6f"));
    CHECK(frame({.opcode = Opcode::pong, .key = key}, "Hello") == bytes_of("8a 85 37 fa 21 3d 7f 9f 4d 51 58"));
    CHECK(frame({.opcode = Opcode::binary}, std::string(256, 'x')).substr(0, 4) == bytes_of("82 7e 01 00"));
    CHECK(frame({.opcode = Opcode::binary}, std::string(65536, 'x')).substr(0, 10) ==
          bytes_of("82 7f 00 00 00 00 00 01 00 00"));
}

TEST_CASE("a length is written in as few bytes as it needs", "[websocket]") {
    const auto head = [](std::uint64_t size) {
        std::string out;
        append_frame_head(out, {.opcode = Opcode::binary}, size);
        return out;
    };
    CHECK(head(125) == bytes_of("82 7d"));
    CHECK(head(126) == bytes_of("82 7e 00 7e"));
    CHECK(head(65535) == bytes_of("82 7e ff ff"));
    CHECK(head(65536) == bytes_of("82 7f 00 00 00 00 00 01 00 00"));
    CHECK(head(INT64_MAX) == bytes_of("82 7f 7f ff ff ff ff ff ff ff"));
}

TEST_CASE("the mask is that of RFC 6455 5.3, byte for byte, wherever it begins and ends", "[websocket]") {
    Random random(3);
    const MaskKey key = {0x01, 0x80, 0xfe, 0x37};
    std::string text(200, '\0');
    for (char& c : text) c = static_cast<char>(random());
    for (std::size_t offset = 0; offset < 9; ++offset)
        for (std::size_t from = 0; from < 9; ++from)
            for (std::size_t size = 0; size < 40; ++size) {
                std::string slow;
                for (std::size_t i = 0; i < size; ++i)
                    slow += static_cast<char>(static_cast<unsigned char>(text[from + i]) ^ key[(offset + i) % 4]);
                std::string fast(size, '\0');
                mask(text.data() + from, size, fast.data(), key, offset);
                if (fast != slow) FAIL(offset << ' ' << from << ' ' << size);
                mask(fast.data(), size, fast.data(), key, offset);
                if (fast != text.substr(from, size)) FAIL("in place");
            }
}
