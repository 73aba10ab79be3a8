#include "libgw/io/telemetry/metrics.h"

#include <numeric>
#include <thread>

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::telemetry;
using namespace std::chrono_literals;

namespace {
const Sample& sample_of(const std::vector<Family>& families, std::string_view name, const Labels& labels = {}) {
    static const Sample none;
    for (const Family& family : families) {
        if (family.name != name) continue;
        for (const Sample& sample : family.samples) {
            if (sample.labels == labels) return sample;
        }
    }
    FAIL("no series " << name);
    return none;
}
}  // namespace

TEST_CASE("a scrape adds up what every writer counted", "[io][metrics]") {
    Metrics metrics(3);
    const Counter counter = metrics.counter("c", "help", {{"route", "a"}});
    const Counter other = metrics.counter("c", "help", {{"route", "b"}});
    const Gauge gauge = metrics.gauge("g", "help");
    metrics.sheet(0).add(counter);
    metrics.sheet(1).add(counter, 10);
    metrics.sheet(2).add(other, 5);
    metrics.sheet(0).add(gauge, 7);
    metrics.sheet(1).add(gauge, -9);
    metrics.sheet(2).set(gauge, 1);
    const auto families = metrics.scrape();
    CHECK(sample_of(families, "c", {{"route", "a"}}).value == 11);
    CHECK(sample_of(families, "c", {{"route", "b"}}).value == 5);
    CHECK(sample_of(families, "g").value == -1);
    CHECK(families[0].kind == MetricKind::counter);
    CHECK(families[1].kind == MetricKind::gauge);
}

TEST_CASE("a histogram puts each duration into the first bucket that holds it", "[io][metrics]") {
    Metrics metrics(2);
    const Histogram histogram = metrics.histogram("h", "help");
    for (const Nanoseconds bound : kBounds) metrics.sheet(0).observe(histogram, bound);
    for (const Nanoseconds bound : kBounds) metrics.sheet(1).observe(histogram, bound + 1ns);
    metrics.sheet(1).observe(histogram, -5s);
    metrics.sheet(1).observe(histogram, 24h);
    const auto families = metrics.scrape();
    const Sample& sample = sample_of(families, "h");
    CHECK(sample.buckets[0] == 2);
    for (std::size_t i = 1; i < kBounds.size(); ++i) CHECK(sample.buckets.at(i) == 2);
    CHECK(sample.buckets[kBounds.size()] == 2);
    const Nanoseconds once = std::accumulate(kBounds.begin(), kBounds.end(), Nanoseconds(0));
    CHECK(sample.sum == static_cast<std::uint64_t>((2 * once + kBounds.size() * 1ns + 24h).count()));
    CHECK(std::is_sorted(kBounds.begin(), kBounds.end()));
}

TEST_CASE("registering again finds the counts that were there", "[io][metrics]") {
    Metrics metrics(1);
    const Counter first = metrics.counter("c", "help", {{"route", "a"}});
    metrics.sheet(0).add(first, 3);
    const Counter again = metrics.counter("c", "help", {{"route", "a"}});
    CHECK(again.slot == first.slot);
    metrics.sheet(0).add(again);
    CHECK(sample_of(metrics.scrape(), "c", {{"route", "a"}}).value == 4);
}

TEST_CASE("series beyond the limit count nowhere and are counted", "[io][metrics]") {
    Metrics metrics(1);
    Counter last;
    for (std::size_t i = 0; i < Metrics::kMaxSeries + 5; ++i) {
        last = metrics.counter("c", "help", {{"route", std::to_string(i)}});
    }
    CHECK(metrics.refused() == 5);
    CHECK(last.slot == 0);
    metrics.sheet(0).add(last, 1000);
    metrics.sheet(0).observe(metrics.histogram("h", "help"), 1s);
    CHECK(metrics.refused() == 6);
    std::int64_t sum = 0;
    const auto families = metrics.scrape();
    for (const Sample& sample : families[0].samples) sum += sample.value;
    CHECK(families[0].samples.size() == Metrics::kMaxSeries);
    CHECK(sum == 0);
}

TEST_CASE("handles that were never registered count nowhere", "[io][metrics]") {
    Metrics metrics(1);
    const Counter real = metrics.counter("c", "help");
    metrics.sheet(0).add(Counter{});
    metrics.sheet(0).set(Gauge{}, 9);
    metrics.sheet(0).observe(Histogram{}, 1s);
    CHECK(sample_of(metrics.scrape(), "c").value == 0);
    CHECK(real.slot >= kHistogramSlots);
}

TEST_CASE("one name has one kind", "[io][metrics]") {
    Metrics metrics(1);
    CHECK(metrics.counter("x", "help").slot != 0);
    CHECK(metrics.gauge("x", "help", {{"a", "b"}}).slot == 0);
    CHECK(metrics.refused() == 1);
}

TEST_CASE("a watched value is read at the scrape", "[io][metrics]") {
    Metrics metrics(1);
    std::int64_t value = 1;
    metrics.watch(MetricKind::gauge, "w", "help", {}, [&] { return value; });
    value = 42;
    CHECK(sample_of(metrics.scrape(), "w").value == 42);
}

TEST_CASE("counting, registering and scraping go on at the same time", "[io][metrics]") {
    Metrics metrics(2);
    const Counter counter = metrics.counter("c", "help");
    constexpr int kTimes = 20000;
    std::vector<std::thread> threads;
    for (std::size_t writer = 0; writer < 2; ++writer) {
        threads.emplace_back([&, writer] {
            for (int i = 0; i < kTimes; ++i) metrics.sheet(writer).add(counter);
        });
    }
    threads.emplace_back([&] {
        for (int i = 0; i < 300; ++i) metrics.histogram("h", "help", {{"route", std::to_string(i)}});
    });
    std::int64_t before = 0;
    for (int i = 0; i < 50; ++i) {
        const std::int64_t now = sample_of(metrics.scrape(), "c").value;
        CHECK(now >= before);
        before = now;
    }
    for (auto& thread : threads) thread.join();
    CHECK(sample_of(metrics.scrape(), "c").value == 2 * kTimes);
}
