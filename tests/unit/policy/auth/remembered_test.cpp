#include "libgw/policy/auth/remembered.h"

#include "tests/support/catch.h"
#include "tests/unit/policy/auth/keys.h"

using namespace gw;
using namespace gw::auth;
using namespace gw::auth::test_keys;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<const Token> token_until(Nanoseconds lifetime) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lifetime).count() + kNowSeconds;
    auto claims = Claims::parse("{\"exp\":" + std::to_string(seconds) + "}");
    return std::make_shared<const Token>(Token{{}, std::move(found_in(claims))});
}

TokenIdentity identity(std::string_view token) { return {sha256(token), 1, 1, 1}; }

}  // namespace

TEST_CASE("what was remembered is found, by the whole token, for the same authorizer, rules and keys",
          "[auth][remembered]") {
    Remembered remembered;
    const auto token = token_until(1h);
    const TokenIdentity known{sha256("a.b.c"), 7, 3, 5};
    CHECK(remembered.find(known, kNow) == nullptr);
    remembered.remember(known, token, kNow);
    CHECK(remembered.find(known, kNow) == token);
    CHECK(remembered.find({sha256("a.b.d"), 7, 3, 5}, kNow) == nullptr);
    CHECK(remembered.find({sha256("a.b.c"), 8, 3, 5}, kNow) == nullptr);
    CHECK(remembered.find({sha256("a.b.c"), 7, 4, 5}, kNow) == nullptr);
    CHECK(remembered.find({sha256("a.b.c"), 7, 3, 6}, kNow) == nullptr);
    CHECK(remembered.find(known, kNow) == token);
    remembered.clear();
    CHECK(remembered.find(known, kNow) == nullptr);
}

TEST_CASE("nothing is found at or after exp, nor after the time to live", "[auth][remembered]") {
    Remembered remembered(16, 5min);
    remembered.remember(identity("short"), token_until(60s), kNow);
    remembered.remember(identity("long"), token_until(24h), kNow);
    CHECK(remembered.find(identity("short"), kNow + 60s - 1ns) != nullptr);
    CHECK(remembered.find(identity("short"), kNow + 60s) == nullptr);
    CHECK(remembered.find(identity("long"), kNow + 5min - 1ns) != nullptr);
    CHECK(remembered.find(identity("long"), kNow + 5min) == nullptr);
    CHECK(remembered.size() == 0);
    // expired already, but let through by the leeway
    remembered.remember(identity("late"), token_until(-10s), kNow);
    CHECK(remembered.size() == 0);
    auto endless = Claims::parse("{}");
    remembered.remember(identity("endless"), std::make_shared<const Token>(Token{{}, found_in(endless)}), kNow);
    CHECK(remembered.find(identity("endless"), kNow + 5min) == nullptr);
}

TEST_CASE("a calendar that goes back finds nothing", "[auth][remembered]") {
    Remembered remembered;
    remembered.remember(identity("a"), token_until(1h), kNow);
    CHECK(remembered.find(identity("a"), kNow - 1s) == nullptr);
    CHECK(remembered.find(identity("a"), kNow) == nullptr);
}

TEST_CASE("the one that was not used for longest goes first", "[auth][remembered]") {
    Remembered remembered(3);
    for (const char* name : {"a", "b", "c"}) remembered.remember(identity(name), token_until(1h), kNow);
    CHECK(remembered.find(identity("a"), kNow) != nullptr);
    remembered.remember(identity("d"), token_until(1h), kNow);
    CHECK(remembered.size() == 3);
    CHECK(remembered.find(identity("b"), kNow) == nullptr);
    for (const char* name : {"a", "c", "d"}) CHECK(remembered.find(identity(name), kNow) != nullptr);
    remembered.remember(identity("a"), token_until(1h), kNow);
    CHECK(remembered.size() == 3);
    Remembered nothing(0);
    nothing.remember(identity("a"), token_until(1h), kNow);
    CHECK(nothing.size() == 0);
}
