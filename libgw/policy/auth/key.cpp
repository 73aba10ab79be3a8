#include "libgw/policy/auth/key.h"

#include <utility>

#include <fmt/format.h>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "libgw/base/json.h"

namespace gw::auth {

namespace {

Error malformed(std::string message) { return Error{Errc::parse, std::move(message), {}, {}}; }
Error unusable(std::string message) { return Error{Errc::config, std::move(message), {}, {}}; }

/// The bytes of a base64url member; empty when it is not there.
Result<std::string> bytes_of(const Value& jwk, std::string_view name) {
    const Value* member = jwk.find(name);
    if (member == nullptr) return std::string();
    const std::string* text = member->if_string();
    if (text == nullptr) return malformed(fmt::format("JWK member {} is not a string", name));
    auto bytes = parse_base64url(*text);
    if (!bytes) return std::move(bytes).error().in(fmt::format("JWK member {}", name));
    if (bytes->empty()) return malformed(fmt::format("JWK member {} is empty", name));
    return bytes;
}

Result<std::string> required_bytes_of(const Value& jwk, std::string_view name) {
    auto bytes = TRY(bytes_of(jwk, name));
    if (bytes.empty()) return malformed(fmt::format("JWK has no {}", name));
    return bytes;
}

/// The string member; null when it is not there.
Result<const std::string*> text_of(const Value& jwk, std::string_view name) {
    const Value* member = jwk.find(name);
    if (member == nullptr) return nullptr;
    const std::string* text = member->if_string();
    if (text == nullptr) return malformed(fmt::format("JWK member {} is not a string", name));
    return text;
}

Result<void> read_rsa(const Value& jwk, bool with_private, KeyParts& parts) {
    parts.kind = KeyKind::rsa;
    parts.n = TRY(required_bytes_of(jwk, "n"));
    parts.e = TRY(required_bytes_of(jwk, "e"));
    if (!with_private || jwk.find("d") == nullptr) return ok();
    if (jwk.find("oth") != nullptr) return unusable("RSA key has more than two primes");
    parts.secret = TRY(required_bytes_of(jwk, "d"));
    parts.p = TRY(required_bytes_of(jwk, "p"));
    parts.q = TRY(required_bytes_of(jwk, "q"));
    parts.dp = TRY(required_bytes_of(jwk, "dp"));
    parts.dq = TRY(required_bytes_of(jwk, "dq"));
    parts.qi = TRY(required_bytes_of(jwk, "qi"));
    return ok();
}

Result<void> read_curve(const Value& jwk, std::string_view type, bool with_private, KeyParts& parts) {
    const std::string* const curve = TRY(text_of(jwk, "crv"));
    if (curve == nullptr) return malformed("JWK has no crv");
    const bool is_okp = type == "OKP";
    bool is_known = false;
    for (const KeyKind kind : {KeyKind::p256, KeyKind::p384, KeyKind::p521, KeyKind::secp256k1, KeyKind::ed25519}) {
        if (*curve != to_text(kind) || (kind == KeyKind::ed25519) != is_okp) continue;
        parts.kind = kind;
        is_known = true;
    }
    if (!is_known) return unusable(fmt::format("{} key is on a curve that is not used here", type));
    parts.x = TRY(required_bytes_of(jwk, "x"));
    if (!is_okp) parts.y = TRY(required_bytes_of(jwk, "y"));
    if (with_private) parts.secret = TRY(bytes_of(jwk, "d"));
    return ok();
}

Result<KeyParts> read_parts(const Value& jwk, Key::Half half) {
    const std::string* const type = TRY(text_of(jwk, "kty"));
    if (type == nullptr) return malformed("JWK has no kty");
    const bool with_private = half == Key::Half::all;
    KeyParts parts;
    if (*type == "RSA") {
        TRY(read_rsa(jwk, with_private, parts));
    } else if (*type == "EC" || *type == "OKP") {
        TRY(read_curve(jwk, *type, with_private, parts));
    } else if (*type == "oct") {
        parts.secret = TRY(required_bytes_of(jwk, "k"));
    } else {
        return unusable("JWK is of a kind that is not used here");
    }
    return parts;
}

/// Which operations `use` and `key_ops` leave.
struct Uses {
    bool verify = true;
    bool sign = true;
};

Result<Uses> read_uses(const Value& jwk) {
    Uses uses;
    const std::string* const use = TRY(text_of(jwk, "use"));
    // RFC 7517 §4.2
    if (use != nullptr && *use != "sig") return unusable("JWK is not for signatures (use is not sig)");
    const Value* const operations = jwk.find("key_ops");
    if (operations == nullptr) return uses;
    const Array* const list = operations->if_array();
    if (list == nullptr) return malformed("JWK member key_ops is not an array");
    uses = {false, false};
    for (const Value& operation : *list) {
        const std::string* const name = operation.if_string();
        if (name == nullptr) return malformed("JWK member key_ops holds something that is not a string");
        bool* const allowed = *name == "verify" ? &uses.verify : *name == "sign" ? &uses.sign : nullptr;
        if (allowed == nullptr) continue;
        // RFC 7517 §4.3: "Duplicate key operation values MUST NOT be present"
        if (*allowed) return malformed("JWK member key_ops says something twice");
        *allowed = true;
    }
    if (!uses.verify && !uses.sign) return unusable("JWK is not for signatures (key_ops)");
    return uses;
}

bool is_multi_use(KeyKind kind) { return kind == KeyKind::octets || kind == KeyKind::rsa; }

}  // namespace

Key::Key(SigningKey key, std::string kid, std::optional<Algorithm> algorithm)
    : key_(std::move(key)), kid_(std::move(kid)), algorithm_(algorithm) {
    for (const Algorithm candidate : kAlgorithms) {
        if (key_.takes(scheme_of(candidate)) && (!algorithm_ || *algorithm_ == candidate)) verifies_.insert(candidate);
    }
}

Result<Key> Key::make(SigningKey key, std::string kid, std::optional<Algorithm> algorithm) {
    if (kid.size() > kMaxKid) return Error{Errc::usage, "key id is longer than 256 bytes", {}, {}};
    if (algorithm && !key.takes(scheme_of(*algorithm))) {
        const bool is_short = key.kind() == KeyKind::octets && is_symmetric(*algorithm);
        return Error{Errc::usage,
                     is_short ? fmt::format("shared secret is too short for {}", to_text(*algorithm))
                              : fmt::format("{} key does not fit {}", to_text(key.kind()), to_text(*algorithm)),
                     {},
                     {}};
    }
    return Key(std::move(key), std::move(kid), algorithm);
}

Result<Key> Key::from_jwk(const Value& jwk, Half half) {
    if (jwk.if_object() == nullptr) return malformed("JWK is not an object");
    if (find_duplicate_key(*jwk.if_object())) return malformed("JWK has a member twice");
    const std::string* const kid = TRY(text_of(jwk, "kid"));
    if (kid != nullptr && kid->size() > kMaxKid) return malformed("JWK member kid is longer than 256 bytes");
    const Uses uses = TRY(read_uses(jwk));
    const std::string* const name = TRY(text_of(jwk, "alg"));
    std::optional<Algorithm> algorithm;
    if (name != nullptr) {
        algorithm = parse_algorithm(*name);
        if (!algorithm) return unusable("JWK is for an algorithm that is not used here");
    }
    const KeyParts parts = TRY(read_parts(jwk, half));
    auto signing_key = TRY(SigningKey::make(parts));
    auto key = make(std::move(signing_key), kid == nullptr ? std::string() : *kid, algorithm);
    if (!key) return unusable(std::move(key).error().message);
    if (!uses.verify) key->verifies_ = {};
    key->may_sign_ = uses.sign;
    return key;
}

Result<Key> Key::parse(std::string_view text) {
    if (text.find("-----BEGIN ") != text.npos) {
        auto key = TRY(SigningKey::from_pem(text));
        return make(std::move(key));
    }
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos || text[first] != '{') {
        return Error{
            Errc::parse, "key is neither a JWK nor PEM", "a shared secret is a JWK too: {\"kty\":\"oct\",…}", {}};
    }
    const Value jwk = TRY(parse_json(text, {.depth = 8, .nodes = 4096, .size = 64U << 10U, .unique_keys = true}));
    if (const Value* keys = jwk.find("keys")) {
        const Array* const list = keys->if_array();
        if (list == nullptr || list->size() != 1) return malformed("key set does not hold exactly one key");
        return from_jwk(list->front());
    }
    return from_jwk(jwk);
}

