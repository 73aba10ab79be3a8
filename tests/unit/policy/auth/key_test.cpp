#include "libgw/policy/auth/key.h"

#include <algorithm>

#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/temporary.h"
#include "tests/unit/policy/auth/keys.h"

using namespace gw;
using namespace gw::auth;
using namespace gw::auth::test_keys;

namespace {

/// The JWK with one member set, or taken out when the value is null.
Value with(Value jwk, std::string_view name, Value value) {
    Object& members = *jwk.if_object();
    std::erase_if(members, [&](const Member& member) { return member.key == name; });
    if (!value.is_null()) members.push_back({std::string(name), std::move(value)});
    return jwk;
}

Errc code_of(const Result<Key>& key) {
    REQUIRE_FALSE(key);
    return key.error().code;
}

}  // namespace

TEST_CASE("a key that left as JWK comes back as the same key", "[auth][key]") {
    for (const Algorithm algorithm : kAlgorithms) {
        INFO(to_text(algorithm));
        const Key key = key_for(algorithm);
        const Value whole = key.to_jwk(Key::Half::all);
        const auto again = Key::from_jwk(whole);
        REQUIRE(again);
        CHECK(again->kid() == "k1");
        CHECK(again->algorithm() == algorithm);
        CHECK(again->verifies() == AlgorithmSet{algorithm});
        CHECK(again->signs() == algorithm);
        CHECK(again->thumbprint() == key.thumbprint());
        CHECK(again->to_jwk(Key::Half::all) == whole);
        CHECK(key.verify(algorithm, "text", *again->sign(algorithm, "text")));

        const Value half = key.to_jwk(Key::Half::public_only);
        if (is_symmetric(algorithm)) {
            CHECK(half.is_null());
            continue;
        }
        for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "k"}) CHECK(half.find(name) == nullptr);
        const auto reader = Key::from_jwk(half);
        REQUIRE(reader);
        CHECK_FALSE(reader->signs());
        CHECK(reader->thumbprint() == key.thumbprint());
        CHECK(reader->verify(algorithm, "text", *key.sign(algorithm, "text")));
        CHECK(Key::from_jwk(whole, Key::Half::public_only)->to_jwk(Key::Half::all) == half);
    }
}

TEST_CASE("a key verifies and signs with no other algorithm than its own", "[auth][key]") {
    std::size_t pairs = 0;
    for (const Algorithm own : kAlgorithms) {
        const Key key = key_for(own);
        for (const Algorithm asked : kAlgorithms) {
            const auto signature = signing_key(kind_of(asked)).sign(scheme_of(asked), "text");
            REQUIRE(signature);
            CHECK(key.verify(asked, "text", *signature) == (own == asked));
            CHECK(key.sign(asked, "text").has_value() == (own == asked));
            ++pairs;
        }
    }
    CHECK(pairs == 196);
}

TEST_CASE("a key without alg is for all algorithms of its kind", "[auth][key]") {
    const auto verifies = [](KeyKind kind) { return Key::make(signing_key(kind))->verifies().text(); };
    CHECK(verifies(KeyKind::rsa) == "RS256 RS384 RS512 PS256 PS384 PS512");
    CHECK(verifies(KeyKind::octets) == "HS256 HS384 HS512");
    CHECK(verifies(KeyKind::p256) == "ES256");
    CHECK(verifies(KeyKind::p384) == "ES384");
    CHECK(verifies(KeyKind::p521) == "ES512");
    CHECK(verifies(KeyKind::secp256k1) == "ES256K");
    CHECK(verifies(KeyKind::ed25519) == "EdDSA");
    CHECK(Key::make(*SigningKey::generate(KeyKind::octets, 384))->verifies().text() == "HS256 HS384");
    CHECK(code_of(Key::make(*SigningKey::generate(KeyKind::octets, 256), "", Algorithm::hs512)) == Errc::usage);
    CHECK(code_of(Key::make(signing_key(KeyKind::rsa), "", Algorithm::es256)) == Errc::usage);
    CHECK(code_of(Key::make(signing_key(KeyKind::rsa), std::string(257, 'k'))) == Errc::usage);
}

