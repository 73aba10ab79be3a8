#include "libgw/base/secret_line.h"

#include <string>

#include "tests/support/catch.h"

using namespace gw;

TEST_CASE("a secret goes by many names") {
    for (const char* name : {"token", "adminToken", "admin_token", "ADMIN-TOKEN", "secret", "client_secret", "password",
                             "passwd", "passphrase", "x-api-key", "apiKey", "apiKeys", "AWS_SECRET_ACCESS_KEY",
                             "accessKey", "credentials", "my.private-key"})
        CHECK(is_secret_name(name));
    for (const char* name : {"", "key", "keys", "routeKey", "route_key", "tk", "apiKeyRequired", "keyed", "hash"})
        CHECK_FALSE(is_secret_name(name));
}

TEST_CASE("a line with something behind such a name may hold a secret, however it is written") {
    for (const char* line :
         {"adminToken: abc", "  - adminTokn: x, apikey: abc", R"({"secret":"abc"})", "password = abc",
          "  'api-key' : abc", "apiKey: [abc]", "apiKeys: {a: b}", "token: 12", "https://h/?access_token=abc",
          "AKID: {secret: abc, policies: []}", "secret: truely", "{routeKey: GET /a, apiKey: abc}"})
        CHECK(may_hold_secret(line));
    for (const char* line :
         {"", "adminToken:", "adminToken: # comes later", "adminToken: env:NAME", "adminToken: 'file:a'",
          "apiKeyRequired: true", "password: null", "x-token: $context.requestId", "routeKey: GET /token", "key: k.pem",
          "keys: access.yaml", "timeout: 3s", "secret", ": abc", "= abc", "secret: |"})
        CHECK_FALSE(may_hold_secret(line));
}

TEST_CASE("a line that belongs to such a name may hold a secret too") {
    const std::string text =
        "version: 1\nadminToken: |\n  abc\n\n  def\napiKeys:\n  - id: a\n    vlue: abc\nroutes:\n  - id: b\n    x: c\n";
    const auto held = [&](std::string_view line) {
        const auto at = text.find("\n" + std::string(line) + "\n");
        REQUIRE(at != std::string::npos);
        return may_hold_secret(text, at + 1);
    };
    for (const char* line : {"  abc", "  def", "  - id: a", "    vlue: abc"}) CHECK(held(line));
    for (const char* line : {"adminToken: |", "apiKeys:", "routes:", "  - id: b", "    x: c"}) CHECK_FALSE(held(line));
    CHECK_FALSE(may_hold_secret(text, 0));
    CHECK(may_hold_secret("{\n  \"adminToken\":\n    \"abc\"\n}", 18));
}
