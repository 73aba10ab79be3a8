#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "libgw/term/plot.h"
#include "libgw/term/width.h"

namespace gw::term {
namespace {

/// The last of each group of neighbours, the last of all among them.
std::vector<Span> thin_out(const std::vector<Span>& spans, std::size_t columns) {
    const std::size_t together = (spans.size() + columns - 1) / columns;
    std::vector<Span> made;
    for (std::size_t end = spans.size(); end > 0; end -= std::min(end, together)) made.push_back(spans[end - 1]);
    std::reverse(made.begin(), made.end());
    return made;
}

}  // namespace

std::string plot_spans(const std::vector<Span>& all, const PlotFrame& frame,
                       const std::function<std::string(double)>& label) {
    if (all.empty()) return {};
    constexpr std::size_t kMargin = 12;
    const std::size_t columns = std::max<std::size_t>(20, frame.width) - kMargin;
    const std::vector<Span> spans = thin_out(all, columns);
    double low = 0;
    double high = 0;
    for (std::size_t i = spans.size() / 2; i < spans.size(); ++i) {
        for (const double value : {spans[i].low, spans[i].middle, spans[i].high}) {
            if (!std::isfinite(value)) continue;
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    if (high == low) high = low + 1;
    const std::size_t height = std::max<std::size_t>(frame.height, 3);
    // the rows are as high as each other, and their middles go from high to low
    const double step = (high - low) / static_cast<double>(height - 1);
    const auto row_of = [&](double value) {
        if (std::isnan(value)) return std::size_t{0};
        const double rows = std::clamp((high - value) / step, 0.0, static_cast<double>(height - 1));
        return static_cast<std::size_t>(std::lround(rows));
    };
    const std::size_t zero = row_of(0);
    const std::size_t each = std::max<std::size_t>(1, std::min<std::size_t>(columns / spans.size(), 4));
    std::string out;
    for (std::size_t row = 0; row < height; ++row) {
        const bool labelled = row == 0 || row + 1 == height || row == zero;
        const double value = row == zero ? 0 : high - step * static_cast<double>(row);
        const std::string text = labelled ? label(value) : std::string();
        const std::size_t taken = display_width(text);
        out += std::string(kMargin - 2 - std::min(kMargin - 2, taken), ' ') + text + " " +
               frame.style.dim(labelled ? "┤" : "│");
        std::string line;
        for (const Span& span : spans) {
            const bool within = row >= row_of(span.high) && row <= row_of(span.low);
            const std::string_view ground = row == zero ? "·" : " ";
            line += row == row_of(span.middle) ? "●" : within ? "│" : ground;
            for (std::size_t i = 1; i < each; ++i) line += ground;
        }
        while (line.ends_with(' ')) line.pop_back();
        out += line + "\n";
    }
    const std::size_t drawn = spans.size() * each;
    const std::size_t words = display_width(frame.left) + display_width(frame.right);
    out += std::string(kMargin, ' ') + frame.left + std::string(drawn > words ? drawn - words : 1, ' ') + frame.right +
           "\n";
    return out;
}

}  // namespace gw::term
