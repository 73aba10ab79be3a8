#include "libgw/policy/iam/evaluate.h"

#include <functional>
#include <optional>
#include <vector>

#include "libgw/base/json.h"
#include "libgw/policy/iam/document.h"
#include "tests/support/catch.h"
#include "tests/support/iam_cases.h"
#include "tests/support/naive_iam.h"

using namespace gw::iam;

namespace {

const std::string kUser = "arn:aws:iam::111122223333:user/alice";
const std::string kRole = "arn:aws:iam::111122223333:role/dev";
const std::string kSession = "arn:aws:sts::111122223333:assumed-role/dev/s1";
const std::string kFederated = "arn:aws:sts::111122223333:federated-user/alice";
const std::string kRoot = "arn:aws:iam::111122223333:root";
const std::string kStranger = "arn:aws:iam::444455556666:user/eve";
const std::string kPet = "arn:aws:execute-api:us-east-1:111122223333:api/prod/GET/pets";

// A policy in a word: "allow", "deny", "other" (allows something else). For a resource policy the principal follows.
Policy make(std::string_view word, const std::string& principal = "") {
    std::string text = R"({"Version": "2012-10-17", "Statement": {"Sid": "S", "Effect": ")";
    text += word == "deny" ? "Deny" : "Allow";
    if (principal.starts_with('!')) {
        text += R"(", "NotPrincipal": {"AWS": ")" + principal.substr(1) + "\"}";
    } else if (!principal.empty()) {
        const char* type = principal.ends_with(".com") ? "Service" : "AWS";
        text += R"(", "Principal": {")" + std::string(type) + R"(": ")" + principal + "\"}";
    } else {
        text += "\"";
    }
    text += R"(, "Action": "execute-api:)" + std::string(word == "other" ? "ManageConnections" : "Invoke");
    text += R"(", "Resource": "*"}})";
    auto policy = parse_policy(
        text, {principal.empty() ? PolicyKind::identity : PolicyKind::resource, std::string(word), "", ""});
    REQUIRE(policy);
    return *std::move(policy);
}

struct Case {
    std::string caller;
    std::string identity = {};
    std::string resource = {};   // a word, and
    std::string principal = {};  // whom it names
    std::string session = {};
    std::string boundary = {};
};

Decision decide(const Case& given, const std::function<void(const Decision&)>& look = {}, gw::Trace* trace = nullptr) {
    const auto request = Request::make(*Caller::parse(given.caller), "execute-api:Invoke", kPet, "111122223333", {});
    REQUIRE(request);
    std::optional<Policy> identity, resource, session, boundary;
    PolicySet policies;
    const Policy* one = nullptr;
    if (!given.identity.empty()) {
        one = &identity.emplace(make(given.identity));
        policies.identity = {&one, 1};
    }
    if (!given.resource.empty()) policies.resource = &resource.emplace(make(given.resource, given.principal));
    if (!given.session.empty()) policies.session = &session.emplace(make(given.session));
    if (!given.boundary.empty()) policies.boundary = &boundary.emplace(make(given.boundary));
    const Decision decision = evaluate(*request, policies, trace);
    if (look) look(decision);
    return decision;
}

std::string outcome(const Case& given) { return std::string(to_string(decide(given).outcome)); }

constexpr const char* kAllowed = "Allowed";
constexpr const char* kExplicit = "ExplicitlyDenied";
constexpr const char* kImplicit = "ImplicitlyDenied";

std::vector<Policy> read_all(const gw::Value& given) {
    std::vector<Policy> policies;
    const auto read = [&](const gw::Value& document, PolicyKind kind) {
        auto policy = make_policy(document, {kind, "", "", ""});
        REQUIRE(policy);
        policies.push_back(*std::move(policy));
    };
    for (const gw::Value& policy : *given.find("identityPolicies")->if_array()) read(policy, PolicyKind::identity);
    for (const char* name : {"resourcePolicy", "sessionPolicy", "permissionBoundary"}) {
        const gw::Value* policy = given.find(name);
        if (policy && !policy->is_null())
            read(*policy, std::string_view(name)[0] == 'r' ? PolicyKind::resource : PolicyKind::identity);
    }
    return policies;
}

