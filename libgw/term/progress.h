#pragma once
// How far long work has come, on one line that is written over.

#include <cstddef>
#include <string>
#include <string_view>

namespace gw::term {

/// "checked 120/1000 [#####...............] 12%  3 blocked", at most `width` columns (0: 80), without a line feed. The
/// bar goes first when there is no room. `more` is what is said behind it.
std::string progress_line(std::string_view verb, std::size_t done, std::size_t all, std::string_view more,
                          std::size_t width);

/// Goes to the beginning of the line and clears it.
inline constexpr std::string_view kClearLine = "\r\x1b[K";

}  // namespace gw::term
