#include "libgw/policy/iam/document.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "libgw/base/json.h"
#include "libgw/base/text.h"

namespace gw::iam {

namespace {

constexpr std::array<std::string_view, 3> kPolicyElements = {"Version", "Id", "Statement"};
constexpr std::array<std::string_view, 9> kStatementElements = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"};
constexpr std::array<std::string_view, 4> kPrincipalTypes = {"AWS", "Service", "Federated", "CanonicalUser"};

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

// Reads one document. A place is a position and the path that leads there ("Statement[0].Effect").
class Reader {
  public:
    Reader(const PolicyReading& reading, Diagnostics& diagnostics) : reading_(reading), diagnostics_(diagnostics) {}

    Policy read(const Value& document) {
        Policy policy;
        policy.name = reading_.name;
        const Object* members = object(document, "a policy");
        if (!members) return policy;
        check_elements(*members, kPolicyElements, "a policy");
        if (const Value* version = document.find("Version")) read_version(*version);
        if (const Value* id = document.find("Id")) policy.id = read_string(*id, "Id");
        const Value* statements = document.find("Statement");
        if (!statements) {
            error(document.position(), "the policy has no Statement", "write \"Statement\": [ … ]");
            return policy;
        }
        std::set<std::string> sids;
        for (const Value& statement : items(*statements, "Statement")) {
            policy.statements.push_back(read_statement(statement, policy.statements.size() + 1));
            const std::string& sid = policy.statements.back().sid;
            if (!sid.empty() && !sids.insert(sid).second) {
                error(statement.position(), "the Sid " + quoted(sid) + " stands twice",
                      "each is unique within a policy");
            }
        }
        return policy;
    }

  private:
    [[nodiscard]] Location place(Position position) const { return {reading_.file, position.line, position.column}; }
    void error(Position position, std::string message, std::string hint = {}) {
        diagnostics_.error(said(std::move(message)), place(position), std::move(hint));
    }
    void warning(Position position, std::string message, std::string hint = {}) {
        diagnostics_.warning(said(std::move(message)), place(position), std::move(hint));
    }
    // An error inside of a string: the column is moved there when the string stands on one line.
    void error(const Value& value, Error error) {
        Location where = place(value.position());
        if (error.where && where.line != 0) {
            where = diagnostics_.inside(where, value.if_string() ? *value.if_string() : "");
            where.column += error.where->column - 1;
        }
        diagnostics_.error(said(std::move(error.message)), where, std::move(error.hint));
    }
    [[nodiscard]] std::string said(std::string message) const {
        if (statement_ == 0) return message;
        return "statement " + std::to_string(statement_) + ": " + message;
    }

    const Object* object(const Value& value, std::string_view what) {
        const Object* members = value.if_object();
        if (!members) {
            error(value.position(), std::string(what) + " is an object, found " + std::string(value.kind_name()));
        } else if (const auto twice = find_duplicate_key(*members)) {
            const Member& later = (*members)[twice->second];
            error(later.key_position, quoted(later.key) + " stands twice");
        }
        return members;
    }

    // A list, or the one value that stands for a list of it.
    std::span<const Value> items(const Value& value, std::string_view what) {
        const Array* array = value.if_array();
        if (!array) return {&value, 1};
        if (array->empty()) warning(value.position(), std::string(what) + " is an empty list");
        return *array;
    }

    void check_elements(const Object& members, std::span<const std::string_view> known, std::string_view of) {
        for (const Member& member : members) {
            if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
            const std::string_view near = closest(member.key, known);
            error(member.key_position, std::string(of) + " has no element " + quoted(member.key),
                  near.empty() ? "there are " + join(known, ", ") : "did you mean " + quoted(near) + "?");
        }
    }

    std::string read_string(const Value& value, std::string_view what) {
        if (const std::string* text = value.if_string()) return *text;
        error(value.position(), std::string(what) + " is a string, found " + std::string(value.kind_name()));
        return {};
    }

    void read_version(const Value& value) {
        const std::string* text = value.if_string();
        if (text && *text == "2012-10-17") {
            variables_ = true;
        } else if (!text || *text != "2008-10-17") {
            error(value.position(), "unknown Version of the policy language", "write \"2012-10-17\"");
        }
    }

    Statement read_statement(const Value& value, std::size_t number) {
        statement_ = number;
        Statement statement;
        statement.number = number;
        if (const Object* members = object(value, "a statement")) {
            check_elements(*members, kStatementElements, "a statement");
            if (const Value* sid = value.find("Sid")) statement.sid = read_string(*sid, "Sid");
            read_effect(value, statement);
            read_principals(value, statement);
            read_actions(value, statement);
            read_resources(value, statement);
            if (const Value* conditions = value.find("Condition")) read_conditions(*conditions, statement);
        }
        statement_ = 0;
        return statement;
    }

