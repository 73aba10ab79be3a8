#include "libgw/term/progress.h"

#include <algorithm>

#include <fmt/format.h>

#include "libgw/term/width.h"

namespace gw::term {

std::string progress_line(std::string_view verb, std::size_t done, std::size_t all, std::string_view more,
                          std::size_t width) {
    constexpr std::size_t kUsualWidth = 80;
    constexpr std::size_t kLongestBar = 30;
    constexpr std::size_t kShortestBar = 5;
    if (width == 0) width = kUsualWidth;
    const std::size_t percent = all == 0 ? 100 : done * 100 / all;
    const std::string counts = fmt::format("{} {}/{}", verb, done, all);
    const std::string behind = fmt::format("{}%{}{}", percent, more.empty() ? "" : "  ", more);
    const std::size_t taken = display_width(counts) + display_width(behind) + 4;
    if (taken + kShortestBar > width) return shorten(counts + " " + behind, width);
    const std::size_t bar = std::min(kLongestBar, width - taken);
    const std::size_t full = all == 0 ? bar : done * bar / all;
    return counts + " [" + std::string(full, '#') + std::string(bar - full, '.') + "] " + behind;
}

}  // namespace gw::term
