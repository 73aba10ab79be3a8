#include "libgw/policy/auth/token.h"

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "libgw/base/text.h"
#include "tests/support/catch.h"
#include "tests/unit/policy/auth/keys.h"

using namespace gw;
using namespace gw::auth;
using namespace gw::auth::test_keys;

namespace {

const std::string kClaims =
    R"({"iss":"https://issuer.example","sub":"alice","aud":"web","exp":1795352400,"iat":1795348800,"scope":"a b"})";

TokenRules rules_of(AlgorithmSet algorithms) {
    TokenRules rules;
    rules.algorithms = algorithms;
    rules.claims.issuer = "https://issuer.example";
    rules.claims.audiences = {"web"};
    return rules;
}

/// The reason for which an issuer with one public key of each algorithm refuses a token; "" when it is believed.
std::string_view judge(std::string_view token, AlgorithmSet algorithms = kPublicKeyAlgorithms) {
    static const KeySet keys = [] {
        std::vector<Key> all;
        for (const Algorithm algorithm : kAlgorithms) {
            if (!is_symmetric(algorithm))
                all.push_back(public_half(key_for(algorithm, std::string(to_text(algorithm)))));
        }
        return *KeySet::make(std::move(all));
    }();
    const auto judged = verify_token(token, keys, rules_of(algorithms), nullptr, kNow);
    const TokenFault* fault = fault_of(judged);
    return fault == nullptr ? std::string_view() : fault->reason;
}

Key named_key(Algorithm algorithm) { return key_for(algorithm, std::string(to_text(algorithm))); }

/// A token signed by HMAC with any bytes as the secret.
std::string hmac_token(std::string_view secret, std::string_view kid) {
    const std::string input =
        to_base64url(R"({"alg":"HS256","kid":")" + std::string(kid) + "\"}") + "." + to_base64url(kClaims);
    return input + "." + to_base64url(hmac_sha256(secret, input).view());
}

}  // namespace

TEST_CASE("a good token is believed, with what it says", "[auth][token]") {
    for (const Algorithm algorithm : kAlgorithms) {
        INFO(to_text(algorithm));
        const Key key = key_for(algorithm);
        Checklist checks;
        const auto judged =
            verify_token(*sign_jws(kClaims, key), KeySet::of(public_half(key)), rules_of({algorithm}), &checks, kNow);
        REQUIRE(fault_of(judged) == nullptr);
        const Token& token = found_in(judged);
        CHECK(token.claims.text("sub") == "alice");
        CHECK(token.header.kid == "k1");
        CHECK(token.expires() == Date(std::chrono::seconds(1795352400)));
        CHECK(checks.good());
        CHECK(checks.line() == "form ok, algorithm ok (" + std::string(to_text(algorithm)) +
                                   "), key ok (kid k1), signature ok, iss ok (https://issuer.example), aud ok (web), "
                                   "exp ok (in 1h 0m), iat ok (0s ago)");
    }
}

TEST_CASE("attack: unsigned tokens", "[auth][token][attack]") {
    const std::string body = to_base64url(kClaims);
    for (const char* none : {"none", "None", "nOnE", "NONE"}) {
        const std::string head = to_base64url(std::string(R"({"alg":")") + none + "\"}");
        CHECK(judge(head + "." + body + ".") == reason::kJwtAlgorithm);
        CHECK(judge(head + "." + body) == reason::kJwtMalformed);
        CHECK(judge(head + "." + body + ".AAAA") == reason::kJwtAlgorithm);
    }
    const std::string token = *sign_jws(kClaims, named_key(Algorithm::rs256));
    const auto dot = token.rfind('.');
    CHECK(judge(token.substr(0, dot + 1)) == reason::kJwtMalformed);
    CHECK(judge(token.substr(0, dot)) == reason::kJwtMalformed);
    CHECK(judge(token.substr(dot)) == reason::kJwtMalformed);
}

