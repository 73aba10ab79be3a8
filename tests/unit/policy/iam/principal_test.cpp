#include "libgw/policy/iam/principal.h"

#include "tests/support/catch.h"

using namespace gw::iam;
using Kind = Caller::Kind;

namespace {

Caller caller(std::string_view text) {
    auto parsed = Caller::parse(text);
    REQUIRE(parsed);
    return *std::move(parsed);
}

std::string match(std::string_view type, std::string_view principal, std::string_view who,
                  std::string_view user_id = "") {
    const auto pattern = PrincipalPattern::parse(type, principal);
    REQUIRE(pattern);
    Context context;
    if (!user_id.empty()) context.set("aws:userid", std::string(user_id));
    switch (pattern->matches(caller(who), context)) {
        case PrincipalMatch::none: return "none";
        case PrincipalMatch::account: return "account";
        case PrincipalMatch::behind: return "behind";
        case PrincipalMatch::direct: return "direct";
        case PrincipalMatch::everyone: break;
    }
    return "everyone";
}

const std::string kAlice = "arn:aws:iam::111122223333:user/alice";
const std::string kSession = "arn:aws:sts::111122223333:assumed-role/dev/s1";

}  // namespace

TEST_CASE("callers are told apart by their text") {
    struct Row {
        const char* text;
        Kind kind;
        const char* account;
        const char* name;
    };
    const Row row = GENERATE(values<Row>({
        {"anonymous", Kind::anonymous, "", ""},
        {"arn:aws:iam::111122223333:root", Kind::root, "111122223333", ""},
        {"arn:aws:iam::111122223333:user/path/bob", Kind::user, "111122223333", "bob"},
        {"arn:aws-cn:iam::111122223333:role/a/dev", Kind::role, "111122223333", "dev"},
        {"arn:aws:sts::111122223333:assumed-role/dev/s1", Kind::session, "111122223333", "dev"},
        {"arn:aws:sts::111122223333:federated-user/bob", Kind::federated_user, "111122223333", "bob"},
        {"lambda.amazonaws.com", Kind::service, "", ""},
        {"accounts.google.com", Kind::other, "", ""},
        {"arn:aws:iam::111122223333:saml-provider/x", Kind::other, "111122223333", ""},
    }));
    CAPTURE(row.text);
    const Caller parsed = caller(row.text);
    CHECK(parsed.kind() == row.kind);
    CHECK(parsed.text() == row.text);
    CHECK(parsed.account() == row.account);
    CHECK(parsed.name() == row.name);
    CHECK_FALSE(Caller::parse(""));
    CHECK_FALSE(Caller::parse("arn:aws:iam::1"));
    CHECK(caller(kSession).identity_arn() == "arn:aws:iam::111122223333:role/dev");
    CHECK(caller(kAlice).identity_arn() == kAlice);
    CHECK(Caller().kind() == Kind::anonymous);
}

TEST_CASE("everyone is everyone, and only that names an anonymous caller") {
    for (const char* who : {"anonymous", "lambda.amazonaws.com", "arn:aws:iam::444455556666:user/x"}) {
        CHECK(match("AWS", "*", who) == "everyone");
    }
    CHECK(match("AWS", kAlice, "anonymous") == "none");
    CHECK(match("AWS", "111122223333", "anonymous") == "none");
    CHECK(match("Service", "anonymous", "anonymous") == "none");
}

TEST_CASE("an account names all that belong to it, in both of its forms") {
    for (const char* account : {"111122223333", "arn:aws:iam::111122223333:root"}) {
        CHECK(match("AWS", account, kAlice) == "account");
        CHECK(match("AWS", account, kSession) == "account");
        CHECK(match("AWS", account, "arn:aws:iam::111122223333:root") == "account");
        CHECK(match("AWS", account, "arn:aws:iam::444455556666:user/alice") == "none");
        CHECK(match("AWS", account, "lambda.amazonaws.com") == "none");
    }
}

