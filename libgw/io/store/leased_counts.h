#pragma once
// Counts of several gateways, or of a process and the one after it: what requests spend was granted ahead by a ledger.

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "libgw/io/net/loop.h"
#include "libgw/io/store/ledger.h"
#include "libgw/io/store/memory_counts.h"

namespace gw::store {

/// A request is counted twice. First in this process's memory, under the whole limit: no gateway ever lets more
/// through, whatever the ledger says, and all that MemoryCounts promises of crowds holds. Then it takes a token that
/// was leased of each shared bucket. While the ledger does not answer, the first count decides, and where the limits
/// are shared by N gateways a third one as well, of an Nth of each limit.
///
/// Leases lie in 64 tables, each behind a lock that is held for one look-up. The ledger has a thread of its own; a
/// worker only leaves its question there.
class LeasedCounts final : public Counts {
  public:
    struct Settings {
        std::size_t keys = MemoryCounts::kDefaultKeys;  ///< that are counted apart, and leased at a time
        std::uint64_t gateways = 1;                     ///< that share the limits while the ledger does not answer
        const net::Clock* clock = nullptr;              ///< of the ledger's loop; null: the system's
    };
    /// Makes the ledger on a loop that it will live on; nothing else runs on it.
    using MakeLedger = std::function<Result<std::unique_ptr<Ledger>>(net::Loop&)>;

    /// As the ledger's making fails.
    static Result<std::shared_ptr<LeasedCounts>> open(HashSeed seed, const Settings& settings,
                                                      const MakeLedger& make_ledger);
    ~LeasedCounts() override;

    std::shared_ptr<Meter> meter(const std::string& name, const throttle::Limit& limit, bool keyed,
                                 Instant now) override;
    std::shared_ptr<Tally> tally(const std::string& name, const throttle::Quota& quota, Date date) override;
    void prepare(Ask& ask) const override;
    Outcome take(std::span<const Ask> asks, Tally* quota, Instant now, Date date) override;
    void await(std::span<const Ask> asks, Tally* quota, std::function<void()> told) override;
    [[nodiscard]] Nanoseconds patience() const override { return ledger_->patience(); }
    Outcome take_alone(std::span<const Ask> asks, Tally* quota, Instant now, Date date) override;
    [[nodiscard]] std::uint64_t missing(const Ask& ask, Instant now) const override;
    [[nodiscard]] std::uint64_t left(const Tally& quota, Date date) const override;
    [[nodiscard]] std::uint64_t overflowed() const override { return local_.overflowed(); }
    [[nodiscard]] CountsStanding standing() const override;
    void close() override;

  private:
    static constexpr std::size_t kShards = 64;
    class Bucket;
    class Count;
    /// Told once, by whichever of its leases knows more first.
    struct Waiter {
        std::atomic<bool> was_told{false};
        std::function<void()> told;
        void tell() {
            if (!was_told.exchange(true)) told();
        }
    };
    struct Slot {
        throttle::Lease lease;
        std::shared_ptr<const Subject> subject;
        std::string key;
        std::uint64_t owed = 0;
        std::uint64_t left = UINT64_MAX;  ///< of a quota, as the ledger said it last
        std::vector<std::shared_ptr<Waiter>> waiting;
    };
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<std::uint64_t, Slot> slots;
    };
    /// What is to be looked at later.
    struct Due {
        std::uint64_t slot;
        Instant asked;  ///< tokens of that question are given back
    };
    struct Spent {
        throttle::Lease::Taken taken;
        Nanoseconds wait{0};
        bool is_asked = false;
        bool is_low = false;  ///< refill() is due, once it is known that the token was spent
    };

    LeasedCounts(HashSeed seed, const Settings& settings);
    Shard& shard_of(std::uint64_t slot) const { return *shards_[slot >> 58U]; }
    [[nodiscard]] std::uint64_t slot_of(const Bucket& bucket, std::string_view key) const;
    Outcome decide(std::span<const Ask> asks, Tally* quota, Instant now, Date date, bool may_wait);
    Spent spend(std::uint64_t slot, const std::shared_ptr<const Subject>& subject, std::string_view key, Instant now,
                bool may_ask);
    void unspend(std::uint64_t slot, const throttle::Lease::Taken& taken);
    void refill(std::uint64_t slot, Instant now);
    void owe(const Count& count);
    void send(Question question);
    Question ask(std::uint64_t id, Slot& slot, Instant now);

    // the ledger's thread
    void drain();
    void told(const Question& question, const std::optional<throttle::LeaseGrant>& grant);
    void on_due();
    void look_at(const Due& due, Instant now);
    void look_later(std::uint64_t slot);
    void arm();
    void give_all_back();
    void stop_when_answered();

    HashSeed seed_;
    Settings settings_;
    MemoryCounts local_;
    std::unique_ptr<MemoryCounts> share_;  ///< an Nth of each limit; null: nobody shares them
    std::array<std::unique_ptr<Shard>, kShards> shards_;
    std::size_t most_slots_;  ///< of a shard
    net::Loop loop_;
    std::unique_ptr<Ledger> ledger_;
    net::Timer due_timer_;
    net::Timer stop_timer_;
    std::multimap<Instant, Due> due_;
    std::mutex questions_mutex_;
    std::vector<Question> questions_;
    std::thread thread_;
    bool is_closing_ = false;
    Instant closing_until_;
    std::atomic<std::uint64_t> answered_{0};
    std::atomic<std::uint64_t> failed_{0};
    std::atomic<std::uint64_t> alone_{0};
    std::atomic<std::uint64_t> waited_{0};
    // touched by whoever builds a Runtime only
    std::map<std::string, std::weak_ptr<Meter>> meters_;
    std::map<std::string, std::weak_ptr<Tally>> tallies_;
};

}  // namespace gw::store