// What points at the policies that read_all() gave, in their order.
struct Pointers {
    std::vector<const Policy*> identity;
    PolicySet set;
};
Pointers point_at(const std::vector<Policy>& policies, const gw::Value& given) {
    Pointers pointers;
    std::size_t next = given.find("identityPolicies")->if_array()->size();
    for (std::size_t i = 0; i < next; ++i) pointers.identity.push_back(&policies[i]);
    const auto take = [&](const char* name) -> const Policy* {
        const gw::Value* policy = given.find(name);
        return policy && !policy->is_null() ? &policies[next++] : nullptr;
    };
    pointers.set.resource = take("resourcePolicy");
    pointers.set.session = take("sessionPolicy");
    pointers.set.boundary = take("permissionBoundary");
    pointers.set.identity = pointers.identity;
    return pointers;
}

Request to_request(const gw::Value& question) {
    Context context;
    for (const gw::Member& member : *question.find("context")->if_object()) {
        if (const gw::Array* list = member.value.if_array()) {
            std::vector<std::string> values;
            for (const gw::Value& value : *list) values.push_back(*value.if_string());
            context.set(member.key, std::move(values));
        } else {
            context.set(member.key, *member.value.if_string());
        }
    }
    auto request =
        Request::make(*Caller::parse(*question.find_string("principal")), *question.find_string("action"),
                      *question.find_string("resource"), *question.find_string("resourceAccount"), std::move(context));
    REQUIRE(request);
    return *std::move(request);
}

// Two readings of the same documentation: `rounds` sets of policies, asked 25 times each. And one Deny more, wherever
// it is put, never allows more.
void compare_with_naive(std::uint64_t seed, int rounds) {
    gw::test::IamCases cases(seed);
    int allowed = 0;
    int differing = 0;
    int loosened = 0;
    for (int round = 0; round < rounds; ++round) {
        const gw::Value given = cases.next();
        const std::vector<Policy> policies = read_all(given);
        const Pointers pointers = point_at(policies, given);
        std::vector<Policy> tightened = policies;
        for (Policy& policy : tightened) {
            const bool is_resource = !policy.statements.empty() && !policy.statements.front().principals.empty();
            const gw::Object deny{{"Version", "2012-10-17"}, {"Statement", cases.make_deny(is_resource)}};
            const auto read =
                make_policy(deny, {is_resource ? PolicyKind::resource : PolicyKind::identity, "", "", ""});
            REQUIRE(read);
            policy.statements.push_back(read->statements.front());
        }
        const Pointers tighter = point_at(tightened, given);
        for (int variation = 0; variation < 25; ++variation) {
            const gw::Value question = cases.ask();
            const Request request = to_request(question);
            const Decision decision = evaluate(request, pointers.set);
            allowed += decision.is_allowed() ? 1 : 0;
            loosened += !decision.is_allowed() && evaluate(request, tighter.set).is_allowed() ? 1 : 0;
            if (to_string(decision.outcome) == gw::test::judge_naively(question, given)) continue;
            if (++differing <= 3) UNSCOPED_INFO(gw::to_json(given) << "\n  " << gw::to_json(question));
        }
    }
    CHECK(differing == 0);
    CHECK(loosened == 0);
    CHECK(allowed > rounds);
}

}  // namespace

TEST_CASE("of one account, the policy of the identity or of the resource must allow") {
    CHECK(outcome({kUser}) == kImplicit);
    CHECK(outcome({kUser, "other"}) == kImplicit);
    CHECK(outcome({kUser, "allow"}) == kAllowed);
    CHECK(outcome({kUser, "allow", "other", "*"}) == kAllowed);
    CHECK(outcome({kUser, "", "allow", "*"}) == kAllowed);
    CHECK(outcome({kUser, "", "allow", kUser}) == kAllowed);
    CHECK(outcome({kUser, "", "allow", kStranger}) == kImplicit);
    CHECK(outcome({kUser, "", "allow", "!" + kStranger}) == kAllowed);
    CHECK(outcome({kUser, "", "allow", "!" + kUser}) == kImplicit);
    CHECK(outcome({kSession, "", "allow", kRole}) == kAllowed);
    CHECK(outcome({kRole, "", "allow", kRole}) == kAllowed);
}

TEST_CASE("of two accounts, both policies must allow") {
    CHECK(outcome({kStranger, "allow"}) == kImplicit);
    CHECK(outcome({kStranger, "", "allow", "*"}) == kImplicit);
    CHECK(outcome({kStranger, "", "allow", kStranger}) == kImplicit);
    CHECK(outcome({kStranger, "allow", "allow", kStranger}) == kAllowed);
    CHECK(outcome({kStranger, "allow", "allow", "444455556666"}) == kAllowed);
    CHECK(outcome({kStranger, "allow", "allow", "*"}) == kAllowed);
    CHECK(outcome({kStranger, "allow", "allow", "111122223333"}) == kImplicit);
    CHECK(outcome({kStranger, "allow", "other", "*"}) == kImplicit);
}

