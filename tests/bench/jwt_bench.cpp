// What a token costs: its signature, beside OpenSSL's own in the same run; everything else of it; and remembering it.

#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "libgw/base/json.h"
#include "libgw/base/random.h"
#include "libgw/policy/auth/remembered.h"
#include "libgw/policy/auth/sample.h"
#include "libgw/policy/auth/token.h"

using namespace gw;
using namespace gw::auth;

namespace {

constexpr Date kNow = Date(std::chrono::seconds(1795348800));

const Key& key_of(Algorithm algorithm) {
    static const std::vector<Key> keys = [] {
        std::vector<SigningKey> raw;
        for (int kind = 0; kind < 7; ++kind) {
            raw.push_back(*SigningKey::generate(static_cast<KeyKind>(kind), kind == 0 ? 512 : 0));
        }
        std::vector<Key> made;
        for (const Algorithm each : kAlgorithms) {
            made.push_back(*Key::make(raw[static_cast<std::size_t>(kind_of(each))], "k1", each));
        }
        return made;
    }();
    return keys[static_cast<std::size_t>(algorithm)];
}

/// A token of about 900 bytes, as Cognito gives them.
std::string token_of(Algorithm algorithm) {
    Random chance(1);
    const Sample sample = make_sample(SampleKind::cognito_access, {}, chance, kNow);
    return *sign_jws(to_json(Value(sample.claims)), key_of(algorithm), sample.header);
}

TokenRules rules_of(Algorithm algorithm) {
    TokenRules rules;
    rules.algorithms = {algorithm};
    rules.claims.issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example12";
    return rules;
}

void fail_unless(benchmark::State& state, bool good) {
    if (!good) state.SkipWithError("refused");
}

/// What `openssl speed` measures: a context that is ready, a digest that is there.
void openssl_verify(benchmark::State& state, Algorithm algorithm) {
    const SigningKey& key = key_of(algorithm).signing_key();
    const std::string private_pem = *key.private_pem();
    BIO* const bio = BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size()));
    EVP_PKEY* const raw = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    std::string digest(64, 'd');
    std::string signature(1024, '\0');
    std::size_t size = signature.size();
    auto* const bytes = reinterpret_cast<unsigned char*>(signature.data());
    const auto* const input = reinterpret_cast<const unsigned char*>(digest.data());
    if (algorithm == Algorithm::eddsa) {
        EVP_MD_CTX* const context = EVP_MD_CTX_new();
        EVP_DigestSignInit(context, nullptr, nullptr, nullptr, raw);
        EVP_DigestSign(context, bytes, &size, input, 20);
        EVP_MD_CTX* const verifier = EVP_MD_CTX_new();
        EVP_DigestVerifyInit(verifier, nullptr, nullptr, nullptr, raw);
        for (auto _ : state) fail_unless(state, EVP_DigestVerify(verifier, bytes, size, input, 20) == 1);
        EVP_MD_CTX_free(verifier);
        EVP_MD_CTX_free(context);
    } else {
        const std::string_view name = to_text(algorithm);
        const EVP_MD* const hash = name.find("256") != name.npos   ? EVP_sha256()
                                   : name.find("384") != name.npos ? EVP_sha384()
                                                                   : EVP_sha512();
        const auto hash_size = static_cast<std::size_t>(EVP_MD_get_size(hash));
        const auto prepare = [&](EVP_PKEY_CTX* context) {
            if (name[0] == 'E') return;
            EVP_PKEY_CTX_set_rsa_padding(context, name[0] == 'P' ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING);
            EVP_PKEY_CTX_set_signature_md(context, hash);
        };
        EVP_PKEY_CTX* const signer = EVP_PKEY_CTX_new(raw, nullptr);
        EVP_PKEY_sign_init(signer);
        prepare(signer);
        EVP_PKEY_sign(signer, bytes, &size, input, hash_size);
        EVP_PKEY_CTX* const verifier = EVP_PKEY_CTX_new(raw, nullptr);
        EVP_PKEY_verify_init(verifier);
        prepare(verifier);
        for (auto _ : state) fail_unless(state, EVP_PKEY_verify(verifier, bytes, size, input, hash_size) == 1);
        EVP_PKEY_CTX_free(verifier);
        EVP_PKEY_CTX_free(signer);
    }
    EVP_PKEY_free(raw);
    BIO_free(bio);
}

