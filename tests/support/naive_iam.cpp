#include "tests/support/naive_iam.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <arpa/inet.h>

#include "libgw/base/text.h"
#include "libgw/base/time_text.h"

namespace gw::test {

namespace {

using Strings = std::vector<std::string>;

// A character of a pattern, and whether it is meant as it stands.
struct Letter {
    char c;
    bool is_literal;
};
using Letters = std::vector<Letter>;

bool matches(const Letters& pattern, std::size_t at, std::string_view text) {
    if (at == pattern.size()) return text.empty();
    const Letter letter = pattern[at];
    if (!letter.is_literal && letter.c == '*') {
        for (std::size_t taken = 0; taken <= text.size(); ++taken) {
            if (matches(pattern, at + 1, text.substr(taken))) return true;
        }
        return false;
    }
    if (text.empty()) return false;
    if ((letter.is_literal || letter.c != '?') && letter.c != text.front()) return false;
    return matches(pattern, at + 1, text.substr(1));
}

// Scalars and lists of scalars as the strings that they stand for.
Strings strings_of(const Value& value) {
    Strings all;
    const auto add = [&](const Value& item) {
        if (const bool* boolean = item.if_bool()) {
            all.push_back(*boolean ? "true" : "false");
        } else {
            all.push_back(item.is_number() ? item.number_text() : *item.if_string());
        }
    };
    if (const Array* array = value.if_array()) {
        for (const Value& item : *array) add(item);
    } else {
        add(value);
    }
    return all;
}

struct Known {
    const Value& context;

    // The values of a key; none when it is not there.
    [[nodiscard]] Strings values(const std::string& key, bool* is_list = nullptr) const {
        for (const Member& member : *context.if_object()) {
            if (to_lower(member.key) != to_lower(key)) continue;
            const Strings found = strings_of(member.value);
            const Strings lists = {"aws:tagkeys", "aws:principalorgpaths"};
            const bool always = std::find(lists.begin(), lists.end(), to_lower(key)) != lists.end();
            if (is_list) *is_list = member.value.if_array() && (found.size() > 1 || always);
            return found;
        }
        return {};
    }

    // Puts variables in; nothing when one has no value.
    [[nodiscard]] std::optional<Letters> expand(const std::string& text, bool wildcards) const {
        Letters letters;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text.compare(i, 2, "${") != 0) {
                letters.push_back({text[i], !wildcards});
                continue;
            }
            const std::size_t end = text.find('}', i);
            std::string name = text.substr(i + 2, end - i - 2);
            std::string value;
            if (name == "*" || name == "?" || name == "$") {
                value = name;
            } else {
                if (const std::size_t comma = name.find(", '"); comma != std::string::npos) {
                    value = name.substr(comma + 3, name.size() - comma - 4);
                    name = name.substr(0, comma);
                }
                bool is_list = false;
                const Strings found = values(name, &is_list);
                if (found.size() == 1 && !is_list && !found[0].empty()) value = found[0];
                if (value.empty()) return std::nullopt;
            }
            for (const char c : value) letters.push_back({c, true});
            i = end;
        }
        return letters;
    }
};

std::vector<std::string> arn_parts(const std::string& arn) {
    std::vector<std::string> parts;
    std::string part;
    bool in_variable = false;
    for (const char c : arn) {
        if (c == '{') in_variable = true;
        if (c == '}') in_variable = false;
        if (c == ':' && !in_variable && parts.size() < 5) {
            parts.push_back(part);
            part.clear();
        } else {
            part += c;
        }
    }
    parts.push_back(part);
    return parts;
}

// true, false, or nothing when it cannot be told.
std::optional<bool> arn_matches(const Known& known, const std::string& pattern, const std::string& arn,
                                bool is_resource) {
    if (is_resource && pattern == "*") return true;
    const auto has = arn_parts(arn);
    auto wants = arn_parts(pattern);
    if (has.size() != 6) return std::nullopt;
    while (is_resource && wants.size() < 6) wants.push_back("*");
    if (wants.size() != 6) return std::nullopt;
    for (std::size_t i = 0; i < 6; ++i) {
        const auto letters = known.expand(wants[i], true);
        if (!letters) return std::nullopt;
        if (!matches(*letters, 0, has[i])) return false;
    }
    return true;
}

