#include "libgw/io/net/timer.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::net;

namespace {

constexpr Instant kStart{std::chrono::hours(7)};
constexpr Nanoseconds kTick = std::chrono::milliseconds(1);

/// An alarm that notes when it went off, and does what a test wants then.
struct Alarm {
    TimerWheel& wheel;
    Instant& now;
    Timer timer{callback<&Alarm::ring>(this)};
    std::vector<Instant> rung;
    void (*then)(Alarm&) = nullptr;

    Alarm(TimerWheel& wheel_in, Instant& now_in) : wheel(wheel_in), now(now_in) {}
    void ring() {
        rung.push_back(now);
        if (then != nullptr) then(*this);
    }
};

}  // namespace

TEST_CASE("An alarm goes off at its tick and not one nanosecond earlier") {
    const Nanoseconds delay = GENERATE(
        as<Nanoseconds>{}, std::chrono::milliseconds(1), std::chrono::milliseconds(255), std::chrono::milliseconds(256),
        std::chrono::milliseconds(257), std::chrono::milliseconds(65535), std::chrono::milliseconds(65536),
        std::chrono::milliseconds(65537), std::chrono::hours(4), std::chrono::hours(5), std::chrono::hours(24 * 48),
        std::chrono::hours(24 * 60), std::chrono::hours(24 * 400));
    CAPTURE(delay.count());
    TimerWheel wheel(kStart);
    Instant now = kStart;
    Alarm alarm(wheel, now);
    wheel.arm(alarm.timer, kStart + delay);
    CHECK(alarm.timer.armed());
    CHECK(alarm.timer.at() == kStart + delay);
    CHECK(wheel.next() <= kStart + delay);
    wheel.advance(kStart + delay - Nanoseconds(1));
    CHECK(alarm.rung.empty());
    CHECK(wheel.size() == 1);
    now = kStart + delay;
    wheel.advance(now);
    CHECK(alarm.rung.size() == 1);
    CHECK_FALSE(alarm.timer.armed());
    CHECK(wheel.size() == 0);
    CHECK(wheel.next() == Instant::max());
}

TEST_CASE("An alarm within a tick waits for the end of it") {
    TimerWheel wheel(kStart);
    Instant now = kStart;
    Alarm alarm(wheel, now);
    wheel.arm(alarm.timer, kStart + Nanoseconds(1));
    wheel.advance(kStart + kTick - Nanoseconds(1));
    CHECK(alarm.rung.empty());
    wheel.advance(kStart + kTick);
    CHECK(alarm.rung.size() == 1);
}

TEST_CASE("An alarm for a moment that has passed goes off at the next tick") {
    TimerWheel wheel(kStart);
    Instant now = kStart;
    wheel.advance(kStart + std::chrono::seconds(5));
    Alarm alarm(wheel, now);
    wheel.arm(alarm.timer, kStart);
    wheel.advance(kStart + std::chrono::seconds(5));
    CHECK(alarm.rung.empty());
    wheel.advance(kStart + std::chrono::seconds(5) + kTick);
    CHECK(alarm.rung.size() == 1);
}

TEST_CASE("Time that stands still or goes back rings nothing") {
    TimerWheel wheel(kStart);
    Instant now = kStart;
    Alarm alarm(wheel, now);
    wheel.arm(alarm.timer, kStart + kTick);
    wheel.advance(kStart);
    wheel.advance(kStart - std::chrono::hours(1));
    CHECK(alarm.rung.empty());
}

TEST_CASE("An alarm that is armed again moves") {
    TimerWheel wheel(kStart);
    Instant now = kStart;
    Alarm alarm(wheel, now);
    wheel.arm(alarm.timer, kStart + 10 * kTick);
    wheel.arm(alarm.timer, kStart + 1000 * kTick);
    CHECK(wheel.size() == 1);
    wheel.advance(kStart + 999 * kTick);
    CHECK(alarm.rung.empty());
    wheel.advance(kStart + 1000 * kTick);
    CHECK(alarm.rung.size() == 1);
}

TEST_CASE("An alarm leaves the wheel when it is cancelled or destroyed, and the wheel leaves its alarms") {
    auto wheel = std::make_unique<TimerWheel>(kStart);
    Instant now = kStart;
    Alarm stays(*wheel, now);
    {
        Alarm gone(*wheel, now);
        wheel->arm(gone.timer, kStart + kTick);
        CHECK(wheel->size() == 1);
    }
    CHECK(wheel->size() == 0);
    wheel->arm(stays.timer, kStart + kTick);
    stays.timer.cancel();
    stays.timer.cancel();
    wheel->advance(kStart + 5 * kTick);
    CHECK(stays.rung.empty());
    wheel->arm(stays.timer, kStart + std::chrono::hours(9));
    wheel.reset();
    CHECK_FALSE(stays.timer.armed());
}

TEST_CASE("An alarm may arm itself again from its callback") {
    TimerWheel wheel(kStart);
    Instant now = kStart;
    Alarm alarm(wheel, now);
    alarm.then = [](Alarm& self) { self.wheel.arm(self.timer, self.timer.at() + 100 * kTick); };
    wheel.arm(alarm.timer, kStart + 100 * kTick);
    now = kStart + 1000 * kTick;
    wheel.advance(now);
    CHECK(alarm.rung.size() == 10);
    CHECK(alarm.timer.armed());
}

