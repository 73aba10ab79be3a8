// Section 6 of the Autobahn test suite by its numbers: UTF-8, whole, in fragments, and refused as soon as it is wrong.
// The sequences are those of Markus Kuhn's UTF-8 decoder stress test.

#include <optional>

#include "libgw/base/text.h"
#include "libgw/wire/websocket/session.h"
#include "tests/support/catch.h"
#include "tests/support/websocket.h"

using namespace gw;
using namespace gw::websocket;
using test::Echo;
using Words = std::vector<std::string>;

namespace {

struct Sequence {
    bool valid;
    std::string text;
};

std::vector<Sequence> sequences() {
    std::vector<Sequence> all;
    const auto good = [&](std::string text) { all.push_back({true, std::move(text)}); };
    const auto bad = [&](std::string text) { all.push_back({false, std::move(text)}); };
    // 6.5
    for (const char* text :
         {"hello$world", "hello\xc2\xa2world", "hello\xe2\x82\xacworld", "hello\xf0\xa4\xad\xa2world"})
        good(text);
    const std::string kosme = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
    // 6.6
    for (std::size_t size = 1; size <= kosme.size(); ++size) {
        const bool whole = size == 2 || size == 5 || size == 7 || size == 9 || size == 11;
        all.push_back({whole, kosme.substr(0, size)});
    }
    // 6.7 to 6.11: the first and last of each length, and other boundaries
    good(std::string(1, '\0'));
    for (const char* text : {"\xc2\x80", "\xe0\xa0\x80", "\xf0\x90\x80\x80", "\x7f", "\xdf\xbf", "\xef\xbf\xbf",
                             "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbd"})
        good(text);
    for (const char* text : {"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80", "\xf7\xbf\xbf\xbf",
                             "\xfb\xbf\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf\xbf", "\xf4\x90\x80\x80"})
        bad(text);
    // 6.12: continuation bytes alone
    std::string every;
    for (int byte = 0x80; byte < 0xc0; ++byte) every += static_cast<char>(byte);
    for (const std::size_t size : {1U, 2U, 3U, 4U, 5U, 6U, 64U}) bad(every.substr(0, size));
    bad("\xbf");
    // 6.13: starts alone
    for (const auto& [from, to] : {std::pair{0xc0, 0xdf}, {0xe0, 0xef}, {0xf0, 0xf7}, {0xf8, 0xfb}, {0xfc, 0xfd}}) {
        std::string starts;
        for (int byte = from; byte <= to; ++byte) (starts += static_cast<char>(byte)) += ' ';
        bad(starts);
    }
    // 6.14, 6.15: the last byte is missing
    std::string together;
    for (const char* text : {"\xc0", "\xe0\x80", "\xf0\x80\x80", "\xf8\x80\x80\x80", "\xfc\x80\x80\x80\x80", "\xdf",
                             "\xef\xbf", "\xf7\xbf\xbf", "\xfb\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf"}) {
        bad(text);
        together += text;
    }
    bad(together);
    // 6.16 to 6.21: impossible bytes, overlong forms, surrogates alone and in pairs
    for (const char* text : {"\xfe",
                             "\xff",
                             "\xfe\xfe\xff\xff",
                             "\xc0\xaf",
                             "\xe0\x80\xaf",
                             "\xf0\x80\x80\xaf",
                             "\xf8\x80\x80\x80\xaf",
                             "\xfc\x80\x80\x80\x80\xaf",
                             "\xc1\xbf",
                             "\xe0\x9f\xbf",
                             "\xf0\x8f\xbf\xbf",
                             "\xf8\x87\xbf\xbf\xbf",
                             "\xfc\x83\xbf\xbf\xbf\xbf",
                             "\xc0\x80",
                             "\xe0\x80\x80",
                             "\xf0\x80\x80\x80",
                             "\xf8\x80\x80\x80\x80",
                             "\xfc\x80\x80\x80\x80\x80",
                             "\xed\xa0\x80",
                             "\xed\xad\xbf",
                             "\xed\xae\x80",
                             "\xed\xaf\xbf",
                             "\xed\xb0\x80",
                             "\xed\xbe\x80",
                             "\xed\xbf\xbf",
                             "\xed\xa0\x80\xed\xb0\x80",
                             "\xed\xa0\x80\xed\xbf\xbf",
                             "\xed\xad\xbf\xed\xb0\x80",
                             "\xed\xad\xbf\xed\xbf\xbf",
                             "\xed\xae\x80\xed\xb0\x80",
                             "\xed\xae\x80\xed\xbf\xbf",
                             "\xed\xaf\xbf\xed\xb0\x80",
                             "\xed\xaf\xbf\xed\xbf\xbf"})
        bad(text);
    // 6.22, 6.23: what is no character, and specials, are UTF-8 all the same
    for (char32_t plane = 0; plane <= 0x10; ++plane)
        for (const char32_t last : {0xfffeU, 0xffffU}) {
            std::string text;
            append_utf8(text, (plane << 16U) + last);
            good(text);
        }
    for (char32_t point = 0xfff9; point <= 0xffff; ++point) {
        std::string text;
        append_utf8(text, point);
        good(text);
    }
    return all;
}

/// The payload of one text message in frames of so many bytes, as the end of this role reads it.
std::string frames(Role role, std::string_view payload, std::size_t size) {
    std::string out;
    for (std::size_t at = 0; at < payload.size(); at += size) {
        FrameHead head{.opcode = at == 0 ? Opcode::text : Opcode::continuation,
                       .fin = at + size >= payload.size(),
                       .rsv1 = false,
                       .key = {}};
        if (role == Role::server) head.key = MaskKey{7, 70, 170, 255};
        append_frame(out, head, payload.substr(at, size));
    }
    return out;
}

/// How many bytes of the payload had come when it was refused; nothing: it was not.
std::optional<std::size_t> refused_after(Role role, std::string_view bytes, std::size_t head) {
    Echo end(role);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        end.feed(bytes.substr(at, 1));
        if (end.session.over()) return at + 1 - head;
    }
    return std::nullopt;
}

