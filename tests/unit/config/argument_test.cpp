#include "libgw/config/argument.h"

#include "libgw/base/units.h"
#include "libgw/config/check.h"
#include "libgw/config/document.h"
#include "tests/support/catch.h"
#include "tests/support/map_sources.h"

using namespace gw;
using namespace gw::config;
using namespace std::chrono_literals;

namespace {

struct Read {
    Api api;
    Model model;
    Diagnostics diagnostics;
};

const test::MapSources& world() {
    static const test::MapSources sources(
        std::map<std::string, std::string>{{"page.html", "<p>"}, {"keys.json", "{}"}});
    return sources;
}

Read route(std::string_view text) {
    Read read;
    read_route_argument(text, read.api, world(), read.diagnostics);
    return read;
}

Read group(std::string_view text) {
    Read read;
    read_group_argument(text, read.model, world(), read.diagnostics);
    return read;
}

Read option(std::string_view name, std::string_view path, std::string_view text) {
    Read read;
    read_option(name, path, text, read.model, world(), read.diagnostics);
    return read;
}

/// The only route of a text that is fine.
Route good(std::string_view text) {
    Read read = route(text);
    INFO(read.diagnostics.render());
    REQUIRE(read.diagnostics.empty());
    REQUIRE(read.api.routes.size() == 1);
    return read.api.routes[0];
}

}  // namespace

TEST_CASE("config argument: a route has method, path and target") {
    const Route one = good("GET /pets/{id}=http://127.0.0.1:3000/v1/{id}");
    CHECK(one.route_key == "GET /pets/{id}");
    CHECK(one.method == "GET");
    CHECK(one.path == "/pets/{id}");
    CHECK(one.integration.url.path == "/v1/{id}");
    CHECK(good("/a=http://h").route_key == "ANY /a");
    CHECK(good("$default=http://h").route_key == "$default");
    CHECK(good("/a=http+unix:/run/x.sock:/y").integration.unix_socket == "/run/x.sock");
    CHECK(good("/a=group:api/v1").integration.group == "api");
}

TEST_CASE("config argument: a target alone takes every path, the root too") {
    for (const char* text : {"http://127.0.0.1:3000", "group:api", "mock:200:a=b"}) {
        Read read = route(text);
        CHECK(read.diagnostics.empty());
        REQUIRE(read.api.routes.size() == 2);
        CHECK(read.api.routes[0].route_key == "ANY /{proxy+}");
        CHECK(read.api.routes[1].route_key == "ANY /");
        CHECK(read.api.routes[0].integration == read.api.routes[1].integration);
        read.model.apis.push_back(read.api);
        read.model.groups["api"].targets.push_back({"h:1", 1, {}});
        Diagnostics checked;
        check(read.model, checked);
        INFO(checked.render());
        CHECK_FALSE(checked.has_errors());
    }
}

TEST_CASE("config argument: the first '=' splits path from target") {
    CHECK(good("/a=mock:200:b=c=d").integration.body == "b=c=d");
}

TEST_CASE("config argument: options stand behind ';' and nothing else does") {
    const Route all = good("GET /a=http://h/x;timeout=5s;host=keep;max-body=1MiB;delay=200ms+-50ms;fail=5%=503");
    CHECK(all.timeout == Nanoseconds(5s));
    CHECK(all.host == HostPolicy::keep);
    CHECK(all.max_body == 1048576);
    CHECK(all.delay == Delay{200ms, 50ms});
    CHECK(all.fault == Fault{5, 503});
    CHECK(all.integration.url.path == "/x");
    CHECK(good("/a=http://h/x;v=1;timeout=1s").integration.url.path == "/x;v=1");
    CHECK(good("/a=mock:200:a;b").integration.body == "a;b");
    CHECK(good("/a=mock:200:a;b=c;d").integration.body == "a;b=c;d");
    CHECK(good("/a=mock:200:a\\;timeout=1s").integration.body == "a;timeout=1s");
    CHECK(good("/a=mock:200:a\\;timeout=1s;timeout=2s").timeout == Nanoseconds(2s));
    const Read bare = route("http://h;timeout=2s");
    REQUIRE(bare.api.routes.size() == 2);
    CHECK(bare.api.routes[1].timeout == Nanoseconds(2s));
}

