#include "libgw/policy/auth/forge.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/jws.h"

namespace gw::auth {

namespace {

void set(Object& object, std::string_view name, Value value) {
    for (Member& member : object) {
        if (member.key != name) continue;
        member.value = std::move(value);
        return;
    }
    object.push_back({std::string(name), std::move(value)});
}

bool has(const Object& object, std::string_view name) {
    return std::any_of(object.begin(), object.end(), [&](const Member& member) { return member.key == name; });
}

const std::string* text_of(const Object& object, std::string_view name) {
    for (const Member& member : object) {
        if (member.key == name) return member.value.if_string();
    }
    return nullptr;
}

/// Changes claims so that one rule is broken. False when the kind is not of this sort.
bool spoil_claims(std::string_view name, Object& claims, std::int64_t now) {
    if (name == "expired") {
        set(claims, "iat", now - 7200);
        set(claims, "nbf", now - 7200);
        set(claims, "exp", now - 3600);
    } else if (name == "nbf-future") {
        set(claims, "nbf", now + 3600);
        set(claims, "exp", now + 7200);
    } else if (name == "iss") {
        set(claims, "iss", "https://issuer.attacker.example");
    } else if (name == "aud") {
        set(claims, has(claims, "client_id") && !has(claims, "aud") ? "client_id" : "aud", "somebody-else");
    } else if (name == "scope") {
        set(claims, has(claims, "scp") && !has(claims, "scope") ? "scp" : "scope", "nobody:asks");
    } else if (name == "token-use") {
        const std::string* const use = text_of(claims, "token_use");
        set(claims, "token_use", use != nullptr && *use == "access" ? "id" : "access");
    } else if (name == "huge") {
        set(claims, "padding", std::string(std::size_t{16} << 10U, 'A'));
    } else {
        return false;
    }
    return true;
}

/// Spoils the header. False when the kind is not of this sort.
bool spoil_header(std::string_view name, Object& header) {
    if (name == "kid-unknown") {
        set(header, "kid", "nobody-has-this-name");
    } else if (name == "kid-path") {
        set(header, "kid", "../../../../../../dev/null");
    } else if (name == "crit") {
        set(header, "crit", Array{"urn:example:unknown"});
        set(header, "urn:example:unknown", true);
    } else {
        return false;
    }
    return true;
}

std::string with_sub_twice(const Object& claims) {
    const std::string* const subject = text_of(claims, "sub");
    Object rest;
    for (const Member& member : claims) {
        if (member.key != "sub") rest.push_back(member);
    }
    const std::string others = to_json(Value(std::move(rest)));
    return fmt::format(R"({{"sub":{},"sub":"admin"{}{})", to_json(Value(subject == nullptr ? "alice" : *subject)),
                       others == "{}" ? "" : ",", std::string_view(others).substr(1));
}

/// A token whose header says `algorithm`; `sign` makes the signature of what is signed.
template <class Sign>
std::string unsigned_by_key(std::string_view algorithm, const ForgeryInput& input, const Key& key, Sign&& sign) {
    Object header;
    header.push_back({"alg", Value(algorithm)});
    if (!key.kid().empty()) header.push_back({"kid", key.kid()});
    for (const Member& member : input.header) {
        if (member.key != "alg" && member.key != "kid") header.push_back(member);
    }
    const std::string signing_input =
        to_base64url(to_json(Value(std::move(header)))) + '.' + to_base64url(to_json(Value(input.claims)));
    return signing_input + '.' + to_base64url(sign(signing_input));
}

Result<std::string> confuse(const ForgeryInput& input, const Key& key) {
    if (key.signing_key().kind() == KeyKind::octets) {
        const auto secret = TRY(key.signing_key().private_parts());
        return unsigned_by_key("RS256", input, key, [&](std::string_view signing_input) {
            return std::string(hmac_sha256(secret.secret, signing_input).view());
        });
    }
    const std::string pem = TRY(key.signing_key().public_pem());
    return unsigned_by_key("HS256", input, key, [&](std::string_view signing_input) {
        return std::string(hmac_sha256(pem, signing_input).view());
    });
}

/// Changes a good token. Requires: it has three parts.
std::string spoil_token(std::string_view name, const std::string& token, const Object& claims) {
    const auto parts = split(token, '.');
    if (name == "sig-stripped") return fmt::format("{}.{}.", parts[0], parts[1]);
    if (name == "sig-truncated") {
        auto signature = parse_base64url(parts[2]);
        if (signature) signature->pop_back();
        return fmt::format("{}.{}.{}", parts[0], parts[1], to_base64url(signature ? *signature : std::string()));
    }
    Object changed = claims;
    const std::string* const subject = text_of(claims, "sub");
    set(changed, "sub", subject != nullptr && *subject == "admin" ? "root" : "admin");
    return fmt::format("{}.{}.{}", parts[0], to_base64url(to_json(Value(std::move(changed)))), parts[2]);
}

}  // namespace

Result<std::string> forge(std::string_view name, const ForgeryInput& input, const Key& key, Date date) {
    const bool is_known =
        std::any_of(kForgeries.begin(), kForgeries.end(), [&](const ForgeryKind& kind) { return kind.name == name; });
    if (!is_known) return Error{Errc::usage, fmt::format("bad token of kind {} is not known", to_json(name)), {}, {}};
    if (name == "alg-none") return unsigned_by_key("none", input, key, [](std::string_view) { return std::string(); });
    if (name == "alg-confusion") return confuse(input, key);
    Object header = input.header;
    Object claims = input.claims;
    const bool is_spoiled = spoil_claims(name, claims, to_unix_seconds(date)) || spoil_header(name, header);
    const std::string payload = name == "dup-claim" ? with_sub_twice(claims) : to_json(Value(claims));
    auto token = TRY(sign_jws(payload, key, header, input.algorithm));
    if (is_spoiled || name == "dup-claim") return token;
    return spoil_token(name, token, claims);
}

}  // namespace gw::auth
