#pragma once
// Keys of the command line.

#include <optional>
#include <string>
#include <string_view>

#include "apps/support/world.h"
#include "libgw/policy/auth/key.h"
#include "libgw/policy/auth/keyset.h"

namespace gw::token {

/// How a key was written.
enum class KeyFormat : std::uint8_t { jwk, pem, secret };

struct GivenKey {
    auth::Key key;
    KeyFormat format;
};

/// An algorithm by its name. Errc::usage; `name` is the option's.
Result<auth::Algorithm> parse_algorithm_option(std::string_view text, std::string_view name = "--alg");

/// A key: `@FILE`, the path of one, -, env:NAME; a public key may stand in the command line itself, a private key or
/// shared secret is refused there (Errc::usage). JWK, a JWKS of one key, PEM. What is neither is the bytes of a shared
/// secret, but only when `algorithm`, which the person named, is HS*: a public key in a format that we do not read must
/// never become a secret that everybody knows.
Result<GivenKey> read_key(const program::World& world, std::string_view text, std::string_view name,
                          std::optional<auth::Algorithm> algorithm);

/// The same key for that algorithm only. Errc::usage when it is for another, or does not fit.
Result<auth::Key> bind_key(const auth::Key& key, auth::Algorithm algorithm);

/// A new private key for the algorithm. `kid` "": the thumbprint; a shared secret, whose thumbprint would tell of it,
/// gets none.
Result<auth::Key> new_key(auth::Algorithm algorithm, const std::string& kid);

/// Where mint keeps a key when it is given none.
inline constexpr const char* kTestKey = "gw-test-key.jwk";
/// The key of ./gw-test-key.jwk; made (RS256, or `algorithm`), and said so, when there is none. Errc::usage when it
/// does not fit the algorithm; Errc::io when the file is not a regular one of our own.
Result<auth::Key> test_key(program::World& world, std::optional<auth::Algorithm> algorithm);

/// A key set from a text that a person gave: JSON as KeySet::parse() reads it, or one PEM.
Result<auth::KeySet> read_key_set(std::string_view text);

}  // namespace gw::token
