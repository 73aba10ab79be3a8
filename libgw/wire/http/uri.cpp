#include "libgw/wire/http/uri.h"

#include <algorithm>
#include <charconv>

#include "libgw/wire/http/address.h"
#include "libgw/wire/http/grammar.h"

namespace gw::http {

namespace {

// What an authority is made of, as views into its text.
struct Parts {
    std::string_view host;  // without brackets and trailing dot
    std::optional<std::uint16_t> port;
    std::optional<IpAddress> ipv6;
};

// The last label is a number to inet_aton and to the URL Standard's host parser.
bool ends_in_number(std::string_view host) {
    std::string_view label = host.substr(host.rfind('.') + 1);
    if (label.size() >= 2 && label[0] == '0' && to_lower(label[1]) == 'x') {
        label.remove_prefix(2);
        return std::all_of(label.begin(), label.end(), [](char c) { return hex_value(c) >= 0; });
    }
    return std::all_of(label.begin(), label.end(), is_digit);
}

bool is_host_name(std::string_view host) {
    if (host.empty() || host.size() > 253 || host.front() == '.' || host.back() == '.') return false;
    char before = 0;
    bool letters = false;
    for (const char c : host) {
        if (!(class_of(c) & kHostByte) || (c == '.' && before == '.')) return false;
        letters |= c > '9';
        before = c;
    }
    // Only a name with a digit at its end or an "0x" can look like a number.
    if (letters && !is_digit(host.back()) && host.find("0x") == std::string_view::npos &&
        host.find("0X") == std::string_view::npos) {
        return true;
    }
    return !ends_in_number(host) || IpAddress::parse(host).has_value();
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    if (text.empty() || text.size() > 5 || text[0] == '0') return std::nullopt;
    unsigned value = 0;
    for (const char c : text) {
        if (!is_digit(c)) return std::nullopt;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    if (value > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(value);
}

// RFC 3986 §3.2 without userinfo; false for everything that is not exactly host or host:port.
bool split_authority(std::string_view text, Parts& into) {
    std::size_t end;
    if (!text.empty() && text[0] == '[') {
        end = text.find(']');
        if (end == std::string_view::npos) return false;
        const std::string_view inner = text.substr(1, end - 1);
        if (inner.find(':') == std::string_view::npos) return false;
        into.ipv6 = IpAddress::parse(inner);
        if (!into.ipv6) return false;
        into.host = inner;
        ++end;
    } else {
        end = std::min(text.find(':'), text.size());
        into.host = text.substr(0, end);
        if (into.host.size() > 1 && into.host.back() == '.') into.host.remove_suffix(1);
        if (!is_host_name(into.host)) return false;
    }
    if (end == text.size()) return true;
    if (text[end] != ':') return false;
    into.port = parse_port(text.substr(end + 1));
    return into.port.has_value();
}

void append_lower(std::string& out, std::string_view text) {
    for (const char c : text) out += to_lower(c);
}

void append_port(std::string& out, std::uint16_t port) {
    char digits[6];
    const auto end = std::to_chars(digits, digits + sizeof digits, port).ptr;
    out += ':';
    out.append(digits, end);
}

// The mapped form keeps its colons: as text it would be an IPv4 address in brackets.
std::string ipv6_text(const IpAddress& address) {
    return address.is_ipv4() ? "::ffff:" + address.text() : address.text();
}

std::uint16_t default_port_of(std::string_view scheme) {
    return scheme == "https" || scheme == "wss" ? std::uint16_t{443} : std::uint16_t{80};
}

}  // namespace

Result<Authority> Authority::parse(std::string_view text) {
    Parts parts;
    if (!split_authority(text, parts)) {
        const auto colon = text.rfind(':');
        Parts without_port;
        if (colon != std::string_view::npos && split_authority(text.substr(0, colon), without_port) &&
            !without_port.port)
            return Error{Errc::parse, "the port is not valid", "expected a number from 1 to 65535", {}};
        return Error{Errc::parse, "the host is not valid", "expected host, host:port or [ipv6]:port", {}};
    }
    Authority authority;
    authority.ipv6 = parts.ipv6.has_value();
    if (parts.ipv6) {
        authority.host = ipv6_text(*parts.ipv6);
    } else {
        append_lower(authority.host, parts.host);
    }
    authority.port = parts.port;
    return authority;
}

std::string Authority::text(std::uint16_t default_port) const {
    std::string out = ipv6 ? "[" + host + "]" : host;
    if (port && *port != default_port) append_port(out, *port);
    return out;
}

bool canonical_authority(std::string_view text, std::uint16_t default_port, std::string& into) {
    into.clear();
    Parts parts;
    if (!split_authority(text, parts)) return false;
    if (parts.ipv6) {
        into += '[';
        into += ipv6_text(*parts.ipv6);
        into += ']';
    } else {
        append_lower(into, parts.host);
    }
    if (parts.port && *parts.port != default_port) append_port(into, *parts.port);
    return true;
}

Result<Url> Url::parse(std::string_view text) {
    Url url;
    const std::size_t colon = text.find("://");
    append_lower(url.scheme, text.substr(0, std::min(colon, text.size())));
    if (colon == std::string_view::npos ||
        (url.scheme != "http" && url.scheme != "https" && url.scheme != "ws" && url.scheme != "wss")) {
        return Error{
            Errc::parse, "the URL has no scheme that we speak", "expected http://, https://, ws:// or wss://", {}};
    }
    const std::string_view rest = text.substr(colon + 3);
    const std::size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
    if (rest.substr(0, slash).find('@') != std::string_view::npos) {
        return Error{Errc::parse, "the URL carries a user name", "credentials do not belong into a URL", {}};
    }
    url.authority = TRY(Authority::parse(rest.substr(0, slash)).in("the URL"));
    const std::string_view tail = rest.substr(slash);
    const bool visible = std::all_of(tail.begin(), tail.end(), [](char c) {
        return c > 0x20 && c < 0x7f && std::string_view("\"<>\\^`|").find(c) == std::string_view::npos;
    });
    if (!visible || !has_valid_escapes(tail)) {
        return Error{Errc::parse, "the URL holds a byte that has to be percent-encoded", {}, {}};
    }
    if (tail.find('#') != std::string_view::npos) return Error{Errc::parse, "the URL has a fragment", {}, {}};
    const std::size_t question = tail.find('?');
    url.path = tail.substr(0, question);
    url.has_query = question != std::string_view::npos;
    if (url.has_query) url.query = tail.substr(question + 1);
    return url;
}

std::uint16_t Url::port() const { return authority.port.value_or(default_port_of(scheme)); }

std::string Url::text() const {
    std::string out = scheme + "://" + authority.text(default_port_of(scheme)) + path;
    if (has_query) out += "?" + query;
    return out;
}

std::string percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low < 0) {
            out += text[i];
            continue;
        }
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

std::string percent_encode(std::string_view text, std::string_view keep) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if ((class_of(c) & kUnreserved) || keep.find(c) != std::string_view::npos) {
            out += c;
        } else {
            constexpr char digits[] = "0123456789ABCDEF";
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    return out;
}

}  // namespace gw::http
