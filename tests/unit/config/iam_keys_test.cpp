#include "libgw/config/iam_keys.h"

#include <array>

#include "libgw/base/time_text.h"
#include "libgw/policy/iam/evaluate.h"
#include "tests/support/catch.h"
#include "tests/support/map_sources.h"

using namespace gw;
using namespace gw::config;

namespace {

struct Read {
    IamKeys keys;
    Diagnostics diagnostics;
    [[nodiscard]] std::string told() const { return diagnostics.render(); }
};

Read read(const std::string& text, const test::MapSources& sources = {}, const std::string& file = "keys/access.yaml") {
    Read read;
    read.keys = read_iam_keys(text, file, sources, read.diagnostics);
    return read;
}

/// The only key of a text that is fine.
IamKey good(const std::string& text, const test::MapSources& sources = {}) {
    const Read all = read(text, sources);
    INFO(all.told());
    REQUIRE_FALSE(all.diagnostics.has_errors());
    REQUIRE(all.keys.size() == 1);
    return all.keys[0];
}

iam::Outcome judge(const iam::Policy& policy, std::string_view resource) {
    auto request = iam::Request::make(iam::Caller::parse("arn:aws:iam::123456789012:user/alice").value(),
                                      "execute-api:Invoke", resource, "123456789012", {});
    REQUIRE(request);
    const std::array<const iam::Policy*, 1> identity = {&policy};
    iam::PolicySet policies;
    policies.identity = identity;
    return iam::evaluate(*request, policies).outcome;
}

}  // namespace

TEST_CASE("iam keys: a key is an id and a secret, and stands for the account") {
    const IamKey key = good("AKIAALICE: {secret: wJalrXUtnFEMI}");
    CHECK(key.id == "AKIAALICE");
    CHECK(key.secret.expose() == "wJalrXUtnFEMI");
    CHECK(key.session_token.empty());
    CHECK_FALSE(key.expires);
    CHECK(key.principal.empty());
    CHECK_FALSE(key.policies);
    CHECK(key.session_policy == nullptr);
    CHECK(key.permissions_boundary == nullptr);
}

TEST_CASE("iam keys: everything that can be said of a key is read") {
    test::MapSources sources;
    sources.files["keys/boundary.yaml"] =
        "Version: '2012-10-17'\nStatement: {Effect: Allow, Action: '*', Resource: '*'}\n";
    const IamKey key = good(R"(
ASIAALICE:
  secret: wJalrXUtnFEMI
  session_token: the-token
  expires: 2026-11-26T12:00:00Z
  principal: arn:aws:sts::123456789012:assumed-role/reader/alice
  user_id: AROAREADER:alice
  tags: {team: shop, level: "3"}
  policies:
    - {Version: "2012-10-17", Statement: {Effect: Allow, Action: "execute-api:Invoke", Resource: "arn:aws:execute-api:*:*:*/*/GET/*"}}
  session_policy: {Version: "2012-10-17", Statement: {Effect: Deny, Action: "*", Resource: "*"}}
  permissions_boundary: boundary.yaml
)",
                            sources);
    CHECK(key.session_token.expose() == "the-token");
    CHECK(key.expires == parse_iso8601("2026-11-26T12:00:00Z"));
    CHECK(key.principal == "arn:aws:sts::123456789012:assumed-role/reader/alice");
    CHECK(key.user_id == "AROAREADER:alice");
    CHECK(key.tags == std::vector<std::pair<std::string, std::string>>{{"team", "shop"}, {"level", "3"}});
    REQUIRE(key.policies);
    REQUIRE(key.policies->size() == 1);
    const iam::Policy& policy = *key.policies->front();
    CHECK(judge(policy, "arn:aws:execute-api:us-east-1:123456789012:gw/dev/GET/a") == iam::Outcome::allowed);
    CHECK(judge(policy, "arn:aws:execute-api:us-east-1:123456789012:gw/dev/PUT/a") != iam::Outcome::allowed);
    CHECK(key.session_policy != nullptr);
    CHECK(key.permissions_boundary != nullptr);
}

TEST_CASE("iam keys: a key without policies may do everything, one with an empty list nothing") {
    CHECK_FALSE(good("A: {secret: abcdefghijklmnop}").policies);
    const IamKey none = good("A: {secret: abcdefghijklmnop, policies: []}");
    REQUIRE(none.policies);
    CHECK(none.policies->empty());
}

TEST_CASE("iam keys: a secret comes from where env and file say, without the line's end") {
    test::MapSources sources;
    sources.variables["ALICE"] = "from the environment";
    sources.files["keys/alice.txt"] = "from a file\r\n";
    CHECK(good("A: {secret: env:ALICE}", sources).secret.expose() == "from the environment");
    CHECK(good("A: {secret: file:alice.txt}", sources).secret.expose() == "from a file");
    CHECK(good("A: {secret: abcdefghijklmnop, session_token: env:ALICE}", sources).session_token.expose() ==
          "from the environment");
    CHECK(read("A: {secret: env:BOB}", sources).told() ==
          "keys/access.yaml:1:13: error: A.secret: the variable BOB is not set\n");
    CHECK(read("A: {secret: file:bob.txt}", sources).diagnostics.errors() == 1);
}