const std::string kKosme = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";

}  // namespace

TEST_CASE("Autobahn 6.1: empty text, in one frame and in three", "[websocket]") {
    for (const Role role : {Role::client, Role::server}) {
        Echo end(role);
        std::string bytes;
        const auto put = [&](Opcode opcode, bool fin, std::string_view payload) {
            FrameHead head{.opcode = opcode, .fin = fin, .rsv1 = false, .key = {}};
            if (role == Role::server) head.key = MaskKey{1, 2, 3, 4};
            append_frame(bytes, head, payload);
        };
        put(Opcode::text, true, "");
        put(Opcode::text, false, "");
        put(Opcode::continuation, false, "");
        put(Opcode::continuation, true, "");
        put(Opcode::text, false, "");
        put(Opcode::continuation, false, "middle frame payload");
        put(Opcode::continuation, true, "");
        end.feed(bytes);
        CHECK(end.heard == Words{"text ", "text ", "text middle frame payload"});
    }
}

TEST_CASE("Autobahn 6.2 and 6.3: text cut between and inside characters", "[websocket]") {
    const std::string good = "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!";
    const std::string bad = kKosme + "\xed\xa0\x80" + "edited";
    for (const Role role : {Role::client, Role::server})
        for (std::size_t size = 1; size <= good.size(); ++size) {
            Echo end(role);
            end.feed(frames(role, good, size));
            CHECK(end.heard == Words{"text " + good});
            Echo wrong(role);
            wrong.feed(frames(role, bad, size));
            CHECK(wrong.heard == Words{"error 1007 websocket.utf8"});
        }
}

TEST_CASE("Autobahn 6.4: wrong text is refused with its first wrong byte, without waiting for the rest",
          "[websocket]") {
    for (const Role role : {Role::client, Role::server}) {
        const std::size_t head = role == Role::server ? 6 : 2;
        const std::string too_high = kKosme + "\xf4\x90\x80\x80" + "edited";
        CHECK(refused_after(role, frames(role, too_high, 100), head) == kKosme.size() + 2);
        const std::string impossible = kKosme + "\xff" + "edited";
        CHECK(refused_after(role, frames(role, impossible, 100), head) == kKosme.size() + 1);
    }
}

TEST_CASE("Autobahn 6.5 to 6.23: sequences that are UTF-8 come back, and no other", "[websocket]") {
    const auto all = sequences();
    CHECK(all.size() == 130);
    for (const Role role : {Role::client, Role::server})
        for (const Sequence& sequence : all)
            for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{3}, sequence.text.size()}) {
                const std::string bytes = frames(role, sequence.text, size);
                for (const std::size_t piece : {std::size_t{1}, bytes.size()}) {
                    Echo end(role);
                    for (std::size_t at = 0; at < bytes.size(); at += piece)
                        end.feed(std::string_view(bytes).substr(at, piece));
                    const Words expected{sequence.valid ? "text " + sequence.text : "error 1007 websocket.utf8"};
                    if (end.heard != expected) FAIL("of " << sequence.text.size() << " bytes: " << sequence.text);
                }
            }
}
