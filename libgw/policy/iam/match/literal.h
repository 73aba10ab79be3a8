#pragma once
// The values that conditions compare by what they mean and not by how they are written.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/wire/http/address.h"

namespace gw::iam {

/// A decimal number of any length, compared exactly.
/// Invariant: no zeros at the outer ends of either part; zero is not negative.
struct Decimal {
    bool negative = false;
    std::string whole;
    std::string fraction;

    /// Digits with an optional sign and point: "5", "-0.50", ".5". Nothing for anything else, exponents too.
    static std::optional<Decimal> parse(std::string_view text);
    friend bool operator==(const Decimal&, const Decimal&) = default;
    friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
};

/// A moment of any year from 0 to 9999.
struct Moment {
    std::int64_t seconds = 0;  ///< since 1970, UTC
    std::uint32_t nanoseconds = 0;

    /// Reads whole seconds since 1970 ("1767225600", "-1"), or a date of ISO 8601 as W3C's note on datetime has it:
    /// "2026-01", "2026-01-31", "2026-01-31T23:59Z", "2026-01-31T23:59:59.5+01:00". A time without a zone is UTC. Four
    /// digits are seconds and not a year, as in AWS.
    static std::optional<Moment> parse(std::string_view text);
    friend auto operator<=>(const Moment&, const Moment&) = default;
};

/// A network of one family: 0.0.0.0/0 holds no IPv6 address and ::/0 no IPv4 address. Addresses mapped into IPv6
/// (::ffff:192.0.2.1) count as IPv4.
struct Network {
    http::Cidr cidr;

    /// "192.0.2.0/24", "2001:db8::/32", or one address.
    static std::optional<Network> parse(std::string_view text);
    [[nodiscard]] bool contains(const http::IpAddress& address) const;
};

}  // namespace gw::iam
