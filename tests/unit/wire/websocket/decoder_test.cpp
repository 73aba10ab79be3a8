#include "libgw/wire/websocket/decoder.h"

#include "tests/support/catch.h"
#include "tests/support/websocket.h"

using namespace gw;
using namespace gw::websocket;
using test::bytes_of;
using Words = std::vector<std::string>;

namespace {

const Limits kLimits;

/// What a decoder says to these bytes, which has to be the same for every chop and for every room.
Words decode(Role role, const std::string& bytes, const Limits& limits = kLimits,
             const std::optional<DeflateParameters>& deflate = std::nullopt) {
    DeflatePool pool;
    const auto with = [&](std::size_t piece, std::size_t room) {
        Decoder decoder(role, limits);
        if (deflate) decoder.inflate(*deflate, pool);
        return test::decode_all(decoder, bytes, piece, room);
    };
    Words whole = with(std::max<std::size_t>(bytes.size(), 1), 4096);
    for (const std::size_t piece : {1U, 2U, 3U, 5U, 7U, 13U})
        for (const std::size_t room : {1U, 3U, 4096U}) CHECK(with(piece, room) == whole);
    return whole;
}

Words client(const std::string& hex) { return decode(Role::client, bytes_of(hex)); }
Words server(const std::string& hex) { return decode(Role::server, bytes_of(hex)); }

std::string masked(FrameHead head, std::string_view payload) {
    std::string out;
    head.key = MaskKey{1, 2, 3, 4};
    append_frame(out, head, payload);
    return out;
}

const std::string kAfter = masked({.opcode = Opcode::text}, "after");

}  // namespace

TEST_CASE("the examples of RFC 6455 5.7 are read", "[websocket]") {
    CHECK(client("81 05 48 65 6c 6c 6f") == Words{"text Hello"});
    CHECK(server("81 85 37 fa 21 3d 7f 9f 4d 51 58") == Words{"text Hello"});
    CHECK(client("01 03 48 65 6c 80 02 6c 6f") == Words{"text Hello"});
    CHECK(client("89 05 48 65 6c 6c 6f") == Words{"ping Hello"});
    CHECK(server("8a 85 37 fa 21 3d 7f 9f 4d 51 58") == Words{"pong Hello"});
    CHECK(client("82 7e 01 00 " + std::string(512, '0')) == Words{"binary " + std::string(256, '\0')});
    CHECK(decode(Role::client, bytes_of("82 7f 00 00 00 00 00 01 00 00") + std::string(65536, 'x')) ==
          Words{"binary " + std::string(65536, 'x')});
}

TEST_CASE("the examples of RFC 7692 7.2.3 are read", "[websocket]") {
    const DeflateParameters keeps;
    const auto read = [&](const std::string& hex) { return decode(Role::client, bytes_of(hex), kLimits, keeps); };
    CHECK(read("c1 07 f2 48 cd c9 c9 07 00") == Words{"text Hello"});
    CHECK(read("41 03 f2 48 cd 80 04 c9 c9 07 00") == Words{"text Hello"});
    CHECK(read("c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00") == Words{"text Hello", "text Hello"});
    CHECK(read("c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00") == Words{"text Hello"});
    CHECK(read("c1 08 f3 48 cd c9 c9 07 00 00") == Words{"text Hello"});
    CHECK(read("c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00") == Words{"text Hello"});
    // a last block, and a message behind it that refers to what stood before
    CHECK(read("c1 08 f3 48 cd c9 c9 07 00 00 c1 05 f2 00 11 00 00") == Words{"text Hello", "text Hello"});
    CHECK(read("c1 01 00") == Words{"text "});
    // without compression, as each message may be
    CHECK(read("81 05 48 65 6c 6c 6f") == Words{"text Hello"});
}

TEST_CASE("a window that was to be forgotten is forgotten", "[websocket]") {
    DeflateParameters forgets;
    forgets.server_no_context_takeover = true;
    CHECK(decode(Role::client, bytes_of("c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00"), kLimits, forgets) ==
          Words{"text Hello", "error 1007 websocket.deflate"});
}

TEST_CASE("a side masks, and the other does not", "[websocket]") {
    CHECK(client("81 85 37 fa 21 3d 7f 9f 4d 51 58") == Words{"error 1002 websocket.mask"});
    CHECK(server("81 05 48 65 6c 6c 6f") == Words{"error 1002 websocket.mask"});
}

