#include "libgw/wire/log/format.h"

#include <array>

#include "libgw/base/text.h"
#include "libgw/base/time_text.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::log;
using namespace std::chrono_literals;

namespace {

Record sample() {
    Record record;
    record.time = *parse_iso8601("2026-11-22T12:01:09.042Z");
    record.request_id = "JKJaXmPLvHcESHA=";
    record.source_ip = "127.0.0.1";
    record.user_agent = "curl/8.5";
    record.method = "GET";
    record.path = "/orders";
    record.query = "limit=5&token=abc";
    record.domain_name = "localhost";
    record.api_id = "gw";
    record.stage = "$default";
    record.route_key = "GET /orders";
    record.status = 200;
    record.response_length = 2326;
    record.latency = 3412us;
    record.subject = "alice";
    record.integration.target = "127.0.0.1:3001";
    record.integration.status = 200;
    record.integration.latency = 3249us;
    return record;
}

std::string line(const Format& format, const Record& record) {
    std::string out;
    format.append(out, record);
    return out;
}

std::string context(std::string_view text, const Record& record) {
    auto format = ContextFormat::compile(text);
    REQUIRE(format);
    return line(Format::context(*std::move(format)), record);
}

}  // namespace

TEST_CASE("the human line reads as the manual shows it", "[wire][log]") {
    Record record = sample();
    record.query = {};
    CHECK(line(Format::human(), record) == "12:01:09 200 GET  /orders  3.4ms  sub=alice  upstream 3.2ms\n");
    Record refused;
    refused.time = record.time;
    refused.method = "GET";
    refused.path = "/orders";
    refused.status = 429;
    refused.latency = 110us;
    refused.reason = "throttle.route";
    refused.detail = "bucket 0/40, next token in 38 ms";
    CHECK(line(Format::human(), refused) ==
          "12:01:09 429 GET  /orders  0.1ms  throttle.route: bucket 0/40, next token in 38 ms\n");
    refused.method = "OPTIONS";
    refused.reason = {};
    refused.latency = 123456us;
    CHECK(line(Format::human({.utc_offset = 1h}), refused) ==
          "13:01:09 429 OPTIONS /orders  123ms  bucket 0/40, next token in 38 ms\n");
    refused.latency = 29s;
    refused.detail = {};
    refused.canary = true;
    refused.api_key_id = "k 1";
    CHECK(line(Format::human(), refused) == "12:01:09 429 OPTIONS /orders  29.0s  key=k\\x201  canary\n");
    CHECK(line(Format::human({.colour = true}), refused).find("\x1b[33m429\x1b[0m") == 9);
}

TEST_CASE("a WebSocket message is told by its event and connection", "[wire][log]") {
    Record record;
    record.time = sample().time;
    record.event_type = "MESSAGE";
    record.route_key = "$default";
    record.connection_id = "L0SM9cOFvHcCIhw=";
    record.status = 200;
    CHECK(line(Format::human(), record) == "12:01:09 200 MESSAGE $default  connection=L0SM9cOFvHcCIhw=\n");
}

TEST_CASE("the common log format is that of NCSA, its secrets left out", "[wire][log]") {
    CHECK(line(Format::clf(), sample()) ==
          "127.0.0.1 - alice [22/Nov/2026:12:01:09 +0000] \"GET /orders?limit=5&token=*** HTTP/1.1\" 200 2326\n");
    Record record;
    CHECK(line(Format::clf(), record) == "- - - [01/Jan/1970:00:00:00 +0000] \"- - HTTP/1.1\" - -\n");
    record.subject = "eve \"x\" [1]\n";
    record.path = "/a\" 200 1\n";
    record.status = 404;
    CHECK(
        line(Format::clf(), record) ==
        "- - eve\\x20\\x22x\\x22\\x20[1]\\x0a [01/Jan/1970:00:00:00 +0000] \"- /a\\x22 200 1\\x0a HTTP/1.1\" 404 -\n");
}

TEST_CASE("the JSON line has what is known and nothing else", "[wire][log]") {
    CHECK(line(Format::json(), sample()) ==
          R"({"time":"2026-11-22T12:01:09.042Z","requestId":"JKJaXmPLvHcESHA=","ip":"127.0.0.1","httpMethod":"GET",)"
          R"("domainName":"localhost","path":"/orders","query":"limit=5&token=***","protocol":"HTTP/1.1","apiId":"gw",)"
          R"("stage":"$default","routeKey":"GET /orders","status":200,"responseLength":2326,"responseLatency":3.412,)"
          R"("sub":"alice","target":"127.0.0.1:3001","integrationStatus":200,"integrationLatency":3.249,)"
          R"("userAgent":"curl/8.5"})"
          "\n");
    CHECK(line(Format::json(), Record{}) == "{\"time\":\"1970-01-01T00:00:00.000Z\"}\n");
    Record record;
    record.user_agent = "\"}\n{\"status\":200";
    record.canary = false;
    record.latency = -1ns;
    CHECK(line(Format::json(), record) ==
          "{\"time\":\"1970-01-01T00:00:00.000Z\",\"responseLatency\":0.000,\"isCanaryRequest\":false,"
          "\"userAgent\":\"\\\"}\\n{\\\"status\\\":200\"}\n");
}

