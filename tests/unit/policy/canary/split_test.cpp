#include "libgw/policy/canary/split.h"

#include <cmath>

#include "libgw/base/random.h"
#include "libgw/policy/canary/sample.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::canary;

namespace {

Share share_of(double percent) {
    auto share = Share::make(percent);
    REQUIRE(share);
    return *share;
}

const SplitKey kKey = SplitKey::of("for tests only");

}  // namespace

TEST_CASE("canary split: a share is 0 to 100 percent", "[policy][canary]") {
    for (const double bad : {-0.1, 100.1, std::nan(""), double{INFINITY}}) CHECK(!Share::make(bad));
    CHECK(!share_of(0).holds(0));
    CHECK(share_of(100).holds(0));
    CHECK(share_of(100).holds(UINT64_MAX));
    CHECK(share_of(50).holds((std::uint64_t{1} << 63U) - 1));
    CHECK(!share_of(50).holds(std::uint64_t{1} << 63U));
    CHECK(!share_of(99.999999999).holds(UINT64_MAX));
}

TEST_CASE("canary split: a larger share holds the smaller one", "[policy][canary]") {
    Random random(7);
    for (int i = 0; i < 20000; ++i) {
        const double smaller = random.unit() * 100;
        const double larger = smaller + random.unit() * (100 - smaller);
        const std::uint64_t place = random();
        if (share_of(smaller).holds(place)) CHECK(share_of(larger).holds(place));
    }
}

TEST_CASE("canary split: the share over many requests and over many clients is within its binomial bound",
          "[policy][canary]") {
    constexpr std::uint64_t kRequests = 1'000'000;
    Random random(11);
    for (const double percent : {0.1, 1.0, 10.0, 33.3, 50.0, 99.5}) {
        INFO(percent);
        const Share share = share_of(percent);
        std::uint64_t drawn = 0;
        std::uint64_t placed = 0;
        for (std::uint64_t i = 0; i < kRequests; ++i) {
            drawn += share.holds(random()) ? 1 : 0;
            placed += share.holds(kKey.place_of("api/prod", std::to_string(i))) ? 1 : 0;
        }
        const double wanted = percent / 100 * static_cast<double>(kRequests);
        // five standard deviations: one run in 1.7 million is outside by chance, and these seeds are not
        const double bound = 5 * std::sqrt(wanted * (1 - percent / 100));
        CHECK(std::abs(static_cast<double>(drawn) - wanted) < bound);
        CHECK(std::abs(static_cast<double>(placed) - wanted) < bound);
    }
}

TEST_CASE("canary split: places are of a key and a scope, and say nothing of one another", "[policy][canary]") {
    const SplitKey other = SplitKey::of("another");
    CHECK(kKey.place_of("a/b", "c") == kKey.place_of("a/b", "c"));
    CHECK(kKey.place_of("a/b", "c") == SplitKey(kKey.bytes()).place_of("a/b", "c"));
    CHECK(kKey.place_of("a/b", "c") != other.place_of("a/b", "c"));
    CHECK(kKey.place_of("a/b", "c") != kKey.place_of("a/bc", ""));
    CHECK(kKey.place_of("a", "b/c") != kKey.place_of("a/b", "c"));
}

TEST_CASE("canary split: a cookie is believed when we made it, for that api", "[policy][canary]") {
    const std::string drawn = "0123456789abcdef";
    const std::string cookie = kKey.make_cookie("a/b", drawn);
    CHECK(kKey.client_of("a/b", cookie) == drawn);
    CHECK(!kKey.client_of("a/c", cookie));
    CHECK(!SplitKey::of("another").client_of("a/b", cookie));
    CHECK(!kKey.client_of("a/b", ""));
    CHECK(!kKey.client_of("a/b", cookie + "A"));
    for (std::size_t i = 0; i < cookie.size(); ++i) {
        std::string forged = cookie;
        forged[i] = forged[i] == 'A' ? 'B' : 'A';
        const auto client = kKey.client_of("a/b", forged);
        CHECK(!client);
    }
}

TEST_CASE("canary split: a field names one of two arms", "[policy][canary]") {
    CHECK(parse_arm("canary") == Arm::canary);
    CHECK(parse_arm("stable") == Arm::stable);
    for (const char* text : {"", "Canary", "1", "true", "canary, stable"}) CHECK(!parse_arm(text));
}

TEST_CASE("canary sample: a bucket of durations is at most 1/32 wide", "[policy][canary]") {
    using namespace std::chrono_literals;
    CHECK(Latencies::bucket_of(-1s) == 0);
    CHECK(Latencies::bucket_of(0ns) == 0);
    CHECK(Latencies::bucket_of(100h) == Latencies::kBuckets - 1);
    Random random(3);
    for (int i = 0; i < 100000; ++i) {
        const auto duration = std::chrono::microseconds(random.below(std::uint64_t{1} << (1 + random.below(31))));
        const std::size_t bucket = Latencies::bucket_of(duration);
        REQUIRE(bucket < Latencies::kBuckets);
        CHECK(duration < Latencies::bound_of(bucket));
        const auto least = bucket == 0 ? Nanoseconds(0) : Latencies::bound_of(bucket - 1);
        CHECK(duration >= least);
        CHECK((Latencies::bound_of(bucket) - least) <= std::max<Nanoseconds>(1us, least / 32 + 1us));
    }
}

TEST_CASE("canary sample: what counts as an error is 5xx and what broke", "[policy][canary]") {
    Sample sample;
    sample.broken = 2;
    sample.statuses = {{200, 50}, {404, 7}, {499, 1}, {500, 3}, {503, 4}, {599, 5}};
    CHECK(sample.errors() == 14);
}
