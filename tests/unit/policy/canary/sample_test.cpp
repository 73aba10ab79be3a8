#include "libgw/policy/canary/sample.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::canary;

namespace {

Sample made(std::uint64_t scale) {
    Sample sample;
    sample.requests = 10 * scale;
    sample.broken = scale;
    sample.statuses = {{200, 7 * scale}, {500, 2 * scale}};
    sample.latencies = {{3, 4 * scale}, {90, 5 * scale}};
    sample.fields["rows"] = {{1.5, scale}};
    return sample;
}

bool same(const Sample& a, const Sample& b) {
    return a.requests == b.requests && a.broken == b.broken && a.statuses == b.statuses && a.latencies == b.latencies &&
           a.fields == b.fields;
}

}  // namespace

TEST_CASE("canary sample: what came between two moments is what has to be added to the first", "[policy][canary]") {
    const auto between = since(made(2), made(5));
    REQUIRE(between);
    CHECK(same(*between, made(3)));
    Sample sum = made(2);
    sum += *between;
    CHECK(same(sum, made(5)));
    const auto nothing = since(made(2), made(2));
    REQUIRE(nothing);
    CHECK(nothing->requests == 0);
    CHECK(nothing->statuses.empty());
}

TEST_CASE("canary sample: counts that went back are no difference", "[policy][canary]") {
    CHECK(!since(made(3), made(2)));
    for (int part = 0; part < 4; ++part) {
        Sample earlier = made(2);
        if (part == 0) earlier.broken = 100;
        if (part == 1) earlier.statuses[404] = 1;
        if (part == 2) earlier.latencies[90] = 100;
        if (part == 3) earlier.fields["rows"][2.5] = 1;
        CHECK(!since(earlier, made(3)));
    }
}

TEST_CASE("canary sample: ranks and quantiles of values that were counted", "[policy][canary]") {
    const Values values = {{1, 5}, {2, 4}, {10, 1}};
    CHECK(count_of(values) == 10);
    CHECK(value_at(values, 1) == 1);
    CHECK(value_at(values, 5) == 1);
    CHECK(value_at(values, 6) == 2);
    CHECK(value_at(values, 10) == 10);
    CHECK(quantile_of(values, 0.5) == 1);
    CHECK(quantile_of(values, 0.51) == 2);
    CHECK(quantile_of(values, 0.9) == 2);
    CHECK(quantile_of(values, 0.91) == 10);
    CHECK(quantile_of(values, 1) == 10);
    CHECK(quantile_of({{7, 100}}, 0.07) == 7);
}
