// compare: the same requests under other algorithms.

#include <deque>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-throttle-sim/commands.h"
#include "apps/gw-throttle-sim/limits.h"
#include "apps/gw-throttle-sim/log_source.h"
#include "apps/gw-throttle-sim/report.h"
#include "libgw/base/json.h"
#include "libgw/base/random.h"
#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "libgw/policy/throttle/algorithm.h"
#include "libgw/term/plot.h"
#include "libgw/term/table.h"

namespace gw::sim {
namespace {

/// One algorithm over all requests together, and what they see of it.
class Bench final : public throttle::Judge {
  public:
    Bench(throttle::Algorithm algorithm, const throttle::Limit& limit)
        : algorithm_(algorithm), limit_(limit), window_(limit.until_full(limit.depth())) {}

    void judge(std::span<const throttle::Arrival> arrivals, std::span<throttle::Decision> decisions) override {
        for (std::size_t i = 0; i < arrivals.size(); ++i) {
            const Instant at = arrivals[i].at;
            if (!limiter_) limiter_.emplace(algorithm_, limit_, at);
            decisions[i].admitted = limiter_->take(at);
            if (!decisions[i].admitted) continue;
            longest_ = std::max(longest_, limiter_->delay());
            const Instant goes = at + limiter_->delay();
            while (!recent_.empty() && goes - recent_.front() >= window_) recent_.pop_front();
            recent_.push_back(goes);
            most_ = std::max(most_, recent_.size());
        }
    }
    /// The most that went through within the time in which an empty bucket fills.
    [[nodiscard]] std::size_t most() const { return most_; }
    [[nodiscard]] Nanoseconds longest() const { return longest_; }

  private:
    throttle::Algorithm algorithm_;
    throttle::Limit limit_;
    Nanoseconds window_;
    std::optional<throttle::Limiter> limiter_;
    std::deque<Instant> recent_;
    std::size_t most_ = 0;
    Nanoseconds longest_{0};
};

struct Row {
    throttle::Algorithm algorithm;
    throttle::Figures figures;
    std::size_t most = 0;
    Nanoseconds longest{0};
};

Result<std::vector<throttle::Algorithm>> algorithms_of(const Options& options) {
    std::vector<throttle::Algorithm> list;
    for (const std::string_view name : split(options.algorithms, ',')) {
        const auto algorithm = throttle::parse_algorithm(name);
        if (!algorithm)
            return Error{Errc::usage,
                         fmt::format("--algo: there is no algorithm '{}'", name),
                         "token, gcra, fixed, sliding, leaky",
                         {}};
        list.push_back(*algorithm);
    }
    return list;
}

std::string json_of(const std::vector<Row>& rows, const throttle::Limit& limit, std::optional<std::uint64_t> seed) {
    Array list;
    for (const Row& row : rows)
        list.emplace_back(Object{{"algorithm", throttle::to_text(row.algorithm)},
                                 {"offered", row.figures.all.offered},
                                 {"accepted", row.figures.all.accepted()},
                                 {"rejected", row.figures.all.rejected},
                                 {"rejected_share", row.figures.all.share()},
                                 {"most_in_a_window", row.most},
                                 {"longest_wait", static_cast<double>(row.longest.count()) / 1e9}});
    return to_json(
               Value(Object{{"schema", "gw-throttle-sim/1"},
                            {"command", "compare"},
                            {"limit", Value(fmt::format("{}, burst {}", to_rate_text(limit.rate()), limit.burst()))},
                            {"window", static_cast<double>(limit.until_full(limit.depth()).count()) / 1e9},
                            {"seed", seed ? Value(*seed) : Value()},
                            {"algorithms", Value(std::move(list))}})) +
           "\n";
}

}  // namespace

Result<int> compare_command(program::World& world, const Options& options) {
    const throttle::Limit limit = TRY(limit_of(options));
    if (limit.admits_nothing()) return Error{Errc::usage, "nothing passes: there is nothing to compare", {}, {}};
    const auto algorithms = TRY(algorithms_of(options));
    const bool log = !options.log.empty();
    if (log && options.log == "-") return Error{Errc::usage, "standard input can be read once only", "--log FILE", {}};
    const std::uint64_t seed = TRY(seed_of(options));
    throttle::Traffic traffic;
    if (!log) traffic = TRY(traffic_of(options));
    std::vector<Row> rows;
    program::ProgressBar bar(world);
    for (const throttle::Algorithm algorithm : algorithms) {
        Random random(seed);
        std::unique_ptr<throttle::Source> source;
        LogSource* lines = nullptr;
        Instant start;
        if (log) {
            auto opened = TRY(open_log(world, options, [](const log::Entry&) { return throttle::Sender(); }));
            lines = opened.get();
            source = std::move(opened);
        } else {
            source = std::make_unique<throttle::Arrivals>(traffic, random);
        }
        Bench bench(algorithm, limit);
        throttle::Recorder recorder(start, log ? std::chrono::seconds(1) : Nanoseconds(0));
        recorder.add_group(1);
        // all are counted together here
        struct OneGroup final : throttle::Source {
            explicit OneGroup(throttle::Source& of) : inside(of) {}
            std::size_t next(std::span<throttle::Arrival> into) override {
                const std::size_t count = inside.next(into);
                for (throttle::Arrival& arrival : into.first(count)) arrival.group = arrival.member = 0;
                return count;
            }
            void tell(const throttle::Arrival& arrival, bool admitted) override { inside.tell(arrival, admitted); }
            [[nodiscard]] bool listens() const override { return inside.listens(); }
            throttle::Source& inside;
        } together(*source);
        throttle::simulate(together, bench, recorder, [&](std::uint64_t count, Instant) {
            show(bar, std::nullopt, fmt::format("requests, {}", throttle::to_text(algorithm)), count);
            return true;
        });
        if (lines != nullptr && lines->error()) return *lines->error();
        if (lines != nullptr && rows.empty()) tell_facts(world, lines->facts());
        rows.push_back({algorithm, recorder.take(), bench.most(), bench.longest()});
    }
    if (options.json) {
        *world.out << json_of(rows, limit, log ? std::nullopt : std::optional(seed));
        return program::kYes;
    }
    const std::string window = time_text(limit.until_full(limit.depth()));
    *world.out << fmt::format("requests  {}{}\nlimit     {}, burst {}\n\n", log ? options.log : options.traffic,
                              log ? "" : fmt::format("   seed {}", seed), to_rate_text(limit.rate()), limit.burst());
    term::Table table({{"algorithm"},
                       {"accepted", term::Align::right},
                       {"rejected", term::Align::right},
                       {"", term::Align::right},
                       {"most in " + window, term::Align::right},
                       {"longest wait", term::Align::right},
                       {""}});
    for (const Row& row : rows)
        table.add({term::Cell(std::string(throttle::to_text(row.algorithm))),
                   fmt::format("{}", row.figures.all.accepted()), fmt::format("{}", row.figures.all.rejected),
                   fmt::format("{:.2f}%", row.figures.all.share() * 100), fmt::format("{}", row.most),
                   row.longest.count() == 0 ? std::string("-") : time_text(row.longest),
                   std::string(throttle::describe(row.algorithm))});
    *world.out << table.text({0, term::Style(program::wants_colour(world, options.color, world.out_is_terminal))});
    return program::kYes;
}

}  // namespace gw::sim
