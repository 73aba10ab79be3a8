#include "libgw/io/net/loop.h"

#include <thread>

#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/loop.h"

using namespace gw;
using namespace gw::net;
using gw::test::run_until;
using gw::test::settle;
using gw::test::socket_pair;

namespace {

/// Counts its calls and stops the loop after so many.
struct Counter {
    Loop& loop;
    int stop_at = 1;
    int calls = 0;
    void call() {
        if (++calls == stop_at) loop.stop();
    }
};

}  // namespace

TEST_CASE("Mail of many threads arrives whole, and each thread's in its order") {
    constexpr int kThreads = 4;
    constexpr int kEach = 2000;
    Loop loop;
    std::vector<std::vector<int>> got(kThreads);
    int total = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < kEach; ++i)
                loop.mailbox().send([&, t, i] {
                    got[static_cast<std::size_t>(t)].push_back(i);
                    if (++total == kThreads * kEach) loop.stop();
                });
        });
    loop.run();
    for (std::thread& thread : threads) thread.join();
    for (const std::vector<int>& one : got) {
        REQUIRE(one.size() == kEach);
        CHECK(std::is_sorted(one.begin(), one.end()));
    }
}

TEST_CASE("Mail sent before the loop runs, or from its own mail, is delivered") {
    Loop loop;
    int steps = 0;
    loop.mailbox().send([&] {
        ++steps;
        loop.mailbox().send([&] {
            ++steps;
            loop.stop();
        });
    });
    loop.run();
    CHECK(steps == 2);
}

TEST_CASE("Mail that is left when the loop ends is dropped with what it holds") {
    auto held = std::make_shared<int>(1);
    {
        Loop loop;
        loop.mailbox().send([held] {});
    }
    CHECK(held.use_count() == 1);
}

TEST_CASE("A loop may run again after it was stopped") {
    Loop loop;
    Counter counter{loop};
    loop.defer(callback<&Counter::call>(&counter));
    loop.run();
    counter.stop_at = 2;
    loop.defer(callback<&Counter::call>(&counter));
    loop.run();
    CHECK(counter.calls == 2);
}

TEST_CASE("An alarm of the loop goes off after its delay, and the shorter of two first") {
    Loop loop;
    struct Alarm {
        Loop& loop;
        Instant at;
        bool last = false;
        Timer timer{callback<&Alarm::ring>(this)};
        void ring() {
            at = loop.now();
            if (last) loop.stop();
        }
    };
    Alarm late{loop, {}, true};
    Alarm soon{loop, {}};
    const Instant start = loop.now();
    loop.arm_after(late.timer, std::chrono::milliseconds(30));
    loop.arm_after(soon.timer, std::chrono::milliseconds(5));
    loop.run();
    CHECK(soon.at >= start + std::chrono::milliseconds(5));
    CHECK(late.at >= start + std::chrono::milliseconds(30));
    CHECK(soon.at < late.at);
}

TEST_CASE("An alarm armed for sooner while the loop waits for a later one is not late") {
    Loop loop;
    struct Alarm {
        Loop& loop;
        Timer timer{callback<&Alarm::ring>(this)};
        bool rung = false;
        void ring() {
            rung = true;
            loop.stop();
        }
    };
    Alarm far{loop};
    Alarm near{loop};
    loop.arm_after(far.timer, std::chrono::hours(1));
    loop.mailbox().send([&] { loop.arm_after(near.timer, std::chrono::milliseconds(2)); });
    loop.run();
    CHECK(near.rung);
    CHECK_FALSE(far.rung);
}

TEST_CASE("The clock is read once for a batch, and again after refresh_clock()") {
    class Counting final : public Clock {
      public:
        [[nodiscard]] Instant now() const override { return Instant(Nanoseconds(++reads)); }
        [[nodiscard]] Date date() const override { return Date(Nanoseconds(++dates)); }
        mutable int reads = 0;
        mutable int dates = 0;
    } clock;
    Loop loop(clock);
    const Instant first = loop.now();
    CHECK(loop.now() == first);
    const Date date = loop.date();
    CHECK(loop.date() == date);
    loop.refresh_clock();
    CHECK(loop.now() > first);
    CHECK(loop.date() > date);
}

