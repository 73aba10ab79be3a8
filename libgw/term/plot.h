#pragma once
// Figures as bars of block characters.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "libgw/term/style.h"

namespace gw::term {

/// One bar: what passed below, what was refused on top of it.
struct Bar {
    double lower = 0;
    double upper = 0;
};

struct PlotFrame {
    std::size_t width = 80;   ///< columns in all; at least 20 are taken
    std::size_t height = 10;  ///< lines of bars
    std::string left;         ///< below the first bar
    std::string right;        ///< below the last
    Style style;
};

/// Bars side by side, as many as there is room for: neighbours are put together by their mean. The scale stands at the
/// left. The lower part is '█' (its top in eighths where nothing stands on it), the upper '▒', so that it can be read
/// without colour. Lines end with a line feed; "" without bars.
std::string plot_bars(const std::vector<Bar>& bars, const PlotFrame& frame);

/// Where something lies, and about where.
struct Span {
    double low = 0;
    double middle = 0;
    double high = 0;
};

/// Spans side by side, as many as there is room for: of neighbours the last. A column is a line from low to high with
/// '●' at its middle, against a line of '·' at 0. The scale, at the left and written by `label`, holds the later half
/// of the spans and 0 whole; what is larger goes to its edge. "" without spans.
std::string plot_spans(const std::vector<Span>& spans, const PlotFrame& frame,
                       const std::function<std::string(double)>& label);

/// A line of the same blocks: how the values go, from 0 to the largest. "" without values.
std::string plot_line(const std::vector<double>& values, std::size_t width);

}  // namespace gw::term
