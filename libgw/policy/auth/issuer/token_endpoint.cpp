// The authorization and token endpoints of a test issuer (RFC 6749, RFC 7636, RFC 9207).

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/encoding.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/issuer/issuer.h"
#include "libgw/policy/auth/issuer/reply.h"
#include "libgw/wire/http/query.h"

namespace gw::issuer {
namespace {

Answer no_client(const Request& request, std::string_view why) {
    Answer answer = refuse(401, "invalid_client", why);
    if (!request.authorization.empty()) answer.fields.emplace_back("WWW-Authenticate", "Basic realm=\"gw-token\"");
    return answer;
}

Answer no_grant(std::string_view why) { return refuse(400, "invalid_grant", why); }

/// Who asks, and whether a secret was brought. No secret is wrong here.
struct Client {
    std::string id;
    bool has_secret = false;
};

/// RFC 6749 §2.3.1: in the Authorization field, each half form-encoded, or in the body.
std::variant<Client, Answer> read_client(const Request& request, const Form& form) {
    if (request.authorization.empty()) {
        if (!form.has("client_id")) return no_client(request, "client_id is missing");
        return Client{std::string(form.get("client_id")), form.has("client_secret")};
    }
    if (!starts_with_ignoring_case(request.authorization, "basic "))
        return no_client(request, "the Authorization field is not Basic");
    const auto text = parse_base64(trim_ows(request.authorization.substr(6)));
    const auto halves = text ? split_once(*text, ':') : std::nullopt;
    if (!halves || halves->first.empty()) return no_client(request, "the Authorization field has no client id");
    Client client{http::decode_query(halves->first), !halves->second.empty()};
    if (!is_utf8(client.id)) return no_client(request, "the client id is not UTF-8");
    if (form.has("client_secret")) return refuse(400, "invalid_request", "two ways to prove who the client is");
    if (form.has("client_id") && form.get("client_id") != client.id)
        return refuse(400, "invalid_request", "client_id is not the one of the Authorization field");
    return client;
}

/// scope-token *( SP scope-token ) (RFC 6749 §3.3)
bool is_scope(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

bool has_word(std::string_view words, std::string_view word) {
    const auto all = split(words, ' ');
    return std::find(all.begin(), all.end(), word) != all.end();
}

/// RFC 8707, or Auth0's parameter of the same meaning.
std::string audience_of(const Form& form, const Settings& settings) {
    for (const std::string_view name : {"audience", "resource"}) {
        if (form.has(name)) return std::string(form.get(name));
    }
    return settings.audience;
}

std::string default_scope(const Settings& settings) {
    return settings.pool.empty() ? "openid" : "aws.cognito.signin.user.admin openid";
}

bool is_form(std::string_view content_type) {
    const std::string_view type = trim_ows(content_type.substr(0, content_type.find(';')));
    return equals_ignoring_case(type, "application/x-www-form-urlencoded");
}

}  // namespace

Answer Issuer::authorize(const Visit& visit) {
    const bool posted = visit.request.method == "POST";
    if (posted && !is_form(visit.request.content_type)) return refuse(400, "invalid_request", "the body is not a form");
    const auto form = Form::parse(posted ? visit.request.body : visit.request.query);
    // what cannot be trusted to lead back is said here and now (RFC 6749 §4.1.2.1)
    if (!form) return refuse(400, "invalid_request", form.error().message);
    if (!form->has("client_id")) return refuse(400, "invalid_request", "client_id is missing");
    const std::string redirect(form->get("redirect_uri"));
    if (redirect.empty()) return refuse(400, "invalid_request", "redirect_uri is missing");
    if (!may_redirect_to(redirect))
        return refuse(400, "invalid_request",
                      "redirect_uri does not lead to this machine: allow it with --redirect-uri");

    const auto lead_back = [&](std::string parameters, std::string note) {
        if (form->has("state")) append_parameter(parameters, "state", form->get("state"));
        append_parameter(parameters, "iss", visit.shape.issuer);
        Answer answer = reply(302, Object{});
        answer.body.clear();
        const char* glue = redirect.find('?') == std::string::npos ? "?" : redirect.ends_with('?') ? "" : "&";
        answer.fields.emplace_back("Location", redirect + glue + parameters);
        answer.note = std::move(note);
        return answer;
    };
    const auto fail = [&](std::string_view error, std::string_view why) {
        std::string parameters;
        append_parameter(parameters, "error", error);
        append_parameter(parameters, "error_description", why);
        return lead_back(std::move(parameters), fmt::format("{}: {}", error, why));
    };
    if (form->has("request") || form->has("request_uri")) return fail("request_not_supported", "send plain parameters");
    if (form->get("response_type") != "code") return fail("unsupported_response_type", "response_type is code here");
    if (form->has("response_mode") && form->get("response_mode") != "query")
        return fail("invalid_request", "response_mode is query here");
    if (form->get("code_challenge_method") != "S256" || !is_challenge(form->get("code_challenge")))
        return fail("invalid_request", "PKCE is needed: a code_challenge, and S256 as its method");
    if (!is_scope(form->get("scope"))) return fail("invalid_scope", "scope is words of visible ASCII");
    const std::string_view hint = form->has("user") ? form->get("user") : form->get("login_hint");
    if (hint.empty() && settings_.users.size() != 1)
        return fail("login_required", "say with login_hint which of the users it is");
    const User* user = hint.empty() ? &settings_.users.front() : find_user(hint);
    if (user == nullptr) return fail("access_denied", "there is no such user");

    Session session{user->name,
                    std::string(form->get("client_id")),
                    form->has("scope") ? std::string(form->get("scope")) : default_scope(settings_),
                    audience_of(*form, settings_),
                    std::string(form->get("nonce")),
                    visit.now,
                    ++sessions_};
    const auto code =
        grants_.add_code(std::move(session), redirect, std::string(form->get("code_challenge")), dice_, visit.now);
    if (!code) return fail("server_error", code.error().message);
    std::string parameters;
    append_parameter(parameters, "code", *code);
    return lead_back(std::move(parameters), "code for " + user->name);
}

Answer Issuer::grant(const Visit& visit) {
    if (!is_form(visit.request.content_type)) return refuse(400, "invalid_request", "the body is not a form");
    const auto form = Form::parse(visit.request.body);
    if (!form) return refuse(400, "invalid_request", form.error().message);
    const auto read = read_client(visit.request, *form);
    if (const Answer* refused = std::get_if<Answer>(&read)) return *refused;
    const Client& client = std::get<Client>(read);
    if (!is_scope(form->get("scope"))) return refuse(400, "invalid_scope", "scope is words of visible ASCII");
    const std::string_view type = form->get("grant_type");
    if (type.empty()) return refuse(400, "invalid_request", "grant_type is missing");
    if (type == "authorization_code") return grant_code(visit, *form, client.id);
    if (type == "password") return grant_password(visit, *form, client.id);
    if (type == "refresh_token") return grant_refresh(visit, *form, client.id);
    if (type != "client_credentials")
        return refuse(400, "unsupported_grant_type",
                      "authorization_code, client_credentials, password and refresh_token are there");
    if (!client.has_secret) return no_client(visit.request, "the client brought no secret; any will do");
    return grant_client(visit, *form, client.id);
}

Answer Issuer::grant_code(const Visit& visit, const Form& form, const std::string& client) {
    for (const std::string_view name : {"code", "redirect_uri", "code_verifier"}) {
        if (!form.has(name)) return refuse(400, "invalid_request", fmt::format("{} is missing", name));
    }
    const auto redeemed =
        grants_.redeem(form.get("code"), client, form.get("redirect_uri"), form.get("code_verifier"), visit.now);
    if (const NoGrant* no = std::get_if<NoGrant>(&redeemed)) return no_grant(no->why);
    const Session& session = std::get<Session>(redeemed);
    return hand_out(visit, session, &session);
}

Answer Issuer::grant_password(const Visit& visit, const Form& form, const std::string& client) {
    for (const std::string_view name : {"username", "password"}) {
        if (!form.has(name)) return refuse(400, "invalid_request", fmt::format("{} is missing", name));
    }
    const User* user = find_user(form.get("username"));
    if (user == nullptr) return no_grant("there is no such user");
    const Session session{user->name,
                          client,
                          form.has("scope") ? std::string(form.get("scope")) : default_scope(settings_),
                          audience_of(form, settings_),
                          {},
                          visit.now,
                          ++sessions_};
    return hand_out(visit, session, &session);
}

Answer Issuer::grant_client(const Visit& visit, const Form& form, const std::string& client) {
    const Session session{{},        client,     std::string(form.get("scope")), audience_of(form, settings_), {},
                          visit.now, ++sessions_};
    return hand_out(visit, session, nullptr);
}

Answer Issuer::grant_refresh(const Visit& visit, const Form& form, const std::string& client) {
    if (!form.has("refresh_token")) return refuse(400, "invalid_request", "refresh_token is missing");
    // Cognito lets a refresh token be used again and again
    const bool once = !visit.shape.cognito;
    std::string scope(form.get("scope"));
    auto found = grants_.refresh(form.get("refresh_token"), client, false, visit.now);
    if (const NoGrant* no = std::get_if<NoGrant>(&found)) return no_grant(no->why);
    auto& session = std::get<Session>(found);
    for (const std::string_view word : split(scope, ' ')) {
        if (!word.empty() && !has_word(session.scope, word))
            return refuse(400, "invalid_scope", "a refreshed token has no scope that the first one had not");
    }
    if (once) static_cast<void>(grants_.refresh(form.get("refresh_token"), client, true, visit.now));
    Session narrowed = session;
    if (!scope.empty()) narrowed.scope = std::move(scope);
    return hand_out(visit, narrowed, once ? &session : nullptr);
}

Answer Issuer::hand_out(const Visit& visit, const Session& session, const Session* refreshed) {
    auto access = make_token(visit, Use::access, session);
    if (!access) return refuse(500, "server_error", access.error().message);
    if (!session.user.empty()) grants_.note_access(session, *access);
    Object body{
        {"access_token", *std::move(access)}, {"token_type", "Bearer"}, {"expires_in", settings_.lifetime.count()}};
    if (!session.scope.empty()) body.push_back({"scope", session.scope});
    if (!session.user.empty() && has_word(session.scope, "openid")) {
        auto id = make_token(visit, Use::id, session);
        if (!id) return refuse(500, "server_error", id.error().message);
        body.push_back({"id_token", *std::move(id)});
    }
    if (refreshed != nullptr) {
        auto refresh = grants_.add_refresh(*refreshed, dice_, visit.now);
        if (!refresh) return refuse(500, "server_error", refresh.error().message);
        body.push_back({"refresh_token", *std::move(refresh)});
    }
    Answer answer = reply(200, Value(std::move(body)));
    answer.note = fmt::format("token for {}", session.user.empty() ? session.client_id : session.user);
    return answer;
}

}  // namespace gw::issuer
