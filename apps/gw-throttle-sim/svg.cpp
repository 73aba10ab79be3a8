// The plot of a run as SVG.

#include "apps/support/svg.h"

#include <algorithm>

#include <fmt/format.h>

#include "apps/gw-throttle-sim/report.h"
#include "libgw/base/text.h"

namespace gw::sim {

std::string svg_of(const Report& report) {
    const throttle::Figures& figures = report.figures;
    const double bin = static_cast<double>(figures.bin.count()) / 1e9;
    std::vector<double> offered;
    std::vector<double> accepted;
    double most = 0;
    for (const throttle::Count& count : figures.bins) {
        offered.push_back(static_cast<double>(count.offered) / bin);
        accepted.push_back(static_cast<double>(count.accepted()) / bin);
        most = std::max(most, offered.back());
    }
    program::SvgPlot plot(fmt::format("{} of {} requests refused", figures.all.rejected, figures.all.offered));
    plot.head(report.requests);
    plot.head(join(report.limits, "; "));
    plot.head_markup(
        fmt::format("<tspan fill=\"#2b6cb0\">accepted {}</tspan>, <tspan fill=\"#c05621\">rejected {} "
                    "({:.2f}%)</tspan>, requests a second",
                    figures.all.accepted(), figures.all.rejected, figures.all.share() * 100));
    plot.scale(0, most, [](double value) { return fmt::format("{:g}", value); });
    const double length = bin * static_cast<double>(figures.bins.size());
    std::vector<std::string> times;
    for (int i = 0; i <= 5; ++i)
        times.push_back(time_text(Nanoseconds(static_cast<std::int64_t>(length * i / 5 * 1e9))));
    plot.across(length, times);
    plot.stack(offered, "#f6ad55");
    plot.stack(accepted, "#4299e1");
    return plot.text();
}

}  // namespace gw::sim
