#include "libgw/policy/balance/outlier.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::balance;
using namespace std::chrono_literals;

namespace {

struct Bench {
    explicit Bench(std::vector<std::uint32_t> weights) {
        for (const std::uint32_t weight : weights) {
            members.push_back(
                {std::to_string(members.size()), weight, members.size(), std::make_shared<TargetState>()});
        }
    }
    Change feed(std::size_t index, Outcome outcome, int times = 1) {
        Change change = Change::none;
        for (int i = 0; i < times; ++i) {
            change = record_outcome(settings, members, index, outcome, ejecting, now);
        }
        return change;
    }
    TargetState& at(std::size_t index) { return *members[index].state; }
    Standing standing(std::size_t index) { return standing_of(at(index), now); }

    OutlierSettings settings;
    std::vector<Member> members;
    std::atomic<bool> ejecting{false};
    Instant now{1000s};
};

}  // namespace

TEST_CASE("five errors in a row eject a target and a success in between starts the row again") {
    Bench bench({1, 1, 1});
    REQUIRE(bench.feed(0, Outcome::server_error, 4) == Change::none);
    REQUIRE(bench.feed(0, Outcome::answered) == Change::none);
    REQUIRE(bench.feed(0, Outcome::connect_failed, 4) == Change::none);
    REQUIRE(bench.standing(0) == Standing::closed);
    REQUIRE(bench.feed(0, Outcome::timed_out) == Change::ejected);
    REQUIRE(bench.standing(0) == Standing::ejected);
    REQUIRE(bench.standing(1) == Standing::closed);
}

TEST_CASE("what a client gives up says nothing of the target") {
    Bench bench({1, 1});
    bench.feed(0, Outcome::broken, 4);
    REQUIRE(bench.feed(0, Outcome::abandoned, 100) == Change::none);
    REQUIRE(bench.feed(0, Outcome::broken) == Change::ejected);
}

TEST_CASE("a status of 500 and above is an error and 499 is an answer") {
    REQUIRE(outcome_of(499) == Outcome::answered);
    REQUIRE(outcome_of(500) == Outcome::server_error);
    REQUIRE(is_error(outcome_of(599)));
    REQUIRE_FALSE(is_error(outcome_of(404)));
}

TEST_CASE("detection that is off ejects nobody") {
    Bench bench({1, 1});
    bench.settings.consecutive_errors = 0;
    REQUIRE(bench.feed(0, Outcome::server_error, 1000) == Change::none);
}

TEST_CASE("the last target is never ejected") {
    Bench alone({1});
    REQUIRE(alone.feed(0, Outcome::connect_failed, 1000) == Change::none);
    Bench pair({1, 1});
    REQUIRE(pair.feed(0, Outcome::connect_failed, 5) == Change::ejected);
    REQUIRE(pair.feed(1, Outcome::connect_failed, 1000) == Change::none);
    Bench ill({1, 1});
    ill.at(1).usable = false;
    REQUIRE(ill.feed(0, Outcome::connect_failed, 1000) == Change::none);
    Bench drained({1, 0});
    REQUIRE(drained.feed(0, Outcome::connect_failed, 1000) == Change::none);
}

TEST_CASE("at most half of the targets are ejected, but at least one") {
    OutlierSettings settings;
    REQUIRE(max_ejected(settings, 0) == 0);
    REQUIRE(max_ejected(settings, 1) == 0);
    REQUIRE(max_ejected(settings, 2) == 1);
    REQUIRE(max_ejected(settings, 3) == 1);
    REQUIRE(max_ejected(settings, 4) == 2);
    REQUIRE(max_ejected(settings, 11) == 5);
    settings.max_ejection_percent = 1;
    REQUIRE(max_ejected(settings, 3) == 1);
    settings.max_ejection_percent = 1000;
    REQUIRE(max_ejected(settings, 3) == 2);

    Bench bench({1, 1, 1, 1, 1, 0, 0, 0});
    int ejected = 0;
    for (std::size_t i = 0; i < 8; ++i) ejected += bench.feed(i, Outcome::server_error, 50) == Change::none ? 0 : 1;
    for (std::size_t i = 0; i < 8; ++i) ejected += bench.standing(i) == Standing::ejected ? 1 : 0;
    REQUIRE(ejected == 2);
}

