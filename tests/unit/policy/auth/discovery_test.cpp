#include "libgw/policy/auth/discovery.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::auth;

namespace {

constexpr std::string_view kIssuer = "https://issuer.example/tenant";

std::string document(std::string_view issuer, std::string_view jwks) {
    return R"({"issuer":")" + std::string(issuer) + R"(","jwks_uri":")" + std::string(jwks) +
           R"(","id_token_signing_alg_values_supported":["RS256","ES256","none","XX1",7]})";
}

bool is_read(std::string_view issuer, std::string_view named, std::string_view jwks) {
    return parse_discovery(document(named, jwks), issuer).has_value();
}

}  // namespace

TEST_CASE("a discovery document says where the keys are", "[auth][discovery]") {
    const auto read = parse_discovery(document(kIssuer, "https://keys.example/jwks"), kIssuer);
    REQUIRE(read);
    CHECK(read->issuer == kIssuer);
    CHECK(read->jwks_uri == "https://keys.example/jwks");
    CHECK(read->algorithms == AlgorithmSet{Algorithm::rs256, Algorithm::es256});
}

TEST_CASE("the issuer of a discovery document is the one that was asked, byte for byte", "[auth][discovery]") {
    for (const char* named :
         {"https://issuer.example/tenant/", "https://issuer.example/Tenant", "https://issuer.example",
          "http://issuer.example/tenant", "https://other.example/tenant", ""}) {
        INFO(named);
        CHECK_FALSE(is_read(kIssuer, named, "https://keys.example/jwks"));
    }
    CHECK(is_read("https://issuer.example/", "https://issuer.example/", "https://issuer.example/jwks"));
    const auto other = parse_discovery(document("https://other.example", "https://k.example"), kIssuer);
    CHECK(other.error().message ==
          R"(discovery document: issuer is "https://other.example" and not "https://issuer.example/tenant")");
}

TEST_CASE("keys are fetched from absolute URLs, and over https when the issuer is", "[auth][discovery]") {
    for (const char* jwks :
         {"", "/jwks", "//keys.example/jwks", "keys.example/jwks", "file:///etc/passwd", "ftp://keys.example/",
          "http://keys.example/jwks", "https://user@keys.example/", "https://keys.example/jwks#part",
          "https://keys.example/a b", "javascript:1", "https://127.1/", "https://0x7f000001/", "wss://keys.example/"}) {
        INFO(jwks);
        CHECK_FALSE(is_read(kIssuer, kIssuer, jwks));
    }
    CHECK(is_read("http://localhost:9000", "http://localhost:9000", "http://localhost:9000/jwks"));
    CHECK(is_read("http://localhost:9000", "http://localhost:9000", "https://keys.example/jwks"));
    CHECK(is_read(kIssuer, kIssuer, "https://keys.example:8443/jwks?v=1"));
}

TEST_CASE("a document that is not strict JSON, incomplete or too large is refused", "[auth][discovery]") {
    for (const char* text :
         {"", "null", "[]", "{}", "<html>", R"({"issuer":"https://issuer.example/tenant"})",
          R"({"issuer":1,"jwks_uri":"https://k.example"})",
          R"({"issuer":"https://issuer.example/tenant","jwks_uri":null})",
          R"({"issuer":"https://issuer.example/tenant","issuer":"x","jwks_uri":"https://k.example"})"}) {
        INFO(text);
        const auto read = parse_discovery(text, kIssuer);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == Errc::parse);
    }
    const std::string padding(kMaxDiscovery, ' ');
    CHECK(parse_discovery(document(kIssuer, "https://k.example") + padding, kIssuer).error().code == Errc::limit);
}

TEST_CASE("the address of a discovery document has one slash before its well-known part", "[auth][discovery]") {
    CHECK(discovery_url("https://a.example") == "https://a.example/.well-known/openid-configuration");
    CHECK(discovery_url("https://a.example/") == "https://a.example/.well-known/openid-configuration");
    CHECK(discovery_url("https://a.example/t/") == "https://a.example/t/.well-known/openid-configuration");
    CHECK(check_issuer("https://a.example/t"));
    CHECK(check_issuer("http://localhost:9000"));
    for (const char* bad : {"", "a.example", "ftp://a.example", "wss://a.example", "https://a.example?x=1",
                            "https://a.example#x", "https://u:p@a.example"}) {
        INFO(bad);
        CHECK_FALSE(check_issuer(bad));
    }
}
