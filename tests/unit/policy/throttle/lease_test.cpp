#include "libgw/policy/throttle/lease.h"

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "libgw/base/random.h"
#include "libgw/policy/throttle/token_bucket.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::throttle;
using namespace std::chrono_literals;

namespace {

Limit limit_of(std::string_view rate, std::uint64_t burst) { return Limit::make(*parse_rate(rate), burst).value(); }

/// How a network behaves: each way takes between the two times, and so many of a thousand messages never arrive.
struct Weather {
    Nanoseconds least = 50us;
    Nanoseconds most = 2ms;
    std::uint64_t lost = 0;
    Nanoseconds despair = 1s;  ///< after which a question is given up
};

/// Gateways that share one bucket, in a time of their own.
class Fleet {
  public:
    Fleet(const Limit& limit, std::size_t gateways, const Weather& weather, std::uint64_t seed)
        : limit_(limit),
          terms_(LeaseTerms::of(limit)),
          bucket_(limit),
          weather_(weather),
          random_(seed),
          gateways_(gateways) {}

    void at(Instant when, std::function<void()> what) { events_.emplace(when, std::move(what)); }
    void arrive(std::size_t gateway, Instant when) {
        at(when, [this, gateway] { request(gateway, false); });
    }
    void run() {
        while (!events_.empty()) {
            auto first = events_.extract(events_.begin());
            now_ = std::max(now_, first.key());
            first.mapped()();
        }
    }

    std::vector<Instant> passed;
    std::size_t refused = 0;
    std::size_t waited = 0;
    std::uint64_t most_held = 0;
    std::uint64_t questions = 0;

  private:
    struct Gateway {
        Lease lease;
        std::uint64_t question = 0;
        std::size_t waiting = 0;
    };

    void request(std::size_t index, bool again) {
        Gateway& gateway = gateways_[index];
        switch (gateway.lease.take(now_).answer) {
            case Lease::Answer::taken: passed.push_back(now_); break;
            case Lease::Answer::refused: ++refused; break;
            case Lease::Answer::unknown:
                waited += again ? 0 : 1;
                ++gateway.waiting;
                if (!gateway.lease.is_asked()) ask(index);
                return;
        }
        if (gateway.lease.is_low(terms_, now_)) ask(index);
    }