    void read_effect(const Value& value, Statement& statement) {
        const Value* effect = value.find("Effect");
        if (!effect) return error(value.position(), "there is no Effect", "write \"Effect\": \"Allow\" or \"Deny\"");
        const std::string* text = effect->if_string();
        if (text && *text == "Allow") {
            statement.effect = Effect::allow;
        } else if (text && *text == "Deny") {
            statement.effect = Effect::deny;
        } else {
            error(effect->position(), "an Effect is \"Allow\" or \"Deny\", in this case of letters",
                  text ? std::string() : "found " + std::string(effect->kind_name()));
        }
    }

    // The one of two elements that is there.
    const Value* either(const Value& value, std::string_view name, std::string_view negated, bool& is_negated) {
        const Value* plain = value.find(name);
        const Value* other = value.find(negated);
        is_negated = other != nullptr;
        if (plain && other) {
            error(other->position(), std::string(name) + " and " + std::string(negated) + " exclude each other");
        }
        return other ? other : plain;
    }

    void read_principals(const Value& value, Statement& statement) {
        const Value* found = either(value, "Principal", "NotPrincipal", statement.is_not_principal);
        if (reading_.kind == PolicyKind::identity) {
            if (found)
                error(found->position(), "the policy of an identity takes no principal",
                      "it speaks of whom it is attached to");
            return;
        }
        if (!found) {
            return error(value.position(), "there is no Principal", "write \"Principal\": \"*\" for everyone");
        }
        if (statement.is_not_principal && statement.effect == Effect::allow) {
            warning(found->position(), "NotPrincipal with Allow lets everyone else in, anonymous callers too");
        }
        if (const std::string* text = found->if_string()) {
            if (*text != "*") {
                return error(found->position(), "a Principal is \"*\" or an object, found " + quoted(*text),
                             "write {\"AWS\": \"" + *text + "\"}");
            }
            statement.principals.push_back(PrincipalPattern::everyone());
            return;
        }
        const Object* members = object(*found, "a Principal");
        if (!members) return;
        check_elements(*members, kPrincipalTypes, "a Principal");
        if (members->empty()) warning(found->position(), "the Principal is empty and names nobody");
        for (const Member& member : *members) {
            if (std::find(kPrincipalTypes.begin(), kPrincipalTypes.end(), member.key) == kPrincipalTypes.end())
                continue;
            for (const Value& item : items(member.value, "a Principal")) {
                const std::string* text = item.if_string();
                if (!text) {
                    read_string(item, "a principal");
                } else if (auto principal = PrincipalPattern::parse(member.key, *text)) {
                    statement.principals.push_back(*std::move(principal));
                } else {
                    error(item, std::move(principal).error());
                }
            }
        }
    }

    void read_actions(const Value& value, Statement& statement) {
        const Value* found = either(value, "Action", "NotAction", statement.is_not_action);
        if (!found) return error(value.position(), "there is no Action", "write \"Action\": \"execute-api:Invoke\"");
        if (statement.is_not_action && statement.effect == Effect::allow) {
            warning(found->position(), "NotAction with Allow allows every other action");
        }
        for (const Value& item : items(*found, "Action")) {
            const std::string* text = item.if_string();
            if (!text) {
                read_string(item, "an action");
            } else if (!is_action(*text)) {
                error(item.position(), quoted(*text) + " is not an action",
                      "such as execute-api:Invoke, execute-api:* or *");
            } else {
                statement.actions.push_back(Glob::wild(to_lower(*text)));
            }
        }
    }

    // "*", or service:name with wildcards in the name; the service is known or any.
    static bool is_action(std::string_view text) {
        if (!text.empty() && text.find_first_not_of('*') == std::string_view::npos) return true;
        const auto sides = split_once(text, ':');
        if (!sides || sides->first.empty() || sides->second.empty()) return false;
        const auto is_plain = [](char c) { return is_alpha(c) || is_digit(c) || c == '-'; };
        const auto is_wild = [&](char c) { return is_plain(c) || c == '*' || c == '?' || c == '_'; };
        return (sides->first == "*" || std::all_of(sides->first.begin(), sides->first.end(), is_plain)) &&
               std::all_of(sides->second.begin(), sides->second.end(), is_wild);
    }

    void read_resources(const Value& value, Statement& statement) {
        const Value* found = either(value, "Resource", "NotResource", statement.is_not_resource);
        if (!found) return error(value.position(), "there is no Resource", "write \"Resource\": \"*\" for all");
        if (statement.is_not_resource && statement.effect == Effect::allow) {
            warning(found->position(), "NotResource with Allow allows every other resource");
        }
        for (const Value& item : items(*found, "Resource")) {
            const std::string* text = item.if_string();
            if (!text) {
                read_string(item, "a resource");
                continue;
            }
            if (auto pattern = parse_resource(*text)) {
                statement.resources.push_back(*std::move(pattern));
            } else {
                error(item, std::move(pattern).error());
            }
        }
    }

