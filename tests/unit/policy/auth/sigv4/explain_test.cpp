#include "libgw/policy/auth/sigv4/explain.h"

#include <functional>

#include "libgw/base/encoding.h"
#include "tests/support/catch.h"
#include "tests/unit/policy/auth/sigv4/message.h"

using namespace gw;
using namespace gw::sigv4;
using namespace gw::sigv4::test;
using std::chrono::seconds;

namespace {

Message sample() {
    Message message{"POST", "/prod/a%2Fb/./c", "b=2&a=x%20y&d&c=%2F", {}, "hello", {}};
    message.add("Host", std::string(kHost));
    message.add("X-Note", "one   two");
    return message;
}

/// Signs the canonical request after a client's mistake was made in it.
Message sign_wrongly(Message message, const std::function<void(std::string&)>& mistake,
                     const Credential& credential = example_credential()) {
    const Signed right = sign_message(message, credential);
    std::string canonical = right.canonical_request;
    mistake(canonical);
    const std::string to_sign = string_to_sign("20260102T030405Z", right.scope, canonical);
    const SigningKey key = SigningKey::derive(credential.secret, {"20260102", "us-east-1", "execute-api"});
    std::string& field = message.field("Authorization");
    field.replace(field.size() - 64, 64, key.sign(to_sign));
    return message;
}

std::function<void(std::string&)> replace(std::string from, std::string to) {
    return [from, to](std::string& text) {
        const std::size_t at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, from.size(), to);
    };
}

Explanation explanation_of(Message message, VerifyOptions options = {{"us-east-1"}}, Date now = kNow,
                           const Credential& known = example_credential()) {
    const CredentialStore store = store_of(known);
    return explain(message.request(), make_verifier(store, std::move(options)), store, now);
}
std::string cause_of(Message message, VerifyOptions options = {{"us-east-1"}}, Date now = kNow) {
    return std::string(name_of(explanation_of(std::move(message), std::move(options), now).difference.cause));
}

}  // namespace

TEST_CASE("a right signature needs no explanation") {
    Message message = sample();
    const Signed made = sign_message(message, example_credential());
    const Explanation explanation = explanation_of(message);
    CHECK_FALSE(explanation.denial);
    CHECK(explanation.difference.cause == Cause::none);
    CHECK(explanation.server.canonical_request == made.canonical_request);
    CHECK(explanation.client->canonical_request == made.canonical_request);
}

TEST_CASE("the mistake behind a wrong signature is found, and both canonical requests with it") {
    const std::string server_line = "a=x%20y&b=2&c=%2F&d=";
    const struct {
        const char* cause;
        std::string from, to;
    } mistakes[] = {
        {"double_encoding", "/prod/a%252Fb/c", "/prod/a%2Fb/c"},
        {"dot_segments", "/prod/a%252Fb/c", "/prod/a%252Fb/./c"},
        {"path_hex_case", "/prod/a%252Fb/c", "/prod/a%252fb/c"},
        {"missing_equals", server_line, "a=x%20y&b=2&c=%2F&d"},
        {"query_order", server_line, "b=2&a=x%20y&d=&c=%2F"},
        {"query_hex_case", server_line, "a=x%20y&b=2&c=%2f&d="},
        {"query", server_line, ""},
        {"whitespace", "x-note:one two", "x-note:one   two"},
        {"host", "amazonaws.com\n", "amazonaws.com:443\n"},
        {"payload_hash", to_hex(sha256("hello").view()), to_hex(kEmptyBody.view())},
        {"unsigned_payload", to_hex(sha256("hello").view()), "UNSIGNED-PAYLOAD"},
    };
    for (const auto& mistake : mistakes) {
        INFO(mistake.cause);
        const Explanation explanation = explanation_of(sign_wrongly(sample(), replace(mistake.from, mistake.to)));
        REQUIRE(explanation.denial);
        CHECK(explanation.denial->fault == Fault::mismatch);
        CHECK(std::string(name_of(explanation.difference.cause)) == mistake.cause);
        REQUIRE(explanation.client);
        std::string expected = explanation.server.canonical_request;
        replace(mistake.from, mistake.to)(expected);
        CHECK(explanation.client->canonical_request == expected);
        CHECK(explanation.server.canonical_request == explanation.denial->canonical_request);
        CHECK_FALSE(explanation.difference.part.empty());
        CHECK(explanation.difference.client != explanation.difference.server);
    }
}

