#include "libgw/io/net/loop.h"

#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>

#include "libgw/io/net/reactor.h"

namespace gw::net {
namespace {

namespace asio = boost::asio;

/// After so many callbacks without waiting the clock is read again.
constexpr int kBatch = 64;
constexpr std::size_t kPooled = 256;
constexpr std::size_t kSmallest = 4096;
constexpr std::size_t kLargestPooled = 262144;

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
    explicit Impl(Loop& loop) : watch(loop, ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { listen(); }

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
        for (Task& task : tasks) task();
    }

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
      impl_(std::make_unique<Impl>()),
      scratch_(new char[kScratch]),
      wheel_(clock.now()),
      now_(clock.now()),
      date_(clock.date()) {
    mailbox_.reset(new Mailbox(new Mailbox::Impl(*this)));
}

Loop::~Loop() {
    mailbox_.reset();
    // handlers of closed descriptors come back cancelled and free what they hold
    impl_->context.restart();
    impl_->context.poll();
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
    impl_->alarm.expires_after(delay);
    impl_->alarm.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        alarm_ = Instant::max();
        clock_fresh_ = false;
        turn_wheel();
    });
}

void Loop::turn_wheel() {
    wheel_.advance(now());
    set_alarm();
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

void Loop::run() {
    stopping_ = false;
    impl_->context.restart();
    auto work = asio::make_work_guard(impl_->context);
    set_alarm();
    while (!stopping_) {
        if (deferred_.empty()) {
            clock_fresh_ = false;
            impl_->busy_since.store(0, std::memory_order_relaxed);
            impl_->context.run_one();
        }
        impl_->busy_since.store(now().time_since_epoch().count(), std::memory_order_relaxed);
        for (int count = 0; !stopping_; ++count) {
            if (!deferred_.empty()) {
                running_.swap(deferred_);
                for (std::size_t i = 0; i < running_.size(); ++i)
                    if (running_[i]) running_[i]();
                running_.clear();
            }
            if (count >= kBatch || impl_->context.poll_one() == 0) break;
        }
    }
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
    } else {
        buffer.reserve(kSmallest);
    }
    ++borrowed_;
    return buffer;
}

void Loop::give_back(std::string&& buffer) {
    --borrowed_;
    if (pool_.size() >= kPooled || buffer.capacity() > kLargestPooled || buffer.capacity() < kSmallest) {
        std::string().swap(buffer);
        return;
    }
    buffer.clear();
    pool_.push_back(std::move(buffer));
}

// ── watch ───────────────────────────────────────────────────────────────────

namespace {

/// Memory for one pending wait, so that waiting allocates nothing.
class Slot {
  public:
    void* take(std::size_t size) {
        if (!used_ && size <= sizeof bytes_) {
            used_ = true;
            return bytes_;
        }
        return ::operator new(size);
    }
    void give(void* pointer) {
        if (pointer == bytes_)
            used_ = false;
        else
            ::operator delete(pointer);
    }

  private:
    alignas(std::max_align_t) unsigned char bytes_[128];
    bool used_ = false;
};

template <class T>
struct SlotAllocator {
    using value_type = T;
    Slot* slot;
    explicit SlotAllocator(Slot* slot_in) : slot(slot_in) {}
    template <class U>
    SlotAllocator(const SlotAllocator<U>& other) : slot(other.slot) {}
    T* allocate(std::size_t n) { return static_cast<T*>(slot->take(n * sizeof(T))); }
    void deallocate(T* pointer, std::size_t) { slot->give(pointer); }
    template <class U>
    bool operator==(const SlotAllocator<U>& other) const { return slot == other.slot; }
};

}  // namespace

struct Watch::Impl {
    using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

    Impl(Loop& loop, int fd) : descriptor(loop.impl().context, fd) {}

    struct Wait {
        Impl* impl;
        bool write;
        using allocator_type = SlotAllocator<void>;
        [[nodiscard]] allocator_type get_allocator() const { return allocator_type(write ? &impl->write_slot : &impl->read_slot); }
        void operator()(const boost::system::error_code& error) const { impl->done(write, error); }
    };

    void start(bool write) {
        bool& pending = write ? write_pending : read_pending;
        pending = true;
        ++waits;
        descriptor.async_wait(write ? Descriptor::wait_write : Descriptor::wait_read, Wait{this, write});
    }
    void done(bool write, const boost::system::error_code& error) {
        (write ? write_pending : read_pending) = false;
        --waits;
        if (dead) {
            if (waits == 0) delete this;
            return;
        }
        Callback& wanted = write ? on_write : on_read;
        if (!wanted) return;
        if (error == asio::error::operation_aborted) {  // cancelled and wanted again meanwhile
            start(write);
            return;
        }
        const Callback call = wanted;
        wanted = {};
        call();
    }
    void abandon() {
        dead = true;
        on_read = on_write = {};
        boost::system::error_code ignored;
        if (descriptor.is_open()) descriptor.close(ignored);
        if (waits == 0) delete this;
    }

    Descriptor descriptor;
    Callback on_read;
    Callback on_write;
    Slot read_slot;
    Slot write_slot;
    std::uint8_t waits = 0;
    bool read_pending = false;
    bool write_pending = false;
    bool dead = false;
};

Watch::Watch(Loop& loop, int fd) : impl_(new Impl(loop, fd)) {}
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

int Watch::fd() const { return impl_ == nullptr ? -1 : impl_->descriptor.native_handle(); }

void Watch::await_readable(Callback callback) {
    impl_->on_read = callback;
    if (!impl_->read_pending) impl_->start(false);
}
void Watch::await_writable(Callback callback) {
    impl_->on_write = callback;
    if (!impl_->write_pending) impl_->start(true);
}
void Watch::cancel() {
    if (impl_ == nullptr) return;
    impl_->on_read = impl_->on_write = {};
}
void Watch::cancel_readable() {
    if (impl_ != nullptr) impl_->on_read = {};
}
void Watch::cancel_writable() {
    if (impl_ != nullptr) impl_->on_write = {};
}
bool Watch::awaiting_readable() const { return impl_ != nullptr && static_cast<bool>(impl_->on_read); }

void Watch::close() {
    if (impl_ == nullptr) return;
    impl_->abandon();
    impl_ = nullptr;
}

int Watch::release() {
    if (impl_ == nullptr) return -1;
    const int fd = impl_->descriptor.release();
    impl_->abandon();
    impl_ = nullptr;
    return fd;
}

}  // namespace gw::net
