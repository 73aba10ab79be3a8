// What a decision of IAM policies costs, and that patterns cannot be made to cost more.

#include <string>

#include <benchmark/benchmark.h>

#include "libgw/policy/iam/document.h"
#include "libgw/policy/iam/evaluate.h"

using namespace gw::iam;

namespace {

constexpr std::string_view kApi = "arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5";

// `count` statements with conditions and variables, of which the last allows.
std::string make_document(int count) {
    std::string text = R"({"Version": "2012-10-17", "Statement": [)";
    for (int i = 1; i < count; ++i) {
        const std::string number = std::to_string(i);
        text += R"({"Effect": ")" + std::string(i % 4 == 0 ? "Deny" : "Allow") +
                R"(", "Action": ["execute-api:Invoke", "s3:Get*"],
            "Resource": [")" +
                std::string(kApi) + "/prod/*/orders" + number + R"(/*", ")" + std::string(kApi) +
                R"(/*/GET/*/items/${aws:username}", "arn:aws:execute-api:*:*:a1b2c3d4e5/dev/*"],
            "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]}, "StringLike": {"aws:UserAgent": "*curl*"}}},)";
    }
    text +=
        R"({"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": ")" + std::string(kApi) + R"(/prod/GET/*",
        "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "Bool": {"aws:SecureTransport": "true"}}}]})";
    return text;
}

Request make_request() {
    RequestFacts facts;
    facts.source_ip = "10.0.0.5";
    facts.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
    facts.is_secure = true;
    facts.principal =
        PrincipalFacts{"arn:aws:iam::111122223333:user/alice", "", "AIDAEXAMPLE", "", {}, {{"team", "red"}}, {}, {}};
    return *Request::make(*Caller::parse("arn:aws:iam::111122223333:user/alice"), "execute-api:Invoke",
                          std::string(kApi) + "/prod/GET/customers/42/orders", "111122223333",
                          make_context(facts, gw::Date(std::chrono::seconds(1767225600))));
}

void evaluate_statements(benchmark::State& state) {
    const auto policy = parse_policy(make_document(static_cast<int>(state.range(0))), {});
    const Request request = make_request();
    const Policy* one = policy ? &*policy : nullptr;
    PolicySet policies;
    policies.identity = {&one, 1};
    for (auto _ : state) {
        if (!one || !evaluate(request, policies).is_allowed()) state.SkipWithError("not allowed");
    }
}

void build_request(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(make_request());
}

void read_document(benchmark::State& state) {
    const std::string text = make_document(20);
    for (auto _ : state) benchmark::DoNotOptimize(parse_policy(text, {}).has_value());
}

// The patterns that make naive matchers take for ever; a millisecond is allowed for 8 KiB.
void match_hostile(benchmark::State& state, const std::string& pattern) {
    const Glob glob = Glob::wild(pattern);
    const std::string text(8192, 'a');
    for (auto _ : state) benchmark::DoNotOptimize(glob.matches(text));
}

std::string repeat(std::string_view text, std::size_t size) {
    std::string all;
    while (all.size() < size) all += text;
    return all;
}

BENCHMARK(evaluate_statements)->Arg(1)->Arg(5)->Arg(20)->Unit(benchmark::kNanosecond);
BENCHMARK(build_request);
BENCHMARK(read_document);
BENCHMARK_CAPTURE(match_hostile, stars, repeat("a*", 8190) + "b");
BENCHMARK_CAPTURE(match_hostile, long_part, "*" + std::string(4096, 'a') + "b*");
BENCHMARK_CAPTURE(match_hostile, question_marks, "*?" + std::string(100, 'a') + "b*");

}  // namespace