TEST_CASE("config argument: the body of a mock may come from a file") {
    const Route page = good("/a=mock:200:@page.html");
    CHECK(page.integration.body == "<p>");
    CHECK(page.integration.text == "mock:200:@page.html");
    CHECK(route("/a=mock:200:@nothing").diagnostics.render() ==
          "command line: error: file nothing: no such file or directory\n"
          "      | /a=mock:200:@nothing\n"
          "      |    ^~~~~~~~~~~~~~~~~\n");
}

TEST_CASE("config argument: what is wrong with a route is told at its column") {
    const auto check = [](std::string_view text, std::uint32_t column, std::string_view message) {
        Read read = route(text);
        INFO(text << "\n" << read.diagnostics.render());
        REQUIRE(read.diagnostics.errors() == 1);
        CHECK(read.diagnostics.all()[0].where == Location{"command line", 1, column});
        CHECK(read.diagnostics.all()[0].message.find(message) != std::string::npos);
    };
    check("", 1, "neither PATH=TARGET nor a target");
    check("/a", 1, "neither PATH=TARGET nor a target");
    check("localhost:3000", 1, "neither PATH=TARGET nor a target");
    check("/a=", 4, "the target is missing");
    check("get /a=http://h", 1, "'get' is not a method");
    check("GET /a/{=http://h", 8, "");
    check("GET /é=http://h", 6, "cannot");
    check("/a=htp://h", 4, "is not a target");
    check("/a=http://h/?q", 13, "a target has no query");
    check("/a=http://u@h/", 11, "user name");
    check("/a=http://h/é?x", 14, "a target has no query");
    check("/a=lambda:f@http://h", 4, "do not exist in this version");
    check("/a=exec:./f", 4, "do not exist in this version");
    check("/a=soap:f.wsdl", 4, "do not exist in this version");
    check("/a=ws://h", 4, "do not exist in this version");
    check("$connect=http://h", 1, "is no path");
    check("GET /a http://h", 7, "joined by '='");
    check("/a = mock:200", 4, "joined by '='");
    check("/a= mock:200", 3, "joined by '='");
    check("/a=http://h:0/", 11, "the port is not valid");
    check("sendMessage=http://h", 1, "is no path");
    check("/a=http://h;timeout=5", 21, "timeout: duration '5' has no unit");
    check("/a=http://h;timeout=1ms", 21, "out of range");
    check("/a=http://h;max-body=1x", 22, "max-body");
    check("/a=http://h;host=mine", 18, "unknown value 'mine'");
    check("/a=http://h;fail=5%=200", 18, "fail");
    check("/a=http://h;delay=", 19, "delay");
    check("/a=http://h;timout=5s", 13, "unknown option 'timout'");
    check("/a=http://h;auth=a b", 18, "is not the name of an authorizer");
    check("/a=http://h;soap=x", 13, "a route has no option 'soap' in this version");
    check("/a=mock:200:b;scope=write", 15, "a route has no option 'scope' in this version");
    check("/a=http://h;timeout=5s;timeout=6s", 24, "option 'timeout' stands twice");
    CHECK(route("/a=http://h;timout=5s").diagnostics.all()[0].hint.find("did you mean 'timeout'?") == 0);
}

TEST_CASE("config argument: every ROUTE has a line of its own") {
    Read read;
    read_route_argument("/a=http://h", read.api, world(), read.diagnostics);
    read_route_argument("/b=nothing", read.api, world(), read.diagnostics);
    CHECK(
        read.diagnostics.render().starts_with("command line: error: 'nothing' is not a target\n      | /b=nothing\n"));
}

