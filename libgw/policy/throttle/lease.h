#pragma once
// Tokens of a bucket that several gateways share. The bucket itself lies in a database; each gateway takes some of its
// tokens ahead, on lease, and spends them without asking anybody. A lease is filled up in the background before it is
// spent, so that a request finds tokens at hand.
//
// What this costs in exactness, for N gateways and any span of time t: no more than burst + rate·t + lease_bound()
// requests pass. For the shared bucket hands out at most burst + rate·t in it, less what comes back; and what was
// handed out before is, firstly, at most LeaseTerms::most for each gateway, and secondly younger than LeaseTerms::life,
// so that the bucket handed it out in that time, or in the same time again, if it came back from somebody.

#include <array>
#include <cstdint>

#include "libgw/base/clock.h"
#include "libgw/policy/throttle/limit.h"

namespace gw::throttle {

/// How much is taken ahead, and for how long.
struct LeaseTerms {
    std::uint64_t most = 1;  ///< tokens that one gateway has at hand or has asked for, at a time
    Nanoseconds life{0};     ///< from the question on; then tokens that were not spent are void
    Nanoseconds pace{0};     ///< the shortest time to the next question, when the bucket had less than was asked for

    /// A twentieth of what the rate brings in a second, at most the burst; for half a second.
    static LeaseTerms of(const Limit& limit);
    /// When tokens that nobody wants are given back, so that the others have them: well before they are void.
    [[nodiscard]] Nanoseconds idle() const { return life / 5 * 4; }
};

/// Requests above burst + rate·t that so many gateways may let through in any span of time t.
std::uint64_t lease_bound(const Limit& limit, std::uint64_t gateways);

/// What each of so many gateways may let through while the shared bucket cannot be asked: its part of rate and burst,
/// rounded down, the burst at least 1. All together are then held to the limit, as long as the burst has a token for
/// each.
Limit share_of(const Limit& limit, std::uint64_t gateways);

/// A question to the shared bucket.
struct LeaseWish {
    std::uint64_t want = 0;  ///< tokens
    std::uint64_t back = 0;  ///< that are given back
    std::int64_t stamp = 0;  ///< when those were granted, as the grant said it
    std::uint64_t owed = 0;  ///< spent without having been granted; of quotas only
};

/// Its answer.
struct LeaseGrant {
    std::uint64_t granted = 0;              ///< at most what was asked for
    Nanoseconds wait{0};                    ///< 0, or the bucket has nothing more before so much time has passed
    std::int64_t stamp = 0;                 ///< when it was granted, on the bucket's own clock
    Nanoseconds life = Nanoseconds::max();  ///< after this all of it is void, whatever the terms say
    std::uint64_t left = 0;                 ///< what nobody has yet; of quotas only
};

/// One gateway's side: the tokens at hand, and when to ask for more. Not for several threads.
class Lease {
  public:
    enum class Answer : std::uint8_t {
        taken,    ///< there was one
        refused,  ///< the bucket had none when it was asked last, and has none yet
        unknown,  ///< nobody has asked lately: ask()
    };
    struct Taken {
        Answer answer = Answer::unknown;
        Instant asked;           ///< when what was taken had been asked for
        std::int64_t stamp = 0;  ///< and when it had been granted, as the grant said it
    };
    Taken take(Instant now);
    /// What take() took is put back. False: it has no place any more, since more was asked for meanwhile; then it is to
    /// be given back to the bucket.
    bool give_back(Instant asked);

    /// Tokens run low, and it is time to ask for more: whoever sees this asks.
    [[nodiscard]] bool is_low(const LeaseTerms& terms, Instant now);
    /// A question is under way.
    [[nodiscard]] bool is_asked() const { return asked_; }
    /// When the last question left.
    [[nodiscard]] Instant asked_at() const { return asked_at_; }
    /// Notes that a question leaves now, and how many tokens it is about: at least one, unless there are as many as the
    /// terms allow. Requires: !is_asked().
    std::uint64_t ask(const LeaseTerms& terms, Instant now);
    /// The answer to it. True: the bucket ran dry, and wake() is wanted at dry_until().
    bool tell(const LeaseTerms& terms, const LeaseGrant& grant);
    /// There will be no answer.
    void fail();

    /// At dry_until(): whether tokens were wanted in the meantime, so that it is worth asking again.
    bool wake(const LeaseTerms& terms, Instant now);
    [[nodiscard]] Instant dry_until() const { return dry_until_; }
    /// Time until there may be a token; 0 when nothing is known to be against it.
    [[nodiscard]] Nanoseconds wait(Instant now) const;

    struct Rest {
        std::uint64_t tokens = 0;
        std::int64_t stamp = 0;
    };
    /// Takes away what was asked for at `asked` or before and was not spent, to be given back; 0: there is none (any
    /// more).
    Rest take_rest(Instant asked);
    /// Nothing at hand, under way or known: it may be forgotten.
    [[nodiscard]] bool is_idle() const { return held() == 0 && !asked_ && !dry_; }
    [[nodiscard]] std::uint64_t held() const { return grants_[0].tokens + grants_[1].tokens; }

  private:
    struct Grant {
        std::uint64_t tokens = 0;
        std::int64_t stamp = 0;
        Instant asked;
        Instant until;
    };
    void drop_void(Instant now);
    [[nodiscard]] bool runs_low(const LeaseTerms& terms) const;

    std::array<Grant, 2> grants_;  ///< the older is spent first; nothing is asked for while there are two
    Instant asked_at_;
    Instant dry_until_;
    std::uint64_t target_ = 0;  ///< tokens to have at hand; 0: not known yet
    std::uint64_t wanted_ = 0;  ///< of the question that is under way
    std::uint64_t most_ = 0;    ///< as the terms of the last question said it
    std::uint64_t missed_ = 0;  ///< who found none since the last question
    std::uint64_t used_ = 0;    ///< tokens that were taken since
    bool asked_ = false;
    bool dry_ = false;
};

/// The shared bucket's side, as the database does it: one whole number of microseconds, the moment at which it is full.
/// For simulators and tests; the script in io/store/redis_ledger.cpp answers the same.
class LeasedBucket {
  public:
    /// Microseconds in which a token comes back, as a double that is never too small.
    static double interval_of(const Limit& limit);

    explicit LeasedBucket(const Limit& limit);
    /// `now`: microseconds on the bucket's clock.
    LeaseGrant answer(const LeaseWish& wish, std::int64_t now);

  private:
    double interval_;
    double burst_;
    std::int64_t life_;
    std::int64_t full_ = 0;
};

}  // namespace gw::throttle
