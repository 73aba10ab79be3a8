// A gateway under steady load for a long time: nothing is lost, nothing grows, nothing slows down. GW_SOAK=7200 makes
// it that many seconds; what takes hours to show (a slope, a drift) is judged from ten minutes on.

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include <poll.h>

#include "libgw/base/random.h"
#include "tests/integration/issuer.h"
#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/peer.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kClients = 3;
constexpr const char* kIssuer = "https://issuer.example";

std::string config_of(int generation, const std::string& target, const std::string& keys) {
    const std::string n = std::to_string(generation);
    return "version: 1\nlimits: {maxConnectionsPerClient: 0}\napis:\n  - authorizers:\n      jwt: {issuer: '" +
           std::string(kIssuer) + "', jwks: 'file:" + keys + "'}\n    routes:\n" +
           "      - {routeKey: GET /mock, integration: 'mock:200:m" + n + "'}\n" +
           "      - {routeKey: POST /echo, integration: '" + target + "'}\n" +
           "      - {routeKey: GET /kept, integration: '" + target + "', cache: 2s}\n" +
           "      - {routeKey: GET /who, integration: 'mock:200:w', auth: jwt}\n";
}

/// Durations in buckets of a tenth more each.
class Durations {
  public:
    void add(Clock::duration took) {
        const double us = std::max(1.0, std::chrono::duration<double, std::micro>(took).count());
        ++counts_[std::min(counts_.size() - 1, static_cast<std::size_t>(std::log(us) / std::log(1.1)))];
        ++all_;
    }
    void add(const Durations& other) {
        for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
        all_ += other.all_;
    }
    /// The microseconds that this part of all took at most.
    [[nodiscard]] double at(double part) const {
        std::size_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i)
            if (static_cast<double>(seen += counts_[i]) >= part * static_cast<double>(all_))
                return std::pow(1.1, static_cast<double>(i + 1));
        return 0;
    }

  private:
    std::array<std::size_t, 200> counts_{};
    std::size_t all_ = 0;
};

/// One after the other, on connections that are replaced now and then, as fast as it is allowed.
class Caller {
  public:
    Caller(const Gateway& gateway, std::uint64_t seed) : gateway_(gateway), dice_(seed) {}

