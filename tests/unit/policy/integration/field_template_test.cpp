#include "libgw/policy/integration/field_template.h"

#include <map>
#include <string>

#include "libgw/base/text.h"
#include "libgw/policy/integration/http_proxy.h"
#include "libgw/wire/http/decoder.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::integration;

namespace {

using Values = std::map<std::string, std::string, std::less<>>;

std::string find(const void* self, std::string_view name) {
    const auto& values = *static_cast<const Values*>(self);
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
}

std::string fill(std::string_view text, const Values& values) {
    const auto made = FieldTemplate::compile(text);
    REQUIRE(made);
    return made->fill({find, &values});
}

/// What a target gets when the gateway sets `x-user: text` and the client sends these fields too.
std::string sent(const std::string& text, const Values& values, const std::string& fields = {}) {
    ProxySpec spec;
    spec.route = routing::RouteKey::parse("/{proxy+}").value();
    spec.authority = "target:3000";
    spec.edits = {{false, "x-user", text}};
    const auto proxy = HttpProxy::make(spec);
    REQUIRE(proxy);
    const http::Limits limits;
    http::RequestHead head;
    http::RequestDecoder decoder(limits);
    const std::string bytes = "GET /a HTTP/1.1\r\nhost: gateway\r\n" + fields + "\r\n";
    REQUIRE(decoder.decode(bytes, head).found == http::Found::head);
    const routing::Router router = routing::Router::make(spec.kind, {spec.route});
    routing::RouteMatch match;
    ProxyRequest request;
    request.head = &head;
    request.path = routing::make_request_path(head.path);
    request.match = &match;
    REQUIRE(router.find(head.method, request.path, match));
    request.context = {find, &values};
    std::string scratch;
    std::string out;
    REQUIRE_FALSE(proxy->write_request(request, scratch, out, Date{}));
    return out;
}

}  // namespace

TEST_CASE("field template: text without variables is itself, dollars too") {
    for (const std::string_view text : {"", "plain", "$5", "$context", "a $ b", "$contextual.x", "${context.path}"}) {
        INFO(text);
        const auto made = FieldTemplate::compile(text);
        REQUIRE(made);
        CHECK(made->is_plain());
        CHECK(made->fill({}) == text);
    }
}

TEST_CASE("field template: variables are filled in, text around them stays") {
    const Values values = {{"authorizer.claims.sub", "alice"},
                           {"authorizer.claims.cognito:groups", "[a b]"},
                           {"identity.sourceIp", "192.0.2.7"}};
    CHECK(fill("$context.authorizer.claims.sub", values) == "alice");
    CHECK(fill("user=$context.authorizer.claims.sub;", values) == "user=alice;");
    CHECK(fill("$context.authorizer.claims.sub@$context.identity.sourceIp.", values) == "alice@192.0.2.7.");
    CHECK(fill("<$context.authorizer.claims['cognito:groups']>", values) == "<[a b]>");
}

TEST_CASE("field template: a variable without value leaves nothing of the field, however much else there is") {
    const Values values = {{"identity.sourceIp", "192.0.2.7"}};
    CHECK(fill("user=$context.authorizer.claims.sub", values).empty());
    CHECK(fill("$context.identity.sourceIp $context.authorizer.claims.sub", values).empty());
    CHECK(fill("$context.authorizer.claims.sub $context.identity.sourceIp", values).empty());
    const auto made = FieldTemplate::compile("x $context.path");
    REQUIRE(made);
    CHECK(made->fill({}).empty());
}

TEST_CASE("field template: values that cannot stand in a field leave it out") {
    for (const std::string& bad :
         {std::string("a\r\nx-admin: yes"), std::string("a\nb"), std::string("a\rb"), std::string("a\0b", 3),
          std::string("a\x7f"), std::string("\x1b[2J"), std::string("\r\n\r\nGET / HTTP/1.1")}) {
        INFO(bad);
        CHECK(fill("$context.authorizer.claims.sub", {{"authorizer.claims.sub", bad}}).empty());
        CHECK(fill("a $context.authorizer.claims.sub b", {{"authorizer.claims.sub", bad}}).empty());
    }
    // white space at an end would be taken off on the way, and leave another's name
    for (const std::string bad : {" admin", "admin ", "\tadmin", "  "})
        CHECK(fill("$context.authorizer.claims.sub", {{"authorizer.claims.sub", bad}}).empty());
    CHECK(fill("$context.authorizer.claims.name", {{"authorizer.claims.name", "J\u00f6rg\t1"}}) == "J\u00f6rg\t1");
}

TEST_CASE("field template: what a variable says is not looked through for variables") {
    const Values values = {{"authorizer.claims.sub", "$context.identity.sourceIp"}, {"identity.sourceIp", "192.0.2.7"}};
    CHECK(fill("$context.authorizer.claims.sub", values) == "$context.identity.sourceIp");
}

TEST_CASE("field template: variables that a request does not have are refused, with column and what was meant") {
    const auto made = FieldTemplate::compile("by $context.identity.sourceIP");
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Errc::config);
    CHECK(made.error().where->column == 4);
    CHECK(made.error().hint == "did you mean '$context.identity.sourceIp'?");
    for (const std::string_view text :
         {"$context.status", "$context.integration.latency", "$context.", "$context.authorizer.claims",
          "$context.authorizer.claims.", "$context.authorizer.claims['']", "$context.identity.apiKey"}) {
        INFO(text);
        CHECK_FALSE(FieldTemplate::compile(text));
    }
}

TEST_CASE("field template: the names of claims are any, those of other variables are known") {
    CHECK(is_request_variable("authorizer.claims.anything at all"));
    CHECK(is_request_variable("identity.userArn"));
    CHECK_FALSE(is_request_variable("authorizer.claims."));
    CHECK_FALSE(is_request_variable("identity.apiKey"));
    CHECK_FALSE(is_request_variable("status"));
    CHECK_FALSE(is_request_variable(""));
}

TEST_CASE("field template: a target sees the gateway's field and never the client's") {
    const Values alice = {{"authorizer.claims.sub", "alice"}};
    const std::string forged = "X-User: mallory\r\nx-user: admin\r\n";
    const std::string known = sent("$context.authorizer.claims.sub", alice, forged);
    CHECK(known.find("\r\nx-user: alice\r\n") != std::string::npos);
    CHECK(to_lower(known).find("mallory") == std::string::npos);
    CHECK(known.find("admin") == std::string::npos);
    // nobody is known: the field is absent, and the client's words do not take its place
    CHECK(to_lower(sent("$context.authorizer.claims.sub", {}, forged)).find("x-user") == std::string::npos);
}

TEST_CASE("field template: a claim adds no field and ends no request") {
    const Values evil = {{"authorizer.claims.sub", "a\r\nx-admin: yes\r\n\r\nGET /admin HTTP/1.1\r\n"}};
    const std::string out = sent("$context.authorizer.claims.sub", evil);
    CHECK(out.find("admin") == std::string::npos);
    CHECK(out.find("\r\n\r\n") == out.size() - 4);
    CHECK(to_lower(out).find("x-user") == std::string::npos);
}

TEST_CASE("field template: the host of a target does not depend on the caller") {
    ProxySpec spec;
    spec.route = routing::RouteKey::parse("/{proxy+}").value();
    spec.authority = "target:3000";
    spec.edits = {{false, "host", "$context.authorizer.claims.host"}};
    CHECK_FALSE(HttpProxy::make(spec));
}