TEST_CASE("config argument: a group has targets, an algorithm and a health check") {
    Read read = group("api=host:3001,[::1]:3002,unix:/x;algo=hash:ip;health=/healthz;interval=1s;fall=4;rise=5;max=7");
    INFO(read.diagnostics.render());
    REQUIRE(read.diagnostics.empty());
    const Group& api = read.model.groups.at("api");
    CHECK(api.name == "api");
    REQUIRE(api.targets.size() == 3);
    CHECK(api.targets[1].address == "[::1]:3002");
    CHECK(api.targets[2].address == "unix:/x");
    CHECK(api.algorithm == Algorithm::hash);
    CHECK(api.hash_key == "ip");
    REQUIRE(api.health);
    CHECK(*api.health == HealthCheck{"/healthz", 1s, 1s, 4, 5});
    CHECK(api.max_outstanding == 7);
    CHECK_FALSE(group("a=h:1").model.groups.at("a").health);
    CHECK(group("a=h:1;algo=least").model.groups.at("a").algorithm == Algorithm::least_outstanding);
}

TEST_CASE("config argument: what is wrong with a group is told at its column") {
    const auto check = [](std::string_view text, std::uint32_t column, std::string_view message) {
        Read read = group(text);
        INFO(text << "\n" << read.diagnostics.render());
        REQUIRE(read.diagnostics.errors() == 1);
        CHECK(read.diagnostics.all()[0].where.column == column + 8);  // behind "--group "
        CHECK(read.diagnostics.all()[0].message.find(message) != std::string::npos);
    };
    check("api", 1, "no targets");
    check("=h:1", 1, "is not the name of a group");
    check("a b=h:1", 1, "is not the name of a group");
    check("api=", 5, "no port");
    check("api=h:1,", 9, "no port");
    check("api=h:1,h:0", 9, "port 0");
    check("api=h:1;algo=fast", 14, "'fast' is not an algorithm");
    check("api=h:1;max=0", 13, "out of range");
    check("api=h:1;max=x", 13, "whole number");
    check("api=h:1;health=x", 16, "is not a path");
    check("api=h:1;interval=5s", 9, "needs health=PATH");
    check("api=h:1;health=/;interval=5", 27, "has no unit");
    check("api=h:1;zebra=1", 9, "unknown option 'zebra'");
    check("api=h:1;algoo=rr", 9, "unknown option 'algoo'");
    Read read = group("a=h:1");
    read_group_argument("a=h:2", read.model, world(), read.diagnostics);
    CHECK(read.diagnostics.render().find("command line: error: group 'a' stands twice") == 0);
}

TEST_CASE("config argument: an option reads what a key of the file reads, and is named") {
    CHECK(option("--timeout", "limits.timeout", "5s").model.limits.timeout == Nanoseconds(5s));
    CHECK(option("--max-body", "limits.maxBody", "none").model.limits.max_body == kNoLimit);
    CHECK(option("--max-connections", "limits.maxConnections", "0").model.limits.max_connections == 0u);
    CHECK(option("--workers", "workers", "3").model.workers == 3);
    CHECK(option("--host", "host", "keep").model.host == HostPolicy::keep);
    CHECK(option("--metrics", "metrics", "127.0.0.1:9100").model.metrics == "127.0.0.1:9100");
    CHECK(option("--log", "logs.file", "a.log").model.logs.file == "a.log");
    CHECK(option("--upstream-ca", "upstreamTls.ca", "ca.pem").model.upstream_tls.ca == "ca.pem");
    CHECK(option("--account", "accountId", "012345678901").model.account == "012345678901");
    CHECK(option("--delay", "delay", "5ms").model.delay == Delay{5ms, 0ms});
    Read read = option("--timeout", "limits.timeout", "5");
    CHECK(read.diagnostics.render() ==
          "command line: error: --timeout: duration '5' has no unit\n"
          "      | --timeout 5\n"
          "      |           ^\n"
          "  hint: write 5s, 5ms or 5m\n");
    CHECK(option("--workers", "workers", "many").diagnostics.errors() == 1);
    CHECK(option("--trust-proxy", "trustProxy", "10.0.0.1/8").diagnostics.errors() == 1);
}

