// Frames, as either end reads them, with and without permessage-deflate. The first byte says how: what is found must be
// the same for every chop and every room, within the limits, and all text in it UTF-8; and whatever came through whole
// comes back whole when it is sent on.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/text.h"
#include "libgw/wire/websocket/session.h"
#include "tests/fuzz/require.h"

using namespace gw;
using namespace gw::websocket;

namespace {

struct Seen {
    std::vector<std::string> messages;  ///< 't' or 'b' and the payload; 'i', 'o' and that of a control frame
    Found end = Found::more;
    CloseCode code = CloseCode::no_status;
    friend bool operator==(const Seen&, const Seen&) = default;
};

struct How {
    Role role;
    std::optional<DeflateParameters> deflate;
};

Seen read(std::string_view bytes, const How& how, const Limits& limits, std::size_t piece, std::size_t room_size) {
    DeflatePool pool;
    Decoder decoder(how.role, limits);
    if (how.deflate) decoder.inflate(*how.deflate, pool);
    std::vector<char> room(room_size);
    Seen seen;
    std::string message;
    for (std::size_t from = 0; from < bytes.size(); from += piece) {
        std::string_view rest = bytes.substr(from, piece);
        for (bool more = true; more;) {
            const Decoded found = decoder.decode(rest, room);
            REQUIRE_THAT_IT_HOLDS(found.taken <= rest.size());
            rest.remove_prefix(found.taken);
            switch (found.found) {
                case Found::more:
                    REQUIRE_THAT_IT_HOLDS(rest.empty());
                    more = false;
                    break;
                case Found::data:
                    if (found.begins) message.clear();
                    message += found.data;
                    REQUIRE_THAT_IT_HOLDS(message.size() <= limits.message);
                    if (!found.ends) break;
                    REQUIRE_THAT_IT_HOLDS(!found.text || is_utf8(message));
                    seen.messages.push_back((found.text ? "t" : "b") + message);
                    break;
                case Found::ping:
                case Found::pong:
                    REQUIRE_THAT_IT_HOLDS(found.data.size() <= kMostControl);
                    seen.messages.push_back((found.found == Found::ping ? "i" : "o") + std::string(found.data));
                    break;
                case Found::close: REQUIRE_THAT_IT_HOLDS(is_utf8(found.data)); [[fallthrough]];
                case Found::error:
                    REQUIRE_THAT_IT_HOLDS(seen.end == Found::more && decoder.over());
                    seen.end = found.found;
                    seen.code = found.code;
                    break;
            }
        }
    }
    return seen;
}

/// The messages, sent on by the other end.
std::string send_on(const Seen& seen, const How& how) {
    DeflatePool pool;
    MaskKeys keys([](std::span<std::uint8_t> bytes) { std::fill(bytes.begin(), bytes.end(), std::uint8_t{0xa5}); });
    static const Limits limits;
    const Role other = how.role == Role::client ? Role::server : Role::client;
    Session session(other, limits, other == Role::client ? &keys : nullptr);
    if (how.deflate) session.deflate(*how.deflate, pool);
    std::string out;
    for (const std::string& each : seen.messages) {
        const std::string_view payload = std::string_view(each).substr(1);
        if (each[0] == 'i') session.ping(payload, out);
        if (each[0] == 'o') session.pong(payload, out);
        if (each[0] == 't' || each[0] == 'b')
            session.send(each[0] == 't' ? Opcode::text : Opcode::binary, payload, out);
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 8192) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    How how{(data[0] & 1U) != 0 ? Role::server : Role::client, std::nullopt};
    if ((data[0] & 2U) != 0) {
        const bool forgets = (data[0] & 4U) != 0;
        const auto bits = static_cast<std::uint8_t>(9 + (data[0] >> 3U) % 7);
        how.deflate = DeflateParameters{forgets, forgets, bits, bits};
    }
    const Limits limits{.frame = 3000, .message = 2000, .fragments = 8, .controls_per_second = 100};
    const Seen whole = read(bytes, how, limits, bytes.size(), 4096);
    REQUIRE_THAT_IT_HOLDS(read(bytes, how, limits, 1, 4096) == whole);
    REQUIRE_THAT_IT_HOLDS(read(bytes, how, limits, bytes.size(), 1) == whole);
    REQUIRE_THAT_IT_HOLDS(read(bytes, how, limits, 1 + data[0] % 17, 1 + data[size - 1] % 40) == whole);

    const std::string again = send_on(whole, how);
    const Seen back = read(again, how, Limits{}, 1 + data[0] % 29, 512);
    REQUIRE_THAT_IT_HOLDS(back.messages == whole.messages && back.end == Found::more);
    return 0;
}
