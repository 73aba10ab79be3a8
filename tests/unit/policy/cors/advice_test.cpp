#include "libgw/policy/cors/advice.h"

#include "libgw/base/text.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cors;

namespace {

Symptom symptom(Code code, std::uint16_t status, bool preflight = true) {
    Symptom made;
    made.verdict = {code, ""};
    made.origin = "https://app.example";
    made.method = "PUT";
    made.asked = {"authorization"};
    made.preflight = preflight;
    made.status = status;
    made.url = "http://api.example/items";
    return made;
}

std::string fix_of(const Advice& advice) { return join(advice.fix, "\n"); }

bool has(std::string_view text, std::string_view words) { return text.find(words) != text.npos; }

}  // namespace

TEST_CASE("the cause is told and not the symptom") {
    REQUIRE(has(advise(symptom(Code::preflight_missing_allow_origin_header, 401)).cause, "authentication on OPTIONS"));
    REQUIRE(has(advise(symptom(Code::preflight_invalid_status, 401)).cause, "authentication on OPTIONS"));
    REQUIRE(has(advise(symptom(Code::preflight_invalid_status, 405)).cause, "nobody answers OPTIONS"));
    REQUIRE(has(advise(symptom(Code::preflight_missing_allow_origin_header, 503)).cause, "the server failed (503)"));
    REQUIRE(
        has(advise(symptom(Code::missing_allow_origin_header, 403, false)).cause, "errors do not carry the fields"));
    REQUIRE(has(advise(symptom(Code::missing_allow_origin_header, 200, false)).cause, "does not allow this origin"));
    REQUIRE(advise(symptom(Code::none, 200)).cause.empty());
}

TEST_CASE("a redirect of a preflight is told by what it is for") {
    Symptom moved = symptom(Code::preflight_disallowed_redirect, 301);
    moved.location = "https://api.example/items";
    REQUIRE(has(advise(moved).cause, "http to https"));
    REQUIRE(fix_of(advise(moved)) == "call https://api.example/items in the page");
    moved.location = "/items/";
    REQUIRE(has(advise(moved).cause, "last slash"));
    moved.location = "/login";
    REQUIRE(has(advise(moved).cause, "http://api.example/login"));
}

TEST_CASE("the fix names the fields for this very request") {
    Symptom with = symptom(Code::preflight_missing_allow_origin_header, 200);
    with.credentials = true;
    REQUIRE(fix_of(advise(with)) ==
            "answer OPTIONS with\n"
            "Access-Control-Allow-Origin: https://app.example\n"
            "Access-Control-Allow-Credentials: true\n"
            "Access-Control-Allow-Methods: PUT\n"
            "Access-Control-Allow-Headers: authorization\n"
            "Vary: Origin");
    Symptom small = symptom(Code::method_disallowed_by_preflight_response, 204);
    small.verdict.about = "patch";
    REQUIRE(fix_of(advise(small)) == "write PATCH in the page");
}

TEST_CASE("nobody is told to allow null") {
    for (const Code code :
         {Code::missing_allow_origin_header, Code::allow_origin_mismatch, Code::preflight_invalid_status}) {
        Symptom null = symptom(code, 200);
        null.origin = "null";
        REQUIRE_FALSE(has(fix_of(advise(null)), "Access-Control-Allow-Origin"));
    }
}
