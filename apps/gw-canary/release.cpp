#include "apps/gw-canary/release.h"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "apps/gw-canary/commands.h"
#include "libgw/base/json.h"
#include "libgw/base/units.h"
#include "libgw/io/process/child.h"
#include "libgw/io/process/file.h"
#include "libgw/term/width.h"

namespace gw::release {
namespace {

/// How long a gateway may be away, beside the time between two looks.
constexpr Nanoseconds kPatience = std::chrono::seconds(30);
/// How often one that is away is asked.
constexpr Nanoseconds kAskAgain = std::chrono::milliseconds(500);
/// After so many looks without a single request nobody waits for more.
constexpr std::uint32_t kSilentLooks = 10;

bool is_same(double percent, double share) { return std::abs(percent - share * 100) < 1e-9; }

}  // namespace

Release::Release(program::World& world, const Options& options, Orders orders, program::AdminPlace place)
    : world_(world),
      options_(options),
      orders_(std::move(orders)),
      gateway_(loop_, std::move(place), options.api),
      timer_(net::callback<&net::Loop::stop>(&loop_)),
      signals_(loop_, {SIGINT, SIGTERM},
               [this](int number) {
                   signal_ = number;
                   loop_.stop();
               }),
      judge_(orders_.metrics, orders_.settings),
      history_(orders_.metrics.front()) {}

bool Release::wait_until(Instant at) {
    loop_.refresh_clock();
    while (signal_ == 0 && loop_.now() < at) {
        loop_.arm(timer_, at);
        loop_.run();
        loop_.refresh_clock();
    }
    timer_.cancel();
    return signal_ == 0;
}

Release::End Release::interrupted() const {
    return {128 + signal_,
            fmt::format("interrupted: the share stays at {}; gw-canary run goes on from there, gw-canary "
                        "abort ends it",
                        to_percent_text(now_.percent))};
}

void Release::note(const std::string& text) {
    *world_.err << fmt::format("{}: {}\n", world_.name, term::printable(text)) << std::flush;
}

Result<Release::Birth> Release::birth() {
    loop_.refresh_clock();
    const Instant before = loop_.now();
    const Reply reply = TRY(gateway_.get("/status"));
    loop_.refresh_clock();
    const auto number = [&](std::string_view key) {
        const Value* value = reply.document.find(key);
        return value != nullptr ? value->to_int64().value_or(0) : 0;
    };
    // its age is told in whole seconds
    const auto age = std::chrono::seconds(number("uptime_seconds"));
    return Birth{number("pid"), before - age - std::chrono::seconds(1), loop_.now() - age};
}

Release::Maybe Release::await_gateway(Error error) {
    note(fmt::format("{}; waiting for the gateway", to_string(error)));
    const Instant until = loop_.now() + kPatience + orders_.every;
    while (true) {
        if (!wait_until(std::min(until, loop_.now() + kAskAgain))) return std::optional(interrupted());
        auto reply = gateway_.get("/canary");
        if (reply) return std::optional<End>();
        if (loop_.now() >= until) return std::move(reply).error();
    }
}

Release::Maybe Release::read() {
    auto reply = gateway_.get("/canary");
    if (!reply) {
        if (reply.error().code != Errc::connect || !looked_) return std::move(reply).error();
        if (auto end = TRY(await_gateway(std::move(reply).error()))) return end;
        return read();
    }
    if (reply->refusal) {
        program::tell(world_, *reply->refusal);
        return std::optional(End{reply->code, reply->refusal->message});
    }
    now_ = TRY(gateway_.choose(reply->document));
    if (!looked_) return std::optional<End>();
    return put_right();
}

Release::Maybe Release::put_right() {
    const auto end = [](int code, std::string why) { return std::optional(End{code, std::move(why)}); };
    if (now_.section != before_.section)
        return end(program::kCannotTell, "canarySettings were changed meanwhile: what runs is another release");
    if (options_.dry_run) {
        share_known_ = share_known_ && is_same(now_.percent, share_);
        share_ = now_.percent / 100;
        return std::optional<End>();
    }
    if (now_.phase == "promoted") return end(program::kYes, "somebody else has promoted the canary");
    if (now_.phase == "aborted") return end(program::kNo, "somebody else has aborted the canary");
    if (is_same(now_.percent, share_)) return std::optional<End>();
    const Birth birth_now = TRY(birth());
    if (birth_now.pid == born_.pid && birth_now.earliest <= born_.latest)
        return end(program::kCannotTell,
                   fmt::format("somebody else has set the share to {}", to_percent_text(now_.percent)));
    born_ = birth_now;
    note(fmt::format("the gateway was started again: its share is set to {} again", part_text(share_)));
    share_known_ = false;
    return set_share(share_);
}

Release::Maybe Release::set_share(double share) {
    const Reply reply = TRY(gateway_.set(share * 100));
    if (reply.refusal) {
        program::tell(world_, *reply.refusal);
        return std::optional(End{reply.code, reply.refusal->message});
    }
    now_ = TRY(parse_standing(reply.document));
    share_ = share;
    return std::optional<End>();
}

void Release::take(std::optional<double> share) {
    const auto part = [&](const canary::Sample& earlier, const canary::Sample& later) {
        auto came = since(earlier, later);
        if (!came) share.reset();
        // whoever counts has begun anew
        return came ? *std::move(came) : later;
    };
    const canary::Sample stable = part(before_.stable, now_.stable);
    const canary::Sample canary = part(before_.canary, now_.canary);
    if (!now_.sticky.empty() || !share_known_) share.reset();
    judge_.look(stable, canary, share);
    stable_ += stable;
    canary_ += canary;
    of_step_ += canary.requests;
    last_look_ += stable.requests + canary.requests;
    before_ = now_;
    share_known_ = true;
}

Nanoseconds Release::settling() const {
    Nanoseconds slow{0};
    for (const canary::Sample* sample : {&now_.stable, &now_.canary})
        if (!sample->latencies.empty())
            slow = std::max(slow, std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(
                                      canary::quantile_of(canary::latency_values(*sample), 0.99))));
    return std::clamp(2 * slow, orders_.every / 10, orders_.every / 2);
}