TEST_CASE("what a resource policy gives to an account is given on by the account's own policies") {
    CHECK(outcome({kUser, "", "allow", "111122223333"}) == kImplicit);
    CHECK(outcome({kUser, "", "allow", kRoot}) == kImplicit);
    CHECK(outcome({kUser, "allow", "allow", kRoot}) == kAllowed);
    CHECK(outcome({kUser, "allow", "deny", kRoot}) == kExplicit);
}

TEST_CASE("a Deny in any policy denies, whatever the others allow") {
    CHECK(outcome({kSession, "deny", "allow", "*", "allow", "allow"}) == kExplicit);
    CHECK(outcome({kSession, "allow", "deny", "*", "allow", "allow"}) == kExplicit);
    CHECK(outcome({kSession, "allow", "allow", "*", "deny", "allow"}) == kExplicit);
    CHECK(outcome({kSession, "allow", "allow", "*", "allow", "deny"}) == kExplicit);
    CHECK(outcome({kSession, "allow", "deny", kRole}) == kExplicit);
    CHECK(outcome({kSession, "allow", "deny", "!" + kRole}) == kAllowed);
    CHECK(outcome({kSession, "", "", "", "", "deny"}) == kExplicit);
    CHECK(outcome({kStranger, "allow", "deny", "444455556666"}) == kExplicit);
    CHECK(outcome({kUser, "allow", "deny", kStranger}) == kAllowed);
    CHECK(outcome({kUser, "allow", "deny", "!" + kStranger}) == kExplicit);
}

TEST_CASE("session policy and boundary limit what the identity's policies and a role are given") {
    for (const std::string& caller : {kSession, kFederated}) {
        CHECK(outcome({caller, "allow", "", "", "allow", "allow"}) == kAllowed);
        CHECK(outcome({caller, "allow", "", "", "other", "allow"}) == kImplicit);
        CHECK(outcome({caller, "allow", "", "", "allow", "other"}) == kImplicit);
    }
    CHECK(outcome({kSession, "", "", "", "allow", "allow"}) == kImplicit);
    CHECK(outcome({kSession, "", "allow", kRole, "allow", "allow"}) == kAllowed);
    CHECK(outcome({kSession, "", "allow", kRole, "other"}) == kImplicit);
    CHECK(outcome({kSession, "", "allow", kRole, "", "other"}) == kImplicit);
    CHECK(outcome({kRole, "", "allow", kRole, "", "other"}) == kImplicit);
    CHECK(outcome({kFederated, "", "allow", kUser, "other"}) == kImplicit);
    CHECK(outcome({kFederated, "", "allow", kUser, "allow"}) == kAllowed);
}

TEST_CASE("what a resource policy gives directly within the account is not limited by session or boundary") {
    CHECK(outcome({kSession, "", "allow", kSession, "other", "other"}) == kAllowed);
    CHECK(outcome({kSession, "allow", "allow", kSession, "other", "other"}) == kAllowed);
    CHECK(outcome({kFederated, "", "allow", kFederated, "other", "other"}) == kAllowed);
    CHECK(outcome({kSession, "", "allow", "*", "other", "other"}) == kAllowed);
    CHECK(outcome({kRole, "", "allow", "*", "", "other"}) == kAllowed);
    CHECK(outcome({kUser, "", "allow", kUser, "", "other"}) == kAllowed);
    CHECK(outcome({kUser, "", "allow", "*", "", "other"}) == kAllowed);
    CHECK(outcome({kUser, "allow", "allow", kRoot, "", "other"}) == kImplicit);
    CHECK(outcome({kSession, "", "allow", kSession, "deny", "other"}) == kExplicit);
}

TEST_CASE("across accounts session policy and boundary always limit") {
    const std::string away = "arn:aws:sts::444455556666:assumed-role/dev/s1";
    CHECK(outcome({away, "allow", "allow", away, "allow", "allow"}) == kAllowed);
    CHECK(outcome({away, "allow", "allow", away, "other"}) == kImplicit);
    CHECK(outcome({away, "allow", "allow", away, "", "other"}) == kImplicit);
    CHECK(outcome({away, "allow", "allow", "*", "other"}) == kImplicit);
}

TEST_CASE("a Deny with NotPrincipal denies everyone who has a boundary") {
    CHECK(outcome({kUser, "allow", "deny", "!" + kUser}) == kAllowed);
    CHECK(outcome({kUser, "allow", "deny", "!" + kUser, "", "allow"}) == kExplicit);
    CHECK(outcome({kUser, "allow", "allow", "!" + kUser, "", "allow"}) == kAllowed);
}