TEST_CASE("a JWK is read by its kty, crv, alg, use and key_ops", "[auth][key]") {
    const Value rsa = Key::make(signing_key(KeyKind::rsa), "k1")->to_jwk();
    const Value p256 = key_for(Algorithm::es256).to_jwk();
    REQUIRE(Key::from_jwk(rsa));
    REQUIRE(Key::from_jwk(p256));

    SECTION("what is not for signatures is refused") {
        CHECK(code_of(Key::from_jwk(with(rsa, "use", "enc"))) == Errc::config);
        CHECK(code_of(Key::from_jwk(with(rsa, "use", 1))) == Errc::parse);
        CHECK(code_of(Key::from_jwk(with(rsa, "key_ops", Array{"encrypt"}))) == Errc::config);
        CHECK(code_of(Key::from_jwk(with(rsa, "key_ops", Array{}))) == Errc::config);
        CHECK(code_of(Key::from_jwk(with(rsa, "key_ops", "verify"))) == Errc::parse);
        CHECK(code_of(Key::from_jwk(with(rsa, "key_ops", Array{1}))) == Errc::parse);
        CHECK(code_of(Key::from_jwk(with(rsa, "key_ops", Array{"verify", "verify"}))) == Errc::parse);
        CHECK(Key::from_jwk(with(rsa, "use", {})));
        CHECK(Key::from_jwk(with(rsa, "key_ops", Array{"verify", "encrypt"})));
    }
    SECTION("key_ops binds what the key does") {
        const Value whole = key_for(Algorithm::es256).to_jwk(Key::Half::all);
        const auto signer = Key::from_jwk(with(whole, "key_ops", Array{"sign"}));
        REQUIRE(signer);
        const auto signature = signer->sign(Algorithm::es256, "text");
        REQUIRE(signature);
        CHECK_FALSE(signer->verify(Algorithm::es256, "text", *signature));
        const auto verifier = Key::from_jwk(with(whole, "key_ops", Array{"verify"}));
        REQUIRE(verifier);
        CHECK(verifier->verify(Algorithm::es256, "text", *signature));
        CHECK_FALSE(verifier->signs());
        CHECK_FALSE(verifier->sign(Algorithm::es256, "text"));
    }
    SECTION("an algorithm that does not fit the key is refused") {
        for (const char* name : {"HS256", "ES256", "EdDSA", "none", "RSA1_5", "RSA-OAEP", "rs256", ""}) {
            INFO(name);
            CHECK(code_of(Key::from_jwk(with(rsa, "alg", name))) == Errc::config);
        }
        for (const char* name : {"ES384", "ES512", "ES521", "ES224", "ES256K", "RS256", "HS256"}) {
            INFO(name);
            CHECK(code_of(Key::from_jwk(with(p256, "alg", name))) == Errc::config);
        }
        CHECK(code_of(Key::from_jwk(with(rsa, "alg", 256))) == Errc::parse);
    }
    SECTION("names are texts of at most 256 bytes") {
        CHECK(Key::from_jwk(with(rsa, "kid", std::string(256, 'k'))));
        CHECK(code_of(Key::from_jwk(with(rsa, "kid", std::string(257, 'k')))) == Errc::parse);
        CHECK(code_of(Key::from_jwk(with(rsa, "kid", 7))) == Errc::parse);
        CHECK(Key::from_jwk(with(rsa, "kid", {}))->kid().empty());
    }
    SECTION("members that are missing, empty, padded or of another kind are refused") {
        for (const char* name : {"kty", "n", "e"}) {
            INFO(name);
            CHECK(code_of(Key::from_jwk(with(rsa, name, {}))) == Errc::parse);
            CHECK_FALSE(Key::from_jwk(with(rsa, name, "")));
            CHECK(code_of(Key::from_jwk(with(rsa, name, 5))) == Errc::parse);
        }
        for (const char* name : {"crv", "x", "y"}) {
            CHECK_FALSE(Key::from_jwk(with(p256, name, {})));
            CHECK_FALSE(Key::from_jwk(with(p256, name, "")));
        }
        CHECK(code_of(Key::from_jwk(with(rsa, "e", "AQAB="))) == Errc::parse);
        CHECK(code_of(Key::from_jwk(with(rsa, "e", "AQ AB"))) == Errc::parse);
        CHECK(code_of(Key::from_jwk(with(rsa, "e", "AQ"))) == Errc::config);
        CHECK(code_of(Key::from_jwk(with(p256, "crv", "P-384"))) != Errc::internal);
        CHECK(code_of(Key::from_jwk(with(p256, "crv", "Ed25519"))) == Errc::config);
        CHECK(code_of(Key::from_jwk(with(p256, "kty", "OKP"))) == Errc::config);
        CHECK(code_of(Key::from_jwk(with(p256, "kty", "RSA"))) == Errc::parse);
        CHECK(code_of(Key::from_jwk(with(rsa, "kty", "rsa"))) == Errc::config);
        CHECK(code_of(Key::from_jwk(json("[]"))) == Errc::parse);
        CHECK(code_of(Key::from_jwk(json(R"({"kty":"oct"})"))) == Errc::parse);
        CHECK(code_of(Key::from_jwk(json(R"({"kty":"oct","k":"c2hvcnQ"})"))) == Errc::config);
        CHECK(code_of(Key::from_jwk(json(R"({"kty":"oct","kty":"RSA"})"))) == Errc::parse);
    }
    SECTION("certificates and addresses in a JWK are not looked at") {
        CHECK(Key::from_jwk(with(with(rsa, "x5u", "http://169.254.169.254/"), "x5c", Array{"not base64"})));
    }
    SECTION("a private RSA key has all its numbers, and two primes") {
        const Value whole = Key::make(signing_key(KeyKind::rsa))->to_jwk(Key::Half::all);
        REQUIRE(Key::from_jwk(whole));
        for (const char* name : {"p", "q", "dp", "dq", "qi"})
            CHECK(code_of(Key::from_jwk(with(whole, name, {}))) == Errc::parse);
        CHECK(code_of(Key::from_jwk(with(whole, "oth", Array{}))) == Errc::config);
        CHECK(Key::from_jwk(with(whole, "p", {}), Key::Half::public_only));
    }
}