TEST_CASE("attack: the public key as the secret of an HMAC", "[auth][token][attack]") {
    AlgorithmSet all = kPublicKeyAlgorithms;
    all.insert(Algorithm::hs256);
    for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
        const Key key = public_half(named_key(algorithm));
        const std::string pem = *key.signing_key().public_pem();
        const KeyParts parts = key.signing_key().public_parts();
        std::string der;
        for (const std::string_view line : split(pem, '\n')) {
            if (!line.empty() && line[0] != '-') der += line;
        }
        for (const std::string& secret : {pem, pem.substr(0, pem.size() - 1), *parse_base64(der), to_json(key.to_jwk()),
                                          parts.n, parts.x, "\x04" + parts.x + parts.y, std::string()}) {
            CHECK(judge(hmac_token(secret, to_text(algorithm))) == reason::kJwtAlgorithm);
            // even an authorizer that allows HS256 has no such key
            CHECK(judge(hmac_token(secret, to_text(algorithm)), all) == reason::kJwtKey);
        }
    }
}

TEST_CASE("attack: another algorithm of the same key, another curve", "[auth][token][attack]") {
    for (const Algorithm own : kAlgorithms) {
        if (is_symmetric(own)) continue;
        REQUIRE(judge(*sign_jws(kClaims, named_key(own))).empty());
        for (const Algorithm used : kAlgorithms) {
            if (used == own) continue;
            // the name of one key, the signature of another algorithm
            const std::string token = *sign_jws(kClaims, key_for(used, std::string(to_text(own))));
            CHECK(judge(token) == (is_symmetric(used) ? reason::kJwtAlgorithm : reason::kJwtKey));
        }
    }
    // the header promises one algorithm, the signature is another's
    const std::string input = to_base64url(R"({"alg":"ES256","kid":"ES256"})") + "." + to_base64url(kClaims);
    const auto& ed25519 = signing_key(KeyKind::ed25519);
    CHECK(judge(input + "." + to_base64url(*ed25519.sign(SignatureScheme::ed25519, input))) == reason::kJwtSignature);
}

TEST_CASE("attack: keys that the token brings along", "[auth][token][attack]") {
    const Key theirs = *Key::make(*SigningKey::generate(KeyKind::p256), "ES256", Algorithm::es256);
    for (const Object& extra : {Object{{"jwk", theirs.to_jwk()}}, Object{{"x5c", Array{"MIIB"}}},
                                Object{{"jku", "http://127.0.0.1:1/keys"}}, Object{{"x5u", "http://127.0.0.1:1/c"}}}) {
        CHECK(judge(*sign_jws(kClaims, theirs, extra)) == reason::kJwtSignature);
    }
}

TEST_CASE("attack: kids that are paths, commands, too long or of another type", "[auth][token][attack]") {
    const Key key = named_key(Algorithm::rs256);
    for (const char* kid : {"../../dev/null", "/dev/null", "' OR 1=1 --", "|id", "$(id)", "RS256/../RS256", "rs256",
                            "RS256\\u0000", "", "file:///dev/null"}) {
        INFO(kid);
        CHECK(judge(*sign_jws(kClaims, key, {{"kid", kid}})) == reason::kJwtKey);
    }
    CHECK(judge(*sign_jws(kClaims, key, {{"kid", std::string("RS256\0", 6)}})) == reason::kJwtKey);
    CHECK(judge(*sign_jws(kClaims, key, {{"kid", 7}})) == reason::kJwtMalformed);
    CHECK(judge(*sign_jws(kClaims, key, {{"kid", Value()}})) == reason::kJwtMalformed);
    CHECK(judge(*sign_jws(kClaims, key, {{"kid", std::string(300, 'k')}})) == reason::kJwtMalformed);
    CHECK(judge(*sign_jws(kClaims, key, {{"kid", std::string(10240, 'k')}})) == reason::kJwtMalformed);
}

