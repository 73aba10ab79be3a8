// Faults that no peer causes: memory that is not there, system calls that do less than was asked for, clocks that jump,
// threads that hang, disks that are full. One request may fail; the gateway goes on.

#include <cerrno>
#include <csignal>

#include "libgw/base/json.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/peer.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Start with(const Faults& faults) {
    Start how;
    how.environment = faults.environment();
    return how;
}

std::string closed_port() {
    const Listener listener = *listen_on_loopback();
    return "127.0.0.1:" + std::to_string(listener.port);
}

}  // namespace

TEST_CASE("system calls that take one byte, are interrupted or find no buffer change no byte of what passes") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const std::string body = std::string(700, 'u') + "end";
    const Faults faults;
    ScriptedUpstream upstream(
        {{read_request(), answer(200, "plain"), read_request(),
          send_bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), read_request(),
          answer(404, std::string(3000, 'd'))}});
    const Gateway gateway({upstream.url(), "--workers", "1"}, with(faults));
    struct Row {
        const char* name;
        bool one_byte;
        std::uint32_t interrupt_every;
        std::uint32_t no_buffers_every;
    };
    for (const Row& row : {Row{"one byte", true, 0, 0}, Row{"interrupted", false, 2, 0}, Row{"no buffers", false, 0, 2},
                           Row{"all of it", true, 3, 5}}) {
        INFO(row.name);
        faults.board().one_byte_reads = row.one_byte;
        faults.board().one_byte_writes = row.one_byte;
        faults.board().interrupt_every = row.interrupt_every;
        faults.board().no_buffers_every = row.no_buffers_every;
        RawClient client = gateway.connect();
        must(client.send(get_request("/one") + post_request("/two", body) + get_request("/three")));
        CHECK(must(client.read_response()).body == "plain");
        CHECK(must(client.read_response()).body == "hello");
        const RawResponse third = must(client.read_response());
        CHECK(third.status == 404);
        CHECK(third.body == std::string(3000, 'd'));
        CHECK(faults.board().reads > 0);
    }
    CHECK(upstream.seen().find("\r\n\r\n" + body + "GET /three HTTP/1.1\r\n") != std::string::npos);
}

TEST_CASE("TLS passes whole through system calls that take one byte or are interrupted") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    const Gateway gateway({"/=mock:200:" + std::string(500, 's'), "--tls-self-signed"}, with(faults));
    faults.board().one_byte_reads = 1;
    faults.board().one_byte_writes = 1;
    faults.board().interrupt_every = 3;
    faults.board().no_buffers_every = 4;
    PeerClient client(gateway.url());
    CHECK(must(client.get("/")).body == std::string(500, 's'));
    CHECK(must(client.get("/")).body == std::string(500, 's'));
}

namespace {

/// Whatever allocation fails, one at a time and each of them once: the request at hand is answered or its connection
/// closed, in time, and what comes after is served.
void fail_each_allocation(Gateway& gateway, const Faults& faults,
                          const std::function<Result<RawResponse>(RawClient&)>& ask, int well) {
    const auto once = [&]() -> Result<RawResponse> {
        RawClient client = gateway.connect();
        client.set_patience(5s);
        return ask(client);
    };
    REQUIRE(must(once()).status == well);
    const std::size_t descriptors = must(gateway.process().usage()).descriptors;
    const std::uint64_t failed_before = faults.board().failed_news;
    int failed = 0;
    int refused = 0;
    std::int64_t index = 1;
    for (; index <= 500; ++index) {
        INFO("allocation " << index);
        faults.board().fail_new_in = index;
        const auto answer = once();
        const bool armed = faults.board().fail_new_in.exchange(0) > 0;
        REQUIRE(gateway.process().is_running());
        if (!answer) {
            ++failed;
            CHECK(answer.error().code != Errc::timeout);
        } else if (answer->status != well) {
            ++refused;
            CHECK(answer->status >= 500);
        }
        if (armed) break;  // it needs no more than that
    }
    CHECK(index > 3);
    CHECK(index <= 500);
    CHECK(faults.board().failed_news - failed_before == static_cast<std::uint64_t>(index - 1));
    CHECK(failed + refused > 0);
    CHECK(must(once()).status == well);
    CHECK(eventually([&] { return gateway.metric("gw_connections") == 0; }));
    CHECK(eventually([&] { return must(gateway.process().usage()).descriptors <= descriptors + 2; }));
}

}  // namespace

