#include "libgw/io/net/resolver.h"

#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include "libgw/io/net/host_name.h"
#include "tests/support/catch.h"
#include "tests/support/dns_server.h"
#include "tests/support/temporary.h"

using namespace gw;
using namespace gw::net;
using namespace std::chrono_literals;
using gw::test::DnsServer;
using Texts = std::vector<std::string>;

namespace {

/// The system's clock, and how far a test has turned it.
struct TurnedClock final : Clock {
    [[nodiscard]] Instant now() const override { return system.now() + turned; }
    [[nodiscard]] Date date() const override { return system.date() + turned; }
    SystemClock system;
    Nanoseconds turned{0};
};

using Found = std::optional<Result<std::vector<Address>>>;

struct Bench {
    explicit Bench(ResolverOptions options = quick()) : loop(clock), server(loop) {
        if (options.servers.empty()) options.servers = {server.address()};
        resolver = std::make_unique<Resolver>(loop, options);
    }
    /// Times that no busy machine runs into.
    static ResolverOptions quick() {
        ResolverOptions options;
        options.hosts_file = "/nonexistent";
        options.try_timeout = 10s;
        options.total_timeout = 30s;
        return options;
    }
    /// For servers that will not answer.
    static ResolverOptions hasty() {
        ResolverOptions options = quick();
        options.try_timeout = 60ms;
        options.total_timeout = 150ms;
        return options;
    }
    void stop() { loop.stop(); }
    void late() { FAIL("no answer came"); }

    /// Runs the loop until `found` has something.
    void await(const Found& found) {
        Timer guard(callback<&Bench::late>(this));
        loop.arm_after(guard, 60s);
        while (!found) loop.run();
    }
    /// Asks, and stops the loop when the answer comes. True: it came at once.
    bool start(std::string_view name, Found& found, const void* owner = nullptr) {
        resolver->resolve(name, 443, owner, [this, &found](const Result<std::vector<Address>>& answer) {
            REQUIRE_FALSE(found);
            found = answer;
            loop.stop();
        });
        return found.has_value();
    }
    Result<std::vector<Address>> ask(std::string_view name) {
        Found found;
        at_once = start(name, found);
        await(found);
        return *found;
    }
    Texts texts(std::string_view name) {
        const auto answer = ask(name);
        Texts texts;
        if (!answer) return {to_string(answer.error())};
        for (const Address& address : *answer) {
            REQUIRE(address.port() == 443);
            texts.push_back(address.host());
        }
        return texts;
    }
    Errc error(std::string_view name) {
        const auto answer = ask(name);
        REQUIRE_FALSE(answer);
        REQUIRE(answer.error().message.find("name") != std::string::npos);
        return answer.error().code;
    }
    /// Lets everything happen that happens within `time`.
    void pass(Nanoseconds time) {
        Timer end(callback<&Bench::stop>(this));
        loop.arm_after(end, time);
        while (end.armed()) loop.run();
    }

    TurnedClock clock;
    Loop loop;
    DnsServer server;
    std::unique_ptr<Resolver> resolver;
    bool at_once = false;
};

/// A busy machine may make a time-out of an answer.
bool is_failure(Errc code) { return code == Errc::resolve || code == Errc::timeout; }

}  // namespace

TEST_CASE("literals are answered at once and without a question") {
    Bench bench;
    REQUIRE(bench.texts("10.1.2.3") == Texts{"10.1.2.3"});
    REQUIRE(bench.at_once);
    REQUIRE(bench.texts("::1") == Texts{"::1"});
    REQUIRE(bench.texts("[2001:db8::1]") == Texts{"2001:db8::1"});
    REQUIRE(bench.server.questions() == 0);
}

TEST_CASE("localhost and names under it never reach the network") {
    Bench bench;
    for (const char* name : {"localhost", "LocalHost", "localhost.", "app.localhost"}) {
        REQUIRE(bench.texts(name) == Texts{"127.0.0.1", "::1"});
        REQUIRE(bench.at_once);
    }
    REQUIRE(bench.server.questions() == 0);
}

