#include "libgw/policy/canary/metric.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::canary;

TEST_CASE("canary metric: what is written is read, and its name is said again", "[policy][canary]") {
    for (const char* text : {"errors", "status:429", "latency:p50", "latency:p99.9", "field:rows:p95"}) {
        const auto metric = parse_metric(text);
        REQUIRE(metric);
        CHECK(to_text(*metric) == text);
        CHECK(!metric->critical);
        CHECK(!metric->max_worse);
    }
    const auto field = parse_metric("field:a:b:p90,critical");
    REQUIRE(field);
    CHECK(field->field == "a:b");
    CHECK(field->quantile == Approx(0.9));
    CHECK(field->critical);
    const auto median = parse_metric("field:rows");
    REQUIRE(median);
    CHECK(median->quantile == 0.5);
    const auto worse = parse_metric("errors,max-worse=0.2pp,critical");
    REQUIRE(worse);
    REQUIRE(worse->max_worse);
    CHECK(*worse->max_worse == Margin{Margin::Kind::absolute, 0.2 / 100});
    const auto slower = parse_metric("latency:p95,max-worse=20%");
    REQUIRE(slower);
    CHECK(to_text(*slower->max_worse) == "20%");
}

TEST_CASE("canary metric: what is no metric is an error with a hint", "[policy][canary]") {
    for (const char* text : {"",
                             "error",
                             "errors:",
                             "status",
                             "status:99",
                             "status:600",
                             "status:4x",
                             "latency",
                             "latency:99",
                             "latency:p0",
                             "latency:p100",
                             "latency:p",
                             "latency:pnan",
                             "latency:p1e1",
                             "field:",
                             "field::p95",
                             "field:a:b",
                             "errors,",
                             "errors,critcal",
                             "errors,critical,critical",
                             "errors,max-worse=",
                             "errors,max-worse=1",
                             "errors,max-worse=0pp",
                             "errors,max-worse=-1%",
                             "errors,max-worse=100pp",
                             "errors,max-worse=1pp,max-worse=2pp",
                             "latency:p99,max-worse=1pp",
                             "errors,max-worse=inf%"}) {
        INFO(text);
        const auto metric = parse_metric(text);
        REQUIRE(!metric);
        CHECK(metric.error().code == Errc::usage);
        CHECK(!metric.error().hint.empty());
    }
}

TEST_CASE("canary metric: margins carry a unit", "[policy][canary]") {
    for (const char* text : {"0.3pp", "+0.3pp", "20%", "+150%"}) {
        const auto margin = parse_margin(text);
        REQUIRE(margin);
        CHECK("+" + to_text(*margin) == (text[0] == '+' ? text : "+" + std::string(text)));
    }
    for (const char* text : {"", "+", "pp", "%", "0.3", "0", "0%", "++1%", "1 %", "1%%", "2000000%"})
        CHECK(!parse_margin(text));
}

TEST_CASE("canary metric: a sample is read by each metric", "[policy][canary]") {
    Sample sample;
    sample.requests = 100;
    sample.broken = 2;
    sample.statuses = {{200, 90}, {429, 5}, {500, 2}, {503, 1}};
    sample.latencies = {{Latencies::bucket_of(std::chrono::milliseconds(1)), 98}};
    sample.fields["rows"] = {{3.0, 4}};
    CHECK(trials_of(*parse_metric("errors"), sample) == Trials{100, 5});
    CHECK(trials_of(*parse_metric("status:429"), sample) == Trials{100, 5});
    CHECK(trials_of(*parse_metric("status:404"), sample) == Trials{100, 0});
    const Values latencies = values_of(*parse_metric("latency:p50"), sample);
    REQUIRE(latencies.size() == 1);
    CHECK(latencies.begin()->first == Approx(0.001).epsilon(0.04));
    CHECK(values_of(*parse_metric("field:rows"), sample) == Values{{3.0, 4}});
    CHECK(values_of(*parse_metric("field:columns"), sample).empty());
}
