#pragma once
// Values of the command line: `@FILE`, `-` (standard input), `env:NAME`, `b64:…`, `hex:…`, or the text itself. b64: and
// hex: may stand before any of the others: `b64:env:SECRET`.

#include <cstddef>
#include <string>
#include <string_view>

#include "apps/support/world.h"
#include "libgw/base/secret.h"

namespace gw::token {

/// The most that a value holds when nobody says otherwise, in bytes.
inline constexpr std::size_t kMaxValue = std::size_t{1} << 20U;

/// A value, and where it came from.
struct Given {
    std::string bytes;
    bool is_literal = false;  ///< it stood in the command line itself
    bool is_encoded = false;  ///< as b64: or hex:
    std::string from;         ///< for messages: the file, "standard input", "env:NAME"; "" for a literal
};

/// Reads a value of any kind. `name` is the option's or argument's ("-k", "TOKEN"), for messages; no message holds the
/// value. One line end behind a value that was not encoded is taken off, unless `keep_line_end`.
/// Errc::not_found, Errc::io: the file; Errc::usage: a variable that is not set, or bad encoding; Errc::limit: more
/// than `most` bytes.
Result<Given> read_given(const program::World& world, std::string_view text, std::string_view name,
                         std::size_t most = kMaxValue, bool keep_line_end = false);

/// A value that anybody may see.
Result<std::string> read_value(const program::World& world, std::string_view text, std::string_view name,
                               std::size_t most = kMaxValue);
/// A token or an API key: taken from the command line too, with a warning. Errc::usage for the name of a file that is
/// there: it was meant with an '@'.
Result<std::string> read_token(program::World& world, std::string_view text, std::string_view name,
                               std::size_t most = kMaxValue);
/// A shared secret: never from the command line, where everybody on the machine can read it (Errc::usage).
Result<Secret> read_secret(const program::World& world, std::string_view text, std::string_view name,
                           std::size_t most = kMaxValue);
/// The error of a secret that stands in the command line.
Error secret_in_arguments(std::string_view name, std::string_view what);

/// A file, whatever it is: a pipe is read to its end. Errc::not_found, Errc::io, Errc::limit.
Result<std::string> read_file(const std::string& path, std::size_t most = kMaxValue);

/// Makes a file that only its owner can read (0600), whole or not at all. Errc::io when something is there already, a
/// dangling link too: nothing is ever written over.
Result<void> write_private_file(const std::string& path, std::string_view text);

}  // namespace gw::token
