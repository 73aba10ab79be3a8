// An interval that narrows, and the share, as SVG.

#include "apps/support/svg.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "apps/gw-canary/commands.h"
#include "apps/gw-canary/report.h"

namespace gw::release {

std::string svg_of(const History& history, const std::string& title, const std::vector<std::string>& times) {
    using Point = program::SvgPlot::Point;
    program::SvgPlot plot(title);
    plot.head(title);
    plot.head(fmt::format("{}: how much worse the canary is, in {}, with its limits", history.metric,
                          history.points ? "percentage points" : "percent of stable"));
    const std::vector<Glance>& all = history.glances;
    // the first looks know next to nothing; the scale is that of the later half
    double low = 0;
    double high = 0;
    for (std::size_t i = all.size() / 2; i < all.size(); ++i)
        for (const double value : {all[i].low, all[i].estimate, all[i].high})
            if (std::isfinite(value)) {
                low = std::min(low, value * 100);
                high = std::max(high, value * 100);
            }
    if (high == low) high = low + 1;
    const double top =
        plot.scale(low, high, [&](double value) { return std::abs(value) < 1e-9 ? "0" : fmt::format("{:+g}", value); });
    plot.across(all.empty() ? 1 : all.back().at, times);
    std::vector<Point> lows;
    std::vector<Point> highs;
    std::vector<Point> middles;
    for (const Glance& glance : all) {
        lows.push_back({glance.at, std::isfinite(glance.low) ? glance.low * 100 : -1e6});
        highs.push_back({glance.at, std::isfinite(glance.high) ? glance.high * 100 : 1e6});
        if (std::isfinite(glance.estimate)) middles.push_back({glance.at, glance.estimate * 100});
    }
    if (!all.empty()) {
        plot.band(lows, highs, "#4299e1");
        plot.line({{0, 0}, {all.back().at, 0}}, "#718096", true);
    }
    if (!middles.empty()) plot.line(middles, "#2b6cb0");
    double before = -1;
    for (const Glance& glance : all) {
        if (std::abs(glance.share - before) < 1e-9 ||
            (before >= 0 && glance.share < before * 1.05 && glance.share > before * 0.95))
            continue;
        before = glance.share;
        plot.mark({glance.at, top}, part_text(std::round(glance.share * 1e4) / 1e4), "#c05621");
    }
    return plot.text();
}

}  // namespace gw::release
