#include "libgw/policy/auth/issuer/keyring.h"

#include <set>
#include <string>

#include "tests/support/catch.h"

namespace gw::issuer {
namespace {

constexpr Date kNow{std::chrono::seconds(1800000000)};
using std::chrono::hours;
using std::chrono::minutes;

std::set<std::string> names(const KeyRing& ring, Date now) {
    std::set<std::string> all;
    for (const auth::Key& key : ring.published(now)) all.insert(key.kid());
    return all;
}

KeyRing make_ring(std::optional<Nanoseconds> period, bool for_each_use = false) {
    auto ring = KeyRing::make({auth::Algorithm::es256, for_each_use, for_each_use, period}, kNow);
    REQUIRE(ring);
    return *std::move(ring);
}

}  // namespace

TEST_CASE("a key was published for a whole period before it signs") {
    KeyRing ring = make_ring(hours(1));
    Date now = kNow;
    std::set<std::string> seen = names(ring, now);
    CHECK(seen.size() == 2);
    std::set<std::string> signers{ring.signer(Use::access).kid()};
    for (int turn = 0; turn < 5; ++turn) {
        REQUIRE(ring.advance(now + minutes(59)));
        CHECK(signers.contains(ring.signer(Use::access).kid()));
        now += hours(1);
        REQUIRE(ring.advance(now));
        INFO(turn);
        CHECK(seen.contains(ring.signer(Use::access).kid()));
        CHECK(signers.insert(ring.signer(Use::access).kid()).second);
        seen = names(ring, now);
    }
}

TEST_CASE("however long nobody asked, no key signs that was not published before") {
    KeyRing ring = make_ring(hours(1));
    const auto before = names(ring, kNow);
    REQUIRE(ring.advance(kNow + hours(100)));
    CHECK(before.contains(ring.signer(Use::access).kid()));
    const auto then = names(ring, kNow + hours(100));
    REQUIRE(ring.advance(kNow + hours(100) + minutes(59)));
    CHECK(names(ring, kNow + hours(100) + minutes(59)) == then);
}

TEST_CASE("a key stays until its last token has expired, and goes then") {
    KeyRing ring = make_ring(hours(1));
    const std::string first = ring.signer(Use::access).kid();
    ring.keep_until(Use::access, kNow + minutes(90));
    ring.keep_until(Use::access, kNow + minutes(70));
    REQUIRE(ring.advance(kNow + hours(1)));
    CHECK(ring.signer(Use::access).kid() != first);
    CHECK(names(ring, kNow + minutes(89)).contains(first));
    CHECK_FALSE(names(ring, kNow + minutes(90)).contains(first));
}

TEST_CASE("a key that never signed goes at once, and no more old keys are kept than a set may hold") {
    KeyRing ring = make_ring(hours(1));
    const std::string unused = ring.signer(Use::access).kid();
    REQUIRE(ring.rotate(kNow));
    CHECK_FALSE(names(ring, kNow).contains(unused));
    for (std::size_t turn = 0; turn < 70; ++turn) {
        ring.keep_until(Use::access, Date::max());
        REQUIRE(ring.rotate(kNow));
    }
    CHECK(ring.published(kNow).size() == KeyRing::kMostRetired + 2);
    CHECK(ring.published(kNow).size() <= auth::KeySet::kMaxKeys);
}

TEST_CASE("without a period one key signs for ever") {
    KeyRing ring = make_ring(std::nullopt);
    const std::string only = ring.signer(Use::access).kid();
    REQUIRE(ring.advance(kNow + hours(100000)));
    CHECK(ring.signer(Use::id).kid() == only);
    CHECK(ring.published(kNow).size() == 1);
}

TEST_CASE("with a key for each use two are published, by names as Cognito writes them") {
    KeyRing ring = make_ring(std::nullopt, true);
    CHECK(ring.signer(Use::access).kid() != ring.signer(Use::id).kid());
    CHECK(ring.published(kNow).size() == 2);
    CHECK(ring.signer(Use::id).kid().size() == 44);
    CHECK(ring.signer(Use::id).kid().ends_with('='));
}

TEST_CASE("a shared secret is not published") {
    const auto ring = KeyRing::make({auth::Algorithm::hs256, false, false, {}}, kNow);
    REQUIRE_FALSE(ring);
    CHECK(ring.error().code == Errc::usage);
}

}  // namespace gw::issuer