/// The signature of 32 bytes, which is what OpenSSL's figure is compared with.
void verify_signature(benchmark::State& state, Algorithm algorithm) {
    const Key& key = key_of(algorithm);
    const std::string message(32, 'm');
    const std::string signature = *key.sign(algorithm, message);
    for (auto _ : state) fail_unless(state, key.verify(algorithm, message, signature));
}

void sign(benchmark::State& state, Algorithm algorithm) {
    const Key& key = key_of(algorithm);
    const std::string message(32, 'm');
    for (auto _ : state) benchmark::DoNotOptimize(key.sign(algorithm, message));
}

void verify_whole_token(benchmark::State& state, Algorithm algorithm) {
    const std::string token = token_of(algorithm);
    const KeySet keys = KeySet::of(key_of(algorithm));
    const TokenRules rules = rules_of(algorithm);
    for (auto _ : state) {
        const auto judged = verify_token(token, keys, rules, nullptr, kNow);
        fail_unless(state, fault_of(judged) == nullptr);
    }
    state.counters["bytes"] = static_cast<double>(token.size());
}

/// Everything but the signature check: taking apart, finding the key, reading and judging the claims, and the hash of
/// what is signed.
void token_without_signature(benchmark::State& state) {
    const std::string token = token_of(Algorithm::rs256);
    const KeySet keys = KeySet::of(key_of(Algorithm::rs256));
    const TokenRules rules = rules_of(Algorithm::rs256);
    for (auto _ : state) {
        auto parsed = parse_jws(token);
        const Jws& jws = found_in(parsed);
        const auto key = find_key(jws, keys, rules.algorithms);
        benchmark::DoNotOptimize(sha256(jws.signing_input));
        const auto claims = Claims::parse(jws.payload);
        fail_unless(state, fault_of(key) == nullptr && fault_of(claims) == nullptr &&
                               !check_claims(found_in(claims), jws.header.type, rules.claims, nullptr, kNow));
    }
}

void parse_token(benchmark::State& state) {
    const std::string token = token_of(Algorithm::rs256);
    for (auto _ : state) benchmark::DoNotOptimize(parse_jws(token));
}

void parse_claims(benchmark::State& state) {
    const auto parsed = parse_jws(token_of(Algorithm::rs256));
    const std::string payload = found_in(parsed).payload;
    for (auto _ : state) benchmark::DoNotOptimize(Claims::parse(payload));
    state.counters["bytes"] = static_cast<double>(payload.size());
}

/// A token that comes again, among 4,096 others: its hash and the look-up.
void find_remembered(benchmark::State& state) {
    const std::string token = token_of(Algorithm::rs256);
    const auto judged =
        verify_token(token, KeySet::of(key_of(Algorithm::rs256)), rules_of(Algorithm::rs256), nullptr, kNow);
    const auto believed = std::make_shared<const Token>(found_in(judged));
    Remembered remembered(4096);
    for (int i = 0; i < 4095; ++i) remembered.remember({sha256(std::to_string(i)), 1, 1, 1}, believed, kNow);
    remembered.remember({sha256(token), 1, 1, 1}, believed, kNow);
    for (auto _ : state) fail_unless(state, remembered.find({sha256(token), 1, 1, 1}, kNow) != nullptr);
}

const int kRegistered = [] {
    for (const Algorithm algorithm : kAlgorithms) {
        const std::string name(to_text(algorithm));
        if (!is_symmetric(algorithm)) {
            benchmark::RegisterBenchmark(("openssl/" + name).c_str(), openssl_verify, algorithm);
        }
        benchmark::RegisterBenchmark(("verify/" + name).c_str(), verify_signature, algorithm);
        benchmark::RegisterBenchmark(("sign/" + name).c_str(), sign, algorithm);
        benchmark::RegisterBenchmark(("token/" + name).c_str(), verify_whole_token, algorithm);
    }
    return 0;
}();
BENCHMARK(token_without_signature);
BENCHMARK(parse_token);
BENCHMARK(parse_claims);
BENCHMARK(find_remembered);

}  // namespace
