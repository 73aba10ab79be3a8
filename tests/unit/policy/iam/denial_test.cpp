#include "libgw/policy/iam/denial.h"

#include "tests/support/catch.h"

using namespace gw::iam;

namespace {

const std::string kPet = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/GET/pets";

Request ask(std::string_view caller) {
    auto request = Request::make(*Caller::parse(caller), "execute-api:Invoke", kPet, "", {});
    REQUIRE(request);
    return *std::move(request);
}

}  // namespace

TEST_CASE("a denial names caller, action and resource, with the owner's account masked") {
    CHECK(denial_message(ask("anonymous"), {Outcome::implicitly_denied, Part::resource, nullptr, nullptr}) ==
          "User: anonymous is not authorized to perform: execute-api:Invoke on resource: "
          "arn:aws:execute-api:us-east-1:********9012:a1b2c3d4e5/prod/GET/pets");
    CHECK(denial_message(ask("arn:aws:iam::123456789012:user/bob"),
                         {Outcome::explicitly_denied, Part::identity, nullptr, nullptr}) ==
          "User: arn:aws:iam::123456789012:user/bob is not authorized to perform: execute-api:Invoke on resource: "
          "arn:aws:execute-api:us-east-1:********9012:a1b2c3d4e5/prod/GET/pets with an explicit deny");
}

TEST_CASE("a denial by an authorizer's policy names nobody") {
    CHECK(authorizer_denial_message({Outcome::implicitly_denied, Part::identity, nullptr, nullptr}) ==
          "User is not authorized to access this resource");
    CHECK(authorizer_denial_message({Outcome::explicitly_denied, Part::identity, nullptr, nullptr}) ==
          "User is not authorized to access this resource with an explicit deny");
}

TEST_CASE("only an account of 12 digits is masked") {
    CHECK(mask_account("arn:aws:s3:::bucket") == "arn:aws:s3:::bucket");
    CHECK(mask_account("arn:aws:iam::1234:x") == "arn:aws:iam::1234:x");
    CHECK(mask_account("pets") == "pets");
    CHECK(mask_account("arn:aws:iam::123456789012:123456789012") == "arn:aws:iam::********9012:123456789012");
}
