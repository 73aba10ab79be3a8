#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace gw::term {

/// One line that takes the place of the one before, without a line feed: "[=====>    ] 52%  12.4 M requests, 31 M/s".
/// `share` is 0 … 1; without one there is no bar. Cut at `width` columns; 0: not cut.
std::string progress_line(std::optional<double> share, const std::string& text, std::size_t width);

/// What takes such a line away again.
std::string progress_end();

}  // namespace gw::term
