// The access log: a line for each request, and nothing that a client sends makes it two, or a terminal's.

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "libgw/base/json.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

}  // namespace

TEST_CASE("each request is one line of JSON, refused ones too") {
    const Gateway gateway({"/a=mock:200:a"});
    RawClient client = gateway.connect();
    for (int i = 0; i < 5; ++i) {
        must(client.send(get_request("/a")));
        CHECK(must(client.read_response()).status == 200);
    }
    CHECK(gateway.get("/nothing").status == 404);
    CHECK(gateway.ask("GET / HTTP/1.1\r\n\r\n").status == 400);
    const auto lines = lines_of(gateway.wait_for_log(7));
    REQUIRE(lines.size() == 7);
    for (const std::string& line : lines) {
        INFO(line);
        CHECK(parse_json(line));
    }
    CHECK(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
              return line.find("route.not_found") != std::string::npos;
          }) == 1);
    CHECK(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
              return line.find("request.malformed") != std::string::npos;
          }) == 1);
}

TEST_CASE("what clients put into paths and fields cannot forge a line or reach a terminal") {
    const Gateway gateway({"/{proxy+}=mock:200:a"});
    const std::vector<std::string> requests = {
        "GET /a%0d%0a{%22forged%22:1} HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a?x=%0a%1b[31m HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\nUser-Agent: \"}\\n{\"forged\":1}\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\nUser-Agent: \xe2\x80\xa8\xc2\x85\xff\xfe\r\n\r\n",
        "GET /a\x1b[2J HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a\rforged HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: h\r\nUser-Agent: a\x1b]0;owned\x07\r\n\r\n",
    };
    for (const std::string& request : requests) (void)gateway.ask(request);
    const std::string text = gateway.wait_for_log(requests.size());
    const auto lines = lines_of(text);
    CHECK(lines.size() == requests.size());
    for (const std::string& line : lines) {
        INFO(line);
        const auto value = parse_json(line);
        REQUIRE(value);
        CHECK(value->find("forged") == nullptr);
    }
    CHECK(
        std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20 && c != '\n') || c == 0x7f; }));
}

TEST_CASE("secrets of a request are in no log") {
    ScriptedUpstream upstream({{read_request(), answer(200, "ok", "Set-Cookie: s=canary-5\r\n")}});
    Gateway gateway({upstream.url()});
    CHECK(gateway
              .get("/a",
                   "Authorization: Bearer canary-1\r\nCookie: s=canary-2\r\nX-Api-Key: "
                   "canary-3\r\nProxy-Authorization: Basic canary-4\r\n")
              .status == 200);
    CHECK(gateway.ask("GET /a HTTP/1.1\r\nHost: h\r\nAuthorization: canary-6\r\nAuthorization: canary-7\r\n\r\n")
              .status == 400);
    const std::string log = gateway.wait_for_log(2);
    CHECK(log.find("canary") == std::string::npos);
    CHECK(gateway.process().errors().find("canary") == std::string::npos);
}

TEST_CASE("SIGUSR1 opens the log's file anew, and no line is lost") {
    Gateway gateway({"/a=mock:200:a"});
    CHECK(gateway.get("/a").status == 200);
    (void)gateway.wait_for_log(1);
    std::filesystem::rename(gateway.directory().file("access.log"), gateway.directory().file("access.log.1"));
    must(gateway.process().signal(SIGUSR1));
    CHECK(eventually([&] { return std::filesystem::exists(gateway.directory().file("access.log")); }));
    CHECK(gateway.get("/a").status == 200);
    (void)gateway.wait_for_log(1);
    CHECK(lines_of(gateway.directory().read("access.log")).size() +
              lines_of(gateway.directory().read("access.log.1")).size() ==
          2);
    CHECK(gateway.stop().code == 0);
}

TEST_CASE("the log goes to standard output when no file is named, and talk does not") {
    Start how;
    how.log_to_file = false;
    Gateway gateway({"/a=mock:200:a"}, how);
    CHECK(gateway.get("/a").status == 200);
    CHECK(gateway.process().wait_for_output("\"/a\""));
    const Ending ending = gateway.stop();
    CHECK(lines_of(ending.output).size() == 1);
}
