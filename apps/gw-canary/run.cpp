#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "apps/gw-canary/commands.h"
#include "libgw/base/crypto.h"
#include "libgw/base/text.h"
#include "libgw/base/units.h"

namespace gw::release {
namespace {

Error bad(std::string_view option, std::string_view text, std::string_view why, std::string_view hint) {
    return {Errc::usage, fmt::format("{}: '{}' {}", option, text, why), std::string(hint), {}};
}

}  // namespace

Result<double> parse_part(std::string_view option, std::string_view text, bool zero) {
    const std::string with_unit = std::string(text) + (text.ends_with('%') ? "" : "%");
    const auto percent = parse_percent(with_unit);
    if (!percent) return bad(option, text, "is no percentage", fmt::format("{} 10%", option));
    if (*percent == 0 && !zero) return bad(option, text, "is nothing", "more than 0");
    return *percent / 100;
}

Result<std::vector<double>> parse_parts(std::string_view option, std::string_view text) {
    std::vector<double> parts;
    for (const std::string_view part : split(text, ',')) {
        const double next = TRY(parse_part(option, trim_ows(part)));
        if (!parts.empty() && next <= parts.back())
            return bad(option, text, "does not go up", fmt::format("{} 5%,10%,25%,50%", option));
        parts.push_back(next);
    }
    return parts;
}

Result<Nanoseconds> parse_time(std::string_view option, std::string_view text) {
    auto time = parse_duration(text);
    if (!time) {
        Error error = std::move(time).error().in(option);
        error.code = Errc::usage;
        return error;
    }
    if (*time < std::chrono::milliseconds(1)) return bad(option, text, "is too short", "at least 1ms");
    return *time;
}

Result<double> parse_per_second(std::string_view text) {
    if (text.find('/') != std::string_view::npos) {
        const auto rate = parse_rate(text);
        if (rate && rate->count > 0) return rate->per_second();
        return bad("--rps", text, "is no rate", "--rps 50, or 50/s");
    }
    double number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (fault != std::errc() || end != text.data() + text.size() || !(number > 0) || number > 1e9)
        return bad("--rps", text, "is not how many requests there are in a second", "--rps 50");
    return number;
}

Result<std::vector<canary::Metric>> metrics_of(const Options& options, std::vector<std::string> otherwise) {
    std::vector<canary::Metric> metrics;
    for (const std::string& text : options.metrics.empty() ? otherwise : options.metrics) {
        metrics.push_back(TRY(canary::parse_metric(text).in("--metric")));
        const auto same = [&](const canary::Metric& other) { return to_text(other) == to_text(metrics.back()); };
        if (std::count_if(metrics.begin(), metrics.end(), same) > 1) return bad("--metric", text, "is said twice", "");
    }
    return metrics;
}

Result<canary::Settings> settings_of(const Options& options) {
    canary::Settings settings;
    settings.alpha = TRY(parse_part("--alpha", options.alpha));
    if (settings.alpha >= 0.5) return bad("--alpha", options.alpha, "is a coin that is tossed", "less than 50%");
    if (!options.detect.empty()) settings.detect = TRY(canary::parse_margin(options.detect).in("--detect"));
    settings.min_samples = options.min_samples;
    if (options.no_data == "hold") settings.no_data = canary::NoData::hold;
    if (options.no_data == "rollback") settings.no_data = canary::NoData::rollback;
    return settings;
}

Result<std::uint64_t> seed_of(const Options& options) {
    if (options.seed) return *options.seed;
    // short enough to be typed
    return TRY(random_seed()) % 1'000'000;
}

Value number(double value) {
    if (!std::isfinite(value)) return {};
    if (value == 0) return Value(0.0);
    const double scale = std::pow(10, 5 - std::floor(std::log10(std::abs(value))));
    const double rounded = std::round(value * scale) / scale;
    return Value(std::isfinite(rounded) ? rounded : value);
}

std::string part_text(double part) { return fmt::format("{:.6g}%", part * 100); }

std::string time_text(Nanoseconds time) {
    using namespace std::chrono_literals;
    if (time < 1s) return to_duration_text(std::chrono::round<std::chrono::milliseconds>(time));
    constexpr std::array<std::pair<std::int64_t, char>, 4> kUnits = {{{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}};
    auto seconds = static_cast<std::int64_t>(std::llround(std::chrono::duration<double>(time).count()));
    for (std::size_t i = 0; i + 1 < kUnits.size(); ++i) {
        if (seconds < kUnits[i].first) continue;
        // the second unit, rounded
        const std::int64_t small = kUnits[i + 1].first;
        const std::int64_t all = (seconds + small / 2) / small;
        const std::int64_t in_one = kUnits[i].first / small;
        if (all % in_one == 0) return fmt::format("{}{}", all / in_one, kUnits[i].second);
        return fmt::format("{}{} {}{}", all / in_one, kUnits[i].second, all % in_one, kUnits[i + 1].second);
    }
    return fmt::format("{}s", seconds);
}

std::string count_text(std::uint64_t count) {
    if (count < 10'000) return fmt::format("{}", count);
    auto number = static_cast<double>(count);
    for (const char unit : {'k', 'M', 'G'}) {
        number /= 1000;
        if (number < 999.5 || unit == 'G') return fmt::format("{:.3g}{}", number, unit);
    }
    return {};
}

}  // namespace gw::release

namespace gw::program {

Result<int> run(World& world) {
    release::Options options;
    if (const auto done = TRY(release::parse_options(world, options))) return *done;
    switch (options.command) {
        case release::Command::plan: return release::plan_command(world, options);
        case release::Command::sim: return release::sim_command(world, options);
        case release::Command::judge: return release::judge_command(world, options);
        case release::Command::run: return release::run_command(world, options);
        case release::Command::set:
        case release::Command::promote:
        case release::Command::abort:
        case release::Command::status: return release::ask_command(world, options);
        case release::Command::split: return release::split_command(world, options);
        case release::Command::none: break;
    }
    return Error{Errc::internal, "a command that nobody carries out", {}, {}};
}

}  // namespace gw::program
