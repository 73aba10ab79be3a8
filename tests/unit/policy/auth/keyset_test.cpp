#include "libgw/policy/auth/keyset.h"

#include <fmt/format.h>

#include "tests/support/catch.h"
#include "tests/unit/policy/auth/keys.h"

using namespace gw;
using namespace gw::auth;
using namespace gw::auth::test_keys;

namespace {

std::string jwk(Algorithm algorithm, std::string kid, Key::Half half = Key::Half::public_only) {
    return to_json(key_for(algorithm, std::move(kid)).to_jwk(half));
}

std::string set_of(const std::vector<std::string>& keys) {
    std::string text = "{\"keys\":[";
    for (const std::string& key : keys) text += (text.size() > 9 ? "," : "") + key;
    return text + "]}";
}

constexpr auto kFetched = KeySet::Source::fetched;
constexpr auto kConfigured = KeySet::Source::configured;

Errc code_of(const Result<KeySet>& set) {
    REQUIRE_FALSE(set);
    return set.error().code;
}

}  // namespace

TEST_CASE("a token gets the key of exactly its kid, if that is for its algorithm", "[auth][keyset]") {
    const auto set = KeySet::parse(
        set_of({jwk(Algorithm::rs256, "a"), jwk(Algorithm::es256, "b"), jwk(Algorithm::rs384, "c")}), kFetched);
    REQUIRE(set);
    CHECK(set->keys().size() == 3);
    CHECK(set->notes().empty());
    CHECK(set->choose("a", Algorithm::rs256).key == &set->keys()[0]);
    CHECK(set->choose("b", Algorithm::es256).key == &set->keys()[1]);
    for (const char* kid : {"", "A", "a ", "aa", "../../dev/null", "' OR 1=1 --", "|cmd"}) {
        const auto choice = set->choose(kid, Algorithm::rs256);
        CHECK(choice.key == nullptr);
        CHECK(choice.is_unknown_kid);
    }
    CHECK(set->choose(std::string("a\0", 2), Algorithm::rs256).key == nullptr);
    CHECK(set->choose(std::string(10000, 'a'), Algorithm::rs256).key == nullptr);
    for (const Algorithm algorithm : kAlgorithms) {
        const auto choice = set->choose("a", algorithm);
        CHECK((choice.key != nullptr) == (algorithm == Algorithm::rs256));
        CHECK_FALSE(choice.is_unknown_kid);
    }
}

TEST_CASE("a token without a kid gets the only key that would do", "[auth][keyset]") {
    const auto set = KeySet::parse(
        set_of({jwk(Algorithm::rs256, "a"), jwk(Algorithm::es256, "b"), jwk(Algorithm::rs256, "c")}), kFetched);
    REQUIRE(set);
    CHECK(set->choose({}, Algorithm::es256).key == &set->keys()[1]);
    CHECK(set->choose({}, Algorithm::rs256).key == nullptr);
    CHECK(set->choose({}, Algorithm::ps256).key == nullptr);
    CHECK_FALSE(set->choose({}, Algorithm::rs256).is_unknown_kid);
}

TEST_CASE("a key given by hand without a name is meant whatever a token says, one with a name is not",
          "[auth][keyset]") {
    const KeySet nameless = KeySet::of(key_for(Algorithm::rs256, ""));
    CHECK(nameless.choose("any", Algorithm::rs256).key != nullptr);
    CHECK(nameless.choose({}, Algorithm::rs256).key != nullptr);
    CHECK(nameless.choose("any", Algorithm::rs384).key == nullptr);
    const KeySet named = KeySet::of(key_for(Algorithm::rs256, "a"));
    CHECK(named.choose("b", Algorithm::rs256).key == nullptr);
    CHECK(named.choose("a", Algorithm::rs256).key != nullptr);
    CHECK(named.choose({}, Algorithm::rs256).key != nullptr);
    const std::string alone = jwk(Algorithm::rs256, "");
    CHECK(KeySet::parse(set_of({alone}), kConfigured)->choose("any", Algorithm::rs256).key != nullptr);
    CHECK(KeySet::parse(alone, kConfigured)->choose("any", Algorithm::rs256).key != nullptr);
    CHECK(
        KeySet::parse(set_of({alone, jwk(Algorithm::es256, "e")}), kConfigured)->choose("any", Algorithm::rs256).key ==
        nullptr);
    const auto published = KeySet::parse(set_of({alone}), kFetched);
    CHECK(published->choose("any", Algorithm::rs256).key == nullptr);
}

TEST_CASE("two keys of one name refuse the whole set, whatever else they are", "[auth][keyset]") {
    const auto twice = KeySet::parse(set_of({jwk(Algorithm::rs256, "a"), jwk(Algorithm::es256, "a")}), kFetched);
    CHECK(code_of(twice) == Errc::parse);
    CHECK(twice.error().message == "key set has two keys named \"a\"");
    CHECK(code_of(KeySet::parse(set_of({jwk(Algorithm::rs256, "a"), R"({"kty":"unknown","kid":"a"})"}), kFetched)) ==
          Errc::parse);
    CHECK(KeySet::parse(set_of({jwk(Algorithm::rs256, ""), jwk(Algorithm::es256, "")}), kFetched));
    CHECK(code_of(KeySet::make({key_for(Algorithm::rs256, "a"), key_for(Algorithm::es256, "a")})) == Errc::config);
}

