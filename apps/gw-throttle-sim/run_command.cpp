// run: traffic or a log through gw-serve's limits.

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-throttle-sim/commands.h"
#include "apps/gw-throttle-sim/condition.h"
#include "apps/gw-throttle-sim/limits.h"
#include "apps/gw-throttle-sim/node_counts.h"
#include "apps/gw-throttle-sim/report.h"
#include "apps/gw-throttle-sim/trial.h"
#include "libgw/base/random.h"
#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "libgw/io/process/file.h"
#include "libgw/io/store/memory_counts.h"

namespace gw::sim {
namespace {

constexpr std::uint64_t kMostListed = 10'000;

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
        const std::uint64_t seed = TRY(seed_of(options_));
        // keys of a seed's own: a run is repeated with it
        Random random(seed);
        const HashSeed hash{random(), random()};
        std::shared_ptr<store::Counts> counts;
        std::shared_ptr<NodeCounts> nodes;
        if (options_.nodes > 0)
            counts = nodes = std::make_shared<NodeCounts>(options_.nodes, hash, model->throttling.keys);
        else
            counts = std::make_shared<store::MemoryCounts>(hash, model->throttling.keys);
        Trial trial = TRY(try_limits(world_, options_, std::move(*model), counts, seed, bin, "requests"));
        if (options_.log.empty()) report_.seed = seed;
        if (trial.began) tell_facts(world_, trial.facts);
        report_.overflowed = counts->overflowed();
        report_.nodes = options_.nodes;
        if (nodes != nullptr) report_.over = nodes->over();
        TRY(finish(trial));
        return judge();
    }

  private:
    [[nodiscard]] bool wants_keys() const {
        const bool asked = std::any_of(conditions_.begin(), conditions_.end(),
                                       [](const Condition& condition) { return !condition.key.empty(); });
        return options_.per_key || asked || (options_.json && report_.key_count <= kMostListed);
    }

    Result<void> finish(Trial& trial) {
        const Court& court = *trial.court;
        report_.figures = std::move(trial.figures);
        report_.requests = trial.requests;
        report_.length = trial.length;
        report_.given_up = trial.given_up;
        report_.began = trial.began;
        report_.uncounted = trial.facts.uncounted;
        report_.recorded = trial.recorded;
        for (std::size_t i = 0; i < court.layers().size(); ++i)
            report_.layers.push_back({std::string(court.layers()[i]), {0, report_.figures.layers[i]}});
        for (const auto& members : report_.figures.members) report_.key_count += members.size();
        if (wants_keys()) {
            // a sender of several shapes is one
            std::unordered_map<std::string, std::size_t> known;
            for (std::size_t group = 0; group < report_.figures.members.size(); ++group)
                for (std::size_t member = 0; member < report_.figures.members[group].size(); ++member) {
                    const throttle::Count& count = report_.figures.members[group][member];
                    if (count.offered == 0) continue;
                    std::string name = court.name(group, member);
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
                    names.reserve(report_.layers.size());
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
    Report report_;
};

}  // namespace

Result<int> run_command(program::World& world, const Options& options) { return Run(world, options).go(); }

}  // namespace gw::sim
