#pragma once
// What a client sends to an OAuth endpoint: application/x-www-form-urlencoded, in a query or a body.

#include <map>
#include <string>
#include <string_view>

#include "libgw/base/result.h"

namespace gw::issuer {

/// Parameters by name, decoded.
class Form {
  public:
    static constexpr std::size_t kMost = 64;

    /// Errc::parse for a parameter that stands twice (RFC 6749 §3.1, §3.2) and for bytes that are not UTF-8;
    /// Errc::limit for more than kMost. One without a value counts as absent.
    static Result<Form> parse(std::string_view text);

    /// "" when it is absent.
    [[nodiscard]] std::string_view get(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return !get(name).empty(); }

  private:
    std::map<std::string, std::string, std::less<>> parameters_;
};

/// Appends "name=value" with '&' before it where one is needed, both encoded.
void append_parameter(std::string& into, std::string_view name, std::string_view value);

}  // namespace gw::issuer
