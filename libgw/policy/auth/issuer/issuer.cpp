#include "libgw/policy/auth/issuer/issuer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libgw/base/crypto.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/discovery.h"
#include "libgw/policy/auth/issuer/reply.h"
#include "libgw/policy/auth/jws.h"
#include "libgw/policy/auth/token.h"
#include "libgw/wire/http/uri.h"

namespace gw::issuer {
namespace {

/// Names of this machine as clients write them: no other leads to us but by a trick.
bool is_own_name(const http::Authority& authority) {
    return authority.host == "localhost" || authority.host == "127.0.0.1" || authority.host == "::1";
}

/// True when a browser asks for a page that is not our own (RFC 6454; Fetch Metadata Request Headers §2.4).
bool is_from_strange_page(const Request& request, std::string_view base) {
    const bool is_strange = !request.origin.empty() && !equals_ignoring_case(request.origin, base);
    return is_strange || request.fetch_site == "cross-site" || request.fetch_site == "same-site";
}

/// The last moment at which a token is good.
Date end_of(const Object& claims) {
    constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max() / 1000000000;
    for (const Member& member : claims) {
        if (member.key != "exp") continue;
        const auto seconds = member.value.to_double();
        if (!seconds || *seconds >= static_cast<double>(kLast)) return Date::max();
        if (*seconds <= 0) return Date{};
        return Date(std::chrono::seconds(static_cast<std::int64_t>(*seconds)));
    }
    return Date::max();
}

}  // namespace

Result<Issuer> Issuer::make(Settings settings, Dice dice, Date now) {
    const bool cognito = !settings.pool.empty();
    if (cognito && settings.algorithm != auth::Algorithm::rs256)
        return Error{Errc::usage, "Cognito signs with RS256 and nothing else", "leave the algorithm away", {}};
    if (!settings.issuer.empty()) TRY(auth::check_issuer(settings.issuer));
    if (settings.lifetime <= std::chrono::seconds(0))
        return Error{Errc::usage, "a token has to live for a second at least", {}, {}};
    if (settings.rotation && *settings.rotation <= Nanoseconds(0))
        return Error{Errc::usage, "a key has to sign for some time before the next one does", {}, {}};
    for (std::size_t i = 0; i < settings.users.size(); ++i) {
        for (std::size_t other = 0; other < i; ++other) {
            if (settings.users[i].name == settings.users[other].name)
                return Error{Errc::usage, "there are two users " + settings.users[i].name, {}, {}};
        }
    }
    for (const std::string& uri : settings.redirects) {
        if (!http::Url::parse(uri)) return Error{Errc::usage, fmt::format("{} is no URL", to_json(uri)), {}, {}};
    }
    std::array<std::uint8_t, 8> bytes{};
    TRY(dice(bytes));
    std::uint64_t seed = 0;
    for (const std::uint8_t byte : bytes) seed = seed << 8U | byte;
    KeyRing keys = TRY(KeyRing::make({settings.algorithm, cognito, cognito, settings.rotation}, now));
    return Issuer(std::move(settings), std::move(dice), std::move(keys), seed);
}

Answer Issuer::answer(const Request& request, Date now) {
    const auto host = http::Authority::parse(request.host);
    if (!host || !is_own_name(*host)) {
        return refuse(421, "invalid_request", "this issuer answers to 127.0.0.1 and localhost only");
    }
    if (auto turned = keys_.advance(now); !turned) return refuse(500, "server_error", turned.error().message);
    Visit visit{request, "http://" + host->text(80), {}, now};
    visit.shape = {!settings_.pool.empty(), settings_.issuer.empty() ? visit.base + path() : settings_.issuer,
                   settings_.lifetime};

    std::string_view at = request.path;
    const std::string own = path();
    const bool is_below = !own.empty() && at.starts_with(own + "/");
    if (is_below) at.remove_prefix(own.size());
    const bool is_root = own.empty() || is_below;
    const bool reads = request.method == "GET" || request.method == "HEAD";
    const bool posts = request.method == "POST";
    // no CORS field stops a page from sending a form, only from reading the answer
    if (!reads && is_from_strange_page(request, visit.base)) {
        return refuse(403, "access_denied", "this was sent by a page of another origin");
    }
    const auto only = [&](bool method_is_right, std::string_view allow, auto handle) {
        if (method_is_right) return handle();
        Answer answer = refuse(405, "invalid_request", fmt::format("{} is not for this", request.method));
        answer.fields.emplace_back("Allow", allow);
        return answer;
    };
    if (is_root && at == "/.well-known/openid-configuration")
        return only(reads, "GET, HEAD", [&] { return discover(visit); });
    if (is_root && at == "/.well-known/jwks.json") return only(reads, "GET, HEAD", [&] { return publish(visit); });
    if (at == "/sign") return only(posts, "POST", [&] { return sign(visit); });
    if (at == "/rotate") return only(posts, "POST", [&] { return rotate(visit); });
    if (request.path == token_path()) return only(posts, "POST", [&] { return grant(visit); });
    if (request.path == authorize_path())
        return only(reads || posts, "GET, HEAD, POST", [&] { return authorize(visit); });
    if (request.path == user_info_path())
        return only(reads || posts, "GET, HEAD, POST", [&] { return tell_user(visit); });
    return refuse(404, "not_found", fmt::format("see {}", auth::discovery_url(visit.base + own)));
}

Answer Issuer::discover(const Visit& visit) const {
    const std::string& base = visit.base;
    Object document{
        {"issuer", visit.shape.issuer},
        {"authorization_endpoint", base + std::string(authorize_path())},
        {"token_endpoint", base + std::string(token_path())},
        {"userinfo_endpoint", base + std::string(user_info_path())},
        {"jwks_uri", base + path() + "/.well-known/jwks.json"},
        {"response_types_supported", Array{"code"}},
        {"response_modes_supported", Array{"query"}},
        {"grant_types_supported", Array{"authorization_code", "client_credentials", "password", "refresh_token"}},
        {"subject_types_supported", Array{"public"}},
        {"id_token_signing_alg_values_supported", Array{auth::to_text(settings_.algorithm)}},
        {"scopes_supported", Array{"openid", "email", "profile"}},
        {"token_endpoint_auth_methods_supported", Array{"client_secret_basic", "client_secret_post", "none"}},
        {"code_challenge_methods_supported", Array{"S256"}},
        {"authorization_response_iss_parameter_supported", true},
    };
    return reply(200, Value(std::move(document)));
}

Answer Issuer::publish(const Visit& visit) const {
    const std::vector<auth::Key> keys = keys_.published(visit.now);
    Value set = auth::to_jwks(keys);
    Answer answer = reply(200, set);
    answer.note = fmt::format("{} keys", keys.size());
    return answer;
}

Answer Issuer::sign(const Visit& visit) {
    JsonOptions strict;
    strict.unique_keys = true;
    strict.size = kMaxBody;
    auto claims = parse_json(visit.request.body, strict);
    if (!claims) return reply(400, Object{{"error", "the claims: " + claims.error().message}});
    Object* members = claims->if_object();
    if (members == nullptr) return reply(400, Object{{"error", "the claims are not a JSON object"}});
    const std::int64_t at = to_unix_seconds(visit.now);
    for (const auto& [name, value] : {std::pair<std::string_view, Value>{"iss", visit.shape.issuer},
                                      {"iat", at},
                                      {"exp", at + settings_.lifetime.count()}}) {
        if (claims->find(name) == nullptr) members->push_back({std::string(name), value});
    }
    const std::string* token_use = claims->find_string("token_use");
    const Use use = token_use != nullptr && *token_use == "id" ? Use::id : Use::access;
    Object header;
    if (!visit.shape.cognito) header.push_back({"typ", "JWT"});
    auto token = auth::sign_jws(to_json(*claims), keys_.signer(use), header);
    if (!token) return reply(400, Object{{"error", token.error().message}});
    keys_.keep_until(use, end_of(*members));
    Answer answer = reply(200, Object{{"token", *std::move(token)}});
    answer.note = "signed";
    return answer;
}

Answer Issuer::rotate(const Visit& visit) {
    if (!keys_.rotates()) return reply(400, Object{{"error", "this issuer keeps its keys: start it with --rotate"}});
    if (auto turned = keys_.rotate(visit.now); !turned) return reply(500, Object{{"error", turned.error().message}});
    Answer answer = reply(200, Object{{"kid", keys_.signer(Use::access).kid()}});
    answer.note = "signs with " + keys_.signer(Use::access).kid();
    return answer;
}

Answer Issuer::tell_user(const Visit& visit) const {
    const auto challenge = [](int status, std::string_view error, std::string_view why) {
        Answer answer = refuse(status, error, why);
        answer.fields.emplace_back("WWW-Authenticate",
                                   fmt::format("Bearer error=\"{}\", error_description=\"{}\"", error, why));
        return answer;
    };
    const std::string_view authorization = visit.request.authorization;
    if (!starts_with_ignoring_case(authorization, "bearer ")) {
        Answer answer = refuse(401, "invalid_token", "a token is missing");
        answer.fields.emplace_back("WWW-Authenticate", "Bearer");
        return answer;
    }
    const auto set = auth::KeySet::make(keys_.published(visit.now));
    if (!set) return refuse(500, "server_error", set.error().message);
    auth::TokenRules rules;
    rules.algorithms = {settings_.algorithm};
    rules.claims.issuer = visit.shape.issuer;
    rules.claims.leeway = std::chrono::seconds(0);
    if (!visit.shape.cognito) rules.claims.type = "at+jwt";
    const std::string_view token = trim_ows(authorization.substr(7));
    const auto judged = verify_token(token, *set, rules, nullptr, visit.now);
    if (const auto* fault = auth::fault_of(judged))
        return challenge(401, "invalid_token", auth::description_of(*fault));
    const auth::Claims& claims = auth::found_in(judged).claims;
    if (grants_.is_void(token)) return challenge(401, "invalid_token", "the code that it came from was used twice");
    if (visit.shape.cognito && auth::check_route(claims, {{}, auth::TokenUse::access}))
        return challenge(401, "invalid_token", "this is not an access token");
    if (auth::check_route(claims, {{"openid"}, auth::TokenUse::any}))
        return challenge(403, "insufficient_scope", "the token was not asked for with openid");
    for (const User& user : settings_.users) {
        if (subject_of(visit.shape, user) != claims.text("sub")) continue;
        Answer answer = reply(200, make_user_info(visit.shape, user));
        answer.note = user.name;
        return answer;
    }
    return challenge(401, "invalid_token", "the token is not a user's");
}

Result<std::string> Issuer::make_token(const Visit& visit, Use use, const Session& session) {
    Draft draft = make_draft(visit.shape, use, session, find_user(session.user), chance_, visit.now);
    const Date end = end_of(draft.claims);
    std::string token = TRY(auth::sign_jws(to_json(Value(std::move(draft.claims))), keys_.signer(use), draft.header));
    keys_.keep_until(use, end);
    return token;
}

const User* Issuer::find_user(std::string_view name) const {
    const auto found = std::find_if(settings_.users.begin(), settings_.users.end(),
                                    [name](const User& user) { return user.name == name; });
    return found == settings_.users.end() ? nullptr : &*found;
}

bool Issuer::may_redirect_to(std::string_view uri) const {
    if (std::find(settings_.redirects.begin(), settings_.redirects.end(), uri) != settings_.redirects.end())
        return true;
    const auto url = http::Url::parse(uri);
    return url && (url->scheme == "http" || url->scheme == "https") && is_own_name(url->authority);
}

}  // namespace gw::issuer
