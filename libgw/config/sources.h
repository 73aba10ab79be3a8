#pragma once
// The world as a configuration sees it: files and environment. Whoever owns the world passes it in.

#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/result.h"

namespace gw::config {

class Sources {
  public:
    Sources() = default;
    Sources(const Sources&) = delete;
    Sources& operator=(const Sources&) = delete;
    virtual ~Sources() = default;
    /// The content of a file. Errors name the path.
    [[nodiscard]] virtual Result<std::string> read_file(const std::string& path) const = 0;
    /// An environment variable; none when it is not set.
    [[nodiscard]] virtual std::optional<std::string> environment(std::string_view name) const = 0;
};

}  // namespace gw::config
