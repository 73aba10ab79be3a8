#pragma once
// Gateways under test that share counts: the book that they ask stands in memory and behaves as the test wishes.

#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libgw/io/store/leased_counts.h"
#include "tests/support/catch.h"
#include "tests/support/socket.h"

namespace gw::test {

inline throttle::Limit limit_of(std::string_view rate, std::uint64_t burst) {
    return throttle::Limit::make(*parse_rate(rate), burst).value();
}

/// What a ledger is asked about.
inline std::shared_ptr<store::Subject> quota_of(std::string name, const throttle::Quota& quota) {
    auto subject = std::make_shared<store::Subject>();
    subject->name = std::move(name);
    subject->is_quota = true;
    subject->quota = quota;
    subject->terms = throttle::block_terms();
    return subject;
}

inline constexpr Date kDate = std::chrono::sys_days(std::chrono::year(2026) / 11 / 27);

/// The system's stopwatch, turned; the calendar stands still until it is turned too.
struct TurnedClock final : net::Clock {
    [[nodiscard]] Instant now() const override { return system.now() + Nanoseconds(ahead.load()); }
    [[nodiscard]] Date date() const override { return kDate + Nanoseconds(calendar.load()); }
    net::SystemClock system;
    std::atomic<std::int64_t> ahead{0};
    std::atomic<std::int64_t> calendar{0};
};

/// What stands in the book, and how it behaves. Several gateways may have it.
struct Desk {
    std::mutex mutex;
    bool buckets = true;
    std::map<std::string, throttle::LeasedBucket> full;
    std::map<std::string, throttle::Reserved> reserved;
    std::vector<store::Question> asked;
    std::atomic<bool> up{true};
    std::atomic<bool> holds{false};  ///< questions wait until they are released
    const TurnedClock* clock = nullptr;

    throttle::LeaseGrant answer(const store::Question& question) {
        const std::lock_guard hold(mutex);
        asked.push_back(question);
        if (question.subject->is_quota) {
            const throttle::Quota& quota = question.subject->quota;
            const std::uint32_t period = throttle::period_of(quota.period, clock->date());
            auto& entry = reserved.try_emplace(question.name(), throttle::begin_quota(period)).first->second;
            throttle::LeaseGrant grant = throttle::reserve(entry, quota, period, question.wish);
            grant.life = throttle::end_of_period(quota.period, clock->date()) - clock->date();
            return grant;
        }
        auto& bucket = full.try_emplace(question.name(), question.subject->limit).first->second;
        return bucket.answer(question.wish, clock->now().time_since_epoch() / std::chrono::microseconds(1));
    }
    std::uint64_t used(const std::string& name) {
        const std::lock_guard hold(mutex);
        return reserved.at(name).used;
    }
    std::size_t questions() {
        const std::lock_guard hold(mutex);
        return asked.size();
    }
    std::uint64_t given_back() {
        const std::lock_guard hold(mutex);
        std::uint64_t sum = 0;
        for (const store::Question& question : asked) sum += question.wish.back;
        return sum;
    }
};

class Book final : public store::Ledger {
  public:
    explicit Book(Desk& desk) : desk_(desk) {}
    [[nodiscard]] const std::string& place() const override { return place_; }
    [[nodiscard]] bool has_buckets() const override { return desk_.buckets; }
    [[nodiscard]] Nanoseconds patience() const override { return std::chrono::milliseconds(20); }
    void start(Told told, std::function<void()> settled) override {
        told_ = std::move(told);
        settled();
    }
    void ask(store::Question question) override {
        if (!is_up()) return told_(question, std::nullopt);
        waiting_.push_back(std::move(question));
    }
    void flush() override {
        if (desk_.holds) return;
        while (!waiting_.empty()) {
            std::vector<store::Question> questions;
            questions.swap(waiting_);
            for (const store::Question& question : questions) told_(question, desk_.answer(question));
        }
    }
    [[nodiscard]] std::size_t open_questions() const override { return waiting_.size(); }
    [[nodiscard]] bool is_up() const override { return desk_.up; }
    [[nodiscard]] std::string problem() const override { return is_up() ? "" : "it is down"; }

  private:
    Desk& desk_;
    std::string place_ = "book:";
    Told told_;
    std::vector<store::Question> waiting_;
};

/// One gateway's counts.
struct LeasingGateway {
    explicit LeasingGateway(Desk& desk, std::uint64_t gateways = 1, std::size_t keys = 4096) {
        desk.clock = &clock;
        store::LeasedCounts::Settings settings{keys, gateways, &clock};
        counts =
            store::LeasedCounts::open({1, 2}, settings, [&](net::Loop& made) -> Result<std::unique_ptr<store::Ledger>> {
                loop = &made;
                return std::unique_ptr<store::Ledger>(std::make_unique<Book>(desk));
            }).value();
    }
    Instant now() const { return clock.now(); }
    std::shared_ptr<store::Meter> meter(const std::string& name, std::string_view rate, std::uint64_t burst,
                                        bool keyed = false) {
        return counts->meter(name, limit_of(rate, burst), keyed, now());
    }
    std::shared_ptr<store::Tally> tally(const std::string& name, const throttle::Quota& quota) {
        return counts->tally(name, quota, clock.date());
    }
    store::Outcome take(const std::vector<store::Ask>& asks, store::Tally* quota = nullptr) {
        return counts->take(asks, quota, now(), clock.date());
    }
    /// As the pipeline: waits for the book where it has to.
    store::Outcome decide(const std::vector<store::Ask>& asks, store::Tally* quota = nullptr) {
        for (int i = 0; i < 100; ++i) {
            const store::Outcome outcome = take(asks, quota);
            if (!outcome.unknown) return outcome;
            REQUIRE(told(asks, quota));
        }
        FAIL("it is never known");
        return {};
    }
    bool told(const std::vector<store::Ask>& asks, store::Tally* quota = nullptr) {
        const auto known = std::make_shared<std::promise<void>>();
        counts->await(asks, quota, [known] { known->set_value(); });
        return known->get_future().wait_for(kPatience) == std::future_status::ready;
    }
    /// Lets the ledger's thread come to what is due by now.
    void poke() {
        std::promise<void> done;
        loop->mailbox().send([&] { done.set_value(); });
        REQUIRE(done.get_future().wait_for(kPatience) == std::future_status::ready);
    }
    /// Turns the stopwatch; what is due is done when this returns.
    void turn(Nanoseconds by) {
        struct Bell {
            std::promise<void> rang;
            void ring() { rang.set_value(); }
        } bell;
        net::Timer timer(net::callback<&Bell::ring>(&bell));
        clock.ahead += by.count();
        // the loop waits by the system's clock, which knows nothing of that
        loop->mailbox().send([&] { loop->arm(timer, Instant()); });
        REQUIRE(bell.rang.get_future().wait_for(kPatience) == std::future_status::ready);
        poke();
    }

    TurnedClock clock;
    net::Loop* loop = nullptr;
    std::shared_ptr<store::LeasedCounts> counts;
};

}  // namespace gw::test