TEST_CASE("Deferred work runs after the current callback, in order, and not when it was forgotten") {
    Loop loop;
    struct Writer {
        Loop& loop;
        std::string& log;
        char letter;
        void write() { log.push_back(letter); }
    };
    std::string log;
    Writer a{loop, log, 'a'};
    Writer b{loop, log, 'b'};
    Writer c{loop, log, 'c'};
    for (Writer* writer : {&a, &b, &c, &a}) loop.defer(callback<&Writer::write>(writer));
    CHECK(log.empty());
    loop.forget(&b);
    settle(loop, 2);
    CHECK(log == "aca");
}

TEST_CASE("Deferred work may forget what waits behind it in the same turn") {
    Loop loop;
    struct Victim {
        bool called = false;
        void call() { called = true; }
    } victim;
    struct Killer {
        Loop& loop;
        Victim& victim;
        void kill() { loop.forget(&victim); }
    } killer{loop, victim};
    loop.defer(callback<&Killer::kill>(&killer));
    loop.defer(callback<&Victim::call>(&victim));
    settle(loop, 3);
    CHECK_FALSE(victim.called);
}

TEST_CASE("Work that defers itself for ever does not starve sockets") {
    Loop loop;
    struct Forever {
        Loop& loop;
        void again() { loop.defer(callback<&Forever::again>(this)); }
    } forever{loop};
    forever.again();
    const auto [a, b] = socket_pair();
    Watch watch(loop, a);
    Counter counter{loop};
    watch.await_readable(callback<&Counter::call>(&counter));
    REQUIRE(::send(b, "x", 1, 0) == 1);
    loop.run();
    CHECK(counter.calls == 1);
    loop.forget(&forever);
    ::close(b);
}

TEST_CASE("A wait calls back once, and again only when it is asked again") {
    Loop loop;
    const auto [a, b] = socket_pair();
    Watch watch(loop, a);
    Counter counter{loop, 100};
    CHECK_FALSE(watch.awaiting_readable());
    watch.await_readable(callback<&Counter::call>(&counter));
    CHECK(watch.awaiting_readable());
    REQUIRE(::send(b, "x", 1, 0) == 1);
    settle(loop);
    CHECK(counter.calls == 1);
    CHECK_FALSE(watch.awaiting_readable());
    watch.await_readable(callback<&Counter::call>(&counter));  // the byte is still there
    settle(loop);
    CHECK(counter.calls == 2);
    ::close(b);
}

TEST_CASE("A wait that was cancelled is silent, and one that was asked again after that is not") {
    Loop loop;
    const auto [a, b] = socket_pair();
    Watch watch(loop, a);
    Counter first{loop, 100};
    Counter second{loop, 100};
    watch.await_readable(callback<&Counter::call>(&first));
    watch.cancel_readable();
    REQUIRE(::send(b, "x", 1, 0) == 1);
    settle(loop);
    CHECK(first.calls == 0);
    watch.await_readable(callback<&Counter::call>(&first));
    watch.await_readable(callback<&Counter::call>(&second));  // replaces
    settle(loop);
    CHECK(first.calls == 0);
    CHECK(second.calls == 1);
    watch.await_writable(callback<&Counter::call>(&first));
    watch.cancel();
    settle(loop);
    CHECK(first.calls == 0);
    ::close(b);
}

