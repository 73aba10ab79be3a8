#pragma once
// Fields as browsers read them: several lines are one list (Fetch §2.2.2), and lists are values of the # rule of RFC
// 9110 §5.6.1.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/wire/http/fields.h"

namespace gw::cors {

/// A field of a request that a page makes.
struct Field {
    std::string name;
    std::string value;
    friend bool operator==(const Field&, const Field&) = default;
};

/// All lines of the field, joined by ", "; nothing when there is none (Fetch: "get").
std::optional<std::string> combined(const http::Fields& fields, std::string_view name);

/// The elements of a list of tokens, empty ones left out; nothing when one of them is no token (Fetch: "extract header
/// list values").
std::optional<std::vector<std::string>> token_list(std::string_view text);

bool contains(const std::vector<std::string>& list, std::string_view word);
bool contains_ignoring_case(const std::vector<std::string>& list, std::string_view word);

}  // namespace gw::cors
