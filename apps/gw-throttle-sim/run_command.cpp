// run: traffic or a log through gw-serve's limits.

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-throttle-sim/commands.h"
#include "apps/gw-throttle-sim/condition.h"
#include "apps/gw-throttle-sim/court.h"
#include "apps/gw-throttle-sim/limits.h"
#include "apps/gw-throttle-sim/log_source.h"
#include "apps/gw-throttle-sim/report.h"
#include "libgw/base/random.h"
#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "libgw/io/process/file.h"

namespace gw::sim {
namespace {

/// A simulated run begins on the first day of a week, a month and a year.
constexpr Date kFirstDay = std::chrono::sys_days(std::chrono::year(2024) / 1 / 1);
constexpr std::uint64_t kMostListed = 10'000;
constexpr std::uint32_t kThrottled = 429;

/// What stopped a request before the limits were asked, as a gateway of ours writes it.
bool was_refused_before(const log::Entry& entry) {
    if (entry.reason.empty() || entry.status < 400 || entry.status >= 500) return false;
    for (const std::string_view later : {"throttle.", "cache.", "client."})
        if (entry.reason.starts_with(later)) return false;
    return true;
}

class Run {
  public:
    Run(program::World& world, const Options& options) : world_(world), options_(options) {}

    Result<int> go() {
        for (const std::string& text : options_.fail_if) conditions_.push_back(TRY(parse_condition(text)));
        if (options_.json + options_.csv > 1) return Error{Errc::usage, "--json and --csv exclude each other", {}, {}};
        Nanoseconds bin{0};
        if (!options_.bin.empty()) {
            bin = TRY(parse_duration(options_.bin).in("--bin"));
            if (bin < std::chrono::microseconds(1)) return Error{Errc::usage, "--bin is less than 1us", "--bin 1s", {}};
        }
        auto model = TRY(read_limits(world_, options_));
        if (!model) return program::kUsage;
        report_.limits = limit_lines(*model);
        seed_ = TRY(seed_of(options_));
        Random random(seed_);
        HashSeed hash;
        hash.first = random();
        hash.second = random();
        if (options_.log.empty())
            TRY(run_traffic(std::move(*model), hash, random, bin));
        else
            TRY(run_log(std::move(*model), hash, bin));
        TRY(finish());
        return judge();
    }

  private:
    Result<void> run_traffic(config::Model model, HashSeed hash, Random& random, Nanoseconds bin) {
        court_ = TRY(Court::open(std::move(model), hash, kFirstDay));
        const throttle::Traffic traffic = TRY(traffic_of(options_));
        recorder_.emplace(Instant(), bin);
        for (const auto& stream : traffic.streams)
            for (const throttle::Shape& shape : stream) {
                TRY(court_->add(shape.senders));
                recorder_->add_group(shape.senders.count);
            }
        throttle::Arrivals arrivals(traffic, random);
        report_.requests = options_.traffic;
        report_.seed = seed_;
        report_.length = throttle::length_of(traffic);
        program::ProgressBar bar(world_);
        const double whole = static_cast<double>(report_.length.count());
        throttle::simulate(arrivals, *court_, *recorder_, [&](std::uint64_t count, Instant at) {
            show(bar, whole == 0 ? 1 : static_cast<double>(at.time_since_epoch().count()) / whole, "requests", count);
            return true;
        });
        report_.given_up = arrivals.given_up();
        return ok();
    }

    Result<void> run_log(config::Model model, HashSeed hash, Nanoseconds bin) {
        const std::string field = client_field(model);
        Options options = options_;
        options.key_field = field == "sub" ? std::string() : field;
        std::optional<Error> fault;
        const auto source =
            TRY(open_log(world_, options, [&](const log::Entry& entry) -> std::optional<throttle::Sender> {
                if (was_refused_before(entry) || fault) return std::nullopt;
                if (court_ == nullptr) {
                    // quotas begin in the period of the first request
                    auto court = Court::open(std::move(model), hash, entry.time);
                    if (!court) fault = court.error();
                    if (fault) return std::nullopt;
                    court_ = std::move(*court);
                }
                Logged logged{entry.route_key, entry.method, entry.path,       entry.api_id,
                              entry.stage,     entry.ip,     entry.api_key_id, entry.key};
                if (options_.key_field.empty() && field == "sub") logged.whose = entry.subject;
                return court_->sender_of(logged);
            }));
        program::ProgressBar bar(world_);
        Report::Recorded told;
        const bool any = source->begin();
        if (any) {
            court_->set_zero(Date(source->first_date().time_since_epoch() - source->first().time_since_epoch()));
            recorder_.emplace(source->first(), bin);
            // whom a log tells of is known when it was read so far
            struct Growing final : throttle::Source {
                Growing(LogSource& of, Run& by) : inside(of), run(by) {}
                std::size_t next(std::span<throttle::Arrival> into) override {
                    const std::size_t count = inside.next(into);
                    run.make_room();
                    return count;
                }
                LogSource& inside;
                Run& run;
            } growing(*source, *this);
            throttle::simulate(
                growing, *court_, *recorder_,
                [&](std::uint64_t count, Instant) {
                    show(bar, source->share(), "requests", count);
                    return true;
                },
                [&](const throttle::Arrival& arrival, const throttle::Decision& decision) {
                    if (arrival.client == 0) return;
                    const bool refused = arrival.client == kThrottled;
                    told.rejected += refused ? 1 : 0;
                    ++(refused == !decision.admitted ? told.agree : told.differ);
                });
        }
        if (fault) return *fault;
        if (source->error()) return *source->error();
        if (!any)
            return Error{Errc::parse,
                         fmt::format("{}: there is no request in it", options_.log),
                         source->facts().uncounted > 0 ? "no limit is asked about what it holds" : "",
                         {}};
        tell_facts(world_, source->facts());
        report_.requests = options_.log;
        report_.began = source->first_date();
        report_.uncounted = source->facts().uncounted;
        report_.length = recorder_->figures().last - recorder_->figures().first;
        if (told.agree + told.differ > 0) report_.recorded = told;
        return ok();
    }

