#include "libgw/config/check_auth.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/config/address.h"
#include "libgw/config/judge.h"
#include "libgw/policy/auth/api_key.h"
#include "libgw/policy/auth/cognito.h"
#include "libgw/policy/iam/document.h"
#include "libgw/policy/routing/router.h"
#include "libgw/wire/http/uri.h"

namespace gw::config {
namespace {

class AuthChecker : private Judge {
  public:
    AuthChecker(const Model& model, const Places& places, bool whole, Diagnostics& diagnostics)
        : Judge(model, places, whole, diagnostics) {}

    void run() {
        for (std::size_t i = 0; i < model_.apis.size(); ++i) check_api(model_.apis[i], i);
        check_keys();
        if (!whole_) return;
        if (!model_.iam.keys.empty() && !uses_iam_)
            warning(place("iam.keys", place("iam")), "the access keys are used by no route",
                    in_words(place("iam.keys", place("iam")), "auth: iam", "--iam"));
        if (!model_.api_keys.empty() && !uses_keys_) {
            Location where = place("apiKeys");
            where.column = 0;  // a key may stand in the line by mistake
            warning(where, "the API keys are asked for by no route", "apiKeyRequired: true");
        }
    }

  private:
    void check_api(const Api& api, std::size_t index) {
        const std::string path = fmt::format("apis[{}]", index);
        for (const auto& [name, authorizer] : api.authorizers)
            check_authorizer(name, authorizer, fmt::format("{}.authorizers.{}", path, name));
        if (!api.auth.empty()) check_name(api, api.auth, place(path + ".auth", api.where));
        if (api.policy) check_policy(api, *api.policy);
        std::set<std::string_view> used;
        bool uses_scopes = false;
        for (std::size_t i = 0; i < api.routes.size(); ++i) {
            const Route& route = api.routes[i];
            const std::string route_path = fmt::format("{}.routes[{}]", path, i);
            if (!route.auth.empty()) check_name(api, route.auth, place(route_path + ".auth", route.where));
            used.insert(auth_of(api, route));
            uses_scopes = uses_scopes || (!route.scopes && api.authorizers.contains(std::string(auth_of(api, route))));
            check_route(api, route, route_path);
        }
        if (whole_ && !api.policy) check_side_doors(api);
        if (!api.scopes.empty() && !api.routes.empty() && !uses_scopes && !is_from_options(api.where))
            error(place(path + ".authorizationScopes", api.where),
                  "scopes are asked for, and no route asks for a token", "auth: the name of an authorizer");
        for (const auto& [name, authorizer] : api.authorizers)
            if (!used.contains(name))
                warning(authorizer.where, fmt::format("authorizer '{}' is used by no route", name),
                        in_words(authorizer.where, fmt::format("auth: {}, in the api or its routes", name), ""));
            else
                check_audience(name, authorizer, fmt::format("{}.authorizers.{}", path, name));
    }

    static bool asks(const Api& api, const Route& route) {
        const std::string_view auth = auth_of(api, route);
        return (!auth.empty() && auth != kAuthNone) || needs_api_key(api, route);
    }

    /// A slash at the end, HEAD for GET, or a method in another case is another route here as it is at AWS; targets
    /// often see no difference.
    void check_side_doors(const Api& api) {
        if (std::none_of(api.routes.begin(), api.routes.end(), [&](const Route& route) { return asks(api, route); }))
            return;
        std::vector<routing::RouteKey> keys;
        for (const Route& route : api.routes) {
            auto key = routing::RouteKey::parse(route.route_key);
            if (!key) return;
            keys.push_back(*std::move(key));
        }
        const auto router = routing::Router::make(api.kind, keys);
        for (std::size_t i = 0; i < api.routes.size(); ++i) {
            const Route& route = api.routes[i];
            if (!asks(api, route) || keys[i].is_default) continue;
            std::string sample = "/";
            for (const std::string_view segment : split(std::string_view(route.path).substr(1), '/'))
                sample += (sample.size() == 1 ? "" : "/") + std::string(segment.starts_with('{') ? "x" : segment);
            const http::Method method = keys[i].any ? http::Method::get : keys[i].method;
            const std::string name(http::to_text(method));
            struct Door {
                http::Method method;
                std::string name;
                std::string path;
            };
            std::vector<Door> doors;
            if (sample.size() > 1 && !sample.ends_with('/')) doors.push_back({method, name, sample + '/'});
            if (keys[i].path.is_greedy() && sample.size() > 2) {
                // "/admin" and "/admin/" are no part of "/admin/{p+}", and many targets serve there what they serve
                // below
                const std::string above = sample.substr(0, sample.rfind('/'));
                if (!above.empty()) {
                    doors.push_back({method, name, above});
                    doors.push_back({method, name, above + '/'});
                }
            }
            if (method == http::Method::get) doors.push_back({http::Method::head, "HEAD", sample});
            doors.push_back({http::Method::other, to_lower(std::string_view(name)), sample});
            for (const auto& [how, how_name, path] : doors) {
                const auto parsed = http::Path::parse(path);
                routing::RouteMatch match;
                if (!parsed || !router.find(how, routing::make_request_path(*parsed), match)) continue;
                const Route& found = api.routes[match.route];
                if (asks(api, found)) continue;
                warning(route.where,
                        fmt::format("{} {} goes to {}, which asks nobody, while {} asks for {}", how_name, path,
                                    found.route_key, route.route_key,
                                    auth_of(api, route).empty() ? kAuthKey : auth_of(api, route)),
                        "ask there too, or give it a route of its own");
                break;
            }
        }
    }