TEST_CASE("reserved bits and opcodes are errors, with the second byte", "[websocket]") {
    for (const char* first : {"91", "a1", "b1", "c1", "d1", "f1", "89", "c9"}) {
        const bool reserved = std::string_view(first) != "89";
        CHECK(client(std::string(first) + " 00") == (reserved ? Words{"error 1002 websocket.rsv"} : Words{"ping "}));
    }
    for (const char* first : {"83", "84", "85", "86", "87", "8b", "8c", "8d", "8e", "8f", "03", "0b"})
        CHECK(client(std::string(first) + " 00") == Words{"error 1002 websocket.opcode"});
    // with permessage-deflate the bit is for the first frame of a message alone
    const DeflateParameters keeps;
    CHECK(decode(Role::client, bytes_of("41 03 f2 48 cd c0 04"), kLimits, keeps) == Words{"error 1002 websocket.rsv"});
    CHECK(decode(Role::client, bytes_of("c9 00"), kLimits, keeps) == Words{"error 1002 websocket.rsv"});
    CHECK(decode(Role::client, bytes_of("a1 00"), kLimits, keeps) == Words{"error 1002 websocket.rsv"});
}

TEST_CASE("control frames are short and whole", "[websocket]") {
    CHECK(client("09 00") == Words{"error 1002 websocket.control_fragment"});
    CHECK(client("08 00") == Words{"error 1002 websocket.control_fragment"});
    CHECK(client("89 7e 00 7e") == Words{"error 1002 websocket.control_length"});
    CHECK(client("88 7f") == Words{"error 1002 websocket.control_length"});
    const std::string longest(125, 'x');
    CHECK(decode(Role::client, bytes_of("89 7d") + longest) == Words{"ping " + longest});
}

TEST_CASE("a length has one form", "[websocket]") {
    CHECK(client("82 7e 00 7d") == Words{"error 1002 websocket.length"});
    CHECK(client("82 7f 00 00 00 00 00 00 ff ff") == Words{"error 1002 websocket.length"});
    CHECK(client("82 7f 80 00 00 00 00 00 00 00") == Words{"error 1002 websocket.length"});
    CHECK(client("82 7f ff ff ff ff ff ff ff ff") == Words{"error 1002 websocket.length"});
    CHECK(client("82 7f 7f ff ff ff ff ff ff ff") == Words{"error 1009 websocket.frame_size"});
}

TEST_CASE("messages do not interleave, and a continuation continues something", "[websocket]") {
    CHECK(client("80 00") == Words{"error 1002 websocket.continuation"});
    CHECK(client("00 01 61 81 00") == Words{"error 1002 websocket.continuation"});
    CHECK(client("01 01 61 81 01 62") == Words{"error 1002 websocket.interleaved"});
    CHECK(client("01 01 61 02 00") == Words{"error 1002 websocket.interleaved"});
    CHECK(client("81 01 61 80 01 62") == Words{"text a", "error 1002 websocket.continuation"});
    CHECK(client("01 01 61 89 01 70 00 00 8a 00 80 01 62") == Words{"ping p", "pong ", "text ab"});
}

TEST_CASE("limits hold before anything is kept", "[websocket]") {
    const Limits limits{.frame = 4, .message = 6, .fragments = 3};
    const auto read = [&](const std::string& hex) { return decode(Role::client, bytes_of(hex), limits); };
    CHECK(read("82 04 61 62 63 64") == Words{"binary abcd"});
    CHECK(read("82 05") == Words{"error 1009 websocket.frame_size"});
    CHECK(read("02 04 61 62 63 64 80 02 65 66") == Words{"binary abcdef"});
    CHECK(read("02 04 61 62 63 64 80 03") == Words{"error 1009 websocket.message_size"});
    CHECK(read("02 00 00 00 80 00") == Words{"binary "});
    CHECK(read("02 00 00 00 00 00 00 00") == Words{"error 1008 websocket.fragments"});
    CHECK(read("89 05 48 65 6c 6c 6f") == Words{"ping Hello"});
    Limits aws = kAwsLimits;
    CHECK(decode(Role::client, bytes_of("81 7e 80 00") + std::string(32768, 'x'), aws).size() == 1);
    CHECK(decode(Role::client, bytes_of("81 7e 80 01"), aws) == Words{"error 1009 websocket.frame_size"});
}

TEST_CASE("an expanded message is held to its limit while it expands", "[websocket]") {
    MessageDeflate deflate(15, 8);
    const auto frame_of = [&](const std::string& text, std::size_t cut) {
        std::string compressed;
        deflate.reset();
        deflate.append(text, true, compressed);
        std::string out;
        append_frame(out, {.opcode = Opcode::text, .fin = cut == 0, .rsv1 = true},
                     std::string_view(compressed).substr(0, cut == 0 ? compressed.size() : cut));
        if (cut != 0) append_frame(out, {.opcode = Opcode::continuation}, std::string_view(compressed).substr(cut));
        return out;
    };
    const Limits limits{.frame = 100000, .message = 1000, .fragments = 10};
    const DeflateParameters keeps;
    for (const std::size_t cut : {0U, 1U, 3U}) {
        const std::string fits(1000, 'x');
        CHECK(decode(Role::client, frame_of(fits, cut), limits, keeps) == Words{"text " + fits});
        CHECK(decode(Role::client, frame_of(fits + "x", cut), limits, keeps) ==
              Words{"error 1009 websocket.message_size"});
    }
    CHECK(decode(Role::client, frame_of(std::string(9999999, 'x'), 0), limits, keeps) ==
          Words{"error 1009 websocket.message_size"});
    // ten thousand bytes that become ten million: no more than the limit and a byte is ever made
    const std::string bomb = frame_of(std::string(9999999, '\0'), 0);
    CHECK(bomb.size() < 10240);
    DeflatePool pool;
    Decoder decoder(Role::client, limits);
    decoder.inflate(keeps, pool);
    std::vector<char> room(65536);
    const Decoded found = decoder.decode(bomb, room);
    CHECK(found.found == Found::error);
    CHECK(found.code == CloseCode::too_big);
    CHECK(std::count(room.begin() + 1001, room.end(), '\0') == 65536 - 1001);
}