Release::Maybe Release::begin() {
    if (auto end = TRY(read())) return end;
    gateway_.settle(now_.api);
    born_ = TRY(birth());
    began_ = loop_.now();
    looked_ = true;
    if (options_.dry_run) {
        share_ = now_.percent / 100;
        note(fmt::format("{}: a dry run at the {} that is; nothing is changed", now_.api,
                         to_percent_text(now_.percent)));
    } else if (now_.phase == "promoted") {
        return Error{Errc::usage,
                     fmt::format("{} is promoted already: nobody is left to be compared with", now_.api),
                     fmt::format("gw-canary set {} starts again", part_text(orders_.shares.front())),
                     {}};
    } else {
        if (now_.phase == "aborted") note(fmt::format("{} was aborted: starting again", now_.api));
        const auto same = std::find_if(orders_.shares.begin(), orders_.shares.end(),
                                       [&](double share) { return is_same(now_.percent, share); });
        if (now_.phase == "running" && same != orders_.shares.end())
            step_ = static_cast<std::size_t>(same - orders_.shares.begin());
        share_ = orders_.shares[step_];
    }
    if (!now_.sticky.empty())
        note(
            fmt::format("clients stay with their version ({}): whether the split is right cannot be told from requests",
                        now_.sticky));
    before_ = now_;
    return std::optional<End>();
}

Release::Maybe Release::look() {
    loop_.refresh_clock();
    const Instant start = loop_.now();
    if (!options_.dry_run && !(now_.phase == "running" && is_same(now_.percent, share_))) {
        if (auto end = TRY(set_share(share_))) return end;
        // what chose its version before and is answered now is of the other share
        if (!wait_until(start + settling())) return std::optional(interrupted());
        if (auto end = TRY(read())) return end;
        take(std::nullopt);
    }
    if (!wait_until(start + orders_.every)) return std::optional(interrupted());
    if (auto end = TRY(read())) return end;
    take(share_);
    verdict_ = judge_.verdict();
    history_.add(seconds(), share_, verdict_);
    return decide();
}

Release::Maybe Release::on_silence() {
    const std::string why = fmt::format("{} in {}", verdict_.why, time_text(loop_.now() - began_));
    if (orders_.no_data == canary::NoData::rollback)
        return finish("abort", program::kNo, options_.on_rollback, "silence counts as harm: " + why);
    return pause(why);
}