TEST_CASE("attack: signatures of zeros, out of range, as DER, of the wrong length", "[auth][token][attack]") {
    for (const auto& [algorithm, size] :
         {std::pair{Algorithm::es256, 32}, {Algorithm::es384, 48}, {Algorithm::es512, 66}, {Algorithm::es256k, 32}}) {
        const std::string good = *sign_jws(kClaims, named_key(algorithm));
        const std::string input = good.substr(0, good.rfind('.') + 1);
        const auto half = static_cast<std::size_t>(size);
        const std::string der = std::string("\x30\x06\x02\x01\x01\x02\x01\x01", 8);
        for (const std::string& signature :
             {std::string(2 * half, '\0'), std::string(2 * half, '\xff'), std::string(2 * half - 1, '\x01'),
              std::string(2 * half + 1, '\x01'), std::string(half, '\x01'), der}) {
            CHECK(judge(input + to_base64url(signature)) == reason::kJwtSignature);
        }
    }
}

TEST_CASE("attack: claims that stand twice, nested or huge payloads", "[auth][token][attack]") {
    const Key key = named_key(Algorithm::rs256);
    const std::string open = kClaims.substr(0, kClaims.size() - 1);
    CHECK(judge(*sign_jws(open + R"(,"sub":"admin"})", key)) == reason::kJwtMalformed);
    CHECK(judge(*sign_jws(open + R"(,"x":{"y":1,"y":2}})", key)) == reason::kJwtMalformed);
    CHECK(judge(*sign_jws(open + ",\"x\":" + std::string(40, '[') + std::string(40, ']') + "}", key)) ==
          reason::kJwtMalformed);
    CHECK(judge(*sign_jws(open + ",\"x\":\"" + std::string(8192, 'x') + "\"}", key)) == reason::kJwtMalformed);
    CHECK(judge(*sign_jws("not json", key)) == reason::kJwtMalformed);
    CHECK(judge(*sign_jws("", key)) == reason::kJwtMalformed);
}

TEST_CASE("attack: claims of wrong types and values, through the whole pipeline", "[auth][token][attack]") {
    const Key key = named_key(Algorithm::es256);
    const auto with = [&](std::string_view name, Value value) {
        Value claims = json(kClaims);
        std::erase_if(*claims.if_object(), [&](const Member& member) { return member.key == name; });
        claims.if_object()->push_back({std::string(name), std::move(value)});
        return judge(*sign_jws(to_json(claims), key));
    };
    CHECK(with("exp", "1795352400") == reason::kJwtClaim);
    CHECK(with("exp", Value()) == reason::kJwtClaim);
    CHECK(with("exp", -1) == reason::kJwtClaim);
    CHECK(with("exp", 9007199254740993) == reason::kJwtClaim);
    CHECK(with("exp", 1795352400.5).empty());
    CHECK(with("exp", kNowSeconds - 3600) == reason::kJwtExpired);
    CHECK(with("nbf", kNowSeconds + 3600) == reason::kJwtEarly);
    CHECK(with("iat", kNowSeconds + 3600) == reason::kJwtEarly);
    CHECK(with("iss", "https://issuer.example/") == reason::kJwtIssuer);
    CHECK(with("aud", "WEB") == reason::kJwtAudience);
    CHECK(with("aud", Array{}) == reason::kJwtAudience);
    CHECK(with("aud", Array{Value(Array{"web"})}) == reason::kJwtClaim);
    CHECK(with("scope", 5) == reason::kJwtClaim);
}

TEST_CASE("an identity source is one token, with or without Bearer", "[auth][token]") {
    const auto find = [](std::vector<std::string_view> values) { return find_token(values); };
    for (const std::string_view value : {"a.b.c", "Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c", " a.b.c\t"}) {
        const auto found = find({value});
        REQUIRE(fault_of(found) == nullptr);
        CHECK(found_in(found) == "a.b.c");
    }
    CHECK(fault_of(find({}))->reason == reason::kJwtMissing);
    for (const std::string_view value : {"", " ", "Bearer", "Bearer ", "bearer \t"}) {
        CHECK(fault_of(find({value}))->reason == reason::kJwtMissing);
    }
    CHECK(fault_of(find({"a.b.c", "a.b.c"}))->reason == reason::kJwtMalformed);
    CHECK(fault_of(find({"", "a.b.c"}))->reason == reason::kJwtMalformed);
    const std::string large(kMaxToken, 'a');
    CHECK(fault_of(find({"Bearer " + large})) == nullptr);
    CHECK(fault_of(find({"Bearer " + large + "a"}))->reason == reason::kJwtMalformed);
}

