#pragma once
// The opening handshake (RFC 6455 §4): a request that cannot be one gets no WebSocket, and only an answer that is one
// begins one. Whoever tunnels for less is a way past every rule.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"
#include "libgw/wire/http/encoder.h"
#include "libgw/wire/http/message.h"
#include "libgw/wire/http/refused.h"
#include "libgw/wire/websocket/deflate.h"

namespace gw::websocket {

/// What Sec-WebSocket-Accept says to this key (§4.2.2).
std::string accept_of(std::string_view key);

/// Why a request that asks for a WebSocket cannot have one (§4.2.1): 426 for another version than 13, 400 for a key
/// that is not 16 bytes of base64, none, or several. Requires: request.upgrade_websocket.
http::Refused judge_request(const http::RequestHead& request);

/// What is wrong with a 101 (§4.1), as a word such as "websocket.accept"; "" when nothing is. `asked`: the fields of
/// the request, which judge_request() would find nothing wrong with.
std::string_view judge_answer(const http::Fields& asked, const http::ResponseHead& answer);

/// The subprotocols that a request offers, in its order.
std::vector<std::string_view> offered_protocols(const http::Fields& request);

/// What a client asks for.
struct ClientHandshake {
    std::string key;  ///< 16 bytes of chance, in base64
    std::vector<std::string> protocols = {};
    std::optional<DeflateOffer> deflate = {};

    /// The fields of the request that are the handshake's own: Connection, Upgrade and Sec-WebSocket-*.
    [[nodiscard]] http::Fields fields() const;
};

/// What both ends agreed on.
struct Agreement {
    std::string protocol;
    std::optional<DeflateParameters> deflate;
};
/// A client's reading of the 101. Errc::parse, with what is wrong in words.
Result<Agreement> agree(const ClientHandshake& asked, const http::ResponseHead& answer);

/// Writes the fields of a server's 101. `protocol`: "" for none, else one of those that were offered; `extensions`:
/// DeflateAnswer::text or "".
void write_answer(http::HeadWriter& writer, std::string_view key, std::string_view protocol,
                  std::string_view extensions);

}  // namespace gw::websocket