TEST_CASE("an error that finds no room to eject is remembered for when there is") {
    Bench bench({1, 1, 1});
    REQUIRE(bench.feed(0, Outcome::server_error, 5) == Change::ejected);
    REQUIRE(bench.feed(1, Outcome::server_error, 7) == Change::none);
    bench.now += 30s;
    REQUIRE(try_probe(bench.at(0), bench.now));
    REQUIRE(finish_probe(bench.settings, bench.at(0), Outcome::answered, bench.now) == Change::returned);
    REQUIRE(bench.feed(1, Outcome::server_error) == Change::ejected);
}

TEST_CASE("while another worker weighs an ejection the error is left to the next") {
    Bench bench({1, 1});
    bench.ejecting = true;
    REQUIRE(bench.feed(0, Outcome::server_error, 10) == Change::none);
    bench.ejecting = false;
    REQUIRE(bench.feed(0, Outcome::server_error) == Change::ejected);
    REQUIRE_FALSE(bench.ejecting.load());
}

TEST_CASE("an ejection lasts 30 s times its number and at most 300 s") {
    const OutlierSettings settings;
    REQUIRE(ejection_time(settings, 1) == 30s);
    REQUIRE(ejection_time(settings, 2) == 60s);
    REQUIRE(ejection_time(settings, 9) == 270s);
    REQUIRE(ejection_time(settings, 10) == 300s);
    REQUIRE(ejection_time(settings, UINT32_MAX) == 300s);
    REQUIRE(ejection_time({.base_ejection = 0s}, 3) == 0s);
    REQUIRE(ejection_time({.base_ejection = 400s}, 1) == 400s);
}

TEST_CASE("an ejected target comes back through one probe at a time") {
    Bench bench({1, 1});
    REQUIRE(bench.feed(0, Outcome::server_error, 5) == Change::ejected);
    bench.now += 30s - 1ns;
    REQUIRE(bench.standing(0) == Standing::ejected);
    REQUIRE_FALSE(try_probe(bench.at(0), bench.now));
    bench.now += 1ns;
    REQUIRE(bench.standing(0) == Standing::half_open);
    REQUIRE(try_probe(bench.at(0), bench.now));
    REQUIRE_FALSE(try_probe(bench.at(0), bench.now));
    REQUIRE(finish_probe(bench.settings, bench.at(0), Outcome::abandoned, bench.now) == Change::none);
    REQUIRE(try_probe(bench.at(0), bench.now));
    REQUIRE(finish_probe(bench.settings, bench.at(0), Outcome::broken, bench.now) == Change::ejected);
    bench.now += 60s - 1ns;
    REQUIRE(bench.standing(0) == Standing::ejected);
    bench.now += 1ns;
    REQUIRE(try_probe(bench.at(0), bench.now));
    REQUIRE(finish_probe(bench.settings, bench.at(0), Outcome::answered, bench.now) == Change::returned);
    REQUIRE(bench.standing(0) == Standing::closed);
    REQUIRE(bench.feed(0, Outcome::server_error, 4) == Change::none);
}

TEST_CASE("outcomes of attempts that began before the ejection change nothing") {
    Bench bench({1, 1, 1});
    bench.feed(0, Outcome::server_error, 5);
    const std::int64_t until = bench.at(0).ejected_until;
    REQUIRE(bench.feed(0, Outcome::server_error, 100) == Change::none);
    REQUIRE(bench.feed(0, Outcome::answered) == Change::none);
    bench.now += 40s;
    REQUIRE(bench.feed(0, Outcome::answered) == Change::none);
    REQUIRE(bench.at(0).ejected_until == until);
    REQUIRE(bench.standing(0) == Standing::half_open);
}

TEST_CASE("one ejection is forgiven for each interval of service") {
    Bench bench({1, 1});
    const auto fail_and_return = [&] {
        REQUIRE(bench.feed(0, Outcome::server_error, 5) == Change::ejected);
        const std::uint32_t ejections = bench.at(0).ejections;
        bench.now += 300s;
        REQUIRE(try_probe(bench.at(0), bench.now));
        REQUIRE(finish_probe(bench.settings, bench.at(0), Outcome::answered, bench.now) == Change::returned);
        return ejections;
    };
    REQUIRE(fail_and_return() == 1);
    REQUIRE(fail_and_return() == 2);
    REQUIRE(fail_and_return() == 3);
    bench.now += 9s;
    REQUIRE(fail_and_return() == 4);
    bench.now += 20s;
    REQUIRE(fail_and_return() == 3);
    bench.now += 1h;
    REQUIRE(fail_and_return() == 1);
}
