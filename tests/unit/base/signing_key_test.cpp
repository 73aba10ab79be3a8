#include "libgw/base/signing_key.h"

#include <array>
#include <thread>
#include <vector>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/temporary.h"

using namespace gw;

namespace {

constexpr std::array kKinds = {KeyKind::octets, KeyKind::rsa,       KeyKind::p256,   KeyKind::p384,
                               KeyKind::p521,   KeyKind::secp256k1, KeyKind::ed25519};
constexpr std::array kSchemes = {
    SignatureScheme::hmac_sha256,
    SignatureScheme::hmac_sha384,
    SignatureScheme::hmac_sha512,
    SignatureScheme::rsa_pkcs1_sha256,
    SignatureScheme::rsa_pkcs1_sha384,
    SignatureScheme::rsa_pkcs1_sha512,
    SignatureScheme::rsa_pss_sha256,
    SignatureScheme::rsa_pss_sha384,
    SignatureScheme::rsa_pss_sha512,
    SignatureScheme::ecdsa_p256_sha256,
    SignatureScheme::ecdsa_p384_sha384,
    SignatureScheme::ecdsa_p521_sha512,
    SignatureScheme::ecdsa_secp256k1_sha256,
    SignatureScheme::ed25519,
};

/// One key of each kind, made once.
const SigningKey& key_of(KeyKind kind) {
    static const std::vector<SigningKey> keys = [] {
        std::vector<SigningKey> made;
        for (const KeyKind each : kKinds)
            made.push_back(*SigningKey::generate(each, each == KeyKind::octets ? 512 : 0));
        return made;
    }();
    return keys[static_cast<std::size_t>(kind)];
}

std::string pem(std::string_view name) {
    return test::read_file(test::source_root() / "tests/vectors/keys" / (std::string(name) + ".pem"));
}

/// The public half, as another key object.
SigningKey public_half(const SigningKey& key) { return *SigningKey::make(key.public_parts()); }

Errc code_of(const Result<SigningKey>& key) {
    REQUIRE_FALSE(key);
    return key.error().code;
}

/// 65537^128, of 2049 bits: odd, and modulo every prime in the group that ROCA's generator used.
std::string roca_modulus() {
    std::string number = "\x01";
    for (int i = 0; i < 128; ++i) {
        std::string next(number.size() + 2, '\0');
        unsigned carry = 0;
        for (std::size_t at = 0; at < next.size(); ++at) {
            const auto digit = [&](std::size_t from) {
                return from < number.size() ? static_cast<unsigned char>(number[number.size() - 1 - from]) : 0U;
            };
            carry += digit(at) + (at >= 2 ? digit(at - 2) : 0U);
            next[next.size() - 1 - at] = static_cast<char>(carry & 0xffU);
            carry >>= 8U;
        }
        number = next.substr(next.find_first_not_of('\0'));
    }
    return number;
}

KeyParts rsa_parts(std::string n, std::string e) {
    KeyParts parts;
    parts.kind = KeyKind::rsa;
    parts.n = std::move(n);
    parts.e = std::move(e);
    return parts;
}

}  // namespace

TEST_CASE("a key verifies what it signed, and nothing else", "[base][key]") {
    const std::string message = "who steals my purse steals trash";
    for (const KeyKind kind : kKinds) {
        const SigningKey& key = key_of(kind);
        for (const SignatureScheme scheme : kSchemes) {
            INFO(to_text(kind) << " scheme " << static_cast<int>(scheme));
            const auto signature = key.sign(scheme, message);
            CHECK(signature.has_value() == key.takes(scheme));
            if (!signature) {
                CHECK(signature.error().code == Errc::usage);
                CHECK_FALSE(key.verify(scheme, message, std::string(64, 'x')));
                continue;
            }
            CHECK(key.verify(scheme, message, *signature));
            if (kind != KeyKind::octets) CHECK(public_half(key).verify(scheme, message, *signature));
            CHECK_FALSE(key.verify(scheme, message + " ", *signature));
            CHECK_FALSE(key.verify(scheme, "", *signature));
            CHECK_FALSE(key.verify(scheme, message, ""));
            CHECK_FALSE(key.verify(scheme, message, signature->substr(1)));
            CHECK_FALSE(key.verify(scheme, message, signature->substr(0, signature->size() - 1)));
            CHECK_FALSE(key.verify(scheme, message, *signature + '\0'));
            CHECK_FALSE(key.verify(scheme, message, '\0' + *signature));
            for (std::size_t at = 0; at < signature->size(); at += 7) {
                std::string damaged = *signature;
                damaged[at] = static_cast<char>(damaged[at] ^ 1);
                CHECK_FALSE(key.verify(scheme, message, damaged));
            }
            // what failed leaves nothing behind
            CHECK(key.verify(scheme, message, *signature));
            CHECK(key.verify(scheme, "", *key.sign(scheme, "")));
        }
    }
}

