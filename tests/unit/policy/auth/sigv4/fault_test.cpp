#include "libgw/policy/auth/sigv4/fault.h"

#include <set>
#include <string>

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::sigv4;

namespace {
constexpr int kFaults = static_cast<int>(Fault::mismatch) + 1;
}

TEST_CASE("every fault of a signature has a word, a status and a type") {
    std::set<std::string> words;
    for (int i = 0; i < kFaults; ++i) {
        const auto fault = static_cast<Fault>(i);
        words.insert(std::string(name_of(fault)));
        CHECK(error_type_of(fault).ends_with("Exception"));
        const int status = status_of(fault);
        CHECK((status == 400 || status == 403 || status == 501));
    }
    CHECK(words.size() == static_cast<std::size_t>(kFaults));
    CHECK_FALSE(words.contains(""));
}

TEST_CASE("an HTTP API says no more about a signature than Forbidden") {
    for (int i = 0; i < kFaults; ++i) {
        const Denial denial{static_cast<Fault>(i), "secret details"};
        const Wording http = wording_of(ApiKind::http, denial);
        const Wording rest = wording_of(ApiKind::rest, denial);
        CHECK(http.status == rest.status);
        CHECK(http.error_type.empty());
        CHECK(http.message == (http.status == 403   ? "Forbidden"
                               : http.status == 400 ? "Bad Request"
                                                    : "Not Implemented"));
        CHECK(rest.message == "secret details");
        CHECK(rest.error_type == error_type_of(denial.fault));
    }
}
