#include "libgw/term/progress.h"

#include <algorithm>

#include <fmt/format.h>

#include "libgw/term/width.h"

namespace gw::term {

std::string progress_line(std::optional<double> share, std::string_view text, std::size_t width) {
    constexpr std::size_t kUsualWidth = 80;
    constexpr std::size_t kLongestBar = 30;
    constexpr std::size_t kShortestBar = 5;
    if (width == 0) width = kUsualWidth;
    if (!share) return shorten(std::string(text), width);
    const double whole = std::clamp(*share, 0.0, 1.0);
    const std::string behind = fmt::format("{}%  {}", static_cast<int>(whole * 100), text);
    const std::size_t taken = display_width(behind) + 3;
    if (taken + kShortestBar > width) return shorten(behind, width);
    const std::size_t bar = std::min(kLongestBar, width - taken);
    const auto full = static_cast<std::size_t>(whole * static_cast<double>(bar));
    return fmt::format("[{}{}] {}", std::string(full, '#'), std::string(bar - full, '.'), behind);
}

}  // namespace gw::term
