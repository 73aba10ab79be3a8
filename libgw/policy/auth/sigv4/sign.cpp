#include "libgw/policy/auth/sigv4/sign.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libgw/base/encoding.h"
#include "libgw/base/text.h"
#include "libgw/base/time_text.h"
#include "libgw/policy/auth/sigv4/claim.h"
#include "libgw/wire/http/hop_by_hop.h"

namespace gw::sigv4 {
namespace {

Error usage(std::string message) { return Error{Errc::usage, std::move(message), {}, {}}; }

// Fields that proxies and libraries change without asking are better not signed.
bool is_signable(std::string_view name) {
    const http::FieldName id = http::to_field_name(name);
    return !http::is_hop_by_hop(id) && id != http::FieldName::authorization && id != http::FieldName::user_agent &&
           id != http::FieldName::expect && id != http::FieldName::x_amzn_trace_id;
}

std::string names_of(std::span<const Field> fields) {
    std::vector<std::string> names;
    for (const Field& field : fields) {
        if (is_signable(field.name)) names.push_back(to_lower(field.name));
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return join(names, ";");
}

bool is_scope_part(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_'; });
}

Result<void> check(const Request& request, const Credential& credential, const SignOptions& options) {
    if (!is_access_key_id(credential.access_key_id)) return usage("the access key id is not one");
    if (credential.secret.empty()) return usage(fmt::format("access key {} has no secret", credential.access_key_id));
    if (!is_scope_part(options.region)) return usage(fmt::format("'{}' is not a region", options.region));
    if (!is_scope_part(options.service)) return usage(fmt::format("'{}' is not a service", options.service));
    if (find_field(request.fields, "host") == nullptr) return usage("a request without a host cannot be signed");
    const auto claim = read_claim(request);
    const Denial* unsigned_so_far = std::get_if<Denial>(&claim);
    if (unsigned_so_far == nullptr || unsigned_so_far->fault != Fault::missing) {
        return usage("the request carries a signature already");
    }
    return ok();
}

PathRules path_of(const SignOptions& options) { return options.path.value_or(path_rules_of(options.service)); }

std::string payload_of(const Request& request, const SignOptions& options) {
    return options.unsigned_payload ? std::string(kUnsignedPayload) : to_hex(request.body_hash.view());
}

void finish(Signed& out, std::string_view date_time, const Credential& credential, const Scope& scope) {
    out.scope = scope.text();
    out.string_to_sign = string_to_sign(date_time, out.scope, out.canonical_request);
    out.signature = SigningKey::derive(credential.secret, scope).sign(out.string_to_sign);
}

void add_parameter(std::string& query, std::string_view name, std::string_view value) {
    if (!query.empty()) query += '&';
    query.append(name).append("=");
    append_encoded(query, value);
}

}  // namespace

Result<Signed> sign(const Request& request, const Credential& credential, const SignOptions& options, Date now) {
    TRY(check(request, credential, options));
    const auto date_time = to_aws_date_time(now);
    const auto day = to_aws_day(now);
    const std::string payload = payload_of(request, options);
    Signed out;
    const bool has_token = !credential.session_token.empty();
    if (has_token) out.fields.emplace_back("X-Amz-Security-Token", credential.session_token.expose());
    out.fields.emplace_back("X-Amz-Date", date_time.view());
    if (options.payload_field) out.fields.emplace_back("X-Amz-Content-Sha256", payload);

    std::vector<Field> fields(request.fields.begin(), request.fields.end());
    for (const auto& [name, value] : out.fields) {
        if (find_field(request.fields, to_lower(name)) != nullptr) {
            return usage(fmt::format("the request has an {} already", name));
        }
        if (options.sign_session_token || name != "X-Amz-Security-Token") fields.push_back({name, value});
    }
    Request complete = request;
    complete.fields = fields;
    out.signed_headers = names_of(fields);
    out.canonical_request = canonical_request(complete, {out.signed_headers, payload, path_of(options), {}});
    finish(out, date_time.view(), credential, {day.view(), options.region, options.service});
    out.fields.emplace_back("Authorization",
                            fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                                        credential.access_key_id, out.scope, out.signed_headers, out.signature));
    return out;
}

Result<Presigned> presign(const Request& request, const Credential& credential, const SignOptions& options,
                          unsigned lifetime, Date now) {
    TRY(check(request, credential, options));
    if (lifetime == 0 || lifetime > kLongestExpiry) {
        return usage(fmt::format("a life of {} s is not possible", lifetime)).with_hint("from 1 second to 7 days");
    }
    const auto date_time = to_aws_date_time(now);
    const auto day = to_aws_day(now);
    const Scope scope{day.view(), options.region, options.service};
    Presigned out;
    out.signed_headers = names_of(request.fields);
    out.query = request.query;
    add_parameter(out.query, "X-Amz-Algorithm", kAlgorithm);
    add_parameter(out.query, "X-Amz-Credential", credential.access_key_id + "/" + scope.text());
    add_parameter(out.query, "X-Amz-Date", date_time.view());
    add_parameter(out.query, "X-Amz-Expires", std::to_string(lifetime));
    add_parameter(out.query, "X-Amz-SignedHeaders", out.signed_headers);
    const auto add_token = [&] {
        if (credential.session_token.empty()) return;
        add_parameter(out.query, "X-Amz-Security-Token", credential.session_token.expose());
    };
    if (options.sign_session_token) add_token();
    Request complete = request;
    complete.query = out.query;
    out.canonical_request =
        canonical_request(complete, {out.signed_headers, payload_of(request, options), path_of(options), {}});
    finish(out, date_time.view(), credential, scope);
    if (!options.sign_session_token) add_token();
    add_parameter(out.query, "X-Amz-Signature", out.signature);
    return out;
}

Result<std::string> presign_url(std::string_view method, const http::Url& url, const Credential& credential,
                                const SignOptions& options, unsigned lifetime, Date now) {
    const std::string host = url.authority.text(url.secure() ? 443 : 80);
    const std::array fields{Field{"host", host}};
    const auto made = TRY(presign({method, url.path, url.query, fields}, credential, options, lifetime, now));
    http::Url signed_url = url;
    if (signed_url.path.empty()) signed_url.path = "/";
    signed_url.query = made.query;
    signed_url.has_query = true;
    return signed_url.text();
}

}  // namespace gw::sigv4