TEST_CASE("what is no host name is refused without a question") {
    Bench bench;
    const std::string label(64, 'a');
    const std::string long_name =
        std::string(63, 'a') + '.' + std::string(63, 'b') + '.' + std::string(63, 'c') + '.' + std::string(62, 'd');
    for (const std::string& name : Texts{"",
                                         ".",
                                         "a..b",
                                         ".a",
                                         "a b",
                                         "a/b",
                                         "fe80::1%eth0",
                                         "[::1",
                                         "[a]",
                                         label,
                                         long_name,
                                         "127.1",
                                         "2130706433",
                                         "0x7f000001",
                                         "0x7f.1",
                                         "a.0X",
                                         "1.2.3.4.5",
                                         std::string("127.0.0.1\0", 10),
                                         std::string("a\0b", 3),
                                         "caf\xc3\xa9"}) {
        INFO(name);
        REQUIRE(bench.error(name) == Errc::resolve);
        REQUIRE(bench.at_once);
    }
    REQUIRE(bench.server.questions() == 0);
}

TEST_CASE("both families of a name are found and come in turns") {
    Bench bench;
    bench.server.set("web.test",
                     {.addresses = {"10.0.0.1", "10.0.0.2", "10.0.0.3", "2001:db8::1", "2001:db8::2"}, .alias = {}});
    REQUIRE(bench.texts("web.test") == Texts{"2001:db8::1", "10.0.0.1", "2001:db8::2", "10.0.0.2", "10.0.0.3"});
    REQUIRE_FALSE(bench.at_once);
    REQUIRE(bench.server.questions("web.test") == 2);
    bench.server.set("four.test", {.addresses = {"10.0.0.1"}, .alias = {}});
    REQUIRE(bench.texts("four.test") == Texts{"10.0.0.1"});
    bench.server.set("six.test", {.addresses = {"2001:db8::1"}, .alias = {}});
    REQUIRE(bench.texts("six.test") == Texts{"2001:db8::1"});
    bench.server.set("alias.test", {.addresses = {"10.0.0.9"}, .alias = "real.test"});
    REQUIRE(bench.texts("alias.test") == Texts{"10.0.0.9"});
}

TEST_CASE("an answer is kept for its time to live whatever the case of the name") {
    Bench bench;
    bench.server.set("web.test", {.addresses = {"10.0.0.1"}, .ttl = 60, .alias = {}});
    REQUIRE(bench.texts("web.test") == Texts{"10.0.0.1"});
    bench.server.set("web.test", {.addresses = {"10.0.0.2"}, .ttl = 60, .alias = {}});
    bench.clock.turned = 59s;
    bench.pass(1ms);
    REQUIRE(bench.texts("WEB.Test") == Texts{"10.0.0.1"});
    REQUIRE(bench.at_once);
    bench.clock.turned = 61s;
    bench.pass(1ms);
    REQUIRE(bench.texts("web.test") == Texts{"10.0.0.2"});
    REQUIRE(bench.server.questions("web.test") == 4);
}

TEST_CASE("a time to live is at least a second and at most an hour") {
    Bench bench;
    bench.server.set("short.test", {.addresses = {"10.0.0.1"}, .ttl = 0, .alias = {}});
    bench.server.set("long.test", {.addresses = {"10.0.0.1"}, .ttl = 1'000'000, .alias = {}});
    REQUIRE(bench.texts("short.test") == Texts{"10.0.0.1"});
    REQUIRE(bench.texts("short.test") == Texts{"10.0.0.1"});
    REQUIRE(bench.at_once);
    REQUIRE(bench.texts("long.test") == Texts{"10.0.0.1"});
    bench.clock.turned = 1100ms;
    bench.pass(1ms);
    (void)bench.texts("short.test");
    REQUIRE_FALSE(bench.at_once);
    bench.clock.turned = 3599s;
    bench.pass(1ms);
    (void)bench.texts("long.test");
    REQUIRE(bench.at_once);
    bench.clock.turned = 3601s;
    bench.pass(1ms);
    (void)bench.texts("long.test");
    REQUIRE_FALSE(bench.at_once);
}