TEST_CASE("an anonymous caller is judged by the resource policy alone") {
    CHECK(outcome({"anonymous"}) == kImplicit);
    CHECK(outcome({"anonymous", "allow"}) == kImplicit);
    CHECK(outcome({"anonymous", "", "allow", "*"}) == kAllowed);
    CHECK(outcome({"anonymous", "deny", "allow", "*"}) == kAllowed);
    CHECK(outcome({"anonymous", "", "allow", "111122223333"}) == kImplicit);
    CHECK(outcome({"anonymous", "", "deny", "*"}) == kExplicit);
    CHECK(outcome({"anonymous", "", "deny", "!" + kUser}) == kExplicit);
}

TEST_CASE("a service is allowed by the resource policy, whatever the account") {
    CHECK(outcome({"lambda.amazonaws.com", "", "allow", "lambda.amazonaws.com"}) == kAllowed);
    CHECK(outcome({"lambda.amazonaws.com", "", "allow", "*"}) == kAllowed);
    CHECK(outcome({"lambda.amazonaws.com", "", "allow", "s3.amazonaws.com"}) == kImplicit);
    CHECK(outcome({"lambda.amazonaws.com", "allow"}) == kImplicit);
    CHECK(outcome({"lambda.amazonaws.com", "", "deny", "lambda.amazonaws.com"}) == kExplicit);
}

TEST_CASE("the root of an account may do everything in it that is not denied") {
    CHECK(outcome({kRoot}) == kAllowed);
    CHECK(outcome({kRoot, "", "other", "*"}) == kAllowed);
    CHECK(outcome({kRoot, "", "deny", kRoot}) == kExplicit);
    CHECK(outcome({kRoot, "other"}) == kImplicit);
    CHECK(outcome({"arn:aws:iam::444455556666:root"}) == kImplicit);
    CHECK(outcome({"arn:aws:iam::444455556666:root", "", "allow", "444455556666"}) == kAllowed);
}

TEST_CASE("the decision names the statement that decided, or the policy that did not allow") {
    const auto reason = [](const Case& given) {
        std::string text;
        decide(given, [&](const Decision& decision) { text = decision.reason(); });
        return text;
    };
    CHECK(reason({kUser, "allow"}) == "statement 1 \"S\" of allow allows");
    CHECK(reason({kUser, "deny", "allow", "*"}) == "statement 1 \"S\" of deny denies");
    CHECK(reason({kUser, "other"}) == "no identity-based policy allows");
    CHECK(reason({kStranger, "allow"}) == "no resource-based policy allows");
    CHECK(reason({kSession, "allow", "", "", "other"}) == "no session policy allows");
    CHECK(reason({kSession, "allow", "", "", "", "other"}) == "no permissions boundary allows");
    CHECK(reason({"anonymous"}) == "no resource-based policy allows");
    CHECK(reason({kRoot}) == "no policy limits the caller");
    decide({kSession, "allow", "allow", kSession, "other"},
           [](const Decision& decision) { CHECK(decision.part == Part::resource); });
}

TEST_CASE("a trace tells of every statement why it did not match, and the decision") {
    gw::Trace trace;
    decide({kUser, "other", "allow", kStranger}, {}, &trace);
    REQUIRE(trace.lines().size() == 3);
    CHECK(trace.lines()[0].stage == "policy");
    CHECK(trace.lines()[0].text == "statement 1 \"S\" of allow, Allow: Principal does not match");
    CHECK(trace.lines()[1].text == "statement 1 \"S\" of other, Allow: Action does not match");
    CHECK(trace.lines()[2].text ==
          "no identity-based policy allows execute-api:Invoke on " + kPet + " to " + kUser + " -> ImplicitlyDenied");
}

TEST_CASE("decisions are those of a second reading of the documentation, seed 1") { compare_with_naive(1, 1000); }
TEST_CASE("decisions are those of a second reading of the documentation, seed 2") { compare_with_naive(2, 1000); }
TEST_CASE("decisions are those of a second reading of the documentation, seed 3") { compare_with_naive(3, 1000); }
TEST_CASE("decisions are those of a second reading of the documentation, seed 4") { compare_with_naive(4, 1000); }
TEST_CASE("decisions are those of a second reading of the documentation, a million", "[.million]") {
    for (std::uint64_t seed = 100; seed < 200; ++seed) compare_with_naive(seed, 400);
}
