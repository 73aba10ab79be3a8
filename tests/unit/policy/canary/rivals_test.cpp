#include "libgw/policy/canary/rivals.h"

#include <cmath>
#include <vector>

#include "libgw/base/random.h"
#include "libgw/policy/canary/statistics/chance.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::canary;

namespace {

std::vector<double> evenly(std::size_t looks) {
    std::vector<double> information;
    for (std::size_t i = 1; i <= looks; ++i) information.push_back(static_cast<double>(i) / static_cast<double>(looks));
    return information;
}

/// One standard normal draw, of twelve uniform ones.
double normal(Random& random) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += random.unit();
    return sum;
}

}  // namespace

TEST_CASE("canary rivals: boundaries of five looks are those of the published tables", "[policy][canary]") {
    // Lan and DeMets' spending function like O'Brien and Fleming's, one-sided 2.5 %, as printed for trials
    const std::vector<double> boundaries = spending_boundaries(evenly(5), 0.025);
    const std::vector<double> published = {4.877, 3.357, 2.680, 2.290, 2.031};
    REQUIRE(boundaries.size() == published.size());
    for (std::size_t i = 0; i < published.size(); ++i) CHECK(boundaries[i] == Approx(published[i]).margin(0.002));
    CHECK(spending_boundaries({1}, 0.05).front() == Approx(normal_quantile(0.05)).margin(1e-3));
}

TEST_CASE("canary rivals: boundaries are crossed as often as was said", "[policy][canary]") {
    Random random(3);
    const std::vector<double> information = {0.02, 0.02, 0.1, 0.4, 0.45, 0.8, 1};
    const std::vector<double> boundaries = spending_boundaries(information, 0.05);
    REQUIRE(boundaries.size() == information.size());
    CHECK(std::isinf(boundaries.front()));
    constexpr std::uint64_t kRuns = 6000;
    std::uint64_t crossed = 0;
    for (std::uint64_t i = 0; i < kRuns; ++i) {
        double score = 0;
        double before = 0;
        bool is_crossed = false;
        for (std::size_t k = 0; k < information.size(); ++k) {
            score += normal(random) * std::sqrt(information[k] - before);
            before = information[k];
            is_crossed = is_crossed || score / std::sqrt(before) >= boundaries[k];
        }
        crossed += is_crossed ? 1 : 0;
    }
    const Limits limits = binomial_limits(kRuns, crossed, 0.001);
    CHECK(limits.low <= 0.05);
    CHECK(limits.high >= 0.05);
}

TEST_CASE("canary rivals: each has its name, and no other", "[policy][canary]") {
    for (const Method method : {Method::msprt, Method::gst, Method::naive, Method::mannwhitney})
        CHECK(parse_method(to_text(method)) == method);
    CHECK(!parse_method("sprt"));
    CHECK(!parse_method(""));
}

TEST_CASE("canary rivals: all of them see gross harm, begin anew, and say nothing of an empty arm",
          "[policy][canary]") {
    Schedule schedule;
    schedule.stable = 0.01;
    schedule.expected.assign(10, {{900, 0}, {100, 0}});
    for (const Method method : {Method::msprt, Method::gst, Method::naive, Method::mannwhitney}) {
        INFO(to_text(method));
        const auto arbiter = make_arbiter(method, Question{}, schedule);
        for (int run = 0; run < 2; ++run) {
            arbiter->begin();
            CHECK(arbiter->add({{900, 9}, {0, 0}}) == Answer::inconclusive);
            Answer answer = Answer::inconclusive;
            for (int look = 0; look < 8 && answer == Answer::inconclusive; ++look)
                answer = arbiter->add({{900, 9}, {100, 60}});
            CHECK(answer == Answer::rollback);
        }
    }
}