    void check_name(const Api& api, const std::string& name, const Location& where) {
        if (name == kAuthNone || name == kAuthIam || name == kAuthKey || api.authorizers.contains(name)) return;
        std::vector<std::string> names = {std::string(kAuthNone), std::string(kAuthIam), std::string(kAuthKey)};
        for (const auto& [known, authorizer] : api.authorizers) names.push_back(known);
        const std::string_view meant = closest(name, names);
        const std::string option = name == "jwt" ? "--jwt ISSUER" : name == "cognito" ? "--cognito POOL_ID" : "";
        if (!option.empty() && is_from_options(where))
            return error(where, fmt::format("authorizer '{}' does not exist", name), option + " makes it");
        error(where, fmt::format("authorizer '{}' does not exist", name),
              !meant.empty() ? fmt::format("did you mean '{}'?", meant)
                             : fmt::format("there are: {}", join(names, ", ")));
    }

    void check_route(const Api& api, const Route& route, const std::string& path) {
        const std::string_view auth = auth_of(api, route);
        const bool token = api.authorizers.contains(std::string(auth));
        if (auth == kAuthIam) {
            uses_iam_ = true;
            if (!model_.iam.loaded && whole_ && !told_keys_) {
                told_keys_ = true;
                error(route.where, "signatures cannot be checked: there are no access keys",
                      in_words(route.where, "iam: {keys: FILE}", "--iam-keys FILE"));
            }
            const std::uint64_t most = route.max_body.value_or(model_.limits.max_body);
            if (most > kMostHeldBody)
                error(place(path + ".maxBody", place("limits.maxBody", route.where)),
                      fmt::format("{} takes bodies {}, and its signed bodies are held whole", route.route_key,
                                  most == UINT64_MAX ? "without a limit" : "larger than 64 MiB"),
                      in_words(route.where, "maxBody: at most 64MiB", "--max-body 64MiB or less"));
        }
        if (token) check_use(api, route, std::string(auth));
        if (!token && route.scopes && !route.scopes->empty())
            error(place(path + ".authorizationScopes", route.where),
                  fmt::format("{} asks for scopes and for no token", route.route_key),
                  "auth: the name of an authorizer");
        if (needs_api_key(api, route)) {
            uses_keys_ = true;
            if (model_.api_keys.empty() && whole_ && !told_api_keys_) {
                told_api_keys_ = true;
                error(route.where, "an API key is asked for, and there are none",
                      in_words(route.where, "apiKeys: [{hash: sha256:…}] (gw-token apikey new)", "--api-key @FILE"));
            }
        }
        if (auth == kAuthNone && route.auth == kAuthNone && route.api_key_required.value_or(false))
            error(place(path + ".apiKeyRequired", route.where),
                  fmt::format("{} lets anybody in and asks for a key", route.route_key), "auth: key");
    }

    /// AWS's REST APIs take access tokens of a user pool where scopes are asked for, and ID tokens elsewhere.
    void check_use(const Api& api, const Route& route, const std::string& name) {
        const Authorizer& authorizer = api.authorizers.at(name);
        if (authorizer.type != Authorizer::Type::cognito || api.kind != ApiKind::rest) return;
        const bool scopes = !scopes_of(api, route).empty();
        if (authorizer.use != (scopes ? auth::TokenUse::id : auth::TokenUse::access)) return;
        error(authorizer.where,
              fmt::format("authorizer '{}' takes {} tokens, and {} of a REST API takes {} tokens", name,
                          scopes ? "ID" : "access", route.route_key, scopes ? "access" : "ID"),
              scopes ? "use: any, or no scopes" : "use: any, or scopes for the route");
    }

    /// RFC 8725 §3.9; AWS demands one.
    void check_audience(const std::string& name, const Authorizer& authorizer, const std::string& path) {
        if (authorizer.type != Authorizer::Type::jwt || !authorizer.audience.empty() || was_meant(path, "audience"))
            return;
        warning(
            authorizer.where,
            fmt::format("authorizer '{}' asks for no audience: tokens for other services of the issuer will do", name),
            in_words(authorizer.where, "audience: [AUD]", "--jwt-audience AUD"));
    }

    /// A key that was misspelt is not absent: its place is known, and it was told there.
    [[nodiscard]] bool was_meant(const std::string& path, std::string_view key) const {
        return places_.contains(misspelt_key(path, key));
    }