TEST_CASE("a name that does not exist is remembered for five seconds") {
    Bench bench;
    REQUIRE(bench.error("missing.test") == Errc::resolve);
    REQUIRE_FALSE(bench.at_once);
    const int questions = bench.server.questions();
    REQUIRE(bench.error("missing.test") == Errc::resolve);
    REQUIRE(bench.at_once);
    REQUIRE(bench.server.questions() == questions);
    bench.server.set("missing.test", {.addresses = {"10.0.0.1"}, .alias = {}});
    bench.clock.turned = 5100ms;
    bench.pass(1ms);
    REQUIRE(bench.texts("missing.test") == Texts{"10.0.0.1"});
}

TEST_CASE("a name without an address says so") {
    Bench bench;
    bench.server.set("empty.test", {.addresses = {}, .alias = {}});
    REQUIRE(bench.texts("empty.test") == Texts{"the name 'empty.test' has no address"});
    REQUIRE(bench.texts("missing.test") == Texts{"the name 'missing.test' does not exist"});
}

TEST_CASE("servers that fail or talk nonsense are an error and not a hang") {
    Bench bench(Bench::hasty());
    bench.server.set("broken.test", {.rcode = 2, .addresses = {}, .alias = {}});
    bench.server.set("refused.test", {.rcode = 5, .addresses = {}, .alias = {}});
    bench.server.set("garbage.test", {.addresses = {}, .alias = {}, .garbage = true});
    for (const char* name : {"broken.test", "refused.test", "garbage.test"}) REQUIRE(is_failure(bench.error(name)));
}

TEST_CASE("a server that is silent costs the time-out and no more") {
    Bench bench(Bench::hasty());
    bench.server.set("silent.test", {.addresses = {}, .alias = {}, .silent = true});
    const Instant begun = bench.loop.now();
    REQUIRE(bench.error("silent.test") == Errc::timeout);
    bench.loop.refresh_clock();
    REQUIRE(bench.loop.now() - begun >= 150ms);
    for (int i = 0; i < 1000 && bench.server.questions("silent.test") < 3; ++i) bench.pass(5ms);
    REQUIRE(bench.server.questions("silent.test") >= 3);
    REQUIRE(bench.error("silent.test") == Errc::timeout);
    REQUIRE(bench.at_once);
}

TEST_CASE("a server that nobody runs is an error") {
    ResolverOptions options = Bench::hasty();
    options.servers = {"127.0.0.1:1"};
    Bench bench(options);
    const auto answer = bench.ask("web.test");
    REQUIRE_FALSE(answer);
    REQUIRE(is_failure(answer.error().code));
}

TEST_CASE("a family that does not answer does not hold up the other") {
    ResolverOptions options = Bench::quick();
    options.try_timeout = 5s;
    options.total_timeout = 15s;
    Bench bench(options);
    bench.server.set("half.test", {.addresses = {"10.0.0.1", "2001:db8::1"}, .alias = {}, .silent6 = true});
    const Instant begun = bench.loop.now();
    REQUIRE(bench.texts("half.test") == Texts{"10.0.0.1"});
    bench.loop.refresh_clock();
    REQUIRE(bench.loop.now() - begun < 4s);
}