TEST_CASE("no line is longer than its limit, and each stays whole", "[wire][log]") {
    const std::string huge(100000, '\x01');
    Record record = sample();
    for (auto member : {&Record::request_id,    &Record::source_ip,  &Record::user_agent,  &Record::method,
                        &Record::path,          &Record::query,      &Record::domain_name, &Record::api_id,
                        &Record::stage,         &Record::route_key,  &Record::reason,      &Record::detail,
                        &Record::subject,       &Record::api_key_id, &Record::tls_version, &Record::xray_trace_id,
                        &Record::connection_id, &Record::message_id, &Record::protocol,    &Record::error_message}) {
        record.*member = huge;
    }
    std::string format = "{\"requestId\":\"$context.requestId\"";
    while (format.size() < 2900) format += ",\"m\":$context.error.messageString,\"s\":$context.status";
    format += "}";
    auto compiled = ContextFormat::compile(format);
    REQUIRE(compiled);
    for (const Format& each : {Format::human(), Format::clf(), Format::json(), Format::context(*std::move(compiled))}) {
        const std::string text = line(each, record);
        CHECK(text.size() <= kMaxLine);
        CHECK(text.find('\n') == text.size() - 1);
        CHECK(is_utf8(text));
        if (text[0] == '{') {
            CHECK(text.ends_with("}\n"));
            CHECK(std::ranges::count(text, '"') % 2 == 0);
            CHECK(text.find(":,") == std::string::npos);
        }
    }
}

TEST_CASE("AWS's console formats are written as AWS writes them", "[wire][log]") {
    Record record = sample();
    IdentityRecord identity;
    identity.caller = "AIDACKCEVSQ6C2EXAMPLE";
    record.identity = &identity;
    record.resource_path = "/orders";
    record.extended_request_id = "EXT=";
    CHECK(context("$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "
                  "\"$context.httpMethod $context.resourcePath $context.protocol\" $context.status "
                  "$context.responseLength $context.requestId $context.extendedRequestId",
                  record) ==
          "127.0.0.1 AIDACKCEVSQ6C2EXAMPLE - [22/Nov/2026:12:01:09 +0000] \"GET /orders HTTP/1.1\" 200 2326 "
          "JKJaXmPLvHcESHA= EXT=\n");
    CHECK(context("{ \"requestId\":\"$context.requestId\", \"status\":\"$context.status\", "
                  "\"latency\":$context.responseLatency }",
                  record) == "{ \"requestId\":\"JKJaXmPLvHcESHA=\", \"status\":\"200\", \"latency\":3 }\n");
    record.request_id = "a\"<&\n";
    CHECK(context("<request id=\"$context.requestId\"/>", record) == "<request id=\"a&quot;&lt;&amp;\\x0a\"/>\n");
    CHECK(context("{\"id\":\"$context.requestId\"}", record) == "{\"id\":\"a\\\"<&\\n\"}\n");
    CHECK(context("$context.requestId.", record) == "a\\x22<&\\x0a.\n");
    CHECK(context("  no variable", record) == "  no variable\n");
}

TEST_CASE("a format that cannot be kept is refused with its position", "[wire][log]") {
    const auto error = ContextFormat::compile("$context.requestId $context.statsu").error();
    CHECK(error.code == Errc::config);
    CHECK(to_string(error) == "access-log format:1:20: unknown variable '$context.statsu'");
    CHECK(error.hint == "did you mean '$context.status'?");
    CHECK(ContextFormat::compile("$context.requestid").error().hint == "did you mean '$context.requestId'?");
    CHECK(ContextFormat::compile("").error().message == "the format is empty");
    CHECK(ContextFormat::compile(std::string(3073, 'a')).error().code == Errc::limit);
    CHECK(ContextFormat::compile(std::string(3072, 'a')).has_value());
    CHECK(ContextFormat::compile("a\nb").error().where->column == 2);
    CHECK(ContextFormat::compile("ab\xff").error().where->column == 3);
    for (const char* text :
         {"$", "$context", "$context.", "$context..", "$stageVariables.x", "${context.status}", "$Context.status",
          "$context.authorizer.", "$context.requestOverride.header.", "$context.requestOverride.body",
          "$context.identity", "$context.status.x", "a$context.nothingLikeIt", "\x7f"}) {
        INFO(text);
        const auto format = ContextFormat::compile(text);
        REQUIRE_FALSE(format);
        CHECK(format.error().where.has_value());
    }
    CHECK_FALSE(ContextFormat::compile("$context.status")->names_request());
    CHECK(ContextFormat::compile("$context.status $context.extendedRequestId")->names_request());
}

TEST_CASE("formats allocate nothing once their buffer is large enough", "[wire][log]") {
    std::string out;
    out.reserve(4 * kMaxLine);
    const char* const before = out.data();
    auto compiled = ContextFormat::compile("$context.requestId $context.status");
    for (const Format& each : {Format::human(), Format::clf(), Format::json(), Format::context(*std::move(compiled))}) {
        each.append(out, sample());
    }
    CHECK(out.data() == before);
    CHECK(std::ranges::count(out, '\n') == 4);
}