TEST_CASE("challenges are those of AWS's HTTP APIs", "[auth][token]") {
    const std::vector<std::string> none;
    const std::vector<std::string> scopes = {"a", "b"};
    CHECK(challenge_of({reason::kJwtMissing, {}, {}}, none) == "Bearer");
    CHECK(challenge_of({reason::kJwtAudience, {}, {}}, none) ==
          R"(Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience")");
    CHECK(challenge_of({reason::kJwtExpired, {}, {}}, scopes) ==
          R"(Bearer scope="a b" error="invalid_token" error_description="the token has expired")");
    CHECK(challenge_of({reason::kJwtMalformed, {}, kSegmentsDescription}, none) ==
          R"(Bearer scope="" error="invalid_token" error_description="token contains an invalid number of segments")");
    CHECK(challenge_of({reason::kJwtScope, {}, {}}, scopes).find(R"(scope="a b" error="insufficient_scope")") !=
          std::string::npos);
    CHECK(challenge_of({reason::kJwtKeys, {}, {}}, none).empty());
    const std::vector<std::string> hostile = {"a\"b\r\nx: y\\"};
    CHECK(challenge_of({reason::kJwtExpired, {}, {}}, hostile).starts_with(R"(Bearer scope="abx:y" error)"));
    CHECK(context_error_of({reason::kJwtAudience, {}, {}}) ==
          "invalid_token: the token does not have a valid audience");
    CHECK(context_error_of({reason::kJwtKeys, {}, kDiscoveryDescription}) ==
          "invalid_token: OIDC discovery endpoint communication error");
}

TEST_CASE("a fault has the status of its kind of api", "[auth][token]") {
    for (const Reason& each : kReasons) {
        if (!each.word.starts_with("jwt.")) continue;
        const Refusal http = to_refusal({each.word, "detail", {}}, ApiKind::http);
        const Refusal rest = to_refusal({each.word, "detail", {}}, ApiKind::rest);
        const bool is_missing_keys = each.word == reason::kJwtKeys;
        CHECK(http.status == (is_missing_keys ? 503 : each.word == reason::kJwtScope ? 403 : 401));
        CHECK(rest.status == (is_missing_keys ? 503 : 401));
        CHECK(http.reason == each.word);
        CHECK(http.detail == "detail");
        CHECK(description_of(each.word).empty() == (each.word == reason::kJwtMissing));
    }
    CHECK(wording_of(ApiKind::rest, to_refusal({reason::kJwtExpired, {}, {}}, ApiKind::rest), nullptr).message ==
          "The incoming token has expired");
    CHECK(wording_of(ApiKind::http, to_refusal({reason::kJwtExpired, {}, {}}, ApiKind::http), nullptr).message ==
          "Unauthorized");
    CHECK(wording_of(ApiKind::http, to_refusal({reason::kJwtScope, {}, {}}, ApiKind::http), nullptr).message ==
          "Forbidden");
}

TEST_CASE("details never hold the token", "[auth][token]") {
    const std::string good = *sign_jws(kClaims, named_key(Algorithm::rs256));
    const KeySet keys = KeySet::of(public_half(key_for(Algorithm::rs256, "another")));
    for (std::size_t at = 0; at < good.size(); at += 11) {
        std::string bad = good;
        bad[at] = bad[at] == '*' ? '+' : '*';
        Checklist checks;
        const auto judged = verify_token(bad, keys, rules_of(kAwsAlgorithms), &checks, kNow);
        REQUIRE(fault_of(judged) != nullptr);
        CHECK(fault_of(judged)->detail.find(good.substr(good.size() - 20)) == std::string::npos);
        CHECK_FALSE(checks.good());
    }
}
