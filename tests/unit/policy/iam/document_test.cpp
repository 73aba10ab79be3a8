#include "libgw/policy/iam/document.h"

#include "libgw/base/json.h"
#include "tests/support/catch.h"

using namespace gw::iam;

namespace {

const std::string kApi = "arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5";

PolicyReading reading_of(PolicyKind kind) { return {kind, "", "p.json", kind == PolicyKind::resource ? kApi : ""}; }

// "line:column: error: message (hint)", one a line.
std::string problems(std::string_view json, PolicyKind kind = PolicyKind::identity) {
    const auto document = gw::parse_json(json, gw::json_file_options("p.json"));
    REQUIRE(document);
    gw::Diagnostics diagnostics;
    diagnostics.add_source("p.json", std::string(json));
    const auto policy = read_policy(*document, reading_of(kind), diagnostics);
    CHECK(policy.has_value() == !diagnostics.has_errors());
    diagnostics.sort();
    std::string all;
    for (const gw::Diagnostic& one : diagnostics.all()) {
        CHECK(one.where.file == "p.json");
        all += std::to_string(one.where.line) + ":" + std::to_string(one.where.column) + ": ";
        all += one.severity == gw::Severity::warning ? "warning: " : "";
        all += one.message + (one.hint.empty() ? "" : " (" + one.hint + ")") + "\n";
    }
    return all;
}

// A statement with one element in place of another.
std::string with(std::string_view element, std::string_view version = "2012-10-17") {
    std::string text = R"({"Version": ")" + std::string(version) + R"(", "Statement": {"Effect": "Allow", )";
    if (element.find("Action\"") == std::string_view::npos) text += R"("Action": "*", )";
    if (element.find("Resource\"") == std::string_view::npos) text += R"("Resource": "*", )";
    return text + std::string(element) + "}}";
}

bool is_fine(std::string_view json, PolicyKind kind = PolicyKind::identity) { return problems(json, kind).empty(); }

}  // namespace

TEST_CASE("a policy is read with one statement or several") {
    const auto policy = parse_policy(R"({"Version": "2012-10-17", "Id": "x", "Statement": [
        {"Sid": "A", "Effect": "Allow", "Action": ["execute-api:Invoke"], "Resource": ["*"]},
        {"Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::b", "Condition": {"Bool": {"aws:SecureTransport": false}}}]})",
                                     {PolicyKind::identity, "Mine", "", ""});
    REQUIRE(policy);
    CHECK(policy->name == "Mine");
    CHECK(policy->id == "x");
    REQUIRE(policy->statements.size() == 2);
    CHECK(policy->statements[0].label() == "statement 1 \"A\"");
    CHECK(policy->statements[1].label() == "statement 2");
    CHECK(policy->statements[0].effect == Effect::allow);
    CHECK(policy->statements[1].effect == Effect::deny);
    CHECK(policy->statements[1].is_not_action);
    CHECK(policy->statements[1].is_not_resource);
    CHECK(policy->statements[1].conditions.size() == 1);
    CHECK(is_fine(with(R"("Sid": "")")));
}

TEST_CASE("everything that is wrong with a policy is told at once, with its place and a hint") {
    CHECK(problems(R"({"Version": "2012-10-18",
 "Statment": [],
 "Statement": [{"Effect": "allow", "Actions": "x", "Resource": 5,
   "Condition": {"StringEqual": {"aws:username": "x"}, "IpAddress": {"aws:SourceIp": ["10.0.0.0/99", {}]}}},
  "x"]})") ==
          "1:13: unknown Version of the policy language (write \"2012-10-17\")\n"
          "2:2: a policy has no element 'Statment' (did you mean 'Statement'?)\n"
          "3:16: statement 1: there is no Action (write \"Action\": \"execute-api:Invoke\")\n"
          "3:27: statement 1: an Effect is \"Allow\" or \"Deny\", in this case of letters\n"
          "3:36: statement 1: a statement has no element 'Actions' (did you mean 'Action'?)\n"
          "3:64: statement 1: a resource is a string, found a number\n"
          "4:18: statement 1: unknown condition operator 'StringEqual' (did you mean 'StringEquals'?)\n"
          "4:87: statement 1: '10.0.0.0/99' is not an address or network (such as 192.0.2.0/24 or 2001:db8::/32)\n"
          "4:102: statement 1: the value of 'aws:SourceIp' is a string, a number or a boolean, found an object\n"
          "5:3: statement 2: a statement is an object, found a string\n");
}

