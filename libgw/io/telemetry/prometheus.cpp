#include "libgw/io/telemetry/prometheus.h"

#include <fmt/format.h>

#include "libgw/base/text.h"

namespace gw::telemetry {

namespace {

std::string_view name_of(MetricKind kind) {
    switch (kind) {
        case MetricKind::counter: return "counter";
        case MetricKind::gauge: return "gauge";
        case MetricKind::histogram: break;
    }
    return "histogram";
}

void append_value(std::string& out, std::string_view text, bool quotes) {
    while (!text.empty()) {
        const auto [c, size] = decode_utf8(text);
        const std::string_view bytes = text.substr(0, size == 0 ? 1 : size);
        text.remove_prefix(bytes.size());
        if (c == '\\' && size == 1) {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '"' && quotes) {
            out += "\\\"";
        } else if (size == 0 || c < 0x20 || (c >= 0x7f && c <= 0x9f)) {
            append_utf8(out, 0xfffd);
        } else {
            out += bytes;
        }
    }
}

/// `{route="GET /",le="0.5"}`, or nothing without labels. `le` is left out when empty.
void append_labels(std::string& out, const Labels& labels, std::string_view le = {}) {
    if (labels.empty() && le.empty()) return;
    char before = '{';
    const auto label = [&](std::string_view name, std::string_view value) {
        out += before;
        before = ',';
        out += name;
        out += "=\"";
        append_value(out, value, true);
        out += '"';
    };
    for (const auto& [name, value] : labels) label(name, value);
    if (!le.empty()) label("le", le);
    out += '}';
}

double seconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

void append_histogram(std::string& out, const std::string& name, const Sample& sample) {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < sample.buckets.size(); ++i) {
        count += sample.buckets[i];
        const std::string bound =
            i < kBounds.size() ? fmt::format("{}", seconds(static_cast<std::uint64_t>(kBounds[i].count()))) : "+Inf";
        out += name;
        out += "_bucket";
        append_labels(out, sample.labels, bound);
        fmt::format_to(std::back_inserter(out), " {}\n", count);
    }
    out += name;
    out += "_sum";
    append_labels(out, sample.labels);
    fmt::format_to(std::back_inserter(out), " {}\n", seconds(sample.sum));
    out += name;
    out += "_count";
    append_labels(out, sample.labels);
    fmt::format_to(std::back_inserter(out), " {}\n", count);
}

}  // namespace

std::string to_prometheus(std::span<const Family> families) {
    std::string out;
    for (const Family& family : families) {
        if (family.samples.empty()) continue;
        out += "# HELP ";
        out += family.name;
        out += ' ';
        append_value(out, family.help, false);
        fmt::format_to(std::back_inserter(out), "\n# TYPE {} {}\n", family.name, name_of(family.kind));
        for (const Sample& sample : family.samples) {
            if (family.kind == MetricKind::histogram) {
                append_histogram(out, family.name, sample);
                continue;
            }
            out += family.name;
            append_labels(out, sample.labels);
            if (family.kind == MetricKind::counter) {
                fmt::format_to(std::back_inserter(out), " {}\n", static_cast<std::uint64_t>(sample.value));
            } else {
                fmt::format_to(std::back_inserter(out), " {}\n", sample.value);
            }
        }
    }
    return out;
}

}  // namespace gw::telemetry
