#include "libgw/policy/iam/batch.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/iam/document.h"
#include "libgw/policy/iam/evaluate.h"

namespace gw::iam {

namespace {

constexpr std::array<std::string_view, 10> kMembers = {
    "id",      "principal",        "action",         "resource",      "resourceAccount",
    "context", "identityPolicies", "resourcePolicy", "sessionPolicy", "permissionBoundary"};

Error wrong(std::string message) { return Error{Errc::parse, std::move(message), {}, {}}; }

const Value* find_present(const Value& given, std::string_view name) {
    const Value* value = given.find(name);
    return value && !value->is_null() ? value : nullptr;
}

Result<std::string> read_text(const Value& given, std::string_view name) {
    const std::string* text = given.find_string(name);
    if (!text) return wrong(std::string(name) + " is not a string");
    return *text;
}

Result<std::string> read_scalar(const Value& value, std::string_view key) {
    if (const std::string* text = value.if_string()) return *text;
    if (const bool* boolean = value.if_bool()) return std::string(*boolean ? "true" : "false");
    if (value.is_number()) return value.number_text();
    return wrong("the value of " + std::string(key) + " in the context is " + std::string(value.kind_name()));
}

Result<Context> read_context(const Value& given) {
    Context context;
    const Value* value = find_present(given, "context");
    if (!value) return context;
    const Object* keys = value->if_object();
    if (!keys) return wrong("the context is not an object");
    for (const Member& member : *keys) {
        if (const Array* list = member.value.if_array()) {
            std::vector<std::string> values;
            for (const Value& item : *list) values.push_back(TRY(read_scalar(item, member.key)));
            context.set(member.key, std::move(values));
        } else {
            std::string text = TRY(read_scalar(member.value, member.key));
            context.set(member.key, std::move(text));
        }
    }
    return context;
}

Result<std::unique_ptr<const Policy>> read_one(const Value& value, const PolicyReading& reading,
                                               std::string_view member) {
    auto policy = make_policy(value, reading);
    if (!policy) return std::move(policy).error().in(member);
    return std::make_unique<const Policy>(*std::move(policy));
}

Result<Decision> decide(const Value& given, std::string& reason) {
    const Object* members = given.if_object();
    if (!members) return wrong("a case is an object");
    for (const Member& member : *members) {
        if (std::find(kMembers.begin(), kMembers.end(), member.key) != kMembers.end()) continue;
        const std::string_view near = closest(member.key, kMembers);
        return wrong("unknown member '" + member.key + "'" +
                     (near.empty() ? std::string() : ", did you mean '" + std::string(near) + "'?"));
    }
    if (const auto twice = find_duplicate_key(*members)) {
        return wrong("the member '" + (*members)[twice->second].key + "' stands twice");
    }
    const std::string resource = TRY(read_text(given, "resource"));
    const std::string account = find_present(given, "resourceAccount") ? TRY(read_text(given, "resourceAccount")) : "";
    const std::string principal = TRY(read_text(given, "principal"));
    const std::string action = TRY(read_text(given, "action"));
    Caller caller = TRY(Caller::parse(principal));
    Context context = TRY(read_context(given));
    const Request request = TRY(Request::make(std::move(caller), action, resource, account, std::move(context)));

    std::vector<std::unique_ptr<const Policy>> owned;
    std::vector<const Policy*> identity;
    if (const Value* policies = find_present(given, "identityPolicies")) {
        const Array* list = policies->if_array();
        if (!list) return wrong("identityPolicies is not a list");
        for (std::size_t i = 0; i < list->size(); ++i) {
            const std::string number = std::to_string(i);
            owned.push_back(TRY(read_one((*list)[i], {PolicyKind::identity, "identity policy " + number, {}, {}},
                                         "identityPolicies[" + number + "]")));
            identity.push_back(owned.back().get());
        }
    }
    PolicySet policies;
    policies.identity = identity;
    const auto read_into = [&](const Policy*& into, std::string_view member,
                               const PolicyReading& reading) -> Result<void> {
        if (const Value* value = find_present(given, member)) {
            owned.push_back(TRY(read_one(*value, reading, member)));
            into = owned.back().get();
        }
        return {};
    };
    const PolicyReading of_resource{PolicyKind::resource, "resource policy", {}, api_of(resource)};
    if (auto read = read_into(policies.resource, "resourcePolicy", of_resource); !read) return std::move(read).error();
    const PolicyReading of_session{PolicyKind::identity, "session policy", {}, {}};
    if (auto read = read_into(policies.session, "sessionPolicy", of_session); !read) return std::move(read).error();
    const PolicyReading of_boundary{PolicyKind::identity, "permissions boundary", {}, {}};
    if (auto read = read_into(policies.boundary, "permissionBoundary", of_boundary); !read) {
        return std::move(read).error();
    }
    const Decision decision = evaluate(request, policies);
    reason = decision.reason();
    return Decision{decision.outcome, decision.part, nullptr, nullptr};  // what they point at ends here
}

}  // namespace

Value CaseResult::to_value() const {
    if (result.empty()) return Object{{"id", id}, {"error", error}};
    return Object{{"id", id}, {"result", result}};
}

CaseResult judge_case(const Value& given) {
    CaseResult answer;
    if (const Value* id = given.find("id")) answer.id = *id;
    const auto decision = decide(given, answer.reason);
    if (decision) {
        answer.result = to_string(decision->outcome);
    } else {
        answer.error = decision.error().message;
        if (!decision.error().hint.empty()) answer.error += " (" + decision.error().hint + ")";
    }
    return answer;
}

CaseResult judge_line(std::string_view line) {
    JsonOptions options;
    options.size = kMaximumCase;
    const auto value = parse_json(line, options);
    if (value) return judge_case(*value);
    CaseResult answer;
    answer.error = value.error().message;
    return answer;
}

}  // namespace gw::iam