TEST_CASE("an allocation that fails costs the request that needed it, whichever it is, and nothing else") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    const auto plain_get = [](RawClient& client) -> Result<RawResponse> {
        TRY(client.send(get_request("/a?b=c", "X-One: 1\r\nCookie: a=b\r\n")));
        return client.read_response();
    };
    const auto chunked_post = [](RawClient& client) -> Result<RawResponse> {
        (void)client.send("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
        (void)client.send("1000\r\n" + std::string(4096, 'b') + "\r\n0\r\n\r\n");
        return client.read_response();
    };
    SECTION("to a target, on a new connection") {
        ScriptedUpstream upstream({{read_request(), answer(200, std::string(5000, 'x'), "Connection: close\r\n")}});
        Gateway gateway({upstream.url(), "--workers", "1", "--timeout", "1s"}, with(faults));
        fail_each_allocation(gateway, faults, plain_get, 200);
        fail_each_allocation(gateway, faults, chunked_post, 200);
        CHECK(gateway.process().wait_for_errors("memory was not there"));
        CHECK(gateway.metric("gw_internal_errors_total") > 20);
        // lines are written by a thread of their own
        CHECK(eventually([&] { return gateway.wait_for_log(1).find("\"internal\"") != std::string::npos; }));
    }
    SECTION("to a target that is kept") {
        PeerServer target([](const PeerRequest&) { return PeerResponse{200, {}, "kept"}; });
        Gateway gateway({target.url(), "--workers", "1", "--timeout", "1s"}, with(faults));
        fail_each_allocation(gateway, faults, plain_get, 200);
    }
    SECTION("to a group with a target that is dead") {
        PeerServer target([](const PeerRequest&) { return PeerResponse{200, {}, "alive"}; });
        Gateway gateway({"group:g", "--group", "g=" + closed_port() + ",127.0.0.1:" + std::to_string(target.port()),
                         "--workers", "1", "--timeout", "1s"},
                        with(faults));
        fail_each_allocation(gateway, faults, plain_get, 200);
    }
    SECTION("to a name") {
        PeerServer target([](const PeerRequest&) { return PeerResponse{200, {{"Connection", "close"}}, "named"}; });
        Gateway gateway({"http://localhost:" + std::to_string(target.port()), "--workers", "1", "--timeout", "1s"},
                        with(faults));
        fail_each_allocation(gateway, faults, plain_get, 200);
    }
    SECTION("a mock and a refusal") {
        Gateway gateway({"/a=mock:200:fine", "--workers", "1"}, with(faults));
        fail_each_allocation(gateway, faults, plain_get, 200);
        fail_each_allocation(
            gateway, faults,
            [](RawClient& client) -> Result<RawResponse> {
                TRY(client.send(get_request("/none")));
                return client.read_response();
            },
            404);
    }
}

TEST_CASE("an allocation that fails during a TLS handshake or under TLS costs that connection alone") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    Gateway gateway({"/=mock:200:fine", "--tls-self-signed", "--workers", "1"}, with(faults));
    std::int64_t index = 1;
    int failed = 0;
    for (bool armed = false; !armed && index <= 500; ++index) {
        INFO("allocation " << index);
        faults.board().fail_new_in = index;
        PeerClient client(gateway.url());
        const auto answer = client.get("/");
        armed = faults.board().fail_new_in.exchange(0) > 0;
        REQUIRE(gateway.process().is_running());
        if (!answer || answer->status != 200) ++failed;
    }
    CHECK(index <= 500);
    CHECK(failed > 0);
    PeerClient after(gateway.url());
    CHECK(must(after.get("/")).status == 200);
    CHECK(eventually([&] { return gateway.metric("gw_connections") <= 1; }));
}

