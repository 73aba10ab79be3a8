#pragma once
// --fail-if: a sentence about figures that a script wants to hear of.

#include <string>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/policy/throttle/simulate.h"

namespace gw::sim {

/// "rejected > 1%", "key.*.rejected > 5%", "layer.account.rejected >= 10".
struct Condition {
    enum class What : std::uint8_t { offered, accepted, rejected, repeated };
    enum class Compare : std::uint8_t { more, at_least, less, at_most };
    What what = What::rejected;
    std::string key;    ///< of key.NAME; "*": any; "": all requests together
    std::string layer;  ///< of layer.NAME; "": all
    Compare compare = Compare::more;
    double bound = 0;
    bool percent = false;  ///< of what was offered (to the same)
    std::string text;      ///< as written
};

/// Errc::usage.
Result<Condition> parse_condition(std::string_view text);

/// Whether it holds of a count. Requires: it is about keys, or about all.
bool holds(const Condition& condition, const throttle::Count& count, std::uint64_t repeated, std::uint64_t of_layer);

}  // namespace gw::sim
