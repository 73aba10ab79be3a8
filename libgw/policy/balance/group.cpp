#include "libgw/policy/balance/group.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "libgw/policy/balance/choose.h"

namespace gw::balance {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

Nanoseconds age_of(const TargetState& state, Instant now) {
    const std::int64_t returned = state.returned_at.load(kRelaxed);
    return returned == kNever ? Nanoseconds::max() : now - to_instant(returned);
}

Result<void> check(std::span<const TargetSettings> targets) {
    if (targets.empty()) return Error{Errc::config, "a group needs at least one target", {}, {}};
    if (targets.size() > kMaxTargets) {
        return Error{
            Errc::config, fmt::format("a group has at most {} targets, not {}", kMaxTargets, targets.size()), {}, {}};
    }
    std::unordered_set<std::string_view> seen;
    for (const TargetSettings& target : targets) {
        if (target.weight > kMaxWeight) {
            return Error{Errc::config,
                         fmt::format("weight {} of target {} is above {}", target.weight, target.address, kMaxWeight),
                         {},
                         {}};
        }
        if (!seen.insert(target.address).second) {
            return Error{Errc::config,
                         fmt::format("target {} is in the group twice", target.address),
                         "give it a weight instead",
                         {}};
        }
    }
    return {};
}

}  // namespace

bool Tried::add(std::size_t target) {
    if (size_ == targets_.size()) return false;
    targets_[size_++] = static_cast<std::uint16_t>(target);
    return true;
}

bool Tried::has(std::size_t target) const {
    return std::find(targets_.begin(), targets_.begin() + size_, target) != targets_.begin() + size_;
}

Result<std::shared_ptr<const Group>> Group::make(const GroupSettings& settings, std::span<const TargetSettings> targets,
                                                 const Group* previous, Instant now) {
    TRY(check(targets));
    std::unordered_map<std::string_view, std::shared_ptr<TargetState>> known;
    if (previous != nullptr) {
        for (const Member& member : previous->members_) known.emplace(member.address, member.state);
    }
    const std::shared_ptr<Group> group(new Group());
    group->settings_ = settings;
    group->shared_ = previous != nullptr ? previous->shared_ : std::make_shared<Shared>();
    group->members_.reserve(targets.size());
    for (const TargetSettings& target : targets) {
        Member member{target.address, target.weight, hash_of(target.address), nullptr};
        if (const auto found = known.find(target.address); found != known.end()) {
            member.state = found->second;
            if (!settings.health) {
                member.state->health = Health();
                member.state->usable.store(true, kRelaxed);
            }
        } else {
            member.state = std::make_shared<TargetState>();
            if (previous != nullptr) member.state->returned_at.store(to_count(now), kRelaxed);
        }
        group->identities_.push_back(member.identity);
        group->members_.push_back(std::move(member));
    }
    return std::shared_ptr<const Group>(group);
}

Cursor Group::make_cursor(std::uint64_t random) const {
    Cursor cursor;
    const std::size_t size = members_.size();
    cursor.current_.assign(size, {});
    cursor.outstanding_.assign(size, {});
    cursor.kinds_.assign(size, {});
    cursor.weights_.reserve(size);
    for (const Member& member : members_) cursor.weights_.push_back(member.weight);
    for (std::uint64_t skip = random % std::min<std::size_t>(size, 64); skip > 0; --skip) {
        choose_round_robin(cursor.current_, cursor.weights_);
    }
    for (std::int64_t& current : cursor.current_) current *= kWeightScale;
    return cursor;
}

Group::Kind Group::kind_of(const Member& member, Instant now) const {
    if (member.weight == 0) return drained;
    if (!member.state->usable.load(kRelaxed)) return unusable;
    if (settings_.outlier.consecutive_errors == 0) return available;
    switch (standing_of(*member.state, now)) {
        case Standing::closed: return available;
        case Standing::half_open: return member.state->probing.load(kRelaxed) ? ejected : half_open;
        case Standing::ejected: break;
    }
    return ejected;
}

void Group::weigh(Cursor& cursor, const Tried* tried, Kind least, Instant now) const {
    for (std::size_t i = 0; i < members_.size(); ++i) {
        const Member& member = members_[i];
        const bool candidate = cursor.kinds_[i] >= least && !(tried != nullptr && tried->has(i));
        cursor.weights_[i] =
            candidate ? grown_weight(member.weight, age_of(*member.state, now), settings_.slow_start) : 0;
    }
}

