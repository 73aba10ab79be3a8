#pragma once
// The file of access keys: who may sign, and what they may do. Read by gw-serve --iam-keys and gw-token sigv4 --keys.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/diagnostic.h"
#include "libgw/base/secret.h"
#include "libgw/base/value.h"
#include "libgw/config/sources.h"
#include "libgw/policy/iam/statement.h"

namespace gw::config {

/// One access key: `KEYID: {secret, principal, session_token, expires, policies: […]}`.
struct IamKey {
    std::string id;
    Secret secret;
    Secret session_token;         ///< of temporary credentials
    std::optional<Date> expires;  ///< the same
    std::string principal;        ///< an ARN; "": the root of the gateway's own account
    std::string user_id;          ///< "AIDA…", "AROA…:session"
    std::vector<std::pair<std::string, std::string>> tags;
    /// Nothing: the key may do everything, as the owner of a test account. An empty list allows nothing.
    std::optional<std::vector<std::shared_ptr<const iam::Policy>>> policies;
    std::shared_ptr<const iam::Policy> session_policy;
    std::shared_ptr<const iam::Policy> permissions_boundary;
};
using IamKeys = std::vector<IamKey>;

/// The most keys that a file may hold.
inline constexpr std::size_t kMostIamKeys = 100000;

/// Reads the text of such a file, JSON when `file` ends in ".json", else YAML. `secret` and `session_token` are the
/// text itself, or env:NAME or file:PATH. A policy is a document in place, or the name of a file that holds one, from
/// the folder of `file`. Everything that is wrong goes to `diagnostics`, without quoting a line that holds a secret;
/// the keys are whole only when there were no errors.
IamKeys read_iam_keys(std::string_view text, const std::string& file, const Sources& sources, Diagnostics& diagnostics);

/// A policy's text as a value: JSON when `file` ends in ".json", else YAML. Its source is given to `diagnostics`,
/// unless it looks like one that holds secrets.
std::optional<Value> read_policy_text(std::string_view text, const std::string& file, Diagnostics& diagnostics);

}  // namespace gw::config
