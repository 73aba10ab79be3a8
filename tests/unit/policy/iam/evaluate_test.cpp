#include "libgw/policy/iam/evaluate.h"

#include <functional>
#include <optional>

#include "libgw/base/json.h"
#include "libgw/policy/iam/batch.h"
#include "libgw/policy/iam/document.h"
#include "tests/support/catch.h"
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

// Adds a statement to a policy, which is made when there is none.
void add_statement(gw::Value& policy, gw::Value statement) {
    if (policy.is_null()) policy = gw::Object{{"Version", "2012-10-17"}, {"Statement", gw::Array{}}};
    for (gw::Member& member : *policy.if_object()) {
        if (member.key != "Statement") continue;
        if (!member.value.if_array()) member.value = gw::Array{member.value};
        member.value.if_array()->push_back(std::move(statement));
    }
}

// Two readings of the same documentation, on cases of their own.
void compare_with_naive(std::uint64_t seed, int rounds) {
    gw::test::IamCases cases(seed);
    int allowed = 0;
    int differing = 0;
    int loosened = 0;
    for (int round = 0; round < rounds; ++round) {
        gw::Value given = cases.next();
        for (int variation = 0; variation < 10; ++variation) {
            if (variation > 0) given = cases.vary(given);
            const CaseResult result = judge_case(given);
            allowed += result.is_allowed() ? 1 : 0;
            if (result.result == gw::test::judge_naively(given)) continue;
            if (++differing <= 3) UNSCOPED_INFO(gw::to_json(given) << "\n  " << result.result << result.error);
        }
        // A Deny more never allows more.
        gw::Value tightened = given;
        for (gw::Member& member : *tightened.if_object()) {
            if (member.key == "identityPolicies")
                add_statement(member.value.if_array()->emplace_back(), cases.make_deny(false));
            if (member.key == "resourcePolicy" && !member.value.is_null())
                add_statement(member.value, cases.make_deny(true));
        }
        const bool was = judge_case(given).is_allowed();
        const bool is = judge_case(tightened).is_allowed();
        loosened += !was && is ? 1 : 0;
    }
    CHECK(differing == 0);
    CHECK(loosened == 0);
    CHECK(allowed > rounds / 2);
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

TEST_CASE("decisions are those of a second reading of the documentation, seed 1") { compare_with_naive(1, 2500); }
TEST_CASE("decisions are those of a second reading of the documentation, seed 2") { compare_with_naive(2, 2500); }
TEST_CASE("decisions are those of a second reading of the documentation, seed 3") { compare_with_naive(3, 2500); }
TEST_CASE("decisions are those of a second reading of the documentation, seed 4") { compare_with_naive(4, 2500); }
TEST_CASE("decisions are those of a second reading of the documentation, a million", "[.million]") {
    for (std::uint64_t seed = 100; seed < 200; ++seed) compare_with_naive(seed, 1000);
}
