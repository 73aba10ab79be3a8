// What the stage `throttle` costs a request: the whole pipeline with it, and without it beside.

#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "libgw/base/random.h"
#include "libgw/config/document.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/wire/http/decoder.h"

using namespace gw;
using namespace gw::gateway;

namespace {

constexpr Date kNow = Date(std::chrono::seconds(1795348800));

class BenchSources final : public config::Sources {
  public:
    [[nodiscard]] Result<std::string> read_file(const std::string&) const override { return std::string(); }
    [[nodiscard]] std::optional<std::string> environment(std::string_view) const override { return std::nullopt; }
};

/// Requests of `clients` addresses, one every `step` nanoseconds, all of which are let through or none.
void run(benchmark::State& state, const char* throttle, std::size_t clients, bool pass = true) {
    BenchSources sources;
    Diagnostics diagnostics;
    const std::string text = std::string("version: 1\napis:\n  - ") + throttle +
                             "routes:\n      - {routeKey: GET /open, integration: \"mock:200:o\"}\n";
    auto model = std::make_shared<config::Model>(config::read_document(text, "gw.yaml", sources, diagnostics));
    auto built = Runtime::build(
        model, nullptr, [&](const std::string& path) { return sources.read_file(path); }, nullptr, Instant(), kNow);
    if (!built) return state.SkipWithError(built.error().message.c_str());
    Shared shared;
    WorkerState worker;
    worker.shared = &shared;
    std::vector<balance::Cursor> cursors;
    std::vector<IssuerView> issuers;
    http::RequestHead head;
    http::RequestDecoder decoder((*built)->server_limits.message);
    if (decoder.decode("GET /open HTTP/1.1\r\nhost: api.example\r\n\r\n", head).found != http::Found::head)
        return state.SkipWithError("no head");
    Random random(1);
    std::vector<std::string> addresses(clients);
    for (std::string& address : addresses) {
        const std::uint64_t word = random();
        address = std::to_string(word % 223 + 1) + "." + std::to_string(word >> 8U & 255U) + "." +
                  std::to_string(word >> 16U & 255U) + "." + std::to_string(word >> 24U & 255U);
    }
    std::int64_t now = 0;
    std::size_t next = 0;
    alignas(Exchange) std::byte place[sizeof(Exchange)];
    for (auto _ : state) {
        auto* exchange = new (place) Exchange;
        exchange->request = &head;
        exchange->runtime = built->get();
        exchange->worker = &worker;
        exchange->cursors = &cursors;
        exchange->issuers = &issuers;
        exchange->client = addresses[next++ % clients];
        exchange->date = kNow;
        exchange->now = Instant(Nanoseconds(now += 1000));
        benchmark::DoNotOptimize(advance(*exchange));
        const bool passed = exchange->decision.from == Decision::From::mock;
        std::destroy_at(exchange);
        if (passed != pass && next > 2) return state.SkipWithError("not what was meant");
    }
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