TEST_CASE("thumbprints are those of the RFCs", "[auth][key]") {
    const auto cases = parse_json(test::read_file(test::source_root() / "tests/vectors/jose/thumbprints.json"));
    REQUIRE(cases);
    REQUIRE(cases->if_array()->size() == 2);
    for (const Value& each : *cases->if_array()) {
        INFO(*each.find_string("source"));
        const auto key = Key::from_jwk(*each.find("key"));
        REQUIRE(key);
        CHECK(key->thumbprint() == *each.find_string("thumbprint"));
        CHECK(key->named("another").thumbprint() == key->thumbprint());
    }
}

TEST_CASE("a key file is a JWK, a set of one, or PEM", "[auth][key]") {
    const Key key = key_for(Algorithm::ps256);
    const std::string jwk = to_json(key.to_jwk(Key::Half::all));
    CHECK(Key::parse(jwk)->thumbprint() == key.thumbprint());
    CHECK(Key::parse(" \n" + jwk + "\n")->algorithm() == Algorithm::ps256);
    CHECK(Key::parse("{\"keys\":[" + jwk + "]}")->thumbprint() == key.thumbprint());
    CHECK(code_of(Key::parse("{\"keys\":[" + jwk + "," + jwk + "]}")) == Errc::parse);
    CHECK(code_of(Key::parse("{\"keys\":[]}")) == Errc::parse);
    CHECK(code_of(Key::parse("{\"keys\":1}")) == Errc::parse);
    const auto from_pem = Key::parse(*key.signing_key().private_pem());
    REQUIRE(from_pem);
    CHECK(from_pem->thumbprint() == key.thumbprint());
    CHECK(from_pem->kid().empty());
    CHECK(from_pem->signs() == Algorithm::rs256);
    for (const char* text : {"", " ", "secret", "[]", "{", "{}"}) CHECK(code_of(Key::parse(text)) == Errc::parse);
    CHECK(code_of(Key::parse(R"({"kty":"oct","k":"AAAA","k":"AAAA"})")) == Errc::parse);
}

TEST_CASE("a published set holds no secret", "[auth][key]") {
    const std::vector<Key> keys = {key_for(Algorithm::rs256, "r"), key_for(Algorithm::hs256, "h"),
                                   key_for(Algorithm::eddsa, "e")};
    const Value set = to_jwks(keys);
    REQUIRE(set.find("keys")->if_array()->size() == 2);
    const std::string text = to_json(set);
    CHECK(text.find("\"d\"") == std::string::npos);
    CHECK(text.find("\"k\"") == std::string::npos);
    CHECK(text.find(to_base64url(signing_key(KeyKind::ed25519).private_parts()->secret)) == std::string::npos);
}
