#include "apps/gw-throttle-sim/trial.h"

#include <fmt/format.h>

#include "apps/gw-throttle-sim/commands.h"

namespace gw::sim {
namespace {

/// A simulated run begins on the first day of a week, a month and a year.
constexpr Date kFirstDay = std::chrono::sys_days(std::chrono::year(2024) / 1 / 1);

/// What stopped a request before the limits were asked, as a gateway of ours writes it.
bool was_refused_before(const log::Entry& entry) {
    if (entry.reason.empty() || entry.status < 400 || entry.status >= 500) return false;
    for (const std::string_view later : {"throttle.", "cache.", "client."})
        if (entry.reason.starts_with(later)) return false;
    return true;
}

/// The field of a log that tells the clients of `claim:NAME` and `header:NAME` apart.
std::string client_field(const Options& options, const config::Model& model) {
    using Kind = config::ThrottleBy::Kind;
    for (const config::Api& api : model.apis)
        for (const config::Route& route : api.routes)
            if (const auto* throttle = config::throttle_of(api, route))
                if (throttle->by.kind == Kind::claim || throttle->by.kind == Kind::header)
                    return field_of(options, throttle->by.name);
    return options.key_field;
}

/// A log's requests, and room in a recorder for all whom it has told of so far.
class Growing final : public throttle::Source {
  public:
    Growing(LogSource& log, Court& court, throttle::Recorder& recorder)
        : log_(log), court_(court), recorder_(recorder) {}
    std::size_t next(std::span<throttle::Arrival> into) override {
        const std::size_t count = log_.next(into);
        for (const std::uint32_t group : court_.take_grown()) {
            while (recorder_.figures().members.size() <= group) recorder_.add_group(0);
            recorder_.widen_group(group, court_.members(group));
        }
        return count;
    }

  private:
    LogSource& log_;
    Court& court_;
    throttle::Recorder& recorder_;
};

class Attempt {
  public:
    Attempt(program::World& world, const Options& options, Nanoseconds bin, std::string_view what)
        : world_(world), options_(options), bin_(bin), what_(what), bar_(world) {}

    Result<void> run_traffic(config::Model model, std::shared_ptr<store::Counts> counts, HashSeed hash,
                             Random& random) {
        trial.court = TRY(Court::open(std::move(model), std::move(counts), hash, kFirstDay));
        const throttle::Traffic traffic = TRY(traffic_of(options_));
        throttle::Recorder recorder(Instant(), bin_);
        for (const auto& stream : traffic.streams)
            for (const throttle::Shape& shape : stream) {
                TRY(trial.court->add(shape.senders));
                recorder.add_group(shape.senders.count);
            }
        throttle::Arrivals arrivals(traffic, random);
        trial.requests = options_.traffic;
        trial.length = throttle::length_of(traffic);
        const auto whole = static_cast<double>(trial.length.count());
        throttle::simulate(arrivals, *trial.court, recorder, [&](std::uint64_t count, Instant at) {
            show(bar_, whole == 0 ? 1 : static_cast<double>(at.time_since_epoch().count()) / whole, what_, count);
            return true;
        });
        trial.given_up = arrivals.given_up();
        trial.figures = recorder.take();
        return ok();
    }

    Result<void> run_log(config::Model model, std::shared_ptr<store::Counts> counts, HashSeed hash) {
        const std::string field = client_field(options_, model);
        Options options = options_;
        options.key_field = field == "sub" ? std::string() : field;
        std::optional<Error> fault;
        const auto source =
            TRY(open_log(world_, options, [&](const log::Entry& entry) -> std::optional<throttle::Sender> {
                if (was_refused_before(entry) || fault) return std::nullopt;
                if (trial.court == nullptr) {
                    // quotas begin in the period of the first request
                    auto court = Court::open(std::move(model), std::move(counts), hash, entry.time);
                    if (!court) fault = court.error();
                    if (fault) return std::nullopt;
                    trial.court = std::move(*court);
                }
                Logged logged{entry.route_key, entry.method, entry.path,       entry.api_id,
                              entry.stage,     entry.ip,     entry.api_key_id, entry.key};
                if (options_.key_field.empty() && field == "sub") logged.whose = entry.subject;
                return trial.court->sender_of(logged);
            }));
        const bool any = source->begin();
        if (any) TRY(replay(*source));
        if (fault) return *fault;
        if (source->error()) return *source->error();
        trial.facts = source->facts();
        if (!any)
            return Error{Errc::io,
                         fmt::format("{}: there is no request in it", options_.log),
                         trial.facts.uncounted > 0 ? "no limit is asked about what it holds" : "",
                         {}};
        trial.requests = options_.log;
        trial.began = source->first_date();
        trial.length = trial.figures.last - trial.figures.first;
        return ok();
    }

    Trial trial;

  private:
    Result<void> replay(LogSource& source) {
        trial.court->set_zero(Date(source.first_date().time_since_epoch() - source.first().time_since_epoch()));
        throttle::Recorder recorder(source.first(), bin_);
        Growing growing(source, *trial.court, recorder);
        Recorded told;
        throttle::simulate(
            growing, *trial.court, recorder,
            [&](std::uint64_t count, Instant) {
                show(bar_, source.share(), what_, count);
                return true;
            },
            [&](const throttle::Arrival& arrival, const throttle::Decision& decision) {
                if (arrival.client == 0) return;
                const bool refused = arrival.client == kThrottled;
                told.rejected += refused ? 1 : 0;
                ++(refused == !decision.admitted ? told.agree : told.differ);
            });
        trial.figures = recorder.take();
        if (told.agree + told.differ > 0) trial.recorded = told;
        return ok();
    }

    program::World& world_;
    const Options& options_;
    Nanoseconds bin_;
    std::string what_;
    program::ProgressBar bar_;
};

}  // namespace

Result<Trial> try_limits(program::World& world, const Options& options, config::Model model,
                         std::shared_ptr<store::Counts> counts, std::uint64_t seed, Nanoseconds bin,
                         std::string_view what) {
    Random random(seed);
    const HashSeed hash{random(), random()};
    Attempt attempt(world, options, bin, what);
    if (options.log.empty())
        TRY(attempt.run_traffic(std::move(model), std::move(counts), hash, random));
    else
        TRY(attempt.run_log(std::move(model), std::move(counts), hash));
    return std::move(attempt.trial);
}

}  // namespace gw::sim
