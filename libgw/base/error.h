#pragma once
// What stood in our way. A refusal (policy/verdict.h) is an answer and not an error.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gw {

/// What kind of thing went wrong. Programs branch on this and never on a message.
enum class Errc : std::uint8_t {
    usage,      ///< the command line does not make sense
    config,     ///< a configuration that cannot be enforced as written
    parse,      ///< bytes that are not what they claim to be
    limit,      ///< well formed, but larger than allowed
    not_found,  ///< a file, name or key that is not there
    io,         ///< the operating system refused
    resolve,    ///< a name that has no address
    connect,    ///< nobody answers at the address
    tls,        ///< a handshake or a certificate that failed
    timeout,    ///< it took too long
    closed,     ///< the peer went away
    busy,       ///< somebody else holds it, or there is no room
    internal,   ///< our own fault
};

/// A place in a text that a person wrote. Lines and columns start at 1; 0 means unknown.
struct Location {
    std::string file;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    friend bool operator==(const Location&, const Location&) = default;
};

/// One failure: a sentence (lower case, no full stop), a next step, and the place where it happened.
struct Error {
    Errc code = Errc::internal;
    std::string message;
    std::string hint;
    std::optional<Location> where;

    /// Adds what was being done: `error.in("reading gw.yaml")` says "reading gw.yaml: permission denied".
    [[nodiscard]] Error in(std::string_view context) && {
        message.insert(0, std::string(context) + ": ");
        return std::move(*this);
    }
    [[nodiscard]] Error with_hint(std::string text) && {
        hint = std::move(text);
        return std::move(*this);
    }
    [[nodiscard]] Error at(Location place) && {
        where = std::move(place);
        return std::move(*this);
    }
};

/// "file:line:column: message", without the parts that are not known.
std::string to_string(const Error& error);

/// The error for an errno value: "connect 10.0.0.1:80: connection refused".
Error from_errno(Errc code, std::string_view what, int number);

}  // namespace gw