    Nanoseconds way() {
        return weather_.least + Nanoseconds(static_cast<std::int64_t>(random_.below(
                                    static_cast<std::uint64_t>((weather_.most - weather_.least).count()) + 1)));
    }
    bool is_lost() { return random_.below(1000) < weather_.lost; }
    /// The database's clock began long before ours.
    std::int64_t its_clock() const { return now_.time_since_epoch() / 1us + 1'800'000'000'000'000; }

    void send(const LeaseWish& wish, const std::function<void(const LeaseGrant&)>& told) {
        ++questions;
        if (is_lost()) return;
        at(now_ + way(), [this, wish, told] {
            const LeaseGrant grant = bucket_.answer(wish, its_clock());
            if (!is_lost()) at(now_ + way(), [told, grant] { told(grant); });
        });
    }

    void ask(std::size_t index) {
        Gateway& gateway = gateways_[index];
        const std::uint64_t number = ++gateway.question;
        const Instant asked = now_;
        const LeaseWish wish{gateway.lease.ask(terms_, now_), 0, 0, 0};
        REQUIRE(wish.want > 0);
        REQUIRE(wish.want + gateway.lease.held() <= terms_.most);
        send(wish, [this, index, number, asked](const LeaseGrant& grant) {
            Gateway& one = gateways_[index];
            if (one.question != number || !one.lease.is_asked()) return;
            if (one.lease.tell(terms_, grant))
                at(one.lease.dry_until(), [this, index] {
                    Lease& lease = gateways_[index].lease;
                    if (lease.wake(terms_, now_)) ask(index);
                });
            most_held = std::max(most_held, one.lease.held());
            at(asked + terms_.idle(), [this, index, asked] { give_back(index, asked); });
            wake_up(index);
        });
        at(now_ + weather_.despair, [this, index, number] {
            Gateway& one = gateways_[index];
            if (one.question != number || !one.lease.is_asked()) return;
            one.lease.fail();
            wake_up(index);
        });
    }
    void wake_up(std::size_t index) {
        for (std::size_t n = std::exchange(gateways_[index].waiting, 0); n > 0; --n) request(index, true);
    }
    void give_back(std::size_t index, Instant asked) {
        while (true) {
            const Lease::Rest rest = gateways_[index].lease.take_rest(asked);
            if (rest.tokens == 0) return;
            send({0, rest.tokens, rest.stamp, 0}, [](const LeaseGrant&) {});
        }
    }

    Limit limit_;
    LeaseTerms terms_;
    LeasedBucket bucket_;
    Weather weather_;
    Random random_;
    std::vector<Gateway> gateways_;
    std::multimap<Instant, std::function<void()>> events_;
    Instant now_;
};

/// Whether no span of time sees more of these than burst + more + rate·t.
bool holds(const std::vector<Instant>& passed, const Limit& limit, std::uint64_t more) {
    // the database counts in whole microseconds
    TokenBucket bucket(*Limit::make(limit.rate(), limit.burst() + more), passed.empty() ? Instant() : passed.front());
    return std::all_of(passed.begin(), passed.end(), [&](Instant at) { return bucket.take(at).admitted; });
}

}  // namespace

TEST_CASE("gateways that lease pass no more than the bound in any span of time, whatever the network does") {
    Random random(20261127);
    std::size_t over_the_limit = 0;
    for (int round = 0; round < 300; ++round) {
        const std::uint64_t burst = 1 + random.below(1 + random.below(300));
        const std::string rate =
            std::to_string(1 + random.below(1 + random.below(3000))) + (round % 4 == 0 ? "/m" : "/s");
        const Limit limit = limit_of(rate, burst);
        const std::size_t count = 1 + random.below(round % 10 == 0 ? 60 : 6);
        Weather weather;
        weather.most =
            Nanoseconds(static_cast<std::int64_t>(50'000 + random.below(round % 3 == 0 ? 700'000'000 : 3'000'000)));
        weather.lost = round % 5 == 0 ? random.below(200) : 0;
        weather.despair = round % 2 == 0 ? 1s : 100ms;
        Fleet fleet(limit, count, weather, random());
        // crowds and silences
        Instant when;
        while (when < Instant(6s)) {
            const std::size_t crowd = 1 + random.below(400);
            const auto gap = static_cast<std::int64_t>(random.below(random.below(2) == 0 ? 100'000 : 20'000'000));
            const std::size_t only = random.below(count);
            const bool spread = random.below(3) > 0;
            for (std::size_t i = 0; i < crowd && when < Instant(6s); ++i) {
                fleet.arrive(spread ? random.below(count) : only, when);
                when += Nanoseconds(gap);
            }
            when += Nanoseconds(static_cast<std::int64_t>(random.below(1'000'000'000)));
        }
        fleet.run();
        INFO(rate << " burst " << burst << ", " << count << " gateways, round " << round);
        CHECK(fleet.most_held <= LeaseTerms::of(limit).most);
        CHECK(holds(fleet.passed, limit, lease_bound(limit, count)));
        if (!holds(fleet.passed, limit, 0)) ++over_the_limit;
    }
    // the bound is there for a reason
    CHECK(over_the_limit > 0);
}

TEST_CASE("nothing of a limit is lost when gateways that share it are asked for more") {
    const Limit limit = limit_of("200/s", 100);
    Fleet fleet(limit, 3, {}, 7);
    for (int i = 0; i < 10'000; ++i) fleet.arrive(static_cast<std::size_t>(i) % 3, Instant(i * 1ms));
    fleet.run();
    // 10 s
    CHECK(fleet.passed.size() > 2100 * 97 / 100);
    CHECK(fleet.passed.size() <= 2100 + lease_bound(limit, 3));
    // the first ones of each gateway, and who is quicker than the answer that is under way
    CHECK(fleet.waited < 500);
}

TEST_CASE("a gateway under the limit refuses nobody, and only the first wait") {
    const Limit limit = limit_of("1000/s", 50);
    Fleet fleet(limit, 1, {}, 7);
    for (int i = 0; i < 9'000; ++i) fleet.arrive(0, Instant(i * 1100us));
    fleet.run();
    CHECK(fleet.refused == 0);
    CHECK(fleet.passed.size() == 9'000);
    CHECK(fleet.waited < 10);
    CHECK(fleet.questions < 1000);
}

TEST_CASE("who comes rarely has every token of his bucket") {
    const Limit limit = limit_of("1/s", 1);
    Fleet fleet(limit, 2, {}, 7);
    for (int i = 0; i < 50; ++i) fleet.arrive(static_cast<std::size_t>(i) % 2, Instant(i * 1100ms));
    fleet.run();
    CHECK(fleet.refused == 0);
    CHECK(fleet.passed.size() == 50);
}

TEST_CASE("what a gateway leased and does not want is there for the others") {
    const Limit limit = limit_of("100/m", 100);
    Fleet fleet(limit, 2, {}, 7);
    for (int i = 0; i < 3; ++i) fleet.arrive(0, Instant(i * 1ms));
    for (int i = 0; i < 200; ++i) fleet.arrive(1, Instant(1s + i * 1ms));
    fleet.run();
    CHECK(fleet.passed.size() >= 100);
    CHECK(fleet.passed.size() <= 102);
}

TEST_CASE("a limit that lets nothing pass leases nothing") {
    for (const Limit& limit : {Limit(), limit_of("0/s", 5), limit_of("5/s", 0)}) {
        LeasedBucket bucket(limit);
        CHECK(bucket.answer({5, 0, 0, 0}, 1'800'000'000'000'000).granted == 0);
        CHECK(lease_bound(limit, 10) == 0);
        CHECK(share_of(limit, 3).admits_nothing());
    }
}

TEST_CASE("the bound is what the gateways hold, and never more than the rate brings in the life of two leases") {
    const Limit limit = limit_of("100/s", 200);
    CHECK(LeaseTerms::of(limit).most == 5);
    CHECK(lease_bound(limit, 1) == 5);
    CHECK(lease_bound(limit, 3) == 15);
    CHECK(lease_bound(limit, 1000) == 100);
    CHECK(lease_bound(limit_of("1/m", 5), 1000) == 1);
}

TEST_CASE("a share of a limit is its part, and all of them together are the limit") {
    const Limit share = share_of(limit_of("100/s", 200), 3);
    CHECK(share.burst() == 66);
    CHECK(share.rate().per_second() == Approx(100.0 / 3));
    CHECK(share_of(limit_of("100/s", 2), 3).burst() == 1);
    CHECK(share_of(limit_of("100/s", 200), 1) == limit_of("100/s", 200));
}

TEST_CASE("tokens that come back too late are nobody's, and a clock that was set back empties the bucket at most") {
    const Limit limit = limit_of("1/h", 10);
    LeasedBucket bucket(limit);
    const std::int64_t now = 1'800'000'000'000'000;
    CHECK(bucket.answer({10, 0, 0, 0}, now).granted == 10);
    CHECK(bucket.answer({0, 4, now, 0}, now + 400'000).granted == 0);
    CHECK(bucket.answer({10, 0, 0, 0}, now + 400'000).granted == 4);
    bucket.answer({0, 4, now, 0}, now + 600'000);
    CHECK(bucket.answer({10, 0, 0, 0}, now + 600'000).granted == 0);
    const std::int64_t before = now - 1'000'000'000'000;
    CHECK(bucket.answer({10, 0, 0, 0}, before).granted == 0);
    CHECK(bucket.answer({10, 0, 0, 0}, before + 36'000'000'000).granted == 10);
}

TEST_CASE("what is put back has the place that it came from, unless that was asked for meanwhile") {
    LeaseTerms terms;
    terms.most = 2;
    terms.life = 500ms;
    Lease lease;
    CHECK(lease.take(Instant()).answer == Lease::Answer::unknown);
    CHECK(lease.ask(terms, Instant()) == 2);
    lease.tell(terms, {2, Nanoseconds(0), 77});
    const Lease::Taken first = lease.take(Instant(1ms));
    CHECK(first.answer == Lease::Answer::taken);
    CHECK(first.stamp == 77);
    CHECK(lease.give_back(first.asked));
    CHECK(lease.held() == 2);
    const Lease::Taken second = lease.take(Instant(2ms));
    const Lease::Taken third = lease.take(Instant(2ms));
    CHECK(lease.is_low(terms, Instant(2ms)));
    CHECK(lease.ask(terms, Instant(2ms)) == 2);
    CHECK_FALSE(lease.give_back(second.asked));
    lease.tell(terms, {2, Nanoseconds(0), 78});
    CHECK_FALSE(lease.give_back(third.asked));
    CHECK(lease.held() == 2);
}
