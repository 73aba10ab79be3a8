#include "libgw/policy/auth/sigv4/credential.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/text.h"

namespace gw::sigv4 {

bool is_access_key_id(std::string_view text) {
    return !text.empty() && text.size() <= 128 &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_alpha(c) || is_digit(c) || c == '_'; });
}

Result<void> CredentialStore::add(Credential credential) {
    const std::string& id = credential.access_key_id;
    if (!is_access_key_id(id)) {
        return Error{Errc::config,
                     fmt::format("'{}' is not an access key id", id),
                     "expected 1 to 128 letters, digits or underscores",
                     {}};
    }
    if (credential.secret.empty()) return Error{Errc::config, fmt::format("access key {} has no secret", id), {}, {}};
    if (credential.expires && credential.session_token.empty()) {
        return Error{Errc::config,
                     fmt::format("access key {} expires but has no session token", id),
                     "only temporary credentials expire",
                     {}};
    }
    const auto [place, added] = by_id_.try_emplace(id);
    if (!added) return Error{Errc::config, fmt::format("access key {} is there twice", id), {}, {}};
    place->second = std::move(credential);
    return ok();
}

const Credential* CredentialStore::find(std::string_view access_key_id) const {
    const auto found = by_id_.find(access_key_id);
    return found == by_id_.end() ? nullptr : &found->second;
}

}  // namespace gw::sigv4
