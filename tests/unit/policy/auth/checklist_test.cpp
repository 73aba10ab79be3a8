#include "libgw/policy/auth/checklist.h"

#include "tests/support/catch.h"

using gw::auth::Checklist;

TEST_CASE("a checklist is good when every check is, and is told in one line", "[auth]") {
    Checklist checks;
    CHECK(checks.good());
    CHECK(checks.line().empty());
    checks.add("form", true, {});
    checks.add("aud", true, "web");
    CHECK(checks.good());
    checks.add("exp", false, "expired 5m 0s ago");
    CHECK_FALSE(checks.good());
    CHECK(checks.line() == "form ok, aud ok (web), exp no (expired 5m 0s ago)");
}

TEST_CASE("what a checklist quotes is cut", "[auth]") {
    Checklist checks;
    checks.add("sub", true, std::string(256, 's'));
    checks.add("sub", true, std::string(257, 's'));
    CHECK(checks.checks()[0].found.size() == 256);
    CHECK(checks.checks()[1].found.size() == 256);
    CHECK(checks.checks()[1].found.ends_with("s..."));
}
