#include "libgw/policy/auth/issuer/user.h"

#include "libgw/base/json.h"
#include "tests/support/catch.h"

namespace gw::issuer {

TEST_CASE("a user is a name and claims") {
    const auto plain = parse_user("alice");
    REQUIRE(plain);
    CHECK(plain->name == "alice");
    CHECK(plain->claims.empty());

    const auto full = parse_user("bob:groups=admin,groups=ops,email_verified=true,team=red,team=blue,custom:x=a=b");
    REQUIRE(full);
    CHECK(full->name == "bob");
    CHECK(full->groups == std::vector<std::string>{"admin", "ops"});
    CHECK(to_json(Value(full->claims)) == R"({"email_verified":true,"team":["red","blue"],"custom:x":"a=b"})");
    CHECK(full->text("custom:x") == "a=b");
    CHECK(full->text("team").empty());
}

TEST_CASE("a user is refused whose name is none or whose claims are the issuer's") {
    for (const char* text : {"", ":a=b", "a b", "alice:", "alice:groups", "alice:=x", "alice:iss=x", "alice:exp=1",
                             "alice:token_use=id", "alice:sub=1,sub=2", "al\nice"}) {
        INFO(text);
        const auto user = parse_user(text);
        REQUIRE_FALSE(user);
        CHECK(user.error().code == Errc::usage);
    }
}

TEST_CASE("the UUID of a text is the same each time and of version 8") {
    const std::string one = make_uuid("alice");
    CHECK(one == make_uuid("alice"));
    CHECK(one != make_uuid("bob"));
    REQUIRE(one.size() == 36);
    CHECK(one[14] == '8');
    CHECK(std::string("89ab").find(one[19]) != std::string::npos);
}

}  // namespace gw::issuer
