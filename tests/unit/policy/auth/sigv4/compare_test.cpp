#include "libgw/policy/auth/sigv4/compare.h"

#include <set>

#include "libgw/base/json.h"
#include "libgw/policy/auth/sigv4/canonical.h"
#include "tests/support/catch.h"
#include "tests/unit/policy/auth/sigv4/message.h"

using namespace gw;
using namespace gw::sigv4;
using namespace gw::sigv4::test;

namespace {

struct Text {
    std::string path = "/p";
    std::string query = "a=1";
    std::string fields = "host:h\nx-amz-date:20260102T030405Z\n";
    std::string signed_headers = "host;x-amz-date";
    std::string payload = "e3b0";
    std::string method = "GET";

    [[nodiscard]] SignedTexts texts(std::string to_sign = {}) const {
        return {method + "\n" + path + "\n" + query + "\n" + fields + "\n" + signed_headers + "\n" + payload,
                std::move(to_sign)};
    }
};

std::string cause(const Text& client, const Text& server) {
    return std::string(name_of(compare(client.texts(), server.texts()).cause));
}
std::string of_paths(std::string client, std::string server) {
    return cause({.path = std::move(client)}, {.path = std::move(server)});
}
std::string of_queries(std::string client, std::string server) {
    return cause({.query = std::move(client)}, {.query = std::move(server)});
}

// As it was posted by users of execute-api, the account and the host replaced.
constexpr std::string_view kBody =
    R"({"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'GET\n/prod/a%252Fb\n\nhost:h\nx-amz-date:20260102T030405Z\n\nhost;x-amz-date\ne3b0'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/us-east-1/execute-api/aws4_request\nabc'\n"})";

}  // namespace

TEST_CASE("every cause has a word and an advice") {
    std::set<std::string> words;
    for (int i = 0; i <= static_cast<int>(Cause::malformed); ++i) {
        words.insert(std::string(name_of(static_cast<Cause>(i))));
        CHECK_FALSE(advice_for(static_cast<Cause>(i)).empty());
        CHECK_FALSE(advice_for(static_cast<Cause>(i)).ends_with('.'));
    }
    CHECK(words.size() == static_cast<std::size_t>(Cause::malformed) + 1);
}

TEST_CASE("paths differ by encoding, by dots, by case of hex, or altogether") {
    CHECK(of_paths("/a%2Fb", "/a%252Fb") == "double_encoding");
    CHECK(of_paths("/a%252Fb", "/a%2Fb") == "double_encoding");
    CHECK(of_paths("/a%20b", "/a%2520b") == "double_encoding");
    CHECK(of_paths("/%40connections/x%3D", "/%2540connections/x%253D") == "double_encoding");
    CHECK(of_paths("/a/../b", "/b") == "dot_segments");
    CHECK(of_paths("/b", "//b") == "dot_segments");
    CHECK(of_paths("/a%252fb", "/a%252Fb") == "path_hex_case");
    CHECK(of_paths("/a%2fb", "/a%2Fb") == "path_hex_case");
    CHECK(of_paths("/pets", "/prod/pets") == "path");
}

TEST_CASE("queries differ by equal-signs, order, pluses, case of hex, encoding, or altogether") {
    CHECK(of_queries("a", "a=") == "missing_equals");
    CHECK(of_queries("a&b=1&c", "a=&b=1&c=") == "missing_equals");
    CHECK(of_queries("b=1&a=2", "a=2&b=1") == "query_order");
    CHECK(of_queries("a=x+y", "a=x%20y") == "plus");
    CHECK(of_queries("a=x%2By", "a=x%20y") == "plus");
    CHECK(of_queries("a=%2f", "a=%2F") == "query_hex_case");
    CHECK(of_queries("a=b/c", "a=b%2Fc") == "query_encoding");
    CHECK(of_queries("a=1", "a=1&b=2") == "query");
    CHECK(of_queries("a=1", "a=1&X-Amz-Security-Token=T") == "session_token");
}

TEST_CASE("fields differ by host, clock, white space, value or name") {
    const Text server;
    CHECK(cause({.fields = "x-amz-date:20260102T030405Z\n", .signed_headers = "x-amz-date"}, server) ==
          "host_unsigned");
    CHECK(cause({.fields = "host:h:443\nx-amz-date:20260102T030405Z\n"}, server) == "host");
    CHECK(cause({.fields = "host:h\nx-amz-date:20260102T030406Z\n"}, server) == "clock");
    CHECK(cause({.fields = "host: h\nx-amz-date:20260102T030405Z\n"}, server) == "whitespace");
    const Text more{.fields = "host:h\nx-a:1 2\n", .signed_headers = "host;x-a"};
    CHECK(cause({.fields = "host:h\nx-a:1  2\n", .signed_headers = "host;x-a"}, more) == "whitespace");
    CHECK(cause({.fields = "host:h\nx-a:2\n", .signed_headers = "host;x-a"}, more) == "header");
    CHECK(cause({.fields = "host:h\n", .signed_headers = "host"}, more) == "signed_headers");
    CHECK(cause({.fields = "host:h\nx-b:1 2\n", .signed_headers = "host;x-b"}, more) == "signed_headers");
    CHECK(cause({.signed_headers = "x-amz-date;host"}, server) == "signed_headers");
}

