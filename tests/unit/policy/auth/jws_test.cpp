#include "libgw/policy/auth/jws.h"

#include "libgw/base/encoding.h"
#include "libgw/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/temporary.h"
#include "tests/unit/policy/auth/keys.h"

using namespace gw;
using namespace gw::auth;
using namespace gw::auth::test_keys;

namespace {

std::string token_of(std::string_view header, std::string_view payload = "{}", std::string_view signature = "sig") {
    return to_base64url(header) + "." + to_base64url(payload) + "." + to_base64url(signature);
}

/// Why a token is refused; "" when it is taken apart.
std::string_view reason_of(std::string_view token) {
    const auto parsed = parse_jws(token);
    const TokenFault* fault = fault_of(parsed);
    return fault == nullptr ? std::string_view() : fault->reason;
}

}  // namespace

TEST_CASE("the examples of the RFCs verify, and sign the same where signing has one outcome", "[auth][jws]") {
    const auto cases = parse_json(test::read_file(test::source_root() / "tests/vectors/jose/signatures.json"));
    REQUIRE(cases);
    REQUIRE(cases->if_array()->size() == 7);
    for (const Value& each : *cases->if_array()) {
        INFO(*each.find_string("source"));
        const auto key = Key::from_jwk(*each.find("key"));
        REQUIRE(key);
        const auto algorithm = parse_algorithm(*each.find_string("alg"));
        REQUIRE(algorithm);
        const std::string& token = *each.find_string("token");
        const auto judged = verify_jws(token, KeySet::of(*key), {*algorithm});
        REQUIRE(fault_of(judged) == nullptr);
        const Jws& jws = found_in(judged);
        CHECK(token == std::string(jws.signing_input) + "." + to_base64url(jws.signature));
        if (*each.find("deterministic")->if_bool()) CHECK(*key->sign(*algorithm, jws.signing_input) == jws.signature);
        CHECK(fault_of(verify_jws(token + "A", KeySet::of(*key), {*algorithm})) != nullptr);
    }
}

TEST_CASE("what was signed verifies with the public half, and a changed part does not", "[auth][jws]") {
    for (const Algorithm algorithm : kAlgorithms) {
        INFO(to_text(algorithm));
        const Key key = key_for(algorithm);
        const KeySet keys = KeySet::of(public_half(key));
        const std::string token = *sign_jws("any bytes \xff", key);
        const auto judged = verify_jws(token, keys, {algorithm});
        REQUIRE(fault_of(judged) == nullptr);
        CHECK(found_in(judged).payload == "any bytes \xff");
        CHECK(found_in(judged).header.kid == "k1");
        const auto parts = split(token, '.');
        const std::string other_header =
            to_base64url(R"({"alg":")" + std::string(to_text(algorithm)) + R"(","kid":"k1" })");
        for (const std::string& forged :
             {other_header + "." + std::string(parts[1]) + "." + std::string(parts[2]),
              std::string(parts[0]) + "." + to_base64url("other") + "." + std::string(parts[2]),
              std::string(parts[0]) + "." + std::string(parts[1]) + "." + to_base64url(std::string(64, 's'))}) {
            const auto refused = verify_jws(forged, keys, {algorithm});
            REQUIRE(fault_of(refused) != nullptr);
            CHECK(fault_of(refused)->reason == reason::kJwtSignature);
        }
    }
}

TEST_CASE("every algorithm against every key of every algorithm: only its own", "[auth][jws]") {
    std::size_t pairs = 0;
    for (const Algorithm signing : kAlgorithms) {
        const std::string token = *sign_jws("{}", key_for(signing));
        for (const Algorithm owning : kAlgorithms) {
            const KeySet keys = KeySet::of(public_half(key_for(owning)));
            for (const AlgorithmSet allowed :
                 {AlgorithmSet{signing}, AlgorithmSet{owning}, AlgorithmSet{signing, owning}}) {
                const bool good = fault_of(verify_jws(token, keys, allowed)) == nullptr;
                CHECK(good == (signing == owning));
                ++pairs;
            }
        }
    }
    CHECK(pairs == 588);
}

TEST_CASE("an algorithm outside the allow-list is refused although key and signature are right", "[auth][jws]") {
    for (const Algorithm algorithm : kAlgorithms) {
        const Key key = key_for(algorithm);
        const std::string token = *sign_jws("{}", key);
        for (const Algorithm allowed : kAlgorithms) {
            const auto judged = verify_jws(token, KeySet::of(key), {allowed});
            CHECK((fault_of(judged) == nullptr) == (algorithm == allowed));
            if (algorithm != allowed) CHECK(fault_of(judged)->reason == reason::kJwtAlgorithm);
        }
        CHECK(fault_of(verify_jws(token, KeySet::of(key), {})) != nullptr);
    }
}

