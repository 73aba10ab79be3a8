#pragma once
// The client of OpenSSL's own program: it shares no code with the project above libssl.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gw::test {

/// What `openssl s_client` says, both outputs, after it has sent `request` over a TLS connection to 127.0.0.1 and read
/// until the server closed. The request had better say "Connection: close". `more`: further options. Throws
/// std::runtime_error when the program cannot be run.
std::string ask_with_openssl(std::uint16_t port, std::string_view request, const std::vector<std::string>& more = {});

}  // namespace gw::test
