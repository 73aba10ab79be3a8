#include "libgw/wire/log/entry.h"

#include "tests/support/catch.h"

using namespace gw;
using log::Entry;
using log::EntryFormat;

namespace {

Date date(std::int64_t seconds, std::int64_t nanoseconds = 0) {
    return Date(std::chrono::seconds(seconds) + Nanoseconds(nanoseconds));
}

Entry read(std::string_view line, EntryFormat format = EntryFormat::automatic, log::EntryFields fields = {}) {
    INFO(line);
    log::EntryReader reader(format, std::move(fields));
    Entry entry;
    const auto done = reader.read(line, entry);
    REQUIRE(done);
    return entry;
}

std::string refused(std::string_view line, EntryFormat format = EntryFormat::automatic, log::EntryFields fields = {}) {
    INFO(line);
    log::EntryReader reader(format, std::move(fields));
    Entry entry;
    const auto done = reader.read(line, entry);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == Errc::parse);
    return done.error().message;
}

constexpr std::int64_t kNoon = 1'795'435'267;  // 2026-11-23T12:01:07Z

}  // namespace

TEST_CASE("names of log formats are read") {
    CHECK(log::parse_entry_format("auto") == EntryFormat::automatic);
    CHECK(log::parse_entry_format("alb") == EntryFormat::alb);
    CHECK(log::parse_entry_format("gw") == EntryFormat::gw);
    CHECK_FALSE(log::parse_entry_format("iis"));
}

