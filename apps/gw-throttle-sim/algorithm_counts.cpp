#include "apps/gw-throttle-sim/algorithm_counts.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace gw::sim {

class AlgorithmCounts::Limiters : public store::Meter {
  public:
    using Meter::Meter;
    throttle::Limiter& of(const store::Ask& ask, throttle::Algorithm algorithm, Instant now) {
        if (is_keyed()) return many_.try_emplace(std::string(ask.key), algorithm, limit(), now).first->second;
        if (!one_) one_.emplace(algorithm, limit(), now);
        return *one_;
    }

  private:
    std::optional<throttle::Limiter> one_;
    std::unordered_map<std::string, throttle::Limiter> many_;
};

class AlgorithmCounts::Count : public store::Tally {
  public:
    Count(std::string name, const throttle::Quota& quota, Date date)
        : Tally(std::move(name), quota), count(quota.period, date) {}
    throttle::QuotaCount count;
};

AlgorithmCounts::AlgorithmCounts(throttle::Algorithm algorithm, Nanoseconds window)
    : algorithm_(algorithm), window_(window) {}
AlgorithmCounts::~AlgorithmCounts() = default;

std::shared_ptr<store::Meter> AlgorithmCounts::meter(const std::string& name, const throttle::Limit& limit, bool keyed,
                                                     Instant now) {
    static_cast<void>(now);  // a bucket begins with its first request
    std::shared_ptr<store::Meter>& known = meters_[name];
    if (known == nullptr) known = std::make_shared<Limiters>(name, limit, keyed);
    return known;
}

std::shared_ptr<store::Tally> AlgorithmCounts::tally(const std::string& name, const throttle::Quota& quota, Date date) {
    std::shared_ptr<store::Tally>& known = tallies_[name];
    if (known == nullptr) known = std::make_shared<Count>(name, quota, date);
    return known;
}

store::Outcome AlgorithmCounts::take(std::span<const store::Ask> asks, store::Tally* quota, Instant now, Date date) {
    store::Outcome outcome;
    Nanoseconds wait{0};
    before_.clear();
    for (std::size_t i = 0; i < asks.size() && outcome.admitted; ++i) {
        throttle::Limiter& limiter = static_cast<Limiters&>(*asks[i].meter).of(asks[i], algorithm_, now);
        before_.emplace_back(&limiter, limiter);
        outcome.admitted = limiter.take(now);
        if (outcome.admitted)
            wait = std::max(wait, limiter.delay());
        else
            outcome.refused = i;
    }
    if (outcome.admitted && quota != nullptr)
        outcome.admitted = static_cast<Count&>(*quota).count.take(quota->quota(), date);
    if (outcome.admitted) {
        longest_ = std::max(longest_, wait);
        note(now + wait);
    } else {
        for (auto& [limiter, as_it_was] : before_) *limiter = as_it_was;
    }
    return outcome;
}

void AlgorithmCounts::note(Instant goes) {
    while (!recent_.empty() && goes - recent_.front() >= window_) recent_.pop_front();
    recent_.push_back(goes);
    most_ = std::max(most_, recent_.size());
}

std::uint64_t AlgorithmCounts::missing(const store::Ask& ask, Instant now) const {
    static_cast<void>(ask);
    static_cast<void>(now);
    return 0;
}

std::uint64_t AlgorithmCounts::left(const store::Tally& quota, Date date) const {
    return static_cast<const Count&>(quota).count.left(quota.quota(), date);
}

}  // namespace gw::sim