TEST_CASE("iam keys: a file named json is read as JSON") {
    const Read all = read(R"({"A": {"secret": "s"}, "B": {"secret": "t"}})", {}, "access.json");
    CHECK_FALSE(all.diagnostics.has_errors());
    CHECK(all.keys.size() == 2);
    CHECK(read("A: {secret: abcdefghijklmnop}", {}, "access.json").diagnostics.errors() == 1);
    CHECK(read(R"({"A": {"secret": "s"}, "A": {"secret": "t"}})", {}, "access.json").diagnostics.errors() == 1);
}

TEST_CASE("iam keys: whatever is wrong, no secret is told") {
    const std::string secret = "SENTINELsecret";
    for (const char* text :
         {"A: {secret: SENTINELsecret, principal: nobody}", "A: {secert: SENTINELsecret}", "A: SENTINELsecret",
          "A: {secret: SENTINELsecret", "A: {secret: SENTINELsecret, expires: never}", "A: {secret: [SENTINELsecret]}",
          "A: {secret: SENTINELsecret, session_token: 5}", "A: {secret: SENTINELsecret, tags: SENTINELsecret}",
          "A: {secret: SENTINELsecret, policies: {}}", "A: {secret: SENTINELsecret}\nA: {secret: SENTINELsecret}",
          "A b: {secret: SENTINELsecret}", "- SENTINELsecret", "A: {secret: SENTINELsecret, user_id: 5}",
          "A: {secret: SENTINELsecret,\n  policies: [{Statement: [{Effect: Maybe, Action: 'a:b', Resource: '*'}]}]}",
          "A:\n  secret: SENTINELsecret\n\tprincipal: x", "A: {secret: &a SENTINELsecret}",
          "A: {secret: !x SENTINELsecret}"}) {
        INFO(text);
        const Read all = read(text);
        CHECK(all.diagnostics.has_errors());
        CHECK(all.told().find(secret) == std::string::npos);
    }
    const Read json = read(R"({"A": {"secret": "SENTINELsecret" "principal": "x"}})", {}, "access.json");
    CHECK(json.diagnostics.has_errors());
    CHECK(json.told().find(secret) == std::string::npos);
}

TEST_CASE("iam keys: only who can sign is a principal, of an account") {
    for (const char* arn :
         {"arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:user/a/b/alice",
          "arn:aws:iam::123456789012:role/reader", "arn:aws:sts::123456789012:assumed-role/reader/alice",
          "arn:aws:sts::123456789012:federated-user/alice"}) {
        INFO(arn);
        CHECK(good(std::string("A: {secret: abcdefghijklmnop, principal: '") + arn + "'}").principal == arn);
    }
    for (const char* arn : {"alice", "arn:aws:iam::123456789012:group/people", "lambda.amazonaws.com", "*",
                            "arn:aws:iam::1:user/alice", "arn:aws:iam:::user/alice", "anonymous"}) {
        INFO(arn);
        CHECK(read(std::string("A: {secret: abcdefghijklmnop, principal: '") + arn + "'}").diagnostics.errors() == 1);
    }
}

TEST_CASE("iam keys: what expires is temporary, and says its token") {
    CHECK(read("A: {secret: abcdefghijklmnop, expires: 2026-11-26T12:00:00Z}").diagnostics.errors() == 1);
    CHECK(read("A: {secret: abcdefghijklmnop, session_token: t, expires: 2026-11-26T12:00:00Z}").diagnostics.empty());
    CHECK(read("A: {secret: abcdefghijklmnop, session_token: t, expires: 1785000000}").diagnostics.errors() == 1);
}

TEST_CASE("iam keys: a policy of an identity names no principal, one of a file is read from the folder of the keys") {
    test::MapSources sources;
    sources.files["keys/p.json"] =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]})";
    const Read all = read("A: {secret: abcdefghijklmnop, policies: [p.json]}", sources);
    REQUIRE(all.diagnostics.errors() == 1);
    CHECK(all.diagnostics.all()[0].where.file == "keys/p.json");
    CHECK(read("A: {secret: abcdefghijklmnop, policies: [q.json]}", sources).diagnostics.errors() == 1);
}

TEST_CASE("iam keys: a policy's file is quoted, and a file of keys in its place is not") {
    Diagnostics diagnostics;
    const std::string policy = "Version: '2012-10-17'\nStatement: {Effect: Allow, Action: '*', Resource: '*'}\n";
    REQUIRE(read_policy_text(policy, "p.yaml", diagnostics));
    diagnostics.error("said here", {"p.yaml", 1, 1});
    CHECK(diagnostics.render().find("2012-10-17") != std::string::npos);

    Diagnostics of_keys;
    REQUIRE(read_policy_text("A: {secret: SENTINELsecret}\n", "access.yaml", of_keys));
    of_keys.error("said here", {"access.yaml", 1, 1});
    CHECK(of_keys.render().find("SENTINEL") == std::string::npos);
    REQUIRE(read_policy_text("A: {secret: SENTINELsecret, policies: [{Statement: []}]}\n", "both.yaml", of_keys));
    of_keys.error("said here", {"both.yaml", 1, 1});
    CHECK(of_keys.render().find("SENTINEL") == std::string::npos);
}

TEST_CASE("iam keys: a file without keys, and one with too many, are refused") {
    CHECK(read("{}").diagnostics.errors() == 1);
    CHECK(read("").diagnostics.has_errors());
    std::string many;
    for (std::size_t i = 0; i <= kMostIamKeys; ++i) many += "A" + std::to_string(i) + ": {secret: abcdefghijklmnop}\n";
    const Read all = read(many);
    REQUIRE(all.diagnostics.errors() == 1);
    CHECK(all.diagnostics.all()[0].message == "more than 100000 access keys");
}
