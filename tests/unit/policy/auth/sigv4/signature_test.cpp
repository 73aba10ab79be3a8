#include "libgw/policy/auth/sigv4/signature.h"

#include "libgw/base/encoding.h"
#include "tests/support/catch.h"
#include "tests/unit/policy/auth/sigv4/message.h"

using namespace gw;
using namespace gw::sigv4;
using namespace gw::sigv4::test;

TEST_CASE("a signing key is derived as the IAM User Guide derives its example") {
    const SigningKey key = SigningKey::derive(Secret(std::string("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")),
                                              {"20120215", "us-east-1", "iam"});
    CHECK(to_hex(key.expose()) == "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
}

TEST_CASE("a string to sign has four lines") {
    const std::string scope = Scope{"20150830", "us-east-1", "iam"}.text();
    CHECK(scope == "20150830/us-east-1/iam/aws4_request");
    CHECK(string_to_sign("20150830T123600Z", scope, "") ==
          "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n"
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a remembered signing key is the one that is derived") {
    SigningKeys keys;
    const Credential credential = example_credential();
    const Scope scope{"20260102", "us-east-1", "execute-api"};
    const std::string derived(SigningKey::derive(credential.secret, scope).expose());
    CHECK(keys.get(credential, scope).expose() == derived);
    CHECK(keys.get(credential, scope).expose() == derived);
    CHECK(keys.size() == 1);
    keys.clear();
    CHECK(keys.size() == 0);
    CHECK(keys.get(credential, scope).expose() == derived);
}

TEST_CASE("every part of a scope has a signing key of its own") {
    SigningKeys keys;
    const Credential credential = example_credential();
    std::vector<std::string> seen;
    for (const Scope& scope : {Scope{"20260102", "us-east-1", "execute-api"}, Scope{"20260103", "us-east-1", "s3"},
                               Scope{"20260102", "us-east-2", "execute-api"}, Scope{"20260102", "us-east-1", "s3"}}) {
        seen.emplace_back(keys.get(credential, scope).expose());
    }
    std::sort(seen.begin(), seen.end());
    CHECK(std::unique(seen.begin(), seen.end()) == seen.end());
    CHECK(keys.size() == 4);
}

TEST_CASE("signing keys are bounded, and the one not used for longest goes") {
    SigningKeys keys(2);
    Credential credential = example_credential();
    const Scope scope{"20260102", "us-east-1", "execute-api"};
    const auto get = [&](std::string id) {
        credential.access_key_id = std::move(id);
        return std::string(keys.get(credential, scope).expose());
    };
    const std::string same = get("A");
    get("B");
    get("A");
    get("C");
    CHECK(keys.size() == 2);
    CHECK(get("A") == same);
    for (int i = 0; i < 100; ++i) get("K" + std::to_string(i));
    CHECK(keys.size() == 2);
    SigningKeys none(0);
    CHECK(std::string(none.get(credential, scope).expose()) == same);
}

TEST_CASE("a signing key does not outlive a change of its secret") {
    SigningKeys keys;
    Credential credential = example_credential();
    const Scope scope{"20260102", "us-east-1", "execute-api"};
    const std::string before(keys.get(credential, scope).expose());
    credential.secret = Secret(std::string("another"));
    const std::string after(keys.get(credential, scope).expose());
    CHECK(before != after);
    CHECK(after == SigningKey::derive(credential.secret, scope).expose());
    CHECK(keys.size() == 1);
}

TEST_CASE("a signing key that was moved away is gone") {
    SigningKey key = SigningKey::derive(Secret(std::string("s")), {"20260102", "r", "s"});
    const std::string bytes(key.expose());
    const SigningKey taken = std::move(key);
    CHECK(taken.expose() == bytes);
    CHECK(key.expose() == std::string(32, '\0'));  // NOLINT(bugprone-use-after-move)
}