TEST_CASE("keys that are weak, damaged or not for signatures are left out with a note", "[auth][keyset]") {
    const std::string small =
        R"({"kty":"RSA","kid":"small","e":"AQAB","n":"rJBIp6T1YK-RtPyvYqFFlcucqewSAA_IReSFchE8qyiQrbARqRlXWkB2DR8j_pJQ)"
        R"(nIpYELbQWZC5Cd0PTGAU8rMbar2AW6zpmBbi7aQf17lUBdt8XI9M9rq7FPVQ1dDdUXm1SVH_9qqWhvMPR422SbfHBEzCAtzK0ANDRo6qz78"})";
    const auto set =
        KeySet::parse(set_of({jwk(Algorithm::rs256, "good"), small, R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})",
                              "7", R"({"kty":"RSA","use":"enc","kid":"enc"})", R"({"kty":"oct","kid":"s","k":"AAAA"})",
                              R"({"kty":"EC","crv":"P-224","kid":"p224"})"}),
                      kFetched);
    REQUIRE(set);
    CHECK(set->keys().size() == 1);
    REQUIRE(set->notes().size() == 6);
    CHECK(set->notes()[0] == "key 2 (kid \"small\"): RSA key of 1024 bits is too weak");
    CHECK(set->notes()[2] == "key 4: JWK is not an object");
    CHECK(set->notes()[3].find("not for signatures") != std::string::npos);
    CHECK(set->notes()[4].find("shared secret that is published is none") != std::string::npos);
    const auto empty = KeySet::parse("{\"keys\":[]}", kFetched);
    REQUIRE(empty);
    CHECK(empty->choose("a", Algorithm::rs256).is_unknown_kid);
}

TEST_CASE("shared secrets count only from a file, and not beside public keys", "[auth][keyset]") {
    const std::string secret = jwk(Algorithm::hs256, "s", Key::Half::all);
    CHECK(KeySet::parse(set_of({secret}), kConfigured)->choose("s", Algorithm::hs256).key != nullptr);
    CHECK(KeySet::parse(set_of({secret}), kFetched)->keys().empty());
    CHECK(code_of(KeySet::parse(set_of({secret, jwk(Algorithm::es256, "e")}), kConfigured)) == Errc::parse);
    CHECK(KeySet::parse(set_of({secret, jwk(Algorithm::es256, "e")}), kFetched)->keys().size() == 1);
}

TEST_CASE("a private key in a set is only used to verify", "[auth][keyset]") {
    const auto set = KeySet::parse(set_of({jwk(Algorithm::es256, "e", Key::Half::all)}), kConfigured);
    REQUIRE(set);
    CHECK_FALSE(set->keys()[0].signs());
    CHECK(KeySet::parse(jwk(Algorithm::es256, "e"), kConfigured)->keys().size() == 1);
}

TEST_CASE("a set that is not strict JSON, too large or too many is refused", "[auth][keyset]") {
    for (const char* text : {"", "null", "[]", "{}", "7", "<html>", "{\"keys\":{}}", "{\"keys\":null}", "{\"keys\":[}",
                             "{\"keys\":[],\"keys\":[]}", "{\"keys\":[]} trailing", "\xef\xbb\xbf{\"keys\":[]}",
                             "{\"keys\":[{\"kty\":\"RSA\",\"kty\":\"RSA\"}]}"}) {
        INFO(text);
        CHECK(code_of(KeySet::parse(text, kFetched)) == Errc::parse);
    }
    CHECK(code_of(KeySet::parse("{\"keys\":[[[[[[[[]]]]]]]]}", kFetched)) == Errc::limit);
    std::vector<std::string> many;
    for (std::size_t i = 0; i < KeySet::kMaxKeys; ++i) many.push_back(jwk(Algorithm::eddsa, fmt::format("k{}", i)));
    CHECK(KeySet::parse(set_of(many), kFetched)->keys().size() == KeySet::kMaxKeys);
    many.push_back(jwk(Algorithm::eddsa, "one more"));
    CHECK(code_of(KeySet::parse(set_of(many), kFetched)) == Errc::limit);
    const std::string padding = std::string(KeySet::kMaxSize - 12, ' ');
    CHECK(KeySet::parse("{\"keys\":[]}" + padding, kFetched));
    CHECK(code_of(KeySet::parse("{\"keys\":[]}" + padding + "  ", kFetched)) == Errc::limit);
}

TEST_CASE("sets with the same keys have the same fingerprint, in any order, and no others do", "[auth][keyset]") {
    const std::string a = jwk(Algorithm::rs256, "a");
    const std::string b = jwk(Algorithm::es256, "b");
    const auto fingerprint = [](const std::vector<std::string>& keys) {
        return KeySet::parse(set_of(keys), kFetched)->fingerprint();
    };
    CHECK(fingerprint({a, b}) == fingerprint({b, a}));
    CHECK_FALSE(fingerprint({a, b}) == fingerprint({a}));
    CHECK_FALSE(fingerprint({a}) == fingerprint({jwk(Algorithm::rs256, "a2")}));
    CHECK_FALSE(fingerprint({a}) == fingerprint({jwk(Algorithm::rs384, "a")}));
}
