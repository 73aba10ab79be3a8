#include "libgw/policy/iam/match/arn.h"

#include "tests/support/catch.h"

using namespace gw::iam;
using Place = ArnPattern::Place;

namespace {

std::string match(std::string_view pattern, std::string_view arn, Place place = Place::resource) {
    Context context;
    context.set("aws:username", std::string("alice"));
    context.set("aws:PrincipalTag/colon", std::string("111122223333:user/evil"));
    context.set("aws:SourceArn", std::string("arn:aws:iam::1:user/x"));
    auto made = ArnPattern::parse(pattern, true, place);
    REQUIRE(made);
    const auto name = Arn::parse(arn);
    REQUIRE(name);
    switch (made->matches(*name, context)) {
        case Match::yes: return "yes";
        case Match::no: return "no";
        case Match::unknown: break;
    }
    return "unknown";
}

const std::string kPet = "arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/pets/1";

}  // namespace

TEST_CASE("an ARN has six parts, and its resource may hold colons") {
    const auto arn = Arn::parse("arn:aws:execute-api:us-east-1:111122223333:api/prod/GET/a:b:c");
    REQUIRE(arn);
    CHECK(arn->partition == "aws");
    CHECK(arn->service == "execute-api");
    CHECK(arn->region == "us-east-1");
    CHECK(arn->account == "111122223333");
    CHECK(arn->resource == "api/prod/GET/a:b:c");
    CHECK(Arn::parse("arn:::::"));
    for (const char* text :
         {"", "arn", "arn:", "arn:aws:s3::", "*", "ARN:aws:s3:::b", "urn:aws:s3:::b", " arn:aws:s3:::b"}) {
        CAPTURE(text);
        CHECK_FALSE(Arn::parse(text));
    }
}

TEST_CASE("each part of an ARN is matched by itself, and a star of the last reaches over everything") {
    CHECK(match(kPet, kPet) == "yes");
    CHECK(match("*", kPet) == "yes");
    CHECK(match("**", kPet) == "yes");
    CHECK(match("arn:aws:execute-api:*:*:*", kPet) == "yes");
    CHECK(match("arn:aws:execute-api:*:*:a1b2c3d4e5/*/GET/*", kPet) == "yes");
    CHECK(match("arn:aws:execute-api:*:*:*/*/GET/*", kPet) == "yes");
    CHECK(match("arn:aws:execute-api:us-*-1:1111*:a1b2*", kPet) == "yes");
    CHECK(match("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/*", kPet) == "yes");
    CHECK(match("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/*", kPet) == "yes");
    CHECK(match("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/p?od/GET/pets/?", kPet) == "yes");
    CHECK(match("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/Pets/1", kPet) == "no");
    CHECK(match("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/pets", kPet) == "no");
    CHECK(match("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/pets/1/", kPet) == "no");
    CHECK(match("arn:aws:EXECUTE-API:us-east-1:111122223333:*", kPet) == "no");
    CHECK(match("arn:*:execute-api:us-east-1:111122223333:*", kPet) == "yes");
}

TEST_CASE("no wildcard of an ARN reaches over one of the first five colons") {
    CHECK(match("arn:aws:execute-api:*:a1b2c3d4e5/*:", kPet) == "no");
    CHECK(match("arn:aws:*:111122223333:a1b2c3d4e5/prod:x:y", kPet) == "no");
    CHECK(match("arn:aws:execute-api:us-east-1:?????:*", kPet) == "no");
    CHECK(match("arn:aws:s3:::b*c", "arn:aws:s3:::b:x:c") == "yes");
}

TEST_CASE("parts that a resource leaves out at its end are any") {
    CHECK(match("arn:aws:execute-api:*", kPet) == "yes");
    CHECK(match("arn:aws:execute-api", kPet) == "yes");
    CHECK(match("arn:aws:s3", kPet) == "no");
    CHECK(match("arn:aws:execute-api:eu-west-1", kPet) == "no");
}

TEST_CASE("what a request puts into an ARN is literal") {
    const std::string star = "arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/*";
    CHECK(match(kPet, star) == "no");
    CHECK(match("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/${*}", star) == "yes");
    CHECK(match("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/${*}", kPet) == "no");
    const std::string encoded = "arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/%2a";
    CHECK(match("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/pets", encoded) == "no");
    CHECK(match("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/${*}", encoded) == "no");
    CHECK(match("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/pets",
                "arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/p?ts") == "no");
    // "arn:aws:iam::111122223333:user/evil:user/x" is not read as that account's.
    const std::string patched = "arn:aws:iam::${aws:PrincipalTag/colon}:user/x";
    CHECK(match(patched, "arn:aws:iam::111122223333:user/evil:user/x", Place::condition) == "no");
}

TEST_CASE("variables of an ARN stand behind the fifth colon of a resource, and anywhere in a condition") {
    CHECK(match("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/alice/x") == "yes");
    CHECK(match("arn:aws:s3:::b/${aws:userid}/*", "arn:aws:s3:::b/alice/x") == "unknown");
    CHECK(match("arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/alice", Place::condition) == "yes");
    CHECK(match("arn:aws:iam::${aws:userid}:user/x", "arn:aws:iam::1:user/x", Place::condition) == "unknown");
    CHECK(match("${aws:SourceArn}", "arn:aws:iam::1:user/x", Place::condition) == "yes");
    CHECK(match("${aws:SourceArn}", "arn:aws:iam::1:user/y", Place::condition) == "no");
    const auto refused = ArnPattern::parse("arn:aws:s3:${aws:username}::b", true, Place::resource);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "the region of a resource takes no policy variable");
    CHECK(refused.error().where->column == 12);
    CHECK(ArnPattern::parse("arn:aws:s3:${aws:username}::b", false, Place::resource));
}

TEST_CASE("what is no ARN is refused, and in a condition also what has not six parts") {
    for (const char* text : {"", "b*", "*/GET/*", "execute-api:/*", "?"}) {
        CAPTURE(text);
        CHECK_FALSE(ArnPattern::parse(text, true, Place::resource));
        CHECK_FALSE(ArnPattern::parse(text, true, Place::condition));
    }
    for (const char* text : {"*", "arn:aws:s3:::", "arn:aws:s3:*", "arn:aws:sns:us-east-1:1", "x${aws:SourceArn}"}) {
        CAPTURE(text);
        CHECK(ArnPattern::parse(text, true, Place::condition).has_value() ==
              (std::string_view(text) == "arn:aws:s3:::"));
    }
    const auto refused = ArnPattern::parse("arn:aws:s3:::b/${", true, Place::resource);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().where->column == 16);
}

TEST_CASE("the resource of a request names stage, method and path") {
    const ApiName api{"aws", "us-east-1", "123456789012", "gw"};
    CHECK(api.arn() == "arn:aws:execute-api:us-east-1:123456789012:gw");
    CHECK(to_invoke_arn(api, "prod", "GET", "/pets/1") == api.arn() + "/prod/GET/pets/1");
    CHECK(to_invoke_arn(api, "$default", "GET", "pets") == api.arn() + "/$default/GET/pets");
    CHECK(to_invoke_arn(api, "prod", "GET", "/") == api.arn() + "/prod/GET/");
    CHECK(to_invoke_arn(api, "prod", "GET", "//a%2Fb") == api.arn() + "/prod/GET//a%2Fb");
}
