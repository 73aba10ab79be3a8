#include "libgw/policy/auth/execute_api.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::auth;

namespace {
constexpr ExecuteApi kApi{"eu-west-1", "123456789012", "a1b2c3", "prod"};

std::string arn(std::string_view method, std::string_view path, bool websocket_api = false) {
    const auto request = http_request(kApi, method, path, websocket_api);
    return request ? std::string(request->action) + " " + request->arn : request.error().message;
}
}  // namespace

TEST_CASE("a request's resource is its path, not its route") {
    CHECK(arn("GET", "/pets/1") ==
          "execute-api:Invoke arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/prod/GET/pets/1");
    CHECK(arn("GET", "/") == "execute-api:Invoke arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/prod/GET/");
    CHECK(arn("GET", "") == arn("GET", "/"));
    CHECK(arn("POST", "/a%2Fb/") ==
          "execute-api:Invoke arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/prod/POST/a%2Fb/");
    CHECK(http_request({"us-east-1", "1", "x", "$default"}, "GET", "/pets")->arn ==
          "arn:aws:execute-api:us-east-1:1:x/$default/GET/pets");
}

TEST_CASE("a HEAD of any route asks for GET too, and a method in another case for that in capitals") {
    using Methods = std::vector<std::string>;
    CHECK(asked_methods("GET", false) == Methods{"GET"});
    CHECK(asked_methods("PURGE", false) == Methods{"PURGE"});
    CHECK(asked_methods("HEAD", false) == Methods{"HEAD", "GET"});
    CHECK(asked_methods("HEAD", true) == Methods{"HEAD"});
    CHECK(asked_methods("get", false) == Methods{"get", "GET"});
    CHECK(asked_methods("Head", false) == Methods{"Head", "HEAD", "GET"});
}

TEST_CASE("the connections of a WebSocket API are managed, not invoked") {
    constexpr std::string_view kStart = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/prod/";
    for (const char* path : {"/@connections/L0SM9cOFvHcCIhw%3D", "/%40connections/L0SM9cOFvHcCIhw="}) {
        CHECK(arn("POST", path, true) ==
              "execute-api:ManageConnections " + std::string(kStart) + "POST/@connections/L0SM9cOFvHcCIhw=");
    }
    CHECK(arn("GET", "/@connections", true) ==
          "execute-api:ManageConnections " + std::string(kStart) + "GET/@connections");
    CHECK(arn("GET", "/@connections/x") == "execute-api:Invoke " + std::string(kStart) + "GET/@connections/x");
    CHECK(arn("GET", "/@connectionsx", true).starts_with("execute-api:Invoke "));
    CHECK(arn("GET", "/a/@connections/x", true).starts_with("execute-api:Invoke "));
    CHECK(websocket_request(kApi, "$connect")->arn == std::string(kStart) + "$connect");
    CHECK(websocket_request(kApi, "$connect")->action == kInvoke);
}

TEST_CASE("a resource is at most as long as IAM compares") {
    const std::size_t start = arn("GET", "/").size() - std::string("execute-api:Invoke ").size();
    const std::string longest(kLongestArn - start, 'a');
    CHECK(http_request(kApi, "GET", "/" + longest)->arn.size() == kLongestArn);
    CHECK(http_request(kApi, "GET", "/" + longest + "a").error().code == Errc::limit);
    CHECK(websocket_request(kApi, std::string(kLongestArn, 'a')).error().code == Errc::limit);
}