std::optional<Algorithm> Key::signs() const {
    if (!may_sign_ || !key_.has_private()) return std::nullopt;
    return algorithm_ ? algorithm_ : default_algorithm(key_.kind());
}

bool Key::verify(Algorithm algorithm, std::string_view input, std::string_view signature) const {
    return verifies_.contains(algorithm) && key_.verify(scheme_of(algorithm), input, signature);
}

Result<std::string> Key::sign(Algorithm algorithm, std::string_view input) const {
    if (!may_sign_) return Error{Errc::usage, "key is not for signing (key_ops)", {}, {}};
    if (algorithm_ && *algorithm_ != algorithm) {
        return Error{Errc::usage, fmt::format("key is for {} only", to_text(*algorithm_)), {}, {}};
    }
    return key_.sign(scheme_of(algorithm), input);
}

Value Key::to_jwk(Half half) const {
    const KeyKind kind = key_.kind();
    const bool is_private = half == Half::all && key_.has_private();
    if (kind == KeyKind::octets && !is_private) return {};
    auto all = is_private ? key_.private_parts() : Result<KeyParts>(key_.public_parts());
    if (!all) return {};
    const KeyParts& parts = *all;
    Object jwk;
    const auto add = [&jwk](std::string_view name, Value value) {
        jwk.push_back({std::string(name), std::move(value)});
    };
    const auto add_bytes = [&](std::string_view name, const std::string& bytes) { add(name, to_base64url(bytes)); };
    add("kty", kind == KeyKind::octets    ? "oct"
               : kind == KeyKind::rsa     ? "RSA"
               : kind == KeyKind::ed25519 ? "OKP"
                                          : "EC");
    if (!kid_.empty()) add("kid", kid_);
    add("use", "sig");
    // a curve has one algorithm anyway
    if (algorithm_ || !is_multi_use(kind)) add("alg", to_text(algorithm_.value_or(default_algorithm(kind))));
    if (kind == KeyKind::octets) {
        add_bytes("k", parts.secret);
    } else if (kind == KeyKind::rsa) {
        add_bytes("n", parts.n);
        add_bytes("e", parts.e);
        if (is_private) {
            add_bytes("d", parts.secret);
            add_bytes("p", parts.p);
            add_bytes("q", parts.q);
            add_bytes("dp", parts.dp);
            add_bytes("dq", parts.dq);
            add_bytes("qi", parts.qi);
        }
    } else {
        add("crv", to_text(kind));
        add_bytes("x", parts.x);
        if (kind != KeyKind::ed25519) add_bytes("y", parts.y);
        if (is_private) add_bytes("d", parts.secret);
    }
    return jwk;
}

