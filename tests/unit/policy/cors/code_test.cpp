#include "libgw/policy/cors/code.h"

#include "tests/support/catch.h"

using namespace gw::cors;

TEST_CASE("codes have Chrome's names and sentences, and Firefox's names") {
    REQUIRE(to_text(Code::none).empty());
    REQUIRE(to_text(Code::preflight_invalid_status) == "PreflightInvalidStatus");
    REQUIRE(to_text(Code::redirect_contains_credentials) == "RedirectContainsCredentials");
    REQUIRE(to_text(Code::method_disallowed_by_preflight_response) == "MethodDisallowedByPreflightResponse");
    REQUIRE(firefox_name(Code::preflight_invalid_status) == "CORSPreflightDidNotSucceed");
    REQUIRE(chrome_sentence(Code::preflight_invalid_status, "") ==
            "Response to preflight request doesn't pass access control check: It does not have HTTP ok status.");
    REQUIRE(chrome_sentence(Code::header_disallowed_by_preflight_response, "x-a") ==
            "Request header field x-a is not allowed by Access-Control-Allow-Headers in preflight response.");
}

TEST_CASE("a failed check of a preflight's answer has a code of its own") {
    REQUIRE(of_preflight(Code::missing_allow_origin_header) == Code::preflight_missing_allow_origin_header);
    REQUIRE(of_preflight(Code::invalid_allow_credentials) == Code::preflight_invalid_allow_credentials);
    REQUIRE(of_preflight(Code::wildcard_origin_not_allowed) == Code::preflight_wildcard_origin_not_allowed);
    REQUIRE(of_preflight(Code::network_error) == Code::network_error);
    REQUIRE(of_preflight(Code::none) == Code::none);
}
