#pragma once
// gw-serve's counts, kept by another algorithm: for whoever compares.

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libgw/io/store/counts.h"
#include "libgw/policy/throttle/algorithm.h"

namespace gw::sim {

/// Every limit is held by the algorithm; quotas are counted as ever. For one thread. Each key is remembered.
class AlgorithmCounts final : public store::Counts {
  public:
    /// `window`: in which the most requests that went through are counted.
    AlgorithmCounts(throttle::Algorithm algorithm, Nanoseconds window);
    ~AlgorithmCounts() override;

    std::shared_ptr<store::Meter> meter(const std::string& name, const throttle::Limit& limit, bool keyed,
                                        Instant now) override;
    std::shared_ptr<store::Tally> tally(const std::string& name, const throttle::Quota& quota, Date date) override;
    store::Outcome take(std::span<const store::Ask> asks, store::Tally* quota, Instant now, Date date) override;
    /// Not every algorithm knows a full bucket: always 0.
    [[nodiscard]] std::uint64_t missing(const store::Ask& ask, Instant now) const override;
    [[nodiscard]] std::uint64_t left(const store::Tally& quota, Date date) const override;
    [[nodiscard]] std::uint64_t overflowed() const override { return 0; }

    /// The most requests that went on within a window.
    [[nodiscard]] std::size_t most() const { return most_; }
    /// The longest that one was held back before it went on.
    [[nodiscard]] Nanoseconds longest() const { return longest_; }

  private:
    class Limiters;
    class Count;
    void note(Instant goes);

    throttle::Algorithm algorithm_;
    Nanoseconds window_;
    std::map<std::string, std::shared_ptr<store::Meter>> meters_;
    std::map<std::string, std::shared_ptr<store::Tally>> tallies_;
    std::vector<std::pair<throttle::Limiter*, throttle::Limiter>> before_;  ///< of one request
    std::deque<Instant> recent_;
    std::size_t most_ = 0;
    Nanoseconds longest_{0};
};

}  // namespace gw::sim
