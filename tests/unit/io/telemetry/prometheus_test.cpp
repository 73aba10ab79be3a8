#include "libgw/io/telemetry/prometheus.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::telemetry;
using namespace std::chrono_literals;

TEST_CASE("counters and gauges are written in the text format", "[io][prometheus]") {
    Metrics metrics(1);
    metrics.sheet(0).add(metrics.counter("gw_requests_total", "Requests.", {{"route", "GET /"}, {"status", "2xx"}}), 3);
    metrics.counter("gw_requests_total", "Requests.", {{"route", "GET /"}, {"status", "4xx"}});
    metrics.sheet(0).set(metrics.gauge("gw_connections", "Open connections."), -2);
    CHECK(to_prometheus(metrics.scrape()) ==
          "# HELP gw_requests_total Requests.\n"
          "# TYPE gw_requests_total counter\n"
          "gw_requests_total{route=\"GET /\",status=\"2xx\"} 3\n"
          "gw_requests_total{route=\"GET /\",status=\"4xx\"} 0\n"
          "# HELP gw_connections Open connections.\n"
          "# TYPE gw_connections gauge\n"
          "gw_connections -2\n");
    CHECK(to_prometheus({}).empty());
}

TEST_CASE("a histogram is cumulative, in seconds, and its count is its last bucket", "[io][prometheus]") {
    Metrics metrics(1);
    const Histogram histogram = metrics.histogram("h", "Time.", {{"route", "a"}});
    metrics.sheet(0).observe(histogram, 100us);
    metrics.sheet(0).observe(histogram, 300us);
    metrics.sheet(0).observe(histogram, 60s);
    const std::string text = to_prometheus(metrics.scrape());
    CHECK(
        text.find("# TYPE h histogram\nh_bucket{route=\"a\",le=\"0.0001\"} 1\nh_bucket{route=\"a\",le=\"0.00025\"} 1\n"
                  "h_bucket{route=\"a\",le=\"0.0005\"} 2\n") != std::string::npos);
    CHECK(text.find("h_bucket{route=\"a\",le=\"30\"} 2\nh_bucket{route=\"a\",le=\"+Inf\"} 3\n"
                    "h_sum{route=\"a\"} 60.0004\nh_count{route=\"a\"} 3\n") != std::string::npos);
    CHECK(text.find("le=\"1\"} 2") != std::string::npos);
}

TEST_CASE("no label can break out of its quotes or its line", "[io][prometheus]") {
    Metrics metrics(1);
    metrics.counter("c", "a \\ \"b\"\nd", {{"route", "x\"} 9\n\\\r\x1b\xff\xc2\x85<script>"}});
    CHECK(to_prometheus(metrics.scrape()) ==
          "# HELP c a \\\\ \"b\"\\nd\n# TYPE c counter\n"
          "c{route=\"x\\\"} 9\\n\\\\\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd<script>\"} 0\n");
}

TEST_CASE("every byte in a label gives one line", "[io][prometheus]") {
    for (int c = 0; c < 256; ++c) {
        Metrics metrics(1);
        metrics.counter("c", "h", {{"l", std::string(1, static_cast<char>(c))}});
        const std::string text = to_prometheus(metrics.scrape());
        CHECK(std::count(text.begin(), text.end(), '\n') == 3);
        CHECK(text.ends_with("\"} 0\n"));
    }
}