TEST_CASE("bodies, methods and strings to sign differ") {
    const Text server;
    CHECK(cause({.payload = "UNSIGNED-PAYLOAD"}, server) == "unsigned_payload");
    CHECK(cause({.payload = "0000"}, server) == "payload_hash");
    CHECK(cause({.method = "POST"}, server) == "method");
    const auto to_sign = [&server](std::string client, std::string other) {
        const Difference difference = compare(server.texts(std::move(client)), server.texts(std::move(other)));
        return std::string(name_of(difference.cause)) + " " + difference.part;
    };
    CHECK(to_sign("A\nt\ns\nh", "A\nt\ns\nh") == "secret ");
    CHECK(to_sign("A\nt\ns\nh", "") == "secret ");
    CHECK(to_sign("A\nT\ns\nh", "A\nt\ns\nh") == "clock string to sign, line 2");
    CHECK(to_sign("A\nt\nS\nh", "A\nt\ns\nh") == "scope string to sign, line 3");
    CHECK(to_sign("a\nt\ns\nh", "A\nt\ns\nh") == "scope string to sign, line 1");
}

TEST_CASE("the first difference is told with both sides") {
    const Difference difference = compare(Text{.path = "/x", .query = "b"}.texts(), Text{}.texts());
    CHECK(difference.part == "path");
    CHECK(difference.client == "/x");
    CHECK(difference.server == "/p");
    const Difference field = compare(Text{.fields = "host:g\nx-amz-date:20260102T030405Z\n"}.texts(), Text{}.texts());
    CHECK(field.part == "header host");
    CHECK(field.client == "host:g");
    CHECK(field.server == "host:h");
}

TEST_CASE("texts that are no canonical requests are compared all the same") {
    CHECK(compare({"", ""}, {"", ""}).cause == Cause::secret);
    CHECK(compare({"GET", ""}, {"GET\n/a", ""}).cause == Cause::path);
    CHECK(compare({"", ""}, Text{}.texts()).cause == Cause::method);
}

TEST_CASE("the body of AWS's answer is understood in every form it is pasted in") {
    const std::string message = *parse_json(kBody)->find_string("message");
    std::string capital(kBody);
    capital.replace(2, 1, "M");
    const std::string_view escaped = kBody.substr(12, kBody.size() - 14);
    for (const std::string& body :
         {std::string(kBody), "\n  " + std::string(kBody) + "\n", capital, message, std::string(escaped)}) {
        INFO(body);
        const auto texts = parse_mismatch(body);
        REQUIRE(texts);
        CHECK(texts->canonical_request ==
              "GET\n/prod/a%252Fb\n\nhost:h\nx-amz-date:20260102T030405Z\n\nhost;x-amz-date\ne3b0");
        CHECK(texts->string_to_sign ==
              "AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/us-east-1/execute-api/aws4_request\nabc");
    }
}

TEST_CASE("the body that a verifier gives is understood") {
    const CredentialStore store = store_of(example_credential());
    Message message;
    message.add("Host", "it's");
    sign_message(message, example_credential());
    message.method = "PUT";
    const Answer answer = verify_message(message, make_verifier(store));
    REQUIRE_FALSE(is_good(answer));
    const Denial& denial = std::get<Denial>(answer);
    const auto texts = parse_mismatch(denial.message);
    REQUIRE(texts);
    CHECK(texts->canonical_request == denial.canonical_request);
    CHECK(texts->string_to_sign == denial.string_to_sign);
}

TEST_CASE("another body is not an answer to a wrong signature") {
    for (const char* body : {"", "{", "{}", R"({"message":"Forbidden"})", R"({"message":1})", "Forbidden",
                             "The request signature we calculated does not match\n\nThe Canonical String for this "
                             "request should have been\n'GET"}) {
        INFO(body);
        REQUIRE_FALSE(parse_mismatch(body));
        CHECK(parse_mismatch(body).error().code == Errc::parse);
    }
    const auto brief = parse_mismatch(
        R"({"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."})");
    REQUIRE_FALSE(brief);
    CHECK(brief.error().code == Errc::not_found);
}
