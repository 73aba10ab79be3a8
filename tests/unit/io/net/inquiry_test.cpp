#include "libgw/io/net/inquiry.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libgw/base/clock.h"
#include "tests/support/catch.h"
#include "tests/support/dns_server.h"
#include "tests/support/loop.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/temporary.h"

using namespace gw;
using namespace gw::net;
using gw::test::Script;
using gw::test::ScriptedUpstream;

namespace {

struct Asker {
    explicit Asker(ResolverOptions names = {}) : own(new Loop), loop(*own), resolver(loop, std::move(names)) {}
    /// In the loop of another, which lives longer.
    Asker(Asker& other, ResolverOptions names) : loop(other.loop), resolver(loop, std::move(names)) {}
    std::unique_ptr<Loop> own;
    Loop& loop;
    Resolver resolver;
    HttpClient client{loop, resolver, ClientLimits{}};
    Inquiry inquiry{loop, client};

    Result<Answered> ask(const std::string& url, Question question = {}, bool outward_only = false) {
        const auto where = http::Url::parse(url);
        REQUIRE(where);
        auto endpoint = endpoint_of(*where, nullptr);
        endpoint->outward_only = outward_only;
        question.target = target_of(*where);
        question.host = host_of(*where);
        std::optional<Result<Answered>> answer;
        inquiry.ask(endpoint, std::move(question), [&](Result<Answered> told) { answer = std::move(told); });
        REQUIRE(test::run_until(loop, [&] { return answer.has_value(); }));
        CHECK_FALSE(inquiry.active());
        return *std::move(answer);
    }
};

}  // namespace

TEST_CASE("an inquiry asks on a connection of its own and has status, type and body of the answer") {
    ScriptedUpstream server(
        {Script{test::read_request(), test::answer(200, R"({"keys":[]})", "Content-Type: application/json\r\n")}});
    Asker asker;
    const auto answer = asker.ask(server.url() + "/keys?x=1");
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->content_type == "application/json");
    CHECK(answer->body == R"({"keys":[]})");
    const std::string seen = server.seen();
    CHECK(seen.starts_with("GET /keys?x=1 HTTP/1.1\r\n"));
    CHECK(seen.find("connection: close\r\n") != std::string::npos);
    CHECK(seen.find("host: 127.0.0.1:" + std::to_string(server.port())) != std::string::npos);
}

TEST_CASE("an inquiry may send fields and a body") {
    ScriptedUpstream server({Script{test::read_request(), test::answer(201, "made")}});
    Asker asker;
    Question question;
    question.method = "POST";
    question.fields = {{"content-type", "application/json"}};
    question.body = "{}";
    const auto answer = asker.ask(server.url(), question);
    REQUIRE(answer);
    CHECK(answer->status == 201);
    CHECK(server.seen().ends_with("content-length: 2\r\n\r\n{}"));
}

TEST_CASE("a redirect is an answer like any other and leads nowhere") {
    ScriptedUpstream other({Script{test::read_request(), test::answer(200, "there")}});
    ScriptedUpstream server(
        {Script{test::read_request(), test::answer(302, "", "Location: " + other.url() + "/\r\n")}});
    Asker asker;
    const auto answer = asker.ask(server.url());
    REQUIRE(answer);
    CHECK(answer->status == 302);
    CHECK(other.connections() == 0);
}

