#include "apps/gw-canary/log_arms.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "apps/support/lines.h"
#include "apps/support/progress.h"
#include "libgw/base/text.h"
#include "libgw/policy/canary/judge.h"
#include "libgw/wire/log/entry.h"

namespace gw::release {
namespace {

using canary::Arm;

/// With fewer requests of an arm than that there is one look: ranks decide (canary::Judge::kFew).
constexpr std::uint64_t kOneLook = canary::Judge::kFew;
/// Requests of the smaller arm that a look is to have, and how many looks there are at most.
constexpr std::uint64_t kALook = 50;
constexpr std::uint64_t kMostLooks = 40;
/// nginx's word, and gw-serve's, for a client that did not wait.
constexpr std::uint16_t kGone = 499;

/// Five digits: as many as tell two values apart that anybody would, and so few that there are not too many of them.
double rounded(double value) {
    if (value == 0) return 0;
    const double scale = std::pow(10, 4 - std::floor(std::log10(std::abs(value))));
    const double made = std::round(value * scale) / scale;
    return std::isfinite(made) ? made : value;
}

/// Which arm the field speaks of.
std::optional<Arm> arm_of(const Options& options, std::string_view said) {
    if (said.empty()) return std::nullopt;
    if (!options.arm_value.empty()) return said == options.arm_value ? Arm::canary : Arm::stable;
    constexpr std::array<std::string_view, 4> kCanary = {"canary", "true", "1", "yes"};
    constexpr std::array<std::string_view, 6> kStable = {"stable", "false", "0", "no", "baseline", "control"};
    const auto is_one_of = [&](const auto& words) {
        return std::any_of(words.begin(), words.end(),
                           [&](std::string_view word) { return equals_ignoring_case(word, said); });
    };
    if (is_one_of(kCanary)) return Arm::canary;
    if (is_one_of(kStable)) return Arm::stable;
    return std::nullopt;
}

class Reader {
  public:
    Reader(program::World& world, const Options& options, const std::vector<canary::Metric>& metrics)
        : world_(world), options_(options), metrics_(metrics), bar_(world) {
        fields_.time = options.time_field;
        fields_.latency = options.latency_field;
        fields_.timeless = true;
        fields_.answers = true;
        for (const canary::Metric& metric : metrics)
            if (metric.kind == canary::Metric::Kind::field &&
                std::find(fields_.numbers.begin(), fields_.numbers.end(), metric.field) == fields_.numbers.end())
                fields_.numbers.push_back(metric.field);
    }

    Result<Arms> read() {
        if (options_.log.empty()) {
            TRY(read_file(options_.stable_file, Arm::stable));
            TRY(read_file(options_.canary_file, Arm::canary));
        } else {
            fields_.key = options_.arm_field.empty() ? "canary" : options_.arm_field;
            TRY(read_file(options_.log, std::nullopt));
        }
        TRY(check());
        arms_.looks = cut(stable_, canary_, arms_.timed);
        return std::move(arms_);
    }

  private:
    Result<void> read_file(const std::string& file, std::optional<Arm> arm) {
        const auto lines = TRY(program::Lines::open(world_, file));
        log::EntryReader reader(*log::parse_entry_format(options_.format), fields_);
        log::Entry entry;
        std::optional<Error> first;
        std::uint64_t read = 0;
        std::uint64_t skipped = 0;
        std::uint64_t known = 0;
        while (const auto line = TRY(lines->next())) {
            bar_.show(lines->share(), [&](double seconds) {
                return fmt::format("{:.1f} M lines, {:.1f} M/s", static_cast<double>(arms_.lines) / 1e6,
                                   static_cast<double>(arms_.lines) / 1e6 / seconds);
            });
            if (line->empty()) continue;
            if (auto done = reader.read(*line, entry); !done) {
                ++arms_.lines;
                ++skipped;
                Error error = std::move(done).error();
                if (arms_.skipped++ == 0)
                    arms_.first_skipped = fmt::format("{}:{}: {}", lines->name(), lines->number(), error.message);
                if (!first) {
                    error.code = Errc::io;
                    first = std::move(error).at({lines->name(), static_cast<std::uint32_t>(lines->number()), 1});
                }
                // what is no log is not read to its end
                if (read == 0 && skipped >= 1000) break;
                continue;
            }
            if (entry.header) continue;
            ++arms_.lines;
            ++read;
            const auto of = arm ? arm : arm_of(options_, entry.key);
            known += of ? 1 : 0;
            if (!of || entry.status == kGone)
                ++arms_.left_out;
            else
                count(*of, entry, lines->number());
        }
        if (read == 0 && first) return *std::move(first);
        if (read == 0) return Error{Errc::io, fmt::format("{}: there is no request in it", lines->name()), {}, {}};
        if (known == 0)
            return Error{Errc::io,
                         fmt::format("{}: no line says which arm answered: there is no '{}', or it is neither of them",
                                     lines->name(), fields_.key),
                         "--arm-field NAME, and --arm-value for what it says of the canary",
                         {}};
        return ok();
    }