TEST_CASE("a token is three parts of strict base64url", "[auth][jws]") {
    const std::string good = token_of(R"({"alg":"RS256"})");
    REQUIRE(reason_of(good).empty());
    const auto parts = split(good, '.');
    const std::string head(parts[0]);
    const std::string body(parts[1]);
    const std::string tail(parts[2]);
    for (const std::string& bad : {std::string(),
                                   std::string("."),
                                   std::string(".."),
                                   std::string("..."),
                                   head,
                                   head + "." + body,
                                   head + "." + body + ".",
                                   "." + body + "." + tail,
                                   head + "." + body + "." + tail + ".",
                                   head + "." + body + "." + tail + "." + tail,
                                   good + "=",
                                   head + "=." + body + "." + tail,
                                   good + " ",
                                   " " + good,
                                   good + "\n",
                                   head + ". " + body + "." + tail,
                                   head + "." + body + "+." + tail,
                                   head + "." + body + "." + tail + "/",
                                   head + "." + body + "." + tail.substr(0, 1),
                                   std::string("\0", 1) + good}) {
        INFO(bad);
        CHECK(reason_of(bad) == reason::kJwtMalformed);
    }
    // three bytes are four characters; two are three with zero bits at the end
    CHECK(reason_of(head + "." + body + ".c2ln").empty());
    CHECK(reason_of(head + "." + body + ".c2k").empty());
    CHECK(reason_of(head + "." + body + ".c2l") == reason::kJwtMalformed);
    CHECK(reason_of(head + ".." + tail).empty());
    for (const char* bad : {"a", "a.b", "a.b.c.d"}) {
        const auto judged = parse_jws(bad);
        REQUIRE(fault_of(judged) != nullptr);
        CHECK(description_of(*fault_of(judged)) == "token contains an invalid number of segments");
    }
}

TEST_CASE("a header is a strict JSON object with one alg", "[auth][jws]") {
    for (const char* header : {"",
                               "null",
                               "[]",
                               "\"RS256\"",
                               "{",
                               "{}",
                               R"({"alg":"RS256"}x)",
                               R"({"alg":null})",
                               R"({"alg":256})",
                               R"({"alg":["RS256"]})",
                               R"({"alg":"RS256","alg":"RS256"})",
                               R"({"alg":"RS256","alg":"none"})",
                               R"({"alg":"RS256","kid":1})",
                               R"({"alg":"RS256","kid":null})",
                               R"({"alg":"RS256","kid":"a","kid":"b"})",
                               R"({"alg":"RS256","typ":1})",
                               R"({"alg":"RS256","cty":{}})",
                               R"({"alg":"RS256","x":{"y":1,"y":2}})",
                               "{\"alg\":\"RS256\",\"x\":\"\xff\"}",
                               R"({"alg":"RS256","x":"\ud800"})",
                               "\xef\xbb\xbf{\"alg\":\"RS256\"}",
                               R"({"alg":"RS256","x":1e999})",
                               R"({"alg":"RS256","x":NaN})",
                               R"({"alg":"RS256","x":[[[[[[[[]]]]]]]]})"}) {
        INFO(header);
        CHECK(reason_of(token_of(header)) == reason::kJwtMalformed);
    }
    CHECK(reason_of(token_of(R"({"alg":"RS256","kid":")" + std::string(256, 'k') + "\"}")).empty());
    CHECK(reason_of(token_of(R"({"alg":"RS256","kid":")" + std::string(257, 'k') + "\"}")) == reason::kJwtMalformed);
    CHECK(reason_of(token_of(R"({"alg":"RS256","kid":")" + std::string(5000, 'k') + "\"}")) == reason::kJwtMalformed);
    CHECK(reason_of(token_of(R"({"alg":"XX999"})")).empty());
}

TEST_CASE("alg none is refused in any case, with and without a signature", "[auth][jws]") {
    for (const char* none : {"none", "None", "NONE", "nOnE"}) {
        const std::string header = std::string(R"({"alg":")") + none + "\"}";
        CHECK(reason_of(token_of(header)) == reason::kJwtAlgorithm);
        CHECK(reason_of(token_of(header, "{}", "")) == reason::kJwtAlgorithm);
    }
}

