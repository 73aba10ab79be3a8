#include "apps/gw-throttle-sim/node_counts.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

#include "libgw/config/model.h"

namespace gw::sim {
namespace {

/// The database's clock, in microseconds. It began long before ours.
std::int64_t its_clock(Instant now) {
    return now.time_since_epoch() / std::chrono::microseconds(1) + 1'800'000'000'000'000;
}

constexpr double kMillionth = 1e-6;

}  // namespace

/// One bucket in the database, what each gateway has leased of it, and what they let through together.
struct NodeCounts::Bucket {
    Bucket(const throttle::Limit& limit, const throttle::LeaseTerms& terms_in, std::size_t nodes)
        : terms(terms_in),
          shared(limit),
          leases(nodes),
          interval(throttle::LeasedBucket::interval_of(limit) * 1000),
          burst(static_cast<double>(limit.burst())) {}

    /// One more has passed: a bucket that refuses nobody, and tells how far it was beyond empty.
    void note(Instant now) {
        const auto at = static_cast<double>(now.time_since_epoch().count());
        full = std::max(full, at) + interval;
        over = std::max(over, (full - at) / interval - burst);
    }

    const throttle::LeaseTerms& terms;
    throttle::LeasedBucket shared;
    std::vector<throttle::Lease> leases;
    double interval;  ///< nanoseconds in which a token comes back
    double burst;
    double full = 0;
    double over = 0;
};

class NodeCounts::Shared : public store::Meter {
  public:
    Shared(std::string name, const throttle::Limit& limit, bool keyed, std::size_t nodes)
        : Meter(std::move(name), limit, keyed), terms_(throttle::LeaseTerms::of(limit)), nodes_(nodes) {}
    Bucket& of(std::string_view key) {
        return buckets_.try_emplace(is_keyed() ? std::string(key) : std::string(), limit(), terms_, nodes_)
            .first->second;
    }
    [[nodiscard]] double over() const {
        double most = 0;
        for (const auto& [key, bucket] : buckets_) most = std::max(most, bucket.over);
        return most;
    }

    std::vector<std::shared_ptr<store::Meter>> local;  ///< of each gateway

