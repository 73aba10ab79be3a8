#include "libgw/policy/auth/sigv4/claim.h"

#include "libgw/base/encoding.h"
#include "tests/support/catch.h"
#include "tests/unit/policy/auth/sigv4/message.h"

using namespace gw;
using namespace gw::sigv4;
using namespace gw::sigv4::test;

namespace {

constexpr std::string_view kComplete = "AWS4-HMAC-SHA256 Credential=A/20260102/r/s/t, SignedHeaders=host, Signature=0a";

Message message_with(std::string_view authorization, std::string_view date = "20260102T030405Z") {
    Message message;
    message.add("Host", "h");
    if (!date.empty()) message.add("X-Amz-Date", std::string(date));
    message.add("Authorization", std::string(authorization));
    return message;
}

std::string denial_of(Message message) {
    const auto claim = read_claim(message.request());
    const auto* denial = std::get_if<Denial>(&claim);
    return denial == nullptr ? "" : std::string(name_of(denial->fault)) + ": " + denial->message;
}

Message query_message(std::string query) {
    Message message;
    message.query = std::move(query);
    message.add("Host", "h");
    return message;
}
constexpr std::string_view kQuery =
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20260102%2Fr%2Fs%2Ft&X-Amz-Date=20260102T030405Z&"
    "X-Amz-Expires=300&X-Amz-SignedHeaders=host%3Bx-a&X-Amz-Signature=0a";

std::string without(std::string_view query, std::string_view name) {
    std::vector<std::string_view> kept;
    for (const std::string_view each : split(query, '&')) {
        if (!each.starts_with(name)) kept.push_back(each);
    }
    return join(kept, "&");
}

}  // namespace

TEST_CASE("a query without its signature keeps every byte of the rest") {
    CHECK(without_signature("").empty());
    CHECK(without_signature("a=1&b") == "a=1&b");
    CHECK(without_signature("a=%2f&&b=+&") == "a=%2f&&b=+&");
    CHECK(without_signature("a=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F2&X-Amz-Date=2&X-Amz-"
                            "Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0f&X-Amz-Security-Token=t&X-Amz-"
                            "Content-Sha256=u&b=2") == "a=1&b=2");
    CHECK(without_signature("X%2DAmz-Signature=0f&a") == "a");
    CHECK(without_signature("X-Amz-Signature").empty());
    CHECK(without_signature("x-amz-signature=1&X-Amz-Meta=2&X-Amz-Date2=3") ==
          "x-amz-signature=1&X-Amz-Meta=2&X-Amz-Date2=3");
}

TEST_CASE("the claim of a header is read") {
    Message message = message_with(kComplete);
    message.add("x-amz-security-token", " T ");
    message.add("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD");
    const auto read = read_claim(message.request());
    REQUIRE(std::holds_alternative<Claim>(read));
    const Claim& claim = std::get<Claim>(read);
    CHECK(claim.form == Form::header);
    CHECK(claim.algorithm == "AWS4-HMAC-SHA256");
    CHECK(claim.signed_headers == "host");
    CHECK(claim.signature == "0a");
    CHECK(claim.date_time == "20260102T030405Z");
    CHECK(claim.date == kNow);
    CHECK(claim.lifetime == 0);
    CHECK((claim.has_token && !claim.token_in_query && claim.session_token == "T"));
    CHECK(claim.payload_hash == "UNSIGNED-PAYLOAD");
    REQUIRE(claim.parts());
    CHECK(claim.parts()->access_key_id == "A");
    CHECK(claim.parts()->scope.text() == "20260102/r/s/aws4_request");
    CHECK(claim.parts()->terminator == "t");
    CHECK(claim.is_signed("host"));
    CHECK_FALSE(claim.is_signed("x-amz-date"));
    CHECK_FALSE(claim.is_signed(""));
}

TEST_CASE("the claim of a query is read, whatever is encoded in it") {
    Message message = query_message("a=b&" + std::string(kQuery) + "&X-Amz-Security-Toke%6E=T%2B");
    const auto read = read_claim(message.request());
    REQUIRE(std::holds_alternative<Claim>(read));
    const Claim& claim = std::get<Claim>(read);
    CHECK(claim.form == Form::query);
    CHECK(claim.credential == "A/20260102/r/s/t");
    CHECK(claim.signed_headers == "host;x-a");
    CHECK(claim.lifetime == 300);
    CHECK((claim.has_token && claim.token_in_query && claim.session_token == "T+"));
}