    void check_authorizer(const std::string& name, const Authorizer& authorizer, const std::string& path) {
        const auto only = [&](bool is_set, std::string_view key, std::string_view type) {
            if (is_set)
                error(authorizer.where, fmt::format("authorizer '{}': {} belongs to type: {}", name, key, type));
        };
        if (authorizer.type == Authorizer::Type::jwt) {
            if (authorizer.issuer.empty() && !was_meant(path, "issuer"))
                error(authorizer.where, fmt::format("authorizer '{}' has no issuer", name),
                      in_words(authorizer.where, "issuer: https://HOST", "--jwt https://HOST"));
            only(!authorizer.user_pools.empty(), "userPools", "cognito");
            only(!authorizer.clients.empty(), "clients", "cognito");
            only(authorizer.use != auth::TokenUse::any, "use", "cognito");
            only(!authorizer.endpoint.empty(), "endpoint", "cognito");
            only(!authorizer.audience_pattern.empty(), "identityValidationExpression", "cognito");
            const bool symmetric =
                std::any_of(authorizer.algorithms.begin(), authorizer.algorithms.end(), auth::is_symmetric);
            if (symmetric && !authorizer.jwks.starts_with("file:"))
                error(authorizer.where,
                      fmt::format("authorizer '{}': a shared secret is nothing that is fetched", name),
                      in_words(authorizer.where, "jwks: file:PATH, or no HS256, HS384, HS512",
                               "--jwt-jwks @FILE, or no HS256, HS384, HS512"));
        } else {
            if (authorizer.user_pools.empty() && !was_meant(path, "userPools"))
                error(authorizer.where, fmt::format("authorizer '{}' has no user pool", name),
                      "userPools: [us-east-1_Abc123456]");
            for (const std::string& id : authorizer.user_pools) {
                // the pool's own URL, which an issuer is, in place of that of the service
                if (const std::string tail = "/" + id; !id.empty() && authorizer.endpoint.ends_with(tail)) {
                    const std::string meant = authorizer.endpoint.substr(0, authorizer.endpoint.size() - tail.size());
                    error(place(path + ".endpoint", authorizer.where),
                          fmt::format("authorizer '{}': the endpoint ends with the pool's id, which is put behind it",
                                      name),
                          in_words(authorizer.where, "endpoint: ", "endpoint=") + meant);
                }
                if (!authorizer.endpoint.empty() || id.empty() || id.starts_with("arn:")) continue;
                if (const auto pool = auth::UserPool::make(id); !pool)
                    error(authorizer.where, pool.error().message,
                          pool.error().hint +
                              in_words(authorizer.where, ", or give an endpoint", ", or give endpoint=URL"));
            }
            only(!authorizer.issuer.empty(), "issuer", "jwt");
            only(!authorizer.audience.empty(), "audience", "jwt");
            only(!authorizer.jwks.empty(), "jwks", "jwt");
            only(!authorizer.algorithms.empty(), "algorithms", "jwt");
        }
        check_way_of_keys(name, authorizer, path);
    }

    /// Of keys that come in the clear nobody knows whose they are.
    void check_way_of_keys(const std::string& name, const Authorizer& authorizer, const std::string& path) {
        const auto [key, text] = authorizer.type != Authorizer::Type::jwt ? std::pair("endpoint", &authorizer.endpoint)
                                 : authorizer.jwks.empty()                ? std::pair("issuer", &authorizer.issuer)
                                                                          : std::pair("jwks", &authorizer.jwks);
        const auto url = http::Url::parse(*text);
        if (!url || url->scheme != "http" || Address{url->authority.host, 0, {}}.is_loopback()) return;
        warning(place(path + "." + key, authorizer.where),
                fmt::format("the keys of authorizer '{}' come from {} in the clear, and anybody's on the way would do",
                            name, url->authority.host),
                "https://");
    }

    void check_policy(const Api& api, const PolicyDocument& policy) {
        const std::size_t before = diagnostics_.errors();
        Diagnostics told;
        const auto read = iam::read_policy(
            policy.document,
            {iam::PolicyKind::resource, "resource policy", policy.source, execute_api_arn(model_, api)}, told);
        for (const Diagnostic& one : told.all())
            if (one.severity == Severity::error || whole_) diagnostics_.add(one);
        if (!read && diagnostics_.errors() == before) error(policy.where, "the policy cannot be enforced");
    }

    void check_keys() {
        auth::ApiKeys keys;
        for (const ApiKey& key : model_.api_keys) {
            if (key.hash.empty()) continue;
            auto digest = auth::parse_api_key_hash(key.hash);
            if (!digest) continue;
            if (auto added = keys.add({key.id, *digest, key.name, key.plan, key.enabled}); !added)
                error(key.where, added.error().message, added.error().hint);
        }
    }

    bool uses_iam_ = false;
    bool uses_keys_ = false;
    bool told_keys_ = false;
    bool told_api_keys_ = false;
};

}  // namespace

void check_auth(const Model& model, const Places& places, bool whole, Diagnostics& diagnostics) {
    AuthChecker(model, places, whole, diagnostics).run();
}

}  // namespace gw::config
