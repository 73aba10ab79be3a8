#include "libgw/policy/auth/jws.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"

namespace gw::auth {

namespace {

TokenFault malformed(std::string detail, std::string_view description = {}) {
    return {reason::kJwtMalformed, std::move(detail), description};
}

/// The three parts; nothing when there are more or fewer.
std::optional<std::array<std::string_view, 3>> split_token(std::string_view token) {
    const auto first = token.find('.');
    if (first == token.npos) return std::nullopt;
    const auto second = token.find('.', first + 1);
    if (second == token.npos || token.find('.', second + 1) != token.npos) return std::nullopt;
    return std::array{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1)};
}

/// The text of a string member; a fault when it is something else.
Judged<const std::string*> string_member(const Member& member) {
    const std::string* text = member.value.if_string();
    if (text == nullptr) return malformed(fmt::format("header member {} is not a string", member.key));
    return text;
}

/// Null when the header is as it should be.
std::optional<TokenFault> read_header(JwsHeader& header) {
    const Object* const members = header.members.if_object();
    if (members == nullptr) return malformed("header is not an object");
    const std::string* algorithm = nullptr;
    for (const Member& member : *members) {
        const std::string& name = member.key;
        if (name == "crit" || name == "b64" || name == "zip" || name == "enc") {
            return malformed(fmt::format("header has {}, which is not understood here", name));
        }
        if (name != "alg" && name != "kid" && name != "typ" && name != "cty") continue;
        const auto read = string_member(member);
        if (const TokenFault* fault = fault_of(read)) return *fault;
        const std::string* const text = found_in(read);
        if (name == "alg") algorithm = text;
        if (name == "typ") header.type = *text;
        if (name != "kid") continue;
        if (text->size() > kMaxKid) return malformed("header member kid is longer than 256 bytes");
        header.kid = *text;
    }
    if (algorithm == nullptr) return malformed("header has no alg");
    header.algorithm_text = *algorithm;
    header.algorithm = parse_algorithm(*algorithm);
    if (equals_ignoring_case(*algorithm, "none")) {
        return TokenFault{reason::kJwtAlgorithm, "the token is not signed (alg none)", {}};
    }
    return std::nullopt;
}

TokenFault bad_base64(std::string_view part, const Error& error) {
    return malformed(fmt::format("{}: {}", part, error.message));
}

}  // namespace

Judged<Jws> parse_jws(std::string_view token, std::size_t max_size) {
    if (token.size() > max_size) return malformed(fmt::format("token is longer than {} bytes", max_size));
    const auto parts = split_token(token);
    if (!parts) {
        // RFC 7516 §9
        const bool is_encrypted = std::count(token.begin(), token.end(), '.') == 4;
        return malformed(is_encrypted ? "token has five parts: it is encrypted (JWE), which is not read here"
                                      : "token does not have three parts",
                         kSegmentsDescription);
    }
    const auto& [head, body, tail] = *parts;
    auto header = parse_base64url(head);
    if (!header) return bad_base64("header", header.error());
    auto payload = parse_base64url(body);
    if (!payload) return bad_base64("payload", payload.error());
    auto signature = parse_base64url(tail);
    if (!signature) return bad_base64("signature", signature.error());
    auto members = parse_json(*header, {.depth = 8, .nodes = 256, .size = max_size, .unique_keys = true});
    if (!members) return malformed("header: " + members.error().message);
    Jws jws;
    jws.header.members = std::move(*members);
    if (auto fault = read_header(jws.header)) return std::move(*fault);
    if (signature->empty()) return malformed("token has no signature");
    jws.payload = std::move(*payload);
    jws.signature = std::move(*signature);
    jws.signing_input = token.substr(0, head.size() + 1 + body.size());
    return jws;
}

Judged<const Key*> find_key(const Jws& jws, const KeySet& keys, AlgorithmSet allowed, bool* unknown_kid) {
    const JwsHeader& header = jws.header;
    if (!header.algorithm || !allowed.contains(*header.algorithm)) {
        return TokenFault{reason::kJwtAlgorithm,
                          fmt::format("alg {} is not among {}", to_json(header.algorithm_text), allowed.text()),
                          {}};
    }
    const KeySet::Choice choice = keys.choose(header.kid, *header.algorithm);
    if (unknown_kid != nullptr) *unknown_kid = choice.is_unknown_kid;
    if (choice.key != nullptr) return choice.key;
    return TokenFault{
        reason::kJwtKey,
        header.kid ? fmt::format("kid {}: {}", to_json(*header.kid), choice.why) : std::string(choice.why),
        {}};
}

Judged<Jws> verify_jws(std::string_view token, const KeySet& keys, AlgorithmSet allowed, std::size_t max_size) {
    auto parsed = parse_jws(token, max_size);
    if (fault_of(parsed) != nullptr) return parsed;
    const Jws& jws = found_in(parsed);
    const auto key = find_key(jws, keys, allowed);
    if (const TokenFault* fault = fault_of(key)) return *fault;
    if (!found_in(key)->verify(*jws.header.algorithm, jws.signing_input, jws.signature)) {
        return TokenFault{reason::kJwtSignature, "the signature is not the key's", {}};
    }
    return parsed;
}

Result<std::string> sign_jws(std::string_view payload, const Key& key, const Object& extra,
                             std::optional<Algorithm> algorithm) {
    if (!algorithm) algorithm = key.signs();
    if (!algorithm) return Error{Errc::usage, "key cannot sign", "give a private key", {}};
    Object header;
    const auto add = [&](std::string_view name, Value value) {
        for (const Member& member : extra) {
            if (member.key == name) value = member.value;
        }
        header.push_back({std::string(name), std::move(value)});
    };
    add("alg", to_text(*algorithm));
    const bool has_kid = !key.kid().empty() || Value(extra).find("kid") != nullptr;
    if (has_kid) add("kid", key.kid());
    for (const Member& member : extra) {
        if (member.key != "alg" && member.key != "kid") header.push_back(member);
    }
    std::string token = to_base64url(to_json(Value(std::move(header)))) + '.' + to_base64url(payload);
    const std::string signature = TRY(key.sign(*algorithm, token));
    token += '.';
    token += to_base64url(signature);
    return token;
}

}  // namespace gw::auth
