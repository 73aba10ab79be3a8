#pragma once
// A client that sends exactly the bytes a test wants sent, well formed or not, and shows what came back.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/base/result.h"
#include "tests/support/socket.h"

namespace gw::test {

/// An answer as the raw client read it. Deliberately not the project's own message: what two ends of one code base
/// agree on proves nothing.
struct RawResponse {
    int status = 0;
    std::string head;  ///< the status line and the header lines as they came, with the empty line
    std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case
    std::string body;                                         ///< chunks joined
    std::vector<std::pair<std::string, std::string>> trailers;

    /// The first value of a field (lower-case name), or "".
    [[nodiscard]] std::string_view field(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
};

/// A blocking connection. Every call gives up after the patience, with Errc::timeout.
class RawClient {
  public:
    static Result<RawClient> connect(std::uint16_t port, std::chrono::milliseconds patience = kPatience);
    static Result<RawClient> connect(const std::string& address, std::uint16_t port,
                                     std::chrono::milliseconds patience = kPatience);
    static Result<RawClient> connect_unix(const std::string& path, std::chrono::milliseconds patience = kPatience);

    void set_patience(std::chrono::milliseconds patience) { patience_ = patience; }
    [[nodiscard]] int descriptor() const { return socket_.get(); }

    Result<void> send(std::string_view bytes);
    /// Sends `bytes` in pieces of `size` bytes, each in a segment of its own (TCP_NODELAY is set).
    Result<void> send_in_pieces(std::string_view bytes, std::size_t size);

    /// Everything up to and with the first `mark`. What follows it stays for the next read.
    Result<std::string> read_until(std::string_view mark);
    Result<std::string> read_exactly(std::size_t length);
    /// Everything until the peer ends its side. A reset is Errc::closed.
    Result<std::string> read_to_end();
    /// One HTTP/1 answer: the body by Content-Length, chunked, or to the end of the stream; none for HEAD (say so),
    /// 1xx, 204, 304.
    Result<RawResponse> read_response(bool to_head_request = false);

    /// True when the peer ended its side (or reset it) within the patience and sent nothing more before.
    bool is_closed_by_peer();
    /// True when nothing arrives for `quiet`, and the peer has not closed.
    bool stays_silent(std::chrono::milliseconds quiet);

    /// Ends our side; the peer may still answer.
    void finish_sending();
    /// Tears the connection down with a reset.
    void reset();
    void close() { socket_.close(); }

  private:
    RawClient(Descriptor socket, std::chrono::milliseconds patience)
        : socket_(std::move(socket)), patience_(patience) {}
    Result<void> fill(Deadline deadline);
    Result<std::string> take_until(std::string_view mark, Deadline deadline);
    Result<std::string> take_exactly(std::size_t length, Deadline deadline);
    Result<std::string> take_to_end(Deadline deadline);

    Descriptor socket_;
    std::chrono::milliseconds patience_;
    std::string pending_;
};

/// Connects, sends `request`, reads one answer. The connection is closed afterwards.
Result<RawResponse> raw_exchange(std::uint16_t port, std::string_view request);

}  // namespace gw::test
