#include "libgw/gateway/pipeline.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/temporary.h"

namespace gw::gateway {

TEST_CASE("pipeline: gw.7 names the stages in the order in which a request passes them, and no other") {
    const std::string page = test::read_file(test::source_root() / "man/gw.7");
    const auto section = page.find(".SH HOW A REQUEST IS DECIDED\n");
    REQUIRE(section != std::string::npos);
    const std::string text = page.substr(section, page.find(".SS ", section) - section);
    std::string wanted;
    for (const Stage& stage : way_in()) wanted += std::string(stage.name) + '\n';
    std::string found;
    constexpr std::string_view kTag = ".TP\n.B ";
    for (auto at = text.find(kTag); at != std::string::npos; at = text.find(kTag, at + 1))
        found += text.substr(at + kTag.size(), text.find('\n', at + kTag.size()) - at - kTag.size() + 1);
    CHECK(found == wanted);
}

TEST_CASE("pipeline: a route without faults does not visit their stage, one with them does") {
    const Runtime runtime;
    RouteRuntime route;
    CHECK(stages_of(runtime, route) == std::vector<std::uint8_t>{0, 2});
    route.delay = config::Delay{std::chrono::milliseconds(1), Nanoseconds(0)};
    CHECK(stages_of(runtime, route) == std::vector<std::uint8_t>{0, 1, 2});
    route.delay.reset();
    route.fault = config::Fault{};
    CHECK(stages_of(runtime, route) == std::vector<std::uint8_t>{0, 1, 2});
}

}  // namespace gw::gateway
