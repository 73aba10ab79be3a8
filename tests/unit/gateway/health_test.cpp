#include "libgw/gateway/health.h"

#include "libgw/io/net/resolver.h"
#include "tests/support/catch.h"
#include "tests/support/loop.h"
#include "tests/support/scripted_upstream.h"

namespace gw::gateway {
namespace {

using test::run_until;
using test::ScriptedUpstream;
using namespace std::chrono_literals;

config::Model model_of(const ScriptedUpstream& target, Nanoseconds interval) {
    config::Group group;
    group.name = "g";
    group.targets.push_back({"127.0.0.1:" + std::to_string(target.port()), 1, {}});
    group.health = config::HealthCheck{};
    group.health->interval = interval;
    group.health->timeout = 30s;
    config::Model model;
    model.groups.emplace("g", group);
    return model;
}

struct Bench {
    std::shared_ptr<const Runtime> build(const config::Model& model, const Runtime* previous = nullptr) {
        auto built = Runtime::build(
            std::make_shared<const config::Model>(model), previous,
            [](const std::string&) -> Result<std::string> { return std::string(); }, nullptr, loop.now(), loop.date());
        REQUIRE(built);
        return *built;
    }
    static balance::Health::Status status_of(const Runtime& runtime) {
        return runtime.groups[0]->group->view(0, Instant()).health;
    }
    net::Loop loop;
    net::Resolver resolver{loop};
    net::HttpClient client{loop, resolver, net::ClientLimits{}};
    SilentLog log;
    HealthChecker checker{loop, client, log, 1};
};

}  // namespace

TEST_CASE("health: a check that is under way goes on through a reload, and counts") {
    ScriptedUpstream target({{test::read_request(), test::hold(), test::answer(500, "")}});
    Bench bench;
    const auto first = bench.build(model_of(target, 1h));
    bench.checker.adopt(first);
    REQUIRE(run_until(bench.loop, [&] { return target.seen().ends_with("\r\n\r\n"); }));
    const auto second = bench.build(model_of(target, 1h), first.get());
    bench.checker.adopt(second);
    target.release();
    REQUIRE(run_until(bench.loop, [&] { return Bench::status_of(*second) != balance::Health::Status::unknown; }));
    CHECK(Bench::status_of(*second) == balance::Health::Status::unhealthy);
    CHECK(target.connections() == 1);
}

TEST_CASE("health: reloads at any rate put no check off, and a changed check begins anew") {
    ScriptedUpstream target({{test::read_request(), test::answer(200, "")}});
    Bench bench;
    auto runtime = bench.build(model_of(target, 1h));
    bench.checker.adopt(runtime);
    const Instant due = bench.checker.next();
    CHECK(due <= bench.loop.now() + 1s);
    for (int i = 0; i < 20; ++i) {
        runtime = bench.build(model_of(target, 1h), runtime.get());
        bench.checker.adopt(runtime);
        CHECK(bench.checker.next() == due);
    }
    REQUIRE(run_until(bench.loop, [&] { return Bench::status_of(*runtime) == balance::Health::Status::healthy; }));
    const Instant next = bench.checker.next();
    CHECK(next > bench.loop.now() + 50min);
    runtime = bench.build(model_of(target, 1h), runtime.get());
    bench.checker.adopt(runtime);
    CHECK(bench.checker.next() == next);
    runtime = bench.build(model_of(target, 2h), runtime.get());
    bench.checker.adopt(runtime);
    CHECK(bench.checker.next() <= bench.loop.now() + 1s);
}

TEST_CASE("health: a group that is gone is not checked any more") {
    ScriptedUpstream target({{test::read_request(), test::answer(200, "")}});
    Bench bench;
    const auto first = bench.build(model_of(target, 1h));
    bench.checker.adopt(first);
    bench.checker.adopt(bench.build(config::Model{}, first.get()));
    CHECK(bench.checker.next() == Instant::max());
}

}  // namespace gw::gateway
