#include "tests/support/iam_cases.h"

#include <algorithm>
#include <iterator>

#include "libgw/base/text.h"

namespace gw::test {

namespace {

constexpr std::string_view kCallers =
    "arn:aws:iam::111122223333:user/alice|arn:aws:iam::111122223333:user/path/bob|arn:aws:iam::444455556666:user/alice|"
    "arn:aws:sts::111122223333:assumed-role/dev/s1|arn:aws:sts::444455556666:assumed-role/dev/s1|"
    "arn:aws:iam::111122223333:role/dev|arn:aws:sts::111122223333:federated-user/alice|lambda.amazonaws.com|anonymous";
constexpr std::string_view kPrincipals =
    "*|111122223333|arn:aws:iam::444455556666:root|arn:aws:iam::111122223333:user/alice|"
    "arn:aws:iam::111122223333:user/path/bob|arn:aws:iam::444455556666:user/alice|arn:aws:iam::111122223333:role/dev|"
    "arn:aws:iam::111122223333:role/team/dev|arn:aws:sts::111122223333:assumed-role/dev/s1|"
    "arn:aws:sts::111122223333:assumed-role/dev/s2|arn:aws:sts::111122223333:federated-user/alice";
constexpr std::string_view kActions =
    "execute-api:Invoke|execute-api:invoke|Execute-API:*|*|execute-api:?nvoke|execute-api:Invoke?|execute-api:*e|"
    "execute-api:ManageConnections|s3:GetObject|*:Inv*";
constexpr std::string_view kApi = "arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5";
constexpr std::string_view kPaths =
    "/test/GET/pets|/test/GET/pets/1|/prod/GET/pets/1/toys|/prod/PUT/Pets|/dev/POST/admin|/test/OPTIONS/admin/users|"
    "/dev/GET/|/prod/GET/users/alice/x|/prod/GET/red/1|/test/GET/*|/test/GET/a:b";
constexpr std::string_view kResources =
    "/*|/test/*|/*/GET/*|/test/GET/pets*|/?est/GET/*|/prod/*/admin*|/*/*/toys|/*/${aws:username}/*|"
    "/*/${aws:PrincipalTag/team}/1|/*/${aws:PrincipalTag/team, "
    "'red'}/?|/test/GET/${*}|/*/*/?ets|/test/GET/pets|/dev/GET/";
constexpr std::string_view kWholeResources =
    "*|arn:aws:execute-api:*|arn:aws:execute-api:us-east-1:*:*|arn:aws:execute-api:*:*:*/*/GET/*|arn:aws:s3:::b/*|"
    "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/*|arn:aws:execute-api:us-*-1:1111*:a1b2*";

struct Family {
    std::string_view operators;
    std::string_view keys;
    std::string_view values;
};
constexpr Family kFamilies[] = {
    {"StringEquals|StringNotEquals|StringEqualsIgnoreCase|StringNotEqualsIgnoreCase",
     "aws:username|aws:PrincipalTag/team|AWS:useragent|aws:TagKeys|aws:SourceVpc",
     "red|Red|blue|alice|curl/8.0|team|env|${aws:username}|${aws:PrincipalTag/team}|${aws:PrincipalTag/none, "
     "'red'}|r*d"},
    {"StringLike|StringNotLike", "aws:username|aws:PrincipalTag/team|aws:UserAgent|aws:TagKeys|aws:SourceVpc",
     "r*|*e*|?ed|curl/*|*|${aws:username}|${aws:PrincipalTag/team}*|r${*}d|t??m|*${aws:SourceVpc}"},
    {"NumericEquals|NumericNotEquals|NumericLessThan|NumericLessThanEquals|NumericGreaterThan|NumericGreaterThanEquals",
     "aws:EpochTime|aws:MultiFactorAuthAge|aws:username", "300|300.0|-5|1590000000|0.5|3600"},
    {"DateEquals|DateNotEquals|DateLessThan|DateLessThanEquals|DateGreaterThan|DateGreaterThanEquals",
     "aws:CurrentTime|aws:EpochTime|aws:TokenIssueTime",
     "2020-06-01T12:00:00Z|2026-01-01T00:00:00Z|2026-01-01|1590000000|2030-12-31T23:59:59Z|2020-06-01T13:00:00+01:00"},
    {"Bool", "aws:SecureTransport|aws:MultiFactorAuthPresent|aws:username", "true|false|True|${aws:SecureTransport}"},
    {"BinaryEquals", "aws:SourceVpc|aws:username", "dnBj|YWJj"},
    {"IpAddress|NotIpAddress", "aws:SourceIp",
     "0.0.0.0/0|10.0.0.0/8|192.0.2.0/24|2001:db8::/32|::/0|10.0.0.5|::ffff:10.0.0.0/104|2001:db8::1|203.0.113.77/32"},
    {"ArnEquals|ArnLike|ArnNotEquals|ArnNotLike", "aws:PrincipalArn|aws:username|aws:SourceArn",
     "arn:aws:iam::*:role/d*|arn:aws:iam::111122223333:user/alice|arn:aws:iam::*:user/*|arn:aws:iam::*:*/"
     "${aws:username}|"
     "arn:aws:iam::${aws:PrincipalAccount}:*"},
    {"Null", "aws:SourceVpc|aws:username|aws:TagKeys", "true|false"},
};

}  // namespace

std::string IamCases::pick(std::string_view words) {
    const auto all = split(words, '|');
    return std::string(all[random_.below(all.size())]);
}

Value IamCases::some(std::string_view words, unsigned most) {
    if (chance(50)) return pick(words);
    Array list;
    for (std::uint64_t count = 1 + random_.below(most); count > 0; --count) list.push_back(pick(words));
    return list;
}

Value IamCases::make_context(const std::string& caller) {
    Object context;
    const auto maybe = [&](std::string_view key, std::string_view values) {
        if (chance(55)) context.push_back({std::string(key), pick(values)});
    };
    maybe("aws:SourceIp", "10.0.0.5|203.0.113.77|2001:db8::1|192.0.2.9|::ffff:10.0.0.9|unknown");
    maybe("aws:SecureTransport", "true|false");
    maybe("aws:CurrentTime", "2020-06-01T12:00:00Z|2026-01-01T00:00:00Z|2030-12-31T23:59:59Z");
    maybe("aws:EpochTime", "1590000000|1767225600");
    maybe("aws:UserAgent", "curl/8.0|Mozilla/5.0");
    maybe("aws:PrincipalTag/team", "red|Red|blue|r*d||*");
    maybe("aws:SourceVpc", "vpc|dnBj|d");
    maybe("aws:MultiFactorAuthAge", "10|300|3600");
    maybe("aws:MultiFactorAuthPresent", "true|false");
    maybe("aws:TokenIssueTime", "2025-12-31T00:00:00Z|1590000000");
    if (chance(50)) context.push_back({"aws:TagKeys", some("team|env|Team|red|t*m", 3)});
    const auto parts = split(caller, ':');
    if (parts.size() == 6 && chance(90)) {
        const std::string account(parts[4]);
        context.push_back({"aws:PrincipalAccount", account});
        const bool is_session = caller.find(":assumed-role/") != std::string::npos;
        context.push_back({"aws:PrincipalArn", is_session ? "arn:aws:iam::" + account + ":role/dev" : caller});
        if (caller.find(":user/") != std::string::npos) {
            context.push_back({"aws:username", caller.substr(caller.rfind('/') + 1)});
        }
    }
    return context;
}

Value IamCases::make_conditions() {
    Object conditions;
    for (std::uint64_t count = 1 + random_.below(2); count > 0; --count) {
        const Family& family = kFamilies[random_.below(std::size(kFamilies))];
        std::string op = pick(family.operators);
        if (op != "Null") {
            if (chance(20)) op += "IfExists";
            if (chance(20)) op = pick("ForAllValues:|ForAnyValue:") + op;
        }
        if (std::any_of(conditions.begin(), conditions.end(), [&](const Member& member) { return member.key == op; }))
            continue;
        const std::string key = pick(family.keys);
        conditions.push_back({op, Object{{key, some(family.values, 3)}}});
    }
    return conditions;
}

Value IamCases::make_statement(bool has_principal) {
    Object statement{{"Effect", chance(75) ? "Allow" : "Deny"}};
    if (has_principal) {
        Value principal = "*";
        if (chance(75)) {
            principal = chance(15) ? Object{{"Service", some("lambda.amazonaws.com|s3.amazonaws.com")}}
                                   : Object{{"AWS", some(kPrincipals)}};
        }
        statement.push_back({chance(92) ? "Principal" : "NotPrincipal", std::move(principal)});
    }
    statement.push_back({chance(93) ? "Action" : "NotAction", some(kActions)});
    Array resources;
    for (std::uint64_t count = 1 + random_.below(2); count > 0; --count) {
        resources.push_back(chance(25) ? pick(kWholeResources) : std::string(kApi) + pick(kResources));
    }
    statement.push_back({chance(93) ? "Resource" : "NotResource", std::move(resources)});
    if (chance(45)) statement.push_back({"Condition", make_conditions()});
    return statement;
}

Value IamCases::make_policy(bool has_principal) {
    Object policy{{"Version", "2012-10-17"}};
    if (chance(15)) {
        policy.push_back({"Statement", make_statement(has_principal)});
    } else {
        Array statements;
        for (std::uint64_t count = 1 + random_.below(3); count > 0; --count)
            statements.push_back(make_statement(has_principal));
        policy.push_back({"Statement", std::move(statements)});
    }
    return policy;
}

Value IamCases::make_deny(bool has_principal) {
    Value statement = make_statement(has_principal);
    for (Member& member : *statement.if_object()) {
        if (member.key == "Effect") member.value = "Deny";
    }
    return statement;
}

Value IamCases::ask() {
    Object into;
    const std::string caller = pick(kCallers);
    into.push_back({"principal", caller});
    into.push_back(
        {"action", pick("execute-api:Invoke|execute-api:Invoke|execute-api:Invoke|execute-api:ManageConnections")});
    into.push_back({"resource", std::string(kApi) + pick(kPaths)});
    into.push_back({"resourceAccount", "111122223333"});
    into.push_back({"context", make_context(caller)});
    return into;
}

Value IamCases::next() {
    Value question = ask();
    Object& made = *question.if_object();
    Array identity;
    for (std::uint64_t count = random_.below(3); count > 0; --count) identity.push_back(make_policy(false));
    made.push_back({"identityPolicies", std::move(identity)});
    made.push_back({"resourcePolicy", chance(65) ? make_policy(true) : Value()});
    if (chance(25)) made.push_back({"sessionPolicy", make_policy(false)});
    if (chance(25)) made.push_back({"permissionBoundary", make_policy(false)});
    return question;
}

}  // namespace gw::test
