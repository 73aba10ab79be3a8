#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gw::http {

/// A Content-Type (RFC 9110 §8.3.1): type and subtype, and the one parameter that a gateway looks at.
struct MediaType {
    std::string essence;  ///< "application/json": lower case, without parameters
    std::string charset;  ///< lower case, unquoted; "" when there is none

    /// Nothing when it is not type "/" subtype with well-formed parameters, or when charset comes twice.
    static std::optional<MediaType> parse(std::string_view text);
    /// application/json, text/json, or any subtype that ends in "+json" (RFC 6839 §3.1).
    [[nodiscard]] bool is_json() const;
    /// application/xml, text/xml, or any subtype that ends in "+xml".
    [[nodiscard]] bool is_xml() const;
    /// By a pattern such as "image/png", "image/*" or "*/*", in any case.
    [[nodiscard]] bool matches(std::string_view pattern) const;
};

}  // namespace gw::http
