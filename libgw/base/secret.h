#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace gw {

/// A password, key or token in memory. It cannot be printed: there is no formatter, no stream operator and no
/// conversion, and whoever needs the bytes must say expose(). Copies share one piece of memory, which is overwritten
/// when the last one goes.
class Secret {
  public:
    Secret() = default;
    /// Takes the text and overwrites the string that it came in.
    explicit Secret(std::string&& text);

    [[nodiscard]] bool empty() const;
    /// The bytes, for as long as this Secret lives.
    [[nodiscard]] std::string_view expose() const;
    /// Compares in constant time; nothing matches an empty secret.
    [[nodiscard]] bool matches(std::string_view text) const;

  private:
    struct Memory;
    std::shared_ptr<const Memory> memory_;
};

}  // namespace gw
