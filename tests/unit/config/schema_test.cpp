// The manual page and the declaration say the same.

#include "libgw/config/schema.h"

#include <map>
#include <sstream>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/temporary.h"

namespace gw::config {
namespace {

/// What gw-config.5 says of each key, by path: "duration from 50ms to 15m; default 29s".
std::map<std::string, std::string> read_page() {
    std::map<std::string, std::string> keys;
    std::istringstream lines(test::read_file(test::source_root() / "man/gw-config.5"));
    std::string object;
    bool in_keys = false;
    bool is_tag = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(".SH ")) in_keys = line == ".SH KEYS";
        if (line.starts_with(".SS ")) {
            object = line.substr(5, line.size() - 6);
            object = object == "The document" ? std::string() : object + '.';
        }
        const auto end = line.find("\\fR (");
        if (in_keys && is_tag && line.starts_with("\\fB") && end != std::string::npos && line.ends_with(')'))
            keys.emplace(object + line.substr(3, end - 3), line.substr(end + 5, line.size() - end - 6));
        is_tag = line == ".TP";
    }
    return keys;
}

}  // namespace

TEST_CASE("config schema: gw-config.5 has every key, its default and its need, and no other") {
    auto page = read_page();
    REQUIRE(page.size() > 50);
    for (const KeyLine& key : document_keys()) {
        INFO(key.path);
        const auto found = page.find(key.path);
        REQUIRE(found != page.end());
        std::string usual = key.usual;
        if (usual.size() > 1 && (usual.front() == '"' || usual.front() == '\''))
            usual = usual.substr(1, usual.size() - 2);
        INFO(found->second);
        CHECK(found->second.ends_with(", required") == key.required);
        const auto said = found->second.find("; default ");
        CHECK((said == std::string::npos ? "" : found->second.substr(said + 10)) == usual);
        page.erase(found);
    }
    for (const auto& [key, text] : page) UNSCOPED_INFO("not a key: " << key);
    CHECK(page.empty());
}

TEST_CASE("config schema: the bounds of times and counts in gw-config.5 are those that are read") {
    const auto page = read_page();
    const Value schema = model_table().schema();
    const auto& limits = *schema.find("properties")->find("limits")->find("properties");
    for (const Member& member : *limits.if_object()) {
        const Value* least = member.value.find("minimum");
        const Value* most = member.value.find("maximum");
        if (!least || !most) continue;
        INFO(member.key);
        const std::string bounds = "number from " + least->number_text() + " to " + most->number_text();
        CHECK(page.at("limits." + member.key).starts_with(bounds));
    }
}

}  // namespace gw::config
