#pragma once
// The cryptography that the house uses, by its own names. OpenSSL stays behind this wall.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "libgw/base/result.h"

namespace gw {

/// 32 bytes.
class Digest {
  public:
    std::array<std::uint8_t, 32> bytes{};
    [[nodiscard]] std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
    friend bool operator==(const Digest&, const Digest&) = default;
};

/// SHA-256 (FIPS 180-4). A build of OpenSSL without SHA-256 ends the process: nothing could be trusted any more.
Digest sha256(std::string_view bytes);

/// SHA-256 of what comes in pieces.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    void update(std::string_view bytes);
    /// The digest of everything so far; starts afresh.
    Digest finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// HMAC-SHA-256 (RFC 2104).
Digest hmac_sha256(std::string_view key, std::string_view bytes);
/// HMAC-SHA-384 and HMAC-SHA-512 (RFC 4868): 48 and 64 bytes.
std::array<std::uint8_t, 48> hmac_sha384(std::string_view key, std::string_view bytes);
std::array<std::uint8_t, 64> hmac_sha512(std::string_view key, std::string_view bytes);

/// Compares without telling by its duration where two texts differ. Their lengths are not a secret.
bool constant_time_equal(std::string_view left, std::string_view right);

/// Bytes that nobody can guess. Errc::internal when the system has none to give.
Result<void> random_bytes(std::span<std::uint8_t> bytes);
/// 64 such bits: the seed of a Random or half of a HashSeed.
Result<std::uint64_t> random_seed();

/// Overwrites memory that held a secret, whatever the optimiser thinks of it.
void cleanse(std::span<char> memory);

}  // namespace gw
