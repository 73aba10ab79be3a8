#include "libgw/io/net/loop.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "libgw/io/net/reactor.h"

namespace gw::net {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kSmallest = 4096;
constexpr std::size_t kLargestPooled = 262144;
/// What one batch of events may defer without memory being asked for.
constexpr std::size_t kDeferred = 1024;

std::int64_t read_clock(clockid_t id) {
    timespec at{};
    clock_gettime(id, &at);
    return std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
}

const SystemClock kSystemClock;

}  // namespace

Instant SystemClock::now() const { return Instant(Nanoseconds(read_clock(CLOCK_MONOTONIC))); }
Date SystemClock::date() const { return Date(Nanoseconds(read_clock(CLOCK_REALTIME))); }

// ── mailbox ─────────────────────────────────────────────────────────────────

struct Mailbox::Impl {
    explicit Impl(Loop& loop_in) : loop(loop_in), watch(loop_in, ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { listen(); }

    void listen() { watch.await_readable(callback<&Impl::on_mail>(this)); }
    void on_mail() {
        std::uint64_t count = 0;
        [[maybe_unused]] auto got = ::read(watch.fd(), &count, sizeof count);
        std::vector<Task> tasks;
        {
            std::lock_guard hold(mutex);
            tasks.swap(waiting);
        }
        listen();
        for (Task& task : tasks) {
            try {
                task();
            } catch (...) {
                loop.fault();
            }
        }
    }

    Loop& loop;
    Watch watch;
    std::mutex mutex;
    std::vector<Task> waiting;
};

Mailbox::Mailbox(Impl* impl) : impl_(impl) {}
Mailbox::~Mailbox() = default;

void Mailbox::send(Task task) {
    bool first = false;
    {
        std::lock_guard hold(impl_->mutex);
        first = impl_->waiting.empty();
        impl_->waiting.push_back(std::move(task));
    }
    if (!first) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] auto put = ::write(impl_->watch.fd(), &one, sizeof one);
}

// ── loop ────────────────────────────────────────────────────────────────────

Loop::Loop() : Loop(kSystemClock) {}

Loop::Loop(const Clock& clock)
    : clock_(clock),
      impl_(std::make_unique<Impl>(*this)),
      scratch_(new char[kScratch]),
      wheel_(clock.now()),
      now_(clock.now()),
      date_(clock.date()) {
    pool_.reserve(kPooled / kSmallest);  // what is given back in a destructor must not need memory
    mailbox_.reset(new Mailbox(new Mailbox::Impl(*this)));
}

Loop::~Loop() {
    mailbox_.reset();
    impl_->bury();
}

Instant Loop::now() {
    if (!clock_fresh_) {
        now_ = clock_.now();
        clock_fresh_ = true;
        date_fresh_ = false;
    }
    return now_;
}

Date Loop::date() {
    if (!clock_fresh_) now_ = now();
    if (!date_fresh_) {
        date_ = clock_.date();
        date_fresh_ = true;
    }
    return date_;
}

void Loop::arm(Timer& timer, Instant at) {
    wheel_.arm(timer, at);
    if (at < alarm_) set_alarm();
}

void Loop::set_alarm() {
    const Instant next = wheel_.next();
    if (next == alarm_) return;
    alarm_ = next;
    if (next == Instant::max()) return;  // a needless wake-up later costs less than a cancel now
    const auto delay = std::max(next - now(), Nanoseconds(0));
    try {
        impl_->alarm.expires_after(delay);
        impl_->alarm.async_wait([this](const boost::system::error_code& error) {
            if (error) return;
            alarm_ = Instant::max();
            begin_batch();
            turn_wheel();
        });
    } catch (...) {
        alarm_ = Instant::max();
        alarm_lost_ = true;
    }
}

void Loop::turn_wheel() {
    try {
        wheel_.advance(now());
    } catch (...) {
        fault();
    }
    set_alarm();
}

void Loop::fault() {
    if (told_) told_();
}

void Loop::defer(Callback callback) { deferred_.push_back(callback); }

void Loop::forget(const void* self) {
    for (Callback& waiting : deferred_)
        if (waiting.self == self) waiting.function = nullptr;
    for (Callback& waiting : running_)
        if (waiting.self == self) waiting.function = nullptr;
}

std::int64_t Loop::busy_since() const { return impl_->busy_since.load(std::memory_order_relaxed); }

