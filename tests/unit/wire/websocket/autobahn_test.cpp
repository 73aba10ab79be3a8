// The cases of the Autobahn test suite's sections 1 to 5, 7, 9 and 10 by their numbers, against an end that echoes, in
// both roles, cut in every way that matters.

#include "libgw/wire/websocket/session.h"
#include "tests/support/catch.h"
#include "tests/support/websocket.h"

using namespace gw;
using namespace gw::websocket;
using test::bytes_of;
using test::Echo;
using Words = std::vector<std::string>;

namespace {

/// Writes frames as the suite's own end would, right or wrong.
class Fuzzer {
  public:
    explicit Fuzzer(Role under_test) : masks_(under_test == Role::server) {}

    Fuzzer& frame(unsigned opcode, std::string_view payload, bool fin = true, unsigned rsv = 0) {
        std::string made;
        FrameHead head{.opcode = static_cast<Opcode>(opcode), .fin = fin, .rsv1 = false, .key = {}};
        if (masks_) head.key = MaskKey{0x5a, 0x00, 0xff, static_cast<std::uint8_t>(bytes_.size())};
        append_frame(made, head, payload);
        made[0] = static_cast<char>(static_cast<unsigned char>(made[0]) | rsv << 4U);
        bytes_ += made;
        return *this;
    }
    Fuzzer& text(std::string_view payload, bool fin = true) { return frame(1, payload, fin); }
    Fuzzer& binary(std::string_view payload, bool fin = true) { return frame(2, payload, fin); }
    Fuzzer& more(std::string_view payload, bool fin) { return frame(0, payload, fin); }
    Fuzzer& ping(std::string_view payload) { return frame(9, payload); }
    Fuzzer& close(unsigned code = 1000, std::string_view reason = {}) {
        const std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xffU)};
        return frame(8, payload + std::string(reason));
    }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

  private:
    bool masks_;
    std::string bytes_;
};

using Write = std::function<void(Fuzzer&)>;

/// What the end under test sends back, as the suite reads it, however the bytes come.
Words answered(Role role, const Write& write, std::initializer_list<std::size_t> pieces = {1, 2, 3, 997}) {
    Fuzzer fuzzer(role);
    write(fuzzer);
    const Limits limits{.frame = 1U << 24U, .message = 1U << 24U, .fragments = 1U << 20U};
    const auto with = [&](std::size_t piece) {
        Echo end(role, limits);
        for (std::size_t at = 0; at < fuzzer.bytes().size(); at += piece)
            end.feed(std::string_view(fuzzer.bytes()).substr(at, piece));
        Decoder reader(role == Role::client ? Role::server : Role::client, limits);
        return test::decode_all(reader, end.out, 1U << 20U, 65536);
    };
    const Words whole = with(fuzzer.bytes().size());
    for (const std::size_t piece : pieces)
        if (with(piece) != whole) FAIL("cut into pieces of " << piece << " it answers otherwise");
    return whole;
}

void expect(std::string_view number, const Words& expected, const Write& write) {
    for (const Role role : {Role::client, Role::server}) {
        INFO(number << (role == Role::client ? " client" : " server"));
        CHECK(answered(role, write) == expected);
    }
}

Words failed(std::string_view why) { return {"close 1002 websocket." + std::string(why)}; }

/// In frames of so many bytes.
void fragments(Fuzzer& f, unsigned opcode, std::string_view payload, std::size_t size) {
    for (std::size_t at = 0; at < payload.size(); at += size)
        f.frame(at == 0 ? opcode : 0, payload.substr(at, size), at + size >= payload.size());
}

}  // namespace

TEST_CASE("Autobahn 1: text and binary messages of all sizes of length", "[websocket]") {
    for (const std::size_t size : {0U, 125U, 126U, 127U, 128U, 65535U, 65536U}) {
        const std::string text(size, '*');
        const std::string binary(size, '\xfe');
        expect("1.1", {"text " + text, "close 1000"}, [&](Fuzzer& f) { f.text(text).close(); });
        expect("1.2", {"binary " + binary, "close 1000"}, [&](Fuzzer& f) { f.binary(binary).close(); });
        if (size == 65536)
            CHECK(answered(Role::server, [&](Fuzzer& f) { f.text(text).close(); }, {997}) ==
                  Words{"text " + text, "close 1000"});
    }
}

