// Who calls, and may they: tokens, signatures, policies, API keys, in AWS's order.

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/gateway/context.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/policy/auth/checklist.h"
#include "libgw/policy/auth/execute_api.h"
#include "libgw/policy/iam/denial.h"
#include "libgw/policy/iam/resource_policy.h"
#include "libgw/policy/reasons.h"
#include "libgw/wire/http/query.h"

namespace gw::gateway {
namespace {

constexpr std::string_view kStage = "authorize";
constexpr std::string_view kPolicyStage = "policy";
constexpr std::string_view kKeyStage = "key";
/// More values of one identity source are not looked at: two are too many.
constexpr std::size_t kMostValues = 2;

Caller::Told& told(Exchange& exchange) {
    if (exchange.caller.told == nullptr) exchange.caller.told = std::make_unique<Caller::Told>();
    return *exchange.caller.told;
}

/// The last word of the stage, and what is counted of it.
Step let_in(Exchange& exchange) {
    exchange.caller.judged = Caller::Judged::allowed;
    return Step::go_on();
}

Step deny(Exchange& exchange, Refusal refusal) {
    const bool could_judge = refusal.reason != reason::kJwtKeys && refusal.reason != reason::kInternal;
    exchange.caller.judged = could_judge ? Caller::Judged::denied : Caller::Judged::error;
    return exchange.refuse(std::move(refusal));
}

Step deny(Exchange& exchange, std::string_view reason, std::string detail = {}) {
    return deny(exchange, gw::refuse(exchange.kind, reason, std::move(detail)));
}

// ── API keys ────────────────────────────────────────────────────────────────

Step check_api_key(Exchange& exchange) {
    const auth::SentApiKey sent = auth::read_api_key(exchange.request->fields);
    const auto refuse = [&](std::string_view reason) {
        note(exchange.trace, kKeyStage, [&] { return fmt::format("{} -> deny", meaning_of(reason)); });
        return deny(exchange, reason);
    };
    switch (sent.state) {
        case auth::SentApiKey::State::absent: return refuse(reason::kKeyMissing);
        case auth::SentApiKey::State::several: return refuse(reason::kKeySeveral);
        case auth::SentApiKey::State::present: break;
    }
    const auth::ApiKey* key = exchange.runtime->access.api_keys.find(sent.value);
    if (key == nullptr) return refuse(reason::kKeyUnknown);
    exchange.caller.api_key = key;
    if (!key->enabled) return refuse(reason::kKeyDisabled);
    note(exchange.trace, kKeyStage, [&] { return fmt::format("key {} -> pass", key->id); });
    return let_in(exchange);
}

// ── policies ────────────────────────────────────────────────────────────────

/// The words of a policy's no: AWS's for REST APIs. HTTP APIs say no more than Forbidden, unless they have what only
/// REST APIs have at AWS, a resource policy.
Step refuse_by_policy(Exchange& exchange, const iam::Request& request, const iam::Decision& decision) {
    const bool by_resource = decision.part == iam::Part::resource;
    std::string message = iam::denial_message(request, decision);
    if (exchange.kind == ApiKind::rest)
        told(exchange).words = Wording{403, message, "AccessDeniedException", true};
    else if (exchange.api->policy != nullptr)
        told(exchange).words = Wording{403, message, {}, false};
    return deny(exchange, by_resource ? reason::kPolicyDenied : reason::kIamDenied, decision.reason());
}

/// The request in IAM's words.
Result<auth::ExecuteApiRequest> in_iam_words(const Exchange& exchange, std::string_view method) {
    const config::Model& model = *exchange.runtime->config;
    const config::Api& api = *exchange.api->api;
    return auth::http_request({model.region, model.account, api.id, api.stage}, method,
                              exchange.selection.path.canonical);
}

/// What the policies say of `asked`. Nothing but the decision comes of it.
Result<std::pair<iam::Request, iam::Decision>> decide(const Exchange& exchange, const auth::ExecuteApiRequest& asked,
                                                      iam::Authorization how, iam::Caller caller,
                                                      const Entitlement* entitlement) {
    iam::RequestFacts facts;
    facts.source_ip = source_address(exchange);
    if (const auto agent = exchange.request->fields.find(http::FieldName::user_agent)) facts.user_agent = *agent;
    if (const auto referer = exchange.request->fields.find(http::FieldName::referer)) facts.referer = *referer;
    facts.is_secure = exchange.secure;
    facts.source_arn = asked.arn;
    iam::PolicySet policies;
    policies.resource = exchange.api->policy;
    if (entitlement != nullptr) {
        facts.principal = entitlement->facts;
        policies.identity = entitlement->identity;
        policies.session = entitlement->session;
        policies.boundary = entitlement->boundary;
    }
    iam::Request request =
        TRY(iam::Request::make(std::move(caller), asked.action, asked.arn, exchange.runtime->config->account,
                               iam::make_context(facts, exchange.date)));
    iam::Decision decision = iam::judge(how, request, policies);
    return std::pair(std::move(request), std::move(decision));
}

/// What the policies make of this method, once it is known who calls. `caller` is anonymous unless he signed.
Step judge_method(Exchange& exchange, std::string_view method, iam::Authorization how, iam::Caller caller,
                  const Entitlement* entitlement) {
    const auto asked = in_iam_words(exchange, method);
    if (!asked) return deny(exchange, reason::kIamDenied, asked.error().message);
    const auto decided = decide(exchange, *asked, how, std::move(caller), entitlement);
    if (!decided) return deny(exchange, reason::kIamDenied, decided.error().message);
    const auto& [request, decision] = *decided;
    note(exchange.trace, kPolicyStage, [&] {
        return fmt::format("{} {} of {} -> {}", decision.reason(), asked->action, asked->arn,
                           decision.is_allowed() ? "allow" : "deny");
    });
    if (!decision.is_allowed()) return refuse_by_policy(exchange, request, decision);
    return Step::go_on();
}

/// Everything that the request asks for has to be allowed.
Step judge(Exchange& exchange, iam::Authorization how, const iam::Caller& caller, const Entitlement* entitlement) {
    const std::string_view method = exchange.request->method_text();
    const std::string& route = exchange.route->route->route_key;
    const bool names_it = std::string_view(route).substr(0, route.find(' ')) == method;
    for (const std::string& asked : auth::asked_methods(method, names_it)) {
        const Step step = judge_method(exchange, asked, how, caller, entitlement);
        if (step.kind != Step::Kind::next) return step;
    }
    return Step::go_on();
}

/// What is asked of a caller who did not sign, after his token if that was asked for.
Step finish_unsigned(Exchange& exchange, iam::Authorization how) {
    const RouteAccess& access = exchange.route->access;
    if (access.policy) {
        const Step step = judge(exchange, how, iam::Caller(), nullptr);
        if (step.kind != Step::Kind::next) return step;
    }
    return access.api_key ? check_api_key(exchange) : let_in(exchange);
}

// ── tokens ──────────────────────────────────────────────────────────────────

Step refuse_token(Exchange& exchange, const auth::TokenFault& fault, const auth::Checklist* checks = nullptr) {
    const RouteAccess& access = exchange.route->access;
    Caller::Told& words = told(exchange);
    words.authorizer_error = auth::context_error_of(fault);
    if (exchange.kind == ApiKind::http) words.challenge = auth::challenge_of(fault, access.rules.scopes);
    note(exchange.trace, kStage, [&] {
        const std::string line = checks == nullptr || checks->checks().empty() ? fault.detail : checks->line();
        return fmt::format("{} ({}) -> deny", access.authorizer->name, line.empty() ? fault.reason : line);
    });
    return deny(exchange, auth::to_refusal(fault, exchange.kind));
}

/// The values of the authorizer's identity source; storage for those of a query.
struct IdentitySource {
    IdentitySource(const Exchange& exchange, const AuthorizerRuntime& authorizer) {
        if (!authorizer.in_query) {
            for (const http::FieldView field : exchange.request->fields)
                if (count < kMostValues && equals_ignoring_case(field.name, authorizer.source))
                    values[count++] = field.value;
            return;
        }
        for (http::QueryReader query(exchange.request->path.query()); const auto parameter = query.next();) {
            if (count == kMostValues || http::decode_query(parameter->name) != authorizer.source) continue;
            decoded[count] = http::decode_query(parameter->value);
            values[count] = decoded[count];
            ++count;
        }
    }
    std::array<std::string, kMostValues> decoded;
    std::array<std::string_view, kMostValues> values;
    std::size_t count = 0;
};

/// Whose token it says to be, where several issuers are believed; what it says is verified afterwards.
const TokenProvider* choose_provider(const AuthorizerRuntime& authorizer, const auth::Jws& jws) {
    if (authorizer.providers.size() == 1) return authorizer.providers.data();
    const auto claims = auth::Claims::parse(jws.payload);
    if (auth::fault_of(claims) != nullptr) return nullptr;
    const std::string_view issuer = auth::found_in(claims).text("iss");
    for (const TokenProvider& provider : authorizer.providers)
        if (provider.rules.claims.issuer == issuer) return &provider;
    return nullptr;
}

Step authorize_token(Exchange& exchange);

Step after_keys(Exchange& exchange, Reply& reply) {
    exchange.now = reply.now;
    return authorize_token(exchange);
}

/// Asks for the keys once; afterwards what is not known stays unknown.
Step ask_for_keys(Exchange& exchange, const TokenProvider& provider, const std::optional<std::string>& kid) {
    exchange.wanted = exchange.runtime->access.issuers[provider.issuer];
    exchange.wanted_kid = kid.value_or("");
    exchange.keys_were_asked = true;
    return Step::ask(Effect::keys, after_keys);
}

Step accept_token(Exchange& exchange, std::shared_ptr<const auth::Token> token, auth::Checklist* checks) {
    const RouteAccess& access = exchange.route->access;
    if (const auto fault = auth::check_route(token->claims, access.rules, checks))
        return refuse_token(exchange, *fault, checks);
    note(exchange.trace, kStage, [&] {
        const std::string_view subject = token->claims.text("sub");
        return fmt::format("{} ({}) -> allow{}", access.authorizer->name, checks == nullptr ? "known" : checks->line(),
                           subject.empty() ? "" : fmt::format(" as sub={}", subject));
    });
    exchange.caller.token = std::move(token);
    return finish_unsigned(exchange, iam::Authorization::user_pool);
}

/// Verifies a token that is not known yet.
Step verify_new_token(Exchange& exchange, std::string_view text, const auth::TokenIdentity& identity) {
    const AuthorizerRuntime& authorizer = *exchange.route->access.authorizer;
    auth::Checklist list;
    auth::Checklist* checks = exchange.trace == nullptr ? nullptr : &list;
    auto parsed = auth::parse_jws(text, authorizer.providers.front().rules.max_size);
    if (const auth::TokenFault* fault = auth::fault_of(parsed)) return refuse_token(exchange, *fault);
    auth::Jws& jws = auth::found_in(parsed);
    const TokenProvider* provider = choose_provider(authorizer, jws);
    if (provider == nullptr)
        return refuse_token(exchange, {reason::kJwtIssuer, "of none of the authorizer's issuers", {}});
    const Issuer& issuer = *exchange.runtime->access.issuers[provider->issuer];
    const IssuerKeys& keys = (*exchange.issuers)[provider->issuer].look(issuer);
    if (keys.set == nullptr) {
        if (!exchange.keys_were_asked && issuer.is_fetched()) return ask_for_keys(exchange, *provider, jws.header.kid);
        return refuse_token(exchange, {reason::kJwtKeys, keys.failure,
                                       keys.no_discovery ? auth::kDiscoveryDescription : std::string_view()});
    }
    bool unknown_kid = false;
    const auto chosen = auth::find_key(jws, *keys.set, provider->rules.algorithms, &unknown_kid);
    if (auth::fault_of(chosen) != nullptr && unknown_kid && issuer.is_fetched() && !exchange.keys_were_asked)
        return ask_for_keys(exchange, *provider, jws.header.kid);
    auto judged = auth::verify_token(std::move(jws), *keys.set, provider->rules, checks, exchange.date);
    if (const auth::TokenFault* fault = auth::fault_of(judged)) return refuse_token(exchange, *fault, checks);
    auto token = std::make_shared<const auth::Token>(std::move(auth::found_in(judged)));
    exchange.worker->remembered.remember(identity, token, exchange.date);
    return accept_token(exchange, std::move(token), checks);
}

Step authorize_token(Exchange& exchange) {
    const AuthorizerRuntime& authorizer = *exchange.route->access.authorizer;
    exchange.caller.authorizer = &authorizer;
    const IdentitySource source(exchange, authorizer);
    const auto found = auth::find_token(std::span(source.values).first(source.count));
    if (const auth::TokenFault* fault = auth::fault_of(found)) return refuse_token(exchange, *fault);
    const std::string_view text = auth::found_in(found);
    exchange.caller.token_digest = sha256(text);
    auth::TokenIdentity identity{exchange.caller.token_digest, authorizer.id, exchange.runtime->generation, 0};
    bool has_keys = true;
    for (const TokenProvider& provider : authorizer.providers) {
        const IssuerKeys& keys =
            (*exchange.issuers)[provider.issuer].look(*exchange.runtime->access.issuers[provider.issuer]);
        has_keys = has_keys && keys.set != nullptr;
        identity.key_version += keys.version;  // each only grows: any change gives another sum
    }
    if (has_keys && exchange.trace == nullptr)
        if (auto token = exchange.worker->remembered.find(identity, exchange.date))
            return accept_token(exchange, std::move(token), nullptr);
    return verify_new_token(exchange, text, identity);
}

// ── signatures ──────────────────────────────────────────────────────────────

Step refuse_signature(Exchange& exchange, const sigv4::Denial& denial) {
    told(exchange).words = sigv4::wording_of(exchange.kind, denial);
    const std::string_view first_line = std::string_view(denial.message).substr(0, denial.message.find('\n'));
    std::string detail = fmt::format("{}: {}", sigv4::name_of(denial.fault), first_line.substr(0, 256));
    if (denial.fault == sigv4::Fault::scope)
        detail += fmt::format("(the gateway is {}, service execute-api)", exchange.runtime->config->region);
    note(exchange.trace, kStage, [&] { return fmt::format("iam ({}) -> deny", detail); });
    return deny(exchange, Refusal{sigv4::status_of(denial.fault),
                                  denial.fault == sigv4::Fault::missing ? reason::kIamMissing : reason::kIamSignature,
                                  std::move(detail)});
}

Step verify_signature(Exchange& exchange) {
    const Signers& signers = *exchange.runtime->access.signers;
    sigv4::Request request = sigv4::request_of(*exchange.request, exchange.worker->fields);
    if (exchange.body) request.body_hash = exchange.body->digest;
    const auto result = signers.verifier->verify(request, exchange.worker->signing_keys, exchange.date);
    if (const auto* denial = std::get_if<sigv4::Denial>(&result)) return refuse_signature(exchange, *denial);
    exchange.caller.credential = std::get<sigv4::Verified>(result).credential;
    exchange.caller.presigned = std::get<sigv4::Verified>(result).form == sigv4::Form::query;
    const auto entitled = signers.entitlements.find(exchange.caller.credential->access_key_id);
    if (entitled == signers.entitlements.end())
        return deny(exchange, reason::kInternal, "a signer without entitlement");
    note(exchange.trace, kStage, [&] {
        return fmt::format("iam (signature ok, key {}) -> allow as {}", exchange.caller.credential->access_key_id,
                           exchange.caller.credential->principal_arn);
    });
    const Step step = judge(exchange, iam::Authorization::iam, entitled->second.caller, &entitled->second);
    if (step.kind != Step::Kind::next) return step;
    return exchange.route->access.api_key ? check_api_key(exchange) : let_in(exchange);
}

Step after_body(Exchange& exchange, Reply& reply) {
    exchange.now = reply.now;
    return verify_signature(exchange);
}

/// Strangers are refused before their body is read.
Step authorize_signed(Exchange& exchange) {
    const Signers& signers = *exchange.runtime->access.signers;
    const sigv4::Request request = sigv4::request_of(*exchange.request, exchange.worker->fields);
    if (exchange.request->body.framing == http::Framing::none) return verify_signature(exchange);
    if (const auto denial = signers.verifier->screen(request, exchange.worker->signing_keys, exchange.date))
        return refuse_signature(exchange, *denial);
    return Step::ask(Effect::collect, after_body);
}

}  // namespace

bool may_invalidate_cache(const Exchange& exchange) {
    if (exchange.caller.credential == nullptr) return false;
    const Signers& signers = *exchange.runtime->access.signers;
    const auto entitled = signers.entitlements.find(exchange.caller.credential->access_key_id);
    auto asked = in_iam_words(exchange, exchange.request->method_text());
    if (entitled == signers.entitlements.end() || !asked) return false;
    asked->action = "execute-api:InvalidateCache";
    const auto decided = decide(exchange, *asked, iam::Authorization::iam, entitled->second.caller, &entitled->second);
    return decided && decided->second.is_allowed();
}

Step authorize(Exchange& exchange) {
    const RouteAccess& access = exchange.route->access;
    if (access.iam) {
        if (exchange.runtime->access.signers == nullptr) return deny(exchange, reason::kInternal, "nobody may sign");
        return authorize_signed(exchange);
    }
    if (access.authorizer != nullptr) return authorize_token(exchange);
    return finish_unsigned(exchange, iam::Authorization::none);
}

}  // namespace gw::gateway
