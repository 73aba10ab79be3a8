#include "libgw/policy/cors/safelist.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cors;

namespace {

bool is_safe(const char* name, std::string value, Engine engine = Engine::standard) {
    return is_safelisted_request_header({name, std::move(value)}, engine);
}

}  // namespace

TEST_CASE("methods are normalized as browsers do, and patch is not PATCH") {
    REQUIRE(normalize_method("get") == "GET");
    REQUIRE(normalize_method("dElEtE") == "DELETE");
    REQUIRE(normalize_method("patch") == "patch");
    REQUIRE(normalize_method("PATCH") == "PATCH");
    REQUIRE(is_forbidden_method("trace"));
    REQUIRE(is_forbidden_method("TRACK"));
    REQUIRE_FALSE(is_forbidden_method("OPTIONS"));
    REQUIRE(is_safelisted_method("HEAD"));
    REQUIRE_FALSE(is_safelisted_method("head"));
    REQUIRE_FALSE(is_safelisted_method("OPTIONS"));
}

TEST_CASE("request headers are safelisted by name, bytes and length") {
    REQUIRE(is_safe("Accept", "application/json, text/*;q=0.5"));
    REQUIRE_FALSE(is_safe("accept", "a\"b"));
    REQUIRE_FALSE(is_safe("accept", "a\x01"));
    REQUIRE(is_safe("accept", std::string(128, 'a')));
    REQUIRE_FALSE(is_safe("accept", std::string(129, 'a')));
    REQUIRE(is_safe("accept", "a\tb"));
    REQUIRE_FALSE(is_safe("accept", "a\x7f"));
    for (const char c : std::string("\"():<>?@[\\]{}")) {
        INFO(c);
        REQUIRE_FALSE(is_safe("accept", std::string("x") + c));
    }
    REQUIRE(is_safe("Accept-Language", "en-US,en;q=0.9, *"));
    REQUIRE_FALSE(is_safe("accept-language", "en_US"));
    REQUIRE_FALSE(is_safe("content-language", "en/US"));
    REQUIRE(is_safe("content-type", "text/plain;charset=UTF-8"));
    REQUIRE(is_safe("content-type", "TEXT/PLAIN ; a=b"));
    REQUIRE(is_safe("content-type", "multipart/form-data"));
    REQUIRE(is_safe("content-type", "application/x-www-form-urlencoded;"));
    REQUIRE_FALSE(is_safe("content-type", "application/json"));
    REQUIRE_FALSE(is_safe("content-type", "text/plain, text/plain"));
    REQUIRE_FALSE(is_safe("content-type", "text/plain;charset=\"utf-8\""));
    REQUIRE_FALSE(is_safe("content-type", "text"));
    REQUIRE_FALSE(is_safe("content-type", ""));
    REQUIRE(is_safe("range", "bytes=0-"));
    REQUIRE(is_safe("range", "bytes=0-499"));
    for (const char* bad : {"bytes=-500", "bytes=5-3", "bytes=0-1,3-4", "bytes= 0-1", "bytes=0 -1", "items=0-1",
                            "bytes=a-1", "bytes=-", "bytes", "bytes=0-1 "}) {
        INFO(bad);
        REQUIRE_FALSE(is_safe("range", bad));
    }
    REQUIRE_FALSE(is_safe("authorization", "x"));
    REQUIRE_FALSE(is_safe("x-api-key", ""));
}

TEST_CASE("client hints are safelisted by Chromium alone") {
    REQUIRE_FALSE(is_safe("dpr", "2"));
    REQUIRE(is_safe("DPR", "2", Engine::chrome));
    REQUIRE(is_safe("save-data", "on", Engine::chrome));
    REQUIRE_FALSE(is_safe("save-data", "off", Engine::chrome));
    REQUIRE_FALSE(is_safe("dpr", "2", Engine::firefox));
    REQUIRE(is_safe("user-agent", std::string(200, '('), Engine::chrome));
    REQUIRE_FALSE(is_safe("user-agent", "x"));
}

