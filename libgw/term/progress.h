#pragma once
// How far long work has come, on one line that is written over.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gw::term {

/// "[###############...............] 50%  checked 500/1000, 3 blocked", at most `width` columns (0: 80), without a line
/// feed. `share` is 0 … 1; without one there is no bar. The bar goes first when there is no room.
std::string progress_line(std::optional<double> share, std::string_view text, std::size_t width);

/// Goes to the beginning of the line and clears it.
inline constexpr std::string_view kClearLine = "\r\x1b[K";

}  // namespace gw::term