TEST_CASE("Autobahn 2: pings and pongs", "[websocket]") {
    expect("2.1", {"pong ", "close 1000"}, [](Fuzzer& f) { f.ping("").close(); });
    expect("2.2", {"pong Hello, world!", "close 1000"}, [](Fuzzer& f) { f.ping("Hello, world!").close(); });
    const std::string raw = bytes_of("00 ff fe fd fc fb 00 ff");
    expect("2.3", {"pong " + raw, "close 1000"}, [&](Fuzzer& f) { f.ping(raw).close(); });
    expect("2.4", {"pong " + std::string(125, '\xfe'), "close 1000"},
           [](Fuzzer& f) { f.ping(std::string(125, '\xfe')).close(); });
    expect("2.5", failed("control_length"), [](Fuzzer& f) { f.ping(std::string(126, '\xfe')).close(); });
    expect("2.6", {"pong " + std::string(125, '\xfe'), "close 1000"},
           [](Fuzzer& f) { f.ping(std::string(125, '\xfe')).close(); });
    expect("2.7", {"close 1000"}, [](Fuzzer& f) { f.frame(10, "").close(); });
    expect("2.8", {"close 1000"}, [](Fuzzer& f) { f.frame(10, "unsolicited pong payload").close(); });
    expect("2.9", {"pong ping payload", "close 1000"},
           [](Fuzzer& f) { f.frame(10, "unsolicited pong payload").ping("ping payload").close(); });
    Words ten;
    for (int i = 0; i < 10; ++i) ten.push_back("pong payload-" + std::to_string(i));
    ten.emplace_back("close 1000");
    expect("2.10, 2.11", ten, [](Fuzzer& f) {
        for (int i = 0; i < 10; ++i) f.ping("payload-" + std::to_string(i));
        f.close();
    });
}

TEST_CASE("Autobahn 3: reserved bits", "[websocket]") {
    const Words after_one{"text Hello, world!", "close 1002 websocket.rsv"};
    expect("3.1", failed("rsv"), [](Fuzzer& f) { f.frame(1, "Hello, world!", true, 4); });
    for (const unsigned rsv : {2U, 3U, 4U})
        expect("3.2 to 3.4", after_one,
               [&](Fuzzer& f) { f.text("Hello, world!").frame(1, "Hello, world!", true, rsv).ping(""); });
    expect("3.5", failed("rsv"), [](Fuzzer& f) { f.frame(2, "\xff", true, 5); });
    expect("3.6", failed("rsv"), [](Fuzzer& f) { f.frame(9, "Hello, world!", true, 6); });
    expect("3.7", failed("rsv"), [](Fuzzer& f) { f.frame(8, "", true, 7); });
}

TEST_CASE("Autobahn 4: reserved opcodes", "[websocket]") {
    for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
        expect("4.1.1, 4.2.1", failed("opcode"), [&](Fuzzer& f) { f.frame(opcode, ""); });
        expect("4.1.2, 4.2.2", failed("opcode"), [&](Fuzzer& f) { f.frame(opcode, "reserved opcode payload"); });
        expect("4.1.3, 4.2.3", {"text Hello, world!", "close 1002 websocket.opcode"},
               [&](Fuzzer& f) { f.text("Hello, world!").frame(opcode, "").ping(""); });
    }
}

TEST_CASE("Autobahn 5: fragments", "[websocket]") {
    expect("5.1", failed("control_fragment"),
           [](Fuzzer& f) { f.frame(9, "fragment1", false).more("fragment2", true); });
    expect("5.2", failed("control_fragment"),
           [](Fuzzer& f) { f.frame(10, "fragment1", false).more("fragment2", true); });
    expect("5.3 to 5.5", {"text fragment1fragment2", "close 1000"},
           [](Fuzzer& f) { f.text("fragment1", false).more("fragment2", true).close(); });
    expect("5.6 to 5.8", {"pong ping payload", "text fragment1fragment2", "close 1000"},
           [](Fuzzer& f) { f.text("fragment1", false).ping("ping payload").more("fragment2", true).close(); });
    for (const bool fin : {true, false}) {
        expect("5.9 to 5.14", failed("continuation"),
               [&](Fuzzer& f) { f.more("non-continuation payload", fin).text("Hello, world!"); });
    }
    expect("5.15", {"text fragment1fragment2", "close 1002 websocket.continuation"}, [](Fuzzer& f) {
        f.text("fragment1", false).more("fragment2", true).more("fragment3", false).text("fragment4");
    });
    expect("5.16", failed("continuation"),
           [](Fuzzer& f) { f.more("fragment1", false).text("fragment2", false).more("fragment3", true); });
    expect("5.17", failed("continuation"),
           [](Fuzzer& f) { f.more("fragment1", true).text("fragment2", false).more("fragment3", true); });
    expect("5.18", failed("interleaved"), [](Fuzzer& f) { f.text("fragment1", false).text("fragment2"); });
    expect("5.19, 5.20",
           {"pong pongme 1!", "pong pongme 2!", "text fragment1fragment2fragment3fragment4fragment5", "close 1000"},
           [](Fuzzer& f) {
               f.text("fragment1", false).more("fragment2", false).ping("pongme 1!").more("fragment3", false);
               f.more("fragment4", false).ping("pongme 2!").more("fragment5", true).close();
           });
}

