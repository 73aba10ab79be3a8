#include "apps/gw-throttle-sim/condition.h"

#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "libgw/base/text.h"

namespace gw::sim {
namespace {

constexpr std::array<std::string_view, 4> kWhat = {"offered", "accepted", "rejected", "repeated"};

Error bad(std::string_view text, std::string_view why) {
    return Error{Errc::usage,
                 fmt::format("--fail-if '{}': {}", text, why),
                 "'rejected > 1%', 'key.*.rejected > 5%', 'layer.account.rejected >= 10'",
                 {}};
}

}  // namespace

Result<Condition> parse_condition(std::string_view text) {
    Condition condition;
    condition.text = std::string(text);
    const auto sign = text.find_first_of("<>");
    if (sign == std::string_view::npos) return bad(text, "nothing is compared");
    std::string_view name = trim_ows(text.substr(0, sign));
    std::string_view number = text.substr(sign + 1);
    const bool equal = number.starts_with('=');
    if (equal) number.remove_prefix(1);
    using Compare = Condition::Compare;
    condition.compare =
        text[sign] == '>' ? (equal ? Compare::at_least : Compare::more) : (equal ? Compare::at_most : Compare::less);
    number = trim_ows(number);
    condition.percent = number.ends_with('%');
    if (condition.percent) number.remove_suffix(1);
    const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), condition.bound);
    if (fault != std::errc() || end != number.data() + number.size() || !(condition.bound >= 0))
        return bad(text, fmt::format("'{}' is not a number", number));
    const auto what = name.rfind('.');
    if (what != std::string_view::npos) {
        const std::string_view owner = name.substr(0, what);
        if (owner.starts_with("key.") && owner.size() > 4)
            condition.key = std::string(owner.substr(4));
        else if (owner.starts_with("layer.") && owner.size() > 6)
            condition.layer = std::string(owner.substr(6));
        else
            return bad(text, fmt::format("'{}' has no figures", owner));
        name = name.substr(what + 1);
    }
    for (std::size_t i = 0; i < kWhat.size(); ++i) {
        if (kWhat[i] != name) continue;
        condition.what = static_cast<Condition::What>(i);
        if (!condition.layer.empty() && condition.what != Condition::What::rejected)
            return bad(text, "a layer only rejects");
        if (!condition.key.empty() && condition.what == Condition::What::repeated)
            return bad(text, "what was repeated is counted for all together");
        return condition;
    }
    return bad(text, fmt::format("'{}' is not offered, accepted, rejected or repeated", name));
}

bool holds(const Condition& condition, const throttle::Count& count, std::uint64_t repeated, std::uint64_t of_layer) {
    double value = 0;
    switch (condition.what) {
        case Condition::What::offered: value = static_cast<double>(count.offered); break;
        case Condition::What::accepted: value = static_cast<double>(count.accepted()); break;
        case Condition::What::rejected:
            value = static_cast<double>(condition.layer.empty() ? count.rejected : of_layer);
            break;
        case Condition::What::repeated: value = static_cast<double>(repeated); break;
    }
    if (condition.percent) {
        if (count.offered == 0) return false;  // a share of nothing
        value = 100 * value / static_cast<double>(count.offered);
    }
    switch (condition.compare) {
        case Condition::Compare::more: return value > condition.bound;
        case Condition::Compare::at_least: return value >= condition.bound;
        case Condition::Compare::less: return value < condition.bound;
        case Condition::Compare::at_most: break;
    }
    return value <= condition.bound;
}

}  // namespace gw::sim
