#pragma once
// permessage-deflate (RFC 7692): what two ends agree on, and the memory that it takes.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/message_deflate.h"
#include "libgw/base/result.h"
#include "libgw/wire/http/fields.h"
#include "libgw/wire/websocket/role.h"

namespace gw::websocket {

/// What was agreed on (§7.1). A side with `no_context_takeover` forgets its window with each message.
struct DeflateParameters {
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    std::uint8_t server_max_window_bits = 15;  ///< of what the server sends; 8 to 15
    std::uint8_t client_max_window_bits = 15;
    friend bool operator==(const DeflateParameters&, const DeflateParameters&) = default;

    /// Of what this end sends.
    [[nodiscard]] std::uint8_t sending_bits(Role role) const {
        return role == Role::server ? server_max_window_bits : client_max_window_bits;
    }
    [[nodiscard]] bool sending_forgets(Role role) const {
        return role == Role::server ? server_no_context_takeover : client_no_context_takeover;
    }
    [[nodiscard]] bool receiving_forgets(Role role) const {
        return sending_forgets(role == Role::server ? Role::client : Role::server);
    }
};

/// What a client offers. Windows without a value are left to the server.
struct DeflateOffer {
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    std::optional<std::uint8_t> server_max_window_bits = {};
    bool client_max_window_bits = false;  ///< said, with or without a value: the server may limit the client's window
    std::optional<std::uint8_t> client_max_window_bits_value = {};

    /// "permessage-deflate; client_max_window_bits"
    [[nodiscard]] std::string text() const;
};

/// How much a server is ready to hold for a connection.
struct DeflatePolicy {
    bool no_context_takeover = true;    ///< both directions: no memory but while a message is under way
    std::uint8_t max_window_bits = 12;  ///< both directions, the client's where it lets the server say so
};

/// A server's choice: the first offer that it can keep, and the value of its Sec-WebSocket-Extensions.
struct DeflateAnswer {
    DeflateParameters parameters;
    std::string text;
};
/// Nothing when no offer is one of permessage-deflate, or none that a server may accept (§5.1, §7: an unknown
/// parameter, one that comes twice, a value that is none). Errc::parse when a field breaks the grammar of RFC 6455
/// §9.1.
Result<std::optional<DeflateAnswer>> accept_deflate(const http::Fields& request, const DeflatePolicy& policy);

/// A client's reading of the answer to its offer: nothing when the server declined. Errc::parse when the answer is not
/// one to that offer, or has an extension that was not offered (RFC 6455 §4.1, RFC 7692 §5.1).
Result<std::optional<DeflateParameters>> read_deflate_answer(const http::Fields& answer,
                                                             const std::optional<DeflateOffer>& offer);

/// The compressors of one thread, for connections that keep no context: lent for one message. A connection that keeps
/// its context has its own.
class DeflatePool {
  public:
    /// One that remembers nothing.
    std::unique_ptr<MessageInflate> take_inflate();
    void give_back(std::unique_ptr<MessageInflate> inflate);
    /// Of the whole thread: for messages that are compressed in one piece. Remembers nothing. Requires: bits > 8.
    MessageDeflate& deflate(int bits);
    /// For compressed bytes on their way.
    std::string& scratch() { return scratch_; }
    /// How many take_inflate() keeps ready.
    [[nodiscard]] std::size_t idle() const { return idle_.size(); }

    /// zlib's memLevel for a window of so many bits: the hash table as large as the window.
    static int memory_of(int bits) { return bits - 7; }

  private:
    static constexpr std::size_t kIdle = 16;
    std::vector<std::unique_ptr<MessageInflate>> idle_;
    std::vector<std::unique_ptr<MessageDeflate>> deflates_;  // one for each size of window
    std::string scratch_;
};

}  // namespace gw::websocket
