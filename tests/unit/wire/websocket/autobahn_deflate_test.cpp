// Sections 12 and 13 of the Autobahn test suite: messages of many sizes, in frames of many sizes, under the agreements
// of RFC 7692, negotiated as the suite's offers are.

#include "libgw/wire/websocket/handshake.h"
#include "libgw/wire/websocket/session.h"
#include "tests/support/catch.h"
#include "tests/support/websocket.h"

using namespace gw;
using namespace gw::websocket;
using test::Echo;
using Words = std::vector<std::string>;

namespace {

struct Size {
    std::size_t message;
    std::size_t frame;  ///< 0: in one
};
const std::vector<Size> kSizes = {{16, 0},        {64, 0},        {256, 0},       {1024, 0},    {4096, 0},
                                  {8192, 0},      {16384, 0},     {32768, 0},     {65536, 0},   {131072, 0},
                                  {8192, 256},    {16384, 256},   {32768, 256},   {65536, 256}, {131072, 256},
                                  {131072, 1024}, {131072, 4096}, {131072, 32768}};

/// Text as programs send it, and bytes that nobody can compress.
std::string data(bool compressible) {
    Random random(12);
    std::string made;
    while (made.size() < 300000) {
        if (compressible)
            made += "{\"id\":" + std::to_string(random.below(100000)) +
                    ",\"name\":\"item\",\"price\":" + std::to_string(random.below(100)) + ".99},\n";
        else
            made += static_cast<char>(random());
    }
    return made;
}

/// Sends a message as an end that fragments what it has compressed.
void send(Echo& from, MessageDeflate& deflate, bool forgets, Opcode opcode, std::string_view payload,
          std::size_t frame) {
    std::string compressed;
    if (forgets) deflate.reset();
    deflate.append(payload, true, compressed);
    if (frame == 0) frame = compressed.size();
    for (std::size_t at = 0; at < compressed.size(); at += frame) {
        FrameHead head{.opcode = at == 0 ? opcode : Opcode::continuation,
                       .fin = at + frame >= compressed.size(),
                       .rsv1 = at == 0,
                       .key = {}};
        if (from.session.over()) return;
        if (from.role == Role::client) head.key = from.keys.next();
        append_frame(from.out, head, std::string_view(compressed).substr(at, frame));
    }
}

void exchange(const DeflateParameters& agreed, const std::string& text, bool is_text, Role sender) {
    DeflatePool pool;
    Echo one(sender);
    Echo other(sender == Role::client ? Role::server : Role::client);
    one.session.deflate(agreed, pool);
    other.session.deflate(agreed, pool);
    one.answers = false;
    const std::uint8_t bits = agreed.sending_bits(sender);
    MessageDeflate deflate(std::max<int>(bits, 9), 5);
    std::size_t at = 0;
    for (const Size& size : kSizes)
        for (int i = 0; i < 3; ++i) {
            INFO(size.message << " in " << size.frame);
            if (at + size.message > text.size()) at = 0;
            const std::string message = text.substr(at, size.message);
            at += size.message;
            if (bits > 8)
                send(one, deflate, agreed.sending_forgets(sender), is_text ? Opcode::text : Opcode::binary, message,
                     size.frame);
            else
                one.session.send(is_text ? Opcode::text : Opcode::binary, message, one.out);
            other.feed(one.out);
            one.out.clear();
            for (std::size_t from = 0; from < other.out.size(); from += 1000)
                one.feed(std::string_view(other.out).substr(from, 1000));
            other.out.clear();
            REQUIRE(one.heard.size() == 1);
            if (one.heard[0] != (is_text ? "text " : "binary ") + message) FAIL("another message came back");
            one.heard.clear();
        }
}

/// What a server of this policy and a client of this offer agree on.
DeflateParameters negotiate(const std::vector<DeflateOffer>& offers, const DeflatePolicy& policy) {
    http::Fields request;
    for (const DeflateOffer& offer : offers) request.add("Sec-WebSocket-Extensions", offer.text());
    const auto answer = accept_deflate(request, policy);
    REQUIRE(answer);
    REQUIRE(*answer);
    http::Fields response;
    response.add("Sec-WebSocket-Extensions", (*answer)->text);
    const auto read = read_deflate_answer(response, offers.front());
    REQUIRE(read);
    REQUIRE(*read);
    CHECK(**read == (*answer)->parameters);
    return **read;
}

const std::vector<DeflatePolicy> kPolicies = {{.no_context_takeover = false, .max_window_bits = 15}, {}};

}  // namespace

TEST_CASE("Autobahn 12: compressed messages of text and of noise, under the usual offer", "[websocket]") {
    for (const DeflatePolicy& policy : kPolicies) {
        const DeflateParameters agreed = negotiate({DeflateOffer{.client_max_window_bits = true}}, policy);
        for (const Role role : {Role::client, Role::server}) {
            exchange(agreed, data(true), true, role);
            exchange(agreed, data(false), false, role);
        }
    }
}

TEST_CASE("Autobahn 13: compressed messages under every agreement", "[websocket]") {
    const std::string text = data(true);
    for (const DeflatePolicy& policy : kPolicies)
        for (const bool forgets : {false, true})
            for (const int bits : {0, 8, 9, 15}) {
                DeflateOffer offer{.server_no_context_takeover = forgets, .client_max_window_bits = true};
                if (bits != 0) offer.server_max_window_bits = static_cast<std::uint8_t>(bits);
                const DeflateParameters agreed = negotiate({offer}, policy);
                for (const Role role : {Role::client, Role::server}) exchange(agreed, text, true, role);
            }
}
