#pragma once

#include <cstdint>

namespace gw::websocket {

/// Which end of a connection we are. A client masks what it sends, a server does not (RFC 6455 §5.1).
enum class Role : std::uint8_t { client, server };

}  // namespace gw::websocket