TEST_CASE("an answer that is too large, encoded, broken off or no HTTP is an error of its kind") {
    const auto failing = [](std::string bytes, std::size_t most = 100) {
        ScriptedUpstream server({Script{test::read_request(), test::send_bytes(std::move(bytes))}});
        Asker asker;
        Question question;
        question.most = most;
        const auto answer = asker.ask(server.url(), question);
        REQUIRE_FALSE(answer);
        return answer.error().code;
    };
    CHECK(failing("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x')) == Errc::limit);
    // told as soon as it is known, not when the rest has come
    CHECK(failing("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(101, 'x')) == Errc::limit);
    CHECK(failing("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + std::string(255, 'x')) ==
          Errc::limit);
    CHECK(failing("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx") == Errc::parse);
    CHECK(failing("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nxx") == Errc::closed);
    CHECK(failing("SSH-2.0-OpenSSH\r\n\r\n") == Errc::parse);
    CHECK(failing("") == Errc::closed);
}

TEST_CASE("an inquiry has one time for all of it") {
    ScriptedUpstream server({Script{test::read_request(),
                                    test::send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"), test::hold()}});
    Asker asker;
    Question question;
    question.timeout = std::chrono::milliseconds(50);
    const auto answer = asker.ask(server.url(), question);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::timeout);
    server.release();
}

TEST_CASE("what cannot be written is not sent") {
    ScriptedUpstream server({Script{test::read_request(), test::answer(200, "")}});
    Asker asker;
    Question question;
    question.fields = {{"x", "a\r\nb: c"}};
    const auto answer = asker.ask(server.url(), question);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::usage);
    CHECK(server.connections() == 0);
}

TEST_CASE("a name that leads inside is not followed where only outward addresses may be asked") {
    ScriptedUpstream server({Script{test::read_request(), test::answer(200, "secrets")}});
    test::TemporaryDirectory directory;
    const std::string hosts = directory.file("hosts");
    test::write_file(hosts,
                     "127.0.0.1 rebound.example\n169.254.169.254 metadata.example\n::ffff:127.0.0.1 mapped.example\n");
    ResolverOptions names;
    names.hosts_file = hosts;
    for (const std::string name :
         {"rebound.example", "metadata.example", "mapped.example", "localhost", "127.0.0.1", "[::1]"}) {
        CAPTURE(name);
        Asker asker(names);
        const auto answer = asker.ask("http://" + name + ":" + std::to_string(server.port()), {}, true);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == Errc::connect);
        CHECK(answer.error().message.find("may not be asked") != std::string::npos);
    }
    CHECK(server.connections() == 0);
    // and where it may, it is
    Asker asker(names);
    CHECK(asker.ask("http://rebound.example:" + std::to_string(server.port())));
}

TEST_CASE("whatever a name server says, and however an address is spelled, an outward inquiry does not lead inside") {
    ScriptedUpstream server({Script{test::read_request(), test::answer(200, "secrets", "Connection: close\r\n")}});
    const std::string port = ":" + std::to_string(server.port());
    Asker asker;
    test::DnsServer dns(asker.loop);
    ResolverOptions names;
    names.servers = {dns.address()};
    names.hosts_file = "/nonexistent";
    names.min_ttl = Nanoseconds(0);
    Asker naming(asker, names);
    const std::vector<std::vector<std::string>> inside = {{"127.0.0.1"},       {"127.9.9.9"}, {"0.0.0.0"},
                                                          {"169.254.169.254"}, {"::1"},       {"::ffff:127.0.0.1"},
                                                          {"64:ff9b::7f00:1"}, {"fe80::1"},   {"127.0.0.1", "::1"}};
    for (std::size_t i = 0; i < inside.size(); ++i) {
        const std::string name = "n" + std::to_string(i) + ".test";
        CAPTURE(name, inside[i].front());
        dns.set(name, {.addresses = inside[i], .ttl = 0, .alias = {}});
        CHECK_FALSE(naming.ask("http://" + name + port, {}, true));
    }
    // the same name, first for somebody who may go there: what he learned of it opens nothing
    dns.set("rebound.test", {.addresses = {"127.0.0.1"}, .alias = {}});
    CHECK(naming.ask("http://rebound.test" + port));
    CHECK_FALSE(naming.ask("http://rebound.test" + port, {}, true));
    CHECK(server.connections() == 1);
    for (const char* spelled : {"2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.1", "127.0.1", "127.0.0.1.",
                                "[::ffff:7f00:1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]",
                                "[64:ff9b::7f00:1]", "localhost.", "LOCALHOST", "a.localhost"}) {
        CAPTURE(spelled);
        const auto url = http::Url::parse("http://" + std::string(spelled) + port);
        if (url) CHECK_FALSE(naming.ask("http://" + std::string(spelled) + port, {}, true));
    }
    CHECK(server.connections() == 1);
}

TEST_CASE("an inquiry that was given up tells nobody") {
    ScriptedUpstream server({Script{test::read_request(), test::answer(200, "late")}});
    Asker asker;
    bool told = false;
    const auto url = http::Url::parse(server.url());
    asker.inquiry.ask(endpoint_of(*url, nullptr), Question{}, [&](const Result<Answered>&) { told = true; });
    CHECK(asker.inquiry.active());
    asker.inquiry.cancel();
    CHECK_FALSE(asker.inquiry.active());
    test::settle(asker.loop);
    CHECK_FALSE(told);
}

TEST_CASE("what a document names may be inside only on the host that was chosen, or for an issuer on this machine") {
    const auto may = [](const char* named, const char* chosen) {
        return may_be_inside(*http::Url::parse(named), *http::Url::parse(chosen));
    };
    CHECK(may("http://10.0.0.1:81/keys", "http://10.0.0.1/"));
    CHECK(may("https://issuer.example/keys", "https://issuer.example/"));
    CHECK(may("http://10.0.0.1/keys", "http://127.0.0.1:9000/"));
    CHECK(may("http://127.0.0.1/keys", "http://localhost:9000/"));
    CHECK_FALSE(may("http://127.0.0.1/keys", "https://issuer.example/"));
    CHECK_FALSE(may("https://issuer.example.org/keys", "https://issuer.example/"));
}