// An address as a string of bits, with the family in front. Nothing for what is none.
std::optional<std::string> bits_of(const std::string& text) {
    std::string bits;
    const auto add = [&](const unsigned char* bytes, std::size_t from, std::size_t size) {
        for (std::size_t i = from; i < size; ++i) {
            for (int bit = 7; bit >= 0; --bit) bits += ((bytes[i] >> bit) & 1) != 0 ? '1' : '0';
        }
    };
    unsigned char bytes[16];
    if (inet_pton(AF_INET, text.c_str(), bytes) == 1) {
        bits = "4";
        add(bytes, 0, 4);
        return bits;
    }
    if (inet_pton(AF_INET6, text.c_str(), bytes) != 1) return std::nullopt;
    const bool is_mapped = std::count(bytes, bytes + 10, 0) == 10 && bytes[10] == 0xff && bytes[11] == 0xff;
    bits = is_mapped ? "4" : "6";
    add(bytes, is_mapped ? 12 : 0, 16);
    return bits;
}

std::optional<bool> address_matches(const std::string& network, const std::string& address) {
    const std::size_t slash = network.find('/');
    const auto base = bits_of(network.substr(0, slash));
    const auto found = bits_of(address);
    if (!base || !found) return std::nullopt;
    std::size_t length = base->size() - 1;
    if (slash != std::string::npos) {
        const char* end = network.data() + network.size();
        if (std::from_chars(network.data() + slash + 1, end, length).ptr != end) return std::nullopt;
    }
    if (slash != std::string::npos && base->starts_with('4') && network.find(':') != std::string::npos) length -= 96;
    return base->substr(0, 1 + length) == found->substr(0, 1 + length);
}

std::optional<double> number_of(std::string_view text) {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    if (text.find_first_not_of("-.0123456789") != std::string_view::npos) return std::nullopt;  // inf, nan
    double number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<double> date_of(const std::string& text) {
    if (text.find_first_not_of("-0123456789") == std::string::npos && text.find('-', 1) == std::string::npos) {
        return number_of(text);
    }
    const auto date = parse_iso8601(text.size() == 10 ? text + "T00:00:00Z" : text);
    if (!date) return std::nullopt;
    return static_cast<double>(date->time_since_epoch().count()) / 1e9;
}

std::optional<bool> compare(std::string op, const Known& known, const std::string& wanted, const std::string& found) {
    const auto relation = [&](std::optional<double> a, std::optional<double> b,
                              const std::string& how) -> std::optional<bool> {
        if (!a || !b) return std::nullopt;
        if (how == "Equals") return *a == *b;
        if (how == "LessThan") return *a < *b;
        if (how == "LessThanEquals") return *a <= *b;
        if (how == "GreaterThan") return *a > *b;
        return *a >= *b;
    };
    if (op.starts_with("Arn")) return arn_matches(known, wanted, found, false);
    if (op.starts_with("Numeric")) return relation(number_of(found), number_of(wanted), op.substr(7));
    if (op.starts_with("Date")) return relation(date_of(found), date_of(wanted), op.substr(4));
    if (op == "IpAddress") return address_matches(wanted, found);
    if (op == "BinaryEquals") return wanted == found;
    const auto letters = known.expand(wanted, op == "StringLike");
    if (!letters) return std::nullopt;
    if (op == "StringLike" || op == "StringEquals") return matches(*letters, 0, found);
    std::string text;
    for (const Letter letter : *letters) text += letter.c;
    if (op == "Bool") {
        const Strings booleans = {"true", "false"};
        for (const std::string& side : {text, found}) {
            if (std::find(booleans.begin(), booleans.end(), to_lower(side)) == booleans.end()) return std::nullopt;
        }
    }
    return to_lower(text) == to_lower(found);
}

bool condition_holds(std::string op, const std::string& key, const Strings& wanted, const Known& known) {
    bool is_list = false;
    const Strings found = known.values(key, &is_list);
    std::string set;
    if (const std::size_t colon = op.find(':'); colon != std::string::npos) {
        set = op.substr(0, colon);
        op = op.substr(colon + 1);
    }
    if (op == "Null") {
        return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& value) {
            return to_lower(value) == (found.empty() ? "true" : "false");
        });
    }
    const bool if_exists = op.ends_with("IfExists");
    if (if_exists) op = op.substr(0, op.size() - 8);
    const std::size_t no = op.find("Not");
    const bool is_negated = no != std::string::npos;
    if (is_negated) op = op.substr(0, no) + op.substr(no + 3);
    const auto satisfies = [&](const std::string& value) {
        for (const std::string& one : wanted) {
            const std::optional<bool> answer = compare(op, known, one, value);
            if (is_negated && (!answer || *answer)) return false;
            if (!is_negated && answer && *answer) return true;
        }
        return is_negated;
    };
    if (set == "ForAllValues") return std::all_of(found.begin(), found.end(), satisfies);
    if (set == "ForAnyValue") return std::any_of(found.begin(), found.end(), satisfies);
    if (found.empty()) return is_negated || if_exists;
    return !is_list && satisfies(found[0]);
}