TEST_CASE("a signature by one scheme is none by another of the same key", "[base][key]") {
    const SigningKey& key = key_of(KeyKind::rsa);
    for (const SignatureScheme signing : kSchemes) {
        if (!key.takes(signing)) continue;
        const std::string signature = *key.sign(signing, "text");
        for (const SignatureScheme verifying : kSchemes) {
            CHECK(key.verify(verifying, "text", signature) == (signing == verifying));
        }
    }
}

TEST_CASE("a public key does not sign", "[base][key]") {
    for (const KeyKind kind : kKinds) {
        if (kind == KeyKind::octets) continue;
        const SigningKey key = public_half(key_of(kind));
        CHECK_FALSE(key.has_private());
        for (const SignatureScheme scheme : kSchemes) CHECK_FALSE(key.sign(scheme, "text"));
        CHECK(key.private_parts().error().code == Errc::usage);
        CHECK(key.private_pem().error().code == Errc::usage);
    }
}

TEST_CASE("a key that left as numbers or PEM comes back as the same key", "[base][key]") {
    for (const KeyKind kind : kKinds) {
        INFO(to_text(kind));
        const SigningKey& key = key_of(kind);
        const auto parts = key.private_parts();
        REQUIRE(parts);
        const auto again = SigningKey::make(*parts);
        REQUIRE(again);
        CHECK(again->kind() == kind);
        CHECK(again->bits() == key.bits());
        CHECK(again->has_private());
        if (kind == KeyKind::octets) {
            CHECK(again->private_parts()->secret == parts->secret);
            CHECK_FALSE(key.public_pem());
            CHECK_FALSE(key.private_pem());
            continue;
        }
        CHECK(again->public_pem().value() == key.public_pem().value());
        CHECK(SigningKey::from_pem(*key.private_pem())->private_pem().value() == *key.private_pem());
        const auto only_public = SigningKey::from_pem(*key.public_pem());
        REQUIRE(only_public);
        CHECK_FALSE(only_public->has_private());
        CHECK(only_public->public_pem().value() == *key.public_pem());
    }
}

TEST_CASE("keys are read from every kind of PEM that people have", "[base][key]") {
    const std::string rsa = *SigningKey::from_pem(pem("rsa-public"))->public_pem();
    for (const char* name : {"rsa-pkcs1", "rsa-pkcs8", "rsa-public", "rsa-public-pkcs1", "rsa-certificate"}) {
        INFO(name);
        const auto key = SigningKey::from_pem(pem(name));
        REQUIRE(key);
        CHECK(*key->public_pem() == rsa);
        CHECK(key->has_private() == (std::string_view(name).find("pkcs") == 4));
    }
    const auto sec1 = SigningKey::from_pem(pem("p256-sec1"));
    REQUIRE(sec1);
    CHECK(sec1->kind() == KeyKind::p256);
    CHECK(*sec1->private_pem() == *SigningKey::from_pem(pem("p256-pkcs8"))->private_pem());
    const auto ed25519 = SigningKey::from_pem(pem("ed25519-pkcs8"));
    REQUIRE(ed25519);
    CHECK(*ed25519->public_pem() == *SigningKey::from_pem(pem("ed25519-public"))->public_pem());
    // text around, and what is no key before it
    CHECK(SigningKey::from_pem("my key:\n" + pem("rsa-public") + "\nthe end\n"));
    std::string windows;
    for (const char c : pem("rsa-public")) windows += c == '\n' ? "\r\n" : std::string(1, c);
    CHECK(SigningKey::from_pem(windows));
}