    /// Counts for all whom the log has told of so far.
    void make_room() {
        for (const std::uint32_t group : court_->take_grown()) {
            while (recorder_->figures().members.size() <= group) recorder_->add_group(0);
            recorder_->widen_group(group, court_->members(group));
        }
    }

    /// The field of a log that tells the clients of `claim:NAME` and `header:NAME` apart.
    [[nodiscard]] std::string client_field(const config::Model& model) const {
        using Kind = config::ThrottleBy::Kind;
        for (const config::Api& api : model.apis)
            for (const config::Route& route : api.routes)
                if (const auto* throttle = config::throttle_of(api, route))
                    if (throttle->by.kind == Kind::claim || throttle->by.kind == Kind::header)
                        return field_of(options_, throttle->by.name);
        return options_.key_field;
    }

    [[nodiscard]] bool wants_keys() const {
        const bool asked = std::any_of(conditions_.begin(), conditions_.end(),
                                       [](const Condition& condition) { return !condition.key.empty(); });
        return options_.per_key || asked || (options_.json && report_.key_count <= kMostListed);
    }

    Result<void> finish() {
        report_.figures = recorder_->take();
        report_.overflowed = court_->overflowed();
        for (std::size_t i = 0; i < court_->layers().size(); ++i)
            report_.layers.push_back({std::string(court_->layers()[i]), {0, report_.figures.layers[i]}});
        for (const auto& members : report_.figures.members) report_.key_count += members.size();
        if (wants_keys()) {
            // a sender of several shapes is one
            std::unordered_map<std::string, std::size_t> known;
            for (std::size_t group = 0; group < report_.figures.members.size(); ++group)
                for (std::size_t member = 0; member < report_.figures.members[group].size(); ++member) {
                    const throttle::Count& count = report_.figures.members[group][member];
                    if (count.offered == 0) continue;
                    std::string name = court_->name(group, member);
                    const auto [at, is_new] = known.emplace(name, report_.keys.size());
                    if (is_new) report_.keys.push_back({std::move(name), {}});
                    report_.keys[at->second].count.offered += count.offered;
                    report_.keys[at->second].count.rejected += count.rejected;
                }
            std::stable_sort(report_.keys.begin(), report_.keys.end(),
                             [](const Named& a, const Named& b) { return a.count.rejected > b.count.rejected; });
        }
        if (!options_.svg.empty()) TRY(process::write_file(options_.svg, svg_of(report_)));
        if (options_.json)
            *world_.out << json_of(report_, !options_.bin.empty());
        else if (options_.csv)
            *world_.out << csv_of(report_);
        else
            *world_.out << text_of(world_, options_, report_);
        return ok();
    }

    /// Which of --fail-if hold.
    Result<int> judge() {
        bool failed = false;
        for (const Condition& condition : conditions_) {
            const auto fails = [&](const std::string& who, const throttle::Count& count) {
                failed = true;
                *world_.err << fmt::format("{}: {} holds{}: {} of {} rejected\n", world_.name, condition.text, who,
                                           count.rejected, count.offered);
            };
            if (!condition.key.empty()) {
                bool found = condition.key == "*";
                std::size_t told = 0;
                for (const Named& key : report_.keys) {
                    if (condition.key != "*" && condition.key != key.name) continue;
                    found = true;
                    if (!holds(condition, key.count, 0, 0)) continue;
                    failed = true;
                    if (++told <= 3) fails(" of " + key.name, key.count);
                }
                if (!found)
                    return Error{Errc::usage,
                                 fmt::format("--fail-if '{}': nobody is called '{}'", condition.text, condition.key),
                                 "--per-key lists them",
                                 {}};
                continue;
            }
            std::uint64_t of_layer = 0;
            if (!condition.layer.empty()) {
                const auto layer = std::find_if(report_.layers.begin(), report_.layers.end(),
                                                [&](const Named& one) { return one.name == condition.layer; });
                if (layer == report_.layers.end()) {
                    std::vector<std::string> names;
                    for (const Named& one : report_.layers) names.push_back(one.name);
                    return Error{Errc::usage,
                                 fmt::format("--fail-if '{}': there is no layer '{}'", condition.text, condition.layer),
                                 "layers are " + join(names, ", "),
                                 {}};
                }
                of_layer = layer->count.rejected;
            }
            if (holds(condition, report_.figures.all, report_.figures.repeated, of_layer))
                fails("", report_.figures.all);
        }
        world_.err->flush();
        return failed ? program::kNo : program::kYes;
    }

    program::World& world_;
    const Options& options_;
    std::vector<Condition> conditions_;
    std::unique_ptr<Court> court_;
    std::optional<throttle::Recorder> recorder_;
    std::uint64_t seed_ = 0;
    Report report_;
};

}  // namespace

Result<int> run_command(program::World& world, const Options& options) { return Run(world, options).go(); }

}  // namespace gw::sim
