// What it costs to know who calls: a signature, an API key.

#include <array>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "libgw/base/time_text.h"
#include "libgw/policy/auth/api_key.h"
#include "libgw/policy/auth/sigv4/sign.h"
#include "libgw/policy/auth/sigv4/verify.h"

using namespace gw;
using namespace gw::sigv4;

namespace {

const Date kNow = *parse_aws_date_time("20260102T030405Z");

Credential example_credential() {
    Credential credential;
    credential.access_key_id = "AKIAIOSFODNN7EXAMPLE";
    credential.secret = Secret(std::string("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
    return credential;
}

/// A small request as an SDK sends it.
struct Sample {
    std::vector<std::pair<std::string, std::string>> lines{
        {"Host", "abc123.execute-api.us-east-1.amazonaws.com"}, {"Accept", "*/*"}, {"User-Agent", "sdk/1.0"}};
    std::string query = "b=2&a=x%20y&a=1&c=";
    std::vector<Field> fields;
    Request request;

    explicit Sample(bool presigned) {
        view();
        if (presigned) {
            query = presign(request, example_credential(), {}, 300, kNow)->query;
        } else {
            const auto made = sign(request, example_credential(), {}, kNow);
            lines.insert(lines.end(), made->fields.begin(), made->fields.end());
        }
        view();
    }
    void view() {
        fields.clear();
        for (const auto& [name, value] : lines) fields.push_back({name, value});
        request = {"GET", "/prod/pets/1", query, fields, kEmptyBody};
    }
};

void verify(benchmark::State& state, bool presigned, bool remembered) {
    const Sample sample(presigned);
    CredentialStore store;
    if (!store.add(example_credential())) return;
    const auto verifier = Verifier::make({.regions = {"us-east-1"}}, store);
    SigningKeys keys;
    for (auto _ : state) {
        if (!remembered) keys.clear();
        const auto answer = verifier->verify(sample.request, keys, kNow);
        if (!std::holds_alternative<Verified>(answer)) {
            state.SkipWithError("refused");
            break;
        }
        benchmark::DoNotOptimize(answer);
    }
}

void sign_request(benchmark::State& state) {
    Sample sample(false);
    sample.lines.resize(3);
    sample.view();
    const Credential credential = example_credential();
    for (auto _ : state) benchmark::DoNotOptimize(sign(sample.request, credential, {}, kNow));
}

void find_api_key(benchmark::State& state) {
    auth::ApiKeys keys;
    for (int i = 0; i < state.range(0); ++i) {
        const std::string key = "key-number-" + std::to_string(100000000 + i);
        if (!keys.add({"id" + std::to_string(i), sha256(key)})) return;
    }
    const std::string key = "key-number-100000000";
    for (auto _ : state) benchmark::DoNotOptimize(keys.find(key));
}

BENCHMARK_CAPTURE(verify, header, false, true);
BENCHMARK_CAPTURE(verify, header_new_key, false, false);
BENCHMARK_CAPTURE(verify, query, true, true);
BENCHMARK(sign_request);
BENCHMARK(find_api_key)->Arg(1)->Arg(100000);

}  // namespace
