#include <algorithm>

#include <fmt/format.h>

#include "libgw/base/units.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/gateway/stages_cache.h"
#include "libgw/policy/balance/choose.h"
#include "libgw/policy/balance/retry.h"
#include "libgw/policy/reasons.h"

namespace gw::gateway {
namespace {

constexpr Nanoseconds kStartingPatience = std::chrono::seconds(30);
constexpr Nanoseconds kStartingLook = std::chrono::milliseconds(20);

Step try_target(Exchange& exchange, bool retry);

/// What the client learns when its target failed: the table in cli.md §1. A gateway in doubt says no.
Step refuse_for(Exchange& exchange, const Reply& reply) {
    if (reply.timed_out) {
        return exchange.refuse(
            reason::kTargetTimeout,
            fmt::format("no answer within {} ms", exchange.route->timeout / std::chrono::milliseconds(1)));
    }
    const net::FetchFailure& failure = *reply.failure;
    using Kind = net::FetchFailure::Kind;
    switch (failure.kind) {
        case Kind::resolve: return exchange.refuse(reason::kTargetResolve, failure.detail);
        case Kind::connect: return exchange.refuse(reason::kTargetRefused, failure.detail);
        case Kind::tls: return exchange.refuse(reason::kTargetTls, failure.detail);
        case Kind::queue: return exchange.refuse(reason::kTargetOverload, failure.detail);
        case Kind::internal: return exchange.refuse(reason::kInternal);
        case Kind::closed: return exchange.refuse(reason::kTargetReset, failure.detail);
        case Kind::broken:
        case Kind::bad_answer: return exchange.refuse(reason::kTargetBadAnswer, failure.detail);
    }
    return exchange.refuse(reason::kTargetBadAnswer, failure.detail);
}

balance::Failure kind_of(const Reply& reply) {
    if (reply.timed_out) return balance::Failure::timeout;
    using Kind = net::FetchFailure::Kind;
    switch (reply.failure->kind) {
        case Kind::resolve:
        case Kind::connect:
        case Kind::tls: return balance::Failure::connect;
        case Kind::closed: return balance::Failure::closed;
        case Kind::internal:
        case Kind::queue: return balance::Failure::status;  // there is no room: a second try would not find more
        case Kind::broken:
        case Kind::bad_answer: return balance::Failure::garbage;
    }
    return balance::Failure::garbage;
}

balance::Outcome outcome_of(const Reply& reply) {
    if (reply.timed_out) return balance::Outcome::timed_out;
    switch (kind_of(reply)) {
        case balance::Failure::connect: return balance::Outcome::connect_failed;
        case balance::Failure::status: return balance::Outcome::abandoned;
        default: return balance::Outcome::broken;
    }
}

/// The target's answer has begun, or there will be none from it.
Step after_fetch(Exchange& exchange, Reply& reply) {
    const VersionRuntime& version = *exchange.version;
    if (reply.head != nullptr) {
        if (version.group != nullptr) version.group->group->on_head(exchange.pick, reply.head->status, reply.now);
        if (exchange.cache != nullptr) return take_answer(exchange, reply);
        exchange.decision.from = Decision::From::target;
        exchange.decision.head = reply.head;
        return Step::respond();
    }
    balance::Attempt attempt;
    attempt.failure = kind_of(reply);
    attempt.idempotent = http::is_idempotent(exchange.request->method);
    attempt.pooled = reply.failure != nullptr && reply.failure->reused;
    attempt.repeatable = !exchange.body_used;
    attempt.request_bytes_written = reply.failure != nullptr && reply.failure->request_begun ? 1 : 0;
    attempt.retries_made = exchange.retries;
    attempt.retries_allowed = version.group != nullptr ? version.group->settings->retries : 0;
    attempt.deadline = exchange.deadline;
    const balance::Retry again = balance::may_retry(attempt, reply.now);
    if (again == balance::Retry::another_target && version.group != nullptr) exchange.tried.add(exchange.pick.target);
    if (version.group != nullptr) {
        const auto outcome = again == balance::Retry::new_connection ? balance::Outcome::abandoned : outcome_of(reply);
        version.group->group->finish(std::exchange(exchange.pick, {}), outcome, reply.now);
    }
    exchange.now = reply.now;
    if (again == balance::Retry::new_connection) {
        exchange.fresh = true;
        return try_target(exchange, false);
    }
    if (again == balance::Retry::another_target) {
        ++exchange.retries;
        const Step step = try_target(exchange, true);
        if (step.kind == Step::Kind::ask) return step;
    }
    if (stand_in(exchange, reply.now)) return Step::respond();
    return refuse_for(exchange, reply);
}

Step try_target(Exchange& exchange, bool retry) {
    const VersionRuntime& version = *exchange.version;
    if (version.group == nullptr) {
        exchange.target_owner = &version.endpoint;
    } else {
        const GroupRuntime& group = *version.group;
        balance::Wish wish;
        if (group.settings->algorithm == config::Algorithm::hash) wish.key = hash_key_of(exchange, group);
        wish.tried = &exchange.tried;
        wish.retry = retry;
        exchange.pick = group.group->pick((*exchange.cursors)[group.index], wish, exchange.now);
        switch (exchange.pick.result) {
            case balance::Pick::Result::chosen: break;
            case balance::Pick::Result::no_target:
                return exchange.refuse(reason::kTargetNoHealthy, "group " + group.name);
            case balance::Pick::Result::full: return exchange.refuse(reason::kTargetOverload, "group " + group.name);
            case balance::Pick::Result::over_budget:
                return exchange.refuse(reason::kTargetOverload, "no retries left in group " + group.name);
        }
        exchange.target_owner = &group.endpoints[exchange.pick.target];
    }
    exchange.target = exchange.target_owner->get();
    ++exchange.attempts;
    note(exchange.trace, "target", [&] {
        return version.group == nullptr ? exchange.target->key
                                        : fmt::format("group {}: {}, one of {}", version.group->name,
                                                      exchange.target->key, version.group->endpoints.size());
    });
    return Step::ask(Effect::fetch, after_fetch);
}

/// Nothing has been tried yet: where no target takes requests, what it said last may stand in.
Step try_first(Exchange& exchange) {
    const Step step = try_target(exchange, false);
    if (step.kind == Step::Kind::respond) static_cast<void>(stand_in(exchange, exchange.now));
    return step;
}

/// The command behind the gateway does not listen yet.
Step await_backend(Exchange& exchange, Reply& reply) {
    exchange.now = reply.now;
    if (exchange.worker->shared->backend_ready.load(std::memory_order_relaxed)) {
        exchange.deadline = exchange.now + exchange.route->timeout;
        return try_first(exchange);
    }
    if (exchange.worker->shared->draining.load(std::memory_order_relaxed)) return exchange.refuse(reason::kDraining);
    if (exchange.now >= exchange.deadline) return exchange.refuse(reason::kTargetStarting);
    return Step::ask(Effect::wait, await_backend, kStartingLook);
}

}  // namespace

std::optional<std::uint64_t> hash_key_of(const Exchange& exchange, const GroupRuntime& group) {
    const std::string& by = group.settings->hash_key;
    if (by == "ip") return balance::hash_of(exchange.client);
    if (by == "path") return balance::hash_of(exchange.request->path.canonical());
    if (by.starts_with("header:")) {
        const auto value = exchange.request->fields.find(std::string_view(by).substr(7));
        if (value) return balance::hash_of(*value);
    }
    return std::nullopt;
}

Step integrate(Exchange& exchange) {
    const RouteRuntime& route = *exchange.route;
    if (exchange.version->integration->kind == config::Integration::Kind::mock) {
        exchange.decision.from = Decision::From::mock;
        note(exchange.trace, "target", [&] { return exchange.version->integration->text; });
        return Step::respond();
    }
    if (!exchange.worker->shared->backend_ready.load(std::memory_order_relaxed)) {
        exchange.deadline = exchange.now + kStartingPatience;
        return Step::ask(Effect::wait, await_backend, kStartingLook);
    }
    exchange.deadline = exchange.now + route.timeout;
    return try_first(exchange);
}

Step inject_faults(Exchange& exchange) {
    const RouteRuntime& route = *exchange.route;
    if (route.fault) {
        const double draw = exchange.worker->random.unit() * 100;
        const bool fails = draw < route.fault->percent;
        note(exchange.trace, "faults", [&] {
            return fmt::format("{} of requests answer {} (draw {:.1f}) -> {}", to_percent_text(route.fault->percent),
                               route.fault->status, draw, fails ? "fail" : "pass");
        });
        if (fails) return exchange.refuse(Refusal{route.fault->status, reason::kFaultInjected});
    }
    if (!route.delay) return Step::go_on();
    const double sway = (exchange.worker->random.unit() * 2 - 1) * static_cast<double>(route.delay->spread.count());
    const auto wait = std::max(Nanoseconds(0), route.delay->mean + Nanoseconds(static_cast<std::int64_t>(sway)));
    note(exchange.trace, "faults", [&] { return fmt::format("wait {} ms", wait / std::chrono::milliseconds(1)); });
    return Step::ask(
        Effect::wait,
        [](Exchange& waited, Reply& reply) {
            waited.now = reply.now;
            return Step::go_on();
        },
        wait);
}

}  // namespace gw::gateway
