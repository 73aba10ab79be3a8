#include "libgw/policy/iam/resource_policy.h"

#include <optional>

#include "libgw/policy/iam/document.h"
#include "tests/support/catch.h"

using namespace gw::iam;

namespace {

const std::string kApi = "arn:aws:execute-api:us-east-1:111122223333:api";

Policy make(std::string_view effect, PolicyKind kind) {
    const std::string principal = kind == PolicyKind::resource ? R"("Principal": "*", )" : "";
    const std::string action = effect == "other" ? "execute-api:ManageConnections" : "execute-api:Invoke";
    auto policy = parse_policy(R"({"Statement": {"Effect": ")" + std::string(effect == "deny" ? "Deny" : "Allow") +
                                   "\", " + principal + R"("Action": ")" + action + R"(", "Resource": "*"}})",
                               {kind, "", "", kApi});
    REQUIRE(policy);
    return *std::move(policy);
}

// The policy of the api and that of the identity or authorizer; "" for none.
std::string outcome(Authorization authorization, std::string_view api, std::string_view identity,
                    std::string_view caller = "anonymous") {
    const auto request =
        Request::make(*Caller::parse(caller), "execute-api:Invoke", kApi + "/prod/GET/pets", "111122223333", {});
    REQUIRE(request);
    std::optional<Policy> resource, own;
    PolicySet policies;
    if (!api.empty()) policies.resource = &resource.emplace(make(api, PolicyKind::resource));
    const Policy* one = nullptr;
    if (!identity.empty()) {
        one = &own.emplace(make(identity, PolicyKind::identity));
        policies.identity = {&one, 1};
    }
    return std::string(to_string(judge(authorization, *request, policies).outcome));
}

constexpr const char* kAllowed = "Allowed";
constexpr const char* kExplicit = "ExplicitlyDenied";
constexpr const char* kImplicit = "ImplicitlyDenied";

}  // namespace

TEST_CASE("without authorization, or with a token, the resource policy must allow by itself") {
    for (const Authorization authorization : {Authorization::none, Authorization::user_pool}) {
        CHECK(outcome(authorization, "", "") == kAllowed);
        CHECK(outcome(authorization, "allow", "") == kAllowed);
        CHECK(outcome(authorization, "other", "") == kImplicit);
        CHECK(outcome(authorization, "deny", "") == kExplicit);
    }
}

TEST_CASE("with a Lambda authorizer its policy or the resource policy must allow, and neither deny") {
    struct Row {
        const char* api;
        const char* authorizer;
        const char* expected;
    };
    // Developer Guide, "How API Gateway resource policies affect authorization workflow", Table A.
    const Row row = GENERATE(values<Row>({
        {"allow", "allow", kAllowed},
        {"allow", "other", kAllowed},
        {"allow", "deny", kExplicit},
        {"other", "allow", kAllowed},
        {"other", "other", kImplicit},
        {"other", "deny", kExplicit},
        {"deny", "allow", kExplicit},
        {"deny", "other", kExplicit},
        {"deny", "deny", kExplicit},
        {"", "allow", kAllowed},
        {"", "other", kImplicit},
        {"", "deny", kExplicit},
        {"allow", "", kAllowed},
        {"", "", kImplicit},
    }));
    CAPTURE(row.api, row.authorizer);
    CHECK(outcome(Authorization::lambda, row.api, row.authorizer) == row.expected);
}

TEST_CASE("with IAM, Table A holds for the owner's account and Table B for others") {
    struct Row {
        const char* api;
        const char* identity;
        const char* owner;
        const char* other;
    };
    const Row row = GENERATE(values<Row>({
        {"allow", "allow", kAllowed, kAllowed},
        {"allow", "other", kAllowed, kImplicit},
        {"allow", "deny", kExplicit, kExplicit},
        {"other", "allow", kAllowed, kImplicit},
        {"other", "other", kImplicit, kImplicit},
        {"other", "deny", kExplicit, kExplicit},
        {"deny", "allow", kExplicit, kExplicit},
        {"deny", "other", kExplicit, kExplicit},
        {"deny", "deny", kExplicit, kExplicit},
        {"", "allow", kAllowed, kImplicit},
    }));
    CAPTURE(row.api, row.identity);
    CHECK(outcome(Authorization::iam, row.api, row.identity, "arn:aws:iam::111122223333:user/a") == row.owner);
    CHECK(outcome(Authorization::iam, row.api, row.identity, "arn:aws:iam::444455556666:user/a") == row.other);
}