void Loop::stop() { stopping_ = true; }

void Loop::run_deferred() {
    running_.swap(deferred_);
    for (std::size_t i = 0; i < running_.size(); ++i) {
        if (!running_[i]) continue;
        try {
            running_[i]();
        } catch (...) {
            fault();
        }
    }
    running_.clear();
}

void Loop::run() {
    stopping_ = false;
    impl_->context.restart();
    auto work = asio::make_work_guard(impl_->context);
    set_alarm();
    while (!stopping_) {
        try {
            turn();
        } catch (...) {
            fault();
        }
    }
    looked_ = false;
}

void Loop::turn() {
    for (std::vector<Callback>* list : {&deferred_, &running_})
        if (list->capacity() - list->size() < kDeferred) list->reserve(2 * list->size() + 2 * kDeferred);
    if (!impl_->listening) impl_->await_events();
    if (std::exchange(alarm_lost_, false)) set_alarm();
    heavy_ = 0;
    looked_ = false;
    clock_fresh_ = false;
    if (deferred_.empty()) {
        impl_->busy_since.store(0, std::memory_order_relaxed);
        impl_->context.run_one();
    } else {
        begin_batch();
        impl_->context.poll_one();
    }
    if (!deferred_.empty()) run_deferred();
}

void Loop::begin_batch() {
    clock_fresh_ = false;
    impl_->busy_since.store(now().time_since_epoch().count(), std::memory_order_relaxed);
}

std::span<char> Loop::cipher_scratch() {
    if (cipher_scratch_ == nullptr) cipher_scratch_.reset(new char[kCipherScratch]);
    return {cipher_scratch_.get(), kCipherScratch};
}

std::string Loop::borrow() {
    std::string buffer;
    if (!pool_.empty()) {
        buffer = std::move(pool_.back());
        pool_.pop_back();
        pooled_ -= buffer.capacity();
    } else {
        buffer.reserve(kSmallest);
    }
    ++borrowed_;
    return buffer;
}

void Loop::give_back(std::string&& buffer) {
    --borrowed_;
    const std::size_t size = buffer.capacity();
    if (size < kSmallest || size > kLargestPooled || pooled_ + size > kPooled) {
        std::string().swap(buffer);
        return;
    }
    buffer.clear();
    pooled_ += size;
    pool_.push_back(std::move(buffer));
}

// ── watch ───────────────────────────────────────────────────────────────────

/// What is known of a descriptor between two edges: a hint stays until a read or write has found nothing more.
struct Watch::Impl {
    Impl(Loop& loop_in, int fd_in, Trigger trigger) : loop(loop_in), fd(fd_in), level(trigger == Trigger::level) {
        control(EPOLL_CTL_ADD, level ? 0U : EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
    }

    void control(int what, std::uint32_t events) {
        epoll_event wanted{};
        wanted.events = events;
        wanted.data.ptr = this;
        ::epoll_ctl(loop.impl().set.native_handle(), what, fd, &wanted);
    }
    /// Level: asks for what is waited for, once.
    void ask() {
        if (!level || dead || (!on_read && !on_write)) return;
        control(EPOLL_CTL_MOD, EPOLLONESHOT | (on_read ? EPOLLIN : 0U) | (on_write ? EPOLLOUT : 0U));
    }

    void on_events(std::uint32_t events) {
        if (level) {
            const bool broken = (events & (EPOLLHUP | EPOLLERR)) != 0;
            const bool can_write = (events & EPOLLOUT) != 0 || broken;
            if (((events & EPOLLIN) != 0 || broken) && on_read) std::exchange(on_read, {})();
            if (!dead && can_write && on_write) std::exchange(on_write, {})();
            ask();
            return;
        }
        deliver();
    }
    void note(std::uint32_t events) {
        if (level) return;
        if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) ended = true;
        if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable = true;
        if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) writable = true;
    }
    void deliver() {
        queued = false;
        if (readable && on_read) {
            readable = ended;  // after the end there is no further edge
            std::exchange(on_read, {})();
        }
        if (!dead && writable && on_write) {
            writable = false;
            std::exchange(on_write, {})();
        }
    }
    void deliver_soon() {
        if (std::exchange(queued, true)) return;
        loop.defer(callback<&Impl::deliver>(this));
    }

    Loop& loop;
    int fd;
    Callback on_read;
    Callback on_write;
    bool level;
    bool readable = false;
    bool writable = false;
    bool ended = false;
    bool queued = false;
    bool dead = false;
    Impl* next_dead = nullptr;
};

