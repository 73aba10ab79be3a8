#pragma once
// Who asks, and the Principal elements of policies.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"
#include "libgw/policy/iam/context.h"

namespace gw::iam {

/// The principal that makes a request.
class Caller {
  public:
    enum class Kind : std::uint8_t {
        anonymous,       ///< did not sign
        root,            ///< arn:aws:iam::123456789012:root
        user,            ///< arn:aws:iam::123456789012:user/path/bob
        role,            ///< arn:aws:iam::123456789012:role/path/dev
        session,         ///< arn:aws:sts::123456789012:assumed-role/dev/session
        federated_user,  ///< arn:aws:sts::123456789012:federated-user/bob
        service,         ///< lambda.amazonaws.com
        other,           ///< an identity provider, a canonical user
    };

    /// The anonymous caller.
    Caller() = default;
    /// An ARN, the name of a service or provider, or "anonymous". Errc::parse for an empty text and for an ARN that
    /// does not have six parts. Nothing in it is a wildcard.
    static Result<Caller> parse(std::string_view text);

    [[nodiscard]] Kind kind() const { return kind_; }
    /// As it was given; "anonymous".
    [[nodiscard]] const std::string& text() const { return text_; }
    /// The account it belongs to; empty when it has none.
    [[nodiscard]] std::string_view account() const { return account_; }
    [[nodiscard]] std::string_view partition() const { return partition_; }
    /// A user's, role's or federated user's name without its path; a session's role.
    [[nodiscard]] std::string_view name() const { return name_; }
    /// The role of a session (as if it had no path); else the ARN itself.
    [[nodiscard]] std::string identity_arn() const;

  private:
    Kind kind_ = Kind::anonymous;
    std::string text_ = "anonymous";
    std::string account_;
    std::string partition_;
    std::string name_;
};

/// How a Principal element names a caller, the weakest first. What a resource policy gives to an account is only given
/// on by the account's own policies; what it gives to a role is limited by what limits the role's session.
enum class PrincipalMatch : std::uint8_t {
    none,
    account,   ///< the account of the caller
    behind,    ///< the role or user behind a session
    direct,    ///< the caller itself
    everyone,  ///< `*`
};

/// One principal of a Principal or NotPrincipal element.
class PrincipalPattern {
  public:
    enum class Kind : std::uint8_t { everyone, account, arn, unique_id, service, federated, canonical_user };

    /// A member of {"AWS": …, "Service": …, "Federated": …, "CanonicalUser": …}. Errc::parse for an unknown type and a
    /// text that is none; wildcards are refused but for the one "*" of type AWS, as IAM does.
    static Result<PrincipalPattern> parse(std::string_view type, std::string_view text);
    static PrincipalPattern everyone() { return {}; }

    [[nodiscard]] PrincipalMatch matches(const Caller& caller, const Context& context) const;
    [[nodiscard]] Kind kind() const { return kind_; }

  private:
    [[nodiscard]] bool stands_behind(const Caller& caller) const;

    Kind kind_ = Kind::everyone;
    std::string text_;  // the number of an account; the ARN; the name
    std::string partition_;
    std::string account_;
    std::string name_;  // of a role or user
    bool is_role_ = false;
    bool is_user_ = false;
};

}  // namespace gw::iam
