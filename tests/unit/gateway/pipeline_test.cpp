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

TEST_CASE("pipeline: a route visits only the stages that it needs") {
    const auto names_of = [](const RouteRuntime& route) {
        std::string names;
        for (const std::uint8_t stage : stages_of(Runtime{}, route))
            names += (names.empty() ? "" : " ") + std::string(way_in()[stage].name);
        return names;
    };
    RouteRuntime route;
    CHECK(names_of(route) == "route cors integrate");
    route.delay = config::Delay{std::chrono::milliseconds(1), Nanoseconds(0)};
    CHECK(names_of(route) == "route cors faults integrate");
    route.delay.reset();
    route.fault = config::Fault{};
    CHECK(names_of(route) == "route cors faults integrate");
    const AuthorizerRuntime authorizer;
    RouteRuntime asked;
    asked.access.authorizer = &authorizer;
    CHECK(names_of(asked) == "route cors authorize integrate");
    for (bool RouteAccess::* member : {&RouteAccess::iam, &RouteAccess::api_key, &RouteAccess::policy}) {
        RouteRuntime each;
        each.access.*member = true;
        CHECK(names_of(each) == "route cors authorize integrate");
    }
}

}  // namespace gw::gateway
