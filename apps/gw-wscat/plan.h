#pragma once
// What the options ask for, checked.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/gw-wscat/options.h"
#include "libgw/base/clock.h"
#include "libgw/base/pattern.h"
#include "libgw/base/units.h"
#include "libgw/io/net/tls.h"
#include "libgw/wire/http/uri.h"
#include "libgw/wire/websocket/close_code.h"
#include "libgw/wire/websocket/limits.h"

namespace gw::wscat {

/// What we say when we close.
struct Farewell {
    websocket::CloseCode code = websocket::CloseCode::normal;
    std::string reason;
};
/// "1000" or "4001:enough". Errc::usage for a code that may not be sent by this end.
Result<Farewell> parse_farewell(std::string_view text, websocket::Role role);

/// How messages are written and read as text.
enum class Coding : std::uint8_t { text, binary, hex, base64 };
/// The bytes of a message from a line of input. Errc::parse when it is no such text, or text that is not UTF-8.
Result<std::string> decode_line(std::string_view line, Coding coding);

struct Plan {
    http::Url url;                      ///< of a client
    std::vector<std::string> messages;  ///< MESSAGE..., -x
    bool reads_input = false;           ///< standard input holds messages
    std::optional<Nanoseconds> wait;    ///< of -x
    std::vector<std::pair<std::string, std::string>> fields;
    std::vector<std::string> protocols;
    std::optional<std::uint64_t> count;
    std::optional<Pattern> until;
    std::optional<Pattern> expect;
    bool limits_time = false;  ///< --timeout was given
    Nanoseconds timeout = std::chrono::seconds(10);
    std::optional<Nanoseconds> linger;  ///< --linger was given
    Coding coding = Coding::text;
    std::optional<Nanoseconds> ping;
    Farewell farewell;
    std::optional<std::uint32_t> reconnects;  ///< 0: for ever
    std::vector<std::pair<Pattern, std::string>> replies;
    websocket::Limits limits;
    std::size_t frame = 0;  ///< the largest that is sent; 0: each message in one
    double rate = 0;        ///< messages a second; 0: no limit
    Nanoseconds duration = std::chrono::seconds(10);
    std::uint64_t seed = 0;
    net::TlsClientOptions tls;
    net::TlsKeyPair server_key;  ///< of a server; empty: in the clear

    [[nodiscard]] bool waits_for_something() const { return count || until || expect; }
};
/// Errc::usage, naming the option; Errc::config: no credentials; and what files say.
Result<Plan> make_plan(program::World& world, const Options& options);

}  // namespace gw::wscat