TEST_CASE("A watch that moves keeps its waits, and one that is closed has none") {
    Loop loop;
    const auto [a, b] = socket_pair();
    Watch watch(loop, a);
    Counter counter{loop, 100};
    watch.await_readable(callback<&Counter::call>(&counter));
    Watch other(std::move(watch));
    CHECK(watch.fd() == -1);
    CHECK(other.fd() == a);
    REQUIRE(::send(b, "x", 1, 0) == 1);
    settle(loop);
    CHECK(counter.calls == 1);
    other.await_readable(callback<&Counter::call>(&counter));
    other.close();
    CHECK_FALSE(other);
    settle(loop);
    CHECK(counter.calls == 1);
    char byte = 0;
    CHECK(::recv(b, &byte, 1, MSG_DONTWAIT) <= 0);
    ::close(b);
}

TEST_CASE("A watch may be closed from its own callback") {
    Loop loop;
    const auto [a, b] = socket_pair();
    struct Owner {
        Watch watch;
        bool called = false;
        void close() {
            called = true;
            watch.close();
        }
    } owner{Watch(loop, a)};
    owner.watch.await_readable(callback<&Owner::close>(&owner));
    REQUIRE(::send(b, "x", 1, 0) == 1);
    REQUIRE(run_until(loop, [&] { return owner.called; }));
    ::close(b);
}

TEST_CASE("A descriptor that was released stays open") {
    Loop loop;
    const auto [a, b] = socket_pair();
    Watch watch(loop, a);
    Counter counter{loop, 100};
    watch.await_readable(callback<&Counter::call>(&counter));
    const int fd = watch.release();
    CHECK(fd == a);
    REQUIRE(::send(b, "x", 1, 0) == 1);
    settle(loop);
    CHECK(counter.calls == 0);
    char byte = 0;
    CHECK(::recv(fd, &byte, 1, MSG_DONTWAIT) == 1);
    ::close(fd);
    ::close(b);
}

TEST_CASE("A borrowed buffer is empty and has room, whoever had it before") {
    Loop loop;
    std::string buffer = loop.borrow();
    CHECK(buffer.empty());
    CHECK(buffer.capacity() >= 4096);
    buffer.assign(10000, 'x');
    const char* where = buffer.data();
    loop.give_back(std::move(buffer));
    std::string again = loop.borrow();
    CHECK(again.empty());
    CHECK(again.data() == where);
    loop.give_back(std::move(again));
    std::string huge = loop.borrow();
    huge.assign(1 << 20, 'x');
    loop.give_back(std::move(huge));
    CHECK(loop.borrow().capacity() < (1 << 20));
}

TEST_CASE("A loop keeps a bounded amount of what was borrowed, whatever the sizes") {
    const std::size_t size = GENERATE(std::size_t{4096}, std::size_t{65536}, std::size_t{262144});
    Loop loop;
    std::vector<std::string> buffers;
    for (std::size_t bytes = 0; bytes < 3 * Loop::kPooled; bytes += size) {
        buffers.push_back(loop.borrow());
        buffers.back().reserve(size);
    }
    for (std::string& buffer : buffers) loop.give_back(std::move(buffer));
    CHECK(loop.borrowed() == 0);
    CHECK(loop.pooled() <= Loop::kPooled);
    CHECK(loop.pooled() > Loop::kPooled - 2 * size);
    const std::size_t before = loop.pooled();
    std::string again = loop.borrow();
    CHECK(loop.pooled() == before - again.capacity());
    loop.give_back(std::move(again));
    CHECK(loop.pooled() == before);
}

TEST_CASE("Heavy work is done in small portions, one a turn") {
    Loop loop;
    struct Worker {
        Loop& loop;
        std::vector<int> done;  // by turn
        int left = 100;
        void work() {
            done.push_back(0);
            while (left > 0 && loop.may_work_hard()) {
                ++done.back();
                --left;
            }
            if (left > 0)
                loop.defer(callback<&Worker::work>(this));
            else
                loop.stop();
        }
    } worker{loop, {}};
    loop.defer(callback<&Worker::work>(&worker));
    loop.run();
    CHECK(worker.left == 0);
    CHECK(worker.done.size() == (100 + Loop::kHeavy - 1) / Loop::kHeavy);
    for (const int each : worker.done) CHECK(each <= static_cast<int>(Loop::kHeavy));
}