// 0: not named. 1: by its account. 2: as the role or user behind a session. 3: itself. 4: everyone.
int principal_matches(const std::string& type, const std::string& name, const std::string& caller) {
    if (type == "AWS" && name == "*") return 4;
    if (caller == "anonymous") return 0;
    if (type != "AWS") return name == caller ? 3 : 0;
    const auto has = arn_parts(caller);
    const auto wants = arn_parts(name);
    const bool is_account = name.find(':') == std::string::npos;
    if (is_account || wants[5] == "root") {
        return has.size() == 6 && has[4] == (is_account ? name : wants[4]) ? 1 : 0;
    }
    if (name == caller) return caller.find(":role/") != std::string::npos ? 2 : 3;
    if (has.size() != 6 || has[4] != wants[4] || has[1] != wants[1] || has[2] != "sts") return 0;
    const auto pieces = split(has[5], '/');
    const auto path = split(wants[5], '/');
    if (pieces[0] == "assumed-role" && path[0] == "role") return pieces[1] == path.back() ? 2 : 0;
    if (pieces[0] == "federated-user" && path[0] == "user" && path.size() == 2) return pieces[1] == path[1] ? 2 : 0;
    return 0;
}

struct Answer {
    bool denies = false;
    int allows = 0;  // as principal_matches()
};

