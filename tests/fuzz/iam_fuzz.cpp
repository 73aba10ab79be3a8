// IAM policies: whatever the text, a question is answered or refused, and a policy that can be read says the same each
// time; one more Deny never allows more. A first byte of 'r' reads a resource policy, 'i' an identity's; anything else
// is a line of `gw-token policy --batch`.

#include <cstdint>
#include <string_view>

#include "libgw/base/json.h"
#include "libgw/policy/iam/batch.h"
#include "libgw/policy/iam/document.h"
#include "libgw/policy/iam/evaluate.h"
#include "tests/fuzz/require.h"

using namespace gw::iam;

namespace {

Context make_known() {
    Context context;
    context.set("aws:username", std::string("alice"));
    context.set("aws:SourceIp", std::string("192.0.2.1"));
    context.set("aws:CurrentTime", std::string("2026-01-01T00:00:00Z"));
    context.set("aws:TagKeys", std::vector<std::string>{"a", "*"});
    context.set("aws:PrincipalTag/team", std::string("*"));
    return context;
}

void read(std::string_view text, PolicyKind kind) {
    const auto document = gw::parse_json(text, gw::json_file_options("p.json"));
    if (!document) return;
    gw::Diagnostics diagnostics;
    diagnostics.add_source("p.json", std::string(text));
    const auto policy =
        read_policy(*document, {kind, "p", "p.json", "arn:aws:execute-api:r:111122223333:a"}, diagnostics);
    REQUIRE_THAT_IT_HOLDS(policy.has_value() == !diagnostics.has_errors());
    REQUIRE_THAT_IT_HOLDS(diagnostics.render().find('\x1b') == std::string::npos);
    if (!policy) return;
    const auto decide = [&](const Policy& judged, const Request& request, gw::Trace* trace) {
        const Policy* one = &judged;
        PolicySet policies;
        if (kind == PolicyKind::resource) {
            policies.resource = one;
        } else {
            policies.identity = {&one, 1};
        }
        return evaluate(request, policies, trace);
    };
    for (const char* who :
         {"anonymous", "arn:aws:iam::111122223333:user/alice", "arn:aws:sts::444455556666:assumed-role/r/s"}) {
        const auto request = Request::make(*Caller::parse(who), "execute-api:Invoke",
                                           "arn:aws:execute-api:r:111122223333:a/prod/GET/pets*", "", make_known());
        REQUIRE_THAT_IT_HOLDS(request.has_value());
        gw::Trace trace;
        const Decision decision = decide(*policy, *request, nullptr);
        REQUIRE_THAT_IT_HOLDS(decision.outcome == decide(*policy, *request, &trace).outcome);
        REQUIRE_THAT_IT_HOLDS(!decision.reason().empty() && !trace.lines().empty());
        for (std::size_t i = 0; i < policy->statements.size(); ++i) {
            Policy tightened = *policy;
            tightened.statements.push_back(policy->statements[i]);
            tightened.statements.back().effect = Effect::deny;
            REQUIRE_THAT_IT_HOLDS(!decide(tightened, *request, nullptr).is_allowed() || decision.is_allowed());
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (text.starts_with('r')) {
        read(text.substr(1), PolicyKind::resource);
    } else if (text.starts_with('i')) {
        read(text.substr(1), PolicyKind::identity);
    } else {
        const CaseResult result = judge_line(text);
        REQUIRE_THAT_IT_HOLDS(result.result.empty() != result.error.empty());
        REQUIRE_THAT_IT_HOLDS(gw::parse_json(gw::to_json(result.to_value()), {.size = SIZE_MAX}).has_value());
    }
    return 0;
}
