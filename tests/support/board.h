#pragma once
// What a test and the library preloaded into its gw-serve share: a page of atomic words in a file that both map.

#include <atomic>
#include <cstdint>

namespace gw::test {

/// The name of the environment variable that holds the path of the board's file.
inline constexpr const char* kBoardVariable = "GW_TEST_BOARD";

/// Wishes of the test, and counts for it. "Serving threads" are those other than the first that have read from a socket
/// of a client or target: the workers. All zeros: nothing is changed.
struct Board {
    // ── wishes ──
    std::atomic<std::int64_t> fail_new_in;  ///< n > 0: the n-th operator new of serving threads from now fails, once
    std::atomic<std::uint32_t> one_byte_reads;  ///< 1: each recv() gives one byte
    std::atomic<std::uint32_t> one_byte_writes;
    std::atomic<std::uint32_t> interrupt_every;   ///< n > 0: every n-th call on a socket is EINTR first
    std::atomic<std::uint32_t> no_buffers_every;  ///< n > 0: every n-th send is ENOBUFS, when the socket is a worker's
    std::atomic<std::uint32_t> refuse_accepts;    ///< an errno that accept4() fails with; 0: it does not
    std::atomic<std::uint32_t> refuse_sockets;    ///< the same for socket()
    std::atomic<std::int64_t> date_shift;         ///< nanoseconds that CLOCK_REALTIME is off
    /// Nanoseconds that CLOCK_MONOTONIC is ahead, only ever more. A thread that waits notices with its next event.
    std::atomic<std::int64_t> time_shift;
    std::atomic<std::uint32_t> hang_for;  ///< milliseconds that the next recv() of a serving thread hangs, once
    // ── counts ──
    std::atomic<std::uint64_t> news;       ///< operator new of serving threads
    std::atomic<std::uint64_t> new_bytes;  ///< and what it gave, in bytes
    std::atomic<std::uint64_t> failed_news;
    std::atomic<std::uint64_t> accepts;
    std::atomic<std::uint64_t> waits;  ///< epoll_wait() of all threads
    std::atomic<std::uint64_t> reads;  ///< recv() of all threads
    std::atomic<std::uint64_t> hangs;
};

}  // namespace gw::test
