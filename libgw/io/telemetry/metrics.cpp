#include "libgw/io/telemetry/metrics.h"

#include <algorithm>

namespace gw::telemetry {

void Sheet::observe(Histogram histogram, Nanoseconds duration) {
    const Nanoseconds spent = std::max(duration, Nanoseconds(0));
    const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), spent) - kBounds.begin();
    change(histogram.slot + static_cast<std::uint32_t>(bucket), 1);
    change(histogram.slot + kHistogramSlots - 1, static_cast<std::uint64_t>(spent.count()));
}

void Sheet::grow(std::uint32_t slots) {
    while (owned_.size() * kChunk < slots) {
        owned_.push_back(std::make_unique<Chunk>());
        chunks_[owned_.size() - 1].store(owned_.back().get(), std::memory_order_release);
    }
}

Metrics::Metrics(std::size_t writers) {
    for (std::size_t i = 0; i < writers; ++i) {
        sheets_.push_back(std::make_unique<Sheet>());
        sheets_.back()->grow(next_slot_);
    }
}

Counter Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
    return {place(MetricKind::counter, name, help, std::move(labels), {})};
}
Gauge Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
    return {place(MetricKind::gauge, name, help, std::move(labels), {})};
}
Histogram Metrics::histogram(std::string_view name, std::string_view help, Labels labels) {
    return {place(MetricKind::histogram, name, help, std::move(labels), {})};
}
void Metrics::watch(MetricKind kind, std::string_view name, std::string_view help, Labels labels,
                    std::function<std::int64_t()> read) {
    place(kind, name, help, std::move(labels), std::move(read));
}

std::uint32_t Metrics::place(MetricKind kind, std::string_view name, std::string_view help, Labels labels,
                             std::function<std::int64_t()> read) {
    const std::lock_guard lock(mutex_);
    auto known = index_.find(name);
    if (known == index_.end()) {
        known = index_.emplace(std::string(name), groups_.size()).first;
        groups_.push_back(Group{std::string(name), std::string(help), kind, {}, {}});
    }
    Group& group = groups_[known->second];
    if (const auto same = group.index.find(labels); same != group.index.end()) {
        Series& series = group.series[same->second];
        series.read = std::move(read);
        return series.slot;
    }
    const std::uint32_t slots = read ? 0 : kind == MetricKind::histogram ? kHistogramSlots : 1;
    // a histogram may straddle two chunks: every slot is looked up by itself
    if (series_ == kMaxSeries || next_slot_ + slots > Sheet::kChunk * Sheet::kChunks || group.kind != kind) {
        ++refused_;
        return 0;
    }
    const std::uint32_t slot = slots == 0 ? 0 : next_slot_;
    next_slot_ += slots;
    for (const auto& sheet : sheets_) sheet->grow(next_slot_);
    ++series_;
    group.index.emplace(labels, group.series.size());
    group.series.push_back(Series{std::move(labels), slot, std::move(read)});
    return slot;
}

std::size_t Metrics::refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
}

std::uint64_t Metrics::total(std::uint32_t slot) const {
    std::uint64_t sum = 0;
    for (const auto& sheet : sheets_) sum += sheet->read(slot);
    return sum;
}

std::vector<Family> Metrics::scrape() const {
    const std::lock_guard lock(mutex_);
    std::vector<Family> families;
    families.reserve(groups_.size());
    for (const Group& group : groups_) {
        Family family{group.name, group.help, group.kind, {}};
        family.samples.reserve(group.series.size());
        for (const Series& series : group.series) {
            Sample sample;
            sample.labels = series.labels;
            if (series.read) {
                sample.value = series.read();
            } else if (group.kind == MetricKind::histogram) {
                for (std::uint32_t i = 0; i < sample.buckets.size(); ++i) sample.buckets[i] = total(series.slot + i);
                sample.sum = total(series.slot + kHistogramSlots - 1);
            } else {
                sample.value = static_cast<std::int64_t>(total(series.slot));
            }
            family.samples.push_back(std::move(sample));
        }
        families.push_back(std::move(family));
    }
    return families;
}

}  // namespace gw::telemetry