    /// Until `end`, a request every `pause`; into the quarter of the time that it falls into.
    void call_until(Clock::time_point begin, Clock::time_point end, Clock::duration pause) {
        const auto quarter = std::max<Clock::duration>((end - begin) / 4, 1ns);
        Clock::time_point due = begin;
        for (Clock::time_point now = Clock::now(); now < end; now = Clock::now()) {
            if (due > now)
                ::poll(nullptr, 0, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(due - now).count()));
            due += pause;
            const auto start = Clock::now();
            call();
            quarters[static_cast<std::size_t>(std::clamp<std::int64_t>((start - begin) / quarter, 0, 3))].add(
                Clock::now() - start);
        }
    }

    std::size_t asked = 0;
    std::size_t problems = 0;
    std::array<Durations, 4> quarters;

  private:
    void call() {
        if (asked++ % 50 == 0) client_.emplace(gateway_.connect());
        const std::uint64_t kind = dice_.below(10);
        const std::string body(dice_.below(20'000), static_cast<char>('a' + dice_.below(26)));
        const std::string request = kind < 5    ? get_request("/mock")
                                    : kind == 5 ? get_request("/kept?n=" + std::to_string(dice_.below(100)))
                                    : kind == 6 ? get_request("/who", bearer(token_))
                                    : kind == 7 ? get_request("/nowhere")
                                                : post_request("/echo", body);
        const auto sent = client_->send(request);
        const auto answer = sent ? client_->read_response() : Result<RawResponse>(sent.error());
        bool good = answer && answer->status == (kind == 7 ? 404 : 200);
        if (good && kind < 5) good = answer->body.starts_with("m");
        if (good && kind > 7) good = answer->body == body;
        problems += good ? 0 : 1;
        if (!answer || answer->field("connection") == "close") client_.emplace(gateway_.connect());
    }

    const Gateway& gateway_;
    Random dice_;
    std::optional<RawClient> client_;
    std::string token_ = token_of(kIssuer, {{"exp", std::int64_t{4'000'000'000}}});
};

struct Sample {
    double hours;
    Usage usage;
};

/// The median of all slopes between two samples, in MiB an hour: a few jumps do not move it.
double slope_of(const std::vector<Sample>& samples) {
    std::vector<double> slopes;
    for (std::size_t i = 0; i < samples.size(); ++i)
        for (std::size_t k = i + 1; k < samples.size(); ++k)
            slopes.push_back(
                (static_cast<double>(samples[k].usage.rss_bytes) - static_cast<double>(samples[i].usage.rss_bytes)) /
                1048576.0 / (samples[k].hours - samples[i].hours));
    if (slopes.empty()) return 0;
    const auto middle = slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2);
    std::nth_element(slopes.begin(), middle, slopes.end());
    return *middle;
}

std::size_t lines_in(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
}

/// Takes what is in the log out of it; how many lines that were.
std::size_t take_lines(Gateway& gateway) {
    const std::string path = gateway.directory().file("access.log");
    std::filesystem::rename(path, path + ".old");
    must(gateway.process().signal(SIGUSR1));
    if (!eventually([&] { return std::filesystem::exists(path); }))
        throw std::runtime_error("the log was not opened anew");
    const std::size_t count = lines_in(path + ".old");
    std::filesystem::remove(path + ".old");
    return count;
}

}  // namespace

TEST_CASE("under steady load with reloads and new connections nothing is lost, grows or slows down") {
    const std::chrono::seconds length(wished_size("GW_SOAK", 4));
    const bool is_long = length >= 10min;
    const TemporaryDirectory directory;
    const std::string keys = directory.write("keys.json", key_set());
    PeerServer target([](const PeerRequest& request) { return PeerResponse{200, {}, request.body}; });
    Start how;
    how.config = config_of(0, target.url(), keys);
    Gateway gateway({"--workers", "2"}, how);
    std::vector<Caller> callers;
    for (std::size_t i = 0; i < kClients; ++i) callers.emplace_back(gateway, i);
    const auto run = [&](Clock::time_point begin, Clock::time_point end, Clock::duration pause) {
        std::vector<std::thread> threads;
        for (Caller& caller : callers)
            threads.emplace_back([&caller, begin, end, pause] { caller.call_until(begin, end, pause); });
        return threads;
    };
    const auto asked = [&] {
        std::size_t sum = 0;
        for (const Caller& caller : callers) sum += caller.asked;
        return sum;
    };

    // what these clients can do at most, and then six tenths of it
    const auto trial = std::clamp<Clock::duration>(length / 8, 500ms, 10s);
    for (std::thread& thread : run(Clock::now(), Clock::now() + trial, 0ns)) thread.join();
    const auto pause = trial * kClients * 10 / 6 / std::max<std::size_t>(asked(), 1);
    for (Caller& caller : callers) caller.quarters = {};
    const std::size_t before = asked();

    const auto begin = Clock::now();
    const auto end = begin + length;
    std::vector<std::thread> threads = run(begin, end, pause);
    const auto hours = [&] { return std::chrono::duration<double, std::ratio<3600>>(Clock::now() - begin).count(); };
    const auto between_reloads = std::min<Clock::duration>(length / 5, 5min);
    const auto between_looks = std::clamp<Clock::duration>(length / 500, 50ms, 30s);
    const auto warm = begin + std::min<Clock::duration>(length / 4, 30min);
    std::vector<Sample> samples;
    std::size_t logged = 0;
    int generation = 0;
    Clock::time_point reload = begin + between_reloads;
    while (Clock::now() < end) {
        ::poll(nullptr, 0, static_cast<int>(between_looks / 1ms));
        if (Clock::now() >= warm) samples.push_back({hours(), must(gateway.process().usage())});
        if (Clock::now() < reload) continue;
        gateway.write_config(config_of(++generation, target.url(), keys));
        CHECK(gateway.order("/reload").status == 200);
        logged += take_lines(gateway);
        reload += between_reloads;
    }
    for (std::thread& thread : threads) thread.join();
    const std::uint64_t internal_errors = gateway.metric("gw_internal_errors_total");
    const std::uint64_t dropped = gateway.metric("gw_log_dropped_total");
    CHECK(gateway.stop().code == 0);
    logged += lines_in(gateway.directory().file("access.log"));

    std::size_t problems = 0;
    std::array<Durations, 4> quarters;
    for (const Caller& caller : callers) {
        problems += caller.problems;
        for (std::size_t i = 0; i < quarters.size(); ++i) quarters[i].add(caller.quarters[i]);
    }
    REQUIRE(samples.size() > 5);
    const Usage& first = samples.front().usage;
    const Usage& last = samples.back().usage;
    const double slope = slope_of(samples);
    std::printf(
        "%zu requests in %lld s and %d reloads, %zu problems, %zu lines; p99 %.0f us at first, %.0f in the end; "
        "resident %zu then %zu KiB, %.2f MiB an hour; %zu then %zu descriptors\n",
        asked() - before, static_cast<long long>(length.count()), generation, problems, logged, quarters[0].at(0.99),
        quarters[3].at(0.99), first.rss_bytes >> 10U, last.rss_bytes >> 10U, slope, first.descriptors,
        last.descriptors);
    CHECK(problems == 0);
    CHECK(internal_errors == 0);
    CHECK(dropped == 0);
    CHECK(logged == asked());
    CHECK(generation >= 4);
    for (const Sample& sample : samples) CHECK(sample.usage.threads == first.threads);
    CHECK(last.descriptors <= first.descriptors + 2 * kClients);
    if (!Faults::available()) return;  // sanitizers keep what was given back
    CHECK(last.rss_bytes <= first.rss_bytes + (8U << 20U));
    if (!is_long) return;
    CHECK(slope <= 1.0);
    CHECK(quarters[3].at(0.99) <= 1.1 * quarters[0].at(0.99) * 1.1);  // a tenth, and the width of a bucket
}
