#pragma once
// The hosts file: names that are answered without a network.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/io/net/address.h"

namespace gw::net {

/// hosts(5): an address and its names on each line, `#` for comments. Lines that make no sense are skipped, as
/// everywhere.
class Hosts {
  public:
    /// Reads at most kMaxText bytes of `text` and kMaxEntries pairs of name and address.
    static Hosts parse(std::string_view text);

    /// The addresses of a name, in the order of the file and without a port; nothing when it is not there. Lower case,
    /// no final dot.
    [[nodiscard]] const std::vector<Address>* find(std::string_view name) const;

    static constexpr std::size_t kMaxText = 1 << 20;
    static constexpr std::size_t kMaxEntries = 16384;

  private:
    std::map<std::string, std::vector<Address>, std::less<>> names_;
};

}  // namespace gw::net
