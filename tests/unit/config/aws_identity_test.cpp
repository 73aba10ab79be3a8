#include "libgw/config/aws_identity.h"

#include <memory>

#include "tests/support/catch.h"
#include "tests/support/map_sources.h"

namespace gw::config {
namespace {

/// The home of somebody who has these files, until the next one is made.
test::MapSources& home_of(std::string credentials, std::string config = {}) {
    static std::unique_ptr<test::MapSources> sources;
    sources = std::make_unique<test::MapSources>();
    sources->variables["HOME"] = "/home/alice";
    if (!credentials.empty()) sources->files["/home/alice/.aws/credentials"] = std::move(credentials);
    if (!config.empty()) sources->files["/home/alice/.aws/config"] = std::move(config);
    return *sources;
}

constexpr const char* kCredentials =
    "# mine\n[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = se=cret+/1\n\n"
    "[dev]\r\nAWS_ACCESS_KEY_ID=AKIDDEV\r\naws_secret_access_key=devsecret\r\naws_session_token = token==\r\n";
constexpr const char* kConfig =
    "[default]\nregion = eu-west-1\n[profile dev]\nregion=eu-north-1\ns3 =\n  region = nowhere\n"
    "[sso-session x]\nregion = us-west-2\n[profile \"role\"]\nrole_arn = arn:aws:iam::1:role/x\n";

}  // namespace

TEST_CASE("the keys of the environment are taken first, whole, with their token") {
    auto& sources = home_of(kCredentials, kConfig);
    sources.variables["AWS_ACCESS_KEY_ID"] = "AKIDENV";
    sources.variables["AWS_SECRET_ACCESS_KEY"] = "envsecret";
    sources.variables["AWS_PROFILE"] = "dev";
    const auto found = find_aws_identity(sources, {}, {});
    REQUIRE(found);
    CHECK(found->access_key_id.value == "AKIDENV");
    CHECK(found->access_key_id.from == "AWS_ACCESS_KEY_ID");
    CHECK(found->secret.expose() == "envsecret");
    CHECK(found->session_token.empty());
    CHECK(found->region.value == "eu-north-1");
    CHECK(found->region.from == "/home/alice/.aws/config [profile dev]");

    const auto named = find_aws_identity(sources, "dev", {});
    REQUIRE(named);
    CHECK(named->access_key_id.value == "AKIDDEV");
    CHECK(named->session_token.expose() == "token==");
    CHECK(named->profile.from == "--profile");
}

TEST_CASE("profiles are read as the AWS CLI reads them") {
    auto& sources = home_of(kCredentials, kConfig);
    const auto plain = find_aws_identity(sources, {}, {});
    REQUIRE(plain);
    CHECK(plain->access_key_id.value == "AKIDDEFAULT");
    CHECK(plain->access_key_id.from == "/home/alice/.aws/credentials [default]");
    CHECK(plain->secret.expose() == "se=cret+/1");
    CHECK(plain->region.value == "eu-west-1");
    CHECK(plain->region.from == "/home/alice/.aws/config [default]");

    const auto role = find_aws_identity(sources, "role", {});
    REQUIRE(role);
    CHECK(role->access_key_id.value.empty());
    CHECK(role->why_none == "role_arn");

    const auto only_config =
        find_aws_identity(home_of("", "[profile p]\naws_access_key_id=AKIDP\naws_secret_access_key=s\n"), "p", {});
    REQUIRE(only_config);
    CHECK(only_config->access_key_id.value == "AKIDP");
}

TEST_CASE("the region is the flag's, the environment's, the profile's, in this order") {
    auto& sources = home_of(kCredentials, kConfig);
    sources.variables["AWS_DEFAULT_REGION"] = "ap-south-1";
    CHECK(find_aws_identity(sources, {}, {})->region.value == "ap-south-1");
    sources.variables["AWS_REGION"] = "us-west-2";
    CHECK(find_aws_identity(sources, {}, {})->region.value == "us-west-2");
    CHECK(find_aws_identity(sources, {}, "me-south-1")->region.from == "--region");
    CHECK(find_aws_identity(test::MapSources(), {}, {})->region.value.empty());
}

TEST_CASE("files lie where the environment says") {
    test::MapSources sources;
    sources.variables["HOME"] = "/home/alice";
    sources.variables["AWS_SHARED_CREDENTIALS_FILE"] = "~/keys";
    sources.files["/home/alice/keys"] = kCredentials;
    CHECK(find_aws_identity(sources, {}, {})->access_key_id.value == "AKIDDEFAULT");
}

TEST_CASE("nobody's credentials are no error, and a profile that is nowhere is one") {
    const auto none = find_aws_identity(test::MapSources(), {}, {});
    REQUIRE(none);
    CHECK(none->access_key_id.value.empty());
    const auto lost = find_aws_identity(home_of(kCredentials), "prod", {});
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == Errc::config);
    CHECK(lost.error().message == "there is no profile 'prod' (--profile)");
}

TEST_CASE("half of a key and a file that makes no sense are refused, and no secret is told") {
    auto& half = home_of(kCredentials);
    half.variables["AWS_ACCESS_KEY_ID"] = "AKIDENV";
    const auto lonely = find_aws_identity(half, {}, {});
    REQUIRE_FALSE(lonely);
    CHECK(lonely.error().message == "the environment has no AWS_SECRET_ACCESS_KEY");

    for (const char* text :
         {"[default\nx=y\n", "[default]\nhunter2\n", "[default]\naws_secret_access_key = hunter2\n"}) {
        INFO(text);
        const auto found = find_aws_identity(home_of(text), {}, {});
        REQUIRE_FALSE(found);
        CHECK(found.error().code == Errc::config);
        CHECK(to_string(found.error()).find("hunter2") == std::string::npos);
    }
}

}  // namespace gw::config
