// What a decision costs: one bucket, a bucket that threads share, a million keys, and what the stage asks of the store.

#include <array>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "libgw/base/random.h"
#include "libgw/io/store/memory_counts.h"
#include "libgw/policy/throttle/token_bucket.h"

namespace {

using namespace gw;
using throttle::Limit;

Limit limit_of(std::string_view rate, std::uint64_t burst) { return Limit::make(*parse_rate(rate), burst).value(); }

void one_bucket(benchmark::State& state) {
    const Limit limit = limit_of("333/s", 100);
    throttle::TokenBucket bucket(limit, Instant());
    std::int64_t now = 0;
    std::int64_t admitted = 0;
    for (auto _ : state) admitted += bucket.take(Instant(Nanoseconds(now += 1'500'000))).admitted ? 1 : 0;
    benchmark::DoNotOptimize(admitted);
    state.SetItemsProcessed(state.iterations());
}

void shared_bucket(benchmark::State& state) {
    static throttle::SharedBucket bucket(limit_of("333/s", 100), Instant());
    std::int64_t now = 0;
    std::int64_t admitted = 0;
    for (auto _ : state) admitted += bucket.take(Instant(Nanoseconds(now += 1'500'000))).admitted ? 1 : 0;
    benchmark::DoNotOptimize(admitted);
    state.SetItemsProcessed(state.iterations());
}

/// Keys in random order, as the table sees them: hashes.
void million_keys(benchmark::State& state) {
    constexpr std::size_t kKeys = 1'000'000;
    const Limit limit = limit_of("1/s", 10);
    throttle::KeyTable table(kKeys);
    throttle::KeyTable::Overflow overflow;
    Random random(1);
    std::vector<std::uint64_t> tags(kKeys);
    for (auto& tag : tags) tag = random();
    std::vector<std::uint32_t> order(1U << 20U);
    for (auto& one : order) one = static_cast<std::uint32_t>(random.below(kKeys));
    std::size_t i = 0;
    std::int64_t now = 0;
    std::int64_t admitted = 0;
    constexpr std::size_t kAhead = 8;
    for (auto _ : state) {
        if (state.range(0) != 0) table.prefetch(tags[order[(i + kAhead) % order.size()]]);
        const auto outcome =
            table.take(tags[order[i++ % order.size()]], limit, overflow, Instant(Nanoseconds(now += 100)));
        admitted += outcome.taken.admitted ? 1 : 0;
    }
    benchmark::DoNotOptimize(admitted);
    state.SetItemsProcessed(state.iterations());
    state.counters["bytes_per_key"] = static_cast<double>(table.bytes()) / kKeys;
}

/// What the stage asks for a client of a million under a route and an account: hash, lock, three buckets.
void client_route_and_account(benchmark::State& state) {
    store::MemoryCounts counts({1, 2}, 1'000'000);
    const auto client = counts.meter("client", limit_of("10/s", 20), true, Instant());
    const auto account = counts.meter("account", limit_of("100000000/s", 5000), false, Instant());
    Random random(1);
    std::vector<std::array<char, 16>> keys(1U << 20U);
    for (auto& key : keys) {
        const std::uint64_t number = random.below(1'000'000);
        for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(number >> (i % 8 * 8));
    }
    std::size_t i = 0;
    std::int64_t now = 0;
    for (auto _ : state) {
        const auto& key = keys[i++ % keys.size()];
        const store::Ask asks[] = {{client.get(), {key.data(), key.size()}}, {account.get(), {}}};
        benchmark::DoNotOptimize(counts.take(asks, nullptr, Instant(Nanoseconds(now += 1000)), Date()));
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(one_bucket);
BENCHMARK(shared_bucket)->Threads(1)->Threads(2);
BENCHMARK(million_keys)->ArgName("prefetch")->Arg(0)->Arg(1);
BENCHMARK(client_route_and_account);

}  // namespace