Loop::Impl::Impl(Loop& loop_in) : loop(loop_in), set(context, ::epoll_create1(EPOLL_CLOEXEC)) { await_events(); }

void Loop::Impl::await_events() {
    listening = false;
    set.async_wait(Descriptor::wait_read, [this](const boost::system::error_code& error) {
        if (!error) on_events();
    });
    listening = true;
}

void Loop::Impl::on_events() {
    constexpr int kBatch = 256;
    epoll_event events[kBatch];
    loop.begin_batch();
    in_batch = true;
    listening = false;
    int count = 0;
    do {
        count = ::epoll_wait(set.native_handle(), events, kBatch, 0);
    } while (count < 0 && errno == EINTR);
    ++loop.looks_;
    loop.looked_ = count < kBatch;  // a full batch may not have been all
    // all is known before the first is told: whoever is called may want to know of the others
    for (int i = 0; i < count; ++i) static_cast<Watch::Impl*>(events[i].data.ptr)->note(events[i].events);
    for (int i = 0; i < count; ++i) {
        auto* watch = static_cast<Watch::Impl*>(events[i].data.ptr);
        if (watch->dead) continue;
        try {
            watch->on_events(events[i].events);
        } catch (...) {
            watch->ask();
            watch->loop.fault();
        }
    }
    in_batch = false;
    bury();
    await_events();
}

void Loop::Impl::bury() {
    for (Watch::Impl* watch = std::exchange(dead, nullptr); watch != nullptr;)
        delete std::exchange(watch, watch->next_dead);
}

Watch::Watch(Loop& loop, int fd, Trigger trigger) {
    try {
        impl_ = new Impl(loop, fd, trigger);
    } catch (...) {
        ::close(fd);
        throw;
    }
}
Watch::Watch(Watch&& other) noexcept : impl_(other.impl_) { other.impl_ = nullptr; }
Watch& Watch::operator=(Watch&& other) noexcept {
    if (this != &other) {
        close();
        impl_ = other.impl_;
        other.impl_ = nullptr;
    }
    return *this;
}
Watch::~Watch() { close(); }

int Watch::fd() const { return impl_ == nullptr ? -1 : impl_->fd; }

void Watch::await_readable(Callback callback) {
    impl_->on_read = callback;
    impl_->ask();
    if (impl_->readable) impl_->deliver_soon();
}
void Watch::await_writable(Callback callback) {
    impl_->on_write = callback;
    impl_->ask();
    if (impl_->writable) impl_->deliver_soon();
}
void Watch::cancel() {
    if (impl_ != nullptr) impl_->on_read = impl_->on_write = {};
}
void Watch::cancel_readable() {
    if (impl_ != nullptr) impl_->on_read = {};
}
void Watch::cancel_writable() {
    if (impl_ != nullptr) impl_->on_write = {};
}
bool Watch::awaiting_readable() const { return impl_ != nullptr && static_cast<bool>(impl_->on_read); }
bool Watch::may_be_readable() const { return impl_ != nullptr && impl_->readable; }
void Watch::more_to_read() { impl_->readable = true; }
void Watch::nothing_to_read() { impl_->readable = impl_->ended; }
void Watch::no_room_to_write() { impl_->writable = false; }
void Watch::look_for_room() { impl_->writable = true; }

int Watch::release() {
    if (impl_ == nullptr) return -1;
    Impl* const gone = std::exchange(impl_, nullptr);
    const int fd = gone->fd;
    Loop& loop = gone->loop;
    ::epoll_ctl(loop.impl().set.native_handle(), EPOLL_CTL_DEL, fd, nullptr);
    loop.forget(gone);
    gone->dead = true;
    gone->on_read = gone->on_write = {};
    gone->next_dead = std::exchange(loop.impl().dead, gone);
    if (!loop.impl().in_batch) loop.defer({[](void* impl) { static_cast<Loop::Impl*>(impl)->bury(); }, &loop.impl()});
    return fd;
}

void Watch::close() {
    const int fd = release();
    if (fd >= 0) ::close(fd);
}

}  // namespace gw::net
