#pragma once
// Figures as bars of block characters.

#include <cstddef>
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

/// A line of the same blocks: how the values go, from 0 to the largest. "" without values.
std::string plot_line(const std::vector<double>& values, std::size_t width);

}  // namespace gw::term