Answer ask_policy(const Value& policy, const Value& given, bool is_resource_policy, bool has_boundary = false) {
    const Known known{*given.find("context")};
    const std::string action = to_lower(*given.find_string("action"));
    const std::string resource = *given.find_string("resource");
    const std::string caller = *given.find_string("principal");
    const Value& found = *policy.find("Statement");
    const std::span<const Value> statements =
        found.if_array() ? std::span<const Value>(*found.if_array()) : std::span<const Value>(&found, 1);
    Answer answer;
    for (const Value& statement : statements) {
        const auto either = [&](const std::string& name,
                                const std::function<std::optional<bool>(const std::string&)>& is) {
            const bool is_not = statement.find("Not" + name) != nullptr;
            bool any = false;
            for (const std::string& one : strings_of(*statement.find(is_not ? "Not" + name : name))) {
                const std::optional<bool> matched = is(one);
                if (!matched && is_not) return false;
                any = any || (matched && *matched);
            }
            return any != is_not;
        };
        if (!either("Action", [&](const std::string& one) { return matches_naively(to_lower(one), action); })) continue;
        if (!either("Resource", [&](const std::string& one) { return arn_matches(known, one, resource, true); }))
            continue;
        int named = 3;
        const bool denies = *statement.find_string("Effect") == "Deny";
        if (is_resource_policy) {
            const bool is_not = statement.find("NotPrincipal") != nullptr;
            const Value& principal = *statement.find(is_not ? "NotPrincipal" : "Principal");
            named = 0;
            if (principal.if_string()) {
                named = 4;
            } else {
                for (const Member& member : *principal.if_object()) {
                    for (const std::string& one : strings_of(member.value)) {
                        named = std::max(named, principal_matches(member.key, one, caller));
                    }
                }
            }
            if (is_not) named = named == 0 ? 3 : 0;
            if (is_not && denies && has_boundary) named = 3;
            if (named == 0) continue;
        }
        bool holds = true;
        if (const Value* conditions = statement.find("Condition")) {
            for (const Member& op : *conditions->if_object()) {
                for (const Member& key : *op.value.if_object()) {
                    holds = holds && condition_holds(op.key, key.key, strings_of(key.value), known);
                }
            }
        }
        if (!holds) continue;
        if (denies) answer.denies = true;
        if (!denies) answer.allows = std::max(answer.allows, named);
    }
    return answer;
}

}  // namespace

bool matches_naively(std::string_view pattern, std::string_view text) {
    Letters letters;
    for (const char c : pattern) letters.push_back({c, false});
    return matches(letters, 0, text);
}

std::string judge_naively(const Value& given, const Value& policies) {
    const Value* limit = policies.find("permissionBoundary");
    const bool has_boundary = limit && !limit->is_null();
    const auto ask = [&](std::string_view name, bool is_resource) -> std::optional<Answer> {
        const Value* policy = policies.find(name);
        if (!policy || policy->is_null()) return std::nullopt;
        return ask_policy(*policy, given, is_resource, has_boundary);
    };
    const std::string caller = *given.find_string("principal");
    const std::string account = *given.find_string("resourceAccount");
    const auto resource = ask("resourcePolicy", true);
    const int given_by_resource = resource ? resource->allows : 0;
    if (caller == "anonymous") {
        if (resource && resource->denies) return "ExplicitlyDenied";
        return given_by_resource == 0 ? "ImplicitlyDenied" : "Allowed";
    }
    Answer identity;
    for (const Value& policy : *policies.find("identityPolicies")->if_array()) {
        const Answer one = ask_policy(policy, given, false);
        identity.denies = identity.denies || one.denies;
        identity.allows = std::max(identity.allows, one.allows);
    }
    const auto session = ask("sessionPolicy", false);
    const auto boundary = ask("permissionBoundary", false);
    if (identity.denies || (resource && resource->denies) || (session && session->denies) ||
        (boundary && boundary->denies)) {
        return "ExplicitlyDenied";
    }
    const auto parts = arn_parts(caller);
    const bool is_service = caller.ends_with(".amazonaws.com");
    const bool is_session =
        caller.find(":assumed-role/") != std::string::npos || caller.find(":federated-user/") != std::string::npos;
    const bool is_user = caller.find(":user/") != std::string::npos;
    const bool same = parts.size() == 6 && parts[4] == account;
    bool allowed = false;
    if (is_service) {
        allowed = given_by_resource >= 2;
    } else if (same) {
        allowed = given_by_resource >= 2 || identity.allows > 0;
    } else {
        allowed = given_by_resource >= 1 && identity.allows > 0;
    }
    const bool everyone = same && given_by_resource == 4;
    const bool direct = same && given_by_resource == 3;
    if (session && session->allows == 0 && !everyone && !(direct && is_session)) allowed = false;
    if (boundary && boundary->allows == 0 && !everyone && !(direct && (is_session || is_user))) allowed = false;
    return allowed ? "Allowed" : "ImplicitlyDenied";
}

}  // namespace gw::test
