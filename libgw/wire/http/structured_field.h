#pragma once
// Structured Fields (RFC 9651): dictionaries, as far as fields that the gateway reads are made of them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gw::http {

/// One value. Parameters are read and dropped.
struct BareItem {
    enum class Kind : std::uint8_t { integer, decimal, string, token, bytes, boolean, date, inner_list };
    Kind kind = Kind::boolean;
    std::int64_t integer = 1;  ///< of an integer or a date; a boolean is 0 or 1
    std::string text;          ///< of a string without quotes and escapes; of a token or byte sequence as it stands
};

struct DictionaryMember {
    std::string key;
    BareItem value;
};

/// The members in the order of their first appearance; a key that comes again replaces its value. Nothing when the
/// text breaks the grammar anywhere (RFC 9651 §4.2: the whole field is then to be ignored).
std::optional<std::vector<DictionaryMember>> parse_dictionary(std::string_view text);

/// Whether the text may stand as a token (RFC 9651 §3.3.4).
bool is_structured_token(std::string_view text);

}  // namespace gw::http
