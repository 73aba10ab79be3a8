#pragma once
// Why a WebSocket was closed (RFC 6455 §7.4, and what IANA has registered since).

#include <cstdint>
#include <string_view>

#include "libgw/wire/websocket/role.h"

namespace gw::websocket {

/// Any number is one; these have names.
enum class CloseCode : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    unsupported_data = 1003,
    no_status = 1005,  ///< never on the wire: a close frame without a code
    abnormal = 1006,   ///< never on the wire: the connection ended without a close frame
    invalid_payload = 1007,
    policy_violation = 1008,
    too_big = 1009,
    mandatory_extension = 1010,
    internal_error = 1011,
    service_restart = 1012,
    try_again_later = 1013,
    bad_gateway = 1014,
    tls_handshake = 1015,  ///< never on the wire
};

/// Whether this end may find the code in a close frame. 1012 to 1014 are what a server says, and nothing that a client
/// could mean.
bool may_receive(Role role, std::uint16_t code);
/// Whether this end may send it.
inline bool may_send(Role role, std::uint16_t code) {
    return may_receive(role == Role::client ? Role::server : Role::client, code);
}

/// "normal closure"; "" for a number without a name.
std::string_view to_words(CloseCode code);

}  // namespace gw::websocket
