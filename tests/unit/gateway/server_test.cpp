#include "libgw/gateway/server.h"

#include <atomic>
#include <functional>
#include <future>
#include <thread>

#include "libgw/config/target.h"
#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/raw_client.h"
#include "tests/support/temporary.h"
#include "tests/support/tls_client.h"

namespace gw::gateway {
namespace {

using test::RawClient;
using test::RawResponse;

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/// A whole server in this process, whose memory is what the test says it is.
struct Bench {
    explicit Bench(const std::function<void(config::Model&)>& change = [](config::Model&) {}) {
        config::Model model;
        model.listeners.push_back({"127.0.0.1:0", std::nullopt, {}});
        config::Api api;
        config::Route route;
        route.route_key = "GET /";
        route.integration = *config::parse_target("mock:200:fine");
        api.routes.push_back(route);
        model.apis.push_back(api);
        model.logs.format = config::Logs::Format::off;
        model.admin = "off";
        model.workers = 1;
        model.limits.memory = 1000;
        change(model);
        const auto config = std::make_shared<const config::Model>(model);
        ServerOptions options;
        options.read_file = [](const std::string& path) -> Result<std::string> { return test::read_file(path); };
        options.load = [config](std::string&) -> Result<config::Config> { return config; };
        options.log = &log;
        options.handle_signals = false;
        options.memory_in_use = [this] {
            ++looks;
            return memory.load();
        };
        auto opened = Server::open(config, std::move(options));
        REQUIRE(opened);
        server = std::move(*opened);
        server->start();
        house = std::thread([this] { server->run(); });
    }
    ~Bench() {
        server->loop().mailbox().send([this] { server->stop(0); });
        house.join();
    }
    std::uint16_t port() const { return server->addresses().at(0).port(); }
    /// On the house loop.
    bool reload() {
        std::promise<bool> done;
        server->loop().mailbox().send([&] { done.set_value(static_cast<bool>(server->reload())); });
        if (!done.get_future().get()) return false;
        settle();
        return true;
    }
    /// Waits until the worker has done what it was told so far.
    void settle() {
        std::promise<void> passed;
        server->workers().at(0)->post([&] { passed.set_value(); });
        passed.get_future().get();
    }
    RawClient connect() {
        auto client = RawClient::connect(port());
        REQUIRE(client);
        return std::move(*client);
    }
    static Result<RawResponse> ask(RawClient& client) {
        TRY(client.send(kRequest));
        return client.read_response();
    }
    /// Waits until the gateway has acted on this much memory.
    void use(std::uint64_t permille) {
        memory = permille;
        // the second look from here on began after the first had told the worker, whose mailbox keeps the order
        const int before = looks;
        const auto deadline = test::within(test::kPatience);
        while (looks < before + 2 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        REQUIRE(looks >= before + 2);
        settle();
    }

    SilentLog log;
    std::atomic<std::uint64_t> memory{0};
    std::atomic<int> looks{0};
    std::unique_ptr<Server> server;
    std::thread house;
};

config::Certificate certificate_for(const test::TemporaryDirectory& directory, const std::string& name) {
    const Date now = net::SystemClock().date();
    test::CertificateWish wish;
    wish.subject = name;
    wish.names = {name};
    wish.not_before = now - std::chrono::hours(1);
    wish.not_after = now + std::chrono::hours(24 * 30);
    const net::TlsKeyPair pair = test::issue(wish);
    return {directory.write(name + ".pem", pair.cert_pem), directory.write(name + ".key", pair.key_pem), {}};
}

std::string request_for(const std::string& host) {
    return "GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
}

}  // namespace

TEST_CASE("server: a TLS connection for one host name carries no request for one with another certificate") {
    const test::TemporaryDirectory directory;
    const ApiKind kind = GENERATE(ApiKind::http, ApiKind::rest);
    Bench bench([&](config::Model& model) {
        model.listeners[0].tls = config::Tls{};
        model.listeners[0].tls->certificates = {certificate_for(directory, "a.example"),
                                                certificate_for(directory, "b.example")};
        model.apis[0].kind = kind;
        model.apis[0].hosts = {"a.example", "b.example", "c.example"};
    });
    struct Row {
        const char* name;  // in the handshake; "": none
        const char* host;
        int status;
    };
    const int unknown = kind == ApiKind::rest ? 403 : 404;
    for (const Row& row :
         {Row{"a.example", "a.example", 200}, Row{"b.example", "b.example", 200}, Row{"a.example", "b.example", 421},
          Row{"b.example", "a.example", 421}, Row{"A.EXAMPLE", "a.example", 200},
          Row{"b.example", "B.Example:8443", 200}, Row{"a.example", "B.Example:8443", 421},
          Row{"a.example", "c.example", 200}, Row{"b.example", "c.example", 421}, Row{"", "b.example", 200},
          Row{"elsewhere.example", "a.example", 200}, Row{"elsewhere.example", "b.example", 421},
          Row{"a.example", "elsewhere.example", unknown}, Row{"b.example", "elsewhere.example", 421},
          Row{"b.example", "[::1]", 421}}) {
        INFO(row.name << " then " << row.host);
        const std::vector<std::string> how = *row.name == '\0' ? std::vector<std::string>{"-noservername"}
                                                               : std::vector<std::string>{"-servername", row.name};
        const std::string heard = test::ask_with_openssl(bench.port(), request_for(row.host), how);
        CHECK(heard.find("HTTP/1.1 " + std::to_string(row.status) + " ") != std::string::npos);
    }
}

TEST_CASE("server: TLS sessions are resumed after a reload") {
    const test::TemporaryDirectory directory;
    const std::string session = directory.file("session");
    Bench bench([&](config::Model& model) {
        model.listeners[0].tls = config::Tls{};
        model.listeners[0].tls->certificates = {certificate_for(directory, "a.example")};
    });
    const auto ask = [&](const std::vector<std::string>& how) {
        return test::ask_with_openssl(bench.port(), request_for("a.example"), how);
    };
    const std::string first = ask({"-sess_out", session});
    CHECK(first.find("New, TLSv1.3") != std::string::npos);
    CHECK(first.find("HTTP/1.1 200 ") != std::string::npos);
    CHECK(ask({"-sess_in", session}).find("Reused, TLSv1.3") != std::string::npos);
    REQUIRE(bench.reload());
    const std::string resumed = ask({"-sess_in", session});
    CHECK(resumed.find("Reused, TLSv1.3") != std::string::npos);
    CHECK(resumed.find("HTTP/1.1 200 ") != std::string::npos);
    // another certificate is another policy
    certificate_for(directory, "a.example");
    REQUIRE(bench.reload());
    CHECK(ask({"-sess_in", session}).find("New, TLSv1.3") != std::string::npos);
}

TEST_CASE("server: the overload ladder is climbed rung by rung, and down again with two points of hold") {
    Bench bench;
    const auto status = [&] {
        RawClient client = bench.connect();
        const auto answer = Bench::ask(client);
        return answer ? answer->status : 0;
    };
    const auto keeps_alive = [&] {
        RawClient client = bench.connect();
        const auto answer = Bench::ask(client);
        return answer && answer->status == 200 && answer->field("connection").empty();
    };
    bench.use(849);
    CHECK(keeps_alive());
    RawClient idle = bench.connect();
    REQUIRE(Bench::ask(idle));
    bench.use(850);  // idle connections go
    CHECK(idle.is_closed_by_peer());
    CHECK(keeps_alive());
    bench.use(920);  // none is kept
    CHECK(status() == 200);
    CHECK_FALSE(keeps_alive());
    bench.use(950);  // requests are turned away
    RawClient client = bench.connect();
    const auto refused = Bench::ask(client);
    REQUIRE(refused);
    CHECK(refused->status == 503);
    CHECK(refused->body == R"({"message":"Service Unavailable"})");
    CHECK(refused->field("retry-after") == "1");
    CHECK(refused->field("connection") == "close");
    CHECK(bench.server->shared().overload == 95);
    bench.use(980);  // connections are
    CHECK(status() == 0);
    CHECK(bench.server->shared().refused_connections > 0);
    bench.use(961);
    CHECK(status() == 0);
    bench.use(959);
    CHECK(status() == 503);
    bench.use(931);
    CHECK(status() == 503);
    bench.use(929);
    CHECK(status() == 200);
    CHECK_FALSE(keeps_alive());
    bench.use(899);
    CHECK(keeps_alive());
    bench.use(829);
    CHECK(bench.server->shared().overload == 0);
}

}  // namespace gw::gateway
