#include "libgw/policy/answer/answer.h"

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "libgw/policy/answer/wording.h"
#include "libgw/policy/reasons.h"
#include "tests/support/catch.h"

using gw::ApiKind;
using gw::Refusal;

namespace {

const gw::RequestIds& ids() {
    static const gw::RequestIds made = gw::make_request_ids(std::array<std::uint8_t, gw::kRequestIdBytes>{});
    return made;
}

// The fields of the answer as they go out, and its body.
std::string wire(ApiKind kind, const Refusal& refusal, const gw::http::Fields* request = nullptr,
                 bool explain = false) {
    const gw::Answer answer =
        gw::make_answer(refusal, {.kind = kind, .ids = &ids(), .request = request, .explain = explain});
    std::string out;
    gw::http::HeadWriter writer(out);
    writer.status_line(answer.status);
    gw::write_answer_fields(answer, kind, writer, "Sun, 22 Nov 2026 12:01:07 GMT");
    CHECK(writer.end());
    return out + answer.body;
}

std::string body_of(ApiKind kind, std::string_view reason) {
    const gw::Answer answer = gw::make_answer(gw::refuse(kind, reason), {.kind = kind});
    return std::to_string(answer.status) + " " + answer.body;
}

}  // namespace

TEST_CASE("an HTTP API does not find a route, to the byte", "[answer]") {
    CHECK(wire(ApiKind::http, gw::refuse(ApiKind::http, gw::reason::kRouteNotFound, "GET /x")) ==
          "HTTP/1.1 404 Not Found\r\n"
          "date: Sun, 22 Nov 2026 12:01:07 GMT\r\n"
          "content-type: application/json\r\n"
          "apigw-requestid: AAAAAAAAAAAAAAA=\r\n"
          "\r\n"
          "{\"message\":\"Not Found\"}");
}

TEST_CASE("a REST API does not find a route, to the byte", "[answer]") {
    CHECK(wire(ApiKind::rest, gw::refuse(ApiKind::rest, gw::reason::kRouteNotFound, "GET /x")) ==
          "HTTP/1.1 403 Forbidden\r\n"
          "Date: Sun, 22 Nov 2026 12:01:07 GMT\r\n"
          "Content-Type: application/json\r\n"
          "x-amzn-RequestId: 00000000-0000-4000-8000-000000000000\r\n"
          "x-amz-apigw-id: AAAAAAAAAAAAAAA=\r\n"
          "x-amzn-ErrorType: MissingAuthenticationTokenException\r\n"
          "\r\n"
          "{\"message\":\"Missing Authentication Token\"}");
}

TEST_CASE("each failure of a target has its answer", "[answer]") {
    using namespace gw::reason;
    for (const auto reason : {kTargetRefused, kTargetResolve, kTargetTls, kTargetReset}) {
        CHECK(body_of(ApiKind::http, reason) == R"(503 {"message":"Service Unavailable"})");
        CHECK(body_of(ApiKind::rest, reason) == R"(504 {"message":"Network error communicating with endpoint"})");
    }
    CHECK(body_of(ApiKind::http, kTargetTimeout) == R"(503 {"message":"Service Unavailable"})");
    CHECK(body_of(ApiKind::rest, kTargetTimeout) == R"(504 {"message":"Endpoint request timed out"})");
    CHECK(body_of(ApiKind::http, kTargetBadAnswer) == R"(502 {"message":"Bad Gateway"})");
    CHECK(body_of(ApiKind::rest, kTargetBadAnswer) == R"(502 {"message":"Internal server error"})");
    for (const auto reason : {kTargetOverload, kTargetNoHealthy, kOverloadMemory, kDraining}) {
        CHECK(body_of(ApiKind::http, reason) == R"(503 {"message":"Service Unavailable"})");
        CHECK(body_of(ApiKind::rest, reason) == R"(503 {"message":"Service Unavailable"})");
    }
    CHECK(body_of(ApiKind::http, kInternal) == R"(500 {"message":"Internal Server Error"})");
    CHECK(body_of(ApiKind::rest, kInternal) == R"(500 {"message":"Internal server error"})");
    CHECK(body_of(ApiKind::http, kRouteHost) == R"(404 {"message":"Not Found"})");
    CHECK(body_of(ApiKind::rest, kRouteHost) == R"(403 {"message":"Forbidden"})");
    CHECK(body_of(ApiKind::http, "no.such") == R"(500 {"message":"Internal Server Error"})");
}

