// The response cache on a request's way, without a world: what it asks for, and how long it waits.

#include "libgw/gateway/stages_cache.h"

#include <memory>
#include <string>

#include "libgw/base/time_text.h"
#include "libgw/config/document.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/wire/http/decoder.h"
#include "tests/support/cache_case.h"
#include "tests/support/catch.h"
#include "tests/support/map_sources.h"

namespace gw::gateway {
namespace {

using namespace std::chrono_literals;

/// A gateway with a cache, at a moment that the test names.
struct Place {
    explicit Place(const std::string& settings) {
        test::MapSources sources;
        Diagnostics diagnostics;
        auto model = std::make_shared<config::Model>(
            config::read_document("version: 1\n" + settings +
                                      "apis:\n  - routes: [{routeKey: $default, integration: 'http://127.0.0.1:1'}]\n",
                                  "gw.yaml", sources, diagnostics));
        INFO(diagnostics.render());
        REQUIRE_FALSE(diagnostics.has_errors());
        auto built = Runtime::build(
            model, nullptr, [&](const std::string& path) { return sources.read_file(path); }, nullptr, Instant(),
            test::kReceived);
        if (!built) FAIL(built.error().message);
        runtime = *built;
        worker.shared = &shared;
    }
    std::shared_ptr<const Runtime> runtime;
    Shared shared;
    WorkerState worker;
    std::vector<balance::Cursor> cursors;
    std::vector<IssuerView> issuers;
};

/// One request on its way through it.
class Visitor {
  public:
    Visitor(Place& place, std::string_view lines, Nanoseconds at, std::string_view method = "GET") {
        http::RequestDecoder decoder(place.runtime->server_limits.message);
        const std::string text = std::string(method) + " /a HTTP/1.1\r\nhost: h\r\n" + std::string(lines) + "\r\n";
        REQUIRE(decoder.decode(text, head_).found == http::Found::head);
        exchange.request = &head_;
        exchange.runtime = place.runtime.get();
        exchange.worker = &place.worker;
        exchange.cursors = &place.cursors;
        exchange.issuers = &place.issuers;
        exchange.client = "192.0.2.7";
        exchange.now = Instant(at);
        exchange.date = test::kReceived + at;
        step = advance(exchange);
    }
    /// The one that it waits for has landed, or its patience is over.
    void go_on(Nanoseconds at) {
        Reply reply;
        reply.now = Instant(at);
        step = resume(exchange, step, reply);
    }
    /// The target answers, whole.
    void answer(std::string_view lines, std::string_view body, Nanoseconds at) {
        answer_ = test::answer_of(200, lines);
        answer_.body = {http::Framing::length, body.size(), true};
        Reply reply;
        reply.head = &answer_;
        reply.now = Instant(at);
        step = resume(exchange, step, reply);
        exchange.cache->keep(body, reply.now);
        exchange.cache->commit(reply.now, test::kReceived + at);
    }
    [[nodiscard]] bool asks(Effect effect) const { return step.kind == Step::Kind::ask && step.effect == effect; }
    /// What it is shown from memory; "": it is not.
    [[nodiscard]] std::string shown() const {
        const bool found = step.kind == Step::Kind::respond && exchange.decision.from == Decision::From::cache;
        return found ? *exchange.cache->stored->body : std::string();
    }

    Exchange exchange;
    Step step;

