#pragma once
// What else canaries are judged by, to be held beside the e-processes of compare.h. All see the same blocks.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "libgw/policy/canary/compare.h"
#include "libgw/policy/canary/sample.h"

namespace gw::canary {

enum class Method : std::uint8_t {
    msprt,       ///< ours: Comparison
    gst,         ///< group sequential
    naive,       ///< the z-test of a single look, at every look
    mannwhitney  ///< Mann-Whitney on the rates of each look, as of a time series, at every look
};
/// "msprt", "gst", "naive", "mannwhitney"
std::string_view to_text(Method method);
std::optional<Method> parse_method(std::string_view text);

/// Whoever is shown one block after the other and may answer at each.
class Arbiter {
  public:
    Arbiter() = default;
    Arbiter(const Arbiter&) = delete;
    Arbiter& operator=(const Arbiter&) = delete;
    virtual ~Arbiter() = default;
    /// A new run.
    virtual void begin() = 0;
    virtual Answer add(const Block& block) = 0;
};

/// Boundaries for a standard normal statistic that is looked at when these parts of all information (ascending, the
/// last is 1) are there; crossed at any of them with probability alpha. Lan, DeMets, "Discrete sequential boundaries
/// for clinical trials" (Biometrika 70, 1983), with the spending function like O'Brien and Fleming's, integrated as by
/// Armitage, McPherson, Rowe (Journal of the Royal Statistical Society A 132, 1969). Requires: 0 < alpha < 1/2.
std::vector<double> spending_boundaries(const std::vector<double>& information, double alpha);

/// What an arbiter may know beforehand.
struct Schedule {
    std::vector<Block> expected;  ///< counts of each look
    double stable = 0;            ///< its rate
};
std::unique_ptr<Arbiter> make_arbiter(Method method, const Question& question, const Schedule& schedule);

}  // namespace gw::canary