TEST_CASE("Autobahn 7: the closing handshake", "[websocket]") {
    expect("7.1.1", {"text Hello World!", "close 1000"}, [](Fuzzer& f) { f.text("Hello World!").close(); });
    expect("7.1.2", {"close 1000"}, [](Fuzzer& f) { f.close().close(); });
    expect("7.1.3", {"close 1000"}, [](Fuzzer& f) { f.close().ping(""); });
    expect("7.1.4", {"close 1000"}, [](Fuzzer& f) { f.close().text("Hello World!"); });
    expect("7.1.5", {"close 1000"}, [](Fuzzer& f) { f.text("fragment1", false).close().more("fragment2", true); });
    expect("7.1.6", {"text " + std::string(256 * 1024, 'B'), "text Hello World!", "close 1000"},
           [](Fuzzer& f) { f.text(std::string(256 * 1024, 'B')).text("Hello World!").close().ping(""); });
    expect("7.3.1", {"close 1005"}, [](Fuzzer& f) { f.frame(8, ""); });
    expect("7.3.2", failed("close_length"), [](Fuzzer& f) { f.frame(8, "a"); });
    expect("7.3.3", {"close 1000"}, [](Fuzzer& f) { f.close(1000); });
    expect("7.3.4", {"close 1000"}, [](Fuzzer& f) { f.close(1000, "Hello World!"); });
    expect("7.3.5", {"close 1000"}, [](Fuzzer& f) { f.close(1000, std::string(123, '*')); });
    expect("7.3.6", failed("control_length"), [](Fuzzer& f) { f.close(1000, std::string(124, '*')); });
    expect("7.5.1", {"close 1007 websocket.utf8"}, [](Fuzzer& f) {
        f.close(1000, "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x65\x64\x69\x74\x65\x64");
    });
    for (const unsigned code :
         {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 3000U, 3999U, 4000U, 4999U})
        expect("7.7", {"close " + std::to_string(code)}, [&](Fuzzer& f) { f.close(code); });
    for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U})
        expect("7.9, 7.13", failed("close_code"), [&](Fuzzer& f) { f.close(code); });
}

TEST_CASE("Autobahn 9 and 10: large messages, in frames and in pieces of every size", "[websocket]") {
    for (const unsigned opcode : {1U, 2U}) {
        const std::string word = opcode == 1 ? "text " : "binary ";
        for (const std::size_t size : {std::size_t{65536}, std::size_t{1} << 20U, std::size_t{4} << 20U}) {
            const std::string payload(size, opcode == 1 ? '*' : '\xfe');
            const Words expected{word + payload, "close 1000"};
            for (const Role role : {Role::client, Role::server}) {
                INFO("9.1, 9.2, 9.5 to 9.8 of " << size);
                CHECK(answered(role, [&](Fuzzer& f) { f.frame(opcode, payload).close(); },
                               {64, 128, 256, 512, 1024, 2048}) == expected);
                for (const std::size_t piece : {64U, 4096U, 65536U}) {
                    if (size > (1U << 20U) && piece == 64) continue;
                    INFO("9.3, 9.4 in frames of " << piece);
                    CHECK(answered(role,
                                   [&](Fuzzer& f) {
                                       fragments(f, opcode, payload, piece);
                                       f.close();
                                   },
                                   {4096}) == expected);
                }
            }
        }
    }
    const std::string payload(65536, '*');
    CHECK(answered(Role::server, [&](Fuzzer& f) {
              fragments(f, 1, payload, 1300);
              f.close();
          }) == Words{"text " + payload, "close 1000"});
}
