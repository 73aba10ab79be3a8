#include "libgw/io/telemetry/catalogue.h"

#include "libgw/io/telemetry/access_log.h"
#include "libgw/io/telemetry/prometheus.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::telemetry;

TEST_CASE("a status counts in its class", "[io][catalogue]") {
    Metrics metrics(1);
    const RouteMetrics route = RouteMetrics::in(metrics, "default GET /");
    for (const unsigned status : {0U, 99U, 101U, 200U, 299U, 304U, 404U, 599U, 600U, 65535U}) {
        metrics.sheet(0).add(route.requests.of(static_cast<std::uint16_t>(status)));
    }
    const std::string text = to_prometheus(metrics.scrape());
    for (const char* line : {"status=\"none\"} 4\n", "status=\"1xx\"} 1\n", "status=\"2xx\"} 2\n",
                             "status=\"3xx\"} 1\n", "status=\"4xx\"} 1\n", "status=\"5xx\"} 1\n"}) {
        CHECK(text.find(std::string("gw_requests_total{route=\"default GET /\",") + line) != std::string::npos);
    }
}

TEST_CASE("every metric of the gateway has a place of its own", "[io][catalogue]") {
    Metrics metrics(1);
    const auto route = RouteMetrics::in(metrics, "r");
    const auto upstream = UpstreamMetrics::in(metrics, "u");
    const auto group = GroupMetrics::in(metrics, "g");
    const auto refusal = refusal_counter(metrics, "throttle.route");
    const auto judged = AuthorizationMetrics::in(metrics, "default", "jwt");
    Sheet& sheet = metrics.sheet(0);
    std::uint64_t n = 100;
    for (const Counter counter : {route.request_bytes, route.response_bytes, upstream.failures, upstream.retries,
                                  refusal, upstream.ejections, judged.allowed, judged.denied, judged.failed}) {
        sheet.add(counter, n++);
    }
    for (const Gauge gauge :
         {upstream.outstanding, upstream.connections, group.healthy, group.targets, group.ejected}) {
        sheet.set(gauge, static_cast<std::int64_t>(n++));
    }
    const std::string text = to_prometheus(metrics.scrape());
    for (std::uint64_t i = 100; i < n; ++i) {
        const std::string value = " " + std::to_string(i) + "\n";
        INFO(value);
        CHECK(text.find(value) != std::string::npos);
    }
    CHECK(text.find("\ngw_refusals_total{reason=\"throttle.route\"} 104\n") != std::string::npos);
    CHECK(text.find("\ngw_authorizations_total{api=\"default\",authorizer=\"jwt\",decision=\"deny\"} 107\n") !=
          std::string::npos);
}

TEST_CASE("lost access-log lines are counted by their cause", "[io][catalogue]") {
    SilentLog events;
    auto log = AccessLog::open({.file = "/dev/full"}, events);
    REQUIRE(log);
    const log::Format format = log::Format::json();
    (*log)->write(0, format, log::Record{});
    (*log)->stop();
    (*log)->write(0, format, log::Record{});
    (*log)->write(0, format, log::Record{});
    Metrics metrics(1);
    watch_process(metrics, log->get(), "1.0.0");
    const std::string text = to_prometheus(metrics.scrape());
    CHECK(text.find("gw_log_lines_total 0\n") != std::string::npos);
    CHECK(text.find("gw_log_dropped_total{cause=\"full\"} 2\n") != std::string::npos);
    CHECK(text.find("gw_log_dropped_total{cause=\"failed\"} 1\n") != std::string::npos);
    CHECK(text.find("gw_build_info{version=\"1.0.0\"} 1\n") != std::string::npos);
}
