#pragma once
// Counts of what happens. Every writing thread has a sheet of its own, so counting is a load and a store without a lock
// or a contended cache line; a scrape adds the sheets up. What can be counted is registered when a Config is built: the
// number of series is bounded by the configuration and by kMaxSeries, never by what clients send.

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/base/clock.h"

namespace gw::telemetry {

/// Places of a series on each sheet. A default one counts into a place that nobody reads.
struct Counter {
    std::uint32_t slot = 0;
};
struct Gauge {
    std::uint32_t slot = 0;
};
struct Histogram {
    std::uint32_t slot = 0;  ///< kBuckets + 1 counts, then the sum in nanoseconds
};

/// Upper bounds of the buckets of every histogram; the last bucket has none.
inline constexpr std::array<Nanoseconds, 17> kBounds = {
    std::chrono::microseconds(100), std::chrono::microseconds(250),  std::chrono::microseconds(500),
    std::chrono::milliseconds(1),   std::chrono::microseconds(2500), std::chrono::milliseconds(5),
    std::chrono::milliseconds(10),  std::chrono::milliseconds(25),   std::chrono::milliseconds(50),
    std::chrono::milliseconds(100), std::chrono::milliseconds(250),  std::chrono::milliseconds(500),
    std::chrono::seconds(1),        std::chrono::milliseconds(2500), std::chrono::seconds(5),
    std::chrono::seconds(10),       std::chrono::seconds(30)};
inline constexpr std::uint32_t kHistogramSlots = kBounds.size() + 2;

/// One writer's counts. One thread writes, any may read.
class Sheet {
  public:
    static constexpr std::uint32_t kChunk = 1024;
    static constexpr std::uint32_t kChunks = 256;

    void add(Counter counter, std::uint64_t count = 1) { change(counter.slot, count); }
    /// A gauge is the sum over the sheets: each writer adds and takes away what is its own.
    void add(Gauge gauge, std::int64_t change_by) { change(gauge.slot, static_cast<std::uint64_t>(change_by)); }
    void set(Gauge gauge, std::int64_t value) {
        at(gauge.slot).store(static_cast<std::uint64_t>(value), std::memory_order_relaxed);
    }
    /// Negative durations count as none.
    void observe(Histogram histogram, Nanoseconds duration);

    [[nodiscard]] std::uint64_t read(std::uint32_t slot) const { return at(slot).load(std::memory_order_relaxed); }

  private:
    friend class Metrics;
    using Chunk = std::array<std::atomic<std::uint64_t>, kChunk>;
    [[nodiscard]] std::atomic<std::uint64_t>& at(std::uint32_t slot) const {
        return (*chunks_[slot / kChunk].load(std::memory_order_acquire))[slot % kChunk];
    }
    void change(std::uint32_t slot, std::uint64_t by) const {
        std::atomic<std::uint64_t>& cell = at(slot);
        cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }
    /// Requires: called under the lock of Metrics.
    void grow(std::uint32_t slots);

    std::array<std::atomic<Chunk*>, kChunks> chunks_{};
    std::vector<std::unique_ptr<Chunk>> owned_;
};

enum class MetricKind : std::uint8_t { counter, gauge, histogram };

using Labels = std::vector<std::pair<std::string, std::string>>;

/// One series at the moment of a scrape.
struct Sample {
    Labels labels;
    std::int64_t value = 0;                                   ///< of a counter (as unsigned) or a gauge
    std::array<std::uint64_t, kBounds.size() + 1> buckets{};  ///< of a histogram, not cumulative
    std::uint64_t sum = 0;                                    ///< of a histogram, in nanoseconds
};
struct Family {
    std::string name;
    std::string help;
    MetricKind kind = MetricKind::counter;
    std::vector<Sample> samples;
};

class Metrics {
  public:
    /// Series in all; what is registered beyond them counts into the place that nobody reads, and refused() says how
    /// many.
    static constexpr std::size_t kMaxSeries = 10000;

    /// `writers` threads count; each has its sheet.
    explicit Metrics(std::size_t writers);

    /// Registering the same name and labels again gives the same series, so counts survive a reload. Any thread, but
    /// not on the way of a request. The name and the names of labels are constants of the program. Requires: one kind
    /// for a name.
    Counter counter(std::string_view name, std::string_view help, Labels labels = {});
    Gauge gauge(std::string_view name, std::string_view help, Labels labels = {});
    Histogram histogram(std::string_view name, std::string_view help, Labels labels = {});
    /// A value that somebody else keeps: `read` is called during a scrape, from its thread.
    void watch(MetricKind kind, std::string_view name, std::string_view help, Labels labels,
               std::function<std::int64_t()> read);

    /// Requires: writer < writers.
    [[nodiscard]] Sheet& sheet(std::size_t writer) { return *sheets_[writer]; }
    [[nodiscard]] std::size_t refused() const;

    /// Everything, in the order in which it was registered. Any thread.
    [[nodiscard]] std::vector<Family> scrape() const;

  private:
    struct Series {
        Labels labels;
        std::uint32_t slot = 0;
        std::function<std::int64_t()> read;
    };
    struct Group {
        std::string name;
        std::string help;
        MetricKind kind;
        std::vector<Series> series;
        std::map<Labels, std::size_t> index;
    };
    std::uint32_t place(MetricKind kind, std::string_view name, std::string_view help, Labels labels,
                        std::function<std::int64_t()> read);
    [[nodiscard]] std::uint64_t total(std::uint32_t slot) const;

    std::vector<std::unique_ptr<Sheet>> sheets_;
    mutable std::mutex mutex_;
    std::deque<Group> groups_;
    std::map<std::string, std::size_t, std::less<>> index_;
    std::uint32_t next_slot_ = kHistogramSlots;  ///< the first places are those that nobody reads
    std::size_t series_ = 0;
    std::size_t refused_ = 0;
};

}  // namespace gw::telemetry
