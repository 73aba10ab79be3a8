#pragma once
// A world in a map, for tests of what is configured.

#include <map>
#include <string>
#include <utility>

#include "libgw/config/sources.h"

namespace gw::test {

/// Files and variables that a test names; everything else does not exist.
class MapSources final : public config::Sources {
  public:
    MapSources() = default;
    explicit MapSources(std::map<std::string, std::string> with) : files(std::move(with)) {}
    std::map<std::string, std::string> files;
    std::map<std::string, std::string, std::less<>> variables;

    [[nodiscard]] Result<std::string> read_file(const std::string& path) const override {
        const auto found = files.find(path);
        if (found == files.end()) return Error{Errc::not_found, "file " + path + ": no such file or directory", {}, {}};
        return found->second;
    }
    [[nodiscard]] std::optional<std::string> environment(std::string_view name) const override {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
    }
};

}  // namespace gw::test
