#include "libgw/policy/throttle/traffic.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace std::chrono_literals;
using throttle::Shape;

namespace {

Shape one(std::string_view text) {
    INFO(text);
    const auto traffic = throttle::parse_traffic(text);
    REQUIRE(traffic);
    REQUIRE(traffic->streams.size() == 1);
    REQUIRE(traffic->streams.front().size() == 1);
    return traffic->streams.front().front();
}

struct Refused {
    std::string message;
    std::string hint;
    std::uint32_t column = 0;
};

Refused refused(std::string_view text) {
    INFO(text);
    const auto traffic = throttle::parse_traffic(text);
    REQUIRE_FALSE(traffic);
    CHECK(traffic.error().code == Errc::usage);
    REQUIRE(traffic.error().where);
    return {traffic.error().message, traffic.error().hint, traffic.error().where->column};
}

}  // namespace

TEST_CASE("each shape of traffic is read as it is written") {
    Shape shape;
    shape.first = 50;
    shape.length = 30s;
    CHECK(one("50/s@30s") == shape);
    CHECK(one("  50/s   @ 30s ") == shape);
    CHECK(one("3000/m@30s") == shape);

    shape.poisson = true;
    shape.first = 80;
    shape.length = 5min;
    CHECK(one("poisson 80/s@5m") == shape);

    Shape ramp;
    ramp.kind = Shape::Kind::ramp;
    ramp.second = 500;
    ramp.length = 2min;
    CHECK(one("ramp 0..500/s@2m") == ramp);
    ramp.first = 2;
    CHECK(one("ramp 120/m..500/s @2m") == ramp);
    ramp.poisson = true;
    CHECK(one("poisson ramp 2..500/s@2m") == ramp);

    Shape sine;
    sine.kind = Shape::Kind::sine;
    sine.first = 100;
    sine.second = 50;
    sine.period = 1min;
    sine.length = 10min;
    CHECK(one("sine 100/s +-50/s period 1m @10m") == sine);

    Shape spike;
    spike.kind = Shape::Kind::spike;
    spike.count = 1000;
    spike.length = 60s;
    CHECK(one("spike 1000 at 60s") == spike);
    spike.length = 0s;
    CHECK(one("spike 1000 at 0s") == spike);

    Shape clients;
    clients.kind = Shape::Kind::clients;
    clients.count = 50;
    clients.think = 1s;
    clients.retries = 3;
    clients.backoff = 100ms;
    clients.growth = 2;
    clients.jitter = true;
    clients.length = 10min;
    CHECK(one("clients 50 think 1s retry 3 backoff 100ms*2 jitter @10m") == clients);
    clients.growth = 1;
    CHECK(one("clients 50 jitter backoff 100ms retry 3 think 1s @10m") == clients);
}

TEST_CASE("each shape says who sends and where to") {
    CHECK(one("1/s@1s key alice").senders == throttle::Senders{"alice", 1, {}, {}});
    CHECK(one("1/s@1s keys 1000").senders == throttle::Senders{{}, 1000, {}, {}});
    CHECK(one("1/s@1s key k keys 7 plan gold route GET /a").senders == throttle::Senders{"k", 7, "gold", "GET /a"});
    CHECK(one("1/s@1s route $default").senders.route == "$default");
    CHECK(one("spike 3 at 1s route /a").senders.route == "/a");
}

TEST_CASE("streams run beside each other and their shapes one after the other") {
    const auto traffic = throttle::parse_traffic("50/s@30s, 10/s@1m + spike 5 at 3m+sine 2/s +-1/s period 1s @1s");
    REQUIRE(traffic);
    REQUIRE(traffic->streams.size() == 3);
    CHECK(traffic->streams[0].size() == 2);
    CHECK(traffic->streams[1].front().kind == Shape::Kind::spike);
    CHECK(traffic->streams[2].front().kind == Shape::Kind::sine);
    CHECK(throttle::length_of(*traffic) == 3min);
    CHECK(throttle::length_of(*throttle::parse_traffic("50/s@30s, 10/s@1m")) == 90s);
}

TEST_CASE("what is no traffic is refused where it is wrong, with what would be right") {
    CHECK(refused("").message == "there is no traffic between the separators");
    CHECK(refused("50/s@30s,").column == 10);
    CHECK(refused("50/s@30s + + 1/s@1s").column == 11);
    CHECK(refused("50/s").message == "how long does it last?");
    CHECK(refused("50@30s").hint == "100/s, 600/m");
    CHECK(refused("poison 80/s@5m").hint == "did you mean poisson?");
    CHECK(refused("1/s@1s, clint 5 think 1s @1m").column == 9);
    CHECK(refused("poisson").message == "'poisson' needs a rate");
    CHECK(refused("poisson spike 5 at 1s").message == "'spike' is no shape of traffic");
    CHECK(refused("ramp 500/s@2m").message == "'500/s' is not a ramp");
    CHECK(refused("ramp 0..500@2m").column == 6);
    CHECK(refused("ramp ..500/s@2m").column == 6);
    CHECK(refused("ramp 5..@2m").column == 6);
    CHECK(refused("sine 100/s 50/s period 1m @10m").message == "'50/s' is not how far it swings");
    CHECK(refused("sine 100/s +-101/s period 1m @10m").message == "it swings below nothing");
    CHECK(refused("sine 100/s +-50/s @10m").message == "a sine needs its period");
    CHECK(refused("spike 1000").message == "a spike needs its moment");
    CHECK(refused("spike 0 at 1s").message == "'0' is not a number from 1 to 10000000000");
    CHECK(refused("50/s@30s@40s").message == "how long it lasts is said twice");
    CHECK(refused("50/s@0s").message == "it lasts no time at all");
    CHECK(refused("50/s@30").column == 6);
    CHECK(refused("50/s@20000d").message == "'20000d' is too long");
    CHECK(refused("2000000000/s@1s").message == "'2000000000/s' is too much");
    CHECK(refused("nan/s@1s").column == 1);
    CHECK(refused("-5/s@1s").column == 1);
    CHECK(refused("1e9/s@1s").column == 1);
    CHECK(refused("clients 5 @1m").message == "clients need time to think");
    CHECK(refused("clients 5 think 1s retry 3 @1m").message == "retries need a back-off");
    CHECK(refused("clients 5 think 1s jitter @1m").message == "back-off is for retries");
    CHECK(refused("clients 5 think 1s retry 3 backoff 1s*0.5 @1m").message == "'0.5' is not how back-off grows");
    CHECK(refused("clients 5 think 1s retry 3 backoff 1s*nan @1m").message == "'nan' is not how back-off grows");
    CHECK(refused("clients 5 think 1s retry 1001 backoff 1s @1m").column == 26);
    CHECK(refused("clients 99999999 think 1s @1m").column == 9);
    CHECK(refused("1/s@1s retry 3").message == "'retry' says nothing of this traffic");
    CHECK(refused("1/s@1s key").message == "'key' needs a value");
    CHECK(refused("1/s@1s route GET").message == "'route' needs a value");
    CHECK(refused("1/s@1s keys 0").column == 13);
    CHECK(refused("1/s@1s kay bob").hint == "did you mean key?");
}
