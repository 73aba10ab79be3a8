#include "libgw/io/net/host_name.h"

#include <algorithm>

namespace gw::net {

namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hexadecimal(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
constexpr bool is_name_character(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

bool is_number(std::string_view label) {
    if (std::all_of(label.begin(), label.end(), is_digit)) return true;
    if (!label.starts_with("0x") && !label.starts_with("0X")) return false;
    return std::all_of(label.begin() + 2, label.end(), is_hexadecimal);
}

}  // namespace

bool is_host_name(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.empty() || text.size() > 253) return false;
    while (true) {
        const std::string_view label = text.substr(0, text.find('.'));
        if (label.empty() || label.size() > 63 || !std::all_of(label.begin(), label.end(), is_name_character)) {
            return false;
        }
        if (label.size() == text.size()) return !is_number(label);
        text.remove_prefix(label.size() + 1);
    }
}

std::string to_lower_name(std::string_view name) {
    std::string lower(name);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

bool is_localhost(std::string_view name) { return name == "localhost" || name.ends_with(".localhost"); }

std::vector<Address> interleave(const std::vector<Address>& ipv6, const std::vector<Address>& ipv4) {
    std::vector<Address> mixed;
    const auto add = [&](const std::vector<Address>& family, std::size_t at) {
        if (at >= family.size() || mixed.size() >= kMaxAddresses) return;
        if (std::find(mixed.begin(), mixed.end(), family[at]) == mixed.end()) mixed.push_back(family[at]);
    };
    for (std::size_t i = 0; i < std::max(ipv6.size(), ipv4.size()) && mixed.size() < kMaxAddresses; ++i) {
        add(ipv6, i);
        add(ipv4, i);
    }
    return mixed;
}

}  // namespace gw::net
