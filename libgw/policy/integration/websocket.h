#pragma once
// The opening handshake of a WebSocket as one between client and target: a request that cannot be one does not get
// there, and only an answer that is one begins a tunnel. Whoever tunnels for less is a way past every rule (RFC 6455
// §4).

#include <optional>
#include <string>
#include <string_view>

#include "libgw/policy/verdict.h"
#include "libgw/wire/http/message.h"

namespace gw::integration {

/// What Sec-WebSocket-Accept says to this key (RFC 6455 §4.2.2).
std::string websocket_accept(std::string_view key);

/// Why a request that asks for a WebSocket cannot have one (§4.2.1): 426 for another version than 13, 400 for a key
/// that is not 16 bytes of base64, none, or several. Requires: request.upgrade_websocket.
std::optional<Refusal> judge_websocket(const http::RequestHead& request);

/// What is wrong with a target's 101 (§4.1), as a word such as "websocket.accept"; "" when nothing is. Requires:
/// judge_websocket() found nothing wrong with the request.
std::string_view judge_websocket(const http::RequestHead& request, const http::ResponseHead& answer);

}  // namespace gw::integration
