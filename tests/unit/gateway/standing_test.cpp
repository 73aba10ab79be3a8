#include "libgw/gateway/standing.h"

#include "libgw/gateway/telemetry.h"
#include "libgw/io/net/loop.h"
#include "tests/support/catch.h"

namespace gw::gateway {
namespace {

using namespace std::chrono_literals;

class HeardLog final : public Log {
  public:
    [[nodiscard]] bool wants(LogLevel) const override { return true; }
    void write(LogLevel level, std::string_view event) override {
        lines.push_back(std::string(to_text(level)) + ": " + std::string(event));
    }
    std::vector<std::string> lines;
};

/// A group of two targets behind a route, whose clock is the test's.
struct Bench {
    Bench() {
        config::Group group;
        group.name = "g";
        group.targets = {{"127.0.0.1:1", 1, {}}, {"127.0.0.1:2", 1, {}}};
        config::Model model;
        model.groups.emplace("g", group);
        runtime = *Runtime::build(
            std::make_shared<const config::Model>(model), nullptr,
            [](const std::string&) -> Result<std::string> { return std::string(); }, &telemetry.metrics(), now, Date());
    }
    const balance::Group& group() const { return *runtime->groups[0]->group; }
    /// Attempts until this many have ended so at the first target.
    void attempt(balance::Outcome outcome, int times) {
        balance::Cursor cursor = group().make_cursor(0);
        for (int i = 0; i < 100 && times > 0; ++i) {
            const balance::Pick pick = group().pick(cursor, {}, now);
            const bool first = pick.target == 0;
            group().finish(pick, first ? outcome : balance::Outcome::answered, now);
            times -= first ? 1 : 0;
        }
        REQUIRE(times == 0);
    }
    void look() { standings.look(*runtime, telemetry.house(), log, now); }
    std::int64_t metric(std::string_view name, std::string_view upstream) {
        telemetry.gauge(*runtime, now);
        for (const telemetry::Family& family : telemetry.metrics().scrape())
            for (const telemetry::Sample& sample : family.samples)
                if (family.name == name && sample.labels.at(0).second == upstream) return sample.value;
        return -1;
    }

    HeardLog log;
    Telemetry telemetry{log, 1};
    Instant now = Instant(1h);
    std::shared_ptr<const Runtime> runtime;
    Standings standings;
};

}  // namespace

TEST_CASE("standing: a target that is ejected, ejected again and back is told each time, once") {
    Bench bench;
    bench.look();
    CHECK(bench.log.lines.empty());
    bench.attempt(balance::Outcome::server_error, 5);
    bench.look();
    bench.look();
    REQUIRE(bench.log.lines.size() == 1);
    CHECK(bench.log.lines[0] == "warn: group g: 127.0.0.1:1 is ejected for 30s (errors in a row)");
    CHECK(bench.metric("gw_upstream_ejections_total", "http://127.0.0.1:1") == 1);

    bench.now += 31s;  // on trial
    bench.look();
    CHECK(bench.log.lines.size() == 1);
    bench.attempt(balance::Outcome::server_error, 1);
    bench.look();
    REQUIRE(bench.log.lines.size() == 2);
    CHECK(bench.log.lines[1] ==
          "warn: group g: 127.0.0.1:1 is ejected for 1m (it failed again when it was let back in)");
    CHECK(bench.metric("gw_upstream_ejections_total", "http://127.0.0.1:1") == 2);

    bench.now += 61s;
    bench.attempt(balance::Outcome::answered, 1);
    bench.look();
    bench.look();
    REQUIRE(bench.log.lines.size() == 3);
    CHECK(bench.log.lines[2] == "info: group g: 127.0.0.1:1 is back, after it had been ejected");
    CHECK(bench.metric("gw_upstream_ejections_total", "http://127.0.0.1:2") == 0);
}

TEST_CASE("standing: the gauges of a group say how many targets it has, and how many are well") {
    Bench bench;
    CHECK(bench.metric("gw_upstream_targets", "group:g") == 2);
    CHECK(bench.metric("gw_upstream_healthy_targets", "group:g") == 2);
    CHECK(bench.metric("gw_upstream_ejected_targets", "group:g") == 0);
    bench.attempt(balance::Outcome::broken, 5);
    CHECK(bench.metric("gw_upstream_targets", "group:g") == 2);
    CHECK(bench.metric("gw_upstream_healthy_targets", "group:g") == 1);
    CHECK(bench.metric("gw_upstream_ejected_targets", "group:g") == 1);
    bench.runtime->groups[0]->endpoints[1]->connections = 7;
    CHECK(bench.metric("gw_upstream_connections", "http://127.0.0.1:2") == 7);
}

TEST_CASE("standing: a group that is gone after a reload leaves no gauge behind") {
    Bench bench;
    CHECK(bench.metric("gw_upstream_targets", "group:g") == 2);
    bench.telemetry.forget(*bench.runtime);
    for (const telemetry::Family& family : bench.telemetry.metrics().scrape())
        if (family.name == "gw_upstream_targets") CHECK(family.samples.at(0).value == 0);
}

}  // namespace gw::gateway
