#include "libgw/policy/canary/judge.h"

#include <cmath>
#include <vector>

#include "libgw/base/random.h"
#include "libgw/policy/canary/statistics/chance.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::canary;

namespace {

Metric metric(std::string_view text) {
    auto metric = parse_metric(text);
    REQUIRE(metric);
    return *metric;
}

Sample errors(std::uint64_t requests, std::uint64_t bad) {
    Sample sample;
    sample.requests = requests;
    sample.statuses = {{200, requests - bad}, {503, bad}};
    return sample;
}

/// Latencies about 10 ms; a part of them ten times as long, and all of them longer by a factor.
Sample latencies(Random& random, std::uint64_t requests, double slow, double factor = 1) {
    Sample sample = errors(requests, 0);
    for (std::uint64_t i = 0; i < requests; ++i) {
        double ms = 10 * std::exp(0.3 * (random.unit() + random.unit() + random.unit() - 1.5)) * factor;
        if (random.unit() < slow) ms *= 10;
        ++sample.latencies[Latencies::bucket_of(Nanoseconds(static_cast<std::int64_t>(ms * 1e6)))];
    }
    return sample;
}

Sample field(const std::vector<double>& values) {
    Sample sample = errors(values.size(), 0);
    for (const double value : values) ++sample.fields["x"][value];
    return sample;
}

}  // namespace

TEST_CASE("canary judge: a canary with two percent more errors is rolled back and a good one is promoted",
          "[policy][canary]") {
    Random random(2);
    for (const bool harm : {false, true}) {
        Judge judge({metric("errors")}, {});
        for (int look = 0; look < 40; ++look) {
            const std::uint64_t canary = draw_binomial(random, 1500, 0.1);
            judge.look(errors(1500 - canary, draw_binomial(random, 1500 - canary, 0.005)),
                       errors(canary, draw_binomial(random, canary, harm ? 0.025 : 0.005)), 0.1);
        }
        const Verdict verdict = judge.verdict();
        CHECK(verdict.answer == (harm ? Answer::rollback : Answer::promote));
        CHECK(!verdict.mismatch);
        REQUIRE(verdict.findings.size() == 1);
        const Finding& finding = verdict.findings.front();
        REQUIRE(finding.effect);
        CHECK(finding.effect->low <= (harm ? 0.02 : 0));
        CHECK(finding.effect->high >= (harm ? 0.02 : 0));
        CHECK(finding.counts.stable.count + finding.counts.canary.count == 60000);
        INFO(finding.why);
        CHECK(finding.why.find("canary") != std::string::npos);
        CHECK(finding.why.find(" pp ") != std::string::npos);
    }
}

TEST_CASE("canary judge: without traffic, or with little, it cannot tell", "[policy][canary]") {
    Judge judge({metric("errors"), metric("latency:p99")}, {});
    CHECK(judge.verdict().answer == Answer::inconclusive);
    for (int look = 0; look < 40; ++look) judge.look(errors(1000, 5), {}, std::nullopt);
    const Verdict none = judge.verdict();
    CHECK(none.answer == Answer::inconclusive);
    CHECK(none.missing);
    CHECK(!none.findings.front().effect);
    judge.look(errors(0, 0), errors(9, 9), std::nullopt);
    CHECK(judge.verdict().answer == Answer::inconclusive);

    Settings settings;
    settings.no_data = NoData::rollback;
    Judge strict({metric("errors")}, settings);
    strict.look(errors(1000, 5), {}, std::nullopt);
    CHECK(strict.verdict().answer == Answer::rollback);
    settings.no_data = NoData::hold;
    Judge patient({metric("errors")}, settings);
    patient.look(errors(1000, 5), {}, std::nullopt);
    CHECK(patient.verdict().answer == Answer::inconclusive);
    CHECK(patient.verdict().missing);
}

TEST_CASE("canary judge: a broken split stops it, whatever the metrics say", "[policy][canary]") {
    Judge judge({metric("errors")}, {});
    for (int look = 0; look < 20; ++look) judge.look(errors(1200, 6), errors(300, 300), 0.1);
    const Verdict verdict = judge.verdict();
    CHECK(verdict.mismatch);
    CHECK(verdict.answer == Answer::inconclusive);
    CHECK(verdict.why.find("6000 of 30000") != std::string::npos);
    // the same counts where nobody knows the share
    Judge blind({metric("errors")}, {});
    for (int look = 0; look < 20; ++look) blind.look(errors(1200, 6), errors(300, 300), std::nullopt);
    CHECK(!blind.verdict().mismatch);
    CHECK(blind.verdict().answer == Answer::rollback);
}