TEST_CASE("config argument: options that repeat add to their list") {
    Read read;
    for (const char* text : {"10.0.0.0/8", "::1"})
        read_option("--trust-proxy", "trustProxy", text, read.model, world(), read.diagnostics);
    read_option("--listen", "listeners", "127.0.0.1:0", read.model, world(), read.diagnostics);
    read_option("--listen", "listeners", "unix:/x", read.model, world(), read.diagnostics);
    read_option("--set-header", "requestHeaders.set", "X-A: b", read.model, world(), read.diagnostics);
    read_option("--remove-header", "requestHeaders.remove", "cookie", read.model, world(), read.diagnostics);
    INFO(read.diagnostics.render());
    CHECK(read.diagnostics.empty());
    CHECK(read.model.trust_proxy == std::vector<std::string>{"10.0.0.0/8", "::1/128"});
    REQUIRE(read.model.listeners.size() == 2);
    CHECK(read.model.listeners[1].address == "unix:/x");
    REQUIRE(read.model.field_edits.size() == 2);
    CHECK(read.model.field_edits[0] == FieldEdit{false, "X-A", "b", {}});
    CHECK(read.model.field_edits[1] == FieldEdit{true, "cookie", "", {}});
    read_option("--set-header", "requestHeaders.set", "Host: x", read.model, world(), read.diagnostics);
    CHECK(read.diagnostics.errors() == 1);
}

TEST_CASE("config argument: what a command line says, a document can say too") {
    Read read;
    for (const char* text : {"GET /a=http://h/x;timeout=5s;fail=5%", "mock:200:hello", "/b=group:g"}) {
        read_route_argument(text, read.api, world(), read.diagnostics);
    }
    read_group_argument("g=h:1;health=/up", read.model, world(), read.diagnostics);
    read.model.apis.push_back(read.api);
    REQUIRE(read.diagnostics.empty());
    Diagnostics again;
    const Model model = read_document(write_document(read.model), "x.yaml", world(), again);
    INFO(again.render());
    CHECK(again.empty());
    CHECK(model == read.model);
}

TEST_CASE("config argument: blanks around '=' are answered with what was meant") {
    CHECK(route("GET /a http://h").diagnostics.all()[0].hint == "'GET /a=http://h'");
    CHECK(route("/a = mock:200").diagnostics.all()[0].hint == "'/a=mock:200'");
    CHECK(good("/a=mock:200:b = c").integration.body == "b = c");
}

TEST_CASE("config argument: a value that the environment gave is told by its variable") {
    Read read;
    read_option("GW_SERVE_TIMEOUT", "limits.timeout", "5", read.model, world(), read.diagnostics);
    CHECK(
        read.diagnostics.render().starts_with("environment: error: GW_SERVE_TIMEOUT: duration '5' has no unit\n"
                                              "      | GW_SERVE_TIMEOUT=5\n"
                                              "      |                  ^\n"));
}

TEST_CASE("config argument: what is no number where one is wanted is said so") {
    const Read read = option("--workers", "workers", "x");
    REQUIRE(read.diagnostics.errors() == 1);
    CHECK(read.diagnostics.all()[0].message == "--workers: 'x' is not a whole number");
    CHECK(read.diagnostics.all()[0].hint == "0 to 1024");
}

TEST_CASE("config argument: an option notes where its key was said") {
    Read read;
    Places places;
    read_option("--metrics", "metrics", "127.0.0.1:1", read.model, world(), read.diagnostics, &places);
    CHECK(places.at("metrics").file == kCommandLine);
    CHECK(is_from_options(places.at("metrics")));
    CHECK_FALSE(is_from_options({"gw.yaml", 1, 1}));
}

TEST_CASE("config argument: a route says who may call it") {
    CHECK(good("GET /a=mock:200;auth=jwt").auth == "jwt");
    CHECK(good("GET /a=mock:200;auth=none").auth == "none");
    CHECK(good("GET /a=mock:200").auth.empty());
    CHECK(good("GET /a=mock:200:x\\;auth=jwt").integration.body == "x;auth=jwt");
    CHECK(route("GET /a=mock:200;auth=a b").diagnostics.errors() == 1);
    CHECK(route("GET /a=mock:200;auht=jwt").diagnostics.all()[0].hint.starts_with("did you mean 'auth'?"));
}