TEST_CASE("what a policy lacks or has too much of is an error") {
    CHECK(problems("[]") == "1:1: a policy is an object, found a list\n");
    CHECK(problems("{}") == "1:1: the policy has no Statement (write \"Statement\": [ … ])\n");
    CHECK(problems(R"({"Id": 5, "Statement": []})") ==
          "1:8: Id is a string, found a number\n1:24: warning: Statement is an empty list\n");
    CHECK(problems(R"({"Statement": {"Action": "*", "Resource": "*"}})") ==
          "1:15: statement 1: there is no Effect (write \"Effect\": \"Allow\" or \"Deny\")\n");
    CHECK(problems(R"({"Statement": {"Effect": "Deny", "Action": "*"}})") ==
          "1:15: statement 1: there is no Resource (write \"Resource\": \"*\" for all)\n");
    CHECK(
        problems(
            R"({"Statement": {"Effect": "Deny", "Action": "*", "NotAction": "*", "Resource": "*", "NotResource": "*"}})") ==
        "1:62: statement 1: Action and NotAction exclude each other\n"
        "1:99: statement 1: Resource and NotResource exclude each other\n");
    CHECK(problems(R"({"Statement": [{"Sid": "A", "Effect": "Deny", "Action": "*", "Resource": "*"},
 {"Sid": "A", "Effect": "Deny", "Action": "*", "Resource": "*"}]})") ==
          "2:2: the Sid 'A' stands twice (each is unique within a policy)\n");
    CHECK(problems(with(R"("Condition": [])")).find("a Condition is an object, found a list") != std::string::npos);
    CHECK(problems(with(R"("Condition": {"Bool": "x"})")).find("Bool is an object, found a string") !=
          std::string::npos);
    CHECK(problems(with(R"("Sid": null)")).find("Sid is a string, found null") != std::string::npos);
}

TEST_CASE("an element that stands twice is an error even where the reader of JSON let it pass") {
    const gw::Value document = gw::Object{
        {"Statement", gw::Object{{"Effect", "Deny"}, {"Effect", "Allow"}, {"Action", "*"}, {"Resource", "*"}}}};
    const auto policy = make_policy(document, {});
    REQUIRE_FALSE(policy);
    CHECK(policy.error().message == "statement 1: 'Effect' stands twice");
}

TEST_CASE("actions name a service and an action, with wildcards in the action") {
    for (const char* action :
         {"*", "**", "execute-api:*", "execute-api:Invoke", "EXECUTE-API:in?oke*", "*:*", "*:Invoke"}) {
        CAPTURE(action);
        CHECK(is_fine(with(R"("Action": ")" + std::string(action) + "\"")));
    }
    for (const char* action : {"", "Invoke", "execute-api", "execute-api:", ":Invoke", "exec*:Invoke", "a:b:c",
                               "execute-api:In voke", "execute-api:Invoke ", "?", "${aws:username}:x"}) {
        CAPTURE(action);
        CHECK(problems(with(R"("Action": ")" + std::string(action) + "\"")).find("is not an action") !=
              std::string::npos);
    }
}