TEST_CASE("a peer with a larger window than was agreed on is read the same however its bytes are cut", "[websocket]") {
    Random random(4);
    std::string text;
    while (text.size() < 3000) text += std::to_string(random.below(1000000000));
    text += text;
    MessageDeflate deflate(15, 8);
    std::string compressed;
    deflate.append(text, true, compressed);
    std::string bytes;
    append_frame(bytes, {.opcode = Opcode::text, .rsv1 = true}, compressed);
    CHECK(decode(Role::client, bytes, kLimits, DeflateParameters{.server_max_window_bits = 9}) ==
          Words{"text " + text});
}

TEST_CASE("what is no DEFLATE is 1007, and wrong text before it is found first", "[websocket]") {
    const DeflateParameters keeps;
    CHECK(decode(Role::client, bytes_of("c1 03 ff ff ff"), kLimits, keeps) == Words{"error 1007 websocket.deflate"});
    CHECK(decode(Role::client, bytes_of("c1 08 00 01 00 fe ff 61 ff ff"), kLimits, keeps) ==
          Words{"error 1007 websocket.deflate"});
    CHECK(decode(Role::client, bytes_of("c1 08 00 01 00 fe ff c0 ff ff"), kLimits, keeps) ==
          Words{"error 1007 websocket.utf8"});
}

TEST_CASE("text is UTF-8 over its fragments, and what is not is found while it comes", "[websocket]") {
    CHECK(client("01 02 e2 82 80 01 ac") == Words{"text \xe2\x82\xac"});
    CHECK(client("81 02 e2 82") == Words{"error 1007 websocket.utf8"});
    CHECK(client("01 02 e2 82 80 01 41") == Words{"error 1007 websocket.utf8"});
    CHECK(client("01 7e ff ff ed a0") == Words{"error 1007 websocket.utf8"});
    CHECK(client("82 02 ff fe") == Words{"binary \xff\xfe"});
}

TEST_CASE("a close frame has a code that may be sent and a reason in UTF-8, and is the last", "[websocket]") {
    CHECK(client("88 00") == Words{"close 1005"});
    CHECK(client("88 02 03 e8") == Words{"close 1000"});
    CHECK(client("88 05 0f a0 62 79 65 81 01 61") == Words{"close 4000 bye"});
    CHECK(client("88 01 03") == Words{"error 1002 websocket.close_length"});
    CHECK(client("88 02 03 ed") == Words{"error 1002 websocket.close_code"});
    CHECK(client("88 02 03 f4") == Words{"close 1012"});
    CHECK(decode(Role::server, masked({.opcode = Opcode::close}, bytes_of("03 f4")) + kAfter) ==
          Words{"error 1002 websocket.close_code"});
    CHECK(client("88 04 03 e8 e2 82") == Words{"error 1007 websocket.utf8"});
}

TEST_CASE("a decoder is idle between messages, small, and holds nothing there", "[websocket]") {
    DeflatePool pool;
    Decoder decoder(Role::client, kLimits);
    DeflateParameters forgets;
    forgets.server_no_context_takeover = true;
    decoder.inflate(forgets, pool);
    CHECK(sizeof(Decoder) <= 280);
    CHECK(decoder.idle());
    std::vector<char> room(100);
    const std::string hello = bytes_of("c1 07 f2 48 cd c9 c9 07 00");
    CHECK(decoder.decode(std::string_view(hello).substr(0, 1), room).found == Found::more);
    CHECK_FALSE(decoder.idle());
    CHECK(test::decode_all(decoder, std::string_view(hello).substr(1, 4), 4).empty());
    CHECK_FALSE(decoder.idle());
    CHECK(pool.idle() == 0);
    CHECK(test::decode_all(decoder, std::string_view(hello).substr(5), 4).size() == 1);
    CHECK(decoder.idle());
    CHECK(pool.idle() == 1);
    test::decode_all(decoder, bytes_of("41 03 f2 48 cd"), 4);
    CHECK_FALSE(decoder.idle());
    CHECK(pool.idle() == 0);
    decoder.stop();
    CHECK(decoder.over());
    CHECK(pool.idle() == 1);
}
