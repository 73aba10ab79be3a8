#include "libgw/policy/auth/discovery.h"

#include <utility>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/wire/http/uri.h"

namespace gw::auth {

namespace {

Error bad(std::string message, std::string hint = {}) {
    return Error{Errc::parse, "discovery document: " + std::move(message), std::move(hint), {}};
}

}  // namespace

Result<void> check_issuer(std::string_view issuer) {
    const auto url = http::Url::parse(issuer);
    if (!url || (url->scheme != "https" && url->scheme != "http")) {
        return Error{Errc::config,
                     fmt::format("issuer {} is not an http or https URL", to_json(issuer)),
                     "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc123456 is one",
                     {}};
    }
    if (url->has_query) return Error{Errc::config, "issuer has a query", "leave it out", {}};
    return ok();
}

std::string discovery_url(std::string_view issuer) {
    if (issuer.ends_with('/')) issuer.remove_suffix(1);
    return std::string(issuer) + "/.well-known/openid-configuration";
}

Result<Discovery> parse_discovery(std::string_view json, std::string_view issuer) {
    auto read = parse_json(json, {.depth = 8, .nodes = 20000, .size = kMaxDiscovery, .unique_keys = true});
    if (!read) return std::move(read).error().in("discovery document");
    if (read->if_object() == nullptr) return bad("not an object");
    const std::string* const named = read->find_string("issuer");
    if (named == nullptr) return bad("no issuer");
    if (*named != issuer) {
        return bad(fmt::format("issuer is {} and not {}", to_json(*named), to_json(issuer)),
                   "give the issuer exactly as it names itself, slash at the end included");
    }
    const std::string* const address = read->find_string("jwks_uri");
    if (address == nullptr) return bad("no jwks_uri");
    const auto url = http::Url::parse(*address);
    if (!url || (url->scheme != "https" && url->scheme != "http")) return bad("jwks_uri is not an http or https URL");
    if (url->scheme == "http" && issuer.starts_with("https:")) return bad("jwks_uri is plain http, the issuer https");
    Discovery discovery{*named, *address, {}};
    if (const Value* list = read->find("id_token_signing_alg_values_supported"); list != nullptr && list->if_array()) {
        for (const Value& each : *list->if_array()) {
            const std::string* const name = each.if_string();
            const auto algorithm = name == nullptr ? std::nullopt : parse_algorithm(*name);
            if (algorithm) discovery.algorithms.insert(*algorithm);
        }
    }
    return discovery;
}

}  // namespace gw::auth
