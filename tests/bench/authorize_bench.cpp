// What the stage `authorize` costs a request: run as a worker runs it, route and all, with the route's own cost beside
// it.

#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/policy/auth/jws.h"
#include "libgw/policy/auth/sample.h"
#include "libgw/policy/auth/sigv4/sign.h"
#include "tests/bench/pipeline_bench.h"

using namespace gw;
using bench::kNow;

namespace {

constexpr std::string_view kIssuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example12";

const auth::Key& issuer_key() {
    static const auth::Key key =
        *auth::Key::make(*SigningKey::generate(KeyKind::rsa, 2048), "k1", auth::Algorithm::rs256);
    return key;
}

/// About 900 bytes, as Cognito gives them.
std::string token() {
    Random chance(1);
    const auth::Sample sample = auth::make_sample(auth::SampleKind::cognito_access, {}, chance, kNow);
    return *auth::sign_jws(to_json(Value(sample.claims)), issuer_key(), sample.header);
}

std::string signed_head() {
    sigv4::Credential credential;
    credential.access_key_id = "AKIDOWNER";
    credential.secret = Secret(std::string("owners-secret-0123456789"));
    const std::vector<sigv4::Field> fields = {{"host", "api.example"}};
    sigv4::Request request;
    request.method = "GET";
    request.path = "/signed";
    request.fields = fields;
    std::string text = "GET /signed HTTP/1.1\r\nhost: api.example\r\n";
    const auto made = sigv4::sign(request, credential, {}, kNow);
    for (const auto& [name, value] : made->fields) text += fmt::format("{}: {}\r\n", name, value);
    return text + "\r\n";
}

void run(benchmark::State& state, const std::string& text) {
    bench::PipelineBench bench(state,
                               fmt::format(R"(version: 1
iam: {{keys: keys.yaml}}
apis:
  - authorizers: {{tokens: {{issuer: "{}", jwks: file:jwks.json}}}}
    routes:
      - {{routeKey: GET /open, integration: "mock:200:o", auth: none}}
      - {{routeKey: GET /tokens, integration: "mock:200:t", auth: tokens}}
      - {{routeKey: GET /signed, integration: "mock:200:s", auth: iam}}
)",
                                           kIssuer),
                               text,
                               {{"jwks.json", to_json(auth::to_jwks(std::vector{issuer_key()}))},
                                {"keys.yaml", "AKIDOWNER: {secret: owners-secret-0123456789}\n"}});
    if (bench.is_ready()) bench.run([](gateway::Exchange&) {}, bench::is_mock);
}

void route_alone(benchmark::State& state) { run(state, "GET /open HTTP/1.1\r\nhost: api.example\r\n\r\n"); }
void remembered_token(benchmark::State& state) {
    run(state, fmt::format("GET /tokens HTTP/1.1\r\nhost: api.example\r\nauthorization: Bearer {}\r\n\r\n", token()));
}
void signature_and_policy(benchmark::State& state) { run(state, signed_head()); }

BENCHMARK(route_alone);
BENCHMARK(remembered_token);
BENCHMARK(signature_and_policy);

}  // namespace
