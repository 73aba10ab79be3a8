#include "libgw/policy/iam/batch.h"

#include "libgw/base/json.h"
#include "tests/support/catch.h"

using namespace gw::iam;

namespace {

std::string answer(std::string_view line) { return gw::to_json(judge_line(line).to_value()); }

// A case of alice with other members behind.
std::string with(std::string_view members) {
    return R"({"id": 7, "principal": "arn:aws:iam::111122223333:user/alice", "action": "execute-api:Invoke",
        "resource": "arn:aws:execute-api:us-east-1:111122223333:api/prod/GET/pets")" +
           std::string(members.empty() ? "" : ", ") + std::string(members) + "}";
}

const std::string kAllow =
    R"({"Version": "2012-10-17", "Statement": {"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*"}})";

}  // namespace

TEST_CASE("a case of a batch is answered with its id and result") {
    CHECK(answer(with("")) == R"({"id":7,"result":"ImplicitlyDenied"})");
    CHECK(answer(with(R"("identityPolicies": [)" + kAllow + "]")) == R"({"id":7,"result":"Allowed"})");
    CHECK(
        answer(with(
            R"("identityPolicies": null, "resourcePolicy": null, "sessionPolicy": null, "permissionBoundary": null)")) ==
        R"({"id":7,"result":"ImplicitlyDenied"})");
    CHECK(answer(with(R"("resourceAccount": "444455556666", "identityPolicies": [)" + kAllow + "]")) ==
          R"({"id":7,"result":"ImplicitlyDenied"})");
    CHECK(answer(with(R"("sessionPolicy": )" + kAllow + R"(, "permissionBoundary": )" + kAllow)) ==
          R"({"id":7,"result":"ImplicitlyDenied"})");
    const CaseResult result = judge_line(with(R"("identityPolicies": [)" + kAllow + "]"));
    CHECK(result.is_allowed());
    CHECK(result.reason == "statement 1 \"A\" of identity policy 0 allows");
}

TEST_CASE("the context of a case holds strings, numbers, booleans and lists of them") {
    const auto asks = [](std::string_view condition) {
        return answer(with(
            R"("context": {"aws:EpochTime": 5, "aws:SecureTransport": true, "aws:TagKeys": ["a", 1], "aws:CalledVia": []},
            "identityPolicies": [{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": )" +
            std::string(condition) + "}}]"));
    };
    const std::string allowed = R"({"id":7,"result":"Allowed"})";
    CHECK(asks(R"({"NumericEquals": {"aws:EpochTime": "5"}})") == allowed);
    CHECK(asks(R"({"Bool": {"aws:SecureTransport": "true"}})") == allowed);
    CHECK(asks(R"({"ForAnyValue:StringEquals": {"aws:TagKeys": "1"}})") == allowed);
    CHECK(asks(R"({"Null": {"aws:CalledVia": "true"}})") == allowed);
}

TEST_CASE("an id of a case comes back as it was, and null when there was none") {
    const std::string rest = R"("principal": "anonymous", "action": "a:b", "resource": "arn:aws:s3:::b"})";
    CHECK(answer(R"({"id": "x", )" + rest) == R"({"id":"x","result":"ImplicitlyDenied"})");
    CHECK(answer(R"({"id": [1.50], )" + rest) == R"({"id":[1.50],"result":"ImplicitlyDenied"})");
    CHECK(answer("{" + rest) == R"({"id":null,"result":"ImplicitlyDenied"})");
}

TEST_CASE("a case that cannot be judged is answered with the error") {
    struct Row {
        std::string line;
        const char* error;
    };
    const std::vector<Row> rows = {
        {with(R"("context": [])"), "the context is not an object"},
        {with(R"("context": {"a": {}})"), "the value of a in the context is an object"},
        {with(R"("identityPolicies": {})"), "identityPolicies is not a list"},
        {with(R"("identityPolicies": [{"Statement": {"Effect": "Deny", "Action": "*"}}])"),
         "identityPolicies[0]: statement 1: there is no Resource (write \"Resource\": \"*\" for all)"},
        {with(R"("resourcePolicy": )" + kAllow),
         "resourcePolicy: statement 1: there is no Principal (write \"Principal\": \"*\" for everyone)"},
        {with(R"("sessionPolicy": 5)"), "sessionPolicy: a policy is an object, found a number"},
        {with(R"("permissionBoundary": {})"),
         "permissionBoundary: the policy has no Statement (write \"Statement\": [ … ])"},
        {with(R"("permissionsBoundary": {})"),
         "unknown member 'permissionsBoundary', did you mean 'permissionBoundary'?"},
        {with(R"("resourceAccount": 5)"), "resourceAccount is not a string"},
        {with(R"("id": 8)"), "the member 'id' stands twice"},
        {R"({"id": 7, "action": "a:b", "resource": "arn:aws:s3:::b"})", "principal is not a string"},
        {R"({"id": 7, "principal": "anonymous", "action": "a", "resource": "arn:aws:s3:::b"})",
         "'a' is not an action (such as execute-api:Invoke)"},
        {"[]", "a case is an object"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        const CaseResult result = judge_line(row.line);
        CHECK(result.result.empty());
        CHECK_FALSE(result.is_allowed());
        CHECK(result.error == row.error);
        CHECK(result.to_value().find("result") == nullptr);
    }
    CHECK_FALSE(judge_line("{").error.empty());
    CHECK_FALSE(judge_line("").error.empty());
    CHECK_FALSE(judge_line("\"" + std::string(kMaximumCase, 'x') + "\"").error.empty());
}

TEST_CASE("the short form of a resource means the api of the case") {
    const auto ask = [](std::string_view resource) {
        return answer(with(
            R"("resourcePolicy": {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": ")" +
            std::string(resource) + "\"}}"));
    };
    CHECK(ask("execute-api:/prod/GET/*") == R"({"id":7,"result":"Allowed"})");
    CHECK(ask("execute-api:/dev/*") == R"({"id":7,"result":"ImplicitlyDenied"})");
}
