#pragma once
// A part of a stored answer (RFC 9110 §14): one range of bytes, or the whole.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/base/clock.h"
#include "libgw/policy/cache/condition.h"

namespace gw::cache {

/// What of a body is shown.
struct Part {
    enum class Kind : std::uint8_t { whole, part, unsatisfiable };
    Kind kind = Kind::whole;
    std::uint64_t first = 0;
    std::uint64_t size = 0;
};

/// One `bytes` range of a body of `length` bytes. What is not one range, or breaks the grammar, asks for the whole
/// (RFC 9110 §14.2 lets a server ignore the field); a range that begins behind the end is unsatisfiable.
Part parse_range(std::string_view text, std::uint64_t length);

/// The part of `stored` that the client asked for. If-Range has to name the very same answer, strongly (RFC 9110
/// §13.1.5).
Part part_of(const Stored& stored, const Conditions& conditions, Date now);

/// "bytes 0-1/11", or "bytes */11" for one that cannot be satisfied.
std::string content_range(const Part& part, std::uint64_t length);

}  // namespace gw::cache