TEST_CASE("requests of others do not notice an allocation that fails beside them") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    ScriptedUpstream slow({{read_request(), send_bytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst"), hold(),
                            send_bytes(" half")}});
    const Gateway gateway({"/slow=" + slow.url(), "/mock=mock:200:fine", "--workers", "1"}, with(faults));
    RawClient other = gateway.connect();
    must(other.send(get_request("/slow")));
    CHECK(must(other.read_until("first")).starts_with("HTTP/1.1 200"));
    for (std::int64_t index = 1; index <= 20; ++index) {
        faults.board().fail_new_in = index;
        RawClient unlucky = gateway.connect();
        (void)unlucky.send(get_request("/mock"));
        (void)unlucky.read_response();
        faults.board().fail_new_in = 0;
    }
    CHECK(faults.board().failed_news >= 5);
    slow.release();
    CHECK(must(other.read_until(" half")) == " half");
}

TEST_CASE("without descriptors to accept with the gateway rests instead of spinning, and serves when there are some") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    const Gateway gateway({"/=mock:200:fine", "--workers", "1"}, with(faults));
    RawClient held = gateway.connect();
    must(held.send(get_request("/")));
    CHECK(must(held.read_response()).status == 200);
    for (const int number : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
        INFO(number);
        faults.board().refuse_accepts = static_cast<std::uint32_t>(number);
        RawClient waiting = gateway.connect();
        must(waiting.send(get_request("/")));
        const std::uint64_t accepts = faults.board().accepts;
        const std::uint64_t waits = faults.board().waits;
        CHECK(waiting.stays_silent(350ms));
        CHECK(faults.board().accepts - accepts <= 6);  // one look each 100 ms
        CHECK(faults.board().waits - waits <= 40);
        must(held.send(get_request("/")));  // those who are in are served meanwhile
        CHECK(must(held.read_response()).status == 200);
        faults.board().refuse_accepts = 0;
        CHECK(must(waiting.read_response()).status == 200);
    }
}

TEST_CASE("without descriptors for targets requests are refused, and served when there are some") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    PeerServer target([](const PeerRequest&) { return PeerResponse{200, {}, "reached"}; });
    const Gateway gateway({target.url()}, with(faults));
    faults.board().refuse_sockets = EMFILE;
    for (int i = 0; i < 20; ++i) CHECK(gateway.get("/").status == 503);
    faults.board().refuse_sockets = 0;
    CHECK(gateway.get("/").body == "reached");
}

TEST_CASE("a calendar that jumps ten years either way times nothing out") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    ScriptedUpstream slow({{read_request(), hold(), answer(200, "late")}});
    const Gateway gateway({"/slow=" + slow.url(), "/mock=mock:200:fine", "--workers", "1"}, with(faults));
    RawClient idle = gateway.connect();
    must(idle.send(get_request("/mock")));
    CHECK(must(idle.read_response()).status == 200);
    RawClient begun = gateway.connect();
    must(begun.send("GET /mock HTTP/1.1\r\nHost: h\r\nX-Half: "));
    RawClient waiting = gateway.connect();
    must(waiting.send(get_request("/slow")));
    REQUIRE(slow.wait_for("\r\n\r\n"));
    const std::int64_t years = 10 * 365 * 86400 * kSecond;
    for (const std::int64_t shift : {years, -years, kSecond, -kSecond}) {
        faults.board().date_shift = shift;
        const std::uint64_t waits = faults.board().waits;
        const RawResponse answer = gateway.get("/mock");
        CHECK(answer.status == 200);
        CHECK(waiting.stays_silent(120ms));
        CHECK(faults.board().waits - waits < 100);  // nobody turns in circles
        const std::string year = shift == years ? "2036" : shift == -years ? "2016" : "";
        if (!year.empty()) {
            const auto now = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(
                std::chrono::system_clock::now() + std::chrono::nanoseconds(shift)));
            CHECK(answer.field("date").find(std::to_string(static_cast<int>(now.year()))) != std::string::npos);
        }
        must(idle.send(get_request("/mock")));
        CHECK(must(idle.read_response()).status == 200);
    }
    must(begun.send("x\r\n\r\n"));
    CHECK(must(begun.read_response()).status == 200);
    slow.release();
    CHECK(must(waiting.read_response()).body == "late");
}

