// Authorities and URLs: what is valid is what a slow reading of the rules in uri.h says, and the canonical text is its
// own canonical text.

#include <cstdint>
#include <string>
#include <string_view>

#include <arpa/inet.h>

#include "libgw/config/address.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/uri.h"
#include "tests/fuzz/require.h"

using namespace gw::http;

namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
constexpr std::string_view kNameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

bool consists_of(const std::string& text, std::string_view set) {
    return text.find_first_not_of(set) == std::string::npos;
}

bool is_address(int family, const std::string& text) {
    unsigned char bytes[16];
    return text.find('\0') == std::string::npos && inet_pton(family, text.c_str(), bytes) == 1;
}

bool is_port(const std::string& text) {
    return !text.empty() && text.size() <= 5 && consists_of(text, kDigits) && text[0] != '0' &&
           std::stoul(text) < 65536;
}

bool is_name(const std::string& host) {
    if (host.empty() || host.size() > 253) return false;
    std::string label;
    for (std::size_t at = 0; at <= host.size();) {
        const std::size_t end = std::min(host.find('.', at), host.size());
        label = host.substr(at, end - at);
        if (label.empty() || !consists_of(label, kNameBytes)) return false;
        at = end + 1;
    }
    const bool hexadecimal = label.size() >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X');
    const bool number = consists_of(label, kDigits) || (hexadecimal && consists_of(label.substr(2), kHexDigits));
    return !number || is_address(AF_INET, host);
}

// Whether an authority is valid, and its host and port when it is.
bool read_slowly(const std::string& text, std::string& host, std::string& port) {
    std::size_t end = 0;
    if (text.starts_with('[')) {
        end = text.find(']');
        if (end == std::string::npos) return false;
        host = text.substr(1, end - 1);
        if (!is_address(AF_INET6, host)) return false;
        ++end;
    } else {
        end = std::min(text.find(':'), text.size());
        host = text.substr(0, end);
        if (host.size() > 1 && host.ends_with('.')) host.pop_back();
        if (!is_name(host)) return false;
    }
    if (end == text.size()) return true;
    port = text.substr(end + 1);
    return text[end] == ':' && is_port(port);
}

void check_authority(std::string_view text) {
    std::string host;
    std::string port;
    const bool expected = read_slowly(std::string(text), host, port);
    std::string canonical;
    REQUIRE_THAT_IT_HOLDS(canonical_authority(text, 80, canonical) == expected);
    const auto authority = Authority::parse(text);
    REQUIRE_THAT_IT_HOLDS(authority.has_value() == expected);
    if (!expected) return;
    REQUIRE_THAT_IT_HOLDS(authority->text(80) == canonical);
    REQUIRE_THAT_IT_HOLDS(authority->port.has_value() == !port.empty());
    if (!port.empty()) REQUIRE_THAT_IT_HOLDS(std::to_string(*authority->port) == port);
    if (authority->ipv6) {
        unsigned char written[16];
        unsigned char meant[16];
        inet_pton(AF_INET6, host.c_str(), meant);
        REQUIRE_THAT_IT_HOLDS(inet_pton(AF_INET6, authority->host.c_str(), written) == 1);
        REQUIRE_THAT_IT_HOLDS(std::equal(meant, meant + 16, written));
    } else {
        REQUIRE_THAT_IT_HOLDS(equals_ignoring_case(authority->host, host));
    }
    REQUIRE_THAT_IT_HOLDS(canonical.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos);
    std::string again;
    REQUIRE_THAT_IT_HOLDS(canonical_authority(canonical, 80, again) && again == canonical);
}

void check_url(std::string_view text) {
    const auto url = Url::parse(text);
    if (!url) return;
    REQUIRE_THAT_IT_HOLDS(is_visible(url->text()) && url->port() != 0);
    REQUIRE_THAT_IT_HOLDS(url->path.empty() || url->path[0] == '/');
    REQUIRE_THAT_IT_HOLDS(url->text().find_first_of("#\\") == std::string::npos);
    const std::string whole = url->text();
    const std::size_t authority = whole.find("://") + 3;
    REQUIRE_THAT_IT_HOLDS(whole.substr(authority, whole.find_first_of("/?", authority) - authority).find('@') ==
                          std::string::npos);
    const auto again = Url::parse(url->text());
    REQUIRE_THAT_IT_HOLDS(again.has_value() && again->text() == url->text() && again->port() == url->port());
    REQUIRE_THAT_IT_HOLDS(again->path == url->path && again->query == url->query);
    REQUIRE_THAT_IT_HOLDS(again->has_query == url->has_query && again->secure() == url->secure());
}

void check_listen_address(std::string_view text) {
    const auto address = gw::config::parse_address(text);
    if (!address) return;
    const auto again = gw::config::parse_address(address->text());
    REQUIRE_THAT_IT_HOLDS(again.has_value() && again->text() == address->text());
    REQUIRE_THAT_IT_HOLDS(again->is_loopback() == address->is_loopback() && again->is_unix() == address->is_unix());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 600) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_authority(text);
    check_url(text);
    check_listen_address(text);
    return 0;
}
