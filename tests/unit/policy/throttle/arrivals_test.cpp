#include "libgw/policy/throttle/arrivals.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "tests/support/catch.h"

using namespace gw;
using namespace std::chrono_literals;
using throttle::Arrival;

namespace {

/// All requests of a traffic; `admits` is asked of each.
std::vector<Arrival> all(std::string_view text, std::uint64_t seed = 1,
                         const std::function<bool(const Arrival&)>& admits = {}, std::uint64_t* given_up = nullptr) {
    INFO(text);
    const auto traffic = throttle::parse_traffic(text);
    REQUIRE(traffic);
    Random random(seed);
    throttle::Arrivals arrivals(*traffic, random);
    std::vector<Arrival> out;
    std::vector<Arrival> batch(7);
    while (const std::size_t count = arrivals.next(batch))
        for (std::size_t i = 0; i < count; ++i) {
            out.push_back(batch[i]);
            arrivals.tell(batch[i], !admits || admits(batch[i]));
        }
    CHECK(arrivals.next(batch) == 0);  // the end stays the end
    CHECK(std::is_sorted(out.begin(), out.end(), [](const Arrival& a, const Arrival& b) { return a.at < b.at; }));
    if (given_up != nullptr) *given_up = arrivals.given_up();
    return out;
}

std::int64_t at(const Arrival& arrival) { return arrival.at.time_since_epoch().count(); }

std::size_t between(const std::vector<Arrival>& arrivals, Nanoseconds from, Nanoseconds to) {
    return static_cast<std::size_t>(std::count_if(arrivals.begin(), arrivals.end(), [&](const Arrival& one) {
        return one.at >= Instant(from) && one.at < Instant(to);
    }));
}

/// Whether a count of a Poisson process is within five standard deviations of what is expected.
bool is_about(std::size_t count, double expected) {
    return std::abs(static_cast<double>(count) - expected) <= 5 * std::sqrt(expected);
}

}  // namespace

TEST_CASE("evenly spaced requests come at exactly i divided by the rate") {
    const auto thirds = all("3/s@1000s");
    REQUIRE(thirds.size() == 3000);
    for (std::size_t i = 0; i < thirds.size(); ++i)
        REQUIRE(at(thirds[i]) == static_cast<std::int64_t>(i) * 1'000'000'000 / 3);
    CHECK(all("50/s@30s").size() == 1500);
    CHECK(all("7/m@1h").size() == 420);
    CHECK(all("0.5/s@3s").size() == 2);
    CHECK(all("0/s@1h").empty());
    // a billion a second for a microsecond
    CHECK(all("1000000000/s@1us").size() == 1000);
}

TEST_CASE("a ramp brings as many as the area under it, evenly more") {
    const auto up = all("ramp 0..500/s@2m");
    CHECK(std::abs(static_cast<double>(up.size()) - 30000) <= 1);
    // t = √(2·i/growth)
    for (const std::size_t i : {std::size_t{1}, std::size_t{100}, std::size_t{29999}})
        CHECK(static_cast<double>(at(up[i])) * 1e-9 == Approx(std::sqrt(2.0 * static_cast<double>(i) * 120 / 500)));
    CHECK(std::abs(static_cast<double>(between(up, 0s, 60s)) - 7500) <= 1);
    const auto down = all("ramp 500..0/s@2m");
    CHECK(std::abs(static_cast<double>(down.size()) - 30000) <= 1);
    CHECK(std::abs(static_cast<double>(between(down, 0s, 60s)) - 22500) <= 1);
    CHECK(all("ramp 7..7/s@10s").size() == 70);
    CHECK(all("ramp 0..0/s@10s").empty());
}

TEST_CASE("a sine swings around its rate") {
    const auto sine = all("sine 100/s +-50/s period 1m @10m");
    CHECK(std::abs(static_cast<double>(sine.size()) - 60000) <= 1);
    // its first half minute holds ∫ 100 + 50·sin = 3000 + 50·60/π more
    CHECK(std::abs(static_cast<double>(between(sine, 0s, 30s)) - (3000 + 3000 / 3.14159265)) <= 1.5);
    CHECK(std::abs(static_cast<double>(between(sine, 30s, 60s)) - (3000 - 3000 / 3.14159265)) <= 1.5);
    // down to nothing, and a period that is never reached
    CHECK(std::abs(static_cast<double>(all("sine 10/s +-10/s period 10s @1m").size()) - 600) <= 1);
    CHECK(all("sine 10/s +-5/s period 1h @1s").size() >= 10);
    CHECK(all("sine 0/s +-0/s period 1s @1m").empty());
}

TEST_CASE("by chance requests are as many as a Poisson process has, and as far apart") {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        const auto flat = all("poisson 80/s@5m", seed);
        CHECK(is_about(flat.size(), 24000));
        // distances are exponential: as spread as they are long on average
        double sum = 0;
        double squares = 0;
        for (std::size_t i = 1; i < flat.size(); ++i) {
            const double distance = static_cast<double>(at(flat[i]) - at(flat[i - 1])) * 1e-9;
            sum += distance;
            squares += distance * distance;
        }
        const auto count = static_cast<double>(flat.size() - 1);
        const double mean = sum / count;
        CHECK(mean == Approx(1.0 / 80).epsilon(0.05));
        CHECK(std::sqrt(squares / count - mean * mean) == Approx(mean).epsilon(0.05));
        const auto ramp = all("poisson ramp 0..500/s@2m", seed);
        CHECK(is_about(ramp.size(), 30000));
        CHECK(is_about(between(ramp, 0s, 60s), 7500));
        const auto sine = all("poisson sine 100/s +-50/s period 1m @10m", seed);
        CHECK(is_about(sine.size(), 60000));
        CHECK(is_about(between(sine, 0s, 30s), 3000 + 3000 / 3.14159265));
    }
}

