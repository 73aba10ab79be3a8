#include "libgw/gateway/access.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libgw/policy/auth/cognito.h"
#include "libgw/policy/auth/execute_api.h"
#include "libgw/policy/iam/document.h"

namespace gw::gateway {
namespace {

/// That keys which are there fit nothing that is allowed, and so let nobody in.
std::optional<std::string> unfit(const std::string& name, const auth::KeySet& keys, auth::AlgorithmSet allowed) {
    constexpr std::size_t kTold = 8;
    std::string have;
    std::size_t told = 0;
    for (const auth::Key& key : keys.keys()) {
        for (const auth::Algorithm algorithm : auth::kAlgorithms)
            if (allowed.contains(algorithm) && key.verifies().contains(algorithm)) return std::nullopt;
        if (++told <= kTold) have += (have.empty() ? "" : " ") + key.verifies().text();
    }
    return fmt::format("authorizer '{}' lets nobody in: it allows {}, and its keys are for {}", name, allowed.text(),
                       have.empty() ? "nothing" : have);
}

class AccessBuilder {
  public:
    AccessBuilder(const config::Model& model, const Access* previous,
                  const std::function<Result<std::string>(const std::string&)>& read_file, Access& into)
        : model_(model), previous_(previous), read_file_(read_file), access_(into) {}

    Result<void> build() {
        for (const config::Api& api : model_.apis) {
            auto& authorizers = access_.authorizers.emplace_back();
            for (const auto& [name, settings] : api.authorizers) {
                auto made = authorizer(name, settings);
                if (!made) return std::move(made).error().in(fmt::format("authorizer '{}'", name)).at(settings.where);
                authorizers.push_back(std::make_unique<AuthorizerRuntime>(*std::move(made)));
            }
            auto& policy = access_.policies.emplace_back();
            if (!api.policy) continue;
            const iam::PolicyReading how{iam::PolicyKind::resource, "resource policy", api.policy->source,
                                         config::execute_api_arn(model_, api)};
            policy = TRY(iam::make_policy(api.policy->document, how));
        }
        TRY(signers());
        for (const config::ApiKey& key : model_.api_keys) {
            const Digest digest = TRY(auth::parse_api_key_hash(key.hash));
            TRY(access_.api_keys.add({key.id, digest, key.name, key.plan, key.enabled}));
        }
        return ok();
    }

  private:
    Result<AuthorizerRuntime> authorizer(const std::string& name, const config::Authorizer& settings) {
        AuthorizerRuntime made;
        made.name = name;
        made.id = next_id_++;
        made.is_cognito = settings.type == config::Authorizer::Type::cognito;
        made.use = settings.use;
        constexpr std::string_view kHeader = "$request.header.";
        constexpr std::string_view kQuery = "$request.querystring.";
        made.in_query = settings.identity_source.starts_with(kQuery);
        made.source = settings.identity_source.substr(made.in_query ? kQuery.size() : kHeader.size());
        const auto leeway = std::chrono::duration_cast<std::chrono::seconds>(settings.leeway);
        if (!made.is_cognito) {
            auth::TokenRules rules;
            if (!settings.algorithms.empty()) {
                rules.algorithms = {};
                for (const auth::Algorithm algorithm : settings.algorithms) rules.algorithms.insert(algorithm);
            }
            rules.claims.issuer = settings.issuer;
            rules.claims.audiences = settings.audience;
            rules.claims.leeway = leeway;
            const std::uint32_t number = TRY(issuer(settings.issuer, settings.jwks));
            if (!access_.issuers[number]->is_fetched())
                if (auto why = unfit(name, *access_.issuers[number]->keys().set, rules.algorithms))
                    access_.warnings.push_back(*std::move(why));
            made.providers.push_back({number, std::move(rules)});
            return made;
        }
        std::shared_ptr<const Pattern> pattern;
        if (!settings.audience_pattern.empty())
            pattern = std::make_shared<const Pattern>(TRY(Pattern::compile(settings.audience_pattern)));
        for (const std::string& text : settings.user_pools) {
            const auth::UserPool pool = TRY(text.starts_with("arn:") ? auth::UserPool::from_arn(text, settings.endpoint)
                                                                     : auth::UserPool::make(text, settings.endpoint));
            auth::TokenRules rules = auth::cognito_rules(pool, settings.clients);
            rules.claims.leeway = leeway;
            rules.claims.audience_pattern = pattern;
            made.providers.push_back({TRY(issuer(pool.issuer, pool.jwks_url())), std::move(rules)});
        }
        return made;
    }

