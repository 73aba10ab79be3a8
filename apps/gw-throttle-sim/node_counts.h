#pragma once
// Counts of several gateways that share limits through leases, for whoever wants to see what that costs.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libgw/io/store/memory_counts.h"
#include "libgw/policy/throttle/lease.h"

namespace gw::sim {

/// Requests go to the gateways in turn. Each counts in memory of its own first, under the whole limit, and then takes a
/// token that it has leased of the shared bucket: store::LeasedCounts, whose database answers at once. Quotas are
/// counted as ever, for they are exact. For one thread. Each key is remembered.
class NodeCounts final : public store::Counts {
  public:
    NodeCounts(std::uint64_t nodes, HashSeed seed, std::size_t keys);
    ~NodeCounts() override;

    std::shared_ptr<store::Meter> meter(const std::string& name, const throttle::Limit& limit, bool keyed,
                                        Instant now) override;
    std::shared_ptr<store::Tally> tally(const std::string& name, const throttle::Quota& quota, Date date) override;
    store::Outcome take(std::span<const store::Ask> asks, store::Tally* quota, Instant now, Date date) override;
    [[nodiscard]] std::uint64_t missing(const store::Ask& ask, Instant now) const override;
    [[nodiscard]] std::uint64_t left(const store::Tally& quota, Date date) const override;
    [[nodiscard]] std::uint64_t overflowed() const override;

    /// Of all limits of one kind that say the same.
    struct Over {
        std::string limit;        ///< "route: 100/s, burst 200"
        std::uint64_t over = 0;   ///< the most that one bucket let through above burst + rate·t, in any span of time t
        std::uint64_t bound = 0;  ///< what that may be, whatever comes: throttle::lease_bound()
    };
    [[nodiscard]] std::vector<Over> over() const;

  private:
    class Shared;
    struct Bucket;
    /// When a lease has to be looked at, and what for: as LeasedCounts.
    struct Due {
        Bucket* bucket;
        std::size_t node;
        Instant asked;
    };
    void look_at_all(Instant now);
    void ask(Bucket& bucket, std::size_t node, Instant now);
    void give_back(Bucket& bucket, std::size_t node, Instant asked, Instant now);

    std::size_t next_ = 0;  ///< whose turn it is
    std::vector<std::unique_ptr<store::MemoryCounts>> nodes_;
    store::MemoryCounts quotas_;
    std::map<std::string, std::shared_ptr<store::Meter>> meters_;
    std::multimap<Instant, Due> due_;
};

}  // namespace gw::sim
