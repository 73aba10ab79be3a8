#include "libgw/policy/auth/sigv4/credential.h"

#include "tests/support/catch.h"
#include "tests/unit/policy/auth/sigv4/message.h"

using namespace gw;
using namespace gw::sigv4;
using namespace gw::sigv4::test;

TEST_CASE("an access key id is letters, digits and underscores") {
    CHECK(is_access_key_id("AKIAIOSFODNN7EXAMPLE"));
    CHECK(is_access_key_id("local_1"));
    CHECK(is_access_key_id(std::string(128, 'A')));
    CHECK_FALSE(is_access_key_id(""));
    CHECK_FALSE(is_access_key_id(std::string(129, 'A')));
    CHECK_FALSE(is_access_key_id("A/B"));
    CHECK_FALSE(is_access_key_id("A B"));
    CHECK_FALSE(is_access_key_id("A,B"));
}

TEST_CASE("a store finds keys by id and refuses what cannot be one") {
    CredentialStore store;
    REQUIRE(store.add(example_credential()));
    CHECK(store.size() == 1);
    REQUIRE(store.find(kKeyId) != nullptr);
    CHECK(store.find(kKeyId)->principal_arn == "arn:aws:iam::123456789012:user/alice");
    CHECK(store.find("akiaiosfodnn7example") == nullptr);
    CHECK(store.find("") == nullptr);

    const auto twice = store.add(example_credential());
    REQUIRE_FALSE(twice);
    CHECK(twice.error().code == Errc::config);
    CHECK(twice.error().message == "access key AKIAIOSFODNN7EXAMPLE is there twice");

    Credential bare;
    bare.access_key_id = "A";
    CHECK(store.add(bare).error().message == "access key A has no secret");
    bare.secret = Secret(std::string("s"));
    bare.expires = kNow;
    CHECK(store.add(bare).error().message == "access key A expires but has no session token");
    bare.access_key_id = "A B";
    CHECK(store.add(bare).error().message == "'A B' is not an access key id");
    CHECK(store.size() == 1);
}
