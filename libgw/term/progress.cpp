#include "libgw/term/progress.h"

#include <algorithm>

#include <fmt/format.h>

#include "libgw/term/width.h"

namespace gw::term {

std::string progress_line(std::optional<double> share, const std::string& text, std::size_t width) {
    constexpr std::size_t kBar = 30;
    std::string line;
    if (share) {
        const double whole = std::clamp(*share, 0.0, 1.0);
        const auto done = static_cast<std::size_t>(whole * kBar);
        line = fmt::format("[{}{}{}] {:3.0f}%  ", std::string(done, '='), done < kBar ? ">" : "",
                           std::string(done < kBar ? kBar - done - 1 : 0, ' '), whole * 100);
    }
    line += text;
    if (width > 1) line = shorten(line, width - 1);
    return "\r\x1b[K" + line;
}

std::string progress_end() { return "\r\x1b[K"; }

}  // namespace gw::term
