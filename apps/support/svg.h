#pragma once
// Plots as SVG 1.1: pictures for reports that need nothing else.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gw::program {

/// The text as it stands in an SVG.
std::string svg_escaped(std::string_view text);

/// One plot with its scales: words above, values upwards, something (time, mostly) from left to right.
class SvgPlot {
  public:
    /// The title is told to who cannot see it.
    explicit SvgPlot(std::string_view title);

    /// A line of words above the plot, the first in larger letters. `words` is text.
    void head(std::string_view words);
    /// The same; `markup` is SVG, with `<tspan fill="…">`.
    void head_markup(std::string_view markup);
    /// The scale upwards, from `least` to at least `most`, with lines at round numbers. `label` writes one. Requires:
    /// least <= most. Says where the scale ends.
    double scale(double least, double most, const std::function<std::string(double)>& label);
    /// Where the scale from left to right ends, and `labels`, at equal distances from its beginning to its end.
    void across(double length, const std::vector<std::string>& labels);

    struct Point {
        double x = 0;
        double y = 0;
    };
    /// What lies below values that follow each other, each as wide as the next and together the whole width, in steps.
    void stack(const std::vector<double>& values, std::string_view fill);
    /// A line from point to point.
    void line(const std::vector<Point>& points, std::string_view stroke, bool dashed = false);
    /// What lies between two lines. Requires: as many points in both.
    void band(const std::vector<Point>& low, const std::vector<Point>& high, std::string_view fill);
    /// A word at a point.
    void mark(Point at, std::string_view words, std::string_view fill);

    /// All of it. Requires: scale() and across().
    [[nodiscard]] std::string text() const;

  private:
    [[nodiscard]] double x_of(double x) const;
    [[nodiscard]] double y_of(double y) const;
    std::string out_;
    std::string axis_;
    int heads_ = 0;
    double least_ = 0;
    double scale_y_ = 1;
    double length_ = 1;
};

}  // namespace gw::program