TEST_CASE("the slower family is there for those who ask next") {
    ResolverOptions options = Bench::quick();
    options.family_delay = 1ms;
    options.try_timeout = 60ms;
    Bench bench(options);
    bench.server.set("half.test", {.addresses = {"10.0.0.1", "2001:db8::1"}, .alias = {}, .silent6 = true});
    REQUIRE(bench.texts("half.test") == Texts{"10.0.0.1"});
    bench.server.set("half.test", {.addresses = {"10.0.0.1", "2001:db8::1"}, .alias = {}});
    for (int i = 0; i < 100 && bench.texts("half.test").size() == 1; ++i) bench.pass(10ms);
    REQUIRE(bench.texts("half.test") == Texts{"2001:db8::1", "10.0.0.1"});
}

TEST_CASE("however many ask for a name there is one flight") {
    Bench bench;
    bench.server.set("web.test", {.addresses = {"10.0.0.1"}, .alias = {}});
    std::vector<Found> found(50);
    for (std::size_t i = 0; i < found.size(); ++i) {
        REQUIRE_FALSE(bench.start(i % 2 == 0 ? "web.test" : "WEB.test", found[i]));
    }
    for (const Found& each : found) {
        bench.await(each);
        REQUIRE(each->has_value());
    }
    REQUIRE(bench.server.questions("web.test") == 2);
}

TEST_CASE("the last good answer serves for an hour while its refresh fails") {
    Bench bench;
    bench.server.set("web.test", {.addresses = {"10.0.0.1"}, .ttl = 60, .alias = {}});
    REQUIRE(bench.texts("web.test") == Texts{"10.0.0.1"});
    bench.server.set("web.test", {.rcode = 2, .addresses = {}, .alias = {}});
    bench.clock.turned = 61s;
    bench.pass(1ms);
    REQUIRE(bench.texts("web.test") == Texts{"10.0.0.1"});
    REQUIRE_FALSE(bench.at_once);
    const int asked = bench.server.questions("web.test");
    REQUIRE(bench.texts("web.test") == Texts{"10.0.0.1"});
    REQUIRE(bench.at_once);
    REQUIRE(bench.server.questions("web.test") == asked);
    bench.clock.turned = 70s;
    bench.pass(1ms);
    REQUIRE(bench.texts("web.test") == Texts{"10.0.0.1"});
    REQUIRE(bench.at_once);  // the attempt goes on behind it
    for (int i = 0; i < 100 && bench.server.questions("web.test") == asked; ++i) bench.pass(5ms);
    REQUIRE(bench.server.questions("web.test") > asked);
    bench.clock.turned = 3590s;
    bench.pass(1ms);
    REQUIRE(bench.texts("web.test") == Texts{"10.0.0.1"});
    bench.clock.turned = 3700s;
    bench.pass(1ms);
    REQUIRE(is_failure(bench.error("web.test")));
    bench.server.set("web.test", {.addresses = {"10.0.0.2"}, .alias = {}});
    bench.clock.turned = 3800s;
    bench.pass(1ms);
    REQUIRE(bench.texts("web.test") == Texts{"10.0.0.2"});
}

TEST_CASE("a name that has ceased to exist is believed at once") {
    Bench bench;
    bench.server.set("web.test", {.addresses = {"10.0.0.1"}, .ttl = 60, .alias = {}});
    REQUIRE(bench.texts("web.test") == Texts{"10.0.0.1"});
    bench.server.set("web.test", {.rcode = 3, .addresses = {}, .alias = {}});
    bench.clock.turned = 61s;
    bench.pass(1ms);
    REQUIRE(bench.error("web.test") == Errc::resolve);
}

TEST_CASE("a name with hundreds of records gets thirty-two addresses") {
    Bench bench;
    test::DnsAnswer many{.addresses = {}, .alias = {}};
    for (int i = 0; i < 200; ++i) many.addresses.push_back("10.0.1." + std::to_string(i));
    for (int i = 0; i < 100; ++i) many.addresses.push_back("2001:db8::" + std::to_string(i + 1));
    bench.server.set("many.test", many);
    const Texts texts = bench.texts("many.test");
    REQUIRE(bench.server.by_tcp() == 2);
    REQUIRE(texts.size() == kMaxAddresses);
    REQUIRE(texts[0] == "2001:db8::1");
    REQUIRE(texts[1] == "10.0.1.0");
    REQUIRE(texts[31] == "10.0.1.15");
}

