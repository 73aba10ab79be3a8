#pragma once
// The second version of an api while the process runs: its share of the requests, and what both have answered.

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/value.h"
#include "libgw/config/model.h"
#include "libgw/policy/canary/sample.h"
#include "libgw/policy/canary/split.h"

namespace gw::gateway {

/// Where a release stands.
enum class Phase : std::uint8_t {
    running,
    promoted,  ///< everybody is the canary's, whatever holds them
    aborted,   ///< nobody is
};
std::string_view to_text(Phase phase);

/// What one arm has answered since its canary section was first read. Safe: each count is one atomic word, right by
/// itself; a sample taken meanwhile may have a request in one count and not yet in another.
class ArmCounts {
  public:
    /// `status` 0: the answer broke off, or never began.
    void add(std::uint16_t status, Nanoseconds latency);
    [[nodiscard]] canary::Sample sample() const;

  private:
    using Count = std::atomic<std::uint64_t>;
    Count broken_{0};
    std::array<Count, 500> statuses_{};  ///< from 100
    std::array<Count, canary::Latencies::kBuckets> latencies_{};
};

/// One api's. Belongs to the process: a Runtime hands it on to the next as long as its section stays as it is.
/// Safe: workers read the share and the phase, which are atomic words, and count; the rest is the house loop's.
class CanaryState {
  public:
    CanaryState(std::string scope, std::string section, canary::Share share, canary::SplitKey key);

    /// The api and its stage.
    [[nodiscard]] const std::string& scope() const { return scope_; }
    /// The section of the configuration that it was made from.
    [[nodiscard]] const std::string& section() const { return section_; }
    [[nodiscard]] const canary::SplitKey& key() const { return key_; }

    // ── any worker ──
    [[nodiscard]] std::uint64_t places() const { return places_.load(std::memory_order_relaxed); }
    /// Whether anything but the share counts.
    [[nodiscard]] bool is_running() const { return phase_.load(std::memory_order_relaxed) == Phase::running; }
    ArmCounts& arm(canary::Arm arm) { return arms_[static_cast<std::size_t>(arm)]; }

    // ── house loop ──
    [[nodiscard]] double percent() const { return percent_; }
    [[nodiscard]] Phase phase() const { return phase_.load(std::memory_order_relaxed); }
    [[nodiscard]] const ArmCounts& arm(canary::Arm arm) const { return arms_[static_cast<std::size_t>(arm)]; }
    /// Counts as running from then on.
    void set(canary::Share share);
    void promote();
    void abort();

  private:
    std::string scope_;
    std::string section_;
    canary::SplitKey key_;
    std::atomic<std::uint64_t> places_;
    std::atomic<Phase> phase_{Phase::running};
    double percent_;
    std::array<ArmCounts, 2> arms_;
};

/// What was set while a process ran, for the next: one entry for each canary.
class CanaryFile {
  public:
    struct Entry {
        std::string scope;
        std::string section;  ///< digest of it
        std::string key;
        double percent = 0;
        Phase phase = Phase::running;
    };
    /// Reads it; a file that is not there holds nothing. Errc::io, Errc::config: it cannot be read, or is something
    /// else.
    static Result<CanaryFile> read(const std::string& path);
    [[nodiscard]] const Entry* find(std::string_view scope) const;
    /// Replaces it, in one step and readable by its owner alone. Errc::io.
    static Result<void> write(const std::string& path, const std::vector<std::shared_ptr<CanaryState>>& states);

  private:
    std::vector<Entry> entries_;
};

/// The state of an api's canary: the one before while the section is the same, else a new one with the old one's key.
/// `kept`: what a process before this one has left; may be null.
Result<std::shared_ptr<CanaryState>> make_canary_state(const config::Api& api,
                                                       const std::shared_ptr<CanaryState>& previous,
                                                       const CanaryFile* kept);

/// For the admin API: share, phase, and what both arms have answered.
Value to_value(const CanaryState& state);

}  // namespace gw::gateway