TEST_CASE("a seed brings the same requests again, another one others") {
    const auto moments = [](std::uint64_t seed) {
        std::vector<std::int64_t> out;
        for (const Arrival& one : all("poisson 80/s@10s keys 9", seed)) out.push_back(at(one) * 16 + one.member);
        return out;
    };
    CHECK(moments(5) == moments(5));
    CHECK(moments(5) != moments(6));
}

TEST_CASE("a spike comes at one moment") {
    const auto spike = all("spike 1000 at 60s");
    REQUIRE(spike.size() == 1000);
    CHECK(spike.front().at == Instant(60s));
    CHECK(spike.back().at == Instant(60s));
    CHECK(all("spike 3 at 0s").size() == 3);
}

TEST_CASE("streams are merged by time, shapes follow each other, and each knows its group") {
    const auto merged = all("1/s@2s, spike 2 at 1s + 2/s@2s");
    std::vector<std::pair<std::int64_t, std::uint32_t>> seen;
    for (const Arrival& one : merged) seen.emplace_back(at(one) / 1'000'000, one.group);
    CHECK(seen == std::vector<std::pair<std::int64_t, std::uint32_t>>{
                      {0, 0}, {0, 2}, {500, 2}, {1000, 0}, {1000, 2}, {1500, 2}, {3000, 1}, {3000, 1}});
}

TEST_CASE("several senders send as often as each other") {
    std::map<std::uint32_t, std::size_t> by;
    for (const Arrival& one : all("1000/s@40s keys 4")) ++by[one.member];
    REQUIRE(by.size() == 4);
    for (const auto& [member, count] : by) CHECK(is_about(count, 10000));
}