TEST_CASE("before a Lambda authorizer is asked only an explicit denial counts, and before the others nothing does") {
    const auto request = Request::make(Caller(), "execute-api:Invoke", kApi + "/prod/GET/pets", "", {});
    REQUIRE(request);
    const Policy deny = make("deny", PolicyKind::resource);
    const Policy other = make("other", PolicyKind::resource);
    const Decision denied = judge_before(Authorization::lambda, *request, &deny);
    CHECK(denied.outcome == Outcome::explicitly_denied);
    CHECK(denied.policy == &deny);
    CHECK(denied.statement == &deny.statements.front());
    CHECK(judge_before(Authorization::lambda, *request, &other).is_allowed());
    CHECK(judge_before(Authorization::lambda, *request, nullptr).is_allowed());
    for (const Authorization authorization : {Authorization::none, Authorization::iam, Authorization::user_pool}) {
        CHECK(judge_before(authorization, *request, &deny).is_allowed());
    }
}

TEST_CASE("the decision with a Lambda authorizer names who decided") {
    const auto request = Request::make(Caller(), "execute-api:Invoke", kApi + "/prod/GET/pets", "", {});
    REQUIRE(request);
    const Policy allow = make("allow", PolicyKind::resource);
    const Policy authorizer = make("other", PolicyKind::identity);
    const Policy* one = &authorizer;
    const PolicySet policies{{&one, 1}, &allow, nullptr, nullptr};
    const Decision decision = judge(Authorization::lambda, *request, policies);
    CHECK(decision.part == Part::resource);
    CHECK(decision.policy == &allow);
}

TEST_CASE("paths of a request do not reach other resources than they name") {
    const auto allows = [](const std::string& resource, const std::string& stage_and_path) {
        const auto policy = parse_policy(R"({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*",
            "Action": "execute-api:Invoke", "Resource": "execute-api:)" +
                                             resource + R"("}})",
                                         {PolicyKind::resource, "", "", kApi});
        REQUIRE(policy);
        const auto request = Request::make(Caller(), "execute-api:Invoke", kApi + stage_and_path, "", {});
        REQUIRE(request);
        PolicySet policies;
        policies.resource = &*policy;
        return judge(Authorization::none, *request, policies).is_allowed();
    };
    CHECK(allows("/prod/GET/pets", "/prod/GET/pets"));
    for (const char* path :
         {"/prod/GET/*", "/prod/GET/%2a", "/prod/GET/p?ts", "/prod/GET/pets/", "/prod/GET//pets", "/prod/GET/Pets",
          "/prod/get/pets", "/prod/*/pets", "/*/GET/pets", "/prod/GET/pets/../admin", "/prod/GET/pets%2f", "/prod/GET/",
          "/prod/GET/p\xc3\xa9ts", "/test-invoke-stage/GET/pets", "/$default/GET/pets"}) {
        CAPTURE(path);
        CHECK_FALSE(allows("/prod/GET/pets", path));
    }
    CHECK(allows("/prod/GET/a%2Fb", "/prod/GET/a%2Fb"));
    CHECK_FALSE(allows("/prod/GET/a%2Fb", "/prod/GET/a/b"));
    CHECK(allows("/$default/*", "/$default/GET/pets"));
    CHECK(allows("/*/*/admin/*", "/prod/GET/x/admin/y"));
    CHECK_FALSE(allows("/prod/GET/*", "/prod/POST/GET/x"));
}
