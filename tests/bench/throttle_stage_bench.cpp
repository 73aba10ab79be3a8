// What the stage `throttle` costs a request: the whole pipeline with it, and without it beside.

#include <string>
#include <vector>

#include "libgw/base/random.h"
#include "tests/bench/pipeline_bench.h"

using namespace gw;

namespace {

/// Requests of `clients` addresses, one every `step` nanoseconds, all of which are let through or none.
void run(benchmark::State& state, const char* throttle, std::size_t clients, bool pass = true) {
    bench::PipelineBench bench(state,
                               std::string("version: 1\napis:\n  - ") + throttle +
                                   "routes:\n      - {routeKey: GET /open, integration: \"mock:200:o\"}\n",
                               "GET /open HTTP/1.1\r\nhost: api.example\r\n\r\n");
    if (!bench.is_ready()) return;
    Random random(1);
    std::vector<std::string> addresses(clients);
    for (std::string& address : addresses) {
        const std::uint64_t word = random();
        address = std::to_string(word % 223 + 1) + "." + std::to_string(word >> 8U & 255U) + "." +
                  std::to_string(word >> 16U & 255U) + "." + std::to_string(word >> 24U & 255U);
    }
    std::int64_t now = 0;
    std::size_t next = 0;
    bench.run(
        [&](gateway::Exchange& exchange) {
            exchange.client = addresses[next++ % clients];
            exchange.now = Instant(Nanoseconds(now += 1000));
        },
        [&](const gateway::Exchange& exchange) { return bench::is_mock(exchange) == pass || next <= 2; });
}

void without(benchmark::State& state) { run(state, "", 100000); }
void by_route(benchmark::State& state) {
    run(state, "throttle: {rateLimit: 10000000/s, burstLimit: 1000000}\n    ", 100000);
}
void by_address(benchmark::State& state) {
    run(state, "throttle: {rateLimit: 1000000/s, burstLimit: 1000000, by: ip}\n    ",
        static_cast<std::size_t>(state.range(0)));
}
void refused(benchmark::State& state) {
    run(state, "throttle: {rateLimit: 1/day, burstLimit: 1}\n    ", 100000, false);
}

BENCHMARK(without);
BENCHMARK(by_route);
BENCHMARK(by_address)->ArgName("clients")->Arg(1000)->Arg(100000);
BENCHMARK(refused);

}  // namespace