TEST_CASE("commas without spaces, spaces around them and any order of parts are the same list") {
    for (const char* text : {"AWS4-HMAC-SHA256 Credential=A/1/r/s/t,SignedHeaders=host,Signature=0a",
                             "AWS4-HMAC-SHA256   Signature=0a ,\tSignedHeaders=host  , Credential=A/1/r/s/t  "}) {
        CHECK(denial_of(message_with(text)).empty());
    }
}

TEST_CASE("a request without a signature lacks an authentication token") {
    Message message;
    message.query = "X-Amz-Date=1&X-Amz-Expires=2&x-amz-algorithm=3";
    CHECK(denial_of(message) == "missing: Missing Authentication Token");
}

TEST_CASE("an Authorization that is no list of pairs is answered with its digest") {
    for (const char* text : {"Bearer abc", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "",
                             "AWS4-HMAC-SHA256 Credential, Signature=b, SignedHeaders=host",
                             "AWS4-HMAC-SHA256 Credential=a, Signature=b, SignedHeaders=host,"}) {
        INFO(text);
        CHECK(denial_of(message_with(text)) ==
              "malformed: Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and "
              "encoded with Base64): '" +
                  to_base64(sha256(trim_ows(text)).view()) + "'.");
    }
}

TEST_CASE("every missing part of an Authorization is named") {
    constexpr std::string_view kDate =
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
    const auto part = [](std::string name) { return "Authorization header requires '" + name + "' parameter. "; };
    CHECK(denial_of(message_with("a b=c", "")) == "incomplete: " + part("Credential") + part("Signature") +
                                                      part("SignedHeaders") + std::string(kDate) + "Authorization=a");
    CHECK(denial_of(message_with("AWS4-HMAC-SHA256 Credential=A, SignedHeaders=host")) ==
          "incomplete: " + part("Signature") + "Authorization=AWS4-HMAC-SHA256");
    CHECK(denial_of(message_with("AWS4-HMAC-SHA256 Credential=, SignedHeaders=host, Signature=a")) ==
          "incomplete: " + part("Credential") + "Authorization=AWS4-HMAC-SHA256");
    CHECK(denial_of(message_with(kComplete, "")) ==
          "incomplete: " + std::string(kDate) + "Authorization=AWS4-HMAC-SHA256");
}

TEST_CASE("every missing parameter of a presigned request is named") {
    const auto part = [](std::string name) { return "AWS query-string parameters must include '" + name + "'. "; };
    const std::string end = "Re-examine the query-string parameters.";
    for (const std::string name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders",
                                   "X-Amz-Date", "X-Amz-Expires"}) {
        CHECK(denial_of(query_message(without(kQuery, name))) == "incomplete: " + part(name) + end);
        CHECK(denial_of(query_message(without(kQuery, name) + "&" + name + "=")) == "incomplete: " + part(name) + end);
    }
    CHECK(denial_of(query_message("X-Amz-Algorithm=AWS4-HMAC-SHA256")) ==
          "incomplete: " + part("X-Amz-Credential") + part("X-Amz-Signature") + part("X-Amz-SignedHeaders") +
              part("X-Amz-Date") + part("X-Amz-Expires") + end);
}

TEST_CASE("a signature in both places is refused, whatever the field says") {
    for (const char* text : {kComplete.data(), "Bearer x"}) {
        for (const char* query : {"X-Amz-Algorithm=a", "X-Amz-Signature", "X-Amz-Credential=b"}) {
            Message message = message_with(text);
            message.query = query;
            CHECK(denial_of(message) ==
                  "both_forms: Found both 'X-Amz-Algorithm' as a query-string param and "
                  "'Authorization' as HTTP header.");
        }
    }
}

