#include "libgw/policy/auth/sigv4/claim.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libgw/base/encoding.h"
#include "libgw/base/text.h"
#include "libgw/base/time_text.h"
#include "libgw/wire/http/query.h"

namespace gw::sigv4 {
namespace {

using Answer = std::optional<Denial>;

struct Parameter {
    std::string_view name;
    std::string_view value;
};

// Scheme and parts of an Authorization field.
struct Authorization {
    std::string_view scheme;
    std::array<Parameter, 8> parts{};
    std::size_t size = 0;
    bool too_many = false;
    bool bare = false;  // some part has no '='

    [[nodiscard]] std::size_t count(std::string_view name) const {
        return static_cast<std::size_t>(std::count_if(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(size),
                                                      [name](const Parameter& part) { return part.name == name; }));
    }
    [[nodiscard]] std::string_view value(std::string_view name) const {
        for (std::size_t i = 0; i < size; ++i) {
            if (parts[i].name == name) return parts[i].value;
        }
        return {};
    }
};

constexpr std::array<std::string_view, 3> kParts{"Credential", "Signature", "SignedHeaders"};

Authorization take_apart(std::string_view field) {
    Authorization out;
    field = trim_ows(field);
    const std::size_t space = field.find(' ');
    out.scheme = field.substr(0, space);
    const std::string_view rest = space == std::string_view::npos ? field : field.substr(space + 1);
    for (std::size_t at = 0; at <= rest.size();) {
        const std::size_t end = std::min(rest.find(',', at), rest.size());
        const std::string_view part = trim_ows(rest.substr(at, end - at));
        at = end + 1;
        const std::size_t equals = part.find('=');
        if (equals == std::string_view::npos) {
            out.bare = true;
            continue;
        }
        if (out.size == out.parts.size()) {
            out.too_many = true;
            break;
        }
        out.parts[out.size++] = {part.substr(0, equals), part.substr(equals + 1)};
    }
    return out;
}

Answer complaint(const Authorization& found, std::string_view field, bool has_date) {
    if (found.bare) {
        return Denial{Fault::malformed,
                      "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and "
                      "encoded with Base64): '" +
                          to_base64(sha256(field).view()) + "'."};
    }
    std::string message;
    for (const std::string_view part : kParts) {
        if (found.value(part).empty()) {
            message.append("Authorization header requires '").append(part).append("' parameter. ");
        }
    }
    if (!has_date) message += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
    if (message.empty()) return std::nullopt;
    message.append("Authorization=").append(found.scheme);
    return Denial{Fault::incomplete, std::move(message)};
}

Denial duplicate(std::string_view name) {
    return {Fault::duplicate, "'" + std::string(name) + "' must not be given more than once."};
}

// Fields that nobody may have to choose between.
Answer check_unique(const Request& request) {
    for (const std::string_view name :
         {"authorization", "host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"}) {
        if (count_fields(request.fields, name) > 1) return duplicate(name);
    }
    return std::nullopt;
}

std::string_view value_of(const Request& request, std::string_view name) {
    const Field* field = find_field(request.fields, name);
    return field == nullptr ? std::string_view() : trim_ows(field->value);
}

Answer host_unsigned(const Claim& claim) {
    if (claim.is_signed("host")) return std::nullopt;
    return Denial{Fault::host_unsigned, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."};
}

Denial bad_date(std::string_view text) {
    return {Fault::bad_date, "Date must be in ISO-8601 'basic format'. Got '" + std::string(text) +
                                 "'. See http://en.wikipedia.org/wiki/ISO_8601"};
}

Answer read_header_form(const Request& request, Claim& claim) {
    const std::string_view field = find_field(request.fields, "authorization")->value;
    const Field* amz_date = find_field(request.fields, "x-amz-date");
    const Field* plain_date = find_field(request.fields, "date");
    const Authorization found = take_apart(field);
    if (Answer denial = complaint(found, trim_ows(field), amz_date != nullptr || plain_date != nullptr)) return denial;
    for (const std::string_view part : kParts) {
        if (found.count(part) > 1) return duplicate(part);
    }
    if (found.too_many || found.size != kParts.size()) {
        return Denial{Fault::malformed,
                      "Authorization header must have only 'Credential', 'Signature' and 'SignedHeaders' parameters."};
    }
    claim.form = Form::header;
    claim.algorithm = found.scheme;
    claim.credential = found.value("Credential");
    claim.signed_headers = found.value("SignedHeaders");
    claim.signature = found.value("Signature");
    if (Answer denial = host_unsigned(claim)) return denial;
    const std::string_view text = trim_ows((amz_date != nullptr ? amz_date : plain_date)->value);
    std::optional<Date> date = parse_aws_date_time(text);
    claim.date_time = text;
    if (!date && amz_date == nullptr) {
        // the year of a date has four digits here, so that no "now" is needed to complete it
        date = parse_http_date(text, Date{});
        if (date && text.find('-') == std::string_view::npos) {
            claim.date_time = to_aws_date_time(*date).view();
        } else {
            date.reset();
        }
    }
    if (!date) return bad_date(text);
    claim.date = *date;
    return std::nullopt;
}

// The parameters of the query form, in the order in which AWS misses them.
enum Index : std::size_t {
    kAlgorithmAt,
    kCredentialAt,
    kSignatureAt,
    kSignedHeadersAt,
    kDateAt,
    kExpiresAt,
    kTokenAt,
    kPayloadAt,
    kCount
};
constexpr std::array<std::string_view, kCount> kNames{"X-Amz-Algorithm",      "X-Amz-Credential",    "X-Amz-Signature",
                                                      "X-Amz-SignedHeaders",  "X-Amz-Date",          "X-Amz-Expires",
                                                      "X-Amz-Security-Token", "X-Amz-Content-Sha256"};

struct QueryForm {
    std::array<std::optional<std::string>, kCount> values;
    std::string_view twice;  // the name of a parameter that is there more than once

    [[nodiscard]] bool is_meant() const {
        return values[kAlgorithmAt] || values[kCredentialAt] || values[kSignatureAt];
    }
    [[nodiscard]] bool has(Index at) const { return values[at] && !values[at]->empty(); }
};

// Of the decoded name; kNames.end() for any other.
auto find_name(std::string_view name) {
    // every name that decodes to one of ours has at least these bytes; most have not
    if (name.size() < kNames[kDateAt].size()) return kNames.end();
    return std::find(kNames.begin(), kNames.end(), http::decode_query(name));
}

QueryForm read_query(std::string_view query) {
    QueryForm form;
    for (http::QueryReader reader(query); const auto parameter = reader.next();) {
        const auto* const found = find_name(parameter->name);
        if (found == kNames.end()) continue;
        std::optional<std::string>& value = form.values[static_cast<std::size_t>(found - kNames.begin())];
        if (value) form.twice = *found;
        value = http::decode_query(parameter->value);
    }
    return form;
}

Answer read_lifetime(Claim& claim) {
    const auto seconds = parse_unsigned(claim.expires, kLongestExpiry);
    if (!seconds || *seconds == 0) {
        return Denial{Fault::bad_expiry, "X-Amz-Expires must be a number of seconds from 1 to 604800."};
    }
    claim.lifetime = static_cast<unsigned>(*seconds);
    return std::nullopt;
}

Answer read_query_form(QueryForm&& form, Claim& claim) {
    std::string message;
    for (const Index at : {kAlgorithmAt, kCredentialAt, kSignatureAt, kSignedHeadersAt, kDateAt, kExpiresAt}) {
        if (!form.has(at)) {
            message.append("AWS query-string parameters must include '").append(kNames[at]).append("'. ");
        }
    }
    if (!message.empty()) {
        return Denial{Fault::incomplete, message + "Re-examine the query-string parameters."};
    }
    claim.form = Form::query;
    claim.algorithm = std::move(*form.values[kAlgorithmAt]);
    claim.credential = std::move(*form.values[kCredentialAt]);
    claim.signed_headers = std::move(*form.values[kSignedHeadersAt]);
    claim.signature = std::move(*form.values[kSignatureAt]);
    claim.date_time = std::move(*form.values[kDateAt]);
    claim.expires = std::move(*form.values[kExpiresAt]);
    if (Answer denial = host_unsigned(claim)) return denial;
    const std::optional<Date> date = parse_aws_date_time(claim.date_time);
    if (!date) return bad_date(claim.date_time);
    claim.date = *date;
    if (Answer denial = read_lifetime(claim)) return denial;
    if (form.values[kTokenAt]) {
        claim.has_token = claim.token_in_query = true;
        claim.session_token = std::move(*form.values[kTokenAt]);
    }
    if (form.values[kPayloadAt]) claim.payload_hash = std::move(*form.values[kPayloadAt]);
    return std::nullopt;
}

// What both forms may say in a field.
Answer read_fields(const Request& request, Claim& claim) {
    if (const Field* token = find_field(request.fields, "x-amz-security-token")) {
        if (claim.has_token) return duplicate("X-Amz-Security-Token");
        claim.has_token = true;
        claim.session_token = trim_ows(token->value);
    }
    const std::string_view payload = value_of(request, "x-amz-content-sha256");
    if (!payload.empty()) {
        if (!claim.payload_hash.empty()) return duplicate("X-Amz-Content-Sha256");
        claim.payload_hash = payload;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Claim::Parts> Claim::parts() const {
    std::array<std::string_view, 5> found;
    std::size_t size = 0;
    for (std::size_t at = 0; at <= credential.size(); ++size) {
        if (size == found.size()) return std::nullopt;
        const std::size_t end = std::min(credential.find('/', at), credential.size());
        found[size] = std::string_view(credential).substr(at, end - at);
        at = end + 1;
    }
    if (size != found.size()) return std::nullopt;
    return Parts{found[0], {found[1], found[2], found[3]}, found[4]};
}

bool Claim::is_signed(std::string_view name) const {
    const std::string_view names = signed_headers;
    for (std::size_t at = 0; at <= names.size();) {
        const std::size_t end = std::min(names.find(';', at), names.size());
        if (equals_ignoring_case(names.substr(at, end - at), name)) return true;
        at = end + 1;
    }
    return false;
}

std::string without_signature(std::string_view query) {
    std::string kept;
    kept.reserve(query.size());
    bool first = true;
    for (std::size_t at = 0; at <= query.size();) {
        const std::size_t end = std::min(query.find('&', at), query.size());
        const std::string_view parameter = query.substr(at, end - at);
        at = end + 1;
        if (find_name(parameter.substr(0, parameter.find('='))) != kNames.end()) continue;
        if (!std::exchange(first, false)) kept += '&';
        kept += parameter;
    }
    return kept;
}

std::optional<Denial> examine_authorization(std::string_view authorization, bool has_date) {
    return complaint(take_apart(authorization), trim_ows(authorization), has_date);
}

std::variant<Claim, Denial> read_claim(const Request& request) {
    const bool in_header = find_field(request.fields, "authorization") != nullptr;
    QueryForm form = read_query(request.query);
    if (!in_header && !form.is_meant()) return Denial{Fault::missing, "Missing Authentication Token"};
    if (in_header && form.is_meant()) {
        return Denial{Fault::both_forms,
                      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."};
    }
    if (Answer denial = check_unique(request)) return std::move(*denial);
    if (!in_header && !form.twice.empty()) return duplicate(form.twice);
    Claim claim;
    Answer denial = in_header ? read_header_form(request, claim) : read_query_form(std::move(form), claim);
    if (!denial) denial = read_fields(request, claim);
    if (denial) return std::move(*denial);
    return claim;
}

}  // namespace gw::sigv4