Release::Maybe Release::decide() {
    silent_looks_ = last_look_ == 0 ? silent_looks_ + 1 : 0;
    last_look_ = 0;
    const bool late = loop_.now() - began_ >= orders_.longest;
    const bool last = options_.dry_run || step_ + 1 == orders_.shares.size();
    const bool enough = !verdict_.missing && of_step_ >= orders_.settings.min_samples;
    const auto end = [&]() -> Maybe {
        tell_look("");
        if (verdict_.mismatch) {
            auto paused = TRY(pause(verdict_.why));
            if (paused) paused->code = program::kRefused;
            return paused;
        }
        if (verdict_.answer == canary::Answer::rollback)
            return finish("abort", program::kNo, options_.on_rollback, verdict_.why);
        if (verdict_.answer == canary::Answer::promote && last && enough)
            return finish("promote", program::kYes, options_.on_promote, verdict_.why);
        if (verdict_.missing) return on_silence();
        return pause(fmt::format("no answer in {}: {}", time_text(loop_.now() - began_), verdict_.why));
    };
    const bool hold = orders_.no_data == canary::NoData::hold;
    const bool answered =
        verdict_.answer == canary::Answer::promote ? last && enough : verdict_.answer == canary::Answer::rollback;
    if (verdict_.mismatch || answered || late || (silent_looks_ >= kSilentLooks && verdict_.missing && !hold))
        return end();
    if (!last && enough) {
        ++step_;
        share_ = orders_.shares[step_];
        of_step_ = 0;
        tell_look(part_text(share_));
        return std::optional<End>();
    }
    tell_look(options_.dry_run ? "" : part_text(share_));
    return std::optional<End>();
}

Release::Maybe Release::pause(std::string why) {
    if (options_.dry_run) return std::optional(End{program::kCannotTell, std::move(why)});
    if (orders_.no_data != canary::NoData::hold)
        if (auto end = TRY(set_share(0))) return end;
    return std::optional(End{program::kCannotTell, std::move(why)});
}

Release::Maybe Release::finish(std::string_view order, int code, const std::string& command, std::string why) {
    if (options_.dry_run) {
        note(fmt::format("would {} the canary{}", order, command.empty() ? "" : ", and run: " + command));
        return std::optional(End{code, std::move(why)});
    }
    const Reply reply = TRY(gateway_.order(order));
    if (reply.refusal) {
        program::tell(world_, *reply.refusal);
        return std::optional(End{reply.code, reply.refusal->message});
    }
    now_ = TRY(parse_standing(reply.document));
    if (!command.empty()) {
        const int ended = TRY(run_command(command, code == program::kYes ? "promote" : "rollback", why));
        if (ended != 0) {
            program::warn(world_, fmt::format("the command ended with {}: {}", ended, command));
            // what was decided is done; what was to follow is not
            if (code == program::kYes) code = program::kNetwork;
        }
    }
    return std::optional(End{code, std::move(why)});
}

Result<int> Release::run_command(const std::string& command, std::string_view answer, const std::string& why) {
    std::optional<int> code;
    process::ChildOptions how;
    how.arguments = {"/bin/sh", "-c", command};
    how.environment = {
        {"GW_RELEASE_ANSWER", std::string(answer)}, {"GW_RELEASE_WHY", why}, {"GW_RELEASE_API", now_.api}};
    how.output_to_stderr = true;
    signal_ = 0;
    const auto child = TRY(process::Child::start(loop_, how, [&](int ended) {
        code = ended;
        loop_.stop();
    }));
    while (!code) {
        loop_.run();
        if (signal_ != 0) child->signal(std::exchange(signal_, 0));
    }
    return *code;
}