    /// The number of an issuer whose keys are at `jwks`.
    Result<std::uint32_t> issuer(const std::string& name, const std::string& jwks) {
        constexpr std::string_view kFile = "file:";
        if (jwks.starts_with(kFile)) {
            const std::string path = jwks.substr(kFile.size());
            const std::string text = TRY(read_file_(path));
            auth::KeySet keys = TRY(keys_of(text).in(path));
            if (keys.keys().empty())
                return Error{Errc::config,
                             fmt::format("{} holds no key that can be used", path),
                             keys.notes().empty() ? std::string() : keys.notes().front(),
                             {}};
            access_.issuers.push_back(std::make_shared<Issuer>(name, std::move(keys)));
            return static_cast<std::uint32_t>(access_.issuers.size() - 1);
        }
        auto made = std::make_shared<Issuer>(name, jwks);
        const auto find = [&](const std::vector<std::shared_ptr<Issuer>>& among) {
            return std::find_if(among.begin(), among.end(), [&](const auto& known) {
                return known->is_fetched() && known->identity() == made->identity();
            });
        };
        if (const auto known = find(access_.issuers); known != access_.issuers.end())
            return static_cast<std::uint32_t>(known - access_.issuers.begin());
        if (previous_ != nullptr)
            if (const auto known = find(previous_->issuers); known != previous_->issuers.end()) made = *known;
        access_.issuers.push_back(std::move(made));
        return static_cast<std::uint32_t>(access_.issuers.size() - 1);
    }

    static Result<auth::KeySet> keys_of(const std::string& text) {
        if (text.find("-----BEGIN") == std::string::npos)
            return auth::KeySet::parse(text, auth::KeySet::Source::configured);
        return auth::KeySet::of(TRY(auth::Key::parse(text)));
    }

    Result<void> signers() {
        if (!model_.iam.loaded) return ok();
        auto made = std::make_unique<Signers>();
        made->keys = model_.iam.loaded;
        made->everything = TRY(
            iam::parse_policy(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})",
                              {iam::PolicyKind::identity, "a key without policies", {}, {}}));
        for (const config::IamKey& key : *made->keys) {
            sigv4::Credential credential;
            credential.access_key_id = key.id;
            credential.secret = key.secret;
            credential.session_token = key.session_token;
            credential.expires = key.expires;
            credential.principal_arn =
                key.principal.empty() ? fmt::format("arn:aws:iam::{}:root", model_.account) : key.principal;
            credential.user_id = key.user_id;
            Entitlement entitlement;
            entitlement.caller = TRY(iam::Caller::parse(credential.principal_arn));
            credential.account_id = entitlement.caller.account();
            entitlement.facts.arn = credential.principal_arn;
            entitlement.facts.user_id = key.user_id;
            entitlement.facts.tags = key.tags;
            if (!key.policies) {
                entitlement.identity.push_back(&made->everything);
            } else {
                for (const auto& policy : *key.policies) entitlement.identity.push_back(policy.get());
            }
            entitlement.session = key.session_policy.get();
            entitlement.boundary = key.permissions_boundary.get();
            made->entitlements.emplace(key.id, std::move(entitlement));
            TRY(made->credentials.add(std::move(credential)).in(fmt::format("access key {}", key.id)));
        }
        sigv4::VerifyOptions options;
        options.regions = {model_.region};
        options.skew = std::chrono::duration_cast<std::chrono::seconds>(model_.iam.skew);
        made->verifier = TRY(sigv4::Verifier::make(std::move(options), made->credentials));
        access_.signers = std::move(made);
        return ok();
    }

    const config::Model& model_;
    const Access* previous_;
    const std::function<Result<std::string>(const std::string&)>& read_file_;
    Access& access_;
    std::uint32_t next_id_ = 0;
};

}  // namespace

std::vector<std::string> Access::unfit_keys(const Issuer& issuer) const {
    std::vector<std::string> all;
    const IssuerKeys known = issuer.keys();
    if (known.set == nullptr) return all;
    for (const auto& of_api : authorizers)
        for (const auto& authorizer : of_api)
            for (const TokenProvider& provider : authorizer->providers)
                if (issuers[provider.issuer].get() == &issuer)
                    if (auto why = unfit(authorizer->name, *known.set, provider.rules.algorithms))
                        all.push_back(*std::move(why));
    return all;
}

std::string_view RouteAccess::way() const {
    if (authorizer != nullptr) return authorizer->name;
    if (iam) return config::kAuthIam;
    return api_key ? config::kAuthKey : std::string_view("policy");
}

RouteAccess Access::of(const config::Api& api, std::size_t index, const config::Route& route) const {
    RouteAccess access;
    const std::string_view name = config::auth_of(api, route);
    access.iam = name == config::kAuthIam;
    access.api_key = config::needs_api_key(api, route);
    for (const auto& authorizer : authorizers[index]) {
        if (authorizer->name != name) continue;
        access.authorizer = authorizer.get();
        access.rules = authorizer->is_cognito
                           ? auth::cognito_route_rules(api.kind, config::scopes_of(api, route), authorizer->use)
                           : auth::RouteRules{config::scopes_of(api, route), auth::TokenUse::any};
    }
    return access;
}

Result<Access> make_access(const config::Model& model, const Access* previous,
                           const std::function<Result<std::string>(const std::string&)>& read_file) {
    Access access;
    TRY(AccessBuilder(model, previous, read_file, access).build());
    return access;
}

}  // namespace gw::gateway
