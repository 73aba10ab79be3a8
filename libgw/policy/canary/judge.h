#pragma once
// A canary's verdict, look by look: promote, roll back, or not yet; and why.
//
// Rates are compared by e-processes (compare.h). A quantile is compared by how many of the canary's values exceed what
// so many of stable's did in the looks before: again two rates. Ranks (statistics/ranks.h) decide where values are too
// few for that, and are told beside it where they are not. Before all that the split itself is judged.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libgw/policy/canary/compare.h"
#include "libgw/policy/canary/metric.h"
#include "libgw/policy/canary/sample.h"
#include "libgw/policy/canary/statistics/ranks.h"
#include "libgw/policy/canary/statistics/ratio.h"

namespace gw::canary {

/// What to say when an arm has fewer requests than are asked for.
enum class NoData : std::uint8_t {
    inconclusive,
    hold,     ///< the same; whoever drives the canary leaves the share as it is
    rollback  ///< silence is harm
};

struct Settings {
    /// Of the whole verdict. Harm of any metric rolls back, so each gets its part of this one; a promotion takes the
    /// consent of all that it waits for, so that each has to convince at the whole of it.
    double alpha = 0.05;
    /// The smallest harm to a rate that matters, where it has no max-worse.
    std::optional<Margin> detect;
    std::uint64_t min_samples = 10;  ///< requests (or values) of each arm, below which nothing is said
    NoData no_data = NoData::inconclusive;
    double split_alpha = 0.001;
};

/// A quantile of both arms, and where it lies at all times together.
struct Quantiles {
    double stable = 0;
    double stable_low = 0;
    double stable_high = 0;  ///< infinite where nothing bounds it
    double canary = 0;
    double canary_low = 0;
    double canary_high = 0;
};

/// What became of one metric.
struct Finding {
    Metric metric;
    Answer answer = Answer::inconclusive;
    bool missing = false;  ///< fewer than min_samples
    Block counts;          ///< all of them; of a quantile, the values and how many exceeded the thresholds
    std::optional<Effect> effect;
    std::optional<Quantiles> quantiles;
    std::optional<RankVerdict> ranks;
    double log_worse = 0;  ///< natural logarithms of the evidence, and what they have to reach
    double log_fine = 0;
    double needed_worse = 0;
    double needed_fine = 0;
    std::optional<double> more;  ///< requests of both arms until it is decided, about
    std::string test;            ///< what decided, or would
    std::string why;             ///< one line
};

struct Verdict {
    Answer answer = Answer::inconclusive;
    bool mismatch = false;  ///< the split is broken: do not judge
    bool missing = false;   ///< an arm has too few requests
    double log_split = 0;   ///< evidence against the split
    std::vector<Finding> findings;
    std::string why;
};

class Judge {
  public:
    /// Where a quantile has no max-worse: promoted when it is shown to be less than so much worse.
    static constexpr double kLeastSlower = 0.1;
    /// With fewer values of an arm ranks decide; with more they are told.
    static constexpr std::uint64_t kFew = 200;

    /// Requires: at least one metric; 0 < alpha < 1.
    Judge(std::vector<Metric> metrics, const Settings& settings);

    /// What came since the last look. `share`: what the canary was to get of these requests, 0 … 1; nothing when it
    /// is not known, and the split is not judged.
    void look(const Sample& stable, const Sample& canary, std::optional<double> share);
    [[nodiscard]] Verdict verdict() const;

  private:
    /// One metric so far.
    struct Course {
        Metric metric;
        Comparison comparison;         ///< of a rate; of a quantile, whether it is worse
        std::optional<Evidence> fine;  ///< of a quantile
        std::vector<Block> blocks;     ///< of a rate
        Block counts;
        Values stable;  ///< of a quantile
        Values canary;
        bool by_ranks = false;  ///< rolled back by them
        std::optional<RankVerdict> ranks;
        Answer answer = Answer::inconclusive;
    };
    [[nodiscard]] double alpha_worse(const Metric& metric) const;
    void look_at_rate(Course& course, const Sample& stable, const Sample& canary);
    void look_at_quantile(Course& course, const Sample& stable, const Sample& canary);
    [[nodiscard]] Finding finding(const Course& course) const;
    [[nodiscard]] bool is_missing(const Course& course) const;

    Settings settings_;
    std::vector<Course> courses_;
    SplitEvidence split_;
    double split_peak_ = 0;
    std::uint64_t looks_ = 0;
    std::uint64_t stable_ = 0;
    std::uint64_t canary_ = 0;
};

/// "1 in 20" for a natural logarithm of evidence: how likely it is to see so much where there is nothing.
std::string to_odds_text(double log_evidence);

}  // namespace gw::canary
