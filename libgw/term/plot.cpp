#include "libgw/term/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "libgw/term/width.h"

namespace gw::term {
namespace {

constexpr std::array<std::string_view, 9> kEighths = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

/// "1.2k": four characters and less, mostly.
std::string short_number(double value) {
    for (const std::string_view unit : {"", "k", "M", "G"}) {
        if (value < 9.95 && value != std::floor(value)) return fmt::format("{:.1f}{}", value, unit);
        if (value < 999.5) return fmt::format("{:.0f}{}", value, unit);
        value /= 1000;
    }
    return fmt::format("{:.0f}T", value);
}

/// 1, 2 or 5 times a power of ten: not below the value.
double round_up(double value) {
    if (value <= 0) return 1;
    const double power = std::pow(10, std::floor(std::log10(value)));
    for (const double step : {1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0})
        if (step * power >= value * 0.999999) return step * power;
    return 10 * power;
}

std::vector<Bar> squeeze(const std::vector<Bar>& bars, std::size_t columns) {
    const std::size_t together = (bars.size() + columns - 1) / columns;
    std::vector<Bar> made;
    for (std::size_t i = 0; i < bars.size(); i += together) {
        Bar sum;
        const std::size_t end = std::min(bars.size(), i + together);
        for (std::size_t j = i; j < end; ++j) {
            sum.lower += bars[j].lower;
            sum.upper += bars[j].upper;
        }
        const auto count = static_cast<double>(end - i);
        made.push_back({sum.lower / count, sum.upper / count});
    }
    return made;
}

}  // namespace

std::string plot_bars(const std::vector<Bar>& all, const PlotFrame& frame) {
    if (all.empty()) return {};
    constexpr std::size_t kMargin = 8;
    const std::size_t columns = std::max<std::size_t>(20, frame.width) - kMargin;
    const std::vector<Bar> bars = squeeze(all, columns);
    double most = 0;
    for (const Bar& bar : bars) most = std::max(most, bar.lower + bar.upper);
    const double scale = round_up(most);
    const auto height = static_cast<double>(frame.height);
    // few bars are drawn wider
    const std::size_t each = std::max<std::size_t>(1, std::min<std::size_t>(columns / bars.size(), 8));
    std::string out;
    for (std::size_t row = frame.height; row-- > 0;) {
        const bool labelled = row + 1 == frame.height || row == frame.height / 2 - 1;
        const std::string label = labelled ? short_number(scale * static_cast<double>(row + 1) / height) : "";
        out += fmt::format("{:>6} ", label) + frame.style.dim(labelled ? "┤" : "│");
        std::string line;
        std::string refused;
        const auto flush = [&] {
            line += frame.style.paint(Paint::red, refused);
            refused.clear();
        };
        for (const Bar& bar : bars) {
            const double lower = bar.lower / scale * height - static_cast<double>(row);
            const double top = (bar.lower + bar.upper) / scale * height - static_cast<double>(row);
            for (std::size_t i = 0; i < each; ++i) {
                // what is refused begins in the next whole row, and shows even when it is little
                if (bar.upper > 0 && top > 0 && lower < 0.5) {
                    refused += top >= 0.25 || lower > 0 || row == 0 ? "▒" : " ";
                    continue;
                }
                flush();
                const double full = bar.upper > 0 ? 1.0 : lower;
                const auto eighths = static_cast<std::size_t>(std::clamp(std::ceil(full * 8), 0.0, 8.0));
                line += bar.upper > 0 ? (lower >= 0.5 ? "█" : " ") : kEighths[eighths];
            }
        }
        flush();
        while (line.ends_with(' ')) line.pop_back();
        out += line + "\n";
    }
    const std::size_t drawn = bars.size() * each;
    std::string axis;
    for (std::size_t i = 0; i < drawn; ++i) axis += "─";
    out += "     0 " + frame.style.dim("└" + axis) + "\n";
    const std::size_t taken = display_width(frame.left) + display_width(frame.right);
    out += std::string(kMargin, ' ') + frame.left + std::string(drawn > taken ? drawn - taken : 1, ' ') + frame.right +
           "\n";
    return out;
}

std::string plot_line(const std::vector<double>& values, std::size_t width) {
    if (values.empty() || width == 0) return {};
    std::vector<Bar> bars;
    for (const double value : values) bars.push_back({value, 0});
    bars = squeeze(bars, width);
    double most = 0;
    for (const Bar& bar : bars) most = std::max(most, bar.lower);
    std::string out;
    for (const Bar& bar : bars)
        out += kEighths[most <= 0 ? 0 : static_cast<std::size_t>(std::ceil(bar.lower / most * 8))];
    return out;
}

}  // namespace gw::term