TEST_CASE("a client hint is one by its value") {
    const auto is_hint = [](const char* name, const char* value) { return is_safe(name, value, Engine::chrome); };
    for (const char* name : {"dpr", "Downlink", "device-memory"}) {
        INFO(name);
        for (const char* value : {"0", "2", "00", "2.5", "0.0"}) CHECK(is_hint(name, value));
        for (const char* value : {"", ".5", "1.", "-1", "+1", "1e3", "0x1", "1, 2", "1.2.3", "inf", "1 2"}) {
            INFO(value);
            CHECK_FALSE(is_hint(name, value));
        }
    }
    for (const char* name : {"rtt", "Width", "viewport-width"}) {
        INFO(name);
        CHECK(is_hint(name, "300"));
        for (const char* value : {"", "1.5", "-1", "1,2"}) CHECK_FALSE(is_hint(name, value));
    }
    for (const char* value : {"slow-2g", "2g", "3g", "4g"}) CHECK(is_hint("ect", value));
    for (const char* value : {"", "5g", "4G", "4g, 4g"}) CHECK_FALSE(is_hint("ECT", value));
    CHECK(is_hint("save-data", "ON"));
    CHECK_FALSE(is_hint("save-data", "on, on"));
}

TEST_CASE("ports of other services are never called") {
    for (const std::uint16_t port : std::vector<std::uint16_t>{0, 1, 25, 2049, 6000, 6667, 6697, 10080}) {
        INFO(port);
        CHECK(is_bad_port(port));
    }
    for (const std::uint16_t port : std::vector<std::uint16_t>{80, 443, 3000, 6001, 8080, 10081, 65535}) {
        INFO(port);
        CHECK_FALSE(is_bad_port(port));
    }
}

TEST_CASE("a page cannot set what the browser keeps to itself") {
    for (const char* name : {"Cookie", "host", "Sec-Fetch-Mode", "Proxy-Authorization", "ORIGIN", "referer",
                             "Access-Control-Request-Method", "set-cookie", "DNT", "via"}) {
        INFO(name);
        REQUIRE(is_forbidden_request_header({name, "x"}));
    }
    REQUIRE_FALSE(is_forbidden_request_header({"User-Agent", "x"}));
    REQUIRE_FALSE(is_forbidden_request_header({"Cookies", "x"}));
    REQUIRE_FALSE(is_forbidden_request_header({"Access-Control-Request-Private-Network", "x"}));
    REQUIRE(is_forbidden_request_header({"X-HTTP-Method-Override", "get , TRACE"}));
    REQUIRE_FALSE(is_forbidden_request_header({"X-HTTP-Method-Override", "DELETE"}));
}

TEST_CASE("the names to ask for are sorted, lower case and said once") {
    REQUIRE(unsafe_header_names({{"X-B", "1"}, {"Accept", "*/*"}, {"x-a", "2"}, {"X-A", "3"}}, Engine::standard) ==
            std::vector<std::string>{"x-a", "x-b"});
    REQUIRE(unsafe_header_names({{"accept", "a"}}, Engine::standard).empty());
}

TEST_CASE("safelisted headers ask for a preflight when they are long together") {
    std::vector<Field> fields;
    for (int i = 0; i < 8; ++i) fields.push_back({"accept", std::string(128, 'a')});
    REQUIRE(unsafe_header_names(fields, Engine::standard).empty());
    fields.push_back({"accept-language", "a"});
    REQUIRE(unsafe_header_names(fields, Engine::standard) == std::vector<std::string>{"accept", "accept-language"});
    fields.back() = {"User-Agent", "a"};
    fields.erase(fields.begin(), fields.begin() + 7);  // Chromium does not count it
    REQUIRE(unsafe_header_names(fields, Engine::chrome).empty());
    REQUIRE(unsafe_header_names(fields, Engine::standard) == std::vector<std::string>{"user-agent"});
}

TEST_CASE("Chromium judges the lines of a field as one value") {
    const std::vector<Field> two{{"accept", std::string(100, 'a')}, {"Accept", std::string(100, 'b')}};
    REQUIRE(unsafe_header_names(two, Engine::standard).empty());
    REQUIRE(unsafe_header_names(two, Engine::chrome) == std::vector<std::string>{"accept"});
}

TEST_CASE("some headers of answers are always readable and some never") {
    REQUIRE(is_safelisted_response_header("Content-Length"));
    REQUIRE(is_safelisted_response_header("pragma"));
    REQUIRE_FALSE(is_safelisted_response_header("etag"));
    REQUIRE_FALSE(is_safelisted_response_header("date"));
    REQUIRE(is_forbidden_response_header("Set-Cookie"));
    REQUIRE(is_forbidden_response_header("set-cookie2"));
}