  private:
    throttle::LeaseTerms terms_;
    std::size_t nodes_;
    std::unordered_map<std::string, Bucket> buckets_;
};

NodeCounts::NodeCounts(std::uint64_t nodes, HashSeed seed, std::size_t keys) : quotas_(seed, keys) {
    for (std::uint64_t i = 0; i < nodes; ++i) nodes_.push_back(std::make_unique<store::MemoryCounts>(seed, keys));
}
NodeCounts::~NodeCounts() = default;

std::shared_ptr<store::Meter> NodeCounts::meter(const std::string& name, const throttle::Limit& limit, bool keyed,
                                                Instant now) {
    std::shared_ptr<store::Meter>& known = meters_[name];
    if (known != nullptr) return known;
    auto made = std::make_shared<Shared>(name, limit, keyed, nodes_.size());
    for (const auto& node : nodes_) made->local.push_back(node->meter(name, limit, keyed, now));
    known = made;
    return made;
}

std::shared_ptr<store::Tally> NodeCounts::tally(const std::string& name, const throttle::Quota& quota, Date date) {
    return quotas_.tally(name, quota, date);
}

void NodeCounts::ask(Bucket& bucket, std::size_t node, Instant now) {
    throttle::Lease& lease = bucket.leases[node];
    const throttle::LeaseWish wish{lease.ask(bucket.terms, now), 0, 0, 0};
    if (lease.tell(bucket.terms, bucket.shared.answer(wish, its_clock(now))))
        due_.emplace(lease.dry_until(), Due{&bucket, node, Instant::min()});
    due_.emplace(now + bucket.terms.idle(), Due{&bucket, node, now});
}

void NodeCounts::give_back(Bucket& bucket, std::size_t node, Instant asked, Instant now) {
    while (true) {
        const throttle::Lease::Rest rest = bucket.leases[node].take_rest(asked);
        if (rest.tokens == 0) return;
        bucket.shared.answer({0, rest.tokens, rest.stamp, 0}, its_clock(now));
    }
}

void NodeCounts::look_at_all(Instant now) {
    while (!due_.empty() && due_.begin()->first <= now) {
        const auto [at, due] = *due_.begin();
        due_.erase(due_.begin());
        give_back(*due.bucket, due.node, due.asked, at);
        if (due.bucket->leases[due.node].wake(due.bucket->terms, at)) ask(*due.bucket, due.node, at);
    }
}

store::Outcome NodeCounts::take(std::span<const store::Ask> asks, store::Tally* quota, Instant now, Date date) {
    using Answer = throttle::Lease::Answer;
    look_at_all(now);
    const std::size_t node = next_;
    next_ = (next_ + 1) % nodes_.size();
    store::Outcome outcome;
    outcome.admitted = asks.size() <= kMostAsks;
    if (!outcome.admitted) return outcome;
    std::array<store::Ask, kMostAsks> inner;
    for (std::size_t i = 0; i < asks.size(); ++i)
        inner[i] = {static_cast<Shared&>(*asks[i].meter).local[node].get(), asks[i].key, 0};
    const std::span<const store::Ask> inside = std::span(inner).first(asks.size());
    store::MemoryCounts::Receipt receipt;
    outcome = nodes_[node]->take(inside, nullptr, now, date, receipt);
    if (!outcome.admitted) return outcome;

    std::array<Bucket*, kMostAsks> buckets{};
    std::array<throttle::Lease::Taken, kMostAsks> taken;
    std::size_t count = 0;
    for (; count < asks.size() && outcome.admitted; ++count) {
        buckets[count] = &static_cast<Shared&>(*asks[count].meter).of(asks[count].key);
        throttle::Lease& lease = buckets[count]->leases[node];
        taken[count] = lease.take(now);
        if (taken[count].answer == Answer::unknown) {
            ask(*buckets[count], node, now);
            taken[count] = lease.take(now);
        }
        if (taken[count].answer == Answer::taken) continue;
        outcome.admitted = false;
        outcome.refused = count;
    }
    if (outcome.admitted && quota != nullptr) outcome.admitted = quotas_.take({}, quota, now, date).admitted;
    for (std::size_t i = 0; i < count; ++i) {
        throttle::Lease& lease = buckets[i]->leases[node];
        if (outcome.admitted) {
            buckets[i]->note(now);
            if (lease.is_low(buckets[i]->terms, now)) ask(*buckets[i], node, now);
        } else if (taken[i].answer == Answer::taken && !lease.give_back(taken[i].asked)) {
            buckets[i]->shared.answer({0, 1, taken[i].stamp, 0}, its_clock(now));
        }
    }
    if (!outcome.admitted) nodes_[node]->put_back(inside, nullptr, date, receipt);
    return outcome;
}

std::uint64_t NodeCounts::missing(const store::Ask& ask, Instant now) const {
    return nodes_.front()->missing({static_cast<const Shared&>(*ask.meter).local.front().get(), ask.key, 0}, now);
}

std::uint64_t NodeCounts::left(const store::Tally& quota, Date date) const { return quotas_.left(quota, date); }

std::uint64_t NodeCounts::overflowed() const {
    std::uint64_t sum = 0;
    for (const auto& node : nodes_) sum += node->overflowed();
    return sum;
}

std::vector<NodeCounts::Over> NodeCounts::over() const {
    std::vector<Over> all;
    for (const auto& [name, meter] : meters_) {
        const auto& shared = static_cast<const Shared&>(*meter);
        config::Throttle throttle;
        throttle.rate = shared.limit().rate();
        throttle.burst = shared.limit().burst();
        const std::string text = fmt::format("{}: {}", name.substr(0, name.find('/')), config::to_text(throttle));
        auto at = std::find_if(all.begin(), all.end(), [&](const Over& one) { return one.limit == text; });
        // one alone is held to the limit by its own count
        const std::uint64_t bound = nodes_.size() == 1 ? 0 : throttle::lease_bound(shared.limit(), nodes_.size());
        if (at == all.end()) at = all.insert(at, {text, 0, bound});
        const double over = std::ceil(shared.over() - kMillionth);
        at->over = std::max(at->over, static_cast<std::uint64_t>(std::max(0.0, over)));
    }
    return all;
}

}  // namespace gw::sim
