#include "libgw/wire/http/method.h"

#include "libgw/wire/http/status.h"
#include "tests/support/catch.h"

using namespace gw::http;

TEST_CASE("methods are known by their exact text") {
    for (unsigned i = 0; i < static_cast<unsigned>(Method::other); ++i) {
        const auto method = static_cast<Method>(i);
        CHECK(to_method(to_text(method)) == method);
    }
    for (const char* text : {"", "get", "Get", "GETT", "GE", "DELETED", "OPTIONs", "BREW"})
        CHECK(to_method(text) == Method::other);
    CHECK(to_text(Method::other).empty());
    CHECK(to_text(Method::delete_) == "DELETE");
}

TEST_CASE("safe methods are idempotent, POST and PATCH are neither") {
    for (unsigned i = 0; i <= static_cast<unsigned>(Method::other); ++i) {
        const auto method = static_cast<Method>(i);
        if (is_safe(method)) CHECK(is_idempotent(method));
    }
    CHECK(is_idempotent(Method::put));
    CHECK_FALSE(is_safe(Method::put));
    CHECK_FALSE(is_idempotent(Method::post));
    CHECK_FALSE(is_idempotent(Method::patch));
    CHECK_FALSE(is_idempotent(Method::other));
}

TEST_CASE("statuses have the names of the registry") {
    CHECK(reason_of(200) == "OK");
    CHECK(reason_of(431) == "Request Header Fields Too Large");
    CHECK(reason_of(299).empty());
    CHECK(never_has_body(100));
    CHECK(never_has_body(204));
    CHECK(never_has_body(304));
    CHECK_FALSE(never_has_body(200));
    CHECK_FALSE(is_status(99));
    CHECK(is_status(999));
    CHECK_FALSE(is_status(1000));
}
