#pragma once
// What a host name is, and the order in which to try its addresses.

#include <string>
#include <string_view>
#include <vector>

#include "libgw/io/net/address.h"

namespace gw::net {

/// No name gets more addresses than this.
inline constexpr std::size_t kMaxAddresses = 32;

/// Labels of 1 to 63 letters, digits, '-' and '_' (RFC 1123 §2.1, and underscores), 253 bytes in all, perhaps a final
/// dot, and a last label that is not a number, neither decimal nor 0x…: such a name would be taken for an IPv4 address
/// somewhere.
bool is_host_name(std::string_view text);

/// In lower case (ASCII).
std::string to_lower_name(std::string_view name);

/// "localhost" or a name under it. Requires: lower case, no final dot.
bool is_localhost(std::string_view name);

/// RFC 8305 §4: IPv6 and IPv4 in turns beginning with IPv6, each family in its order, no address twice, at most
/// kMaxAddresses.
std::vector<Address> interleave(const std::vector<Address>& ipv6, const std::vector<Address>& ipv4);

}  // namespace gw::net
