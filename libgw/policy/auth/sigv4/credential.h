#pragma once
// Who may sign.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"
#include "libgw/base/secret.h"

namespace gw::sigv4 {

/// An access key and whom it belongs to.
struct Credential {
    std::string access_key_id;       ///< "AKIDEXAMPLE": not a secret
    Secret secret;                   ///< the secret access key
    Secret session_token;            ///< of temporary credentials; otherwise empty
    std::optional<Date> expires;     ///< when temporary credentials end
    std::string principal_arn = {};  ///< "arn:aws:iam::123456789012:user/alice"
    std::string account_id = {};     ///< "123456789012"
    std::string user_id = {};        ///< "AIDACKCEVSQ6C2EXAMPLE", or "AROA…:session" for a role
};

/// 1 to 128 letters, digits and underscores.
bool is_access_key_id(std::string_view text);

/// Access keys by id. Built once with a configuration, then only read; any number of threads may.
class CredentialStore {
  public:
    /// Refuses (Errc::config) an id that is not one or is there already, a key without a secret, and an end of a
    /// session without its token.
    Result<void> add(Credential credential);
    /// The key of that id, or null. Lives as long as the store.
    [[nodiscard]] const Credential* find(std::string_view access_key_id) const;
    [[nodiscard]] std::size_t size() const { return by_id_.size(); }

  private:
    std::map<std::string, Credential, std::less<>> by_id_;
};

}  // namespace gw::sigv4
