#pragma once
// A request as the command line gives it, ready to be signed.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/gw-token/options.h"
#include "libgw/base/result.h"
#include "libgw/config/aws_identity.h"
#include "libgw/policy/auth/sigv4/credential.h"
#include "libgw/policy/auth/sigv4/request.h"
#include "libgw/policy/auth/sigv4/sign.h"

namespace gw::token {

/// [METHOD] URL [-H][-d], with the bytes of its path and query as they were given.
struct GivenRequest {
    std::string method;
    std::string scheme;
    std::string host;  ///< as the Host field names it
    std::string path;  ///< "/" when the URL has none
    std::string query;
    std::vector<std::pair<std::string, std::string>> fields;  ///< those of -H, and Host when they have none
    std::string body;

    /// As views. `storage` is filled anew; the result lives as long as both.
    [[nodiscard]] sigv4::Request view(std::vector<sigv4::Field>& storage) const;
    /// The URL with another query.
    [[nodiscard]] std::string url(std::string_view with_query) const;
};

/// Errc::usage: no URL, no METHOD or field where one should be.
Result<GivenRequest> read_request(program::World& world, const SignatureOptions& options);

/// Who signs, where and how: flags, environment, profile.
struct Signer {
    config::AwsIdentity identity;
    sigv4::Credential credential;
    std::string region;
    std::string service;

    /// Views into this.
    [[nodiscard]] sigv4::SignOptions sign_options(const SignatureOptions& options) const;
};

/// What was found, the key perhaps empty. The region is that of the flag, the environment, the profile, the host
/// (abc123.execute-api.eu-west-1.amazonaws.com) or us-east-1.
Result<Signer> find_signer(const program::World& world, const SignatureOptions& options, std::string_view host);
/// Errc::config: nobody signs.
Result<void> require_key(const Signer& signer);

/// The region that a host of AWS names, or "".
std::string_view region_of_host(std::string_view host);

}  // namespace gw::token
