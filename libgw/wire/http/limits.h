#pragma once

#include <cstddef>
#include <cstdint>

namespace gw::http {

/// How much of a message a decoder takes before it refuses. Sizes in bytes.
struct Limits {
    std::uint32_t start_line = 8192;  ///< request line or status line, without CRLF → 414
    std::uint32_t head =
        10240;  ///< start line and fields, with their CRLFs, without the empty line → 431 (at most 65,536)
    std::uint32_t fields = 100;            ///< number of field lines → 431
    std::uint32_t trailer_fields = 16;     ///< → 400
    std::uint32_t trailer_bytes = 4096;    ///< → 400
    std::uint32_t chunk_line = 256;        ///< chunk size and extensions, without CRLF → 400
    std::uint32_t chunk_overhead = 16384;  ///< framing bytes may not exceed max(this, payload so far) → 400
    std::uint64_t body = UINT64_MAX;       ///< payload → 413
};

/// What an upstream may send. An answer that trickles, one token a chunk, is mostly framing, and is meant to be.
inline constexpr Limits kResponseLimits{.start_line = 8192, .head = 65536, .fields = 200, .chunk_overhead = UINT32_MAX};

}  // namespace gw::http
