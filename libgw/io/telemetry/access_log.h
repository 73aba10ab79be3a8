#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "libgw/base/log.h"
#include "libgw/base/result.h"
#include "libgw/wire/log/format.h"

namespace gw::telemetry {

/// What became of the lines.
struct AccessLogCounts {
    std::uint64_t written = 0;
    std::uint64_t dropped = 0;  ///< a worker's buffer was full: the destination is slower than the traffic
    std::uint64_t failed = 0;   ///< the operating system refused them: no space, no reader
};

/// Carries access-log lines from the workers to a file, a pipe or a terminal. A worker formats a line into its own
/// bounded ring and goes on, whatever the destination does; one thread of the log's own empties the rings and writes. A
/// line is written whole or not at all, those of one worker in their order. The thread sleeps while there is nothing to
/// write, is woken by the first line, and afterwards looks ten times a second or when a ring is half full.
class AccessLog {
  public:
    struct Options {
        std::string file{};                ///< appended to, made with mode 0640; empty: `descriptor`
        int descriptor = 1;                ///< is not closed, and its flags are left alone
        std::size_t workers = 1;           ///< threads that write, numbered from 0
        std::size_t capacity = 1U << 20U;  ///< of each worker's ring, in bytes; raised to a power of two and 32 KiB
        std::size_t report_seconds = 60;   ///< losses are told to `events` at most this often
    };

    /// Opens the file (Errc::io when that fails) and starts the thread. `events` must outlive the AccessLog.
    static Result<std::unique_ptr<AccessLog>> open(const Options& options, Log& events);
    /// Stops.
    ~AccessLog();
    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;

    /// Takes one line. Never blocks. Requires: worker < Options::workers, and each worker is one thread.
    void write(std::size_t worker, const log::Format& format, const log::Record& record);

    /// Opens the file by its name again, after it was renamed (log rotation). When that fails the old one stays. Any
    /// thread.
    void reopen();

    /// Writes what is left, waiting at most a second for a pipe that takes nothing, and ends the thread. Lines that
    /// come later are dropped. Calling it again does nothing. The owner's thread.
    void stop();

    /// Any thread.
    [[nodiscard]] AccessLogCounts counts() const;

  private:
    struct State;
    explicit AccessLog(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace gw::telemetry