TEST_CASE("PEM that is encrypted, of another kind, weak or damaged is refused without a question", "[base][key]") {
    for (const char* name : {"rsa-encrypted", "rsa-encrypted-pkcs1"}) {
        const auto key = SigningKey::from_pem(pem(name));
        CHECK(code_of(key) == Errc::parse);
        CHECK(key.error().message == "PEM key is encrypted");
    }
    for (const char* name : {"p256-explicit", "p224-sec1", "x25519-pkcs8", "rsa-pss-pkcs8"}) {
        INFO(name);
        CHECK(code_of(SigningKey::from_pem(pem(name))) == Errc::parse);
    }
    CHECK(code_of(SigningKey::from_pem(pem("rsa-1024"))) == Errc::config);
    CHECK(code_of(SigningKey::from_pem("")) == Errc::parse);
    CHECK(code_of(SigningKey::from_pem("-----BEGIN PUBLIC KEY-----\n")) == Errc::parse);
    CHECK(code_of(SigningKey::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")) == Errc::parse);
    CHECK(code_of(SigningKey::from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")) ==
          Errc::parse);
    CHECK(code_of(SigningKey::from_pem(std::string(SigningKey::kMaxPem + 1, '-'))) == Errc::limit);
    const std::string good = pem("p256-pkcs8");
    for (std::size_t size = 0; size < good.size() - 2; size += 5)
        CHECK_FALSE(SigningKey::from_pem(good.substr(0, size)));
}

TEST_CASE("weak and impossible RSA keys are not made", "[base][key]") {
    const KeyParts good = key_of(KeyKind::rsa).public_parts();
    REQUIRE(SigningKey::make(good));
    CHECK(SigningKey::make(rsa_parts('\0' + good.n, '\0' + good.e)));
    const std::string three("\x03", 1);
    CHECK(SigningKey::make(rsa_parts(good.n, three)));
    CHECK(SigningKey::make(rsa_parts(good.n, "\xff\xff\xff\xff")));
    CHECK(code_of(SigningKey::make(rsa_parts(good.n, "\x01"))) == Errc::config);
    CHECK(code_of(SigningKey::make(rsa_parts(good.n, "\x04"))) == Errc::config);
    CHECK(code_of(SigningKey::make(rsa_parts(good.n, ""))) == Errc::config);
    CHECK(code_of(SigningKey::make(rsa_parts(good.n, std::string(2, '\0')))) == Errc::config);
    CHECK(code_of(SigningKey::make(rsa_parts(good.n, "\x01" + std::string(3, '\0') + "\x01"))) == Errc::config);
    CHECK(code_of(SigningKey::make(rsa_parts("", good.e))) == Errc::config);
    // 2047, 2048, 8192 and 8193 bits
    CHECK(code_of(SigningKey::make(rsa_parts("\x7f" + std::string(255, '\xff'), good.e))) == Errc::config);
    CHECK(SigningKey::make(rsa_parts("\x80" + std::string(254, '\x37') + "\x01", good.e)));
    CHECK(SigningKey::make(rsa_parts("\x80" + std::string(1022, '\x37') + "\x01", good.e)));
    CHECK(code_of(SigningKey::make(rsa_parts("\x01" + std::string(1024, '\x37'), good.e))) == Errc::config);
    std::string even = good.n;
    even.back() = static_cast<char>(even.back() & ~1);
    CHECK(code_of(SigningKey::make(rsa_parts(even, good.e))) == Errc::parse);
    const auto roca = SigningKey::make(rsa_parts(roca_modulus(), good.e));
    CHECK(code_of(roca) == Errc::config);
    CHECK(roca.error().message.find("ROCA") != std::string::npos);
}

TEST_CASE("a private key that does not fit its public key is not made", "[base][key]") {
    for (const KeyKind kind : kKinds) {
        if (kind == KeyKind::octets) continue;
        INFO(to_text(kind));
        KeyParts mixed = *key_of(kind).private_parts();
        const KeyParts other = *SigningKey::generate(kind)->private_parts();
        mixed.x = other.x;
        mixed.y = other.y;
        mixed.n = other.n;
        CHECK(code_of(SigningKey::make(mixed)) == Errc::parse);
    }
    for (std::string KeyParts::* part : {&KeyParts::p, &KeyParts::q, &KeyParts::dp, &KeyParts::dq, &KeyParts::qi}) {
        KeyParts incomplete = *key_of(KeyKind::rsa).private_parts();
        (incomplete.*part).clear();
        CHECK(code_of(SigningKey::make(incomplete)) == Errc::parse);
    }
}

TEST_CASE("a point that is not on its curve, or not as long as the field, is no key", "[base][key]") {
    for (const KeyKind kind : {KeyKind::p256, KeyKind::p384, KeyKind::p521, KeyKind::secp256k1}) {
        INFO(to_text(kind));
        const KeyParts good = key_of(kind).public_parts();
        KeyParts off = good;
        off.y.back() = static_cast<char>(off.y.back() ^ 1);
        CHECK(code_of(SigningKey::make(off)) == Errc::parse);
        KeyParts zero = good;
        zero.x.assign(good.x.size(), '\0');
        zero.y = zero.x;
        CHECK(code_of(SigningKey::make(zero)) == Errc::parse);
        for (const std::string& x : {good.x.substr(1), '\0' + good.x, std::string()}) {
            KeyParts resized = good;
            resized.x = x;
            CHECK(code_of(SigningKey::make(resized)) == Errc::parse);
        }
        KeyParts foreign = good;
        foreign.kind = kind == KeyKind::p256 ? KeyKind::secp256k1 : KeyKind::p256;
        CHECK(code_of(SigningKey::make(foreign)) == Errc::parse);
    }
    KeyParts ed25519 = key_of(KeyKind::ed25519).public_parts();
    ed25519.x.pop_back();
    CHECK(code_of(SigningKey::make(ed25519)) == Errc::parse);
}

TEST_CASE("an Ed25519 point of small order, under which one signature fits every message, is no key", "[base][key]") {
    KeyParts parts = key_of(KeyKind::ed25519).public_parts();
    std::vector<std::string> points = {std::string(32, '\0'), "\1" + std::string(31, '\0'),
                                       *parse_hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
                                       *parse_hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")};
    for (const char first : {'\xec', '\xed', '\xee'}) points.push_back(first + std::string(30, '\xff') + '\x7f');
    for (std::string point : points) {
        for (const char sign : {'\0', '\x80'}) {
            point.back() = static_cast<char>((point.back() & 0x7f) | sign);
            parts.x = point;
            CHECK(code_of(SigningKey::make(parts)) == Errc::config);
        }
    }
}

TEST_CASE("shared secrets are as long as the hash at least", "[base][key]") {
    KeyParts parts;
    for (const std::size_t size : {0U, 1U, 31U, 1025U}) {
        parts.secret.assign(size, 'k');
        CHECK(code_of(SigningKey::make(parts)) == Errc::config);
    }
    const auto takes = [&](std::size_t size, SignatureScheme scheme) {
        parts.secret.assign(size, 'k');
        return SigningKey::make(parts)->takes(scheme);
    };
    CHECK(takes(32, SignatureScheme::hmac_sha256));
    CHECK_FALSE(takes(47, SignatureScheme::hmac_sha384));
    CHECK(takes(48, SignatureScheme::hmac_sha384));
    CHECK_FALSE(takes(63, SignatureScheme::hmac_sha512));
    CHECK(takes(64, SignatureScheme::hmac_sha512));
    CHECK(takes(1024, SignatureScheme::hmac_sha256));
}

TEST_CASE("ECDSA signatures are r and s in range, as long as the order, and not DER", "[base][key]") {
    struct Case {
        KeyKind kind;
        SignatureScheme scheme;
        const char* order;
    };
    // SEC 2 and FIPS 186-4: the orders of the groups
    const Case cases[] = {
        {KeyKind::p256, SignatureScheme::ecdsa_p256_sha256,
         "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"},
        {KeyKind::p384, SignatureScheme::ecdsa_p384_sha384,
         "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"},
        {KeyKind::p521, SignatureScheme::ecdsa_p521_sha512,
         "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b88"
         "99c"
         "47aebb6fb71e91386409"},
        {KeyKind::secp256k1, SignatureScheme::ecdsa_secp256k1_sha256,
         "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"},
    };
    for (const auto& [kind, scheme, order_text] : cases) {
        INFO(to_text(kind));
        const SigningKey& key = key_of(kind);
        const std::string order = *parse_hex(order_text);
        const std::string good = *key.sign(scheme, "text");
        REQUIRE(good.size() == 2 * order.size());
        const std::string r = good.substr(0, order.size());
        const std::string s = good.substr(order.size());
        const std::string zero(order.size(), '\0');
        const std::string most(order.size(), '\xff');
        for (const auto& [bad_r, bad_s] : std::vector<std::pair<std::string, std::string>>{
                 {zero, zero}, {zero, s}, {r, zero}, {order, s}, {r, order}, {order, order}, {most, s}, {r, most}}) {
            CHECK_FALSE(key.verify(scheme, "text", bad_r + bad_s));
        }
        CHECK_FALSE(key.verify(scheme, "text", '\0' + r + '\0' + s));
    }
    // the same signature as DER
    const SigningKey& key = key_of(KeyKind::p256);
    std::string good;
    do {
        good = *key.sign(SignatureScheme::ecdsa_p256_sha256, "text");
    } while ((good[0] & 0x80) != 0 || (good[32] & 0x80) != 0 || good[0] == 0 || good[32] == 0);
    const std::string der = "\x30\x44\x02\x20" + good.substr(0, 32) + "\x02\x20" + good.substr(32);
    CHECK_FALSE(key.verify(SignatureScheme::ecdsa_p256_sha256, "text", der));
    CHECK(key.verify(SignatureScheme::ecdsa_p256_sha256, "text", good));
}

TEST_CASE("signatures of every length of r and s are read as they were written", "[base][key]") {
    // about one in 128 has a leading zero byte in r or s, which DER leaves out
    for (const auto& [kind, scheme] : {std::pair{KeyKind::p256, SignatureScheme::ecdsa_p256_sha256},
                                       std::pair{KeyKind::p521, SignatureScheme::ecdsa_p521_sha512}}) {
        const SigningKey& key = key_of(kind);
        const int count = kind == KeyKind::p256 ? 600 : 60;
        for (int i = 0; i < count; ++i) {
            const std::string message = std::to_string(i);
            const auto signature = key.sign(scheme, message);
            if (!signature || !key.verify(scheme, message, *signature)) FAIL(message);
        }
    }
}

TEST_CASE("Ed25519 signatures whose S is not below the order are refused", "[base][key]") {
    const SigningKey& key = key_of(KeyKind::ed25519);
    std::string signature = *key.sign(SignatureScheme::ed25519, "text");
    // L, least significant byte first (RFC 8032 §5.1)
    const std::string order = *parse_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += static_cast<unsigned char>(signature[32 + i]) + static_cast<unsigned char>(order[i]);
        signature[32 + i] = static_cast<char>(carry & 0xffU);
        carry >>= 8U;
    }
    CHECK_FALSE(key.verify(SignatureScheme::ed25519, "text", signature));
}

TEST_CASE("several threads use one key at once", "[base][key]") {
    std::vector<std::thread> threads;
    std::array<bool, 12> good{};
    for (std::size_t i = 0; i < good.size(); ++i) {
        threads.emplace_back([&, i] {
            bool all = true;
            for (int n = 0; n < 20; ++n) {
                const std::string message = std::to_string(i) + "/" + std::to_string(n);
                for (const auto& [kind, scheme] : {std::pair{KeyKind::octets, SignatureScheme::hmac_sha512},
                                                   std::pair{KeyKind::p256, SignatureScheme::ecdsa_p256_sha256},
                                                   std::pair{KeyKind::ed25519, SignatureScheme::ed25519},
                                                   std::pair{KeyKind::rsa, SignatureScheme::rsa_pss_sha256}}) {
                    const SigningKey& key = key_of(kind);
                    const auto signature = key.sign(scheme, message);
                    all = all && signature && key.verify(scheme, message, *signature) &&
                          !key.verify(scheme, message + "x", *signature);
                }
            }
            good[i] = all;
        });
    }
    for (auto& thread : threads) thread.join();
    for (const bool each : good) CHECK(each);
}

TEST_CASE("new keys have the size that was asked for, or none is made", "[base][key]") {
    CHECK(SigningKey::generate(KeyKind::octets, 384)->bits() == 384);
    CHECK(SigningKey::generate(KeyKind::octets)->bits() == 256);
    CHECK(key_of(KeyKind::rsa).bits() == 2048);
    CHECK(key_of(KeyKind::p521).bits() == 521);
    CHECK(code_of(SigningKey::generate(KeyKind::rsa, 1024)) == Errc::usage);
    CHECK(code_of(SigningKey::generate(KeyKind::rsa, 8193)) == Errc::usage);
    CHECK(code_of(SigningKey::generate(KeyKind::octets, 128)) == Errc::config);
    CHECK(code_of(SigningKey::generate(KeyKind::octets, 9000)) == Errc::usage);
}
