#include "libgw/policy/iam/condition.h"

#include <algorithm>
#include <array>

#include "libgw/base/encoding.h"
#include "libgw/base/text.h"

namespace gw::iam {

namespace {

struct Named {
    std::string_view name;
    Comparison comparison;
    Relation relation;
    bool is_negated;
};

using enum Comparison;
using enum Relation;
constexpr std::array kOperators = {
    Named{"StringEquals", string_equals, equal, false},
    Named{"StringNotEquals", string_equals, equal, true},
    Named{"StringEqualsIgnoreCase", string_equals_ignoring_case, equal, false},
    Named{"StringNotEqualsIgnoreCase", string_equals_ignoring_case, equal, true},
    Named{"StringLike", string_like, equal, false},
    Named{"StringNotLike", string_like, equal, true},
    Named{"NumericEquals", numeric, equal, false},
    Named{"NumericNotEquals", numeric, equal, true},
    Named{"NumericLessThan", numeric, less, false},
    Named{"NumericLessThanEquals", numeric, less_or_equal, false},
    Named{"NumericGreaterThan", numeric, greater, false},
    Named{"NumericGreaterThanEquals", numeric, greater_or_equal, false},
    Named{"DateEquals", date, equal, false},
    Named{"DateNotEquals", date, equal, true},
    Named{"DateLessThan", date, less, false},
    Named{"DateLessThanEquals", date, less_or_equal, false},
    Named{"DateGreaterThan", date, greater, false},
    Named{"DateGreaterThanEquals", date, greater_or_equal, false},
    Named{"Bool", boolean, equal, false},
    Named{"BinaryEquals", binary, equal, false},
    Named{"IpAddress", address, equal, false},
    Named{"NotIpAddress", address, equal, true},
    Named{"ArnEquals", arn, equal, false},
    Named{"ArnLike", arn, equal, false},
    Named{"ArnNotEquals", arn, equal, true},
    Named{"ArnNotLike", arn, equal, true},
    Named{"Null", null, equal, false},
};

std::string nearest_operator(std::string_view name) {
    std::array<std::string_view, kOperators.size()> names;
    std::transform(kOperators.begin(), kOperators.end(), names.begin(), [](const Named& named) { return named.name; });
    const std::string_view near = closest(name, names);
    return near.empty() ? "such as StringEquals, IpAddress or Null" : "did you mean '" + std::string(near) + "'?";
}

template <class T>
Match relate(const T& found, const T& wanted, Relation relation) {
    const auto order = found <=> wanted;
    const bool holds = [&] {
        switch (relation) {
            case equal: return order == 0;
            case less: return order < 0;
            case less_or_equal: return order <= 0;
            case greater: return order > 0;
            case greater_or_equal: return order >= 0;
        }
        return false;
    }();
    return holds ? Match::yes : Match::no;
}

bool is_boolean(std::string_view text) {
    return equals_ignoring_case(text, "true") || equals_ignoring_case(text, "false");
}

Error bad_value(std::string_view what, std::string_view value, std::string hint) {
    return Error{Errc::parse, "'" + std::string(value) + "' is not " + std::string(what), std::move(hint), {}};
}

constexpr Match to_match(bool matched) { return matched ? Match::yes : Match::no; }

}  // namespace

Result<ConditionOperator> ConditionOperator::parse(std::string_view name) {
    ConditionOperator made;
    std::string_view base = name;
    if (const auto sides = split_once(name, ':')) {
        if (equals_ignoring_case(sides->first, "ForAllValues")) {
            made.set = Set::for_all_values;
        } else if (equals_ignoring_case(sides->first, "ForAnyValue")) {
            made.set = Set::for_any_value;
        } else {
            return Error{Errc::parse,
                         "unknown set operator '" + std::string(sides->first) + "'",
                         "it is ForAllValues or ForAnyValue",
                         {}};
        }
        base = sides->second;
    }
    constexpr std::string_view kIfExists = "IfExists";
    if (base.size() > kIfExists.size() &&
        equals_ignoring_case(base.substr(base.size() - kIfExists.size()), kIfExists)) {
        made.if_exists = true;
        base.remove_suffix(kIfExists.size());
    }
    const auto named = std::find_if(kOperators.begin(), kOperators.end(),
                                    [&](const Named& known) { return equals_ignoring_case(known.name, base); });
    if (named == kOperators.end()) {
        return Error{Errc::parse, "unknown condition operator '" + std::string(name) + "'", nearest_operator(base), {}};
    }
    if (named->comparison == null && made.if_exists) {
        return Error{Errc::parse, "Null takes no IfExists", "Null itself asks whether the key is there", {}};
    }
    made.comparison = named->comparison;
    made.relation = named->relation;
    made.is_negated = named->is_negated;
    return made;
}

Result<Condition> Condition::parse(const ConditionOperator& condition_operator, std::string_view name,
                                   std::string_view key, bool variables) {
    if (key.empty()) return Error{Errc::parse, "a condition key is empty", "such as aws:SourceIp", {}};
    Condition made;
    made.operator_ = condition_operator;
    made.key_ = ContextKey(key);
    made.label_ = std::string(name) + " " + std::string(key);
    made.variables_ = variables;
    return made;
}

Result<void> Condition::add_value(std::string_view value) {
    switch (operator_.comparison) {
        case string_equals:
        case string_equals_ignoring_case:
        case string_like:
            operands_.emplace_back(TRY(Template::parse(value, {operator_.comparison == string_like, variables_})));
            return {};
        case boolean: {
            auto text = TRY(Template::parse(value, {false, variables_}));
            if (!text.has_variables() && !is_boolean(value)) return bad_value("true or false", value, {});
            operands_.emplace_back(std::move(text));
            return {};
        }
        case arn:
            operands_.emplace_back(TRY(ArnPattern::parse(value, variables_, ArnPattern::Place::condition)));
            return {};
        case numeric: {
            auto number = Decimal::parse(value);
            if (!number) return bad_value("a number", value, "digits, with a sign and a point where needed");
            operands_.emplace_back(*std::move(number));
            return {};
        }
        case date: {
            const auto moment = Moment::parse(value);
            if (!moment) return bad_value("a date", value, "such as 2026-01-31T12:00:00Z, or seconds since 1970");
            operands_.emplace_back(*moment);
            return {};
        }
        case binary: {
            auto bytes = parse_base64(value);
            if (!bytes) return bad_value("base64", value, std::move(bytes).error().message);
            operands_.emplace_back(*std::move(bytes));
            return {};
        }
        case address: {
            const auto network = Network::parse(value);
            if (!network) return bad_value("an address or network", value, "such as 192.0.2.0/24 or 2001:db8::/32");
            operands_.emplace_back(*network);
            return {};
        }
        case null:
            if (!is_boolean(value)) return bad_value("true or false", value, "true: the key is not there");
            operands_.emplace_back(equals_ignoring_case(value, "true"));
            return {};
    }
    return {};
}

Match Condition::compare(const Operand& operand, const std::string& value, const Context& context) const {
    switch (operator_.comparison) {
        case string_equals:
        case string_equals_ignoring_case:
        case boolean: {
            std::string scratch;
            const std::string* wanted = std::get<Template>(operand).text(context, scratch);
            if (!wanted) return Match::unknown;
            if (operator_.comparison == string_equals) return to_match(*wanted == value);
            if (operator_.comparison == boolean && (!is_boolean(*wanted) || !is_boolean(value))) return Match::unknown;
            return to_match(equals_ignoring_case(*wanted, value));
        }
        case string_like: return std::get<Template>(operand).matches(value, context);
        case arn: {
            const auto name = Arn::parse(value);
            return name ? std::get<ArnPattern>(operand).matches(*name, context) : Match::unknown;
        }
        case numeric: {
            const auto number = Decimal::parse(value);
            return number ? relate(*number, std::get<Decimal>(operand), operator_.relation) : Match::unknown;
        }
        case date: {
            const auto moment = Moment::parse(value);
            return moment ? relate(*moment, std::get<Moment>(operand), operator_.relation) : Match::unknown;
        }
        case binary: {
            const auto bytes = parse_base64(value);
            return bytes ? to_match(*bytes == std::get<std::string>(operand)) : Match::unknown;
        }
        case address: {
            const auto found = http::IpAddress::parse(value);
            return found ? to_match(std::get<Network>(operand).contains(*found)) : Match::unknown;
        }
        case null: break;
    }
    return Match::unknown;
}

bool Condition::is_satisfied_by(const std::string& value, const Context& context) const {
    const auto is = [&](Match wanted) {
        return [&, wanted](const Operand& operand) { return compare(operand, value, context) == wanted; };
    };
    if (operator_.is_negated) return std::all_of(operands_.begin(), operands_.end(), is(Match::no));
    return std::any_of(operands_.begin(), operands_.end(), is(Match::yes));
}

bool Condition::holds(const Context& context) const {
    using Set = ConditionOperator::Set;
    const Context::Entry* entry = context.find(key_);
    if (operator_.comparison == null) {
        const bool is_missing = entry == nullptr;
        return std::any_of(operands_.begin(), operands_.end(),
                           [&](const Operand& operand) { return std::get<bool>(operand) == is_missing; });
    }
    const auto satisfies = [&](const std::string& value) { return is_satisfied_by(value, context); };
    switch (operator_.set) {
        case Set::for_all_values: return !entry || std::all_of(entry->values.begin(), entry->values.end(), satisfies);
        case Set::for_any_value: return entry && std::any_of(entry->values.begin(), entry->values.end(), satisfies);
        case Set::none: break;
    }
    if (!entry) return operator_.is_negated || operator_.if_exists;
    return !entry->is_multivalued && satisfies(entry->values.front());
}

}  // namespace gw::iam