std::optional<std::size_t> Group::choose(Cursor& cursor, const std::optional<std::uint64_t>& key) const {
    switch (settings_.algorithm) {
        case Algorithm::round_robin: break;
        case Algorithm::least_outstanding:
            for (std::size_t i = 0; i < members_.size(); ++i) {
                cursor.outstanding_[i] = members_[i].state->outstanding.load(kRelaxed);
            }
            return choose_least_outstanding(cursor.current_, cursor.outstanding_, cursor.weights_);
        case Algorithm::hash:
            if (!key) break;
            return choose_by_hash(identities_, cursor.weights_, *key);
    }
    return choose_round_robin(cursor.current_, cursor.weights_);
}

Pick Group::pick(Cursor& cursor, const Wish& wish, Instant now) const {
    Pick pick;
    pick.retry = wish.retry;
    if (wish.retry) {
        const std::uint32_t under_way = shared_->outstanding.inside();
        const std::uint32_t retries = shared_->retries.inside();
        if (!shared_->retries.try_take(under_way - std::min(under_way, retries), now)) {
            pick.result = Pick::Result::over_budget;
            return pick;
        }
    }
    if (!shared_->outstanding.try_enter(settings_.max_outstanding)) {
        if (wish.retry) shared_->retries.give_back();
        pick.result = Pick::Result::full;
        return pick;
    }
    std::size_t weighted = 0;
    std::size_t in_service = 0;
    for (std::size_t i = 0; i < members_.size(); ++i) {
        const Kind kind = kind_of(members_[i], now);
        cursor.kinds_[i] = kind;
        if (kind != drained) ++weighted;
        if (kind == available) ++in_service;
    }
    pick.panic = in_service * 100 < weighted * settings_.panic_threshold_percent;
    const Kind least = pick.panic ? unusable : in_service == 0 ? ejected : half_open;
    weigh(cursor, wish.tried, least, now);
    while (const std::optional<std::size_t> target = choose(cursor, wish.key)) {
        TargetState& state = *members_[*target].state;
        if (cursor.kinds_[*target] == half_open) {
            pick.probe = try_probe(state, now);
            if (!pick.probe && least == half_open) {
                cursor.kinds_[*target] = ejected;
                weigh(cursor, wish.tried, least, now);
                continue;
            }
        }
        pick.result = Pick::Result::chosen;
        pick.target = static_cast<std::uint16_t>(*target);
        state.outstanding.fetch_add(1, kRelaxed);
        if (!wish.retry) shared_->retries.earn(now);
        return pick;
    }
    shared_->outstanding.leave();
    if (wish.retry) shared_->retries.give_back();
    return pick;
}

Change Group::on_head(Pick& pick, std::uint16_t status, Instant now) const {
    if (!pick.is_chosen() || !pick.probe) return Change::none;
    pick.probe = false;
    return finish_probe(settings_.outlier, *members_[pick.target].state, outcome_of(status), now);
}

Change Group::finish(const Pick& pick, Outcome outcome, Instant now) const {
    if (!pick.is_chosen()) return Change::none;
    TargetState& state = *members_[pick.target].state;
    state.outstanding.fetch_sub(1, kRelaxed);
    shared_->outstanding.leave();
    if (pick.retry) shared_->retries.give_back();
    if (pick.probe) return finish_probe(settings_.outlier, state, outcome, now);
    return record_outcome(settings_.outlier, members_, pick.target, outcome, shared_->ejecting, now);
}

bool Group::on_health(std::size_t target, bool passed, Instant now) const {
    TargetState& state = *members_[target].state;
    if (!settings_.health || !state.health.feed(passed, *settings_.health)) return false;
    const bool usable = state.health.is_usable();
    if (usable) state.returned_at.store(to_count(now), kRelaxed);
    state.usable.store(usable, kRelaxed);
    return true;
}

std::size_t Group::count_available(Instant now) const {
    return static_cast<std::size_t>(std::count_if(
        members_.begin(), members_.end(), [&](const Member& member) { return kind_of(member, now) == available; }));
}

TargetView Group::view(std::size_t target, Instant now) const {
    const Member& member = members_[target];
    const TargetState& state = *member.state;
    TargetView view{member.address,
                    member.weight,
                    state.health.status(),
                    state.usable.load(kRelaxed),
                    settings_.outlier.consecutive_errors == 0 ? Standing::closed : standing_of(state, now),
                    state.outstanding.load(kRelaxed),
                    state.ejections.load(kRelaxed),
                    {}};
    if (view.standing == Standing::ejected) view.ejected_for = to_instant(state.ejected_until.load(kRelaxed)) - now;
    return view;
}

}  // namespace gw::balance
