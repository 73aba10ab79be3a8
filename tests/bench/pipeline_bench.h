#pragma once
// A request through the pipeline as a worker runs it, again and again: what the benches of single stages share.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "libgw/config/document.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/wire/http/decoder.h"

namespace gw::bench {

inline constexpr Date kNow = Date(std::chrono::seconds(1795348800));

/// Files that only exist here.
class BenchSources final : public config::Sources {
  public:
    std::map<std::string, std::string> files;
    [[nodiscard]] Result<std::string> read_file(const std::string& path) const override {
        const auto found = files.find(path);
        return found == files.end() ? std::string() : found->second;
    }
    [[nodiscard]] std::optional<std::string> environment(std::string_view) const override { return std::nullopt; }
};

/// A Runtime, one request's head, and what else an exchange needs.
class PipelineBench {
  public:
    /// On failure the bench is skipped with the reason, and is_ready() is false.
    PipelineBench(benchmark::State& state, const std::string& configuration, const std::string& request,
                  std::map<std::string, std::string> files = {})
        : state_(state) {
        BenchSources sources;
        sources.files = std::move(files);
        Diagnostics diagnostics;
        auto model =
            std::make_shared<config::Model>(config::read_document(configuration, "gw.yaml", sources, diagnostics));
        auto built = gateway::Runtime::build(
            model, nullptr, [&](const std::string& path) { return sources.read_file(path); }, nullptr, Instant(), kNow);
        if (!built) {
            state.SkipWithError(built.error().message.c_str());
            return;
        }
        http::RequestDecoder decoder((*built)->server_limits.message);
        if (decoder.decode(request, head).found != http::Found::head) {
            state.SkipWithError("no head");
            return;
        }
        runtime = *std::move(built);
        worker_.shared = &shared_;
        issuers_.resize(runtime->access.issuers.size());
    }
    [[nodiscard]] bool is_ready() const { return runtime != nullptr; }

    /// `prepare(exchange)` before each run; `judge(exchange)` after it, inside what is timed: false ends the bench.
    template <class Prepare, class Judge>
    void run(Prepare prepare, Judge judge) {
        alignas(gateway::Exchange) std::byte place[sizeof(gateway::Exchange)];
        for (auto _ : state_) {
            auto* exchange = new (place) gateway::Exchange;
            exchange->request = &head;
            exchange->runtime = runtime.get();
            exchange->worker = &worker_;
            exchange->cursors = &cursors_;
            exchange->issuers = &issuers_;
            exchange->client = "192.0.2.7";
            exchange->date = kNow;
            prepare(*exchange);
            benchmark::DoNotOptimize(advance(*exchange));
            const bool good = judge(*exchange);
            std::destroy_at(exchange);
            if (!good) return state_.SkipWithError("not what was meant");
        }
    }

    std::shared_ptr<const gateway::Runtime> runtime;
    http::RequestHead head;

  private:
    benchmark::State& state_;
    gateway::Shared shared_;
    gateway::WorkerState worker_;
    std::vector<balance::Cursor> cursors_;
    std::vector<gateway::IssuerView> issuers_;
};

inline bool is_mock(const gateway::Exchange& exchange) {
    return exchange.decision.from == gateway::Decision::From::mock;
}

}  // namespace gw::bench
