// Preloaded into a gw-serve under test: memory that is not there, system calls that do less than was asked for, clocks
// that jump. What it shall do stands on the board; without one it changes nothing.

#include <array>
#include <cerrno>
#include <cstdlib>
#include <new>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/board.h"

namespace {

using gw::test::Board;

Board* map_board() {
    static Board none;
    const char* path = std::getenv(gw::test::kBoardVariable);
    if (path == nullptr) return &none;
    const int fd = ::open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return &none;
    void* page = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    return page == MAP_FAILED ? &none : static_cast<Board*>(page);
}

Board& board() {
    static Board* const mapped = map_board();
    return *mapped;
}

template <class F>
F next(const char* name) {
    return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

thread_local bool serving = false;
thread_local std::uint32_t calls = 0;

void note_socket_use() {
    static const pid_t first = ::getpid();
    if (!serving && static_cast<pid_t>(::syscall(SYS_gettid)) != first) serving = true;
}

bool is_turn(const std::atomic<std::uint32_t>& every) {
    const std::uint32_t n = every.load(std::memory_order_relaxed);
    return n > 0 && ++calls % n == 0;
}

bool is_interrupted() {
    if (!is_turn(board().interrupt_every)) return false;
    errno = EINTR;
    return true;
}

void* allocate(std::size_t size) {
    if (serving) {
        Board& shared = board();
        shared.news.fetch_add(1, std::memory_order_relaxed);
        shared.new_bytes.fetch_add(size, std::memory_order_relaxed);
        if (shared.fail_new_in.load(std::memory_order_relaxed) > 0 && shared.fail_new_in.fetch_sub(1) == 1) {
            shared.failed_news.fetch_add(1);
            return nullptr;
        }
    }
    return std::malloc(size == 0 ? 1 : size);
}

/// How each descriptor is registered: the kernel promises an edge when a read or write took less than there was, and
/// one that was cut short here has to make it.
struct Registered {
    std::atomic<int> set{-1};
    epoll_event event{};
};
std::array<Registered, 65536> registered;

void make_edge(int fd) {
    static const auto real = next<int (*)(int, int, int, epoll_event*)>("epoll_ctl");
    if (fd < 0 || static_cast<std::size_t>(fd) >= registered.size()) return;
    Registered& at = registered[static_cast<std::size_t>(fd)];
    const int set = at.set.load();
    if (set < 0 || (at.event.events & EPOLLET) == 0) return;
    epoll_event event = at.event;
    real(set, EPOLL_CTL_MOD, fd, &event);
}

void maybe_hang() {
    if (!serving) return;
    const std::uint32_t milliseconds = board().hang_for.exchange(0);
    if (milliseconds == 0) return;
    board().hangs.fetch_add(1);
    timespec left{static_cast<time_t>(milliseconds / 1000), static_cast<long>(milliseconds % 1000) * 1'000'000};
    while (::nanosleep(&left, &left) != 0) {
    }
}

/// The alarm of this thread, as it was set: when time jumps it has to ring sooner.
struct Alarm {
    int fd = -1;
    std::int64_t left = 0;  // nanoseconds, when it was set
    std::int64_t set_at = 0;
    std::int64_t shift = 0;  // of the time, when it was set
    std::int64_t moved = 0;  // the one it was last moved for
};
thread_local Alarm alarm_of_thread;

std::int64_t real_time() {
    timespec at{};
    ::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &at);
    return std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
}

void move_alarm() {
    static const auto real = next<int (*)(int, int, const itimerspec*, itimerspec*)>("timerfd_settime");
    Alarm& alarm = alarm_of_thread;
    const std::int64_t shift = board().time_shift.load(std::memory_order_relaxed);
    if (alarm.fd < 0 || shift == alarm.moved) return;
    const std::int64_t left = alarm.left - (real_time() - alarm.set_at) - (shift - alarm.shift);
    alarm.moved = shift;
    itimerspec sooner{};
    sooner.it_value.tv_sec = left > 0 ? left / 1'000'000'000 : 0;
    sooner.it_value.tv_nsec = left > 0 ? left % 1'000'000'000 : 1;
    real(alarm.fd, 0, &sooner, nullptr);
}

ssize_t send_parts(int fd, const msghdr* message, int flags) {
    static const auto real = next<ssize_t (*)(int, const msghdr*, int)>("sendmsg");
    return real(fd, message, flags);
}

}  // namespace

