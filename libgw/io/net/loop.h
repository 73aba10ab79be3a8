#pragma once
// One thread's event loop: readiness, timers, a mailbox for other threads, and the buffers that connections borrow.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"
#include "libgw/io/net/timer.h"

namespace gw::net {

/// Where a loop reads its clocks. The real one is SystemClock.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const = 0;
    [[nodiscard]] virtual Date date() const = 0;
};

/// CLOCK_MONOTONIC and CLOCK_REALTIME.
class SystemClock final : public Clock {
  public:
    [[nodiscard]] Instant now() const override;
    [[nodiscard]] Date date() const override;
};

/// Work sent to a loop from any thread. Runs on the loop's thread, in the order it was sent.
class Mailbox {
  public:
    using Task = std::function<void()>;
    ~Mailbox();
    /// Safe from any thread, also while the loop is not running; what is left when the loop ends is dropped.
    void send(Task task);

  private:
    friend class Loop;
    struct Impl;
    explicit Mailbox(Impl* impl);
    std::unique_ptr<Impl> impl_;
};

/// Not thread-safe but for mailbox(): everything else belongs to the thread that runs it.
class Loop {
  public:
    Loop();
    explicit Loop(const Clock& clock);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Works until stop(). May be called again afterwards.
    void run();
    /// Ends run() after the current callback. Only from the loop's own thread; from others send it through the mailbox.
    void stop();

    /// The time of this batch of events, read at most once for it.
    [[nodiscard]] Instant now();
    [[nodiscard]] Date date();
    /// After work that took long (a handshake): the next now() reads the clock again.
    void refresh_clock() { clock_fresh_ = false; }

    void arm(Timer& timer, Instant at);
    void arm_after(Timer& timer, Nanoseconds delay) { arm(timer, now() + delay); }

    /// Runs soon on this loop, after the current callback. Own thread only. Does not throw as long as one batch of
    /// events defers no more than a thousand.
    void defer(Callback callback);
    /// Forgets deferred callbacks of this object; owners that may die before their turn call it.
    void forget(const void* self);
    Mailbox& mailbox() { return *mailbox_; }

    /// 64 KiB that every reader on this loop shares: valid until the callback returns or somebody else reads.
    std::span<char> scratch() { return {scratch_.get(), kScratch}; }
    static constexpr std::size_t kScratch = 65536;

    /// The same for TLS, which alone uses it: ciphertext on its way in and out. Made when first asked for.
    std::span<char> cipher_scratch();
    static constexpr std::size_t kCipherScratch = 65536 + 65536 + 4096 + 16384;

    /// An empty string with capacity, for bytes that wait. Give it back when it is no longer needed.
    std::string borrow();
    void give_back(std::string&& buffer);

    /// An exception ended a callback: said by whoever caught it, and by the loop when nobody else did. The loop goes
    /// on.
    void fault();
    /// Who hears of each fault, on this thread.
    void on_fault(Callback told) { told_ = told; }

    /// How many buffers are borrowed now.
    [[nodiscard]] std::size_t borrowed() const { return borrowed_; }
    /// Bytes that are kept for the next to borrow, at most kPooled.
    [[nodiscard]] std::size_t pooled() const { return pooled_; }
    static constexpr std::size_t kPooled = std::size_t{4} << 20;
    /// How often the loop has asked the system which descriptors are ready, and whether it has in this turn: what a
    /// Watch says of bytes that may be there is as new as that.
    [[nodiscard]] std::uint64_t looks() const { return looks_; }
    [[nodiscard]] bool has_looked() const { return looked_; }
    /// Heavy work, the mathematics of a handshake, is rationed, so that what else came in the same batch of events does
    /// not wait behind all of it: true for the first kHeavy who ask in one batch. Whoever hears false defers himself
    /// and asks again.
    [[nodiscard]] bool may_work_hard() {
        if (heavy_ >= kHeavy) return false;
        ++heavy_;
        return true;
    }
    static constexpr std::size_t kHeavy = 8;
    /// How late the loop came to its last batch, for the watchdog: when it went to work, or nothing while it waits.
    [[nodiscard]] std::int64_t busy_since() const;

    /// Asio, for the files of io/net and io/process.
    struct Impl;
    Impl& impl() { return *impl_; }

  private:
    void turn_wheel();
    void run_deferred();
    void set_alarm();
    void turn();
    void begin_batch();

    const Clock& clock_;
    std::unique_ptr<Impl> impl_;
    std::unique_ptr<Mailbox> mailbox_;
    std::unique_ptr<char[]> scratch_;
    std::unique_ptr<char[]> cipher_scratch_;
    std::vector<std::string> pool_;
    std::vector<Callback> deferred_;
    std::vector<Callback> running_;
    TimerWheel wheel_;
    Instant now_;
    Date date_;
    Instant alarm_ = Instant::max();
    Callback told_;
    std::size_t borrowed_ = 0;
    std::size_t pooled_ = 0;
    std::size_t heavy_ = 0;  // in this batch
    std::uint64_t looks_ = 0;
    bool looked_ = false;
    bool clock_fresh_ = false;
    bool date_fresh_ = false;
    bool stopping_ = false;
    bool alarm_lost_ = false;  // Asio had no memory for it: set again with the next batch
};

/// The readiness of one file descriptor, which it owns. Each wait calls back once.
class Watch {
  public:
    enum class Trigger : std::uint8_t {
        level,  ///< every wait looks whether the descriptor is ready: one system call more for each
        edge,   ///< for sockets read and written through socket.h, which tell what they found
    };
    Watch() = default;
    /// Takes the descriptor; it must be non-blocking.
    Watch(Loop& loop, int fd, Trigger trigger = Trigger::level);
    Watch(Watch&& other) noexcept;
    Watch& operator=(Watch&& other) noexcept;
    ~Watch();

    [[nodiscard]] int fd() const;
    explicit operator bool() const { return impl_ != nullptr; }
    /// At most one wait of each kind at a time; a second call replaces the callback.
    void await_readable(Callback callback);
    void await_writable(Callback callback);
    /// No callback comes any more, until the next wait.
    void cancel();
    void cancel_readable();
    void cancel_writable();
    [[nodiscard]] bool awaiting_readable() const;
    /// Trigger::edge: there may be something to read, or the end, as far as the loop has heard.
    [[nodiscard]] bool may_be_readable() const;
    /// Trigger::edge: what whoever reads and writes has found: a read that filled its buffer left more behind; one that
    /// did not, or was refused, has taken all there was; a write that was refused found no room. The next wait goes by
    /// it.
    void more_to_read();
    void nothing_to_read();
    void no_room_to_write();
    /// A write was refused for want of the kernel's memory, of which no edge will tell: the next wait calls back soon.
    void look_for_room();
    /// Closes the descriptor. No callback comes any more.
    void close();
    /// Stops watching and gives the descriptor away.
    int release();

  private:
    friend class Loop;
    friend struct Loop::Impl;
    struct Impl;
    Impl* impl_ = nullptr;
};

}  // namespace gw::net
