#include "libgw/policy/auth/algorithm.h"

#include <set>

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::auth;

TEST_CASE("every algorithm has its own name and scheme, and is read back by exactly that name", "[auth]") {
    std::set<std::string_view> names;
    std::set<SignatureScheme> schemes;
    for (const Algorithm algorithm : kAlgorithms) {
        CHECK(names.insert(to_text(algorithm)).second);
        CHECK(schemes.insert(scheme_of(algorithm)).second);
        CHECK(parse_algorithm(to_text(algorithm)) == algorithm);
        CHECK_FALSE(parse_algorithm(std::string(to_text(algorithm)) + " "));
    }
    CHECK(names == std::set<std::string_view>{"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384",
                                              "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA"});
    CHECK(parse_algorithm("Ed25519") == Algorithm::eddsa);
    for (const char* text : {"none", "None", "nOnE", "", "rs256", "RS256 ", "RS1", "ES224", "Ed448", "ed25519"}) {
        CHECK_FALSE(parse_algorithm(text));
    }
}

TEST_CASE("the sets of algorithms hold what their names say", "[auth]") {
    CHECK(kAwsAlgorithms.text() == "RS256 RS384 RS512");
    CHECK(AlgorithmSet().text().empty());
    CHECK(AlgorithmSet().empty());
    for (const Algorithm algorithm : kAlgorithms) {
        CHECK(kPublicKeyAlgorithms.contains(algorithm) != is_symmetric(algorithm));
        CHECK_FALSE(AlgorithmSet().contains(algorithm));
        CHECK(AlgorithmSet{algorithm}.text() == to_text(algorithm));
    }
    CHECK(default_algorithm(KeyKind::octets) == Algorithm::hs256);
    CHECK(default_algorithm(KeyKind::rsa) == Algorithm::rs256);
    CHECK(default_algorithm(KeyKind::p521) == Algorithm::es512);
    CHECK(default_algorithm(KeyKind::secp256k1) == Algorithm::es256k);
    CHECK(default_algorithm(KeyKind::ed25519) == Algorithm::eddsa);
}