  private:
    http::RequestHead head_;
    http::ResponseHead answer_;
};

}  // namespace

TEST_CASE("who waits for another's answer waits five seconds, however often he is woken, and not one more") {
    for (const char* mode : {"cache: http\n", "cache: 60s\n"}) {
        INFO(mode);
        Place place(mode);
        const Visitor leader(place, "", 0s);
        CHECK(leader.asks(Effect::fetch));
        Visitor follower(place, "", 1s);
        REQUIRE(follower.asks(Effect::share));
        CHECK(follower.step.wait == 5s);
        follower.go_on(3s);
        REQUIRE(follower.asks(Effect::share));
        CHECK(follower.step.wait == 3s);
        follower.go_on(6s - 1ns);
        REQUIRE(follower.asks(Effect::share));
        CHECK(follower.step.wait == 1ns);
        follower.go_on(6s);
        CHECK(follower.asks(Effect::fetch));
    }
}

TEST_CASE("who has waited is shown what has come meanwhile") {
    Place place("cache: http\n");
    Visitor leader(place, "", 0s);
    Visitor follower(place, "", 1s);
    REQUIRE(follower.asks(Effect::share));
    leader.answer("Cache-Control: max-age=60", "one", 2s);
    follower.go_on(2s);
    CHECK(follower.shown() == "one");
}

TEST_CASE("after an answer that was not to be shared nobody waits for its like, for ten seconds") {
    Place place("cache: http\n");
    Visitor leader(place, "", 0s);
    Visitor follower(place, "", 0s);
    REQUIRE(follower.asks(Effect::share));
    leader.answer("Cache-Control: private, max-age=60", "one", 1s);
    follower.go_on(1s);
    CHECK(follower.asks(Effect::fetch));
    CHECK(Visitor(place, "", 10s).asks(Effect::fetch));
    const Visitor next(place, "", 11s);
    CHECK(next.asks(Effect::fetch));
    CHECK(Visitor(place, "", 11s).asks(Effect::share));
}

TEST_CASE("what HEAD learns of an answer in memory is taken over, and another body ends it") {
    constexpr const char* kAnew = "Cache-Control: no-cache\r\n";
    Place place("cache: http\n");
    Visitor(place, "", 0s).answer("Cache-Control: max-age=60|ETag: \"v1\"|X-A: 1", "body", 0s);
    Visitor(place, kAnew, 1s, "HEAD").answer("Cache-Control: max-age=600|ETag: \"v1\"|X-A: 2", "body", 1s);
    const Visitor renewed(place, "", 90s);
    CHECK(renewed.shown() == "body");
    CHECK(renewed.exchange.cache->stored->head.fields.find("x-a") == "2");
    Visitor(place, kAnew, 91s, "HEAD").answer("Cache-Control: max-age=600|ETag: \"v2\"", "body", 91s);
    CHECK(Visitor(place, "", 92s).asks(Effect::fetch));
}

TEST_CASE("an API key that nobody asked for is answered from memory, and neither leads nor is kept") {
    for (const char* mode : {"cache: http\n", "cache: 60s\n"}) {
        INFO(mode);
        Place place(mode);
        Visitor own(place, "x-api-key: theirs\r\n", 0s);
        REQUIRE(own.asks(Effect::fetch));
        Visitor anybody(place, "", 0s);
        REQUIRE(anybody.asks(Effect::fetch));  // he did not have to wait for it
        own.answer("Cache-Control: max-age=60", "own", 1s);
        Visitor another(place, "x-api-key: another\r\n", 1s);
        CHECK(another.asks(Effect::fetch));
        anybody.answer("Cache-Control: max-age=60", "everybody's", 1s);
        CHECK(Visitor(place, "x-api-key: theirs\r\n", 2s).shown() == "everybody's");
        // whoever makes the target be asked again takes nothing from the others
        Visitor again(place, "x-api-key: theirs\r\nCache-Control: no-cache, max-age=0\r\n", 3s);
        if (again.asks(Effect::fetch)) again.answer("Cache-Control: max-age=60", "own", 3s);
        CHECK(Visitor(place, "", 4s).shown() == "everybody's");
    }
}

TEST_CASE("an API key that the key of the answer holds, or that the target says is nobody's, is no hindrance") {
    Place keyed("cache: 60s\ncacheKeyParameters: [path, 'header:x-api-key']\n");
    Visitor(keyed, "x-api-key: one\r\n", 0s).answer("", "one", 0s);
    CHECK(Visitor(keyed, "x-api-key: one\r\n", 1s).shown() == "one");
    CHECK(Visitor(keyed, "x-api-key: two\r\n", 1s).shown().empty());
    Place open("cache: http\n");
    Visitor(open, "x-api-key: one\r\n", 0s).answer("Cache-Control: public, max-age=60", "all", 0s);
    CHECK(Visitor(open, "x-api-key: two\r\n", 1s).shown() == "all");
}

TEST_CASE("an answer in a coding is shown to those who asked for it alike, though Vary does not say so") {
    for (const char* mode : {"cache: http\n", "cache: 60s\n"}) {
        INFO(mode);
        Place place(mode);
        Visitor(place, "Accept-Encoding: gzip, br\r\n", 0s)
            .answer("Cache-Control: max-age=60|Content-Encoding: gzip", "coded", 0s);
        CHECK(Visitor(place, "Accept-Encoding: GZIP ,br\r\n", 1s).shown() == "coded");
        for (const char* other : {"", "Accept-Encoding: identity\r\n", "Accept-Encoding: br\r\n",
                                  "Accept-Encoding: \r\n", "Accept-Encoding: gzip;q=0\r\n"})
            CHECK(Visitor(place, other, 1s).shown().empty());
        Visitor(place, "", 2s).answer("Cache-Control: max-age=60|Content-Encoding: identity", "plain", 2s);
        CHECK(Visitor(place, "Accept-Encoding: br\r\n", 3s).shown() == "plain");
        CHECK(Visitor(place, "", 3s).shown() == "plain");
    }
}

TEST_CASE("a time obeys what CDN-Cache-Control says, and what Cache-Control says where that is not there") {
    struct Row {
        const char* answer;
        bool kept;
    };
    for (const Row& row : {Row{"CDN-Cache-Control: max-age=1|Cache-Control: private", true},
                           {"CDN-Cache-Control: none|Cache-Control: no-store", true},
                           {"CDN-Cache-Control: private|Cache-Control: max-age=60", false},
                           {"CDN-Cache-Control: no-store|Cache-Control: public", false},
                           {"CDN-Cache-Control: no-cache", false},
                           {"CDN-Cache-Control: |Cache-Control: private", false},
                           {"CDN-Cache-Control: max-age=60, &|Cache-Control: private", false},
                           {"CDN-Cache-Control: Max-Age=60|Cache-Control: private", false},
                           {"CDN-Cache-Control: max-age=60|CDN-Cache-Control: |Cache-Control: private", false},
                           {"CDN-Cache-Control: &&|Cache-Control: max-age=0", true}}) {
        INFO(row.answer);
        Place place("cache: 60s\n");
        Visitor(place, "", 0s).answer(row.answer, "a", 0s);
        CHECK(Visitor(place, "", 59s).shown().empty() != row.kept);
        CHECK(Visitor(place, "", 61s).shown().empty());
    }
}

}  // namespace gw::gateway