TEST_CASE("canary judge: a slower tail is rolled back, and one that is alike is promoted", "[policy][canary]") {
    Random random(6);
    for (const bool slow : {false, true}) {
        Judge judge({metric("latency:p95")}, {});
        for (int look = 0; look < 30; ++look)
            judge.look(latencies(random, 700, 0.005), latencies(random, 300, slow ? 0.08 : 0.005), 0.3);
        const Verdict verdict = judge.verdict();
        CHECK(verdict.answer == (slow ? Answer::rollback : Answer::promote));
        REQUIRE(verdict.findings.front().quantiles);
        const Quantiles& quantiles = *verdict.findings.front().quantiles;
        CHECK(quantiles.stable_low <= quantiles.stable);
        CHECK(quantiles.stable <= quantiles.stable_high);
        CHECK(quantiles.canary_low <= quantiles.canary);
        CHECK((quantiles.canary_low > quantiles.stable_high) == slow);
    }
}

TEST_CASE("canary judge: what max-worse allows is not rolled back, and what is beyond is", "[policy][canary]") {
    Random random(7);
    for (const double factor : {1.1, 1.3, 1.6}) {
        INFO(factor);
        Judge judge({metric("latency:p50,max-worse=30%")}, {});
        for (int look = 0; look < 20; ++look)
            judge.look(latencies(random, 500, 0), latencies(random, 300, 0, factor), std::nullopt);
        if (factor == 1.1) CHECK(judge.verdict().answer == Answer::promote);
        if (factor == 1.3) CHECK(judge.verdict().answer != Answer::rollback);
        if (factor == 1.6) CHECK(judge.verdict().answer == Answer::rollback);
    }
}

TEST_CASE("canary judge: few values of a log are judged by their ranks", "[policy][canary]") {
    // spinnaker/kayenta issue 780: Mann-Whitney alone passes both
    const std::vector<double> ones(10, 1.0);
    const std::vector<double> seven = {100, 100, 100, 100, 100, 100, 100, 1, 1, 1};
    const std::vector<double> wide = {1, 100, 4, 101, 5, 102, 6, 103, 7, 104, 8, 105, 9, 106, 17};
    const std::vector<double> narrow = {10,   10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 17,
                                        17.1, 17.2, 17.3, 17.4, 17.5, 17.6, 17.7};
    for (const auto& [stable, canary] : {std::pair{ones, seven}, {wide, narrow}, {narrow, wide}}) {
        Judge judge({metric("field:x")}, {});
        judge.look(field(stable), field(canary), std::nullopt);
        const Verdict verdict = judge.verdict();
        CHECK(verdict.answer == Answer::rollback);
        CHECK(verdict.findings.front().test != "e-process");
    }
    Judge alike({metric("field:x")}, {});
    alike.look(field(ones), field(ones), std::nullopt);
    CHECK(alike.verdict().answer == Answer::inconclusive);
}

TEST_CASE("canary judge: a canary that is faster is not rolled back for it", "[policy][canary]") {
    Random random(9);
    Judge judge({metric("latency:p50")}, {});
    for (int look = 0; look < 10; ++look)
        judge.look(latencies(random, 60, 0), latencies(random, 40, 0, 0.5), std::nullopt);
    CHECK(judge.verdict().answer == Answer::promote);
}

TEST_CASE("canary judge: alike arms are rolled back as seldom as was said, by any of several metrics",
          "[policy][canary]") {
    Random random(10);
    constexpr std::uint64_t kRuns = 80;
    std::uint64_t alarms = 0;
    for (std::uint64_t i = 0; i < kRuns; ++i) {
        Judge judge({metric("latency:p50"), metric("latency:p90"), metric("errors")}, {});
        for (int look = 0; look < 8; ++look) judge.look(latencies(random, 60, 0.02), latencies(random, 40, 0.02), 0.4);
        alarms += judge.verdict().answer == Answer::rollback ? 1 : 0;
    }
    CHECK(binomial_limits(kRuns, alarms, 0.01).low <= 0.05);
    CHECK(alarms <= 8);
}

TEST_CASE("canary judge: a promotion waits for critical metrics, and any metric rolls back", "[policy][canary]") {
    const auto judged = [](std::vector<Metric> metrics, std::uint64_t rare, bool harm) {
        Judge judge(std::move(metrics), {});
        for (int look = 0; look < 12; ++look) {
            Sample stable = errors(900, 4);
            Sample canary = errors(300, 1);
            stable.statuses[429] = 90;
            stable.statuses[200] -= 90;
            canary.statuses[429] = rare + (harm ? 60 : 0);
            canary.statuses[200] -= canary.statuses[429];
            judge.look(stable, canary, std::nullopt);
        }
        return judge.verdict().answer;
    };
    // 429s are 10 % and 11.7 %: neither fine nor worse yet
    CHECK(judged({metric("errors"), metric("status:429,max-worse=2pp")}, 35, false) == Answer::inconclusive);
    CHECK(judged({metric("errors,critical"), metric("status:429,max-worse=2pp")}, 35, false) == Answer::promote);
    CHECK(judged({metric("errors"), metric("status:429,critical,max-worse=2pp")}, 35, false) == Answer::inconclusive);
    CHECK(judged({metric("errors,critical"), metric("status:429,max-worse=2pp")}, 35, true) == Answer::rollback);
}