void* operator new(std::size_t size) {
    if (void* memory = allocate(size)) return memory;
    throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return ::operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

extern "C" {

ssize_t recv(int fd, void* into, size_t size, int flags) {
    static const auto real = next<ssize_t (*)(int, void*, size_t, int)>("recv");
    note_socket_use();
    board().reads.fetch_add(1, std::memory_order_relaxed);
    maybe_hang();
    if (is_interrupted()) return -1;
    if (board().one_byte_reads.load(std::memory_order_relaxed) == 0 || size <= 1) return real(fd, into, size, flags);
    const ssize_t got = real(fd, into, 1, flags);
    const int number = errno;
    if (got == 1 && (flags & MSG_PEEK) == 0) make_edge(fd);
    errno = number;
    return got;
}

ssize_t __recv_chk(int fd, void* into, size_t size, size_t, int flags) { return recv(fd, into, size, flags); }

ssize_t send(int fd, const void* from, size_t size, int flags) {
    static const auto real = next<ssize_t (*)(int, const void*, size_t, int)>("send");
    if (is_interrupted()) return -1;
    if (board().one_byte_writes.load(std::memory_order_relaxed) != 0 && size > 1) {
        size = 1;
        make_edge(fd);
    }
    if (serving && is_turn(board().no_buffers_every)) {
        errno = ENOBUFS;
        return -1;
    }
    return real(fd, from, size, flags);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    if (is_interrupted()) return -1;
    if (serving && is_turn(board().no_buffers_every)) {
        errno = ENOBUFS;
        return -1;
    }
    if (board().one_byte_writes.load(std::memory_order_relaxed) == 0) return send_parts(fd, message, flags);
    for (size_t i = 0; i < message->msg_iovlen; ++i)
        if (message->msg_iov[i].iov_len > 0) {
            iovec byte{message->msg_iov[i].iov_base, 1};
            make_edge(fd);
            msghdr less = *message;
            less.msg_iov = &byte;
            less.msg_iovlen = 1;
            return send_parts(fd, &less, flags);
        }
    return send_parts(fd, message, flags);
}

int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
    static const auto real = next<int (*)(int, sockaddr*, socklen_t*, int)>("accept4");
    board().accepts.fetch_add(1, std::memory_order_relaxed);
    if (is_interrupted()) return -1;
    if (const std::uint32_t number = board().refuse_accepts.load(std::memory_order_relaxed); number != 0) {
        errno = static_cast<int>(number);
        return -1;
    }
    return real(fd, address, size, flags);
}

int socket(int domain, int type, int protocol) noexcept {
    static const auto real = next<int (*)(int, int, int)>("socket");
    const std::uint32_t number = board().refuse_sockets.load(std::memory_order_relaxed);
    if (number != 0 && domain != AF_UNIX) {
        errno = static_cast<int>(number);
        return -1;
    }
    return real(domain, type, protocol);
}

int epoll_ctl(int set, int what, int fd, epoll_event* event) noexcept {
    static const auto real = next<int (*)(int, int, int, epoll_event*)>("epoll_ctl");
    if (fd >= 0 && static_cast<std::size_t>(fd) < registered.size()) {
        Registered& at = registered[static_cast<std::size_t>(fd)];
        if (what != EPOLL_CTL_DEL) at.event = *event;
        at.set = what == EPOLL_CTL_DEL ? -1 : set;
    }
    return real(set, what, fd, event);
}

int epoll_wait(int fd, epoll_event* events, int most, int milliseconds) {
    static const auto real = next<int (*)(int, epoll_event*, int, int)>("epoll_wait");
    board().waits.fetch_add(1, std::memory_order_relaxed);
    move_alarm();
    if (is_interrupted()) return -1;
    return real(fd, events, most, milliseconds);
}

int timerfd_settime(int fd, int flags, const itimerspec* wanted, itimerspec* old) noexcept {
    static const auto real = next<int (*)(int, int, const itimerspec*, itimerspec*)>("timerfd_settime");
    if (flags == 0) {
        const std::int64_t shift = board().time_shift.load(std::memory_order_relaxed);
        alarm_of_thread = {fd, std::int64_t{wanted->it_value.tv_sec} * 1'000'000'000 + wanted->it_value.tv_nsec,
                           real_time(), shift, shift};
    }
    return real(fd, flags, wanted, old);
}

int clock_gettime(clockid_t clock, timespec* at) noexcept {
    static const auto real = next<int (*)(clockid_t, timespec*)>("clock_gettime");
    const int result = real(clock, at);
    const std::int64_t shift = clock == CLOCK_REALTIME    ? board().date_shift.load(std::memory_order_relaxed)
                               : clock == CLOCK_MONOTONIC ? board().time_shift.load(std::memory_order_relaxed)
                                                          : 0;
    if (result == 0 && shift != 0) {
        const std::int64_t nanoseconds = at->tv_nsec + shift % 1'000'000'000;
        at->tv_sec += shift / 1'000'000'000;
        at->tv_nsec = nanoseconds;
        if (at->tv_nsec < 0) {
            at->tv_nsec += 1'000'000'000;
            --at->tv_sec;
        } else if (at->tv_nsec >= 1'000'000'000) {
            at->tv_nsec -= 1'000'000'000;
            ++at->tv_sec;
        }
    }
    return result;
}

}  // extern "C"