TEST_CASE("every reason has a status and a message in both kinds", "[answer]") {
    for (const gw::Reason& reason : gw::kReasons) {
        for (const ApiKind kind : {ApiKind::http, ApiKind::rest}) {
            INFO(reason.word);
            const Refusal refusal = gw::refuse(kind, reason.word);
            const gw::Wording wording = gw::wording_of(kind, refusal, nullptr);
            CHECK(wording.status >= 400);
            CHECK(wording.status < 600);
            CHECK_FALSE(wording.message.empty());
            CHECK(wording.error_type.empty() == (kind == ApiKind::http));
            // A word that has no row would be 500.
            CHECK((wording.status != 500 || reason.word == "internal" || reason.word == "target.request"));
        }
    }
}

TEST_CASE("an oversized body is JSON in HTTP APIs and bare text in REST APIs", "[answer]") {
    CHECK(body_of(ApiKind::http, gw::reason::kBodyTooLarge) == R"(413 {"message":"Request Entity Too Large"})");
    const std::string rest = wire(ApiKind::rest, gw::refuse(ApiKind::rest, gw::reason::kBodyTooLarge));
    CHECK(rest ==
          "HTTP/1.1 413 Content Too Large\r\n"
          "Date: Sun, 22 Nov 2026 12:01:07 GMT\r\n"
          "Content-Type: text; charset=utf-8\r\n"
          "\r\n"
          "HTTP content length exceeded 10485760 bytes.");
    const gw::Answer small =
        gw::make_answer(gw::refuse(ApiKind::rest, gw::reason::kBodyTooLarge), {.kind = ApiKind::rest, .max_body = 5});
    CHECK(small.body == "HTTP content length exceeded 5 bytes.");
}

TEST_CASE("an injected failure says what its status says", "[answer]") {
    const auto body = [](ApiKind kind, int status) {
        const gw::Answer answer = gw::make_answer(Refusal{status, gw::reason::kFaultInjected}, {.kind = kind});
        return std::to_string(answer.status) + " " + answer.body + " " +
               std::string(answer.fields.find("x-amzn-ErrorType").value_or("-"));
    };
    CHECK(body(ApiKind::http, 503) == R"(503 {"message":"Service Unavailable"} -)");
    CHECK(body(ApiKind::http, 404) == R"(404 {"message":"Not Found"} -)");
    CHECK(body(ApiKind::http, 429) == R"(429 {"message":"Too Many Requests"} -)");
    CHECK(body(ApiKind::rest, 429) == R"(429 {"message":"Too Many Requests"} TooManyRequestsException)");
    CHECK(body(ApiKind::rest, 401) == R"(401 {"message":"Unauthorized"} UnauthorizedException)");
    CHECK(body(ApiKind::rest, 504) == R"(504 {"message":"Endpoint request timed out"} InternalServerErrorException)");
    CHECK(body(ApiKind::rest, 409) == R"(409 {"message":"Conflict"} BadRequestException)");
    CHECK(body(ApiKind::http, 599) == R"(599 {"message":"Error"} -)");
    CHECK(body(ApiKind::rest, 499) == R"(499 {"message":"Error"} BadRequestException)");
}

