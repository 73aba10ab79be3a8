#include "libgw/policy/canary/metric.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "libgw/base/text.h"

namespace gw::canary {
namespace {

constexpr std::string_view kMetrics = "errors, status:429, latency:p99, field:NAME or field:NAME:p95";

Error bad(std::string_view text, std::string_view why, std::string_view hint) {
    return {Errc::usage, fmt::format("'{}' {}", text, why), std::string(hint), {}};
}

std::optional<double> parse_number(std::string_view text) {
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

/// "p99.9"
Result<double> parse_quantile(std::string_view metric, std::string_view text) {
    const auto percent = text.starts_with('p') ? parse_number(text.substr(1)) : std::nullopt;
    if (!percent || !(*percent > 0 && *percent < 100))
        return bad(metric, fmt::format("has no quantile '{}'", text), "write it like p50, p95, p99 or p99.9");
    return *percent / 100;
}

Result<Metric> parse_name(std::string_view text) {
    Metric metric;
    if (text == "errors") return metric;
    const auto parts = split_once(text, ':');
    if (!parts || parts->second.empty()) return bad(text, "is not a metric", fmt::format("one of {}", kMetrics));
    if (parts->first == "status") {
        const auto status = parse_unsigned_as<std::uint16_t>(parts->second);
        if (!status || *status < 100 || *status > 599)
            return bad(text, "has no status", "a status is a number from 100 to 599, as in status:429");
        metric.kind = Metric::Kind::status;
        metric.status = *status;
        return metric;
    }
    if (parts->first == "latency") {
        metric.kind = Metric::Kind::latency;
        metric.quantile = TRY(parse_quantile(text, parts->second));
        return metric;
    }
    if (parts->first != "field") return bad(text, "is not a metric", fmt::format("one of {}", kMetrics));
    metric.kind = Metric::Kind::field;
    metric.field = parts->second;
    if (const auto colon = parts->second.rfind(':'); colon != std::string_view::npos) {
        metric.quantile = TRY(parse_quantile(text, parts->second.substr(colon + 1)));
        metric.field = parts->second.substr(0, colon);
        if (metric.field.empty()) return bad(text, "names no field", "field:NAME:p95");
    }
    return metric;
}

}  // namespace

Result<Margin> parse_margin(std::string_view text) {
    constexpr std::string_view kExamples = "write it like 0.2pp (percentage points) or 20% (of what stable has)";
    const std::string_view number = text.starts_with('+') ? text.substr(1) : text;
    const bool points = number.ends_with("pp");
    if (!points && !number.ends_with('%')) return bad(text, "has no unit", kExamples);
    const auto value = parse_number(number.substr(0, number.size() - (points ? 2 : 1)));
    if (!value) return bad(text, "is not a number with a unit", kExamples);
    if (!(*value > 0)) return bad(text, "is not more than 0", kExamples);
    if (points && *value >= 100) return bad(text, "is all there is", "less than 100pp");
    if (!points && *value > 1e6) return bad(text, "is too much", "at most 1000000%");
    return Margin{points ? Margin::Kind::absolute : Margin::Kind::relative, *value / 100};
}

std::string to_text(const Margin& margin) {
    return fmt::format("{:.6g}{}", margin.value * 100, margin.kind == Margin::Kind::absolute ? "pp" : "%");
}

Result<Metric> parse_metric(std::string_view text) {
    const auto parts = split(text, ',');
    Metric metric = TRY(parse_name(parts.front()));
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const std::string_view part = parts[i];
        constexpr std::string_view kMaxWorse = "max-worse=";
        if (part == "critical" && !metric.critical) {
            metric.critical = true;
        } else if (part.starts_with(kMaxWorse) && !metric.max_worse) {
            metric.max_worse = TRY(parse_margin(part.substr(kMaxWorse.size())));
            if (!metric.is_rate() && metric.max_worse->kind == Margin::Kind::absolute)
                return bad(text, "is a quantile, and percentage points are for rates", "max-worse=20%");
        } else {
            const bool twice = part == "critical" || part.starts_with(kMaxWorse);
            return bad(part, twice ? "is said twice" : "is nothing that a metric has",
                       "critical, max-worse=0.2pp or max-worse=20%");
        }
    }
    return metric;
}

std::string to_text(const Metric& metric) {
    switch (metric.kind) {
        case Metric::Kind::errors: return "errors";
        case Metric::Kind::status: return fmt::format("status:{}", metric.status);
        case Metric::Kind::latency: return fmt::format("latency:p{:.6g}", metric.quantile * 100);
        case Metric::Kind::field: return fmt::format("field:{}:p{:.6g}", metric.field, metric.quantile * 100);
    }
    return {};
}

Trials trials_of(const Metric& metric, const Sample& sample) {
    if (metric.kind == Metric::Kind::errors) return {sample.requests, std::min(sample.errors(), sample.requests)};
    const auto found = sample.statuses.find(metric.status);
    return {sample.requests, found == sample.statuses.end() ? 0 : std::min(found->second, sample.requests)};
}

Values values_of(const Metric& metric, const Sample& sample) {
    if (metric.kind == Metric::Kind::latency) return latency_values(sample);
    const auto found = sample.fields.find(metric.field);
    return found == sample.fields.end() ? Values{} : found->second;
}

}  // namespace gw::canary