void Release::tell_look(std::string_view next) {
    const Glance& glance = history_.glances.back();
    if (options_.json) {
        const auto arm = [](const canary::Sample& sample) {
            return Value(Object{{"requests", Value(sample.requests)}, {"errors", Value(sample.errors())}});
        };
        Object out{{"schema", Value("gw-canary/1")},
                   {"event", Value("look")},
                   {"seconds", Value(std::round(glance.at * 1000) / 1000)},
                   {"share", number(glance.share)},
                   {"stable", arm(stable_)},
                   {"canary", arm(canary_)}};
        for (Member& member : members_of(verdict_)) out.push_back(std::move(member));
        *world_.out << to_json(Value(std::move(out))) << '\n' << std::flush;
        return;
    }
    if (history_.glances.size() == 1)
        *world_.out << fmt::format("{:>8}  {:>6}  {:>9}  {:>9}  {}\n", "TIME", "SHARE", "STABLE", "CANARY",
                                   history_.metric);
    std::string effect = "-";
    if (std::isfinite(glance.estimate)) {
        const auto limit = [](double value) {
            return std::isfinite(value) ? fmt::format("{:+.3g}", value * 100) : std::string("no bound");
        };
        effect = fmt::format("{:+.3g}{} ({} to {})", glance.estimate * 100, history_.points ? "pp" : "%",
                             limit(glance.low), limit(glance.high));
    }
    *world_.out << fmt::format(
                       "{:>8}  {:>6}  {:>9}  {:>9}  {:<30}  {}{}\n",
                       time_text(std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(glance.at))),
                       part_text(glance.share), count_text(stable_.requests), count_text(canary_.requests), effect,
                       verdict_.why, next.empty() || next == part_text(glance.share) ? "" : fmt::format(" -> {}", next))
                << std::flush;
}

Result<int> Release::tell_end(const End& end) {
    const bool judged = !history_.glances.empty();
    std::string state = now_.phase == "promoted"  ? "promoted, everybody meets the canary"
                        : now_.phase == "aborted" ? "aborted, nobody meets the canary"
                                                  : fmt::format("running at {}", to_percent_text(now_.percent));
    const std::string total = judged ? time_text(loop_.now() - began_) : "";
    if (!options_.svg.empty() && judged)
        TRY(process::write_file(options_.svg, svg_of(history_, end.why, {"0s", total})));
    if (options_.json) {
        Object out{{"schema", Value("gw-canary/1")},
                   {"event", Value("end")},
                   {"exit", Value(end.code)},
                   {"api", Value(now_.api)},
                   {"phase", Value(now_.phase)},
                   {"percentTraffic", Value(now_.percent)},
                   {"dry_run", Value(options_.dry_run)},
                   {"because", Value(end.why)}};
        if (judged) {
            for (Member& member : members_of(verdict_)) out.push_back(std::move(member));
            out.push_back({"looks", value_of(history_)});
        }
        *world_.out << to_json(Value(std::move(out))) << '\n' << std::flush;
        return end.code;
    }
    if (judged)
        *world_.out << "\n"
                    << text_of(verdict_, orders_.settings, world_, options_)
                    << plots_of(history_, "0s", total, world_, options_) << '\n';
    *world_.out << fmt::format("{}: {}\n", term::printable(now_.api), state) << std::flush;
    if (end.why != verdict_.why) note(end.why);
    return end.code;
}

Result<int> Release::run() {
    auto end = TRY(begin());
    while (!end) end = TRY(look());
    return tell_end(*end);
}

Result<int> run_command(program::World& world, const Options& options) {
    Orders orders;
    orders.every = TRY(parse_time("--every", options.every));
    orders.longest = TRY(parse_time("--max", options.max));
    orders.settings = TRY(settings_of(options));
    // the answers are the latencies that a client sees, and the arm with less to do has colder connections
    orders.metrics = TRY(metrics_of(options, {"errors,critical", "latency:p99,max-worse=50%"}));
    for (const canary::Metric& metric : orders.metrics)
        if (metric.kind == canary::Metric::Kind::field)
            return Error{Errc::usage,
                         fmt::format("--metric {}: the gateway counts no fields of a log", to_text(metric)),
                         "gw-canary judge reads logs",
                         {}};
    for (const double share : TRY(parse_parts("--steps", options.steps)))
        if (share < 1) orders.shares.push_back(share);
    if (orders.shares.empty())
        return Error{
            Errc::usage, "--steps: at 100% nobody is left to be compared with", "--steps 5%,10%,25%,50%,100%", {}};
    if (orders.longest < orders.every)
        return Error{Errc::usage, "--max is less than --every: there would be no look", "a longer --max", {}};
    orders.no_data = std::exchange(orders.settings.no_data, canary::NoData::inconclusive);
    return Release(world, options, std::move(orders), TRY(Gateway::place_of(world, options))).run();
}

}  // namespace gw::release
