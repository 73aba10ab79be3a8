#pragma once

#include <cstdint>

namespace gw {

/// Which of AWS's two request/response APIs a gateway answers like: HTTP APIs (v2) or REST APIs (v1).
enum class ApiKind : std::uint8_t { http, rest };

}  // namespace gw
