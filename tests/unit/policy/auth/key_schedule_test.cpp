#include "libgw/policy/auth/key_schedule.h"

#include <deque>

#include "libgw/base/random.h"
#include "tests/support/catch.h"
#include "tests/unit/policy/auth/keys.h"

using namespace gw;
using namespace gw::auth;
using namespace gw::auth::test_keys;
using namespace std::chrono_literals;

namespace {

using Advice = KeySchedule::Advice;

Instant at(Nanoseconds time) { return Instant(time); }

std::shared_ptr<const KeySet> keys_named(std::vector<std::string> names) {
    std::vector<Key> keys;
    for (std::string& name : names) keys.push_back(key_for(Algorithm::eddsa, std::move(name)));
    return std::make_shared<const KeySet>(*KeySet::make(std::move(keys)));
}

bool has(const KeySchedule& schedule, const std::string& kid, Instant now) {
    const auto keys = schedule.keys(now);
    return keys && keys->choose(kid, Algorithm::eddsa).key != nullptr;
}

/// A schedule that fetched these keys at time zero.
KeySchedule warm(std::vector<std::string> names) {
    KeySchedule schedule;
    REQUIRE(schedule.begin(at(0s)));
    schedule.succeeded(keys_named(std::move(names)), at(0s));
    return schedule;
}

}  // namespace

TEST_CASE("before the first fetch nobody is let in, and one is due at once", "[auth][schedule]") {
    KeySchedule schedule;
    CHECK(schedule.keys(at(0s)) == nullptr);
    REQUIRE(schedule.due());
    CHECK(*schedule.due() <= at(0s));
    CHECK(schedule.unknown_kid("a", at(0s)) == Advice::wait);
    CHECK(schedule.begin(at(0s)));
    CHECK(schedule.is_under_way());
    CHECK(schedule.unknown_kid("a", at(0s)) == Advice::wait);
}

TEST_CASE("one fetch at a time", "[auth][schedule]") {
    KeySchedule schedule;
    REQUIRE(schedule.begin(at(0s)));
    CHECK_FALSE(schedule.due());
    for (int i = 0; i < 100; ++i) {
        CHECK_FALSE(schedule.begin(at(1h * i)));
        CHECK(schedule.unknown_kid(std::to_string(i), at(1h * i)) == Advice::wait);
    }
    schedule.failed("refused", at(100h));
    CHECK_FALSE(schedule.is_under_way());
    CHECK(schedule.failure() == "refused");
    CHECK(schedule.due() == at(100h + 1s));
}

TEST_CASE("failures are tried again after 1, 2, 4, 8, 16, then every 30 seconds", "[auth][schedule]") {
    KeySchedule schedule;
    Instant now = at(0s);
    for (const auto pause : {1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s}) {
        REQUIRE(schedule.begin(now));
        schedule.failed("timeout", now);
        CHECK(schedule.due() == now + pause);
        CHECK_FALSE(schedule.begin(now + pause - 1ns));
        CHECK(schedule.keys(now) == nullptr);
        now += pause;
    }
    REQUIRE(schedule.begin(now));
    schedule.succeeded(keys_named({"a"}), now);
    CHECK(schedule.failure().empty());
    CHECK(has(schedule, "a", now));
    CHECK(schedule.due() == now + 10min);
}

TEST_CASE("an outage is bridged for 24 hours and no longer", "[auth][schedule]") {
    KeySchedule schedule = warm({"a"});
    Instant now = at(10min);
    while (now < at(24h)) {
        REQUIRE(schedule.begin(now));
        schedule.failed("timeout", now);
        CHECK(has(schedule, "a", now));
        now = *schedule.due();
    }
    CHECK(has(schedule, "a", at(24h)));
    CHECK_FALSE(has(schedule, "a", at(24h + 1ns)));
    REQUIRE(schedule.begin(now));
    schedule.succeeded(keys_named({"a"}), now);
    CHECK(has(schedule, "a", now + 24h));
}

