// IP addresses, networks, and who the client is: the same addresses as inet_pton knows, and networks that hold exactly
// the addresses whose first bits are theirs. The text is read alone, and at its first space as two.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>

#include "libgw/config/address.h"
#include "libgw/io/net/hosts.h"
#include "libgw/wire/http/address.h"
#include "libgw/wire/http/forwarded.h"
#include "libgw/wire/http/grammar.h"
#include "tests/fuzz/require.h"

using namespace gw::http;

namespace {

// By inet_pton; IPv4 as mapped IPv6.
std::optional<IpAddress> read_slowly(const std::string& text) {
    IpAddress address;
    if (text.find('\0') != std::string::npos) return std::nullopt;
    if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) return address;
    address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
    if (inet_pton(AF_INET, text.c_str(), address.bytes.data() + 12) == 1) return address;
    return std::nullopt;
}

bool bit(const IpAddress& address, unsigned index) { return (address.bytes[index / 8] >> (7 - index % 8) & 1) != 0; }

bool contains_slowly(const Cidr& network, const IpAddress& address) {
    for (unsigned i = 0; i < network.bits; ++i)
        if (bit(network.network, i) != bit(address, i)) return false;
    return true;
}

void check_network(std::string_view text, const std::optional<IpAddress>& other) {
    const auto network = Cidr::parse(text);
    if (const auto configured = gw::config::parse_cidr(text)) {
        // what a configuration may say is understood where requests are judged
        REQUIRE_THAT_IT_HOLDS(network.has_value() && Cidr::parse(configured->text()) == network);
        const auto again = gw::config::parse_cidr(configured->text());
        REQUIRE_THAT_IT_HOLDS(again.has_value() && again->text() == configured->text());
    }
    if (!network) return;
    REQUIRE_THAT_IT_HOLDS(network->bits <= 128 && network->contains(network->network));
    const auto address = IpAddress::parse(text.substr(0, text.find('/')));
    REQUIRE_THAT_IT_HOLDS(address.has_value() && network->contains(*address));
    for (unsigned i = 0; i < 128; ++i) {
        IpAddress flipped = *address;
        flipped.bytes[i / 8] = static_cast<std::uint8_t>(flipped.bytes[i / 8] ^ (0x80U >> (i % 8)));
        REQUIRE_THAT_IT_HOLDS(network->contains(flipped) == (i >= network->bits));
        if (i >= network->bits) REQUIRE_THAT_IT_HOLDS(!bit(network->network, i));
    }
    if (other) REQUIRE_THAT_IT_HOLDS(network->contains(*other) == contains_slowly(*network, *other));
}

// The client is the peer, or one of the elements that were walked over; only the last answer of all is untrusted.
void check_forwarded(std::string_view text) {
    if (!is_field_value(text)) return;
    Fields fields;
    fields.add("x-forwarded-for", text);
    fields.add("x-forwarded-for", trim_ows(text));
    const IpAddress peer = *IpAddress::parse("10.0.0.1");
    std::vector<IpAddress> asked;
    const IpAddress client = find_client(fields, peer, [&](const IpAddress& address) {
        asked.push_back(address);
        return asked.size() <= 100;
    });
    REQUIRE_THAT_IT_HOLDS(!asked.empty() && asked.size() <= 33 && asked.front() == peer && asked.back() == client);
    for (std::size_t i = 1; i < asked.size(); ++i) {
        // each in its turn, from the right, stands in the text
        const std::string own = asked[i].text();
        REQUIRE_THAT_IT_HOLDS(IpAddress::parse(own) == asked[i]);
    }
    REQUIRE_THAT_IT_HOLDS(find_client(fields, peer, [](const IpAddress&) { return false; }) == peer);
    if (asked.size() > 1) {
        const IpAddress first = find_client(fields, peer, [&](const IpAddress& address) { return address == peer; });
        const std::size_t comma = text.rfind(',');
        const auto last = parse_forwarded_address(trim_ows(text.substr(comma == text.npos ? 0 : comma + 1)));
        REQUIRE_THAT_IT_HOLDS(last.has_value() && (first == *last || *last == peer));
    }
}

void check_hosts(std::string_view text) {
    const auto hosts = gw::net::Hosts::parse(text);
    const std::size_t space = text.find_first_of(" \t");
    if (space == std::string_view::npos || text.find_first_of("\r\n\v\f#") != std::string_view::npos) return;
    const std::string_view name = trim_ows(text.substr(space));
    const auto* found = hosts.find(name);
    if (found == nullptr) return;
    REQUIRE_THAT_IT_HOLDS(found->size() == 1 && read_slowly(std::string(text.substr(0, space))).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 2048) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto address = IpAddress::parse(text);
    REQUIRE_THAT_IT_HOLDS(address == read_slowly(std::string(text)));
    if (address) REQUIRE_THAT_IT_HOLDS(IpAddress::parse(address->text()) == address);
    const std::size_t space = text.find(' ');
    const auto other = space == std::string_view::npos ? std::nullopt : IpAddress::parse(text.substr(space + 1));
    check_network(text.substr(0, space), other);
    check_forwarded(text);
    check_hosts(text);
    return 0;
}