TEST_CASE("a REST API judges an Authorization field that is not SigV4 on an unknown route", "[answer]") {
    const auto answer = [](std::string_view authorization, bool date = false) {
        gw::http::Fields fields;
        fields.add("authorization", authorization);
        if (date) fields.add("x-amz-date", "20260102T030405Z");
        return gw::wording_of(ApiKind::rest, gw::refuse(ApiKind::rest, gw::reason::kRouteNotFound), &fields);
    };
    const std::string_view token = "Bearer eyJhbGciOi.secret.part";
    const gw::Wording bearer = answer(token);
    CHECK(bearer.status == 403);
    CHECK(bearer.error_type == "IncompleteSignatureException");
    CHECK(bearer.message ==
          "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with "
          "Base64): '" +
              gw::to_base64(gw::sha256(token).view()) + "'.");
    CHECK(bearer.message.find("secret") == std::string::npos);
    CHECK(answer("nonsense").message.starts_with("Invalid key=value pair"));
    CHECK(answer("").message.starts_with("Invalid key=value pair"));
    CHECK(answer("X a=b, c").message.starts_with("Invalid key=value pair"));

    const gw::Wording basic = answer("Basic dXNlcjpwYXNzdw==");
    CHECK(basic.error_type == "IncompleteSignatureException");
    CHECK(
        basic.message ==
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
        "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a "
        "'X-Amz-Date' or a 'Date' header. Authorization=Basic");
    CHECK(answer("X Credential=a, Signature=b", true).message ==
          "Authorization header requires 'SignedHeaders' parameter. Authorization=X");

    for (const char* signature :
         {"AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00", "AWS4-HMAC-SHA256"}) {
        CHECK(answer(signature).message == "Missing Authentication Token");
        CHECK(answer(signature).error_type == "MissingAuthenticationTokenException");
    }
}

TEST_CASE("only an unknown route looks at Authorization, and only in REST APIs", "[answer]") {
    gw::http::Fields fields;
    fields.add("authorization", "Bearer x");
    CHECK(gw::wording_of(ApiKind::rest, gw::refuse(ApiKind::rest, gw::reason::kRouteHost), &fields).message ==
          "Forbidden");
    CHECK(gw::wording_of(ApiKind::http, gw::refuse(ApiKind::http, gw::reason::kRouteNotFound), &fields).message ==
          "Not Found");
}

TEST_CASE("what a decoder refuses keeps its status and its word", "[answer]") {
    const auto check = [](std::uint16_t status, std::string_view reason) {
        const Refusal refusal = gw::refuse(gw::http::Refused{status, "some.word"});
        CHECK(refusal.status == status);
        CHECK(refusal.reason == reason);
        CHECK(refusal.detail == "some.word");
        CHECK_FALSE(gw::meaning_of(refusal.reason).empty());
        CHECK(gw::wording_of(ApiKind::http, refusal, nullptr).status == status);
    };
    check(400, gw::reason::kRequestMalformed);
    check(405, gw::reason::kRequestMethod);
    check(408, gw::reason::kRequestTimeout);
    CHECK(gw::refuse(gw::http::Refused{408, "timeout.body"}).reason == gw::reason::kBodyTimeout);
    check(413, gw::reason::kBodyTooLarge);
    check(414, gw::reason::kRequestLine);
    check(417, gw::reason::kRequestExpect);
    check(431, gw::reason::kRequestHead);
    check(501, gw::reason::kRequestCoding);
    check(505, gw::reason::kRequestVersion);
}

TEST_CASE("an overloaded gateway says when to come back", "[answer]") {
    for (const auto reason : {gw::reason::kOverloadMemory, gw::reason::kTargetOverload}) {
        CHECK(gw::make_answer(gw::refuse(ApiKind::http, reason), {}).fields.find("retry-after") == "1");
    }
    CHECK_FALSE(gw::make_answer(gw::refuse(ApiKind::http, gw::reason::kTargetTimeout), {}).fields.find("retry-after"));
}

TEST_CASE("explain says reason and detail, and nothing that breaks a field", "[answer]") {
    const Refusal refusal = gw::refuse(ApiKind::http, gw::reason::kRouteNotFound, "GET /a\r\nset-cookie: x\xc3\xa4");
    const std::string out = wire(ApiKind::http, refusal, nullptr, true);
    CHECK(out.find("x-gw-explain: route.not_found: GET /a??set-cookie: x??\r\n") != std::string::npos);
    CHECK(wire(ApiKind::http, refusal).find("x-gw-explain") == std::string::npos);
    CHECK(gw::explain_text(Refusal{400, "r", std::string(5000, 'x')}).size() == 1024);
    CHECK(gw::explain_text(Refusal{400, "r"}) == "r");
}

