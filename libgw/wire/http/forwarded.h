#pragma once
// Who the client is behind proxies that we trust (X-Forwarded-For; security notes §2.5).

#include <optional>
#include <string_view>

#include "libgw/wire/http/address.h"
#include "libgw/wire/http/fields.h"

namespace gw::http {

/// An element of X-Forwarded-For as proxies write it: "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]",
/// "[2001:db8::1]:4711". Nothing for everything else ("unknown", names, zones, rubbish).
std::optional<IpAddress> parse_forwarded_address(std::string_view text);

/// Walks the elements of all X-Forwarded-For lines from the last to the first. At most 32 elements and 1,024 bytes are
/// looked at; what lies before them counts as not there.
class ForwardedWalk {
  public:
    explicit ForwardedWalk(const Fields& fields) : fields_(fields), line_(fields.size()) {}
    /// The next element to the left, or nothing at the end, at an element that is no address, and beyond the caps.
    std::optional<IpAddress> next();

  private:
    const Fields& fields_;
    std::size_t line_;       // index of the current line
    std::string_view rest_;  // of the current line, what has not been walked
    bool inside_ = false;    // rest_ is valid
    unsigned elements_ = 0;
    std::size_t bytes_ = 0;
};

/// The client's address. `is_trusted(const IpAddress&)` tells our own proxies. A peer that is not trusted is the
/// client, whatever it says; otherwise the first address from the right that is not trusted; if all are, the leftmost
/// one. Where an element is no address the walk ends, and the address to its right is the answer.
template <class IsTrusted>
IpAddress find_client(const Fields& fields, const IpAddress& peer, IsTrusted&& is_trusted) {
    IpAddress client = peer;
    ForwardedWalk walk(fields);
    while (is_trusted(client)) {
        const std::optional<IpAddress> before = walk.next();
        if (!before) break;
        client = *before;
    }
    return client;
}

}  // namespace gw::http
