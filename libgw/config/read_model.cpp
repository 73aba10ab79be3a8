#include <array>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/config/address.h"
#include "libgw/config/schema.h"
#include "libgw/policy/integration/field_template.h"
#include "libgw/wire/log/format.h"

namespace gw::config {
namespace {

/// Fields that frame a message or belong to one connection (RFC 9110 §7.6.1), and Host: the gateway writes them itself.
constexpr std::array<std::string_view, 11> kOwnFields = {"connection",        "content-length",   "expect", "host",
                                                         "keep-alive",        "proxy-connection", "te",     "trailer",
                                                         "transfer-encoding", "upgrade",          "via"};

Result<std::string> parse_field_name(std::string_view text) {
    // RFC 9110 §5.6.2
    bool token = !text.empty() && text.size() <= 128;
    for (const char c : text)
        token = token &&
                (is_alpha(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
    if (!token) return Error{Errc::config, fmt::format("'{}' is not the name of a field", text), {}, {}};
    for (const std::string_view own : kOwnFields) {
        if (!equals_ignoring_case(text, own)) continue;
        return Error{Errc::config,
                     fmt::format("field '{}' is written by the gateway itself", text),
                     own == "host" ? "host: keep passes the client's" : "",
                     {}};
    }
    return std::string(text);
}

const Table<FieldEdit>& field_edit_table() {
    const auto edit = [](bool remove) {
        const auto type = parsed<FieldEdit>(remove ? "the name of a field" : "a field such as 'x-env: dev'",
                                            remove ? parse_field_remove : parse_field_set, [](const FieldEdit& e) {
                                                return e.remove ? e.name : fmt::format("{}: {}", e.name, e.value);
                                            });
        return Key<FieldEdit>{
            remove ? "remove" : "set",
            remove ? "name of a field to take out" : "a field to put in, in place of any that is there: 'name: value'",
            false,
            [type](const Cursor& cursor, FieldEdit& into) {
                const Origin where = into.where;
                if (!into.name.empty()) return cursor.error("set and remove exclude each other");
                type.read(cursor, into);
                into.where = where;
            },
            [type, remove](const FieldEdit& e, const FieldEdit&) {
                return e.remove == remove ? std::optional(type.write(e)) : std::nullopt;
            },
            type.schema};
    };
    static const Table<FieldEdit> table{"an object with set or remove", {edit(false), edit(true)}};
    return table;
}

Type<FieldEdit> field_edit_type() {
    Type<FieldEdit> type = object(field_edit_table());
    type.read = [](const Cursor& cursor, FieldEdit& into) {
        field_edit_table().read(cursor, into);
        const bool neither = !cursor.value().find("set") && !cursor.value().find("remove");
        if (neither) cursor.error("key 'set' or 'remove' is missing");
    };
    return type;
}

const Table<UpstreamTls>& upstream_tls_table() {
    static const Table<UpstreamTls> table{
        "an object of TLS settings",
        {
            key("insecure", &UpstreamTls::insecure, boolean(), "do not verify targets' certificates"),
            key("ca", &UpstreamTls::ca, maybe(file_path()), "PEM file of authorities, instead of the system's"),
        }};
    return table;
}

const std::vector<std::pair<std::string, Logs::Format>>& log_formats() {
    static const std::vector<std::pair<std::string, Logs::Format>> formats = {{"auto", Logs::Format::automatic},
                                                                              {"human", Logs::Format::human},
                                                                              {"clf", Logs::Format::clf},
                                                                              {"json", Logs::Format::json},
                                                                              {"off", Logs::Format::off}};
    return formats;
}

/// A word or a template with $context variables: two members of Logs, so a key of its own.
Key<Logs> log_format_key() {
    const auto words = one_of<Logs::Format>(log_formats());
    return {"format",
            "auto (human on a terminal, else json), human, clf, json, off, or a line with $context.* variables",
            false,
            [words](const Cursor& cursor, Logs& logs) {
                const std::string* text = cursor.value().if_string();
                if (!text || text->find("$context.") == text->npos) return words.read(cursor, logs.format);
                if (const auto compiled = log::ContextFormat::compile(*text); !compiled) {
                    return detail::note_error(cursor, compiled.error());
                }
                logs.format = Logs::Format::context;
                logs.context_format = *text;
            },
            [words](const Logs& logs, const Logs& usual) -> std::optional<Value> {
                if (logs == usual || (logs.format == usual.format && logs.context_format == usual.context_format))
                    return std::nullopt;
                return logs.format == Logs::Format::context ? Value(logs.context_format) : words.write(logs.format);
            },
            [] {
                return Value(gw::Object{
                    {"type", "string"}, {"pattern", "^(auto|human|clf|json|off)$|\\$context\\."}, {"default", "auto"}});
            }};
}

const Table<Logs>& logs_table() {
    static const Table<Logs> table{
        "an object of log settings",
        {
            log_format_key(),
            key("file", &Logs::file, file_path(), "file of the access log; standard output without it"),
        }};
    return table;
}

Key<Model> version_key() {
    const auto type = integer<std::uint32_t>(0, UINT32_MAX);
    return {"version",
            "version of this format",
            true,
            [type](const Cursor& cursor, Model& model) {
                type.read(cursor, model.version);
                if (cursor.value().is_integer() && model.version != 1)
                    cursor.error(fmt::format("version {} does not exist", cursor.value().number_text()),
                                 "this program reads version 1");
                model.version = 1;
            },
            [](const Model&, const Model&) { return std::optional(Value(1)); },
            [] { return Value(gw::Object{{"const", 1}}); }};
}

Result<std::string> parse_admin(std::string_view text) {
    if (text == "off" || text.starts_with("unix:")) {
        if (text != "off") TRY(parse_address(text));
        return std::string(text);
    }
    if (text.starts_with("http://") || text.starts_with("https://")) {
        const bool secure = text.starts_with("https://");
        const Address address = TRY(parse_address(text.substr(secure ? 8 : 7)));
        return fmt::format("{}://{}", secure ? "https" : "http", address.text());
    }
    const Address address = TRY(parse_address(text));
    return "http://" + address.text();
}

Type<std::string> plain_parsed(const std::string& what,
                               const std::function<Result<std::string>(std::string_view)>& parse,
                               const std::string& pattern = {}) {
    return parsed<std::string>(what, parse, [](const std::string& value) { return value; }, pattern);
}

/// The address, and that somebody wrote it.
Key<Model> admin_key() {
    auto admin = key("admin", &Model::admin, plain_parsed("unix:PATH, a URL or off", parse_admin),
                     "where the admin API is served; a socket of the user's own without it");
    admin.read = [read = admin.read](const Cursor& cursor, Model& model) {
        read(cursor, model);
        model.admin_asked = !model.admin.empty() && model.admin != "off";
    };
    return admin;
}

Type<std::string> cidr_type() {
    return plain_parsed("a network such as 10.0.0.0/8",
                        [](std::string_view text) -> Result<std::string> { return TRY(parse_cidr(text)).text(); });
}

Type<std::string> account_type() {
    return plain_parsed(
        "an account of 12 digits",
        [](std::string_view text) -> Result<std::string> {
            if (text.size() != 12 || text.find_first_not_of("0123456789") != text.npos) {
                return Error{Errc::config, fmt::format("'{}' is not an account", text), "12 digits", {}};
            }
            return std::string(text);
        },
        "^[0-9]{12}$");
}

std::optional<Error> check_region(std::string_view text) {
    bool good = !text.empty() && text.size() <= 64;
    for (const char c : text) good = good && ((c >= 'a' && c <= 'z') || is_digit(c) || c == '-');
    if (good) return std::nullopt;
    return Error{Errc::config, fmt::format("'{}' is not a region", text), "us-east-1", {}};
}

}  // namespace

Type<std::optional<SecretRef>> secret_type() {
    return {[](const Cursor& cursor, std::optional<SecretRef>& into) {
                const std::string* text = cursor.value().if_string();
                constexpr std::string_view kHint = "env:NAME or file:PATH: a secret never stands in a configuration";
                if (!text) return cursor.error_unquoted("expected a reference to a secret", std::string(kHint));
                if (text->starts_with("file:") && text->size() > 5) {
                    into = SecretRef{"file:" + cursor.resolve(std::string_view(*text).substr(5))};
                } else if (text->starts_with("env:") && text->size() > 4 && text->find('=') == text->npos) {
                    into = SecretRef{*text};
                } else {
                    cursor.error_unquoted("the secret is not a reference", std::string(kHint));
                }
            },
            [](const std::optional<SecretRef>& secret) { return secret ? Value(secret->text) : Value(); },
            [] { return Value(gw::Object{{"type", "string"}, {"pattern", "^(env|file):."}}); }};
}

Result<FieldEdit> parse_field_set(std::string_view text) {
    const auto parts = split_once(text, ':');
    if (!parts) return Error{Errc::config, fmt::format("field '{}' has no value", text), "'name: value'", {}};
    const std::string_view value = trim_ows(parts->second);
    for (const char c : value) {
        // RFC 9110 §5.5
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f)
            return Error{Errc::config, "the value of the field holds a control character", {}, {}};
    }
    if (value.size() > 4096) return Error{Errc::config, "the value of the field is longer than 4 KiB", {}, {}};
    std::string name = TRY(parse_field_name(parts->first));
    TRY(integration::FieldTemplate::compile(value));
    return FieldEdit{false, std::move(name), std::string(value), {}};
}

Result<FieldEdit> parse_field_remove(std::string_view text) {
    return FieldEdit{true, TRY(parse_field_name(text)), {}, {}};
}

const Table<Model>& model_table() {
    static const auto listener = object_or_string<Listener>(
        listener_table(),
        [](const Cursor& cursor, Listener& into) { listener_table().find("address")->read(cursor, into); },
        [](const Listener& l) { return l.tls ? std::nullopt : std::optional(l.address); });
    static const auto group = Type<Group>(object(group_table()));
    static const auto groups = [] {
        Type<std::map<std::string, Group>> type = map(group, name_check("a group"));
        const auto read = type.read;
        type.read = [read](const Cursor& cursor, std::map<std::string, Group>& into) {
            read(cursor, into);
            for (auto& [name, value] : into) value.name = name;
        };
        return type;
    }();
    static const Table<Model> table{
        "an object",
        {
            version_key(),
            key("listeners", &Model::listeners, list(listener), "where clients connect; 127.0.0.1:8080 without any"),
            key("apis", &Model::apis, list(api_type()), "what is served"),
            key("groups", &Model::groups, groups, "targets behind the gateway's own load balancer, by name"),
            key("iam", &Model::iam, iam_type(), "access keys, and what their owners may do"),
            key("apiKeys", &Model::api_keys, api_keys_type(), "API keys that are known"),
            key("usagePlans", &Model::usage_plans, usage_plans_type(),
                "how often, and how many times, owners of API keys may call"),
            key("throttling", &Model::throttling, throttling_type(),
                "what belongs to no api: the account's limit, and how is counted"),
            key("limits", &Model::limits, object(limits_table()), "how long, how large, how many"),
            key("logs", &Model::logs, object(logs_table()), "the access log"),
            key("requestHeaders", &Model::field_edits, list(field_edit_type()),
                "changes to the fields of a request on its way to the target"),
            key("trustProxy", &Model::trust_proxy, list(cidr_type()), "networks whose X-Forwarded-* fields count"),
            key("host", &Model::host, host_policy_type(), "Host that targets see: their own, or the client's"),
            key("upstreamTls", &Model::upstream_tls, object(upstream_tls_table()),
                "what is verified when a target speaks TLS"),
            key("delay", &Model::delay, maybe(delay_type()), "wait before passing any request on"),
            key("fail", &Model::fault, maybe(fault_type()), "answer a share of all requests with a failure"),
            key("cache", &Model::caching, caching_type(),
                "keep answers of all routes: for a time such as 60s, or as a shared cache to RFC 9111 does (http)"),
            key("cacheKeyParameters", &Model::cache_key, cache_key_type(),
                "what tells answers apart that are kept for a time; path and query without it"),
            key("requireAuthorizationForCacheControl", &Model::cache_control_authorized, boolean(),
                "whether only those who may can ask for a new answer with Cache-Control: max-age=0"),
            key("unauthorizedCacheControlHeaderStrategy", &Model::cache_control_strategy, cache_control_strategy_type(),
                "what others who ask are answered"),
            key("xCache", &Model::cache_field, boolean(), "say in an x-cache field where an answer comes from"),
            key("metrics", &Model::metrics, address_type(), "where metrics are served; off without it"),
            admin_key(),
            key("adminToken", &Model::admin_token, secret_type(),
                "what callers of the admin API must know: env:NAME or file:PATH"),
            key("state", &Model::state, file_path(),
                "where shares of canaries that were set while running are kept; they end with the process without it"),
            key("workers", &Model::workers, integer<std::uint32_t>(0, 1024), "threads that serve; 0 for one per core"),
            key("region", &Model::region, text(check_region), "region in ARNs"),
            key("accountId", &Model::account, account_type(), "account in ARNs"),
            key("explain", &Model::explain, boolean(), "say in an x-gw-explain field why a request was answered so"),
        }};
    return table;
}

}  // namespace gw::config