std::string Key::thumbprint() const {
    const KeyKind kind = key_.kind();
    std::string members;
    if (kind == KeyKind::octets) {
        const auto parts = key_.private_parts();
        members = fmt::format(R"({{"k":"{}","kty":"oct"}})", parts ? to_base64url(parts->secret) : "");
    } else {
        const KeyParts parts = key_.public_parts();
        if (kind == KeyKind::rsa) {
            members = fmt::format(R"({{"e":"{}","kty":"RSA","n":"{}"}})", to_base64url(parts.e), to_base64url(parts.n));
        } else if (kind == KeyKind::ed25519) {
            members = fmt::format(R"({{"crv":"Ed25519","kty":"OKP","x":"{}"}})", to_base64url(parts.x));
        } else {
            members = fmt::format(R"({{"crv":"{}","kty":"EC","x":"{}","y":"{}"}})", to_text(kind),
                                  to_base64url(parts.x), to_base64url(parts.y));
        }
    }
    return to_base64url(sha256(members).view());
}

Key Key::named(std::string kid) const {
    Key copy = *this;
    copy.kid_ = std::move(kid);
    return copy;
}

Value to_jwks(std::span<const Key> keys) {
    Array list;
    for (const Key& key : keys) {
        Value jwk = key.to_jwk(Key::Half::public_only);
        if (!jwk.is_null()) list.push_back(std::move(jwk));
    }
    return Object{{"keys", std::move(list)}};
}

}  // namespace gw::auth