TEST_CASE("a worker that hangs is told of, and goes on when it can") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    Gateway gateway({"/=mock:200:fine", "--workers", "1"}, with(faults));
    RawClient client = gateway.connect();
    must(client.send(get_request("/")));
    CHECK(must(client.read_response()).status == 200);
    faults.board().hang_for = 1500;
    must(client.send(get_request("/")));
    CHECK(gateway.process().wait_for_errors("worker 0 has been busy for"));
    CHECK(must(client.read_response()).status == 200);
    CHECK(faults.board().hangs == 1);
}

TEST_CASE("a worker that does not come back within ten seconds ends the process, which says so") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    Gateway gateway({"/=mock:200:fine", "--workers", "2"}, with(faults));
    CHECK(gateway.get("/").status == 200);
    faults.board().hang_for = 20'000;
    RawClient client = gateway.connect();
    must(client.send(get_request("/")));
    REQUIRE(eventually([&] { return faults.board().hangs == 1; }));
    CHECK(gateway.process().wait_for_errors("has been busy for"));
    CHECK(gateway.process().is_running());
    faults.board().time_shift = 11 * kSecond;
    const Ending ending = must(gateway.process().wait());
    CHECK(ending.signal == SIGABRT);
    CHECK(ending.errors.find("giving up") != std::string::npos);
}

TEST_CASE("a disk that is full costs log lines and nothing else") {
    Start how;
    how.log_to_file = false;
    Gateway gateway({"/=mock:200:fine", "--log", "/dev/full"}, how);
    RawClient client = gateway.connect();
    for (int i = 0; i < 200; ++i) {
        must(client.send(get_request("/")));
        CHECK(must(client.read_response()).status == 200);
    }
    CHECK(gateway.process().wait_for_errors("lines lost: writing: "));
    CHECK(gateway.get("/").status == 200);
    CHECK(eventually([&] { return gateway.metric("gw_log_dropped_total") == 201; }));
    const std::string errors = gateway.process().errors();
    CHECK(errors.find("lines lost") == errors.rfind("lines lost"));  // once a minute
    CHECK(gateway.stop().code == 0);
}

TEST_CASE("a log that may not grow loses lines, and has whole ones again as soon as there is room") {
    Start how;
    how.before = {"prlimit", "--fsize=3000:unlimited"};
    Gateway gateway({"/=mock:200:fine"}, how);
    RawClient client = gateway.connect();
    const auto ask = [&](int times) {
        for (int i = 0; i < times; ++i) {
            must(client.send(get_request("/")));
            CHECK(must(client.read_response()).status == 200);
        }
    };
    ask(60);
    CHECK(gateway.process().wait_for_errors("lines lost: writing: file too large"));
    CHECK(eventually([&] { return gateway.log().size() == 3000; }));
    CHECK(eventually([&] { return gateway.metric("gw_log_dropped_total") > 40; }));
    ask(1);
    const std::string pid = std::to_string(gateway.process().id());
    CHECK(must(run({{"prlimit", "--pid=" + pid, "--fsize=unlimited"}, {}, {}, {}, ""})).code == 0);
    const std::uint64_t lost = gateway.metric("gw_log_dropped_total");
    CHECK(lost >= 40);
    ask(20);
    CHECK(gateway.stop().code == 0);
    const std::string log = gateway.log();
    std::size_t whole = 0;
    std::size_t broken = 0;
    for (std::size_t at = 0; at < log.size();) {
        const std::size_t end = std::min(log.find('\n', at), log.size());
        parse_json(log.substr(at, end - at)) ? ++whole : ++broken;
        at = end + 1;
    }
    CHECK(broken == 1);
    CHECK(whole >= 20);
    CHECK(whole <= 81 - lost + 1);
}
