#pragma once
// From a canonical request to a signature: string to sign, signing key, HMAC. And the cache of signing keys.

#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <string_view>

#include "libgw/base/crypto.h"
#include "libgw/base/secret.h"
#include "libgw/policy/auth/sigv4/credential.h"

namespace gw::sigv4 {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kTerminator = "aws4_request";
/// In place of the digest of a body that is not signed.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
/// The longest life of a presigned request, in seconds: seven days.
inline constexpr unsigned kLongestExpiry = 604800;

/// What a signature is good for.
struct Scope {
    std::string_view day;  ///< "20150830"
    std::string_view region;
    std::string_view service;
    /// "20150830/us-east-1/execute-api/aws4_request"
    [[nodiscard]] std::string text() const;
};

/// Algorithm, date-time ("20150830T123600Z"), scope and the digest of the canonical request, on four lines.
std::string string_to_sign(std::string_view date_time, std::string_view scope, std::string_view canonical_request);

/// The key of one scope; overwritten when it goes.
class SigningKey {
  public:
    /// HMAC(HMAC(HMAC(HMAC("AWS4" + secret, day), region), service), "aws4_request")
    static SigningKey derive(const Secret& secret, const Scope& scope);
    ~SigningKey() { wipe(); }
    SigningKey(SigningKey&& other) noexcept : key_(other.key_) { other.wipe(); }
    SigningKey& operator=(SigningKey&& other) noexcept {
        if (this != &other) {
            key_ = other.key_;
            other.wipe();
        }
        return *this;
    }

    /// 64 lower-case hexadecimal digits.
    [[nodiscard]] std::string sign(std::string_view string_to_sign) const;
    /// The 32 bytes, for tools that print them.
    [[nodiscard]] std::string_view expose() const { return key_.view(); }

  private:
    explicit SigningKey(const Digest& key) : key_(key) {}
    void wipe();
    Digest key_;
};

/// The signing keys that were used last, by access key id and scope. Not safe for threads: each has its own.
/// Invariant: at most `capacity` keys, and none outlives a change of its secret.
class SigningKeys {
  public:
    explicit SigningKeys(std::size_t capacity = 1024) : capacity_(capacity == 0 ? 1 : capacity) {}
    SigningKeys(const SigningKeys&) = delete;
    SigningKeys& operator=(const SigningKeys&) = delete;

    /// Remembered, or derived now. Valid until the next call.
    const SigningKey& get(const Credential& credential, const Scope& scope);
    [[nodiscard]] std::size_t size() const { return by_name_.size(); }
    void clear();

  private:
    struct Entry {
        std::string name;
        Secret secret;  ///< that it was derived from
        SigningKey key;
    };
    std::size_t capacity_;
    std::list<Entry> entries_;  // the last used first
    std::map<std::string_view, std::list<Entry>::iterator> by_name_;
};

}  // namespace gw::sigv4