TEST_CASE("a plus that was signed as a plus is found") {
    Message message = sample();
    message.query = "q=a+b";
    for (const char* wrong : {"q=a%2Bb", "q=a+b"}) {
        CHECK(cause_of(sign_wrongly(message, replace("q=a%20b", wrong))) == "plus");
    }
}

TEST_CASE("a host that was signed without its port, or is another's, is found") {
    Message message = sample();
    message.field("Host") = "127.0.0.1:8080";
    CHECK(cause_of(sign_wrongly(message, replace("host:127.0.0.1:8080", "host:127.0.0.1"))) == "host");
    Message forwarded = sample();
    forwarded.add("X-Forwarded-Host", "api.example.com");
    CHECK(cause_of(sign_wrongly(forwarded, replace("host:" + std::string(kHost), "host:api.example.com"))) == "host");
}

TEST_CASE("two mistakes at once are found, and the first is told") {
    const Explanation explanation = explanation_of(sign_wrongly(sample(), [](std::string& text) {
        replace("/prod/a%252Fb/c", "/prod/a%2Fb/c")(text);
        replace("&d=", "&d")(text);
    }));
    CHECK(explanation.client);
    CHECK(explanation.difference.cause == Cause::double_encoding);
    CHECK(explanation.difference.part == "path");
}

TEST_CASE("a session token that was added after signing is found") {
    const Credential credential = example_credential("T");
    Message presigned = sample();
    presign_message(presigned, credential, 60, {.sign_session_token = false});
    CHECK(explanation_of(presigned, {{"us-east-1"}}, kNow, credential).difference.cause == Cause::session_token);
    CHECK(explanation_of(sign_wrongly(sample(), [](std::string&) {}), {{"us-east-1"}}, kNow, credential)
              .difference.cause == Cause::session_token);
}

TEST_CASE("what no mistake explains is another secret") {
    Credential other = example_credential();
    other.secret = Secret(std::string("another"));
    Message message = sample();
    sign_message(message, other);
    const Explanation explanation = explanation_of(message);
    CHECK(explanation.difference.cause == Cause::secret);
    CHECK_FALSE(explanation.client);
    CHECK_FALSE(explanation.server.canonical_request.empty());
}

TEST_CASE("what is refused before the signature is looked at is explained too") {
    Message message = sample();
    sign_message(message, example_credential());
    CHECK(cause_of(message, {{"us-east-1"}}, kNow + seconds(301)) == "clock");
    CHECK(cause_of(message, {{"us-east-1"}}, kNow - seconds(301)) == "clock");
    CHECK(cause_of(message, {{"eu-west-1"}}) == "scope");
    CHECK(cause_of(message, {{"us-east-1"}, "s3"}) == "scope");
    CHECK(cause_of(sample()) == "malformed");
    Message unsigned_field = message;
    unsigned_field.add("x-amz-more", "1");
    CHECK(cause_of(unsigned_field) == "signed_headers");
    Message hostless = message;
    std::string& field = hostless.field("Authorization");
    field.replace(field.find("host;"), 5, "");
    CHECK(cause_of(hostless) == "host_unsigned");
    Credential stranger = example_credential();
    stranger.access_key_id = "STRANGER";
    Message strange = sample();
    sign_message(strange, stranger);
    CHECK(cause_of(strange) == "unknown_key");
    Message changed = sample();
    sign_message(changed, example_credential(), {.payload_field = true});
    changed.body = "other";
    const Explanation explanation = explanation_of(changed);
    CHECK(explanation.difference.cause == Cause::payload_hash);
    REQUIRE(explanation.client);
    CHECK(explanation.client->canonical_request.ends_with(to_hex(sha256("hello").view())));
}

TEST_CASE("of a credential for another region, service or day both scopes are told") {
    Message message = sample();
    sign_message(message, example_credential());
    const auto scopes = [&](VerifyOptions options) {
        const Difference found = explanation_of(message, std::move(options)).difference;
        CHECK(found.cause == Cause::scope);
        CHECK(found.part == "credential scope");
        CHECK(found.client == "20260102/us-east-1/execute-api/aws4_request");
        return found.server;
    };
    CHECK(scopes({{"eu-west-1"}}) == "20260102/eu-west-1/execute-api/aws4_request");
    CHECK(scopes({{"eu-west-1", "eu-west-2"}}) == "20260102/eu-west-1|eu-west-2/execute-api/aws4_request");
    CHECK(scopes({{}, "s3"}) == "20260102/us-east-1/s3/aws4_request");
}