TEST_CASE("an ARN names the user exactly, its case and path too") {
    CHECK(match("AWS", kAlice, kAlice) == "direct");
    CHECK(match("AWS", kAlice, "arn:aws:iam::111122223333:user/Alice") == "none");
    CHECK(match("AWS", kAlice, "arn:aws:iam::111122223333:user/path/alice") == "none");
    CHECK(match("AWS", kAlice, "arn:aws:iam::444455556666:user/alice") == "none");
    CHECK(match("AWS", kAlice, "arn:aws:iam::111122223333:user/*") == "none");
}

TEST_CASE("a role stands behind its sessions, whatever its path") {
    CHECK(match("AWS", "arn:aws:iam::111122223333:role/dev", kSession) == "behind");
    CHECK(match("AWS", "arn:aws:iam::111122223333:role/team/dev", kSession) == "behind");
    CHECK(match("AWS", "arn:aws:iam::111122223333:role/Dev", kSession) == "behind");
    CHECK(match("AWS", "arn:aws:iam::111122223333:role/dev", "arn:aws:iam::111122223333:role/dev") == "behind");
    CHECK(match("AWS", kSession, kSession) == "direct");
    CHECK(match("AWS", "arn:aws:sts::111122223333:assumed-role/dev/s2", kSession) == "none");
    CHECK(match("AWS", "arn:aws:iam::111122223333:role/dev2", kSession) == "none");
    CHECK(match("AWS", "arn:aws:iam::444455556666:role/dev", kSession) == "none");
    CHECK(match("AWS", "arn:aws-cn:iam::111122223333:role/dev", kSession) == "none");
    CHECK(match("AWS", "arn:aws:iam::111122223333:user/dev", kSession) == "none");
}

TEST_CASE("a user stands behind its federated sessions") {
    const std::string federated = "arn:aws:sts::111122223333:federated-user/alice";
    CHECK(match("AWS", kAlice, federated) == "behind");
    CHECK(match("AWS", federated, federated) == "direct");
    CHECK(match("AWS", "arn:aws:iam::111122223333:role/alice", federated) == "none");
    CHECK(match("AWS", "arn:aws:iam::111122223333:user/path/alice", federated) == "none");
}

TEST_CASE("services, providers and unique ids are named exactly") {
    CHECK(match("Service", "lambda.amazonaws.com", "lambda.amazonaws.com") == "direct");
    CHECK(match("Service", "s3.amazonaws.com", "lambda.amazonaws.com") == "none");
    CHECK(match("Federated", "accounts.google.com", "accounts.google.com") == "direct");
    CHECK(match("CanonicalUser", "79a59df9", "79a59df9") == "direct");
    CHECK(match("AWS", "AIDAJQABLZS4A3QDU576Q", kAlice, "AIDAJQABLZS4A3QDU576Q") == "direct");
    CHECK(match("AWS", "AROAJQABLZS4A3QDU576Q", kSession, "AROAJQABLZS4A3QDU576Q:s1") == "behind");
    CHECK(match("AWS", "AROAJQABLZS4A3QDU576Q", kSession, "AROAJQABLZS4A3QDU576QX:s1") == "none");
    CHECK(match("AWS", "AIDAJQABLZS4A3QDU576Q", kAlice) == "none");
}

TEST_CASE("a principal that could name nobody is refused") {
    for (const char* text :
         {"", "alice", "arn:aws:iam::111122223333:user/*", "arn:aws:iam::*:root", "1111*", "11112222333",
          "arn:aws:s3:::bucket", "arn:aws:iam::1:user/a", "arn:aws:iam::111122223333:", "?"}) {
        CAPTURE(text);
        const auto parsed = PrincipalPattern::parse("AWS", text);
        REQUIRE_FALSE(parsed);
        CHECK_FALSE(parsed.error().hint.empty());
    }
    CHECK_FALSE(PrincipalPattern::parse("Service", "*"));
    CHECK_FALSE(PrincipalPattern::parse("Federated", "*.example.com"));
    CHECK_FALSE(PrincipalPattern::parse("Group", "x"));
}
