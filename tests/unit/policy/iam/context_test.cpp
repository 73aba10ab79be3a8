#include "libgw/policy/iam/context.h"

#include "tests/support/catch.h"

using namespace gw::iam;

namespace {

const gw::Date kNow = gw::Date(std::chrono::seconds(1767225600));

std::string value(const Context& context, std::string_view key) {
    const Context::Entry* entry = context.find(ContextKey(key));
    if (!entry) return "(none)";
    std::string all;
    for (const std::string& one : entry->values) all += (all.empty() ? "" : "|") + one;
    return all;
}

}  // namespace

TEST_CASE("keys of a context are found in any case, and the last value counts") {
    Context context;
    context.set("aws:UserName", std::string("alice"));
    CHECK(value(context, "AWS:username") == "alice");
    context.set("aws:username", std::string("bob"));
    CHECK(value(context, "aws:username") == "bob");
    CHECK(context.entries().size() == 1);
    CHECK(value(context, "aws:user") == "(none)");
}

TEST_CASE("a list is multivalued, but for one value of a key that has one") {
    Context context;
    context.set("aws:PrincipalTag/a", std::vector<std::string>{"x"});
    context.set("aws:PrincipalTag/b", std::vector<std::string>{"x", "y"});
    context.set("aws:TagKeys", std::vector<std::string>{"x"});
    context.set("aws:CalledVia", std::vector<std::string>{});
    CHECK(context.single(ContextKey("aws:PrincipalTag/a")) != nullptr);
    CHECK(context.single(ContextKey("aws:PrincipalTag/b")) == nullptr);
    CHECK(context.single(ContextKey("aws:TagKeys")) == nullptr);
    CHECK(context.find(ContextKey("aws:TagKeys"))->is_multivalued);
    CHECK(context.find(ContextKey("aws:CalledVia")) == nullptr);
}

TEST_CASE("every request gives time, address, transport and what it sent") {
    const Context bare = make_context({"192.0.2.1", {}, {}, false, "", {}}, kNow);
    CHECK(value(bare, "aws:CurrentTime") == "2026-01-01T00:00:00Z");
    CHECK(value(bare, "aws:EpochTime") == "1767225600");
    CHECK(value(bare, "aws:SourceIp") == "192.0.2.1");
    CHECK(value(bare, "aws:SecureTransport") == "false");
    CHECK(bare.entries().size() == 4);
    const Context full =
        make_context({"192.0.2.1", "curl/8", "", true, "arn:aws:execute-api:r:a:api/s/GET/", {}}, kNow);
    CHECK(value(full, "aws:UserAgent") == "curl/8");
    CHECK(value(full, "aws:Referer").empty());
    CHECK(value(full, "aws:SecureTransport") == "true");
    CHECK(value(full, "aws:SourceArn") == "arn:aws:execute-api:r:a:api/s/GET/");
    CHECK(full.entries().size() == 7);
}

TEST_CASE("a user gives its name, account, id, tags and organization") {
    PrincipalFacts facts{"arn:aws:iam::111122223333:user/team/bob", "", "AIDAEXAMPLE", "o-1"};
    facts.organization_paths = {"o-1/r-1/ou-1/"};
    facts.tags = {{"team", "red"}};
    RequestFacts request;
    request.principal = facts;
    const Context context = make_context(request, kNow);
    CHECK(value(context, "aws:PrincipalArn") == "arn:aws:iam::111122223333:user/team/bob");
    CHECK(value(context, "aws:PrincipalAccount") == "111122223333");
    CHECK(value(context, "aws:PrincipalType") == "User");
    CHECK(value(context, "aws:username") == "bob");
    CHECK(value(context, "aws:userid") == "AIDAEXAMPLE");
    CHECK(value(context, "aws:PrincipalOrgID") == "o-1");
    CHECK(context.find(ContextKey("aws:PrincipalOrgPaths"))->is_multivalued);
    CHECK(value(context, "aws:principaltag/TEAM") == "red");
    CHECK(value(context, "aws:TokenIssueTime") == "(none)");
    CHECK(value(context, "aws:MultiFactorAuthPresent") == "(none)");
}

TEST_CASE("a session gives the role's ARN and no user name, and what is known of its token") {
    PrincipalFacts facts{"arn:aws:sts::111122223333:assumed-role/dev/s1", "", "AROAEXAMPLE:s1", ""};
    facts.multi_factor = true;
    facts.issued = kNow - std::chrono::seconds(90);
    RequestFacts request;
    request.principal = facts;
    Context context = make_context(request, kNow);
    CHECK(value(context, "aws:PrincipalArn") == "arn:aws:iam::111122223333:role/dev");
    CHECK(value(context, "aws:PrincipalType") == "AssumedRole");
    CHECK(value(context, "aws:username") == "(none)");
    CHECK(value(context, "aws:TokenIssueTime") == "2025-12-31T23:58:30Z");
    CHECK(value(context, "aws:MultiFactorAuthPresent") == "true");
    CHECK(value(context, "aws:MultiFactorAuthAge") == "90");
    facts.role_arn = "arn:aws:iam::111122223333:role/team/dev";
    facts.multi_factor = false;
    request.principal = facts;
    context = make_context(request, kNow);
    CHECK(value(context, "aws:PrincipalArn") == "arn:aws:iam::111122223333:role/team/dev");
    CHECK(value(context, "aws:MultiFactorAuthAge") == "(none)");
}
