#pragma once
// A program under test: started, fed, watched, signalled, and gone with the test.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/base/result.h"
#include "tests/support/socket.h"

namespace gw::test {

/// What to start, and in which surroundings.
struct Command {
    std::vector<std::string> arguments;  ///< the program first; looked for in PATH unless it holds a '/'
    std::vector<std::pair<std::string, std::string>> environment;  ///< set on top of ours
    std::vector<std::string> without;                              ///< names taken out of ours
    std::string directory;                                         ///< where to run; "" = here
    std::optional<std::string> input;  ///< all of standard input; none: it stays open for send_input()
};

/// How a program ended: by itself with `code`, or by `signal` (then `code` is 128 + signal, as a shell says it).
struct Ending {
    int code = 0;
    int signal = 0;
    std::chrono::nanoseconds cpu{};  ///< user and system time of all its threads
    std::size_t peak_rss_bytes = 0;
    std::string output;  ///< standard output to its end
    std::string errors;  ///< standard error to its end
};

/// What the kernel says about a running program.
struct Usage {
    std::chrono::nanoseconds cpu{};  ///< all threads
    std::size_t rss_bytes = 0;
    std::size_t descriptors = 0;
    std::size_t threads = 0;
};

/// A running child in a process group of its own. Both outputs are read all the time, so that it never blocks on them.
/// The destructor kills the group and waits. Start it on a thread that outlives it: the child dies with that thread, so
/// that a test that is killed leaves nobody behind.
class Process {
  public:
    static Result<Process> start(const Command& command);
    Process(Process&&) noexcept;
    Process& operator=(Process&&) noexcept;
    ~Process();

    [[nodiscard]] int id() const;
    [[nodiscard]] bool is_running() const;

    /// What it has written so far.
    [[nodiscard]] std::string output() const;
    [[nodiscard]] std::string errors() const;
    /// Waits until standard output (or standard error) holds `mark`, and returns all of it up to and with the end of
    /// that line. Errc::timeout, or Errc::closed when the stream ended without it; both tell what was written instead.
    Result<std::string> wait_for_output(std::string_view mark, std::chrono::milliseconds patience = kPatience);
    Result<std::string> wait_for_errors(std::string_view mark, std::chrono::milliseconds patience = kPatience);

    Result<void> send_input(std::string_view bytes);
    void close_input();

    /// Sends `number` to the program alone. Errc::closed when it has ended.
    Result<void> signal(int number);
    /// Waits until it has ended and its outputs are read. Errc::timeout leaves it running.
    Result<Ending> wait(std::chrono::milliseconds patience = kPatience);
    /// CPU, memory, descriptors and threads now. Errc::closed when it has ended.
    [[nodiscard]] Result<Usage> usage() const;

  private:
    struct State;
    explicit Process(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Starts, waits for the end, and returns it.
Result<Ending> run(const Command& command, std::chrono::milliseconds patience = 6 * kPatience);

}  // namespace gw::test