TEST_CASE("a key that was removed is not used after the next fetch", "[auth][schedule]") {
    KeySchedule schedule = warm({"old", "new"});
    const auto version = schedule.version();
    CHECK_FALSE(schedule.begin(at(10min - 1ns)));
    REQUIRE(schedule.begin(at(10min)));
    schedule.succeeded(keys_named({"new"}), at(10min));
    CHECK_FALSE(has(schedule, "old", at(10min)));
    CHECK(has(schedule, "new", at(10min)));
    CHECK(schedule.version() != version);
}

TEST_CASE("the same keys again are no new version", "[auth][schedule]") {
    KeySchedule schedule = warm({"a", "b"});
    const auto version = schedule.version();
    for (int i = 1; i < 5; ++i) {
        REQUIRE(schedule.begin(at(10min * i)));
        schedule.succeeded(keys_named({"b", "a"}), at(10min * i));
        CHECK(schedule.version() == version);
    }
    REQUIRE(schedule.begin(at(50min)));
    schedule.failed("timeout", at(50min));
    CHECK(schedule.version() == version);
}

TEST_CASE("a new key is accepted at most 30 seconds after its first use", "[auth][schedule]") {
    for (const auto first_use : {0s, 1s, 15s, 29s, 30s, 31s, 300s, 599s}) {
        INFO(first_use.count());
        KeySchedule schedule = warm({"old"});
        Instant now = at(first_use);
        const Advice advice = schedule.unknown_kid("new", now);
        CHECK((advice == Advice::wait) == (first_use >= 30s));
        REQUIRE(schedule.due());
        const Instant when = std::max(*schedule.due(), now);
        CHECK(when - now <= 30s);
        REQUIRE(schedule.begin(when));
        schedule.succeeded(keys_named({"old", "new"}), when);
        CHECK(has(schedule, "new", when));
    }
}

TEST_CASE("a name that was looked for in vain asks for no fetch for five minutes", "[auth][schedule]") {
    KeySchedule schedule = warm({"a"});
    REQUIRE(schedule.unknown_kid("x", at(60s)) == Advice::wait);
    REQUIRE(schedule.begin(at(60s)));
    schedule.succeeded(keys_named({"a"}), at(61s));
    for (auto now = at(61s); now < at(360s); now += 10s) {
        CHECK(schedule.unknown_kid("x", now) == Advice::refuse);
        CHECK(schedule.due() == at(661s));
    }
    CHECK(schedule.unknown_kid("x", at(360s)) == Advice::wait);
    CHECK(schedule.due() == at(360s));
    CHECK(schedule.absent() == 1);
}

TEST_CASE("a flood of unknown names causes at most two fetches a minute and bounded memory", "[auth][schedule]") {
    KeySchedule schedule = warm({"a"});
    Random random(11);
    std::deque<Instant> begun;
    int fetches = 0;
    std::size_t most = 0;
    // ten minutes at a hundred a second; each fetch takes 200 ms
    std::optional<Instant> ends;
    for (Instant now = at(0s); now < at(600s); now += 10ms) {
        if (ends && now >= *ends) {
            schedule.succeeded(keys_named({"a"}), now);
            ends.reset();
        }
        schedule.unknown_kid(std::to_string(random()), now);
        if (schedule.begin(now)) {
            ends = now + 200ms;
            ++fetches;
            begun.push_back(now);
            while (now - begun.front() >= 60s) begun.pop_front();
            most = std::max(most, begun.size());
        }
        CHECK(has(schedule, "a", now));
    }
    CHECK(most == 2);
    CHECK(fetches == 19);
    CHECK(schedule.absent() == KeySchedule::kMaxAbsent);
}

TEST_CASE("an issuer that fails is not asked more often because of unknown names", "[auth][schedule]") {
    KeySchedule schedule = warm({"a"});
    Instant now = at(10min);
    for (int i = 0; i < 8; ++i) {
        REQUIRE(schedule.begin(now));
        schedule.failed("timeout", now);
        now = *schedule.due();
    }
    const Instant due = *schedule.due();
    for (int i = 0; i < 1000; ++i) schedule.unknown_kid(std::to_string(i), due - 1s);
    CHECK(schedule.due() == due);
}
