// Wycheproof's signature and MAC vectors: what is declared valid verifies, everything else does not, what is merely
// acceptable included.

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "libgw/base/signing_key.h"
#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/skip.h"
#include "tests/support/temporary.h"

using namespace gw;

namespace {

std::filesystem::path folder() { return test::source_root() / "../shared/vectors/wycheproof"; }

std::string hex_member(const Value& value, std::string_view name) { return *parse_hex(*value.find_string(name)); }

/// Runs one file: `prepare` makes of a group what judges its tests. Returns how many were declared what.
std::map<std::string, int> run(const std::string& file,
                               const std::function<std::function<bool(const Value&)>(const Value&)>& prepare) {
    const auto document = parse_json(test::read_file(folder() / file));
    REQUIRE(document);
    std::map<std::string, int> counts;
    for (const Value& group : *document->find("testGroups")->if_array()) {
        const auto judge = prepare(group);
        if (!judge) continue;
        for (const Value& each : *group.find("tests")->if_array()) {
            const std::string& result = *each.find_string("result");
            ++counts[result];
            INFO(file << " tcId " << each.find("tcId")->number_text() << " " << *each.find_string("comment"));
            CHECK(judge(each) == (result == "valid"));
        }
    }
    return counts;
}

std::map<std::string, int> run_signatures(const std::string& file, SignatureScheme scheme) {
    return run(file, [&](const Value& group) -> std::function<bool(const Value&)> {
        const auto key = SigningKey::from_pem(*group.find_string("publicKeyPem"));
        INFO(*group.find_string("publicKeyPem"));
        REQUIRE(key);
        REQUIRE(key->takes(scheme));
        return [key = *key, scheme](const Value& each) {
            return key.verify(scheme, hex_member(each, "msg"), hex_member(each, "sig"));
        };
    });
}

}  // namespace

TEST_CASE("wycheproof: ECDSA signatures in P1363 form are judged as declared", "[base][key][vectors]") {
    if (!std::filesystem::exists(folder())) GW_SKIP("the vectors are absent");
    CHECK(run_signatures("ecdsa_secp256r1_sha256_p1363_test.json", SignatureScheme::ecdsa_p256_sha256) ==
          std::map<std::string, int>{{"valid", 173}, {"invalid", 89}});
    CHECK(run_signatures("ecdsa_secp384r1_sha384_p1363_test.json", SignatureScheme::ecdsa_p384_sha384) ==
          std::map<std::string, int>{{"valid", 193}, {"invalid", 87}});
    CHECK(run_signatures("ecdsa_secp521r1_sha512_p1363_test.json", SignatureScheme::ecdsa_p521_sha512) ==
          std::map<std::string, int>{{"valid", 231}, {"invalid", 87}});
    CHECK(run_signatures("ecdsa_secp256k1_sha256_p1363_test.json", SignatureScheme::ecdsa_secp256k1_sha256) ==
          std::map<std::string, int>{{"valid", 167}, {"invalid", 85}});
}

TEST_CASE("wycheproof: Ed25519 signatures are judged as declared", "[base][key][vectors]") {
    if (!std::filesystem::exists(folder())) GW_SKIP("the vectors are absent");
    CHECK(run_signatures("ed25519_test.json", SignatureScheme::ed25519) ==
          std::map<std::string, int>{{"valid", 88}, {"invalid", 63}});
}

TEST_CASE("wycheproof: RSA signatures are judged as declared, acceptable ones refused", "[base][key][vectors]") {
    if (!std::filesystem::exists(folder())) GW_SKIP("the vectors are absent");
    CHECK(run_signatures("rsa_pss_2048_sha256_mgf1_32_test.json", SignatureScheme::rsa_pss_sha256) ==
          std::map<std::string, int>{{"valid", 63}, {"invalid", 45}});
    CHECK(run_signatures("rsa_signature_2048_sha256_test.json", SignatureScheme::rsa_pkcs1_sha256) ==
          std::map<std::string, int>{{"valid", 9}, {"invalid", 249}, {"acceptable", 1}});
    CHECK(run_signatures("rsa_signature_3072_sha384_test.json", SignatureScheme::rsa_pkcs1_sha384) ==
          std::map<std::string, int>{{"valid", 7}, {"invalid", 251}, {"acceptable", 1}});
    CHECK(run_signatures("rsa_signature_4096_sha512_test.json", SignatureScheme::rsa_pkcs1_sha512) ==
          std::map<std::string, int>{{"valid", 7}, {"invalid", 251}, {"acceptable", 1}});
}

TEST_CASE("wycheproof: MACs of full length are judged as declared", "[base][key][vectors]") {
    if (!std::filesystem::exists(folder())) GW_SKIP("the vectors are absent");
    struct Case {
        const char* file;
        SignatureScheme scheme;
        std::int64_t bits;
        std::string (*compute)(std::string_view, std::string_view);
    };
    const Case cases[] = {
        {"hmac_sha256_test.json", SignatureScheme::hmac_sha256, 256,
         [](std::string_view key, std::string_view text) { return std::string(hmac_sha256(key, text).view()); }},
        {"hmac_sha384_test.json", SignatureScheme::hmac_sha384, 384,
         [](std::string_view key, std::string_view text) {
             const auto code = hmac_sha384(key, text);
             return std::string(reinterpret_cast<const char*>(code.data()), code.size());
         }},
        {"hmac_sha512_test.json", SignatureScheme::hmac_sha512, 512,
         [](std::string_view key, std::string_view text) {
             const auto code = hmac_sha512(key, text);
             return std::string(reinterpret_cast<const char*>(code.data()), code.size());
         }},
    };
    for (const Case& kind : cases) {
        int by_key = 0;
        const auto counts = run(kind.file, [&](const Value& group) -> std::function<bool(const Value&)> {
            // truncated tags are no tags here
            if (*group.find("tagSize")->to_int64() != kind.bits) return nullptr;
            return [&](const Value& each) {
                KeyParts parts;
                parts.secret = hex_member(each, "key");
                const std::string message = hex_member(each, "msg");
                const std::string tag = hex_member(each, "tag");
                const bool good = constant_time_equal(kind.compute(parts.secret, message), tag);
                // keys shorter than the hash are none, however right their tags
                if (const auto key = SigningKey::make(parts); key && key->takes(kind.scheme)) {
                    CHECK(key->verify(kind.scheme, message, tag) == good);
                    ++by_key;
                }
                return good;
            };
        });
        CHECK(counts.at("valid") == 33);
        CHECK(counts.at("invalid") == 54);
        CHECK(by_key >= 50);
    }
}