TEST_CASE("the common and the combined log format are read") {
    const Entry common = read(R"(192.0.2.7 - alice [23/Nov/2026:12:01:07 +0000] "GET /a?b=c HTTP/1.1" 429 21)");
    CHECK(common.time == date(kNoon));
    CHECK(common.whole_seconds);
    CHECK(common.ip == "192.0.2.7");
    CHECK(common.subject == "alice");
    CHECK(common.method == "GET");
    CHECK(common.path == "/a?b=c");
    CHECK(common.status == 429);
    const Entry combined = read(
        R"(::1 - - [23/Nov/2026:14:01:07.250 +0200] "POST http://h:80/a HTTP/1.1" 200 - "http://x/\"y" "agent x; y")",
        EntryFormat::combined);
    CHECK(combined.time == date(kNoon, 250'000'000));
    CHECK_FALSE(combined.whole_seconds);
    CHECK(combined.subject.empty());
    CHECK(combined.path == "/a");
    CHECK(read(R"(h - - [23/Nov/2026:12:01:07 +0000] "GET http://h HTTP/1.1" 200 1)").path == "/");
    CHECK(read(R"(h - - [23/Nov/2026:12:01:07 +0000] "GET /a b HTTP/1.1" 200 1)").path == "/a b");
    CHECK(read(R"(h - - [23/Nov/2026:12:01:07 +0000] "-" 408 0)").method.empty());
    CHECK(read("h - - [23/Nov/2026:12:01:07 +0000] \"GET /a\" 200 1\r").status == 200);
}

TEST_CASE("the example formats of Amazon API Gateway are read") {
    const Entry rest = read(R"(192.0.2.7 - alice [23/Nov/2026:12:01:07 +0000]"GET /pets HTTP/1.1" 200 5 c6af9ac6)",
                            EntryFormat::apigw);
    CHECK(rest.path == "/pets");
    const Entry http = read(R"(192.0.2.7 - - [23/Nov/2026:12:01:07 +0000]"GET GET /pets/{id} HTTP/1.1" 200 5 x=)");
    CHECK(http.route_key == "GET /pets/{id}");
    CHECK(http.path == "/pets/{id}");
    const Entry json =
        read(R"({"requestId":"x","ip":"192.0.2.7","caller":"-","user":"-","requestTime":"23/Nov/2026:12:01:07 +0000",)"
             R"("httpMethod":"GET","resourcePath":"/pets","status":"429","protocol":"HTTP/1.1","responseLength":"1"})",
             EntryFormat::apigw);
    CHECK(json.time == date(kNoon));
    CHECK(json.status == 429);
    CHECK(json.path == "/pets");
    CHECK(json.subject.empty());
    refused("<Access request_id=\"x\"/>", EntryFormat::apigw);
    refused("c6af9ac6,GET,/pets,200", EntryFormat::apigw);
}

TEST_CASE("logs of an Application Load Balancer are read by when the request came") {
    const std::string line =
        R"(https 2026-11-23T12:01:09.5Z app/lb/50dc 192.0.2.7:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 )"
        R"("GET https://www.example.com:443/a?b HTTP/1.1" "curl/7.46.0" ECDHE TLSv1.2 arn:x "Root=1-58" )"
        R"("www.example.com" "session" 1 2026-11-23T12:01:07.364Z "authenticate,forward" "-" "-" "10.0.0.1:80")";
    const Entry entry = read(line);
    CHECK(entry.time == date(kNoon, 364'000'000));
    CHECK(entry.ip == "192.0.2.7");
    CHECK(entry.status == 200);
    CHECK(entry.method == "GET");
    CHECK(entry.path == "/a?b");
    CHECK(read(line.substr(0, line.find(" \"curl"))).time == date(kNoon + 2, 500'000'000));
    CHECK(read("h2 2026-11-23T12:01:07Z l [2001:db8::1]:9 t:1 1 1 1 404 - 0 0 \"GET / HTTP/2.0\"").ip == "2001:db8::1");
    refused("h2 2026-11-23T12:01:07Z l 1:9 t:1 1 1 1 404");
    refused("h2 yesterday l 1:9 t:1 1 1 1 404 - 0 0 \"GET / HTTP/2.0\"");
}

TEST_CASE("JSON lines are read by the names that are usual, or those that are asked for") {
    const Entry entry = read(
        R"({"requestTimeEpoch":1795435267250,"requestInstant":123456789,"sourceIp":"192.0.2.7","httpMethod":"GET",)"
        R"("path":"/a","routeKey":"GET /a","apiId":"x1","stage":"$default","apiKeyId":"k1","sub":"alice",)"
        R"("status":429,"reason":"throttle.route"})");
    CHECK(entry.time == date(kNoon, 250'000'000));
    REQUIRE(entry.moment);
    CHECK(*entry.moment == Instant(Nanoseconds(123456789)));
    CHECK(entry.route_key == "GET /a");
    CHECK(entry.api_id == "x1");
    CHECK(entry.stage == "$default");
    CHECK(entry.api_key_id == "k1");
    CHECK(entry.subject == "alice");
    CHECK(entry.reason == "throttle.route");
    CHECK_FALSE(entry.whole_seconds);

    const Entry asked = read(R"({"when":{"at":"2026-11-23T12:01:07Z"},"who":"bob","time":"never","status_code":"200"})",
                             EntryFormat::json, {"when.at", "who"});
    CHECK(asked.time == date(kNoon));
    CHECK(asked.whole_seconds);
    CHECK(asked.key == "bob");
    CHECK(asked.status == 200);
    const Entry nginx = read(R"({"msec":1795435267.125,"request":"GET /a HTTP/1.1","remote_addr":"192.0.2.7"})");
    CHECK(nginx.time == date(kNoon, 125'000'000));
    CHECK(nginx.path == "/a");
    CHECK(nginx.status == 0);
}

TEST_CASE("a time is a date, or a number of seconds, milliseconds, microseconds or nanoseconds") {
    for (const char* time : {"1795435267", "1795435267000", "1795435267000000", "1795435267000000000", "1795435267.0",
                             "\"2026-11-23T12:01:07Z\"", "\"2026-11-23T13:01:07+01:00\"", "\"2026-11-23 12:01:07\"",
                             "\"2026-11-23 12:01:07.000\"", "\"23/Nov/2026:12:01:07 +0000\"", "\"1795435267\""}) {
        CHECK(read(std::string("{\"time\":") + time + "}").time == date(kNoon));
    }
    // whole digits keep all that they say
    CHECK(read(R"({"time":1795435267000000001})").time == date(kNoon, 1));
    CHECK(read(R"({"time":"1795435267000001"})").time == date(kNoon, 1000));
    for (const char* time : {"-1", "1e300", "\"nan\"", "\"inf\"", "\"\"", "\"-\"", "null", "{}", "[]", "true",
                             "\"yesterday\"", "\"99999999999999999999999\"", "\"2026-13-40T99:99:99Z\""})
        CHECK_FALSE(refused(std::string("{\"time\":") + time + "}").empty());
    CHECK(refused("{}") == "there is no time");
    CHECK(refused(R"({"time":1})", EntryFormat::json, {"when", ""}) == "there is no 'when'");
}

TEST_CASE("a field that was asked for is not in a log that has no fields") {
    const std::string line = R"(192.0.2.7 - alice [23/Nov/2026:12:01:07 +0000] "GET /a HTTP/1.1" 429 21)";
    CHECK(refused(line, EntryFormat::automatic, {"when", ""}) == "the line is no JSON, and has no 'when'");
    CHECK(refused(line, EntryFormat::combined, {"", "who"}) == "the line is no JSON, and has no 'who'");
    CHECK(read(line, EntryFormat::clf, {"", "user"}).key == "alice");
    refused("23:59:59 429 GET  /orders  3.4ms  sub=alice", EntryFormat::gw, {"", "user"});
}

TEST_CASE("what gw-serve writes for people is read, over midnight too") {
    log::EntryReader reader(EntryFormat::automatic);
    Entry entry;
    REQUIRE(reader.read("23:59:59 429 GET  /orders  3.4ms  throttle.route: bucket 0/3  sub=alice  key=k1", entry));
    CHECK(entry.status == 429);
    CHECK(entry.method == "GET");
    CHECK(entry.path == "/orders");
    CHECK(entry.subject == "alice");
    CHECK(entry.api_key_id == "k1");
    CHECK(entry.reason == "throttle.route");
    CHECK(entry.whole_seconds);
    const Date before = entry.time;
    REQUIRE(reader.read("00:00:01 200 GET  /orders  3.4ms", entry));
    CHECK(entry.time - before == std::chrono::seconds(2));
    CHECK(entry.reason.empty());
    CHECK_FALSE(reader.read("25:00:01 200 GET  /orders  3.4ms", entry));
}

TEST_CASE("what is no line of a log is refused with what is missing") {
    CHECK(refused("") == "the line is not of the common log format");
    CHECK(refused("h - -") == "the line is not of the common log format");
    CHECK(refused("h - - [23/Nov/2026:12:01:07 +0000]") == "the line ends too early");
    CHECK(refused("h - - [23/Nov/2026:12:01:07 +0000] \"GET /") == "the line ends too early");
    CHECK(refused("h - - [23/Foo/2026:12:01:07 +0000] \"GET / HTTP/1.1\" 200 1") ==
          "'23/Foo/2026:12:01:07 +0000' is not a time");
    CHECK(refused("{\"time\":1") != "");
    CHECK(refused("[1]", EntryFormat::json) == "the line is no JSON object");
    CHECK(refused(std::string(log::EntryReader::kMostLine + 1, 'x')) == "the line is longer than 1 MiB");
    CHECK_FALSE(refused(std::string(100'000, '{')).empty());
}

TEST_CASE("CSV is read by the names of its first line, quotes and all") {
    log::EntryFields fields;
    fields.key = "arm";
    fields.numbers = {"size"};
    fields.answers = true;
    fields.timeless = true;
    for (const EntryFormat format : {EntryFormat::automatic, EntryFormat::csv}) {
        log::EntryReader reader(format, fields);
        Entry entry;
        REQUIRE(reader.read("status, latency_ms,\"arm\",size,note\r", entry));
        CHECK(entry.header);
        REQUIRE(reader.read("503,12.5,canary,7,\"a, \"\"b\"\"\"\r", entry));
        CHECK_FALSE(entry.header);
        CHECK_FALSE(entry.timed);
        CHECK(entry.status == 503);
        CHECK(entry.key == "canary");
        CHECK(entry.latency == Nanoseconds(12'500'000));
        REQUIRE(entry.numbers.size() == 1);
        CHECK(entry.numbers[0] == 7.0);
        REQUIRE(reader.read("200,,stable,,", entry));
        CHECK_FALSE(entry.latency);
        CHECK_FALSE(entry.numbers[0]);
        for (const char* bad :
             {"200,1,stable,7", "200,1,stable,7,x,y", "200,1,stable,7,\"x", "200,1,stable,7,\"x\"y",
              "200,soon,stable,7,x", "200,-1,stable,7,x", "200,1,stable,nan,x", "200,1,stable,many,x"}) {
            INFO(bad);
            CHECK_FALSE(reader.read(bad, entry));
        }
    }
    // what has commas is not yet columns
    CHECK_FALSE(refused("a,b,c").empty());
    CHECK(refused("a,b,c", EntryFormat::automatic, {}) == "the line is not of the common log format");
}

TEST_CASE("how long an answer took is found by its usual names, in their units, or by the one that is asked for") {
    const auto latency = [](std::string_view line, std::string name = {}) {
        log::EntryFields fields;
        fields.latency = std::move(name);
        fields.answers = true;
        fields.timeless = true;
        return read(line, EntryFormat::json, std::move(fields)).latency;
    };
    const auto milliseconds = [](double count) { return Nanoseconds(static_cast<std::int64_t>(count * 1e6)); };
    CHECK(latency(R"({"responseLatency":3.412})") == milliseconds(3.412));
    CHECK(latency(R"({"responseLatency":"12","integrationLatency":11})") == milliseconds(12));
    CHECK(latency(R"({"request_time":0.25,"upstream_response_time":"0.2"})") == milliseconds(250));
    CHECK(latency(R"({"upstream_response_time":"0.2"})") == milliseconds(200));
    CHECK(latency(R"({"duration_us":250})") == milliseconds(0.25));
    CHECK(latency(R"({"latency":"1.5s"})") == milliseconds(1500));
    CHECK(latency(R"({"responseLatency":"-"})") == std::nullopt);
    CHECK(latency(R"({"took":7,"latency":9})", "took") == milliseconds(7));
    CHECK(latency(R"({"took":7})", "took:us") == milliseconds(0.007));
    CHECK(latency(R"({"a":{"took":7}})", "a.took:s") == milliseconds(7000));
    CHECK(latency(R"({"other":7})", "took:s") == std::nullopt);
    // nobody asked
    CHECK_FALSE(read(R"({"time":1795435267,"responseLatency":3})").latency);
    CHECK(read("12:01:07 200 GET  /orders  3.4ms  canary  upstream 3.2ms").latency == milliseconds(3.4));
    CHECK(read(R"(h2 2026-11-23T12:01:08Z l 192.0.2.7:9 t:1 0.001 0.120 0.002 404 - 0 0 "GET http://h:80/a HTTP/2.0")")
              .latency == milliseconds(123));
    CHECK_FALSE(read(R"(h2 2026-11-23T12:01:08Z l 192.0.2.7:9 t:1 0.001 -1 -1 502 - 0 0 "GET http://h:80/a HTTP/2.0")")
                    .latency);
}

TEST_CASE("which arm of a canary answered is said by a truth, a word, or a word of ours") {
    const log::EntryFields fields{.key = "canary"};
    CHECK(read(R"({"time":1795435267,"isCanaryRequest":true})", EntryFormat::json, fields).key == "true");
    CHECK(read(R"({"time":1795435267,"isCanaryRequest":false})", EntryFormat::gw, fields).key == "false");
    CHECK(read(R"({"time":1795435267,"canary":"stable"})", EntryFormat::json, fields).key == "stable");
    CHECK(read(R"({"time":1795435267})", EntryFormat::json, fields).key.empty());
    CHECK(read("12:01:07 200 GET  /orders  3.4ms  canary", EntryFormat::automatic, fields).key == "canary");
    CHECK(read("12:01:07 200 GET  /canary  3.4ms  sub=canary", EntryFormat::automatic, fields).key == "stable");
    CHECK(log::parse_entry_format("nginx") == EntryFormat::json);
    CHECK(log::parse_entry_format("csv") == EntryFormat::csv);
}
