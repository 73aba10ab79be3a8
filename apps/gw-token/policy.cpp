// policy: what IAM policies make of a request, or of many.

#include <algorithm>
#include <istream>
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-token/commands.h"
#include "apps/gw-token/input.h"
#include "apps/gw-token/output.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/iam/batch.h"
#include "libgw/policy/iam/document.h"
#include "libgw/policy/iam/evaluate.h"
#include "libgw/term/width.h"
#include "libgw/wire/document/yaml.h"

namespace gw::token {
namespace {

Error usage(std::string message, std::string hint) {
    return Error{Errc::usage, std::move(message), std::move(hint), {}};
}

/// A policy, and the text that it came from.
struct Attached {
    iam::Policy policy;
    Value document;
    std::string file;  ///< "" when it stood in the command line

    /// "api.yaml:14" of a statement of this policy, "" when nobody wrote it into a file.
    [[nodiscard]] std::string place_of(const iam::Statement& statement) const {
        const Value* list = document.find("Statement");
        if (file.empty() || list == nullptr) return {};
        const Array* statements = list->if_array();
        const Value& written = statements == nullptr ? *list : (*statements)[statement.number - 1];
        return fmt::format("{}:{}", file, written.position().line);
    }
};

/// The policies that have a say, by what they are attached to.
struct Attachments {
    std::vector<std::unique_ptr<Attached>> identity;
    std::unique_ptr<Attached> resource;
    std::unique_ptr<Attached> session;
    std::unique_ptr<Attached> boundary;
    Diagnostics diagnostics;
};

bool names_principals(const Value& document) {
    const Value* list = document.find("Statement");
    if (list == nullptr) return false;
    const auto names = [](const Value& statement) {
        return statement.find("Principal") != nullptr || statement.find("NotPrincipal") != nullptr;
    };
    const Array* statements = list->if_array();
    return statements == nullptr ? names(*list) : std::any_of(statements->begin(), statements->end(), names);
}

/// A file, bare or with '@', standard input, or JSON itself.
Result<std::unique_ptr<Attached>> read_document(const program::World& world, const std::string& given,
                                                Diagnostics& diagnostics) {
    auto made = std::make_unique<Attached>();
    std::string text;
    std::string name;
    if (trim_ows(given).starts_with('{')) {
        text = given;
        name = "POLICY";
    } else {
        const bool is_path = given != "-" && !given.starts_with('@') && !given.starts_with("env:");
        Given read = TRY(read_given(world, is_path ? "@" + given : given, "POLICY", kMaxValue, true));
        text = std::move(read.bytes);
        name = std::move(read.from);
        made->file = name;
    }
    diagnostics.add_source(name, text);
    if (text.size() > iam::kMaximumPolicy)
        return Error{Errc::limit, fmt::format("{}: a policy has at most {} bytes", name, iam::kMaximumPolicy), {}, {}};
    const bool is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
    auto document = is_yaml ? document::parse_yaml(text, {.file = name}) : parse_json(text, json_file_options(name));
    if (!document) {
        diagnostics.add(document.error());
        return std::unique_ptr<Attached>();
    }
    made->document = *std::move(document);
    return made;
}

void read_statements(Attached& attached, iam::PolicyKind kind, std::string_view what, const PolicyOptions& options,
                     Diagnostics& diagnostics) {
    iam::PolicyReading reading;
    reading.kind = kind;
    reading.name = attached.file.empty() ? std::string(what) : attached.file;
    reading.file = attached.file.empty() ? "POLICY" : attached.file;
    reading.api = iam::api_of(options.resource);
    if (auto read = iam::read_policy(attached.document, reading, diagnostics)) attached.policy = *std::move(read);
}

Result<Attachments> read_attachments(const program::World& world, const PolicyOptions& options) {
    Attachments all;
    for (const std::string& given : options.policies) {
        auto read = TRY(read_document(world, given, all.diagnostics));
        if (read == nullptr) continue;
        if (!names_principals(read->document)) {
            read_statements(*read, iam::PolicyKind::identity, "identity policy", options, all.diagnostics);
            all.identity.push_back(std::move(read));
        } else if (all.resource == nullptr) {
            read_statements(*read, iam::PolicyKind::resource, "resource policy", options, all.diagnostics);
            all.resource = std::move(read);
        } else {
            return usage("two policies have principals", "a resource has one policy; those of identities have none");
        }
    }
    const auto take = [&](const std::string& given, std::unique_ptr<Attached>& into, iam::PolicyKind kind,
                          std::string_view what) -> Result<void> {
        if (given.empty()) return ok();
        if (into != nullptr) return usage("two policies have principals", "a resource has one policy");
        into = TRY(read_document(world, given, all.diagnostics));
        if (into != nullptr) read_statements(*into, kind, what, options, all.diagnostics);
        return ok();
    };
    TRY(take(options.resource_policy, all.resource, iam::PolicyKind::resource, "resource policy"));
    TRY(take(options.session_policy, all.session, iam::PolicyKind::identity, "session policy"));
    TRY(take(options.boundary, all.boundary, iam::PolicyKind::identity, "permissions boundary"));
    return all;
}

Result<iam::Context> read_context(const std::vector<std::string>& given) {
    std::vector<std::pair<std::string, std::vector<std::string>>> keys;
    for (const std::string& text : given) {
        const auto entry = split_once(text, '=');
        if (!entry || entry->first.empty())
            return usage("--context: a condition key is KEY=VALUE", "--context aws:SourceIp=10.0.0.1");
        const auto there = std::find_if(keys.begin(), keys.end(),
                                        [&](const auto& key) { return equals_ignoring_case(key.first, entry->first); });
        if (there == keys.end())
            keys.emplace_back(std::string(entry->first), std::vector<std::string>{std::string(entry->second)});
        else
            there->second.emplace_back(entry->second);
    }
    iam::Context context;
    for (auto& [key, values] : keys) {
        if (values.size() == 1)
            context.set(key, std::move(values.front()));
        else
            context.set(key, std::move(values));
    }
    return context;
}

/// Who asks when nobody was named: with policies of identities, somebody of the resource's account.
std::string caller_of(const PolicyOptions& options, const Attachments& all) {
    if (!options.principal.empty()) return options.principal;
    if (all.identity.empty() && all.session == nullptr && all.boundary == nullptr) return "anonymous";
    std::string account = options.account;
    const auto parts = split(options.resource, ':');
    if (account.empty() && parts.size() > 5) account = std::string(parts[4]);
    return fmt::format("arn:aws:iam::{}:user/somebody", account.empty() ? "123456789012" : account);
}

const Attached* find_attached(const Attachments& all, const iam::Policy* policy) {
    for (const auto& each : all.identity)
        if (&each->policy == policy) return each.get();
    for (const auto* each : {&all.resource, &all.session, &all.boundary})
        if (*each != nullptr && &(*each)->policy == policy) return each->get();
    return nullptr;
}

void print_decision(program::World& world, const Options& options, const Attachments& all,
                    const iam::Decision& decision) {
    const Attached* attached = find_attached(all, decision.policy);
    const std::string place =
        attached == nullptr || decision.statement == nullptr ? "" : attached->place_of(*decision.statement);
    if (options.json) {
        Value statement;
        if (decision.statement != nullptr)
            statement = Object{{"number", decision.statement->number},
                               {"sid", decision.statement->sid.empty() ? Value() : Value(decision.statement->sid)},
                               {"place", place.empty() ? Value() : Value(place)}};
        print_document(world, Object{{"result", iam::to_string(decision.outcome)},
                                     {"part", iam::to_string(decision.part)},
                                     {"statement", std::move(statement)},
                                     {"reason", decision.reason()}});
        return;
    }
    const term::Style style = output_style(world, options);
    *world.out << style.paint(decision.is_allowed() ? term::Paint::green : term::Paint::red,
                              iam::to_string(decision.outcome))
               << "  " << term::printable(decision.reason()) << (place.empty() ? "" : "  " + term::printable(place))
               << '\n';
}

/// The next line, without its end; nothing at the end of the input. What is longer than a case may be is read over.
std::optional<std::string> next_line(std::istream& in) {
    std::string line;
    char c = 0;
    bool any = false;
    while (in.get(c)) {
        any = true;
        if (c == '\n') break;
        if (line.size() <= iam::kMaximumCase) line += c;
    }
    if (!any) return std::nullopt;
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

Result<int> judge_batch(program::World& world, const Options& options) {
    int code = program::kYes;
    while (const auto line = next_line(*world.in)) {
        if (trim_ows(*line).empty()) continue;
        const iam::CaseResult answer = iam::judge_line(*line);
        if (!answer.is_allowed()) code = program::kNo;
        Value value = answer.to_value();
        if (options.json) {
            Object& members = *value.if_object();
            members.insert(members.begin(), {"schema", kSchema});
            if (answer.error.empty()) members.push_back({"reason", answer.reason});
        }
        *world.out << safe_json(value) << '\n';
        if (world.in->rdbuf()->in_avail() <= 0) *world.out << std::flush;
    }
    return code;
}

}  // namespace

Result<int> policy(program::World& world, const Options& options) {
    const PolicyOptions& wanted = options.policy;
    if (wanted.batch) {
        const bool has_question = !wanted.policies.empty() || !wanted.action.empty() || !wanted.resource.empty() ||
                                  !wanted.principal.empty() || !wanted.context.empty() || !wanted.account.empty() ||
                                  !wanted.resource_policy.empty() || !wanted.session_policy.empty() ||
                                  !wanted.boundary.empty() || wanted.trace;
        if (has_question) return usage("--batch takes its questions from standard input", "leave the others out");
        return judge_batch(world, options);
    }
    const bool has_policy = !wanted.policies.empty() || !wanted.resource_policy.empty();
    if (!has_policy) return usage("POLICY is missing", "gw-token policy FILE... --action A --resource ARN");
    if (wanted.action.empty()) return usage("--action is missing", "--action execute-api:Invoke");
    if (wanted.resource.empty())
        return usage("--resource is missing",
                     "--resource arn:aws:execute-api:us-east-1:123456789012:abc123/prod/GET/pets");
    const auto all = TRY(read_attachments(world, wanted));
    if (!all.diagnostics.empty()) *world.err << all.diagnostics.render({}, world.name);
    if (all.diagnostics.has_errors()) return program::kUsage;

    auto caller = TRY(iam::Caller::parse(caller_of(wanted, all)).in("--principal"));
    auto context = TRY(read_context(wanted.context));
    const auto request =
        TRY(iam::Request::make(std::move(caller), wanted.action, wanted.resource, wanted.account, std::move(context)));
    std::vector<const iam::Policy*> identity;
    identity.reserve(all.identity.size());
    for (const auto& each : all.identity) identity.push_back(&each->policy);
    iam::PolicySet policies;
    policies.identity = identity;
    if (all.resource != nullptr) policies.resource = &all.resource->policy;
    if (all.session != nullptr) policies.session = &all.session->policy;
    if (all.boundary != nullptr) policies.boundary = &all.boundary->policy;
    Trace trace;
    const iam::Decision decision = evaluate(request, policies, wanted.trace ? &trace : nullptr);
    for (const Trace::Line& line : trace.lines())
        *world.err << line.stage << "  " << term::printable(line.text) << '\n';
    print_decision(world, options, all, decision);
    return decision.is_allowed() ? program::kYes : program::kNo;
}

}  // namespace gw::token
