#pragma once
// API keys: kept as digests, found by digest. They say who calls, they do not prove it.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "libgw/base/crypto.h"
#include "libgw/base/result.h"
#include "libgw/wire/http/fields.h"

namespace gw::auth {

/// A key as the gateway knows it: not the key.
struct ApiKey {
    std::string id;  ///< for logs and $context.identity.apiKeyId
    Digest digest;   ///< SHA-256 of the key
    std::string name = {};
    std::string plan = {};  ///< the usage plan it belongs to; "" for none
    bool enabled = true;
};

/// How many bytes of chance a new key takes.
inline constexpr std::size_t kApiKeyRandom = 160;

/// A new key: 40 letters and digits, 238 bits. Requires: `random` cannot be guessed (random_bytes()).
std::string make_api_key(std::span<const std::uint8_t, kApiKeyRandom> random);

/// 20 to 128 visible ASCII bytes (Amazon API Gateway, "API keys"), neither comma nor quote.
bool is_api_key(std::string_view text);

/// "sha256:" and 64 lower-case hexadecimal digits: what stands in a configuration in place of a key.
std::string to_api_key_hash(std::string_view key);
/// The digest of that text. Errc::parse for anything else.
Result<Digest> parse_api_key_hash(std::string_view text);
/// The key has this digest; compares in constant time.
bool is_api_key_of(std::string_view key, const Digest& digest);
/// An id for a key that was given none: ten letters and digits, made from its digest. A key that can be guessed can be
/// recognised by it: give such a key an id of its own.
std::string make_api_key_id(const Digest& digest);

/// What a request brings.
struct SentApiKey {
    enum class State : std::uint8_t {
        absent,
        present,
        several,  ///< two fields: 400, nobody chooses between them
    };
    State state = State::absent;
    std::string_view value = {};
};
/// The x-api-key field. An empty one counts as absent.
SentApiKey read_api_key(const http::Fields& fields);

/// The keys that are known. Built once with a configuration, then only read; any number of threads may.
class ApiKeys {
  public:
    /// At most this many.
    static constexpr std::size_t kMost = 1000000;
    /// Errc::config when its id is empty or the key itself, or its id or digest is there already; Errc::limit above
    /// kMost.
    Result<void> add(ApiKey key);
    /// The key, enabled or not, or null. What it takes does not depend on how much of a key was guessed.
    [[nodiscard]] const ApiKey* find(std::string_view key) const;
    [[nodiscard]] std::size_t size() const { return by_digest_.size(); }

  private:
    struct Hash {
        std::size_t operator()(const Digest& digest) const;
    };
    std::unordered_map<Digest, ApiKey, Hash> by_digest_;
    std::unordered_set<std::string> ids_;
};

}  // namespace gw::auth
