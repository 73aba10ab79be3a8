#include "libgw/policy/throttle/simulate.h"

#include "libgw/policy/throttle/token_bucket.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace std::chrono_literals;
using throttle::Arrival;
using throttle::Decision;

namespace {

/// One bucket for all, whose layer is the group's number.
class OneBucket final : public throttle::Judge {
  public:
    explicit OneBucket(std::string_view rate, std::uint64_t burst)
        : bucket_(throttle::Limit::make(*parse_rate(rate), burst).value(), Instant()) {}
    void judge(std::span<const Arrival> arrivals, std::span<Decision> decisions) override {
        for (std::size_t i = 0; i < arrivals.size(); ++i)
            decisions[i] = {bucket_.take(arrivals[i].at).admitted, static_cast<std::uint8_t>(arrivals[i].group)};
    }

  private:
    throttle::TokenBucket bucket_;
};

throttle::Figures run(std::string_view text, throttle::Judge& judge, Nanoseconds bin = 0s) {
    const auto traffic = throttle::parse_traffic(text);
    REQUIRE(traffic);
    Random random(1);
    throttle::Arrivals arrivals(*traffic, random);
    throttle::Recorder recorder(Instant(), bin);
    for (const auto& stream : traffic->streams)
        for (const auto& shape : stream) recorder.add_group(shape.senders.count);
    CHECK(throttle::simulate(arrivals, judge, recorder));
    return recorder.take();
}

std::uint64_t offered(const std::vector<throttle::Count>& counts) {
    std::uint64_t sum = 0;
    for (const auto& count : counts) sum += count.offered;
    return sum;
}

}  // namespace

TEST_CASE("a run counts who was refused, when, and by which layer") {
    OneBucket bucket("100/s", 200);
    const auto figures = run("50/s@60s + spike 1000 at 30s keys 3", bucket);
    CHECK(figures.all.offered == 4000);
    // one of the others comes with the spike
    CHECK(figures.all.rejected == 801);
    CHECK(figures.all.accepted() == 3199);
    CHECK(figures.layers[0] + figures.layers[1] == 801);
    CHECK(figures.first_rejected == Instant(30s));
    CHECK(figures.last_rejected == Instant(30s));
    CHECK(figures.first == Instant());
    CHECK(figures.last == Instant(59980ms));
    REQUIRE(figures.members.size() == 2);
    CHECK(figures.members[0][0].offered == 3000);
    CHECK(offered(figures.members[1]) == 1000);
    CHECK(figures.all.share() == Approx(801.0 / 4000));
}

TEST_CASE("bins of a run of unknown length grow with it, and lose nothing") {
    for (const char* text : {"1000/s@500ms", "1000/s@3s", "100/s@1h", "0.1/s@30d", "1/h@3650d"}) {
        INFO(text);
        OneBucket bucket("1/s", 5);
        const auto figures = run(text, bucket);
        CHECK(figures.bins.size() <= throttle::Recorder::kMostBins);
        CHECK(offered(figures.bins) == figures.all.offered);
        std::uint64_t rejected = 0;
        for (const auto& bin : figures.bins) rejected += bin.rejected;
        CHECK(rejected == figures.all.rejected);
        std::int64_t leading = figures.bin.count();
        while (leading % 10 == 0) leading /= 10;
        CHECK((leading == 1 || leading == 2));
    }
}

TEST_CASE("bins that were asked for are that long, and the last holds what is too late") {
    OneBucket bucket("1/s", 5);
    const auto figures = run("10/s@10s", bucket, 3s);
    REQUIRE(figures.bins.size() == 4);
    CHECK(figures.bins[0].offered == 30);
    CHECK(figures.bins[3].offered == 10);
    const auto tiny = run("10/s@10s", bucket, 1us);
    CHECK(tiny.bins.size() == throttle::Recorder::kLimit);
    CHECK(offered(tiny.bins) == 100);
}

TEST_CASE("requests before the beginning are counted with the first") {
    throttle::Recorder recorder(Instant(10s), 1s);
    recorder.add_group(1);
    Arrival early;
    early.at = Instant(3s);
    recorder.record(early, {});
    CHECK(recorder.figures().bins[0].offered == 1);
    CHECK(recorder.figures().first == Instant(3s));
}

TEST_CASE("clients hear of each decision before they ask again, and repeats are counted") {
    OneBucket bucket("1/s", 1);
    const auto figures = run("clients 10 think 1s retry 5 backoff 50ms*2 @1m", bucket);
    CHECK(figures.all.accepted() <= 61);
    CHECK(figures.all.accepted() >= 59);
    CHECK(figures.repeated > 100);
}

TEST_CASE("a run can be stopped where progress is told, and an observer sees each decision") {
    OneBucket bucket("1/s", 1);
    const auto traffic = throttle::parse_traffic("1000000/s@1h");
    Random random(1);
    throttle::Arrivals arrivals(*traffic, random);
    throttle::Recorder recorder{Instant()};
    recorder.add_group(1);
    std::uint64_t told = 0;
    std::uint64_t seen = 0;
    std::uint64_t admitted = 0;
    CHECK_FALSE(throttle::simulate(
        arrivals, bucket, recorder,
        [&](std::uint64_t count, Instant) {
            told = count;
            return count < 2'000'000;
        },
        [&](const Arrival&, const Decision& decision) {
            ++seen;
            admitted += decision.admitted ? 1 : 0;
        }));
    CHECK(told >= 2'000'000);
    CHECK(told < 4'000'000);
    CHECK(seen == told);
    CHECK(admitted == recorder.figures().all.accepted());
}
