#include "libgw/policy/cors/url_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libgw/base/text.h"
#include "libgw/wire/http/address.h"

// A fact of Chromium, where it differs from the standard: an escaped space may stand in a host.

namespace gw::cors {
namespace {

/// URL Standard §3.1, "forbidden domain code point", without the space that Chromium escapes.
constexpr std::string_view kForbidden = "#%/:<>?@[\\]^|\x7f";

/// A piece of an IPv4 address: decimal, octal with a 0 and hexadecimal with an 0x in front.
std::optional<std::uint64_t> ipv4_number(std::string_view text) {
    std::uint64_t base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    } else if (text.size() > 1 && text.front() == '0') {
        base = 8;
        text.remove_prefix(1);
    }
    std::uint64_t number = 0;
    for (const char c : text) {
        const int digit = hex_value(c);
        if (digit < 0 || static_cast<std::uint64_t>(digit) >= base) return std::nullopt;
        number = std::min<std::uint64_t>(number * base + static_cast<std::uint64_t>(digit), std::uint64_t{1} << 33U);
    }
    return number;
}

/// URL Standard §3.5, "ends in a number" and "IPv4 parser": false for what looks like an address and is none.
bool is_name_or_ipv4(std::string_view host) {
    std::vector<std::string_view> labels = split(host, '.');
    if (labels.size() > 1 && labels.back().empty()) labels.pop_back();
    const std::string_view last = labels.back();
    const bool digits = !last.empty() && std::all_of(last.begin(), last.end(), is_digit);
    const bool hexadecimal = (last.starts_with("0x") || last.starts_with("0X")) && ipv4_number(last);
    if (!digits && !hexadecimal) return true;
    if (labels.size() > 4) return false;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto number = labels[i].empty() ? std::nullopt : ipv4_number(labels[i]);
        const bool is_last = i + 1 == labels.size();
        const std::uint64_t end = is_last ? std::uint64_t{1} << (8 * (5 - labels.size())) : 256;
        if (!number || *number >= end) return false;
    }
    return true;
}

/// `escapes`: %41 is a letter, and an address may be written as numbers: not in schemes that browsers do not know.
bool is_host(std::string_view host, bool escapes) {
    if (host.starts_with('['))
        return host.ends_with(']') && host.find(':') != host.npos &&
               http::IpAddress::parse(host.substr(1, host.size() - 2)).has_value();
    std::string decoded;
    for (std::size_t i = 0; i < host.size(); ++i) {
        char c = host[i];
        if (c == '%' && escapes) {
            if (i + 2 >= host.size() || hex_value(host[i + 1]) < 0 || hex_value(host[i + 2]) < 0) return false;
            c = static_cast<char>(hex_value(host[i + 1]) * 16 + hex_value(host[i + 2]));
            i += 2;
        }
        const bool plain_percent = c == '%' && !escapes;
        if ((c >= 0 && c < 0x20) || (!plain_percent && kForbidden.find(c) != kForbidden.npos)) return false;
        decoded += c;
    }
    return !decoded.empty() && is_utf8(decoded) && (!escapes || is_name_or_ipv4(decoded));
}

bool is_port(std::string_view port) {
    const std::size_t zeros = std::min(port.find_first_not_of('0'), port.size());
    return port.empty() || zeros == port.size() || parse_unsigned(port.substr(zeros), 65535).has_value();
}

/// What stands between "//" and the path. `special`: a host is needed there.
bool is_authority(std::string_view text, bool special, bool port_allowed) {
    const auto at = text.rfind('@');
    if (at != text.npos) text.remove_prefix(at + 1);
    const auto bracket = text.rfind(']');
    const auto colon = text.find(':', bracket == text.npos ? 0 : bracket);
    const std::string_view host = text.substr(0, colon);
    if (colon != text.npos && (!port_allowed || !is_port(text.substr(colon + 1)))) return false;
    if (host.empty()) return !special && at == text.npos && colon == text.npos;
    return is_host(host, special);
}

}  // namespace

bool is_url(std::string_view text) {
    constexpr std::array<std::string_view, 5> kSpecial{"ftp", "http", "https", "ws", "wss"};
    const auto mark = text.find(':');
    if (mark == text.npos || mark == 0 || !is_alpha(text.front())) return false;
    const std::string scheme = to_lower(text.substr(0, mark));
    if (!std::all_of(scheme.begin(), scheme.end(),
                     [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; }))
        return false;
    std::string_view rest = text.substr(mark + 1);
    const bool special = std::find(kSpecial.begin(), kSpecial.end(), scheme) != kSpecial.end();
    if (special) {
        while (!rest.empty() && (rest.front() == '/' || rest.front() == '\\')) rest.remove_prefix(1);
        return is_authority(rest.substr(0, rest.find_first_of("/\\?#")), true, true);
    }
    if (!rest.starts_with("//")) return true;
    rest.remove_prefix(2);
    return is_authority(rest.substr(0, rest.find_first_of("/?#")), false, scheme != "file");
}

}  // namespace gw::cors
