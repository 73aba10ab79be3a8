#pragma once
// Bytes as text and back. One text for one value of bytes: what could be written otherwise is refused, so that nothing
// that was compared or signed as text can be changed without changing what it means.

#include <string>
#include <string_view>

#include "libgw/base/result.h"

namespace gw {

/// RFC 4648 §4, with padding.
std::string to_base64(std::string_view bytes);
/// Requires padding and zero trailing bits; refuses (Errc::parse) white space and anything outside the alphabet.
Result<std::string> parse_base64(std::string_view text);

/// RFC 4648 §5 without padding, as JOSE writes it (RFC 7515 §2).
std::string to_base64url(std::string_view bytes);
/// Refuses padding as well as white space, '+', '/', and trailing bits that are not zero.
Result<std::string> parse_base64url(std::string_view text);

/// Two lower-case digits a byte.
std::string to_hex(std::string_view bytes);
/// Digits of either case, an even number of them, and nothing else.
Result<std::string> parse_hex(std::string_view text);

}  // namespace gw
