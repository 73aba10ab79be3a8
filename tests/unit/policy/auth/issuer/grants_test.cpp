#include "libgw/policy/auth/issuer/grants.h"

#include "tests/support/catch.h"
#include "tests/unit/policy/auth/issuer/flow.h"

namespace gw::issuer {
namespace {

Session session_of(std::uint64_t number) { return {"alice", "web", "openid", "", "", kNow, number}; }

std::string why(const std::variant<Session, NoGrant>& answer) {
    const NoGrant* no = std::get_if<NoGrant>(&answer);
    return no == nullptr ? "" : std::string(no->why);
}

}  // namespace

TEST_CASE("the verifier of RFC 7636 fits its challenge and nothing else does") {
    CHECK(is_verifier_of(kVerifier, kChallenge));
    CHECK(is_challenge(kChallenge));
    std::string other = kVerifier;
    other.back() = 'j';
    CHECK_FALSE(is_verifier_of(other, kChallenge));
    CHECK_FALSE(is_verifier_of("", kChallenge));
    CHECK_FALSE(is_verifier_of(kChallenge, kChallenge));
    CHECK_FALSE(is_verifier_of(std::string(129, 'a'), kChallenge));
    CHECK_FALSE(is_challenge("short"));
    CHECK_FALSE(is_challenge(std::string(42, 'a') + "="));
}

TEST_CASE("a code is redeemed once, and coming again voids the tokens that it led to") {
    Random chance(1);
    const Dice dice = dice_of(chance);
    Grants grants;
    const auto code = grants.add_code(session_of(7), kRedirect, kChallenge, dice, kNow);
    REQUIRE(code);
    CHECK(code->size() == 43);
    const auto first = grants.redeem(*code, "web", kRedirect, kVerifier, kNow);
    REQUIRE(std::holds_alternative<Session>(first));
    CHECK(std::get<Session>(first).user == "alice");
    const auto refresh = grants.add_refresh(std::get<Session>(first), dice, kNow);
    const auto stranger = grants.add_refresh(session_of(8), dice, kNow);
    REQUIRE(refresh);
    REQUIRE(stranger);
    grants.note_access(std::get<Session>(first), "its access token");
    grants.note_access(session_of(8), "a stranger's access token");
    CHECK_FALSE(grants.is_void("its access token"));
    CHECK(why(grants.redeem(*code, "web", kRedirect, kVerifier, kNow)) == "this code was redeemed before");
    CHECK(why(grants.refresh(*refresh, "web", false, kNow)) == "this refresh token is not known, or was used before");
    CHECK(why(grants.refresh(*stranger, "web", false, kNow)).empty());
    CHECK(grants.is_void("its access token"));
    CHECK_FALSE(grants.is_void("a stranger's access token"));
    // and stays void, however many tokens are handed out later
    for (std::size_t i = 0; i < Grants::kMost; ++i) grants.note_access(session_of(9), std::to_string(i));
    CHECK(grants.is_void("its access token"));
}

TEST_CASE("a code is good for its client, its redirect_uri, its verifier and a minute only") {
    Random chance(1);
    const Dice dice = dice_of(chance);
    Grants grants;
    const auto code = grants.add_code(session_of(1), kRedirect, kChallenge, dice, kNow);
    REQUIRE(code);
    CHECK(why(grants.redeem("x", "web", kRedirect, kVerifier, kNow)) == "this code was never handed out, or long ago");
    CHECK(why(grants.redeem(*code, "other", kRedirect, kVerifier, kNow)) ==
          "this code was handed out to another client");
    CHECK(why(grants.redeem(*code, "web", "http://localhost/cb", kVerifier, kNow)) ==
          "redirect_uri is not the one of the authorization request");
    CHECK(why(grants.redeem(*code, "web", kRedirect, kChallenge, kNow)) ==
          "code_verifier does not match code_challenge");
    CHECK(why(grants.redeem(*code, "web", kRedirect, kVerifier, kNow + Grants::kCodeLifetime)) ==
          "this code has expired");
    CHECK(why(grants.redeem(*code, "web", kRedirect, kVerifier, kNow)).empty());
}

TEST_CASE("a refresh token is its client's, for thirty days, and void after use where that is wanted") {
    Random chance(1);
    const Dice dice = dice_of(chance);
    Grants grants;
    const auto token = grants.add_refresh(session_of(1), dice, kNow);
    REQUIRE(token);
    CHECK(why(grants.refresh(*token, "other", true, kNow)) == "this refresh token is another client's");
    CHECK(why(grants.refresh(*token, "web", false, kNow + Grants::kRefreshLifetime)) ==
          "this refresh token has expired");
    CHECK(why(grants.refresh(*token, "web", false, kNow)).empty());
    CHECK(why(grants.refresh(*token, "web", true, kNow)).empty());
    CHECK(why(grants.refresh(*token, "web", true, kNow)) == "this refresh token is not known, or was used before");
}

TEST_CASE("however many codes are handed out, only the last ones are remembered") {
    Random chance(1);
    const Dice dice = dice_of(chance);
    Grants grants;
    const auto first = grants.add_code(session_of(1), kRedirect, kChallenge, dice, kNow);
    REQUIRE(first);
    std::string last;
    for (std::size_t i = 0; i < Grants::kMost; ++i) {
        const auto code = grants.add_code(session_of(i + 2), kRedirect, kChallenge, dice, kNow);
        REQUIRE(code);
        last = *code;
    }
    CHECK(why(grants.redeem(*first, "web", kRedirect, kVerifier, kNow)) ==
          "this code was never handed out, or long ago");
    CHECK(why(grants.redeem(last, "web", kRedirect, kVerifier, kNow)).empty());
}

TEST_CASE("without chance no code is handed out") {
    Grants grants;
    const Dice empty = [](std::span<std::uint8_t>) -> Result<void> {
        return Error{Errc::internal, "no chance", {}, {}};
    };
    CHECK_FALSE(grants.add_code(session_of(1), kRedirect, kChallenge, empty, kNow));
}

}  // namespace gw::issuer
