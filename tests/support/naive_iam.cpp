#include "tests/support/naive_iam.h"

#include <algorithm>
#include <functional>
#include <optional>
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
    std::size_t length = slash == std::string::npos ? base->size() - 1 : std::stoul(network.substr(slash + 1));
    if (slash != std::string::npos && base->starts_with('4') && network.find(':') != std::string::npos) length -= 96;
    return base->substr(0, 1 + length) == found->substr(0, 1 + length);
}

std::optional<double> number_of(const std::string& text) {
    try {
        std::size_t end = 0;
        const double number = std::stod(text, &end);
        if (end == text.size()) return number;
    } catch (const std::exception&) {
    }
    return std::nullopt;
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

Answer ask_policy(const Value& policy, const Value& given, bool is_resource_policy) {
    const Known known{*given.find("context")};
    const std::string action = to_lower(*given.find_string("action"));
    const std::string resource = *given.find_string("resource");
    const std::string caller = *given.find_string("principal");
    Array statements;
    const Value& found = *policy.find("Statement");
    if (found.if_array()) {
        statements = *found.if_array();
    } else {
        statements.push_back(found);
    }
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
            const Value* boundary = given.find("permissionBoundary");
            if (is_not && denies && boundary && !boundary->is_null()) named = 3;
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

std::string judge_naively(const Value& given) {
    const auto ask = [&](std::string_view name, bool is_resource) -> std::optional<Answer> {
        const Value* policy = given.find(name);
        if (!policy || policy->is_null()) return std::nullopt;
        return ask_policy(*policy, given, is_resource);
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
    for (const Value& policy : *given.find("identityPolicies")->if_array()) {
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

namespace {

constexpr std::string_view kCallers =
    "arn:aws:iam::111122223333:user/alice|arn:aws:iam::111122223333:user/path/bob|arn:aws:iam::444455556666:user/alice|"
    "arn:aws:sts::111122223333:assumed-role/dev/s1|arn:aws:sts::444455556666:assumed-role/dev/s1|"
    "arn:aws:iam::111122223333:role/dev|arn:aws:sts::111122223333:federated-user/alice|lambda.amazonaws.com|anonymous";
constexpr std::string_view kPrincipals =
    "*|111122223333|arn:aws:iam::444455556666:root|arn:aws:iam::111122223333:user/alice|"
    "arn:aws:iam::111122223333:user/path/bob|arn:aws:iam::444455556666:user/alice|arn:aws:iam::111122223333:role/dev|"
    "arn:aws:iam::111122223333:role/team/dev|arn:aws:sts::111122223333:assumed-role/dev/s1|"
    "arn:aws:sts::111122223333:assumed-role/dev/s2|arn:aws:sts::111122223333:federated-user/alice";
constexpr std::string_view kActions =
    "execute-api:Invoke|execute-api:invoke|Execute-API:*|*|execute-api:?nvoke|execute-api:Invoke?|execute-api:*e|"
    "execute-api:ManageConnections|s3:GetObject|*:Inv*";
constexpr std::string_view kApi = "arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5";
constexpr std::string_view kPaths =
    "/test/GET/pets|/test/GET/pets/1|/prod/GET/pets/1/toys|/prod/PUT/Pets|/dev/POST/admin|/test/OPTIONS/admin/users|"
    "/dev/GET/|/prod/GET/users/alice/x|/prod/GET/red/1|/test/GET/*|/test/GET/a:b";
constexpr std::string_view kResources =
    "/*|/test/*|/*/GET/*|/test/GET/pets*|/?est/GET/*|/prod/*/admin*|/*/*/toys|/*/${aws:username}/*|"
    "/*/${aws:PrincipalTag/team}/1|/*/${aws:PrincipalTag/team, "
    "'red'}/?|/test/GET/${*}|/*/*/?ets|/test/GET/pets|/dev/GET/";
constexpr std::string_view kWholeResources =
    "*|arn:aws:execute-api:*|arn:aws:execute-api:us-east-1:*:*|arn:aws:execute-api:*:*:*/*/GET/*|arn:aws:s3:::b/*|"
    "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/*|arn:aws:execute-api:us-*-1:1111*:a1b2*";

struct Family {
    std::string_view operators;
    std::string_view keys;
    std::string_view values;
};
constexpr Family kFamilies[] = {
    {"StringEquals|StringNotEquals|StringEqualsIgnoreCase|StringNotEqualsIgnoreCase",
     "aws:username|aws:PrincipalTag/team|AWS:useragent|aws:TagKeys|aws:SourceVpc",
     "red|Red|blue|alice|curl/8.0|team|env|${aws:username}|${aws:PrincipalTag/team}|${aws:PrincipalTag/none, "
     "'red'}|r*d"},
    {"StringLike|StringNotLike", "aws:username|aws:PrincipalTag/team|aws:UserAgent|aws:TagKeys|aws:SourceVpc",
     "r*|*e*|?ed|curl/*|*|${aws:username}|${aws:PrincipalTag/team}*|r${*}d|t??m|*${aws:SourceVpc}"},
    {"NumericEquals|NumericNotEquals|NumericLessThan|NumericLessThanEquals|NumericGreaterThan|NumericGreaterThanEquals",
     "aws:EpochTime|aws:MultiFactorAuthAge|aws:username", "300|300.0|-5|1590000000|0.5|3600"},
    {"DateEquals|DateNotEquals|DateLessThan|DateLessThanEquals|DateGreaterThan|DateGreaterThanEquals",
     "aws:CurrentTime|aws:EpochTime|aws:TokenIssueTime",
     "2020-06-01T12:00:00Z|2026-01-01T00:00:00Z|2026-01-01|1590000000|2030-12-31T23:59:59Z|2020-06-01T13:00:00+01:00"},
    {"Bool", "aws:SecureTransport|aws:MultiFactorAuthPresent|aws:username", "true|false|True|${aws:SecureTransport}"},
    {"BinaryEquals", "aws:SourceVpc|aws:username", "dnBj|YWJj"},
    {"IpAddress|NotIpAddress", "aws:SourceIp",
     "0.0.0.0/0|10.0.0.0/8|192.0.2.0/24|2001:db8::/32|::/0|10.0.0.5|::ffff:10.0.0.0/104|2001:db8::1|203.0.113.77/32"},
    {"ArnEquals|ArnLike|ArnNotEquals|ArnNotLike", "aws:PrincipalArn|aws:username|aws:SourceArn",
     "arn:aws:iam::*:role/d*|arn:aws:iam::111122223333:user/alice|arn:aws:iam::*:user/*|arn:aws:iam::*:*/"
     "${aws:username}|"
     "arn:aws:iam::${aws:PrincipalAccount}:*"},
    {"Null", "aws:SourceVpc|aws:username|aws:TagKeys", "true|false"},
};

}  // namespace

std::string IamCases::pick(std::string_view words) {
    const auto all = split(words, '|');
    return std::string(all[random_.below(all.size())]);
}

Value IamCases::some(std::string_view words, unsigned most) {
    if (chance(50)) return pick(words);
    Array list;
    for (std::uint64_t count = 1 + random_.below(most); count > 0; --count) list.push_back(pick(words));
    return list;
}

Value IamCases::make_context(const std::string& caller) {
    Object context;
    const auto maybe = [&](std::string_view key, std::string_view values) {
        if (chance(55)) context.push_back({std::string(key), pick(values)});
    };
    maybe("aws:SourceIp", "10.0.0.5|203.0.113.77|2001:db8::1|192.0.2.9|::ffff:10.0.0.9|unknown");
    maybe("aws:SecureTransport", "true|false");
    maybe("aws:CurrentTime", "2020-06-01T12:00:00Z|2026-01-01T00:00:00Z|2030-12-31T23:59:59Z");
    maybe("aws:EpochTime", "1590000000|1767225600");
    maybe("aws:UserAgent", "curl/8.0|Mozilla/5.0");
    maybe("aws:PrincipalTag/team", "red|Red|blue|r*d||*");
    maybe("aws:SourceVpc", "vpc|dnBj|d");
    maybe("aws:MultiFactorAuthAge", "10|300|3600");
    maybe("aws:MultiFactorAuthPresent", "true|false");
    maybe("aws:TokenIssueTime", "2025-12-31T00:00:00Z|1590000000");
    if (chance(50)) context.push_back({"aws:TagKeys", some("team|env|Team|red|t*m", 3)});
    const auto parts = arn_parts(caller);
    if (parts.size() == 6 && chance(90)) {
        context.push_back({"aws:PrincipalAccount", parts[4]});
        const bool is_session = caller.find(":assumed-role/") != std::string::npos;
        context.push_back({"aws:PrincipalArn", is_session ? "arn:aws:iam::" + parts[4] + ":role/dev" : caller});
        if (caller.find(":user/") != std::string::npos) {
            context.push_back({"aws:username", caller.substr(caller.rfind('/') + 1)});
        }
    }
    return context;
}

Value IamCases::make_conditions() {
    Object conditions;
    for (std::uint64_t count = 1 + random_.below(2); count > 0; --count) {
        const Family& family = kFamilies[random_.below(std::size(kFamilies))];
        std::string op = pick(family.operators);
        if (op != "Null") {
            if (chance(20)) op += "IfExists";
            if (chance(20)) op = pick("ForAllValues:|ForAnyValue:") + op;
        }
        if (std::any_of(conditions.begin(), conditions.end(), [&](const Member& member) { return member.key == op; }))
            continue;
        const std::string key = pick(family.keys);
        conditions.push_back({op, Object{{key, some(family.values, 3)}}});
    }
    return conditions;
}

Value IamCases::make_statement(bool has_principal) {
    Object statement{{"Effect", chance(75) ? "Allow" : "Deny"}};
    if (has_principal) {
        Value principal = "*";
        if (chance(75)) {
            principal = chance(15) ? Object{{"Service", some("lambda.amazonaws.com|s3.amazonaws.com")}}
                                   : Object{{"AWS", some(kPrincipals)}};
        }
        statement.push_back({chance(92) ? "Principal" : "NotPrincipal", std::move(principal)});
    }
    statement.push_back({chance(93) ? "Action" : "NotAction", some(kActions)});
    Array resources;
    for (std::uint64_t count = 1 + random_.below(2); count > 0; --count) {
        resources.push_back(chance(25) ? pick(kWholeResources) : std::string(kApi) + pick(kResources));
    }
    statement.push_back({chance(93) ? "Resource" : "NotResource", std::move(resources)});
    if (chance(45)) statement.push_back({"Condition", make_conditions()});
    return statement;
}

Value IamCases::make_policy(bool has_principal) {
    Object policy{{"Version", "2012-10-17"}};
    if (chance(15)) {
        policy.push_back({"Statement", make_statement(has_principal)});
    } else {
        Array statements;
        for (std::uint64_t count = 1 + random_.below(3); count > 0; --count)
            statements.push_back(make_statement(has_principal));
        policy.push_back({"Statement", std::move(statements)});
    }
    return policy;
}

Value IamCases::make_deny(bool has_principal) {
    Value statement = make_statement(has_principal);
    for (Member& member : *statement.if_object()) {
        if (member.key == "Effect") member.value = "Deny";
    }
    return statement;
}

void IamCases::ask(Object& into) {
    const std::string caller = pick(kCallers);
    into.push_back({"principal", caller});
    into.push_back(
        {"action", pick("execute-api:Invoke|execute-api:Invoke|execute-api:Invoke|execute-api:ManageConnections")});
    into.push_back({"resource", std::string(kApi) + pick(kPaths)});
    into.push_back({"resourceAccount", "111122223333"});
    into.push_back({"context", make_context(caller)});
}

Value IamCases::next() {
    Object made;
    ask(made);
    Array identity;
    for (std::uint64_t count = random_.below(3); count > 0; --count) identity.push_back(make_policy(false));
    made.push_back({"identityPolicies", std::move(identity)});
    made.push_back({"resourcePolicy", chance(65) ? make_policy(true) : Value()});
    if (chance(25)) made.push_back({"sessionPolicy", make_policy(false)});
    if (chance(25)) made.push_back({"permissionBoundary", make_policy(false)});
    return made;
}

Value IamCases::vary(const Value& given) {
    Object made;
    ask(made);
    for (const char* name : {"identityPolicies", "resourcePolicy", "sessionPolicy", "permissionBoundary"}) {
        if (const Value* policy = given.find(name)) made.push_back({name, *policy});
    }
    return made;
}

}  // namespace gw::test
