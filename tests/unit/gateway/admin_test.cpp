#include "libgw/gateway/admin.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "libgw/wire/document/yaml.h"
#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/temporary.h"

using namespace gw;

TEST_CASE("the description of the admin API has every path and method that is served, and no other") {
    const auto yaml = document::parse_yaml(test::read_file(test::source_root() / "apps/gw-serve/admin.openapi.yaml"));
    REQUIRE(yaml);
    REQUIRE(yaml->find("paths") != nullptr);
    std::set<std::string> described;
    for (const Member& path : *yaml->find("paths")->if_object())
        for (const Member& method : *path.value.if_object()) described.insert(method.key + " " + path.key);
    std::set<std::string> served;
    for (const gateway::AdminRoute& route : gateway::admin_routes()) {
        if (route.reads) served.insert("get " + std::string(route.path));
        if (route.orders) served.insert("post " + std::string(route.path));
    }
    CHECK(described == served);
    CHECK(served.size() == 10);
}

TEST_CASE("what the description of the admin API refers to is there") {
    const auto yaml = document::parse_yaml(test::read_file(test::source_root() / "apps/gw-serve/admin.openapi.yaml"));
    REQUIRE(yaml);
    std::size_t found = 0;
    const std::function<void(const Value&)> walk = [&](const Value& value) {
        if (const Array* items = value.if_array())
            for (const Value& item : *items) walk(item);
        if (const Object* members = value.if_object())
            for (const Member& member : *members) {
                walk(member.value);
                if (member.key != "$ref") continue;
                INFO(*member.value.if_string());
                const Value* at = &*yaml;
                std::string_view rest = *member.value.if_string();
                REQUIRE(rest.substr(0, 2) == "#/");
                rest.remove_prefix(2);
                while (!rest.empty()) {
                    const auto slash = std::min(rest.find('/'), rest.size());
                    at = at->find(rest.substr(0, slash));
                    REQUIRE(at != nullptr);
                    rest.remove_prefix(std::min(slash + 1, rest.size()));
                }
                ++found;
            }
    };
    walk(*yaml);
    CHECK(found > 20);
}