TEST_CASE("resources are ARNs, and the short form belongs to the policy of an api") {
    CHECK(is_fine(with(R"("Resource": ["*", "arn:aws:execute-api:*", "arn:aws:s3"])")));
    CHECK(problems(with(R"("Resource": "execute-api:/*")")).find("is for the resource policy of an api") !=
          std::string::npos);
    CHECK(problems(with(R"("Resource": "api/*")")).find("is not an ARN") != std::string::npos);
    const std::string everyone = R"("Principal": "*", )";
    CHECK(is_fine(with(everyone + R"("Resource": "execute-api:/prod/GET/*")"), PolicyKind::resource));
    CHECK(is_fine(with(everyone + R"("Resource": "arn:aws:execute-api:*")"), PolicyKind::resource));
    CHECK(problems(with(everyone + R"("Resource": "arn:aws:execute-api")"), PolicyKind::resource)
              .find("names no resource") != std::string::npos);
    CHECK(expand_resource("execute-api:/prod/GET/pets", kApi) == kApi + "/prod/GET/pets");
    CHECK(expand_resource("execute-api:/*", kApi) == kApi + "/*");
    CHECK(expand_resource("execute-api:prod", kApi) == kApi + "/prod");
    CHECK(expand_resource("arn:aws:s3:::b", kApi) == "arn:aws:s3:::b");
    const auto document = gw::parse_json(with(everyone + R"("Resource": "execute-api:/*")"));
    REQUIRE(document);
    CHECK_FALSE(make_policy(*document, {PolicyKind::resource, "", "", ""}));
}

TEST_CASE("principals belong to resource policies, and there they must be") {
    CHECK(problems(with(R"("Principal": "*")")).find("the policy of an identity takes no principal") !=
          std::string::npos);
    CHECK(problems(with(R"("Sid": "x")"), PolicyKind::resource).find("there is no Principal") != std::string::npos);
    CHECK(is_fine(with(R"("Principal": {"AWS": ["*", "111122223333"], "Service": "lambda.amazonaws.com"})"),
                  PolicyKind::resource));
    CHECK(problems(with(R"("Principal": "alice")"), PolicyKind::resource).find("a Principal is \"*\" or an object") !=
          std::string::npos);
    CHECK(problems(with(R"("Principal": {"Aws": "*"})"), PolicyKind::resource).find("did you mean 'AWS'?") !=
          std::string::npos);
    CHECK(problems(with(R"("Principal": {"AWS": [5]})"), PolicyKind::resource).find("a principal is a string") !=
          std::string::npos);
    CHECK(
        problems(with(R"("Principal": ["*"])"), PolicyKind::resource).find("a Principal is an object, found a list") !=
        std::string::npos);
    CHECK(problems(with(R"("Principal": "*", "NotPrincipal": "*")"), PolicyKind::resource).find("exclude each other") !=
          std::string::npos);
    CHECK(problems(with(R"("Principal": {"AWS": "arn:aws:iam::111122223333:user/*"})"), PolicyKind::resource)
              .find("takes no wildcard") != std::string::npos);
}

TEST_CASE("what is enforceable and hardly meant is a warning") {
    CHECK(problems(with(R"("Action": [], "Condition": {"Bool": {}})")) ==
          "1:87: warning: statement 1: Action is an empty list\n"
          "1:105: warning: statement 1: Bool has no keys and asks nothing\n");
    CHECK(problems(with(R"("NotAction": "s3:*")")).find("warning: statement 1: NotAction with Allow") !=
          std::string::npos);
    CHECK(problems(with(R"("NotResource": "*")")).find("warning: statement 1: NotResource with Allow") !=
          std::string::npos);
    CHECK(problems(with(R"("NotPrincipal": {"AWS": "111122223333"})"), PolicyKind::resource)
              .find("warning: statement 1: NotPrincipal with Allow") != std::string::npos);
    CHECK(problems(with(R"("Principal": {})"), PolicyKind::resource).find("names nobody") != std::string::npos);
    CHECK(problems(with(R"("Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": "x"}})"))
              .find("ForAllValues with Allow") != std::string::npos);
    CHECK(
        problems(with(R"("Condition": {"StringEquals": {"aws:TagKeys": []}})")).find("aws:TagKeys is an empty list") !=
        std::string::npos);
}

TEST_CASE("only Version 2012-10-17 has variables, and their mistakes are told inside of the string") {
    const std::string broken = R"("Condition": {"StringEquals": {"aws:username": "x${"}})";
    CHECK(problems(with(broken)).find("1:141: statement 1: a policy variable has no end") == 0);
    CHECK(is_fine(with(broken, "2008-10-17")));
    CHECK(is_fine(R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${"}})"));
}

TEST_CASE("a policy as text is bounded, and its first error is given with its place") {
    const std::string huge = with(R"("Sid": ")" + std::string(kMaximumPolicy, 'x') + "\"");
    const auto large = parse_policy(huge, {});
    REQUIRE_FALSE(large);
    CHECK(large.error().code == gw::Errc::limit);
    const auto wrong = parse_policy("{\"Statement\":\n5}", {PolicyKind::identity, "", "p.json", ""});
    REQUIRE_FALSE(wrong);
    CHECK(gw::to_string(wrong.error()) == "p.json:2:1: statement 1: a statement is an object, found a number");
    CHECK_FALSE(parse_policy(R"({"Statement": [], "Statement": []})", {}));
    CHECK_FALSE(parse_policy("{", {}));
}
