#include "apps/support/svg.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libgw/wire/log/escape.h"

namespace gw::program {
namespace {

constexpr double kWidth = 960;
constexpr double kHeight = 420;
constexpr double kLeft = 70;
constexpr double kRight = 20;
constexpr double kTop = 70;
constexpr double kBottom = 45;
constexpr double kFloor = kHeight - kBottom;

/// 1, 2 or 5 times a power of ten, so that there are about five lines.
double step_of(double most) {
    const double rough = most / 5;
    if (rough <= 0) return 1;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double step : {1.0, 2.0, 5.0})
        if (step * power >= rough * 0.999) return step * power;
    return 10 * power;
}

}  // namespace

std::string svg_escaped(std::string_view text) {
    std::string out;
    log::append_escaped(out, text, log::Escape::xml);
    return out;
}

SvgPlot::SvgPlot(std::string_view title) {
    out_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n",
        kWidth, kHeight);
    out_ += fmt::format("<title>{}</title>\n", svg_escaped(title));
    out_ += fmt::format("<rect width=\"{}\" height=\"{}\" fill=\"#fff\"/>\n", kWidth, kHeight);
}

void SvgPlot::head(std::string_view words) { head_markup(svg_escaped(words)); }

void SvgPlot::head_markup(std::string_view markup) {
    const int y = 22 + 18 * heads_;
    out_ += fmt::format("<text x=\"{}\" y=\"{}\" {}>{}</text>\n", kLeft, y,
                        heads_ == 0 ? "font-size=\"14\" fill=\"#222\"" : "fill=\"#555\"", markup);
    ++heads_;
}

double SvgPlot::scale(double least, double most, const std::function<std::string(double)>& label) {
    const double step = step_of(most - least);
    least_ = std::floor(least / step + 1e-9) * step;
    const double top = std::max(least_ + step, std::ceil(most / step - 1e-9) * step);
    scale_y_ = (kFloor - kTop) / (top - least_);
    const auto lines = static_cast<int>(std::round((top - least_) / step));
    for (int i = 0; i <= lines; ++i) {
        const double at = kFloor - i * step * scale_y_;
        out_ += fmt::format("<path d=\"M{} {:.2f}H{}\" stroke=\"#ddd\"/>", kLeft, at, kWidth - kRight);
        out_ += fmt::format("<text x=\"{}\" y=\"{:.2f}\" text-anchor=\"end\" fill=\"#555\">{}</text>\n", kLeft - 6,
                            at + 4, label(least_ + i * step));
    }
    return top;
}

void SvgPlot::across(double length, const std::vector<std::string>& labels) {
    length_ = length > 0 ? length : 1;
    axis_ = fmt::format("<path d=\"M{} {}H{}\" stroke=\"#555\"/>\n", kLeft, kFloor, kWidth - kRight);
    const std::size_t last = std::max<std::size_t>(labels.size(), 2) - 1;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const double x = kLeft + (kWidth - kLeft - kRight) * static_cast<double>(i) / static_cast<double>(last);
        axis_ += fmt::format("<text x=\"{:.2f}\" y=\"{}\" text-anchor=\"{}\" fill=\"#555\">{}</text>\n", x, kFloor + 20,
                             i == 0      ? "start"
                             : i == last ? "end"
                                         : "middle",
                             svg_escaped(labels[i]));
    }
}

double SvgPlot::x_of(double x) const { return kLeft + (kWidth - kLeft - kRight) * std::clamp(x / length_, 0.0, 1.0); }
double SvgPlot::y_of(double y) const { return std::clamp(kFloor - (y - least_) * scale_y_, kTop, kFloor); }

void SvgPlot::stack(const std::vector<double>& values, std::string_view fill) {
    const double each = (kWidth - kLeft - kRight) / static_cast<double>(std::max<std::size_t>(1, values.size()));
    std::string path = fmt::format("M{:.2f} {:.2f}", kLeft, kFloor);
    double before = -1;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double y = y_of(values[i]);
        if (y != before) path += fmt::format("H{:.2f}V{:.2f}", kLeft + static_cast<double>(i) * each, y);
        before = y;
    }
    path += fmt::format("H{:.2f}V{:.2f}Z", kLeft + static_cast<double>(values.size()) * each, kFloor);
    out_ += fmt::format("<path d=\"{}\" fill=\"{}\"/>\n", path, fill);
}

void SvgPlot::line(const std::vector<Point>& points, std::string_view stroke, bool dashed) {
    std::string path;
    for (const Point& point : points)
        path += fmt::format("{}{:.2f} {:.2f}", path.empty() ? 'M' : 'L', x_of(point.x), y_of(point.y));
    out_ += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"{}/>\n", path, stroke,
                        dashed ? " stroke-dasharray=\"6 4\"" : "");
}

void SvgPlot::band(const std::vector<Point>& low, const std::vector<Point>& high, std::string_view fill) {
    std::string path;
    for (const Point& point : low)
        path += fmt::format("{}{:.2f} {:.2f}", path.empty() ? 'M' : 'L', x_of(point.x), y_of(point.y));
    for (auto point = high.rbegin(); point != high.rend(); ++point)
        path += fmt::format("L{:.2f} {:.2f}", x_of(point->x), y_of(point->y));
    out_ += fmt::format("<path d=\"{}Z\" fill=\"{}\" fill-opacity=\"0.25\"/>\n", path, fill);
}

void SvgPlot::mark(Point at, std::string_view words, std::string_view fill) {
    out_ += fmt::format("<text x=\"{:.2f}\" y=\"{:.2f}\" fill=\"{}\">{}</text>\n", x_of(at.x) + 4, y_of(at.y) - 4, fill,
                        svg_escaped(words));
}

std::string SvgPlot::text() const { return out_ + axis_ + "</svg>\n"; }

}  // namespace gw::program
