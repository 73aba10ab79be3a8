#include "libgw/policy/balance/outlier.h"

#include <algorithm>

namespace gw::balance {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

/// Ejections that still count: one is forgiven for every interval the target has spent back in service.
std::uint32_t remembered(const OutlierSettings& settings, const TargetState& state, Instant now) {
    const std::uint32_t ejections = state.ejections.load(kRelaxed);
    const std::int64_t returned = state.returned_at.load(kRelaxed);
    if (ejections == 0 || returned == kNever || settings.interval <= Nanoseconds::zero()) return ejections;
    const auto quiet = (now - to_instant(returned)) / settings.interval;
    return quiet >= static_cast<std::int64_t>(ejections)
               ? 0
               : ejections - static_cast<std::uint32_t>(std::max(quiet, decltype(quiet){0}));
}

void eject(const OutlierSettings& settings, TargetState& state, std::uint32_t before, Instant now) {
    const std::uint32_t ejections = before + (before < UINT32_MAX ? 1U : 0U);
    state.ejections.store(ejections, kRelaxed);
    state.ejected_until.store(to_count(now + ejection_time(settings, ejections)), kRelaxed);
}

bool may_eject(const OutlierSettings& settings, std::span<const Member> members, std::size_t index) {
    std::size_t weighted = 0;
    std::size_t away = 0;
    bool another = false;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (members[i].weight == 0) continue;
        const TargetState& state = *members[i].state;
        ++weighted;
        const bool closed = state.ejected_until.load(kRelaxed) == kNever;
        if (!closed) ++away;
        if (i != index && closed && state.usable.load(kRelaxed)) another = true;
    }
    return another && away < max_ejected(settings, weighted);
}

}  // namespace

Standing standing_of(const TargetState& state, Instant now) {
    const std::int64_t until = state.ejected_until.load(kRelaxed);
    if (until == kNever) return Standing::closed;
    return to_count(now) < until ? Standing::ejected : Standing::half_open;
}

Nanoseconds ejection_time(const OutlierSettings& settings, std::uint32_t ejections) {
    if (settings.base_ejection <= Nanoseconds::zero()) return Nanoseconds::zero();
    if (ejections >= settings.max_ejection / settings.base_ejection) {
        return std::max(settings.max_ejection, settings.base_ejection);
    }
    return settings.base_ejection * ejections;
}

std::size_t max_ejected(const OutlierSettings& settings, std::size_t targets) {
    if (targets < 2) return 0;
    const std::size_t share = targets * std::min(settings.max_ejection_percent, 100U) / 100;
    return std::clamp<std::size_t>(share, 1, targets - 1);
}

Change record_outcome(const OutlierSettings& settings, std::span<const Member> members, std::size_t index,
                      Outcome outcome, std::atomic<bool>& ejecting, Instant now) {
    TargetState& state = *members[index].state;
    if (outcome == Outcome::abandoned || settings.consecutive_errors == 0) return Change::none;
    if (state.ejected_until.load(kRelaxed) != kNever) return Change::none;
    const std::uint32_t errors = state.consecutive_errors.load(kRelaxed);
    if (!is_error(outcome)) {
        if (errors != 0) state.consecutive_errors.store(0, kRelaxed);
        return Change::none;
    }
    if (errors < settings.consecutive_errors) {
        if (state.consecutive_errors.fetch_add(1, kRelaxed) + 1 < settings.consecutive_errors) return Change::none;
    }
    if (ejecting.exchange(true, std::memory_order_acquire)) return Change::none;
    Change change = Change::none;
    if (state.ejected_until.load(kRelaxed) == kNever && may_eject(settings, members, index)) {
        eject(settings, state, remembered(settings, state, now), now);
        change = Change::ejected;
    }
    ejecting.store(false, std::memory_order_release);
    return change;
}

bool try_probe(TargetState& state, Instant now) {
    if (standing_of(state, now) != Standing::half_open) return false;
    if (state.probing.exchange(true, std::memory_order_acquire)) return false;
    if (standing_of(state, now) == Standing::half_open) return true;
    state.probing.store(false, std::memory_order_release);
    return false;
}

Change finish_probe(const OutlierSettings& settings, TargetState& state, Outcome outcome, Instant now) {
    Change change = Change::none;
    if (outcome == Outcome::answered) {
        state.returned_at.store(to_count(now), kRelaxed);
        state.consecutive_errors.store(0, kRelaxed);
        state.ejected_until.store(kNever, kRelaxed);
        change = Change::returned;
    } else if (is_error(outcome)) {
        eject(settings, state, state.ejections.load(kRelaxed), now);
        change = Change::ejected;
    }
    state.probing.store(false, std::memory_order_release);
    return change;
}

}  // namespace gw::balance
