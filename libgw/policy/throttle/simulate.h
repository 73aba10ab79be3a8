#pragma once
// Requests through decisions into figures. Who decides is an argument: the gateway's own counts, or an algorithm that
// they are compared with.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/policy/throttle/arrivals.h"

namespace gw::throttle {

/// What became of one request, and the number of the layer that said no.
struct Decision {
    static constexpr std::uint8_t kMostLayers = 16;
    bool admitted = true;
    std::uint8_t layer = 0;
};

class Judge {
  public:
    Judge() = default;
    Judge(const Judge&) = delete;
    Judge& operator=(const Judge&) = delete;
    virtual ~Judge() = default;
    /// Decides them one after the other. Requires: as many decisions as arrivals.
    virtual void judge(std::span<const Arrival> arrivals, std::span<Decision> decisions) = 0;
};

/// Requests, and those of them that were refused.
struct Count {
    std::uint64_t offered = 0;
    std::uint64_t rejected = 0;
    [[nodiscard]] std::uint64_t accepted() const { return offered - rejected; }
    /// 0 … 1; 0 when there were none.
    [[nodiscard]] double share() const {
        return offered == 0 ? 0 : static_cast<double>(rejected) / static_cast<double>(offered);
    }
};

/// What is found out in a run.
struct Figures {
    Count all;
    std::uint64_t repeated = 0;  ///< sent again after a refusal
    std::vector<std::uint64_t> layers = std::vector<std::uint64_t>(Decision::kMostLayers);  ///< refusals
    std::vector<std::vector<Count>> members;                                                ///< by group, then member
    Instant first;                                                                          ///< of the requests
    Instant last;
    Instant first_rejected;  ///< meaningful when any was
    Instant last_rejected;
    Nanoseconds bin{0};       ///< how long each of `bins` is
    std::vector<Count> bins;  ///< from `start` on
    Instant start;
};

/// Counts. A run whose length nobody knows gets bins that grow with it.
class Recorder {
  public:
    /// `bin` 0: as long as it takes for at most kMostBins, chosen from 1 and 2 times a power of ten. Otherwise at
    /// most kLimit bins are kept; what comes later is counted in the last.
    explicit Recorder(Instant start, Nanoseconds bin = Nanoseconds(0));
    static constexpr std::size_t kMostBins = 1000;
    static constexpr std::size_t kLimit = 1'000'000;
    /// Room for the senders of a group that comes next.
    void add_group(std::uint32_t members) { figures_.members.emplace_back(members); }
    /// Room for at least so many in a group that is there.
    void widen_group(std::size_t group, std::uint32_t members) {
        if (figures_.members[group].size() < members) figures_.members[group].resize(members);
    }
    void record(const Arrival& arrival, const Decision& decision);
    /// For whoever knows early what he will record: brings the counts of its sender nearer.
    void prefetch(const Arrival& arrival) const {
        const std::vector<Count>& members = figures_.members[arrival.group];
        if (members.size() > 1) __builtin_prefetch(&members[arrival.member], 1);
    }
    [[nodiscard]] const Figures& figures() const { return figures_; }
    Figures take() { return std::move(figures_); }

  private:
    std::size_t bin_of(Instant at);
    void widen();
    Figures figures_;
    bool grows_;
    Instant bin_begins_;
    Instant bin_ends_;
    std::size_t bin_ = 0;
};

/// Told now and then how many requests there were and where time stands; false stops the run.
using Progress = std::function<bool(std::uint64_t requests, Instant at)>;
/// Told of each request, in order.
using Observer = std::function<void(const Arrival&, const Decision&)>;

/// Runs all of the source. False when it was stopped.
bool simulate(Source& source, Judge& judge, Recorder& recorder, const Progress& progress = {},
              const Observer& observer = {});

}  // namespace gw::throttle
