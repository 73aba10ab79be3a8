#include "libgw/policy/auth/token.h"

#include <utility>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/text.h"

namespace gw::auth {

namespace {

std::string_view error_of(const TokenFault& fault) {
    return fault.reason == reason::kJwtScope ? "insufficient_scope" : "invalid_token";
}

TokenFault failed(Checklist* checks, std::string name, TokenFault fault) {
    if (checks != nullptr) checks->add(std::move(name), false, fault.detail);
    return fault;
}

}  // namespace

Date Token::expires() const {
    constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max() / 1000000;
    const auto milliseconds = claims.expires();
    if (!milliseconds || *milliseconds >= kLast) return Date::max();
    return Date(std::chrono::milliseconds(*milliseconds));
}

Judged<std::string_view> find_token(std::span<const std::string_view> values, std::size_t max_size) {
    if (values.empty()) return TokenFault{reason::kJwtMissing, "no token: the identity source is absent", {}};
    if (values.size() > 1) return TokenFault{reason::kJwtMalformed, "the identity source stands there twice", {}};
    constexpr std::string_view kScheme = "bearer ";
    std::string_view value = trim_ows(values.front());
    if (starts_with_ignoring_case(value, kScheme)) value = trim_ows(value.substr(kScheme.size()));
    if (value.empty() || equals_ignoring_case(value, "bearer")) {
        return TokenFault{reason::kJwtMissing, "no token", {}};
    }
    if (value.size() > max_size) {
        return TokenFault{reason::kJwtMalformed, fmt::format("token is longer than {} bytes", max_size), {}};
    }
    return value;
}

Judged<Token> verify_token(std::string_view token, const KeySet& keys, const TokenRules& rules, Checklist* checks,
                           Date date) {
    auto parsed = parse_jws(token, rules.max_size);
    if (const TokenFault* fault = fault_of(parsed)) {
        return failed(checks, fault->reason == reason::kJwtAlgorithm ? "algorithm" : "form", *fault);
    }
    return verify_token(std::move(found_in(parsed)), keys, rules, checks, date);
}

Judged<Token> verify_token(Jws jws, const KeySet& keys, const TokenRules& rules, Checklist* checks, Date date) {
    if (checks != nullptr) checks->add("form", true, {});
    const auto chosen = find_key(jws, keys, rules.algorithms);
    if (const TokenFault* fault = fault_of(chosen)) {
        const bool is_algorithm = fault->reason == reason::kJwtAlgorithm;
        if (checks != nullptr && !is_algorithm) checks->add("algorithm", true, jws.header.algorithm_text);
        return failed(checks, is_algorithm ? "algorithm" : "key", *fault);
    }
    const Key& key = *found_in(chosen);
    if (checks != nullptr) {
        checks->add("algorithm", true, jws.header.algorithm_text);
        checks->add("key", true, key.kid().empty() ? "without a name" : "kid " + key.kid());
    }
    if (!key.verify(*jws.header.algorithm, jws.signing_input, jws.signature)) {
        return failed(checks, "signature", {reason::kJwtSignature, "it is not the key's", {}});
    }
    if (checks != nullptr) checks->add("signature", true, {});
    auto claims = Claims::parse(jws.payload);
    if (const TokenFault* fault = fault_of(claims)) return failed(checks, "claims", *fault);
    Token token{std::move(jws.header), std::move(found_in(claims))};
    if (auto fault = check_claims(token.claims, token.header.type, rules.claims, checks, date)) {
        return std::move(*fault);
    }
    return token;
}

std::string challenge_of(const TokenFault& fault, std::span<const std::string> scopes) {
    if (fault.reason == reason::kJwtKeys) return {};
    if (fault.reason == reason::kJwtMissing) return "Bearer";
    std::string words;
    for (const std::string& scope : scopes) {
        if (!words.empty()) words += ' ';
        // RFC 6749 §3.3: a scope has neither quotes nor backslashes
        for (const char c : scope) {
            if (c > ' ' && c < 0x7f && c != '"' && c != '\\') words += c;
        }
    }
    return fmt::format(R"(Bearer scope="{}" error="{}" error_description="{}")", words, error_of(fault),
                       description_of(fault));
}

std::string context_error_of(const TokenFault& fault) {
    if (fault.reason == reason::kJwtMissing) return "Unauthorized";
    return fmt::format("{}: {}", error_of(fault), description_of(fault));
}

}  // namespace gw::auth
