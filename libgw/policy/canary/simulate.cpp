#include "libgw/policy/canary/simulate.h"

#include <algorithm>
#include <cmath>

#include "libgw/policy/canary/statistics/chance.h"

namespace gw::canary {

std::uint64_t Rollout::requests_a_look() const {
    const double requests = per_second * std::chrono::duration<double>(every).count();
    return static_cast<std::uint64_t>(std::clamp(std::round(requests), 1.0, 1e15));
}

std::optional<std::uint64_t> Simulated::looks_until(double part, Answer answer) const {
    const double wanted = part * static_cast<double>(runs);
    std::uint64_t count = 0;
    for (std::size_t look = 0; look < promotions.size(); ++look) {
        const std::uint64_t before = count;
        if (answer != Answer::rollback) count += promotions[look];
        if (answer != Answer::promote) count += rollbacks[look];
        if (count != before && static_cast<double>(count) >= wanted) return look + 1;
    }
    return std::nullopt;
}

Simulated simulate(const Rollout& rollout, Method method, std::uint64_t runs, std::uint64_t seed,
                   const SimulationProgress& progress) {
    const std::uint64_t size = rollout.requests_a_look();
    Schedule schedule;
    schedule.stable = rollout.stable;
    for (const double share : rollout.shares) {
        const auto canary = static_cast<std::uint64_t>(std::round(share * static_cast<double>(size)));
        schedule.expected.insert(schedule.expected.end(), rollout.looks, {{size - canary, 0}, {canary, 0}});
    }
    const auto arbiter = make_arbiter(method, rollout.question, schedule);
    Simulated all;
    all.promotions.resize(rollout.all_looks());
    all.rollbacks.resize(rollout.all_looks());
    Random seeds(seed);
    constexpr std::uint64_t kTold = 64;
    for (; all.runs < runs; ++all.runs) {
        if (progress && all.runs % kTold == 0 && !progress(all.runs)) break;
        Random random = seeds.fork();
        arbiter->begin();
        for (std::size_t look = 0; look < rollout.all_looks(); ++look) {
            const std::uint64_t canary = draw_binomial(random, size, rollout.shares[look / rollout.looks]);
            const Block block{{size - canary, draw_binomial(random, size - canary, rollout.stable)},
                              {canary, draw_binomial(random, canary, rollout.canary)}};
            all.requests += size;
            all.canary_requests += canary;
            all.canary_bad += block.canary.bad;
            const Answer answer = arbiter->add(block);
            if (answer == Answer::inconclusive) continue;
            ++(answer == Answer::promote ? all.promoted : all.rolled_back);
            ++(answer == Answer::promote ? all.promotions : all.rollbacks)[look];
            break;
        }
    }
    return all;
}

}  // namespace gw::canary
