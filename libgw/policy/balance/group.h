#pragma once
// A group of targets: one immutable list, one shared state, and a cursor for each worker.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"
#include "libgw/policy/balance/breaker.h"
#include "libgw/policy/balance/health.h"
#include "libgw/policy/balance/outlier.h"
#include "libgw/policy/balance/target.h"

namespace gw::balance {

/// How a target is chosen; see choose.h.
enum class Algorithm : std::uint8_t { round_robin, least_outstanding, hash };

/// A choice looks at every target, so there is an end to them.
inline constexpr std::size_t kMaxTargets = 1024;

/// How a group behaves.
struct GroupSettings {
    Algorithm algorithm = Algorithm::round_robin;
    std::optional<HealthSettings> health;  ///< nothing: targets are not checked and count as healthy
    OutlierSettings outlier;
    std::uint32_t panic_threshold_percent = 50;  ///< fewer available than this: use all; 0: never
    std::uint32_t max_outstanding = 1024;        ///< attempts under way, in all
    std::uint32_t max_pending = 1024;            ///< requests that wait for a connection, in all
    Nanoseconds slow_start{0};
};

/// A target as it is configured.
struct TargetSettings {
    std::string address;
    std::uint32_t weight = 1;  ///< 0 … 65535; 0 takes no new requests, not even in a panic
};

/// The targets that could not be reached on behalf of one request. Holds 16: more attempts than that no request gets.
class Tried {
  public:
    /// False when there is no room: the request must end.
    bool add(std::size_t target);
    [[nodiscard]] bool has(std::size_t target) const;
    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    std::array<std::uint16_t, 16> targets_{};
    std::uint8_t size_ = 0;
};

/// One worker's place in one group. Belongs to the Group that made it.
class Cursor {
  private:
    friend class Group;
    std::vector<std::int64_t> current_;       // smooth round robin
    std::vector<std::uint32_t> weights_;      // scratch: of the pick at hand
    std::vector<std::uint32_t> outstanding_;  // scratch
    std::vector<std::uint8_t> kinds_;         // scratch
};

/// What a request wants of a group.
struct Wish {
    /// hash_of() what the hash algorithm goes by; nothing: round robin for this request.
    std::optional<std::uint64_t> key = std::nullopt;
    const Tried* tried = nullptr;  ///< targets to leave out
    bool retry = false;            ///< taken from the retry budget
};

/// An attempt at a target: counted as under way until finish().
struct Pick {
    enum class Result : std::uint8_t {
        chosen,
        no_target,    ///< none is left, or none has a weight → 503
        full,         ///< max_outstanding is under way → 503
        over_budget,  ///< no more retries now: the failure at hand is the answer
    };
    Result result = Result::no_target;
    std::uint16_t target = 0;  ///< index into members()
    bool probe = false;        ///< decides whether an ejected target returns
    bool retry = false;
    bool panic = false;  ///< chosen without regard to health and ejection
    [[nodiscard]] bool is_chosen() const { return result == Result::chosen; }
};

/// One target as people see it.
struct TargetView {
    std::string_view address;
    std::uint32_t weight = 0;
    Health::Status health = Health::Status::unknown;  ///< for the thread that checks; others read `usable`
    bool usable = true;
    Standing standing = Standing::closed;
    std::uint32_t outstanding = 0;
    std::uint32_t ejections = 0;
    Nanoseconds ejected_for{0};  ///< still to come
    /// Checks do not speak against it, and it is neither ejected nor on trial after that.
    [[nodiscard]] bool is_healthy() const { return usable && standing == Standing::closed; }
};

/// Targets, how to choose between them, and what is known of them.
///
/// The Group itself never changes, so every worker may read it; what changes is atomic words in TargetState and in the
/// group's counters (see there why that is safe). Those outlive the Group: the next one, made after a reload, takes
/// over the states of the addresses that it has too, and the counters, while attempts begun under the old one still
/// finish there.
class Group {
  public:
    /// Errc::config for no target, too many, a weight above 65535, the same address twice. With `previous` (the group
    /// of the same name before a reload) what was known of its addresses carries over; a target that is new then starts
    /// slowly. On the thread that checks health.
    static Result<std::shared_ptr<const Group>> make(const GroupSettings& settings,
                                                     std::span<const TargetSettings> targets, const Group* previous,
                                                     Instant now);

    /// A place for one worker. `random` sets where its round begins, so that workers do not all begin with the first
    /// target.
    [[nodiscard]] Cursor make_cursor(std::uint64_t random) const;

    /// Chooses a target and counts an attempt at it. Whoever gets one must finish() it, once, on this same Group.
    ///
    /// In order: a retry needs budget, then there must be room (max_outstanding). Candidates have a weight and have not
    /// been tried. Those that are available (usable and not ejected) are taken, and half-open ones one probe at a time.
    /// When fewer than panic_threshold_percent are available, all are: too many alarms are a broken alarm. When nothing
    /// but ejections stands in the way, ejections are disregarded.
    Pick pick(Cursor& cursor, const Wish& wish, Instant now) const;

    /// The head of an answer has come: if the attempt was a probe, it has been decided (a download may take an hour
    /// more).
    Change on_head(Pick& pick, std::uint16_t status, Instant now) const;

    /// The attempt has ended. What it changed is for the log. Does nothing for a pick that chose nothing.
    Change finish(const Pick& pick, Outcome outcome, Instant now) const;

    /// The result of a health check, on the thread that checks. True when it changed whether the target is used.
    /// Requires: target < members().size().
    bool on_health(std::size_t target, bool passed, Instant now) const;

    /// Requests that wait for a connection enter here, and are turned away at max_pending.
    bool try_wait() const { return shared_->pending.try_enter(settings_.max_pending); }
    void stop_waiting() const { shared_->pending.leave(); }

    [[nodiscard]] const GroupSettings& settings() const { return settings_; }
    [[nodiscard]] std::span<const Member> members() const { return members_; }
    /// How many targets with a weight are usable and closed: "healthy 2/3", the 2.
    [[nodiscard]] std::size_t count_available(Instant now) const;
    [[nodiscard]] std::uint32_t outstanding() const { return shared_->outstanding.inside(); }
    [[nodiscard]] std::uint32_t pending() const { return shared_->pending.inside(); }
    [[nodiscard]] std::uint32_t retries() const { return shared_->retries.inside(); }
    /// Requires: target < members().size().
    [[nodiscard]] TargetView view(std::size_t target, Instant now) const;

  private:
    /// What a group counts as a whole.
    struct Shared {
        alignas(64) Gate outstanding;
        Gate pending;
        RetryBudget retries;
        std::atomic<bool> ejecting{false};
    };
    /// How far a target is from being used, in rising order. A half-open target whose probe is under way counts as
    /// ejected.
    enum Kind : std::uint8_t { drained, unusable, ejected, half_open, available };

    Group() = default;
    [[nodiscard]] Kind kind_of(const Member& member, Instant now) const;
    void weigh(Cursor& cursor, const Tried* tried, Kind least, Instant now) const;
    std::optional<std::size_t> choose(Cursor& cursor, const std::optional<std::uint64_t>& key) const;

    GroupSettings settings_;
    std::vector<Member> members_;
    std::vector<std::uint64_t> identities_;
    std::shared_ptr<Shared> shared_;
};

}  // namespace gw::balance
