#pragma once
// A server that does what the test wrote down, right or wrong, and remembers every byte that reached it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"
#include "tests/support/socket.h"

namespace gw::test {

/// One thing a scripted connection does. Make them with the functions below.
struct Act {
    enum class Kind : std::uint8_t {
        read_request,
        read_head,
        read_bytes,
        send,
        send_slowly,
        hold,
        half_close,
        close,
        reset
    };
    Kind kind = Kind::close;
    std::string bytes;
    std::size_t count = 0;
};

/// Reads one request: its head, and the body by Content-Length or chunked.
Act read_request();
/// Reads up to the empty line after a head, and nothing of a body.
Act read_head();
/// Reads `count` more bytes.
Act read_bytes(std::size_t count);
/// Sends `bytes` as they are.
Act send_bytes(std::string bytes);
/// Sends `bytes` in segments of `size` bytes each.
Act send_in_pieces(std::string bytes, std::size_t size = 1);
/// Waits, recording what comes, until release() is called or the peer ends the connection.
Act hold();
/// Ends the server's side; goes on reading.
Act half_close();
/// Closes the connection: the end of a script does it too.
Act close_connection();
/// Tears the connection down with a reset.
Act reset_connection();
/// A complete answer with its Content-Length, to a request read before: `answer(200, "ok")`.
Act answer(int status, std::string_view body, std::string_view more_header_lines = {});

/// What one connection does from accept to its end.
using Script = std::vector<Act>;

/// Listens on a free port of 127.0.0.1 (or on a unix socket). The n-th connection follows the n-th script, later ones
/// the last. Each connection has a thread of its own; all end with the server.
class ScriptedUpstream {
  public:
    explicit ScriptedUpstream(std::vector<Script> scripts);
    ScriptedUpstream(std::vector<Script> scripts, const std::string& unix_path);
    ~ScriptedUpstream();
    ScriptedUpstream(const ScriptedUpstream&) = delete;
    ScriptedUpstream& operator=(const ScriptedUpstream&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    /// "http://127.0.0.1:PORT"
    [[nodiscard]] std::string url() const;
    /// How many connections were accepted so far.
    [[nodiscard]] std::size_t connections() const;
    /// Every byte that connection `index` (from 0, in the order of accept) has received so far; "" when there is none.
    [[nodiscard]] std::string seen(std::size_t index = 0) const;
    /// Waits until connection `index` has received `mark`, and returns all it has received.
    Result<std::string> wait_for(std::string_view mark, std::size_t index = 0,
                                 std::chrono::milliseconds patience = kPatience);
    /// Waits until `count` connections were accepted.
    Result<void> wait_for_connections(std::size_t count, std::chrono::milliseconds patience = kPatience);
    /// Waits until the script of connection `index` has come to its end and the connection is closed.
    Result<void> wait_for_end(std::size_t index = 0, std::chrono::milliseconds patience = kPatience);
    /// Lets every connection that holds go on, and those that come to a hold() later too.
    void release();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gw::test
