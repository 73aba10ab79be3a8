#include "libgw/wire/http/address.h"

#include <algorithm>

#include <fmt/format.h>

#include "libgw/wire/http/grammar.h"

namespace gw::http {

namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// A decimal number up to `most`, one to three digits, no leading zero.
std::optional<std::uint8_t> small_number(std::string_view text, unsigned most) {
    if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
    unsigned value = 0;
    for (const char c : text) {
        if (!is_digit(c)) return std::nullopt;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    if (value > most) return std::nullopt;
    return static_cast<std::uint8_t>(value);
}

bool parse_ipv4(std::string_view text, std::uint8_t* into) {
    for (int i = 0; i < 4; ++i) {
        const std::size_t dot = i < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos) return false;
        const auto number = small_number(text.substr(0, dot), 255);
        if (!number) return false;
        into[i] = *number;
        text.remove_prefix(std::min(dot + 1, text.size()));
    }
    return true;
}

// RFC 4291 §2.2: groups of up to four digits, one "::", an IPv4 address as the last 32 bits.
bool parse_ipv6(std::string_view text, std::array<std::uint8_t, 16>& into) {
    if (text.size() < 2 || text.size() > 45) return false;
    std::array<std::uint8_t, 16> bytes{};
    std::size_t size = 0;
    std::size_t gap = 17;  // where "::" stands
    std::size_t at = 0;
    if (text[0] == ':') {
        if (text[1] != ':') return false;
        gap = 0;
        at = 2;
    }
    while (at < text.size()) {
        if (size == 16) return false;
        unsigned group = 0;
        std::size_t digits = 0;
        while (at + digits < text.size() && digits < 5 && hex_value(text[at + digits]) >= 0) {
            group = group << 4 | static_cast<unsigned>(hex_value(text[at + digits]));
            ++digits;
        }
        if (at + digits < text.size() && text[at + digits] == '.') {
            if (size > 12 || !parse_ipv4(text.substr(at), bytes.data() + size)) return false;
            size += 4;
            at = text.size();
            break;
        }
        if (digits == 0 || digits > 4) return false;
        bytes[size++] = static_cast<std::uint8_t>(group >> 8);
        bytes[size++] = static_cast<std::uint8_t>(group & 0xff);
        at += digits;
        if (at == text.size()) break;
        if (text[at] != ':') return false;
        ++at;
        if (at == text.size()) return false;
        if (text[at] == ':') {
            if (gap != 17) return false;
            gap = size;
            ++at;
        }
    }
    if (gap == 17) {
        if (size != 16) return false;
    } else {
        if (size > 14) return false;  // "::" stands for at least one group
        std::move_backward(bytes.begin() + static_cast<std::ptrdiff_t>(gap),
                           bytes.begin() + static_cast<std::ptrdiff_t>(size), bytes.end());
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(gap), 16 - size, std::uint8_t{0});
    }
    into = bytes;
    return true;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    IpAddress address;
    if (text.find(':') != std::string_view::npos) {
        if (!parse_ipv6(text, address.bytes)) return std::nullopt;
        return address;
    }
    std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
    if (!parse_ipv4(text, address.bytes.data() + 12)) return std::nullopt;
    return address;
}

bool IpAddress::is_ipv4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes.begin()); }

std::string IpAddress::text() const {
    if (is_ipv4()) return fmt::format("{}.{}.{}.{}", bytes[12], bytes[13], bytes[14], bytes[15]);
    std::array<unsigned, 8> groups{};
    for (std::size_t i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(bytes[2 * i]) << 8 | bytes[2 * i + 1];
    // RFC 5952 §4.2: the first longest run of two or more zero groups is "::".
    std::size_t best = 8;
    std::size_t longest = 1;
    for (std::size_t i = 0; i < 8; ++i) {
        std::size_t run = 0;
        while (i + run < 8 && groups[i + run] == 0) ++run;
        if (run > longest) {
            best = i;
            longest = run;
        }
    }
    std::string out;
    for (std::size_t i = 0; i < 8;) {
        if (i == best) {
            out += "::";
            i += longest;
            continue;
        }
        if (!out.empty() && out.back() != ':') out += ':';
        out += fmt::format("{:x}", groups[i++]);
    }
    return out;
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view written = text.substr(0, slash);
    const auto address = IpAddress::parse(written);
    if (!address) return std::nullopt;
    const unsigned width = written.find(':') == std::string_view::npos ? 32 : 128;
    unsigned bits = width;
    if (slash != std::string_view::npos) {
        const auto number = small_number(text.substr(slash + 1), width);
        if (!number) return std::nullopt;
        bits = *number;
    }
    Cidr cidr{*address, static_cast<std::uint8_t>(bits + (128 - width))};
    for (unsigned i = 0; i < 16; ++i) {
        const unsigned kept = cidr.bits > 8 * i ? std::min(8U, cidr.bits - 8 * i) : 0;
        cidr.network.bytes[i] = static_cast<std::uint8_t>(cidr.network.bytes[i] & (0xff00U >> kept));
    }
    return cidr;
}

bool Cidr::contains(const IpAddress& address) const {
    const std::size_t whole = bits / 8;
    if (!std::equal(network.bytes.begin(), network.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                    address.bytes.begin())) {
        return false;
    }
    const unsigned rest = bits % 8;
    return rest == 0 || ((network.bytes[whole] ^ address.bytes[whole]) >> (8 - rest)) == 0;
}

}  // namespace gw::http
