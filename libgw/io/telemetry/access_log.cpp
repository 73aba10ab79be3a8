#include "libgw/io/telemetry/access_log.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libgw/io/telemetry/ring.h"

namespace gw::telemetry {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kGather{100};
constexpr std::chrono::seconds kLastWait{1};
/// A pipe of which poll() says that it can be written takes this much without blocking (PIPE_BUF, pipe(7)).
constexpr std::size_t kPipePart = 4096;
constexpr std::size_t kFilePart = 1U << 20U;
constexpr std::size_t kLeastCapacity = 32U << 10U;

/// Owns a file descriptor, or borrows one.
class Descriptor {
  public:
    Descriptor() = default;
    Descriptor(int number, bool owned) : number_(number), owned_(owned) {}
    Descriptor(Descriptor&& other) noexcept { *this = std::move(other); }
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        std::swap(owned_, other.owned_);
        return *this;
    }
    ~Descriptor() {
        if (owned_ && number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int get() const { return number_; }

  private:
    int number_ = -1;
    bool owned_ = false;
};

Result<Descriptor> open_file(const std::string& file) {
    // O_NONBLOCK: a FIFO without a reader is an error and not a wait
    const int number = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
    if (number < 0) return from_errno(Errc::io, "access log " + file, errno);
    return Descriptor(number, true);
}

bool is_regular(int descriptor) {
    struct stat status{};
    return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

struct Worker {
    explicit Worker(std::size_t capacity) : ring(capacity) { line.reserve(log::kMaxLine); }
    Ring ring;
    std::string line;
    bool urged = false;  ///< the bell was rung because the ring is half full
    std::atomic<std::uint64_t> dropped{0};
};

std::uint64_t lines_in(std::string_view bytes) { return static_cast<std::uint64_t>(std::ranges::count(bytes, '\n')); }

}  // namespace

struct AccessLog::State {
    State(const Options& given, Log& log) : options(given), events(log) {
        options.capacity = std::bit_ceil(std::max(options.capacity, kLeastCapacity));
        for (std::size_t i = 0; i < options.workers; ++i) {
            workers.push_back(std::make_unique<Worker>(options.capacity));
        }
    }

    void wake() const;
    void wait(std::chrono::milliseconds longest) const;
    void run();
    bool drain_all();
    void drain(Ring& ring);
    std::size_t send(std::string_view bytes);
    void report(bool last);
    void open_again();
    [[nodiscard]] std::uint64_t lost() const;

    Options options;
    Log& events;
    std::vector<std::unique_ptr<Worker>> workers;
    Descriptor bell;  ///< an eventfd
    std::thread thread;
    std::atomic<bool> sleeping{false};
    std::atomic<bool> stopping{false};
    std::atomic<bool> reopening{false};
    std::atomic<std::uint64_t> written{0};
    std::atomic<std::uint64_t> failed{0};

    // what only the thread touches
    Descriptor out;
    bool regular = false;
    bool within_line = false;  ///< the last byte written was not the end of a line
    bool broken = false;       ///< and that line will not be finished
    int last_error = 0;
    std::uint64_t reported = 0;
    Clock::time_point next_report = Clock::time_point::min();
    Clock::time_point give_up = Clock::time_point::max();
};

void AccessLog::State::wake() const {
    const std::uint64_t one = 1;
    // fails only when the counter is full, and then the thread has been woken already
    [[maybe_unused]] const auto size = ::write(bell.get(), &one, sizeof one);
}

/// Until the bell rings; a negative duration is for ever.
void AccessLog::State::wait(std::chrono::milliseconds longest) const {
    pollfd ringing{bell.get(), POLLIN, 0};
    if (::poll(&ringing, 1, static_cast<int>(longest.count())) > 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] const auto size = ::read(bell.get(), &count, sizeof count);
    }
}

void AccessLog::State::run() {
    for (;;) {
        const bool last = stopping.load();
        if (reopening.exchange(false)) open_again();
        const bool any = drain_all();
        report(last);
        if (last) return;
        if (any) {
            wait(kGather);
            continue;
        }
        // a worker stores its line and then looks at `sleeping`; this thread does it the other way round: one of them
        // sees
        sleeping.store(true);
        const bool nothing = !stopping.load() && !reopening.load() &&
                             std::ranges::all_of(workers, [](const auto& worker) { return worker->ring.size() == 0; });
        if (nothing) wait(lost() > reported ? std::chrono::milliseconds(1000) : std::chrono::milliseconds(-1));
        sleeping.store(false);
    }
}

bool AccessLog::State::drain_all() {
    bool any = false;
    for (const auto& worker : workers) {
        if (worker->ring.size() == 0) continue;
        any = true;
        drain(worker->ring);
    }
    return any;
}

/// Writes what is there now, which ends with a line, and no more: no worker waits for another's traffic to end.
void AccessLog::State::drain(Ring& ring) {
    for (std::size_t left = ring.size(); left > 0;) {
        const auto [first, second] = ring.peek();
        if (broken && send("\n") == 1) broken = false;
        const std::size_t size = broken ? 0 : send(first.substr(0, left));
        if (size == 0) {
            broken = within_line;
            failed.fetch_add(
                lines_in(first.substr(0, left)) + lines_in(second.substr(0, left - std::min(left, first.size()))),
                std::memory_order_relaxed);
            ring.take(left);
            return;
        }
        within_line = first[size - 1] != '\n';
        written.fetch_add(lines_in(first.substr(0, size)), std::memory_order_relaxed);
        ring.take(size);
        left -= size;
    }
}

/// Writes some of the bytes and says how many; 0 when that cannot be done, for the reason in last_error.
std::size_t AccessLog::State::send(std::string_view bytes) {
    for (;;) {
        if (!regular) {
            // a reader that takes nothing must not hold up stop(), and a borrowed descriptor keeps its flags: ask first
            pollfd writable{out.get(), POLLOUT, 0};
            const int ready = ::poll(&writable, 1, static_cast<int>(kGather.count()));
            if (ready <= 0) {
                if (stopping.load() && give_up == Clock::time_point::max()) give_up = Clock::now() + kLastWait;
                if (Clock::now() > give_up) {
                    last_error = ETIMEDOUT;
                    return 0;
                }
                report(false);
                continue;
            }
        }
        const auto size = ::write(out.get(), bytes.data(), std::min(bytes.size(), regular ? kFilePart : kPipePart));
        if (size > 0) return static_cast<std::size_t>(size);
        if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        last_error = size == 0 ? EIO : errno;
        return 0;
    }
}

std::uint64_t AccessLog::State::lost() const {
    std::uint64_t lines = failed.load(std::memory_order_relaxed);
    for (const auto& worker : workers) lines += worker->dropped.load(std::memory_order_relaxed);
    return lines;
}

void AccessLog::State::report(bool last) {
    const std::uint64_t lines = lost();
    if (lines == reported) return;
    const auto now = Clock::now();
    if (now < next_report && !last) return;
    const std::string why = last_error == 0 ? "the destination is slower than the traffic"
                                            : from_errno(Errc::io, "writing", last_error).message;
    events.warn(fmt::format("access log: {} lines lost: {}", lines - reported, why));
    reported = lines;
    last_error = 0;
    next_report = now + std::chrono::seconds(options.report_seconds);
}

void AccessLog::State::open_again() {
    if (options.file.empty()) return;
    auto opened = open_file(options.file);
    if (!opened) return events.error(opened.error().message + "; the old file stays open");
    out = *std::move(opened);
    regular = is_regular(out.get());
    within_line = false;
    broken = false;
}

AccessLog::AccessLog(std::unique_ptr<State> state) : state_(std::move(state)) {}

AccessLog::~AccessLog() { stop(); }

Result<std::unique_ptr<AccessLog>> AccessLog::open(const Options& options, Log& events) {
    auto state = std::make_unique<State>(options, events);
    if (options.file.empty()) {
        state->out = Descriptor(options.descriptor, false);
    } else {
        state->out = TRY(open_file(options.file));
    }
    state->regular = is_regular(state->out.get());
    state->bell = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), true);
    if (state->bell.get() < 0) return from_errno(Errc::io, "access log: eventfd", errno);

    // the thread takes no signals: not those that others wait for, nor SIGPIPE of a reader that went away
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    State* const shared = state.get();
    int error = 0;
    try {
        state->thread = std::thread([shared] { shared->run(); });
    } catch (const std::system_error& failure) {
        error = failure.code().value();
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (error != 0) return from_errno(Errc::io, "access log: thread", error);
    return std::unique_ptr<AccessLog>(new AccessLog(std::move(state)));
}

void AccessLog::write(std::size_t worker, const log::Format& format, const log::Record& record) {
    State& state = *state_;
    Worker& own = *state.workers[worker];
    own.line.clear();
    format.append(own.line, record);
    if (state.stopping.load(std::memory_order_relaxed) || !own.ring.push(own.line)) {
        own.dropped.store(own.dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        return;
    }
    if (state.sleeping.load() && state.sleeping.exchange(false)) return state.wake();
    const bool half = own.ring.size() >= own.ring.capacity() / 2;
    if (half && !own.urged) state.wake();
    own.urged = half;
}

void AccessLog::reopen() {
    state_->reopening.store(true);
    state_->wake();
}

void AccessLog::stop() {
    state_->stopping.store(true);
    state_->wake();
    if (state_->thread.joinable()) state_->thread.join();
}

AccessLogCounts AccessLog::counts() const {
    AccessLogCounts counts;
    counts.written = state_->written.load(std::memory_order_relaxed);
    counts.failed = state_->failed.load(std::memory_order_relaxed);
    counts.dropped = state_->lost() - counts.failed;
    return counts;
}

}  // namespace gw::telemetry
