#pragma once
// What is known about a request: the condition keys and their values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/base/clock.h"

namespace gw::iam {

/// The name of a condition key, ready to be looked up. Case does not count.
struct ContextKey {
    ContextKey() = default;
    explicit ContextKey(std::string_view name);
    std::string name;  ///< lower case
    std::uint32_t hash = 0;
};

/// The condition keys of one request.
class Context {
  public:
    /// The values of one key.
    struct Entry {
        ContextKey key;
        std::vector<std::string> values;  ///< never empty
        /// Conditions without ForAllValues and ForAnyValue, and policy variables, do not see it.
        bool is_multivalued = false;
    };

    /// Sets the one value of a key.
    void set(std::string_view key, std::string value);
    /// Sets the values of a key. A list is multivalued unless it holds one value and the key is none of those that AWS
    /// documents as multivalued (aws:TagKeys, aws:PrincipalOrgPaths, …). An empty list is no value: the key is absent.
    void set(std::string_view key, std::vector<std::string> values);
    /// Null when the request does not have the key.
    [[nodiscard]] const Entry* find(const ContextKey& key) const;
    /// The value of a key that has one; else null.
    [[nodiscard]] const std::string* single(const ContextKey& key) const;
    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  private:
    void put(Entry entry);
    std::vector<Entry> entries_;
};

/// What the gateway knows of a principal who signed the request. What is empty is not known, and gives no key.
struct PrincipalFacts {
    std::string arn;           ///< a user, the root of an account, a role's session
    std::string role_arn;      ///< of a session, where the role has a path: its ARN cannot be told from the session's
    std::string user_id;       ///< AIDA…, AROA…:session
    std::string organization;  ///< o-…
    std::vector<std::string> organization_paths = {};  ///< o-…/r-…/ou-…/
    std::vector<std::pair<std::string, std::string>> tags = {};
    std::optional<bool> multi_factor = {};  ///< only known of temporary credentials
    std::optional<Date> issued = {};        ///< of temporary credentials
};

/// What the gateway knows of every request.
struct RequestFacts {
    std::string source_ip;
    std::optional<std::string> user_agent;  ///< none when there was no such field
    std::optional<std::string> referer;
    bool is_secure = false;  ///< came over TLS
    std::string source_arn;  ///< of the method that is called
    std::optional<PrincipalFacts> principal;
};

/// The keys that API Gateway gives to policies (Developer Guide, "AWS condition keys that can be used in API Gateway
/// resource policies"): aws:CurrentTime, EpochTime, SecureTransport, SourceIp, SourceArn, UserAgent and Referer; of a
/// principal who signed aws:PrincipalAccount, PrincipalArn, PrincipalType, PrincipalTag/…, PrincipalOrgID,
/// PrincipalOrgPaths, userid, username, TokenIssueTime, MultiFactorAuthPresent and MultiFactorAuthAge. The arn of a
/// session gives the role's as aws:PrincipalArn; only a user has aws:username.
Context make_context(const RequestFacts& facts, Date now);

}  // namespace gw::iam