TEST_CASE("a question may be withdrawn and a resolver may go while questions are open") {
    Bench bench(Bench::hasty());
    bench.server.set("silent.test", {.addresses = {}, .alias = {}, .silent = true});
    const auto never = [](const Result<std::vector<Address>>&) { FAIL("cancelled"); };
    Found kept;
    int gone = 0;
    bench.resolver->resolve("silent.test", 1, &gone, never);
    REQUIRE_FALSE(bench.start("silent.test", kept, &kept));
    bench.resolver->cancel(&gone);
    bench.resolver->cancel(&bench);
    bench.await(kept);
    REQUIRE(kept->error().code == Errc::timeout);
    bench.server.set("other.test", {.addresses = {}, .alias = {}, .silent = true});
    bench.resolver->resolve("other.test", 1, nullptr, never);
    bench.pass(5ms);
    bench.resolver.reset();
    bench.pass(5ms);
}

TEST_CASE("an answer may ask again and withdraw another question") {
    Bench bench;
    bench.server.set("a.test", {.addresses = {"10.0.0.1"}, .alias = {}});
    bench.server.set("b.test", {.addresses = {"10.0.0.2"}, .alias = {}});
    int neighbour = 0;
    Found second;
    bench.resolver->resolve("a.test", 1, nullptr, [&](const Result<std::vector<Address>>& answer) {
        REQUIRE(answer.has_value());
        bench.resolver->cancel(&neighbour);
        REQUIRE_FALSE(bench.start("b.test", second));
    });
    bench.resolver->resolve("a.test", 1, &neighbour, [](const Result<std::vector<Address>>&) { FAIL("cancelled"); });
    bench.await(second);
    REQUIRE(second->value().front().host() == "10.0.0.2");
}

TEST_CASE("the cache is bounded and the name not asked for longest goes first") {
    ResolverOptions options = Bench::quick();
    options.cache_entries = 3;
    Bench bench(options);
    for (const char* name : {"a.test", "b.test", "c.test", "d.test"}) {
        bench.server.set(name, {.addresses = {"10.0.0.1"}, .alias = {}});
    }
    for (const char* name : {"a.test", "b.test", "c.test", "a.test", "d.test"}) {
        (void)bench.texts(name);
        bench.clock.turned += 1ms;
        bench.pass(1ms);
    }
    REQUIRE(bench.resolver->size() == 3);
    (void)bench.texts("a.test");
    REQUIRE(bench.at_once);
    (void)bench.texts("b.test");
    REQUIRE_FALSE(bench.at_once);
}

TEST_CASE("questions beyond the limit are turned away") {
    ResolverOptions options = Bench::quick();
    options.max_queries = 2;
    Bench bench(options);
    Found a;
    Found b;
    Found c;
    REQUIRE_FALSE(bench.start("a.test", a));
    REQUIRE_FALSE(bench.start("b.test", b));
    REQUIRE(bench.start("c.test", c));
    REQUIRE(c->error().code == Errc::busy);
    bench.await(a);
    bench.await(b);
    c.reset();
    REQUIRE_FALSE(bench.start("c.test", c));
    bench.await(c);
    REQUIRE(c->error().code == Errc::resolve);
}

