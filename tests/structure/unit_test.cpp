#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/process.h"
#include "tests/support/skip.h"
#include "tests/support/temporary.h"

namespace gw::structure {
namespace {

const std::string kUnit = (test::source_root() / "apps/gw-serve/gw-serve.service").string();

bool has_systemd() {
    const auto ending = test::run({{"systemd-analyze", "--version"}, {}, {}, {}, ""});
    return ending && ending->code == 0;
}

/// Whether systemd calls the unit's exposure at most 2.0 of 10.
bool is_confined(const std::string& unit) {
    const auto ending = test::run(
        {{"systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit}, {}, {}, {}, ""});
    REQUIRE(ending);
    INFO(ending->output << ending->errors);
    CHECK(ending->output.find("Overall exposure level") != std::string::npos);
    return ending->code == 0;
}

}  // namespace

TEST_CASE("the service is confined, and checks its configuration before it starts") {
    const std::string text = test::read_file(kUnit);
    REQUIRE(text.find("\nExecStartPre=/usr/bin/gw-serve check --strict -c /etc/gw/gw.yaml\n") != std::string::npos);
    REQUIRE(text.find("\nNoNewPrivileges=yes\n") != std::string::npos);
    REQUIRE(text.find("\nDynamicUser=yes\n") != std::string::npos);
    REQUIRE(text.find("\nMemoryDenyWriteExecute=yes\n") != std::string::npos);
}

TEST_CASE("systemd calls the service's exposure small, and would not call an unconfined one so") {
    if (!has_systemd()) GW_SKIP("there is no systemd-analyze");
    REQUIRE(is_confined(kUnit));
    const test::TemporaryDirectory directory;
    REQUIRE(!is_confined(directory.write("bare.service", "[Service]\nExecStart=/bin/true\n")));
}

}  // namespace gw::structure