TEST_CASE("crit, b64, zip and enc are refused wherever they stand", "[auth][jws]") {
    const Key key = key_for(Algorithm::es256);
    for (const auto& [name, value] : {std::pair<const char*, Value>{"crit", Array{"exp"}},
                                      {"crit", Array{}},
                                      {"b64", false},
                                      {"b64", true},
                                      {"zip", "DEF"},
                                      {"enc", "A128GCM"}}) {
        INFO(name);
        const auto judged = verify_jws(*sign_jws("{}", key, {{name, value}}), KeySet::of(key), {Algorithm::es256});
        REQUIRE(fault_of(judged) != nullptr);
        CHECK(fault_of(judged)->reason == reason::kJwtMalformed);
    }
}

TEST_CASE("jku, jwk, x5u and x5c neither help nor harm a token", "[auth][jws]") {
    const Key ours = key_for(Algorithm::es256);
    const Key theirs = *Key::make(*SigningKey::generate(KeyKind::p256), "k1", Algorithm::es256);
    const KeySet keys = KeySet::of(public_half(ours));
    const Object extra = {{"jwk", theirs.to_jwk()},
                          {"jku", "http://169.254.169.254/latest"},
                          {"x5u", "file:///etc/passwd"},
                          {"x5c", Array{"MIIB"}}};
    const auto forged = verify_jws(*sign_jws("{}", theirs, extra), keys, {Algorithm::es256});
    REQUIRE(fault_of(forged) != nullptr);
    CHECK(fault_of(forged)->reason == reason::kJwtSignature);
    CHECK(fault_of(verify_jws(*sign_jws("{}", ours, extra), keys, {Algorithm::es256})) == nullptr);
}

TEST_CASE("tokens are read up to the size that is allowed", "[auth][jws]") {
    const Key key = key_for(Algorithm::hs256);
    const std::string token = *sign_jws(std::string(3000, 'p'), key);
    CHECK(fault_of(verify_jws(token, KeySet::of(key), {Algorithm::hs256}, token.size())) == nullptr);
    const auto longer = verify_jws(token, KeySet::of(key), {Algorithm::hs256}, token.size() - 1);
    REQUIRE(fault_of(longer) != nullptr);
    CHECK(fault_of(longer)->reason == reason::kJwtMalformed);
    CHECK(reason_of(std::string(kMaxToken + 1, 'a')) == reason::kJwtMalformed);
}

TEST_CASE("an unknown kid is told from a key that does not fit", "[auth][jws]") {
    const KeySet keys = *KeySet::make({public_half(key_for(Algorithm::rs256, "a"))});
    bool unknown = false;
    const auto find = [&](const std::string& token) {
        const auto parsed = parse_jws(token);
        return find_key(found_in(parsed), keys, kPublicKeyAlgorithms, &unknown);
    };
    CHECK(fault_of(find(token_of(R"({"alg":"RS256","kid":"b"})")))->reason == reason::kJwtKey);
    CHECK(unknown);
    CHECK(fault_of(find(token_of(R"({"alg":"RS384","kid":"a"})")))->reason == reason::kJwtKey);
    CHECK_FALSE(unknown);
    CHECK(fault_of(find(token_of(R"({"alg":"HS256","kid":"b"})")))->reason == reason::kJwtAlgorithm);
    CHECK(fault_of(find(token_of(R"({"alg":"RS256"})"))) == nullptr);
}

TEST_CASE("a signer's header has alg, kid and what was added, in this order", "[auth][jws]") {
    const auto header_of = [](const Key& key, const Object& extra) {
        return *parse_base64url(split(*sign_jws("{}", key, extra), '.')[0]);
    };
    CHECK(header_of(key_for(Algorithm::es256), {}) == R"({"alg":"ES256","kid":"k1"})");
    CHECK(header_of(key_for(Algorithm::es256, ""), {{"typ", "JWT"}}) == R"({"alg":"ES256","typ":"JWT"})");
    CHECK(header_of(key_for(Algorithm::es256), {{"typ", "JWT"}, {"kid", "x"}}) ==
          R"({"alg":"ES256","kid":"x","typ":"JWT"})");
    CHECK_FALSE(sign_jws("{}", public_half(key_for(Algorithm::es256))));
    CHECK_FALSE(sign_jws("{}", key_for(Algorithm::es256), {}, Algorithm::rs256));
}
