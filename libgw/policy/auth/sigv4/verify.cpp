#include "libgw/policy/auth/sigv4/verify.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/encoding.h"
#include "libgw/base/text.h"
#include "libgw/base/time_text.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/hop_by_hop.h"

namespace gw::sigv4 {
namespace {

using Answer = std::optional<Denial>;

constexpr std::chrono::seconds kMostSkew{900};

// "5 min.", as AWS writes it.
std::string span_text(std::chrono::seconds span) {
    if (span.count() % 60 == 0) return fmt::format("{} min.", span.count() / 60);
    return fmt::format("{} sec.", span.count());
}

bool is_payload_unsigned(const Claim& claim, const VerifyOptions& options) {
    if (!options.unsigned_payload) return false;
    // A presigned request to S3 does not say that its body is unsigned: it always is.
    const bool silent = claim.payload_hash.empty() && claim.form == Form::query && options.service == "s3";
    return silent || claim.payload_hash == kUnsignedPayload;
}

// The line of the body in the canonical request.
std::string payload_line(const Request& request, const Claim& claim, const VerifyOptions& options) {
    return is_payload_unsigned(claim, options) ? std::string(kUnsignedPayload) : to_hex(request.body_hash.view());
}

std::string write_canonical(const Request& request, const Claim& claim, const VerifyOptions& options,
                            std::string_view payload, bool without_token) {
    static constexpr std::array<std::string_view, 2> kUnsigned{"X-Amz-Signature", "X-Amz-Security-Token"};
    CanonicalForm form{claim.signed_headers, payload, options.path.value_or(path_rules_of(options.service)), {}};
    if (claim.form == Form::query) form.without = std::span(kUnsigned).first(without_token ? 2 : 1);
    return canonical_request(request, form);
}

bool is_token_right(const Credential& credential, const Claim& claim) {
    if (credential.session_token.empty()) return !claim.has_token;
    return claim.has_token && credential.session_token.matches(claim.session_token);
}

Denial unsigned_header(std::string_view name) {
    return {Fault::unsigned_header, fmt::format("'{}' must be a 'SignedHeader' in the AWS Authorization.", name)};
}

Denial mismatch(Fault fault, std::string canonical, std::string to_sign) {
    Denial denial{fault, {}, std::move(canonical), std::move(to_sign)};
    denial.message = fmt::format(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this "
        "request should have been\n'{}'\n\nThe String-to-Sign should have been\n'{}'\n",
        denial.canonical_request, denial.string_to_sign);
    return denial;
}

// Lower case, sorted, each once: one way to write them, so that nobody can write the same list otherwise.
bool is_orderly(std::string_view names) {
    std::string_view before;
    for (std::size_t at = 0; at <= names.size();) {
        const std::size_t end = std::min(names.find(';', at), names.size());
        const std::string_view name = names.substr(at, end - at);
        at = end + 1;
        if (name.empty() || name <= before) return false;
        if (std::any_of(name.begin(), name.end(), [](char c) { return c <= ' ' || (c >= 'A' && c <= 'Z'); })) {
            return false;
        }
        before = name;
    }
    return true;
}

// A signed field that Connection takes away. Those that belong to the connection anyway are no loss.
std::string_view find_nominated(const Claim& claim, const Request& request) {
    for (const Field& field : request.fields) {
        if (!equals_ignoring_case(field.name, "connection")) continue;
        for (http::ListReader list(field.value); const auto option = list.next();) {
            if (!option->empty() && claim.is_signed(*option) && !http::is_hop_by_hop(http::to_field_name(*option)))
                return *option;
        }
    }
    return {};
}

}  // namespace

Verifier::Verifier(VerifyOptions options, const CredentialStore& credentials)
    : options_(std::move(options)), credentials_(&credentials) {
    nobody_.access_key_id = "/";  // no access key id can be this
    nobody_.secret = Secret(std::string(40, '\0'));
}

Result<Verifier> Verifier::make(VerifyOptions options, const CredentialStore& credentials) {
    if (options.service.empty()) return Error{Errc::config, "the service of the signatures has no name", {}, {}};
    if (options.skew.count() < 0 || options.skew > kMostSkew) {
        return Error{Errc::config,
                     fmt::format("a clock skew of {} s is not allowed", options.skew.count()),
                     "from 0 to 15 minutes",
                     {}};
    }
    if (options.longest_expiry > kLongestExpiry) {
        return Error{Errc::config,
                     fmt::format("a life of {} s is too long for presigned requests", options.longest_expiry),
                     "at most 604800 seconds, a week",
                     {}};
    }
    return Verifier(std::move(options), credentials);
}

std::optional<Denial> Verifier::check_time(const Claim& claim, Date now) const {
    using std::chrono::seconds;
    // Dates of requests have whole seconds, and so do the messages.
    const Date second = std::chrono::floor<seconds>(now);
    const seconds life = claim.form == Form::query ? seconds(claim.lifetime) : options_.skew;
    if (claim.date < second - life) {
        return Denial{Fault::expired, fmt::format("Signature expired: {} is now earlier than {} ({} - {})",
                                                  claim.date_time, to_aws_date_time(second - life).view(),
                                                  to_aws_date_time(second).view(), span_text(life))};
    }
    if (claim.date > second + options_.skew) {
        return Denial{Fault::not_yet, fmt::format("Signature not yet current: {} is still later than {} ({} + {})",
                                                  claim.date_time, to_aws_date_time(second + options_.skew).view(),
                                                  to_aws_date_time(second).view(), span_text(options_.skew))};
    }
    return std::nullopt;
}

std::optional<Denial> Verifier::check_scope(const Claim& claim) const {
    if (claim.algorithm != kAlgorithm) {
        return Denial{Fault::algorithm, fmt::format("Unsupported AWS 'algorithm': '{}' (only {} for now). ",
                                                    claim.algorithm, kAlgorithm)};
    }
    const auto parts = claim.parts();
    if (!parts) {
        return Denial{Fault::credential,
                      "Credential must have exactly 5 slash-delimited elements, e.g. "
                      "keyid/date/region/service/term, got '" +
                          claim.credential + "'"};
    }
    std::string message;
    const auto& regions = options_.regions;
    const bool region_good = regions.empty()
                                 ? !parts->scope.region.empty()
                                 : std::find(regions.begin(), regions.end(), parts->scope.region) != regions.end();
    if (!region_good) message += "Credential should be scoped to a valid region. ";
    if (parts->scope.service != options_.service) {
        message += fmt::format("Credential should be scoped to correct service: '{}'. ", options_.service);
    }
    if (parts->terminator != kTerminator) {
        message += fmt::format("Credential should be scoped with a valid terminator: '{}', not '{}'. ", kTerminator,
                               parts->terminator);
    }
    const std::string_view day = std::string_view(claim.date_time).substr(0, 8);
    if (parts->scope.day != day) {
        message += fmt::format(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            "HTTP: '{}' != '{}', from '{}'.",
            parts->scope.day, day, claim.date_time);
    }
    if (message.empty()) return std::nullopt;
    return Denial{Fault::scope, std::move(message)};
}

std::optional<Denial> Verifier::check_fields(const Claim& claim, const Request& request) const {
    const std::string_view names = claim.signed_headers;
    if (!is_orderly(names)) {
        return Denial{Fault::signed_headers,
                      "'SignedHeaders' must be lower-case, sorted and without repetition in the AWS Authorization."};
    }
    for (std::size_t at = 0; at <= names.size();) {
        const std::size_t end = std::min(names.find(';', at), names.size());
        const std::string_view name = names.substr(at, end - at);
        at = end + 1;
        if (find_field(request.fields, name) == nullptr) {
            return Denial{Fault::absent_header,
                          fmt::format("'{}' is a 'SignedHeader' in the AWS Authorization but not a header.", name)};
        }
    }
    for (const Field& field : request.fields) {
        const bool amazon = starts_with_ignoring_case(field.name, "x-amz-");
        const bool content_type = options_.signed_content_type && equals_ignoring_case(field.name, "content-type");
        if ((!amazon && !content_type) || claim.is_signed(field.name)) continue;
        if (options_.unsigned_session_token && equals_ignoring_case(field.name, "x-amz-security-token")) continue;
        return unsigned_header(field.name);
    }
    if (const std::string_view name = find_nominated(claim, request); !name.empty()) {
        return Denial{Fault::nominated,
                      fmt::format("'{}' is a 'SignedHeader' in the AWS Authorization and may not be named in "
                                  "'Connection'.",
                                  name)};
    }
    if (claim.payload_hash.starts_with("STREAMING-")) {
        return Denial{Fault::streaming, "A header you provided implies functionality that is not implemented"};
    }
    return std::nullopt;
}

std::variant<Claim, Denial> Verifier::examine(const Request& request, Date now) const {
    auto read = read_claim(request);
    Claim* claim = std::get_if<Claim>(&read);
    if (claim == nullptr) return read;
    if (claim->form == Form::query && claim->lifetime > options_.longest_expiry) {
        return Denial{Fault::bad_expiry, options_.longest_expiry == 0
                                             ? "Presigned requests are not accepted."
                                             : fmt::format("X-Amz-Expires must be a number of seconds from 1 to {}.",
                                                           options_.longest_expiry)};
    }
    Answer denial = check_time(*claim, now);
    if (!denial) denial = check_scope(*claim);
    if (!denial) denial = check_fields(*claim, request);
    if (denial) return std::move(*denial);
    return read;
}

Verifier::Comparison Verifier::compare(const Claim& claim, const Request& request, const Credential& credential,
                                       SigningKeys& keys, std::string_view payload) const {
    const Claim::Parts parts = *claim.parts();
    const SigningKey& key = keys.get(credential, parts.scope);
    const std::string scope = parts.scope.text();
    Comparison made;
    made.canonical = write_canonical(request, claim, options_, payload, false);
    made.to_sign = string_to_sign(claim.date_time, scope, made.canonical);
    made.matches = constant_time_equal(key.sign(made.to_sign), claim.signature);
    if (!made.matches && options_.unsigned_session_token && claim.token_in_query) {
        const std::string other =
            string_to_sign(claim.date_time, scope, write_canonical(request, claim, options_, payload, true));
        made.matches = constant_time_equal(key.sign(other), claim.signature);
    }
    return made;
}

std::optional<Denial> Verifier::check_key(const Credential* known, const Claim& claim, Date now) const {
    const bool token_right = is_token_right(known != nullptr ? *known : nobody_, claim);
    if (known == nullptr || !token_right) {
        return Denial{known == nullptr ? Fault::unknown_key : Fault::session_token,
                      "The security token included in the request is invalid."};
    }
    if (known->expires && now >= *known->expires) {
        return Denial{Fault::session_expired, "The security token included in the request is expired"};
    }
    return std::nullopt;
}

std::optional<Denial> Verifier::screen(const Request& request, SigningKeys& keys, Date now) const {
    auto examined = examine(request, now);
    if (auto* denial = std::get_if<Denial>(&examined)) return std::move(*denial);
    const Claim& claim = *std::get_if<Claim>(&examined);
    const Credential* known = credentials_->find(claim.parts()->access_key_id);
    if (claim.payload_hash.empty() && !is_payload_unsigned(claim, options_)) return check_key(known, claim, now);
    const std::string payload = claim.payload_hash.empty() ? std::string(kUnsignedPayload) : claim.payload_hash;
    Comparison made = compare(claim, request, known != nullptr ? *known : nobody_, keys, payload);
    if (Answer denial = check_key(known, claim, now)) return denial;
    if (!made.matches) return mismatch(Fault::mismatch, std::move(made.canonical), std::move(made.to_sign));
    return std::nullopt;
}

std::variant<Verified, Denial> Verifier::verify(const Request& request, SigningKeys& keys, Date now) const {
    auto examined = examine(request, now);
    if (auto* denial = std::get_if<Denial>(&examined)) return std::move(*denial);
    const Claim& claim = *std::get_if<Claim>(&examined);

    // From here on a key that is not there takes the way of one that is, so that nobody can tell them apart by time.
    const Credential* known = credentials_->find(claim.parts()->access_key_id);
    Comparison made =
        compare(claim, request, known != nullptr ? *known : nobody_, keys, payload_line(request, claim, options_));
    const bool payload_right = claim.payload_hash.empty() || claim.payload_hash == to_hex(request.body_hash.view()) ||
                               (options_.unsigned_payload && claim.payload_hash == kUnsignedPayload);
    if (Answer denial = check_key(known, claim, now)) return std::move(*denial);
    if (!payload_right) return mismatch(Fault::payload, std::move(made.canonical), std::move(made.to_sign));
    if (!made.matches) return mismatch(Fault::mismatch, std::move(made.canonical), std::move(made.to_sign));
    return Verified{known, claim.form, claim.date, claim.signature};
}

std::string expected_request(const Request& request, const Claim& claim, const VerifyOptions& options) {
    return write_canonical(request, claim, options, payload_line(request, claim, options), false);
}

}  // namespace gw::sigv4