TEST_CASE("An alarm may cancel and arm others of the same tick from its callback") {
    TimerWheel wheel(kStart);
    Instant now = kStart;
    struct Group {
        std::vector<std::unique_ptr<Alarm>> alarms;
    };
    static Group group;
    group.alarms.clear();
    for (int i = 0; i < 4; ++i) {
        group.alarms.push_back(std::make_unique<Alarm>(wheel, now));
        group.alarms.back()->then = [](Alarm& self) {
            for (const auto& other : group.alarms)
                if (other.get() != &self && other->timer.armed()) other->timer.cancel();
            self.wheel.arm(group.alarms[0]->timer, kStart + 20 * kTick);
            group.alarms[0]->then = nullptr;
        };
        wheel.arm(group.alarms.back()->timer, kStart + 10 * kTick);
    }
    wheel.advance(kStart + 10 * kTick);
    std::size_t rung = 0;
    for (const auto& alarm : group.alarms) rung += alarm->rung.size();
    CHECK(rung == 1);
    CHECK(wheel.size() == 1);
    wheel.advance(kStart + 20 * kTick);
    CHECK(wheel.size() == 0);
    group.alarms.clear();
}

TEST_CASE("Whatever is armed, moved and cancelled, the wheel rings what a list would, in order of ticks") {
    std::mt19937_64 dice(GENERATE(as<std::uint64_t>{}, 1, 2, 3, 4, 5, 6));
    struct Model {
        std::optional<std::uint64_t> due;  // the tick
        std::size_t rung = 0;
    };
    constexpr std::size_t kCount = 60;
    TimerWheel wheel(kStart);
    Instant now = kStart;
    std::vector<std::unique_ptr<Alarm>> alarms;
    std::vector<Model> models(kCount);
    for (std::size_t i = 0; i < kCount; ++i) alarms.push_back(std::make_unique<Alarm>(wheel, now));
    std::uint64_t tick = 0;
    const auto far = [&]() -> std::int64_t {  // nanoseconds, over all four levels
        const std::uint64_t bits = dice() % 42;
        return static_cast<std::int64_t>(dice() % (std::uint64_t{1} << (bits + 1)) % 5'000'000'000'000'000ULL) * 3;
    };
    for (int step = 0; step < 3000; ++step) {
        const std::size_t which = dice() % kCount;
        switch (dice() % 4) {
            case 0:
            case 1: {
                const std::int64_t ahead = far();
                const Instant at = kStart + kTick * static_cast<std::int64_t>(tick) + Nanoseconds(ahead);
                wheel.arm(alarms[which]->timer, at);
                const auto ticks = static_cast<std::uint64_t>((at - kStart + kTick - Nanoseconds(1)) / kTick);
                models[which].due = std::max(ticks, tick + 1);
                break;
            }
            case 2:
                alarms[which]->timer.cancel();
                models[which].due.reset();
                break;
            default: {
                std::uint64_t earliest = UINT64_MAX;
                for (const Model& model : models) earliest = std::min(earliest, model.due.value_or(UINT64_MAX));
                if (earliest == UINT64_MAX)
                    REQUIRE(wheel.next() == Instant::max());
                else
                    REQUIRE(wheel.next() <= kStart + kTick * static_cast<std::int64_t>(earliest));
                tick += static_cast<std::uint64_t>(far() / 1'000'000);
                now = kStart + kTick * static_cast<std::int64_t>(tick);
                wheel.advance(now);
                for (Model& model : models)
                    if (model.due && *model.due <= tick) {
                        model.due.reset();
                        ++model.rung;
                    }
            }
        }
        std::size_t armed = 0;
        for (std::size_t i = 0; i < kCount; ++i) {
            REQUIRE(alarms[i]->timer.armed() == models[i].due.has_value());
            REQUIRE(alarms[i]->rung.size() == models[i].rung);
            armed += models[i].due.has_value() ? 1 : 0;
        }
        REQUIRE(wheel.size() == armed);
    }
}

TEST_CASE("Alarms that one advance passes ring in the order of their ticks") {
    std::mt19937_64 dice(9);
    TimerWheel wheel(kStart);
    static std::vector<Instant> order;
    order.clear();
    struct Noting {
        Instant at;
        Timer timer{callback<&Noting::ring>(this)};
        void ring() { order.push_back(at); }
    };
    std::vector<std::unique_ptr<Noting>> alarms;
    for (int i = 0; i < 500; ++i) {
        alarms.push_back(std::make_unique<Noting>());
        alarms.back()->at = kStart + kTick * static_cast<std::int64_t>(1 + dice() % 200000);
        wheel.arm(alarms.back()->timer, alarms.back()->at);
    }
    wheel.advance(kStart + 200001 * kTick);
    CHECK(order.size() == 500);
    CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("A loop that sleeps until next() rings every alarm on time and wakes a bounded number of times") {
    TimerWheel wheel(kStart);
    Instant now = kStart;
    Alarm alarm(wheel, now);
    const Instant at = kStart + std::chrono::hours(30) + std::chrono::milliseconds(77);
    wheel.arm(alarm.timer, at);
    int wakes = 0;
    while (alarm.rung.empty()) {
        REQUIRE(++wakes <= 8);
        REQUIRE(wheel.next() > now);
        now = wheel.next();
        wheel.advance(now);
    }
    CHECK(now == at);
}