TEST_CASE("the hosts file goes before the network and is read again when it has changed") {
    char path[] = "/tmp/gw-hosts-XXXXXX";
    ::close(::mkstemp(path));
    std::ofstream(path) << "10.9.9.9 web.test\n::9 web.test\n10.9.9.8 localhost\n";
    ResolverOptions options = Bench::quick();
    options.hosts_file = path;
    Bench bench(options);
    bench.server.set("web.test", {.addresses = {"10.0.0.1"}, .alias = {}});
    REQUIRE(bench.texts("Web.test.") == Texts{"::9", "10.9.9.9"});
    REQUIRE(bench.at_once);
    REQUIRE(bench.texts("localhost") == Texts{"10.9.9.8"});
    REQUIRE(bench.server.questions() == 0);
    ::unlink(path);
    bench.clock.turned = 6s;
    bench.pass(1ms);
    REQUIRE(bench.texts("web.test") == Texts{"10.0.0.1"});
}

TEST_CASE("a list of servers that makes no sense is an error for names that need one") {
    ResolverOptions options = Bench::quick();
    options.servers = {"not a server"};
    Bench bench(options);
    const auto answer = bench.ask("web.test");
    REQUIRE_FALSE(answer);
    REQUIRE(answer.error().code == Errc::config);
    REQUIRE_FALSE(answer.error().hint.empty());
    REQUIRE(bench.texts("10.0.0.1") == Texts{"10.0.0.1"});
}

TEST_CASE("the times of a lookup are the documented ones") {
    const ResolverOptions options;
    REQUIRE(options.try_timeout == 2s);
    REQUIRE(options.total_timeout == 3s);
    REQUIRE(options.negative_ttl == 5s);
    REQUIRE(options.min_ttl == 1s);
    REQUIRE(options.max_ttl == 1h);
    REQUIRE(options.keep_stale == 1h);
}

TEST_CASE("The servers in resolv.conf are followed when the file changes, and queries under way keep theirs") {
    TurnedClock clock;
    Loop loop(clock);
    DnsServer old_server(loop);
    DnsServer new_server(loop, &old_server);
    const test::TemporaryDirectory directory;
    const auto write = [&](const DnsServer& server, const std::string& more) {
        test::write_file(directory.path() / "resolv.conf", "nameserver " + server.host() + "\n" + more);
    };
    write(old_server, "");
    ResolverOptions options = Bench::quick();
    options.resolv_conf = directory.file("resolv.conf");
    options.port = old_server.port();
    Resolver resolver(loop, options);
    const auto begin = [&](std::string_view name, Found& found) {
        resolver.resolve(name, 443, nullptr, [&](const Result<std::vector<Address>>& answer) {
            found = answer;
            loop.stop();
        });
    };
    const auto host_of = [&](std::string_view name) -> std::string {
        Found found;
        begin(name, found);
        while (!found) loop.run();
        return *found ? found->value().front().host() : to_string(found->error());
    };
    gw::test::DnsAnswer silence;
    silence.silent = true;
    old_server.set("a.example", {0, {"10.0.0.1"}, 60, {}});
    old_server.set("slow.example", silence);
    new_server.set("a.example", {0, {"10.0.0.2"}, 60, {}});
    new_server.set("b.example", {0, {"10.0.0.3"}, 60, {}});
    REQUIRE(host_of("a.example") == "10.0.0.1");
    CHECK(host_of("b.example").find("does not exist") != std::string::npos);
    Found slow;
    begin("slow.example", slow);
    write(new_server, "# moved\n");
    CHECK(host_of("c.example").find("does not exist") != std::string::npos);
    CHECK(new_server.questions() == 0);  // looked at lately
    clock.turned += 5s;
    loop.refresh_clock();
    CHECK(host_of("d.example").find("does not exist") != std::string::npos);
    CHECK(new_server.questions("d.example") > 0);
    CHECK(host_of("b.example") == "10.0.0.3");  // the old servers' failures do not count for the new
    CHECK(host_of("a.example") == "10.0.0.1");  // answers live as long as they said
    const int asked = old_server.questions();
    clock.turned += 2min;
    loop.refresh_clock();
    CHECK(host_of("a.example") == "10.0.0.2");
    CHECK(old_server.questions("a.example") == 2);
    CHECK(asked > 0);
}
