// The plot of a run as SVG 1.1: a picture for reports that needs nothing else.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "apps/gw-throttle-sim/report.h"
#include "libgw/wire/log/escape.h"

namespace gw::sim {
namespace {

constexpr double kWidth = 960;
constexpr double kHeight = 420;
constexpr double kLeft = 70;
constexpr double kRight = 20;
constexpr double kTop = 70;
constexpr double kBottom = 45;

std::string escaped(std::string_view text) {
    std::string out;
    log::append_escaped(out, text, log::Escape::xml);
    return out;
}

/// 1, 2 or 5 times a power of ten, so that there are about five lines.
double step_of(double most) {
    const double rough = most / 5;
    if (rough <= 0) return 1;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double step : {1.0, 2.0, 5.0})
        if (step * power >= rough * 0.999) return step * power;
    return 10 * power;
}

/// The outline of a stack, from left to right and back along the floor, in steps.
std::string outline(const std::vector<double>& values, double scale_x, double scale_y) {
    const double floor = kHeight - kBottom;
    std::string path = fmt::format("M{:.2f} {:.2f}", kLeft, floor);
    double before = -1;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double y = floor - values[i] * scale_y;
        if (y != before) path += fmt::format("H{:.2f}V{:.2f}", kLeft + static_cast<double>(i) * scale_x, y);
        before = y;
    }
    return path + fmt::format("H{:.2f}V{:.2f}Z", kLeft + static_cast<double>(values.size()) * scale_x, floor);
}

}  // namespace

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
    const double step = step_of(most);
    const double top = std::max(step, std::ceil(most / step - 1e-9) * step);
    const double scale_y = (kHeight - kTop - kBottom) / top;
    const double length = bin * static_cast<double>(figures.bins.size());
    const double scale_x = (kWidth - kLeft - kRight) / static_cast<double>(figures.bins.size());
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n",
        kWidth, kHeight);
    out += fmt::format("<title>{} of {} requests refused</title>\n", figures.all.rejected, figures.all.offered);
    out += fmt::format("<rect width=\"{}\" height=\"{}\" fill=\"#fff\"/>\n", kWidth, kHeight);
    std::string limits;
    for (const std::string& limit : report.limits) limits += (limits.empty() ? "" : "; ") + limit;
    out += fmt::format("<text x=\"{}\" y=\"22\" font-size=\"14\" fill=\"#222\">{}</text>\n", kLeft,
                       escaped(report.requests));
    out += fmt::format("<text x=\"{}\" y=\"40\" fill=\"#555\">{}</text>\n", kLeft, escaped(limits));
    out += fmt::format(
        "<text x=\"{}\" y=\"58\" fill=\"#555\"><tspan fill=\"#2b6cb0\">accepted {}</tspan>, "
        "<tspan fill=\"#c05621\">rejected {} ({:.2f}%)</tspan>, requests a second</text>\n",
        kLeft, figures.all.accepted(), figures.all.rejected, figures.all.share() * 100);
    for (double y = 0; y <= top * 1.0001; y += step) {
        const double at = kHeight - kBottom - y * scale_y;
        out += fmt::format("<path d=\"M{} {:.2f}H{}\" stroke=\"#ddd\"/>", kLeft, at, kWidth - kRight);
        out += fmt::format("<text x=\"{}\" y=\"{:.2f}\" text-anchor=\"end\" fill=\"#555\">{:g}</text>\n", kLeft - 6,
                           at + 4, y);
    }
    out += fmt::format("<path d=\"{}\" fill=\"#f6ad55\"/>\n", outline(offered, scale_x, scale_y));
    out += fmt::format("<path d=\"{}\" fill=\"#4299e1\"/>\n", outline(accepted, scale_x, scale_y));
    const double floor = kHeight - kBottom;
    out += fmt::format("<path d=\"M{} {}H{}\" stroke=\"#555\"/>\n", kLeft, floor, kWidth - kRight);
    for (int i = 0; i <= 5; ++i) {
        const double x = kLeft + (kWidth - kLeft - kRight) * i / 5;
        const auto time = Nanoseconds(static_cast<std::int64_t>(length * i / 5 * 1e9));
        out += fmt::format("<text x=\"{:.2f}\" y=\"{}\" text-anchor=\"{}\" fill=\"#555\">{}</text>\n", x, floor + 20,
                           i == 0   ? "start"
                           : i == 5 ? "end"
                                    : "middle",
                           time_text(time));
    }
    return out + "</svg>\n";
}

}  // namespace gw::sim