    void count(Arm arm, const log::Entry& entry, std::uint64_t number) {
        arms_.timed = arms_.timed && entry.timed;
        const std::int64_t position = entry.timed ? entry.time.time_since_epoch() / std::chrono::milliseconds(1)
                                                  : static_cast<std::int64_t>(number);
        canary::Sample& sample = (arm == Arm::canary ? canary_ : stable_).at(position);
        ++sample.requests;
        if (entry.status == 0) {
            ++sample.broken;
        } else {
            ++sample.statuses[entry.status];
            has_statuses_ = true;
        }
        if (entry.latency) {
            ++sample.latencies[canary::Latencies::bucket_of(*entry.latency)];
            arms_.latencies = true;
        }
        for (std::size_t i = 0; i < entry.numbers.size(); ++i) {
            if (!entry.numbers[i]) continue;
            ++sample.fields[fields_.numbers[i]][rounded(*entry.numbers[i])];
            has_numbers_.insert(fields_.numbers[i]);
        }
    }

    /// Whether there is what the metrics are about.
    [[nodiscard]] Result<void> check() const {
        for (const canary::Metric& metric : metrics_) {
            const auto nothing = [&](std::string_view what, std::string_view hint) {
                return Error{Errc::io,
                             fmt::format("--metric {}: the log has no {}", to_text(metric), what),
                             std::string(hint),
                             {}};
            };
            if (metric.is_rate() && !has_statuses_) return nothing("statuses", "a field 'status'");
            if (metric.kind == canary::Metric::Kind::latency && !arms_.latencies)
                return nothing("latencies", "--latency-field NAME[:s|ms|us|ns]");
            if (metric.kind == canary::Metric::Kind::field && !has_numbers_.contains(metric.field))
                return nothing("such numbers", "a field of JSON, or a column of CSV");
        }
        return ok();
    }

    program::World& world_;
    const Options& options_;
    const std::vector<canary::Metric>& metrics_;
    program::ProgressBar bar_;
    log::EntryFields fields_;
    Pieces stable_;
    Pieces canary_;
    bool has_statuses_ = false;
    std::set<std::string> has_numbers_;
    Arms arms_;
};

/// The look that the middle of the next `count` requests belongs to, when `before` of `all` were before.
std::size_t look_at(std::uint64_t before, std::uint64_t count, std::uint64_t all, std::size_t looks) {
    const double middle = (static_cast<double>(before) + static_cast<double>(count) / 2) / static_cast<double>(all);
    return std::min(looks - 1, static_cast<std::size_t>(middle * static_cast<double>(looks)));
}

/// Whether most of the shorter of two times is of the longer one too.
bool overlap(const Pieces& a, const Pieces& b) {
    const std::int64_t common = std::min(a.last(), b.last()) - std::max(a.first(), b.first());
    const std::int64_t shorter = std::min(a.last() - a.first(), b.last() - b.first());
    return common >= 0 && common >= shorter / 2;
}

}  // namespace

canary::Sample& Pieces::at(std::int64_t position) {
    ++count_;
    const auto index = [&] { return position >= 0 ? position / width_ : -((-position + width_ - 1) / width_); };
    canary::Sample* sample = &pieces_[index()];
    while (pieces_.size() > kMost) {
        widen();
        sample = &pieces_[index()];
    }
    return *sample;
}

void Pieces::widen() {
    width_ *= 2;
    std::map<std::int64_t, canary::Sample> wide;
    for (auto& [index, sample] : pieces_) {
        const std::int64_t to = index >= 0 ? index / 2 : -((-index + 1) / 2);
        const auto [at, is_new] = wide.try_emplace(to, std::move(sample));
        if (!is_new) at->second += sample;
    }
    pieces_ = std::move(wide);
}

std::vector<std::pair<std::int64_t, const canary::Sample*>> Pieces::list() const {
    std::vector<std::pair<std::int64_t, const canary::Sample*>> all;
    all.reserve(pieces_.size());
    for (const auto& [index, sample] : pieces_) all.emplace_back(index * width_, &sample);
    return all;
}

std::vector<Look> cut(const Pieces& stable, const Pieces& canary, bool timed) {
    const std::uint64_t least = std::min(stable.count(), canary.count());
    const std::uint64_t wanted = least < kOneLook ? 1 : std::min(kMostLooks, least / kALook);
    std::vector<Look> looks(wanted);
    const auto all_stable = stable.list();
    const auto all_canary = canary.list();
    if (timed && least > 0 && overlap(stable, canary)) {
        const std::uint64_t all = stable.count() + canary.count();
        std::uint64_t before = 0;
        for (std::size_t i = 0, j = 0; i < all_stable.size() || j < all_canary.size();) {
            const bool first =
                j == all_canary.size() || (i < all_stable.size() && all_stable[i].first <= all_canary[j].first);
            const canary::Sample& sample = first ? *all_stable[i++].second : *all_canary[j++].second;
            Look& look = looks[look_at(before, sample.requests, all, wanted)];
            (first ? look.stable : look.canary) += sample;
            before += sample.requests;
        }
        return looks;
    }
    const auto deal = [&](const auto& pieces, std::uint64_t all, canary::Sample Look::* into) {
        std::uint64_t before = 0;
        for (const auto& [position, sample] : pieces) {
            looks[look_at(before, sample->requests, all, wanted)].*into += *sample;
            before += sample->requests;
        }
    };
    deal(all_stable, stable.count(), &Look::stable);
    deal(all_canary, canary.count(), &Look::canary);
    return looks;
}

Result<Arms> read_arms(program::World& world, const Options& options, const std::vector<canary::Metric>& metrics) {
    return Reader(world, options, metrics).read();
}

}  // namespace gw::release
