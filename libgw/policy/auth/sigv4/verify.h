#pragma once
// Is a request signed by whom it says? AWS's order of checks and its words.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"
#include "libgw/policy/auth/sigv4/canonical.h"
#include "libgw/policy/auth/sigv4/claim.h"
#include "libgw/policy/auth/sigv4/credential.h"
#include "libgw/policy/auth/sigv4/fault.h"
#include "libgw/policy/auth/sigv4/signature.h"

namespace gw::sigv4 {

/// What is asked of a signature.
struct VerifyOptions {
    std::vector<std::string> regions = {};     ///< any of these; empty: any at all
    std::string service = "execute-api";       ///< its name decides how paths are read, too
    std::chrono::seconds skew{300};            ///< how far the clocks may be apart: 0 to 15 minutes
    unsigned longest_expiry = kLongestExpiry;  ///< of presigned requests, in seconds; 0 refuses them all
    bool unsigned_payload = false;             ///< take UNSIGNED-PAYLOAD in place of the digest of the body
    bool unsigned_session_token = false;       ///< take a session token that was added after signing
    bool signed_content_type = false;          ///< content-type has to be signed when there is one
    std::optional<PathRules> path = {};        ///< instead of those of the service
};

/// A request that is signed by somebody we know.
struct Verified {
    const Credential* credential = nullptr;  ///< of the store
    Form form = Form::header;
    Date signed_at{};
    std::string signature;
};

/// Checks signatures. Immutable: any number of threads may, each with its own SigningKeys.
class Verifier {
  public:
    /// `credentials` outlives the verifier. Errc::config when the skew is above 15 minutes or below 0, an expiry above
    /// seven days, or there is no service.
    static Result<Verifier> make(VerifyOptions options, const CredentialStore& credentials);

    /// Whoever signed, or why that is not believed. A key that nobody has costs the same as one that signed wrongly.
    [[nodiscard]] std::variant<Verified, Denial> verify(const Request& request, SigningKeys& keys, Date now) const;

    /// All that can be said before the body has come, so that a server reads no body of a stranger: examine(), whether
    /// there is such a key and its session is right, and the signature itself where the request says what its body is
    /// (x-amz-content-sha256), since that is what was signed. Nothing: worth reading on. verify() decides, with the
    /// body; what it would accept is never refused here.
    [[nodiscard]] std::optional<Denial> screen(const Request& request, SigningKeys& keys, Date now) const;

    /// All that can be said without the body and without a secret: the claim, when it is one for us and in time.
    [[nodiscard]] std::variant<Claim, Denial> examine(const Request& request, Date now) const;

    [[nodiscard]] const VerifyOptions& options() const { return options_; }

  private:
    /// What the client had to sign, and whether it did.
    struct Comparison {
        std::string canonical;
        std::string to_sign;
        bool matches = false;
    };
    Verifier(VerifyOptions options, const CredentialStore& credentials);
    [[nodiscard]] Comparison compare(const Claim& claim, const Request& request, const Credential& credential,
                                     SigningKeys& keys, std::string_view payload) const;
    [[nodiscard]] std::optional<Denial> check_key(const Credential* known, const Claim& claim, Date now) const;
    [[nodiscard]] std::optional<Denial> check_time(const Claim& claim, Date now) const;
    [[nodiscard]] std::optional<Denial> check_scope(const Claim& claim) const;
    [[nodiscard]] std::optional<Denial> check_fields(const Claim& claim, const Request& request) const;

    VerifyOptions options_;
    const CredentialStore* credentials_;
    Credential nobody_;  ///< signs in place of a key that is not there
};

/// What the client had to sign, by the rules of the verifier: `claim.signed_headers` and the digest of the body.
std::string expected_request(const Request& request, const Claim& claim, const VerifyOptions& options);

}  // namespace gw::sigv4