TEST_CASE("a message body is one JSON object whatever the message holds", "[answer]") {
    CHECK(gw::message_body("Not Found") == R"({"message":"Not Found"})");
    CHECK(gw::message_body("a\"b\\c\nd\x01\x7f\xc3\xa4") == R"({"message":"a\"b\\c\nd\u0001???"})");
}

TEST_CASE("an answer without a type has no type field", "[answer]") {
    std::string out;
    gw::http::HeadWriter writer(out);
    gw::write_answer_fields(gw::Answer{}, ApiKind::http, writer, "now");
    CHECK(out == "date: now\r\n");
}

TEST_CASE("nobody is let in with the words of AWS", "[answer]") {
    using namespace gw::reason;
    for (const auto reason :
         {kIamMissing, kIamSignature, kIamDenied, kPolicyDenied, kKeyMissing, kKeyUnknown, kKeyDisabled}) {
        INFO(reason);
        CHECK(body_of(ApiKind::http, reason) == R"(403 {"message":"Forbidden"})");
    }
    CHECK(body_of(ApiKind::rest, kIamMissing) == R"(403 {"message":"Missing Authentication Token"})");
    for (const auto reason : {kKeyMissing, kKeyUnknown, kKeyDisabled}) {
        INFO(reason);
        CHECK(body_of(ApiKind::rest, reason) == R"(403 {"message":"Forbidden"})");
        CHECK(wire(ApiKind::rest, gw::refuse(ApiKind::rest, reason)).find("x-amzn-ErrorType: ForbiddenException\r\n") !=
              std::string::npos);
    }
    CHECK(body_of(ApiKind::http, kKeySeveral) == R"(400 {"message":"Bad Request"})");
    CHECK(body_of(ApiKind::http, kJwtMissing) == R"(401 {"message":"Unauthorized"})");
    CHECK(body_of(ApiKind::http, kJwtScope) == R"(403 {"message":"Forbidden"})");
    CHECK(body_of(ApiKind::rest, kJwtScope) == R"(401 {"message":"Unauthorized"})");
    CHECK(body_of(ApiKind::http, kJwtKeys) == R"(503 {"message":"Service Unavailable"})");
}

TEST_CASE("an answer says words of its own in place of those of its reason, and a capital where AWS does", "[answer]") {
    const gw::Wording words{403, "User: anonymous is not authorized", "AccessDeniedException", true};
    const Refusal refusal = gw::refuse(ApiKind::rest, gw::reason::kPolicyDenied);
    const gw::Answer answer = gw::make_answer(refusal, {.kind = ApiKind::rest, .ids = &ids(), .words = &words});
    CHECK(answer.status == 403);
    CHECK(answer.body == R"({"Message":"User: anonymous is not authorized"})");
    CHECK(answer.fields.find("x-amzn-ErrorType").value_or("") == "AccessDeniedException");
    CHECK(gw::message_body("a") == R"({"message":"a"})");
    CHECK(gw::message_body("User: x\"y", true) == R"({"Message":"User: x\"y"})");
    CHECK(gw::message_body("a\"\r\n", true).starts_with(R"({"Message":"a\")"));
}

TEST_CASE("a challenge goes out as www-authenticate, and only when there is one", "[answer]") {
    const Refusal refusal = gw::refuse(ApiKind::http, gw::reason::kJwtMissing);
    const gw::Answer with =
        gw::make_answer(refusal, {.kind = ApiKind::http, .ids = &ids(), .challenge = "Bearer scope=\"a\""});
    CHECK(with.fields.find(gw::http::FieldName::www_authenticate).value_or("") == "Bearer scope=\"a\"");
    const gw::Answer without = gw::make_answer(refusal, {.kind = ApiKind::http, .ids = &ids()});
    CHECK_FALSE(without.fields.find(gw::http::FieldName::www_authenticate));
}
