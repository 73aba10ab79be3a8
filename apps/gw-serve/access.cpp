#include "apps/gw-serve/access.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/config/argument.h"
#include "libgw/gateway/key_fetcher.h"
#include "libgw/policy/auth/api_key.h"

namespace gw::serve {
namespace {

/// The place of an option whose value nobody shall see.
Location unquoted(Diagnostics& diagnostics, std::string_view flag) {
    Location where = config::at_option(diagnostics, flag);
    where.column = 0;
    return where;
}

/// Where keys come from, for messages.
struct KeySource {
    Diagnostics& diagnostics;
    std::string name;
    bool in_arguments = false;
};

/// KEY[=PLAN]; the key, or its digest as `gw-token apikey hash` writes it.
void add_api_key(std::string_view text, const KeySource& source, config::Model& model) {
    const auto equals = text.find('=');
    const std::string_view key = text.substr(0, equals);
    config::ApiKey made;
    made.where = unquoted(source.diagnostics, "--api-key");
    if (equals != text.npos) made.plan = text.substr(equals + 1);
    if (auto digest = auth::parse_api_key_hash(key)) {
        made.hash = to_lower(key);
        made.id = auth::make_api_key_id(*digest);
        model.api_keys.push_back(std::move(made));
        return;
    }
    if (!auth::is_api_key(key) || key.starts_with("sha256:")) {
        source.diagnostics.error(fmt::format("--api-key: {} is not an API key", source.name), made.where,
                                 "20 to 128 visible characters: gw-token apikey new");
        return;
    }
    made.hash = auth::to_api_key_hash(key);
    made.id = auth::make_api_key_id(*auth::parse_api_key_hash(made.hash));
    model.api_keys.push_back(std::move(made));
}

void read_api_key(const std::string& given, config::Model& model, const config::Sources& sources,
                  Diagnostics& diagnostics) {
    if (given.starts_with('@')) {
        const std::string path = given.substr(1);
        const auto content = sources.read_file(path);
        if (!content) {
            diagnostics.error(content.error().message, config::at_option(diagnostics, "--api-key " + given),
                              content.error().hint);
            return;
        }
        std::size_t number = 0;
        std::size_t found = 0;
        for (const std::string_view raw : split(*content, '\n')) {
            ++number;
            const std::string_view line = trim_ows(raw.ends_with('\r') ? raw.substr(0, raw.size() - 1) : raw);
            if (line.empty() || line.starts_with('#')) continue;
            ++found;
            add_api_key(line, {diagnostics, fmt::format("line {} of {}", number, path)}, model);
        }
        if (found == 0)
            diagnostics.error(fmt::format("{} holds no API key", path),
                              config::at_option(diagnostics, "--api-key " + given));
        return;
    }
    if (given.starts_with("env:")) {
        const auto value = sources.environment(std::string_view(given).substr(4));
        if (!value)
            diagnostics.error(fmt::format("the variable {} is not set", given.substr(4)),
                              config::at_option(diagnostics, "--api-key " + given));
        else
            add_api_key(*value, {diagnostics, given}, model);
        return;
    }
    if (sources.read_file(given)) {
        diagnostics.error("--api-key: the value is the path of a file, and not a key",
                          config::at_option(diagnostics, "--api-key " + given), "--api-key @" + given);
        return;
    }
    diagnostics.warning("an API key in the command line can be read by everybody on this machine",
                        unquoted(diagnostics, "--api-key"), "--api-key @FILE or env:NAME");
    add_api_key(given, {diagnostics, "the value"}, model);
}

}  // namespace

bool asks_who(const Options& options) { return !first_asking(options).empty(); }

std::string first_asking(const Options& options) {
    if (!options.tokens.empty()) return options.tokens.front().flag;
    if (!options.scopes.empty()) return "--jwt-scope";
    if (!options.cognito.empty()) return "--cognito";
    if (options.iam) return "--iam";
    if (!options.policy.empty()) return "--policy";
    return options.api_keys.empty() ? "" : "--api-key";
}

void read_access(const Options& options, config::Api& api, config::Model& model, const config::Sources& sources,
                 Diagnostics& diagnostics) {
    std::vector<std::string> ways;
    if (!options.tokens.empty()) {
        config::Authorizer jwt;
        const Options::Setting& first = options.tokens.front();
        jwt.where = config::at_option(diagnostics, fmt::format("{} {}", first.flag, first.value));
        for (const Options::Setting& setting : options.tokens)
            config::read_authorizer_option(setting.flag, setting.key, setting.value, jwt, sources, diagnostics);
        api.authorizers.emplace("jwt", std::move(jwt));
        ways.emplace_back("jwt");
    }
    if (!options.cognito.empty()) {
        config::Authorizer cognito;
        config::read_cognito_argument(options.cognito, cognito, sources, diagnostics);
        api.authorizers.emplace("cognito", std::move(cognito));
        ways.emplace_back("cognito");
    }
    if (options.iam) ways.emplace_back(config::kAuthIam);
    if (!options.policy.empty()) config::read_policy_option(options.policy, api, sources, diagnostics);
    for (const std::string& key : options.api_keys) read_api_key(key, model, sources, diagnostics);
    api.api_key_required = !options.api_keys.empty();
    api.scopes = options.scopes;
    if (!api.scopes.empty() && api.authorizers.empty())
        diagnostics.error("--jwt-scope asks for scopes, and nothing asks for a token",
                          config::at_option(diagnostics, "--jwt-scope"), "--jwt ISSUER or --cognito POOL_ID");
    if (ways.size() == 1) api.auth = ways.front();
    if (ways.empty() && api.api_key_required) {
        api.auth = config::kAuthKey;
        api.api_key_required = false;
    }
    if (ways.size() < 2) return;
    for (const config::Route& route : api.routes) {
        if (!route.auth.empty()) continue;
        diagnostics.error(fmt::format("{} could be asked for {}", route.route_key, join(ways, " or ")), route.where,
                          fmt::format("say which with ;auth={}", ways.front()));
    }
}

void open_all(config::Model& model) {
    for (config::Api& api : model.apis) {
        api.auth = config::kAuthNone;
        api.scopes.clear();
        api.api_key_required = false;
        api.authorizers.clear();
        api.policy.reset();
        for (config::Route& route : api.routes) {
            route.auth.clear();
            route.scopes.reset();
            route.api_key_required.reset();
        }
    }
    model.api_keys.clear();
    model.iam = {};
}

std::string asked_of(const config::Api& api, const config::Route& route) {
    const std::string_view auth = config::auth_of(api, route);
    std::string text(auth.empty() ? config::kAuthNone : auth);
    if (config::needs_api_key(api, route) && auth != config::kAuthKey)
        text = auth.empty() || auth == config::kAuthNone ? std::string(config::kAuthKey) : text + "+key";
    return text;
}

std::vector<std::string> access_lines(const gateway::Server& server) {
    const config::Model& model = server.config();
    const gateway::Access& access = server.runtime().access;
    std::size_t routes = 0;
    std::size_t with_key = 0;
    std::map<std::pair<std::size_t, std::string>, std::size_t> used;  // by api and way
    for (std::size_t i = 0; i < model.apis.size(); ++i)
        for (const config::Route& route : model.apis[i].routes) {
            ++routes;
            ++used[{i, std::string(config::auth_of(model.apis[i], route))}];
            with_key += config::needs_api_key(model.apis[i], route) ? 1 : 0;
        }
    const auto where = [&](std::size_t count) {
        return count == routes ? std::string("required on every route")
                               : fmt::format("required on {} of {} routes", count, routes);
    };
    std::vector<std::string> lines;
    std::size_t signed_routes = 0;
    for (const auto& [key, count] : used) {
        const auto& [index, name] = key;
        if (name == config::kAuthIam) signed_routes += count;
        for (const auto& authorizer : access.authorizers[index]) {
            if (authorizer->name != name) continue;
            for (const gateway::TokenProvider& provider : authorizer->providers) {
                const gateway::IssuerKeys keys = access.issuers[provider.issuer]->keys();
                lines.push_back(fmt::format(
                    "{}, issuer {}, {}{}  {}", authorizer->is_cognito ? "Cognito" : "JWT", provider.rules.claims.issuer,
                    keys.set == nullptr ? std::string("no keys yet: 503") : gateway::keys_text(*keys.set),
                    provider.rules.claims.audiences.empty() ? ", any audience" : "", where(count)));
            }
        }
    }
    if (signed_routes > 0)
        lines.push_back(fmt::format("IAM, {} access key{}  {}", access.signers->credentials.size(),
                                    access.signers->credentials.size() == 1 ? "" : "s", where(signed_routes)));
    if (with_key > 0) lines.push_back(fmt::format("API key, {} known  {}", access.api_keys.size(), where(with_key)));
    const auto policies = static_cast<std::size_t>(std::count_if(
        access.policies.begin(), access.policies.end(), [](const auto& policy) { return policy.has_value(); }));
    if (policies > 0) lines.push_back(fmt::format("resource policy of {} api{}", policies, policies == 1 ? "" : "s"));
    return lines;
}

}  // namespace gw::serve
