#include "libgw/gateway/key_fetcher.h"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/io/telemetry/prometheus.h"
#include "tests/support/catch.h"
#include "tests/support/loop.h"
#include "tests/support/peer.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/temporary.h"
#include "tests/unit/policy/auth/keys.h"

namespace gw::gateway {
namespace {

class Notes final : public Log {
  public:
    [[nodiscard]] bool wants(LogLevel) const override { return true; }
    void write(LogLevel level, std::string_view event) override {
        lines.push_back(fmt::format("{}: {}", to_text(level), event));
    }
    std::vector<std::string> lines;
};

std::string jwks_of(const std::vector<std::string>& kids) {
    std::vector<auth::Key> keys;
    for (const std::string& kid : kids) keys.push_back(auth::test_keys::key_for(auth::Algorithm::es256, kid));
    return to_json(auth::to_jwks(keys));
}

/// Times as they are, but for those that a test is about.
auth::KeySchedule::Settings settings_of(Nanoseconds refresh, Nanoseconds min_interval) {
    auth::KeySchedule::Settings settings;
    settings.refresh = refresh;
    settings.min_interval = min_interval;
    settings.first_retry = std::min(settings.first_retry, min_interval);
    return settings;
}

struct Bench {
    explicit Bench(auth::KeySchedule::Settings settings = {}, net::ResolverOptions names = {})
        : resolver(loop, std::move(names)), fetcher(loop, client, notes, settings) {
        fetcher.on_fetched([this] { ++fetched; });
    }
    /// Until so many fetches have ended.
    void await(int count) {
        REQUIRE(test::run_until(loop, [&] { return fetched >= count; }));
    }
    net::Loop loop;
    net::Resolver resolver;
    net::HttpClient client{loop, resolver, net::ClientLimits{}};
    Notes notes;
    KeyFetcher fetcher;
    int fetched = 0;
};

test::Script saying(int status, const std::string& body) { return {test::read_request(), test::answer(status, body)}; }

}  // namespace

TEST_CASE("keys are found where the issuer's discovery document says, and published") {
    std::string url;
    test::PeerServer server([&](const test::PeerRequest& request) {
        if (request.target == "/pool/keys?x=1") return test::PeerResponse{200, {}, jwks_of({"a", "b"})};
        return test::PeerResponse{
            200, {}, fmt::format(R"({{"issuer":"{0}/pool","jwks_uri":"{0}/pool/keys?x=1"}})", url)};
    });
    url = server.url();
    Bench bench;
    const auto issuer = std::make_shared<Issuer>(url + "/pool", "");
    bench.fetcher.adopt({issuer}, nullptr);
    CHECK_FALSE(bench.fetcher.were_all_tried());
    bench.await(1);
    CHECK(bench.fetcher.were_all_tried());
    IssuerView view;
    REQUIRE(view.look(*issuer).set != nullptr);
    CHECK(view.keys.set->keys().size() == 2);
    CHECK(view.keys.version == 1);
    CHECK(view.keys.failure.empty());
    REQUIRE(server.requests().size() == 2);
    CHECK(server.requests()[0].target == "/pool/.well-known/openid-configuration");
    REQUIRE(bench.notes.lines.size() == 1);
    CHECK(bench.notes.lines[0] == "info: issuer " + url + "/pool: 2 keys (ES256 kid=a, ES256 kid=b)");
}

TEST_CASE("a discovery document of another issuer, or one that asks for TLS, is not followed") {
    for (const std::string document :
         {R"({"issuer":"https://other.example","jwks_uri":"URL/keys"})",
          R"({"issuer":"URL","jwks_uri":"https://127.0.0.1:1/keys"})", R"({"issuer":"URL"})", "<html>", ""}) {
        CAPTURE(document);
        std::string url;
        test::PeerServer server([&](const test::PeerRequest&) {
            std::string body = document;
            if (const auto at = body.find("URL"); at != std::string::npos) body.replace(at, 3, url);
            return test::PeerResponse{200, {}, body};
        });
        url = server.url();
        Bench bench;
        const auto issuer = std::make_shared<Issuer>(url, "");
        bench.fetcher.adopt({issuer}, nullptr);
        bench.await(1);
        CHECK(issuer->keys().set == nullptr);
        CHECK_FALSE(issuer->keys().failure.empty());
        CHECK(server.requests().size() == 1);
    }
}

TEST_CASE("whoever comes with an unknown key is the cause of one fetch, and waits for it") {
    test::ScriptedUpstream server({saying(200, jwks_of({"old"})), saying(200, jwks_of({"old", "new"}))});
    Bench bench(settings_of(std::chrono::hours(1), std::chrono::milliseconds(1)));
    const auto issuer = std::make_shared<Issuer>("https://issuer.example", server.url() + "/");
    bench.fetcher.adopt({issuer}, nullptr);
    bench.await(1);
    int told = 0;
    const auto ask = [&] { bench.fetcher.want(issuer, "new", [&] { ++told; }); };
    ask();
    ask();
    bench.await(2);
    REQUIRE(test::run_until(bench.loop, [&] { return told == 2; }));
    CHECK(issuer->keys().set->keys().size() == 2);
    CHECK(issuer->keys().version == 2);
    CHECK(server.connections() == 2);
}

TEST_CASE("fetches are counted by issuer and result, through reloads") {
    test::ScriptedUpstream server({saying(200, jwks_of({"old"})), saying(500, "{}"), saying(200, jwks_of({"new"}))});
    Bench bench(settings_of(std::chrono::hours(1), std::chrono::milliseconds(1)));
    telemetry::Metrics metrics(1);
    bench.fetcher.count(metrics, metrics.sheet(0));
    const auto issuer = std::make_shared<Issuer>("https://issuer.example", server.url() + "/");
    bench.fetcher.adopt({issuer}, nullptr);
    bench.await(1);
    bench.fetcher.want(issuer, "new", [] {});
    bench.await(3);
    bench.fetcher.adopt({issuer}, nullptr);
    const std::string text = telemetry::to_prometheus(metrics.scrape());
    CHECK(text.find("gw_jwks_fetches_total{issuer=\"https://issuer.example\",result=\"ok\"} 2\n") != text.npos);
    CHECK(text.find("gw_jwks_fetches_total{issuer=\"https://issuer.example\",result=\"failed\"} 1\n") != text.npos);
}

TEST_CASE("a flood of unknown keys asks an issuer for nothing before its time") {
    test::ScriptedUpstream server({saying(200, jwks_of({"old"}))});
    Bench bench(settings_of(std::chrono::hours(1), std::chrono::hours(1)));
    const auto issuer = std::make_shared<Issuer>("https://issuer.example", server.url() + "/");
    bench.fetcher.adopt({issuer}, nullptr);
    bench.await(1);
    int told = 0;
    for (int i = 0; i < 10000; ++i) bench.fetcher.want(issuer, "random" + std::to_string(i), [&] { ++told; });
    CHECK(told == 10000);  // at once: nobody waits for what will not come
    test::settle(bench.loop);
    CHECK(server.connections() == 1);
}

TEST_CASE("while there are no keys the first fetch is waited for, and a failed one is not") {
    test::ScriptedUpstream server(
        {saying(503, "down"), saying(200, "<html>"), saying(302, ""), saying(200, jwks_of({"a"}))});
    Bench bench(settings_of(std::chrono::hours(1), std::chrono::milliseconds(1)));
    const auto issuer = std::make_shared<Issuer>("https://issuer.example", server.url() + "/");
    bench.fetcher.adopt({issuer}, nullptr);
    int told = 0;
    bench.fetcher.want(issuer, "", [&] { ++told; });
    CHECK(told == 0);
    bench.await(1);
    CHECK(told == 1);
    CHECK(issuer->keys().set == nullptr);
    CHECK(issuer->keys().failure.find("status 503") != std::string::npos);
    bench.await(4);
    CHECK(issuer->keys().set != nullptr);
    CHECK(issuer->keys().failure.empty());
    // told once for each change: down, nonsense, redirect, there
    CHECK(bench.notes.lines.size() == 4);
    CHECK(bench.notes.lines.front().find("its routes answer 503 until keys come") != std::string::npos);
}

TEST_CASE("keys outlive an outage, and not longer than they may") {
    test::ScriptedUpstream server({saying(200, jwks_of({"a"})), saying(500, "")});
    auto settings = settings_of(std::chrono::milliseconds(1), std::chrono::milliseconds(1));
    Bench lasting(settings);
    const auto kept = std::make_shared<Issuer>("https://issuer.example", server.url() + "/");
    lasting.fetcher.adopt({kept}, nullptr);
    lasting.await(3);
    CHECK(kept->keys().set != nullptr);
    CHECK_FALSE(kept->keys().failure.empty());

    test::ScriptedUpstream again({saying(200, jwks_of({"a"})), saying(500, "")});
    settings.last_good = std::chrono::milliseconds(20);
    Bench brief(settings);
    const auto lost = std::make_shared<Issuer>("https://issuer.example", again.url() + "/");
    brief.fetcher.adopt({lost}, nullptr);
    brief.await(1);
    REQUIRE(test::run_until(brief.loop, [&] { return lost->keys().set == nullptr; }));
}

TEST_CASE("a reload keeps what was fetched and forgets issuers that are gone") {
    test::ScriptedUpstream server({saying(200, jwks_of({"a"}))});
    Bench bench;
    const auto issuer = std::make_shared<Issuer>("https://issuer.example", server.url() + "/");
    bench.fetcher.adopt({issuer}, nullptr);
    bench.await(1);
    bench.fetcher.adopt({issuer}, nullptr);
    CHECK(bench.fetcher.were_all_tried());
    test::settle(bench.loop);
    CHECK(server.connections() == 1);
    bench.fetcher.adopt({}, nullptr);
    bool told = false;
    bench.fetcher.want(issuer, "b", [&] { told = true; });
    CHECK(told);
}

TEST_CASE("the document of an issuer elsewhere does not lead the fetcher to this machine") {
    test::PeerServer secrets([](const test::PeerRequest&) { return test::PeerResponse{200, {}, jwks_of({"a"})}; });
    const test::TemporaryDirectory directory;
    net::ResolverOptions names;
    names.hosts_file = directory.write("hosts", "127.0.0.1 issuer.example rebound.example\n");
    std::string url;
    std::string keys;
    test::PeerServer server([&](const test::PeerRequest&) {
        return test::PeerResponse{200, {}, fmt::format(R"({{"issuer":"{}","jwks_uri":"{}/jwks"}})", url, keys)};
    });
    url = fmt::format("http://issuer.example:{}", server.port());
    for (const std::string host : {"127.0.0.1", "localhost", "rebound.example"}) {
        CAPTURE(host);
        keys = fmt::format("http://{}:{}", host, secrets.port());
        Bench bench({}, names);
        const auto issuer = std::make_shared<Issuer>(url, "");
        bench.fetcher.adopt({issuer}, nullptr);
        bench.await(1);
        CHECK(issuer->keys().set == nullptr);
        CHECK(issuer->keys().failure.find("may not be asked") != std::string::npos);
        CHECK_FALSE(issuer->keys().no_discovery);
    }
    CHECK(secrets.requests().empty());
}

}  // namespace gw::gateway