TEST_CASE("config argument: options of an authorizer are its keys, and lists grow") {
    Authorizer jwt;
    Diagnostics diagnostics;
    const auto say = [&](std::string_view name, std::string_view key, std::string_view text) {
        read_authorizer_option(name, key, text, jwt, world(), diagnostics);
    };
    say("--jwt", "issuer", "https://login.example.com/");
    say("--jwt-audience", "audience", "shop");
    say("--jwt-audience", "audience", "api://shop");
    say("--jwt-alg", "algorithms", "ES256");
    say("--jwt-alg", "algorithms", "EdDSA");
    say("--jwt-leeway", "leeway", "5s");
    say("--jwt-jwks", "jwks", "@keys.json");
    INFO(diagnostics.render());
    REQUIRE(diagnostics.empty());
    CHECK(jwt.issuer == "https://login.example.com/");
    CHECK(jwt.audience == std::vector<std::string>{"shop", "api://shop"});
    CHECK(jwt.algorithms == std::vector<auth::Algorithm>{auth::Algorithm::es256, auth::Algorithm::eddsa});
    CHECK(jwt.leeway == 5s);
    CHECK(jwt.jwks == "file:keys.json");

    say("--jwt-alg", "algorithms", "none");
    say("--jwt-leeway", "leeway", "5");
    say("--jwt-jwks", "jwks", "keys.json");
    say("--jwt", "issuer", "login.example.com");
    CHECK(diagnostics.errors() == 4);
    CHECK(jwt.algorithms.size() == 2);
    CHECK(diagnostics.render().find("command line: error: --jwt-alg: unknown value 'none'\n"
                                    "      | --jwt-alg none\n") != std::string::npos);
}

TEST_CASE("config argument: --cognito is a pool with clients, use and endpoint") {
    Authorizer pool;
    Diagnostics diagnostics;
    read_cognito_argument("eu-central-1_AbCdEfGhI,client=one,client=two,use=access,endpoint=http://127.0.0.1:9229",
                          pool, world(), diagnostics);
    INFO(diagnostics.render());
    REQUIRE(diagnostics.empty());
    CHECK(pool.type == Authorizer::Type::cognito);
    CHECK(pool.user_pools == std::vector<std::string>{"eu-central-1_AbCdEfGhI"});
    CHECK(pool.clients == std::vector<std::string>{"one", "two"});
    CHECK(pool.use == auth::TokenUse::access);
    CHECK(pool.endpoint == "http://127.0.0.1:9229");
    for (const char* bad : {"", "nonsense", "us-east-1_Abc123456,clients=x", "us-east-1_Abc123456,use=refresh",
                            "us-east-1_Abc123456,client", "us-east-1_Abc123456,endpoint=localhost:9229"}) {
        INFO(bad);
        Diagnostics told;
        Authorizer other;
        read_cognito_argument(bad, other, world(), told);
        CHECK(told.errors() == 1);
    }
}

TEST_CASE("config argument: --policy names the file of a policy, and what is wrong in it stands there") {
    const test::MapSources sources(std::map<std::string, std::string>{
        {"p.yaml", "Version: '2012-10-17'\nStatement: {Effect: Allow, Principal: '*', Action: '*', Resource: '*'}\n"},
        {"bad.yaml", "Version: [\n"}});
    Api api;
    Diagnostics diagnostics;
    read_policy_option("p.yaml", api, sources, diagnostics);
    REQUIRE(diagnostics.empty());
    REQUIRE(api.policy);
    CHECK(api.policy->file == "p.yaml");
    read_policy_option("bad.yaml", api, sources, diagnostics);
    read_policy_option("nowhere.yaml", api, sources, diagnostics);
    REQUIRE(diagnostics.errors() == 2);
    CHECK(diagnostics.all()[0].where.file == "bad.yaml");
    CHECK(diagnostics.all()[1].where.file == kCommandLine);
}
