#include "libgw/wire/websocket/close_code.h"

namespace gw::websocket {

bool may_receive(Role role, std::uint16_t code) {
    if (code >= 3000) return code < 5000;
    if (code >= 1012 && code <= 1014) return role == Role::client;
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1011);
}

std::string_view to_words(CloseCode code) {
    switch (code) {
        case CloseCode::normal: return "normal closure";
        case CloseCode::going_away: return "going away";
        case CloseCode::protocol_error: return "protocol error";
        case CloseCode::unsupported_data: return "unsupported data";
        case CloseCode::no_status: return "no status";
        case CloseCode::abnormal: return "abnormal closure";
        case CloseCode::invalid_payload: return "invalid payload data";
        case CloseCode::policy_violation: return "policy violation";
        case CloseCode::too_big: return "message too big";
        case CloseCode::mandatory_extension: return "mandatory extension";
        case CloseCode::internal_error: return "internal error";
        case CloseCode::service_restart: return "service restart";
        case CloseCode::try_again_later: return "try again later";
        case CloseCode::bad_gateway: return "bad gateway";
        case CloseCode::tls_handshake: return "TLS handshake";
    }
    return {};
}

}  // namespace gw::websocket