TEST_CASE("clients wait for their answer and think before they ask again") {
    const auto admitted = all("clients 3 think 1s @10s");
    REQUIRE(admitted.size() == 30);
    std::map<std::uint32_t, std::vector<std::int64_t>> by;
    for (const Arrival& one : admitted) by[one.client].push_back(at(one));
    REQUIRE(by.size() == 3);
    for (const auto& [client, times] : by) {
        CHECK(times.front() < 1'000'000'000);
        for (std::size_t i = 1; i < times.size(); ++i) CHECK(times[i] - times[i - 1] == 1'000'000'000);
    }
}

TEST_CASE("a refused client tries again after a growing back-off, then gives up and thinks") {
    std::uint64_t given_up = 0;
    const auto refused =
        all("clients 1 think 10s retry 3 backoff 100ms*2 @20s", 1, [](const Arrival&) { return false; }, &given_up);
    REQUIRE(refused.size() >= 8);
    const std::vector<std::int64_t> distances = {100, 200, 400, 10000, 100, 200, 400};
    const std::vector<bool> repeated = {false, true, true, true, false, true, true, true};
    for (std::size_t i = 0; i < distances.size(); ++i) {
        CHECK((at(refused[i + 1]) - at(refused[i])) / 1'000'000 == distances[i]);
        CHECK(refused[i].repeated == repeated[i]);
    }
    CHECK(given_up == refused.size() / 4);
    // an answer ends it
    std::size_t asked = 0;
    const auto mended =
        all("clients 1 think 10s retry 3 backoff 100ms*2 @5s", 1, [&](const Arrival&) { return ++asked % 3 == 0; });
    for (std::size_t i = 1; i < mended.size(); ++i)
        CHECK((at(mended[i]) - at(mended[i - 1])) / 1'000'000 == (i % 3 == 1 ? 100 : i % 3 == 2 ? 200 : 10000));
}

TEST_CASE("jitter spreads a retry evenly over its back-off, and no back-off is longer than an hour") {
    const auto jittered = all("clients 2000 think 100s retry 1 backoff 10s jitter @90s", 3,
                              [](const Arrival& one) { return one.repeated; });
    std::map<std::uint32_t, std::int64_t> first;
    std::vector<std::size_t> tenths(10);
    std::size_t retries = 0;
    for (const Arrival& one : jittered) {
        if (!one.repeated) {
            first[one.client] = at(one);
            continue;
        }
        const std::int64_t waited = at(one) - first[one.client];
        REQUIRE(waited >= 0);
        REQUIRE(waited < 10'000'000'000);
        if (first[one.client] > 80'000'000'000) continue;  // the end cuts what waits long
        ++tenths[static_cast<std::size_t>(waited / 1'000'000'000)];
        ++retries;
    }
    REQUIRE(retries > 1000);
    for (const std::size_t count : tenths) CHECK(is_about(count, static_cast<double>(retries) / 10));
    const auto patient =
        all("clients 1 think 1s retry 9 backoff 59m*100 @10h", 1, [](const Arrival&) { return false; });
    for (std::size_t i = 1; i < patient.size(); ++i) CHECK(patient[i].at - patient[i - 1].at <= 60min);
}

TEST_CASE("what comes before clients in a stream is no answer to them") {
    const auto traffic = throttle::parse_traffic("10/s@1s, clients 2 think 1s @5s, 10/s@1s");
    REQUIRE(traffic);
    const auto both = all("10/s@1s, clients 2 think 1s @5s, 10/s@1s");
    CHECK(both.size() == 10 + 2 * 5 + 10);
    CHECK(between(both, 1s, 6s) == 10);
}

TEST_CASE("clients beside other traffic, and two groups of them, each get their own answers") {
    std::map<std::uint32_t, std::size_t> by;
    for (const Arrival& one : all("clients 2 think 1s @5s + clients 1 think 1s retry 1 backoff 100ms @5s + 10/s@5s", 1,
                                  [](const Arrival& arrival) { return arrival.group != 1; }))
        ++by[one.group];
    CHECK(by[0] == 10);
    CHECK(by[1] >= 8);
    CHECK(by[1] <= 10);
    CHECK(by[2] == 50);
}