TEST_CASE("The scratch buffers of a loop are apart") {
    Loop loop;
    CHECK(loop.scratch().size() == Loop::kScratch);
    CHECK(loop.cipher_scratch().size() == Loop::kCipherScratch);
    CHECK(loop.scratch().data() != loop.cipher_scratch().data());
    CHECK(loop.cipher_scratch().data() == loop.cipher_scratch().data());
}

namespace {

/// Throws from whatever it is called by.
struct Thrower {
    Loop& loop;
    int thrown = 0;
    int caught = 0;
    void call() {
        ++thrown;
        throw std::bad_alloc();
    }
    void on_fault() noexcept { ++caught; }
};

struct Faults {
    int told = 0;
    void on_fault() { ++told; }
};

}  // namespace

TEST_CASE("An exception ends the callback it came from, and the loop and what waits behind it go on") {
    Loop loop;
    Faults faults;
    loop.on_fault(callback<&Faults::on_fault>(&faults));
    const auto [a, b] = socket_pair();
    const auto [c, d] = socket_pair();
    Watch throwing(loop, a);
    Watch fine(loop, c);
    Thrower thrower{loop};
    Counter counter{loop, 100};
    REQUIRE(::send(b, "x", 1, 0) == 1);
    REQUIRE(::send(d, "x", 1, 0) == 1);
    throwing.await_readable(callback<&Thrower::call>(&thrower));
    fine.await_readable(callback<&Counter::call>(&counter));
    settle(loop);
    CHECK(thrower.thrown == 1);
    CHECK(counter.calls == 1);
    CHECK(faults.told == 1);

    loop.defer(callback<&Thrower::call>(&thrower));
    loop.defer(callback<&Counter::call>(&counter));
    settle(loop);
    CHECK(counter.calls == 2);
    CHECK(faults.told == 2);

    Timer first(callback<&Thrower::call>(&thrower));
    Timer second(callback<&Counter::call>(&counter));
    loop.arm_after(first, std::chrono::milliseconds(1));
    loop.arm_after(second, std::chrono::milliseconds(2));
    CHECK(run_until(loop, [&] { return counter.calls == 3; }));
    CHECK(faults.told == 3);

    loop.mailbox().send([] { throw std::bad_alloc(); });
    loop.mailbox().send([&] { counter.call(); });
    CHECK(run_until(loop, [&] { return counter.calls == 4; }));
    CHECK(faults.told == 4);
    ::close(b);
    ::close(d);
}

TEST_CASE("Who guards a callback is told of its exception, and the loop is not") {
    Loop loop;
    Faults faults;
    loop.on_fault(callback<&Faults::on_fault>(&faults));
    Thrower thrower{loop};
    loop.defer(guarded<&Thrower::call, &Thrower::on_fault>(&thrower));
    settle(loop);
    CHECK(thrower.thrown == 1);
    CHECK(thrower.caught == 1);
    CHECK(faults.told == 0);
}

TEST_CASE("A loop is busy from the first of its events on, and is not while it waits") {
    Loop loop;
    const auto [a, b] = socket_pair();
    Watch watch(loop, a);
    struct Look {
        Loop& loop;
        std::int64_t busy = 0;
        void look() {
            busy = loop.busy_since();
            loop.stop();
        }
    } look{loop};
    watch.await_readable(callback<&Look::look>(&look));
    REQUIRE(::send(b, "x", 1, 0) == 1);
    const std::int64_t before = SystemClock().now().time_since_epoch().count();
    loop.run();
    CHECK(look.busy >= before);
    CHECK(look.busy <= SystemClock().now().time_since_epoch().count());

    std::thread other([&] { loop.run(); });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (loop.busy_since() != 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    CHECK(loop.busy_since() == 0);
    loop.mailbox().send([&] { loop.stop(); });
    other.join();
    ::close(b);
}
