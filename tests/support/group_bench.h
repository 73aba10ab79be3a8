#pragma once
// A group, a worker's place in it, and a clock that stands still until it is moved.

#include <memory>
#include <string>
#include <vector>

#include "libgw/policy/balance/group.h"
#include "tests/support/catch.h"

namespace gw::balance {

using namespace std::chrono_literals;

using Targets = std::vector<TargetSettings>;

inline Targets targets_of(std::vector<std::uint32_t> weights) {
    Targets targets;
    for (const std::uint32_t weight : weights) {
        targets.push_back({"10.0.0." + std::to_string(targets.size()) + ":80", weight});
    }
    return targets;
}

inline GroupSettings checked() {
    GroupSettings settings;
    settings.health = HealthSettings{};
    return settings;
}

struct Bench {
    explicit Bench(const Targets& targets, const GroupSettings& settings = {})
        : group(Group::make(settings, targets, nullptr, now).value()), cursor(group->make_cursor(0)) {}

    Pick pick(const Wish& wish = {}) { return group->pick(cursor, wish, now); }
    /// One whole request.
    Pick request(Outcome outcome = Outcome::answered, const Wish& wish = {}) {
        const Pick made = pick(wish);
        last_change = group->finish(made, outcome, now);
        return made;
    }
    /// How many of `count` requests each target got; each succeeds.
    std::vector<int> shares(int count) {
        std::vector<int> shares(group->members().size());
        for (int i = 0; i < count; ++i) ++shares[request().target];
        return shares;
    }
    void set_health(std::size_t target, bool passed) {
        for (int i = 0; i < 3; ++i) group->on_health(target, passed, now);
    }
    void eject(std::size_t target) {
        for (int i = 0; i < 100 && group->view(target, now).standing == Standing::closed; ++i) {
            const Pick made = pick();
            REQUIRE(made.is_chosen());
            group->finish(made, made.target == target ? Outcome::server_error : Outcome::answered, now);
        }
        REQUIRE(group->view(target, now).standing == Standing::ejected);
    }

    Instant now{1000s};
    std::shared_ptr<const Group> group;
    Cursor cursor;
    Change last_change = Change::none;
};

}  // namespace gw::balance