    Result<ArnPattern> parse_resource(const std::string& text) {
        if (!text.starts_with("execute-api:")) {
            // A resource policy that leaves out parts names nothing in AWS, unless there is a wildcard.
            if (reading_.kind == PolicyKind::resource && text.starts_with("arn:") &&
                text.find('*') == std::string::npos && std::count(text.begin(), text.end(), ':') < 5) {
                return Error{Errc::parse, quoted(text) + " names no resource", "an ARN has six parts", {}};
            }
            return ArnPattern::parse(text, variables_, ArnPattern::Place::resource);
        }
        if (reading_.kind != PolicyKind::resource || reading_.api.empty()) {
            return Error{Errc::parse,
                         quoted(text) + " is not an ARN",
                         "the short form execute-api:/… is for the resource policy of an api",
                         {}};
        }
        auto pattern = ArnPattern::parse(expand_resource(text, reading_.api), variables_, ArnPattern::Place::resource);
        if (!pattern) return Error{Errc::parse, pattern.error().message, pattern.error().hint, {}};
        return pattern;
    }

    void read_conditions(const Value& value, Statement& statement) {
        const Object* operators = object(value, "a Condition");
        if (!operators) return;
        for (const Member& member : *operators) {
            auto parsed = ConditionOperator::parse(member.key);
            if (!parsed) {
                error(member.key_position, parsed.error().message, parsed.error().hint);
                continue;
            }
            const Object* keys = object(member.value, member.key);
            if (!keys) continue;
            if (keys->empty()) warning(member.key_position, member.key + " has no keys and asks nothing");
            warn_of_sets(member, *parsed, statement);
            for (const Member& key : *keys) read_condition(member.key, *parsed, key, statement);
        }
    }

    // ForAllValues is true of a key that is not there (IAM User Guide, "Multivalued context keys").
    void warn_of_sets(const Member& member, const ConditionOperator& parsed, const Statement& statement) {
        if (parsed.set != ConditionOperator::Set::for_all_values || statement.effect != Effect::allow) return;
        warning(member.key_position, "ForAllValues with Allow is true as well when the key is not there",
                "add \"Null\": {\"KEY\": \"false\"}");
    }

    void read_condition(const std::string& name, const ConditionOperator& parsed, const Member& key,
                        Statement& statement) {
        auto condition = Condition::parse(parsed, name, key.key, variables_);
        if (!condition) return error(key.key_position, condition.error().message, condition.error().hint);
        for (const Value& item : items(key.value, key.key)) {
            std::string text;
            if (const std::string* string = item.if_string()) {
                text = *string;
            } else if (const bool* boolean = item.if_bool()) {
                text = *boolean ? "true" : "false";
            } else if (item.is_number()) {
                text = item.number_text();
            } else {
                error(item.position(), "the value of " + quoted(key.key) +
                                           " is a string, a number or a boolean, found " +
                                           std::string(item.kind_name()));
                continue;
            }
            if (auto added = condition->add_value(text); !added) error(item, std::move(added).error());
        }
        statement.conditions.push_back(*std::move(condition));
    }

    const PolicyReading& reading_;
    Diagnostics& diagnostics_;
    bool variables_ = false;
    std::size_t statement_ = 0;
};

Result<Policy> read_or_error(const Value& document, const PolicyReading& reading) {
    Diagnostics diagnostics;
    auto policy = read_policy(document, reading, diagnostics);
    if (policy) return *std::move(policy);
    const auto first =
        std::find_if(diagnostics.all().begin(), diagnostics.all().end(),
                     [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::error; });
    Error error{Errc::config, first->message, first->hint, {}};
    if (first->where.line != 0) error.where = first->where;
    return error;
}

}  // namespace

std::string expand_resource(std::string_view resource, std::string_view api) {
    constexpr std::string_view kShort = "execute-api:";
    if (!resource.starts_with(kShort)) return std::string(resource);
    const std::string_view rest = resource.substr(kShort.size());
    return std::string(api) + (rest.starts_with('/') ? "" : "/") + std::string(rest);
}

std::optional<Policy> read_policy(const Value& document, const PolicyReading& reading, Diagnostics& diagnostics) {
    const std::size_t before = diagnostics.errors();
    Policy policy = Reader(reading, diagnostics).read(document);
    if (diagnostics.errors() != before) return std::nullopt;
    return policy;
}

Result<Policy> parse_policy(std::string_view json, const PolicyReading& reading) {
    JsonOptions options = json_file_options(reading.file);
    options.size = kMaximumPolicy;
    const Value document = TRY(parse_json(json, options));
    return read_or_error(document, reading);
}

Result<Policy> make_policy(const Value& document, const PolicyReading& reading) {
    return read_or_error(document, reading);
}

std::string api_of(std::string_view resource) {
    const auto arn = Arn::parse(resource);
    if (!arn || arn->service != "execute-api") return {};
    const std::size_t slash = std::min(arn->resource.find('/'), arn->resource.size());
    return std::string(resource.substr(0, resource.size() - arn->resource.size() + slash));
}

}  // namespace gw::iam
