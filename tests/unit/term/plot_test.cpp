#include "libgw/term/plot.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "tests/support/catch.h"

using namespace gw;

namespace {

std::string plot(const std::vector<term::Span>& spans, std::size_t width = 40, std::size_t height = 5) {
    term::PlotFrame frame;
    frame.width = width;
    frame.height = height;
    frame.left = "a";
    frame.right = "b";
    return term::plot_spans(spans, frame, [](double value) { return fmt::format("{:g}", value); });
}

}  // namespace

TEST_CASE("spans that narrow are drawn against nothing, with their middle") {
    CHECK(plot({{-4, 1, 6}, {-1, 1, 3}, {0, 1, 2}, {0, 1, 2}}) ==
          "         2 ┤│   │   │   │\n"
          "           ││   │   │   │\n"
          "           │●   ●   ●   ●\n"
          "           ││   │   │   │\n"
          "         0 ┤│···│···│···│···\n"
          "            a              b\n");
}

TEST_CASE("there are no spans, many, and some without an end") {
    CHECK(plot({}).empty());
    const double infinity = std::numeric_limits<double>::infinity();
    const double unknown = std::numeric_limits<double>::quiet_NaN();
    std::vector<term::Span> many(500, {-1, 0, 1});
    many.push_back({-infinity, unknown, infinity});
    const std::string drawn = plot(many);
    for (const std::string_view line : split(drawn, '\n')) CHECK(line.size() < 200);
    CHECK_FALSE(plot({{0, 0, 0}}).empty());
    CHECK_FALSE(plot({{unknown, unknown, unknown}}).empty());
}