TEST_CASE("nobody chooses between two of what has to be one") {
    for (const char* name : {"authorization", "host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"}) {
        Message message = message_with(kComplete);
        message.field(name);
        message.add(to_upper(name), "2");
        CHECK(denial_of(message) == "duplicate: '" + std::string(name) + "' must not be given more than once.");
    }
    for (const char* name : {"Credential", "SignedHeaders", "Signature"}) {
        CHECK(denial_of(message_with(std::string(kComplete) + ", " + name + "=host")) ==
              "duplicate: '" + std::string(name) + "' must not be given more than once.");
    }
    for (const char* name : {"X-Amz-Algorithm", "X-Amz-Signature", "X-Amz-Date", "X-Amz-Expires"}) {
        CHECK(denial_of(query_message(std::string(kQuery) + "&" + name)) ==
              "duplicate: '" + std::string(name) + "' must not be given more than once.");
    }
    Message tokens = query_message(std::string(kQuery) + "&X-Amz-Security-Token=T");
    tokens.add("x-amz-security-token", "T");
    CHECK(denial_of(tokens) == "duplicate: 'X-Amz-Security-Token' must not be given more than once.");
}

TEST_CASE("an Authorization has no other parts") {
    CHECK(denial_of(message_with(std::string(kComplete) + ", Extra=1")).starts_with("malformed: "));
    std::string many(kComplete);
    for (int i = 0; i < 20; ++i) many += ", E" + std::to_string(i) + "=1";
    CHECK(denial_of(message_with(many)).starts_with("malformed: "));
}

TEST_CASE("the host has to be signed, and that is said before anything about the date") {
    CHECK(denial_of(message_with("AWS4-HMAC-SHA256 Credential=A, SignedHeaders=x-amz-date, Signature=a", "x")) ==
          "host_unsigned: 'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
    CHECK(denial_of(query_message(without(kQuery, "X-Amz-SignedHeaders") + "&X-Amz-SignedHeaders=x-a"))
              .starts_with("host_unsigned: "));
}

TEST_CASE("a date is ISO 8601 basic format, or a Date field as HTTP writes it") {
    for (const char* text : {"2026-01-02T03:04:05Z", "20260102", "20260102T030405", "20260132T030405Z", "x"}) {
        CHECK(denial_of(message_with(kComplete, text)) == "bad_date: Date must be in ISO-8601 'basic format'. Got '" +
                                                              std::string(text) +
                                                              "'. See http://en.wikipedia.org/wiki/ISO_8601");
    }
    CHECK(denial_of(query_message(without(kQuery, "X-Amz-Date") + "&X-Amz-Date=x")).starts_with("bad_date: "));
    Message message = message_with(kComplete, "");
    message.add("Date", "Fri, 02 Jan 2026 03:04:05 GMT");
    const auto read = read_claim(message.request());
    REQUIRE(std::holds_alternative<Claim>(read));
    CHECK(std::get<Claim>(read).date_time == "20260102T030405Z");
    message.field("Date") = "Friday, 02-Jan-26 03:04:05 GMT";
    CHECK(denial_of(message).starts_with("bad_date: "));
    message.add("X-Amz-Date", "Fri, 02 Jan 2026 03:04:05 GMT");
    CHECK(denial_of(message).starts_with("bad_date: "));
    message.field("X-Amz-Date") = "20260102T030405Z";
    CHECK(denial_of(message).empty());
}

TEST_CASE("a presigned request lives from a second to a week") {
    for (const char* text : {"0", "-1", "604801", "99999999999999999999", "1.5", "+1", "x", "%201"}) {
        CHECK(denial_of(query_message(without(kQuery, "X-Amz-Expires") + "&X-Amz-Expires=" + text)) ==
              "bad_expiry: X-Amz-Expires must be a number of seconds from 1 to 604800.");
    }
    for (const char* text : {"1", "604800"}) {
        CHECK(denial_of(query_message(without(kQuery, "X-Amz-Expires") + "&X-Amz-Expires=" + text)).empty());
    }
}

TEST_CASE("a credential has exactly five parts") {
    const auto parts = [](std::string credential) {
        Claim claim;
        claim.credential = std::move(credential);
        return claim.parts().has_value();
    };
    CHECK(parts("a/b/c/d/e"));
    CHECK(parts("////"));
    CHECK_FALSE(parts(""));
    CHECK_FALSE(parts("a/b/c/d"));
    CHECK_FALSE(parts("a/b/c/d/e/f"));
    CHECK_FALSE(parts("a/b/c/d/e/"));
}
