#include "libgw/policy/throttle/lease.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace gw::throttle {
namespace {

constexpr Nanoseconds kLife = std::chrono::milliseconds(500);
constexpr Nanoseconds kPace = std::chrono::milliseconds(5);
/// What a lease holds at most, of the rate's second.
constexpr double kPart = 1.0 / 20;
/// To begin with: one for who asks, and one ahead.
constexpr std::uint64_t kFirst = 2;
/// Tokens that fractions of them may be off in the arithmetic of doubles.
constexpr double kBillionth = 1e-9;
constexpr double kMillionth = 1e-6;

double per_second(const Limit& limit) { return limit.admits_nothing() ? 0 : 1e6 / LeasedBucket::interval_of(limit); }

}  // namespace

LeaseTerms LeaseTerms::of(const Limit& limit) {
    LeaseTerms terms;
    const auto part = static_cast<std::uint64_t>(per_second(limit) * kPart + kMillionth);
    terms.most = std::clamp<std::uint64_t>(part, 1, std::max<std::uint64_t>(limit.burst(), 1));
    terms.life = kLife;
    // a bucket that fills in less than the pace would run over
    terms.pace = std::min(kPace, limit.until_full(limit.depth()) / 2);
    return terms;
}

std::uint64_t lease_bound(const Limit& limit, std::uint64_t gateways) {
    if (limit.admits_nothing()) return 0;
    const LeaseTerms terms = LeaseTerms::of(limit);
    const double old =
        std::ceil(2 * per_second(limit) * std::chrono::duration<double>(terms.life).count() - kMillionth);
    const double held = static_cast<double>(gateways) * static_cast<double>(terms.most);
    return static_cast<std::uint64_t>(std::min(old, held));
}

Limit share_of(const Limit& limit, std::uint64_t gateways) {
    if (gateways <= 1 || limit.admits_nothing()) return limit;
    Rate rate = limit.rate();
    rate.count /= static_cast<double>(gateways);
    auto share = Limit::make(rate, std::max<std::uint64_t>(1, limit.burst() / gateways));
    // a rate so low that a token takes more than 73 years
    return share ? *share : Limit();
}

void Lease::drop_void(Instant now) {
    for (Grant& grant : grants_)
        if (grant.tokens > 0 && now >= grant.until) grant.tokens = 0;
    if (grants_[0].tokens == 0 && grants_[1].tokens > 0) std::swap(grants_[0], grants_[1]);
}

bool Lease::runs_low(const LeaseTerms& terms) const { return held() < (std::min(target_, terms.most) + 1) / 2; }

Lease::Taken Lease::take(Instant now) {
    drop_void(now);
    if (grants_[0].tokens > 0) {
        --grants_[0].tokens;
        ++used_;
        return {Answer::taken, grants_[0].asked, grants_[0].stamp};
    }
    // whoever comes while it is asked again after somebody was refused does not wait for the answer
    const bool known = dry_ && (now < dry_until_ || asked_ || missed_ > 0);
    ++missed_;
    return {known ? Answer::refused : Answer::unknown, {}, 0};
}

bool Lease::give_back(Instant asked) {
    if (held() + wanted_ >= most_) return false;
    const auto from =
        std::find_if(grants_.begin(), grants_.end(), [&](const Grant& grant) { return grant.asked == asked; });
    if (from != grants_.end()) ++from->tokens;
    return from != grants_.end();
}

bool Lease::is_low(const LeaseTerms& terms, Instant now) {
    if (asked_ || dry_) return false;
    drop_void(now);
    return grants_[1].tokens == 0 && runs_low(terms);
}

std::uint64_t Lease::ask(const LeaseTerms& terms, Instant now) {
    drop_void(now);
    const Nanoseconds since = now - asked_at_;
    if (target_ == 0)
        target_ = kFirst;
    else if (since < terms.life / 8)
        target_ *= 2;
    else if (since > terms.life)
        target_ = std::max(kFirst, target_ / 2);
    target_ = std::min(std::max(target_, missed_), terms.most);
    missed_ = used_ = 0;
    asked_ = true;
    asked_at_ = now;
    most_ = terms.most;
    wanted_ = target_ - std::min(target_, held());
    return wanted_;
}

bool Lease::tell(const LeaseTerms& terms, const LeaseGrant& grant) {
    asked_ = false;
    wanted_ = 0;
    if (grant.granted > 0) {
        Grant& place = grants_[0].tokens == 0 ? grants_[0] : grants_[1];
        place.tokens += grant.granted;
        place.stamp = grant.stamp;
        place.asked = asked_at_;
        place.until = asked_at_ + std::min(terms.life, grant.life);
    }
    dry_ = grant.wait > Nanoseconds(0);
    if (dry_) dry_until_ = asked_at_ + std::max(std::min(grant.wait, grant.life), terms.pace);
    return dry_;
}

void Lease::fail() {
    asked_ = false;
    wanted_ = 0;
    dry_ = false;
}

bool Lease::wake(const LeaseTerms& terms, Instant now) {
    if (!dry_ || asked_ || now < dry_until_) return false;
    drop_void(now);
    if ((missed_ > 0 || used_ > 0) && grants_[1].tokens == 0 && runs_low(terms)) return true;
    dry_ = false;
    return false;
}

Nanoseconds Lease::wait(Instant now) const {
    return dry_ && held() == 0 ? std::max(dry_until_ - now, Nanoseconds(1)) : Nanoseconds(0);
}

Lease::Rest Lease::take_rest(Instant asked) {
    for (Grant& grant : grants_) {
        if (grant.tokens == 0 || grant.asked > asked) continue;
        const Rest rest{grant.tokens, grant.stamp};
        grant.tokens = 0;
        if (target_ > kFirst) target_ /= 2;
        return rest;
    }
    return {};
}

double LeasedBucket::interval_of(const Limit& limit) {
    if (limit.admits_nothing()) return 1;  // with a burst of 0
    const double interval = static_cast<double>(limit.cost()) / static_cast<double>(limit.parts()) / 1000;
    return std::nextafter(std::nextafter(interval, HUGE_VAL), HUGE_VAL);
}

LeasedBucket::LeasedBucket(const Limit& limit)
    : interval_(interval_of(limit)),
      burst_(limit.admits_nothing() ? 0 : static_cast<double>(limit.burst())),
      life_(LeaseTerms::of(limit).life / std::chrono::microseconds(1)) {}

LeaseGrant LeasedBucket::answer(const LeaseWish& wish, std::int64_t now) {
    const auto at = static_cast<double>(now);
    // a clock that was set back, or another limit: never emptier than empty
    double full = std::clamp(static_cast<double>(full_), at, at + std::ceil(burst_ * interval_));
    if (wish.back > 0 && now - wish.stamp <= life_)
        full = std::max(at, full - std::floor(static_cast<double>(wish.back) * interval_));
    const double available = std::max(0.0, std::floor(burst_ - (full - at) / interval_ + kBillionth));
    const double granted = std::min(static_cast<double>(wish.want), available);
    full += std::ceil(granted * interval_);
    full_ = static_cast<std::int64_t>(full);
    LeaseGrant grant;
    grant.granted = static_cast<std::uint64_t>(granted);
    grant.stamp = now;
    if (grant.granted < wish.want)
        grant.wait = std::chrono::microseconds(
            std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(full - at - (burst_ - 1) * interval_))));
    return grant;
}

}  // namespace gw::throttle
