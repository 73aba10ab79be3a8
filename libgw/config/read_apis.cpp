#include <algorithm>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/config/address.h"
#include "libgw/config/schema.h"
#include "libgw/config/target.h"
#include "libgw/policy/routing/path_template.h"

namespace gw::config {
namespace {

/// The largest body that the gateway answers out of its own memory: AWS's payload limit.
constexpr std::size_t kLargestBody = 10 * 1024 * 1024;

/// "api.example.com", "*.example.com", "127.0.0.1", "[::1]"; no port: it does not count (RFC 9110 §7.2).
Result<std::string> parse_host(std::string_view text) {
    const std::string_view name = text.starts_with("*.") ? text.substr(2) : text;
    const auto address = parse_address(fmt::format("{}:0", name));
    const bool port = name.find(':') != name.npos && !name.starts_with('[');
    const bool wildcard_address =
        name.size() != text.size() && (name.starts_with('[') || name.find_first_not_of("0123456789.") == name.npos);
    if (!address || address->is_unix() || port || name.empty() || wildcard_address || name.find('*') != name.npos) {
        return Error{Errc::config,
                     fmt::format("'{}' is not a host name", text),
                     "api.example.com or *.example.com, without a port",
                     {}};
    }
    return to_lower(text);
}

/// "" or "/orders/v1": literal segments only.
std::optional<Error> check_base_path(std::string_view text) {
    if (text.empty()) return std::nullopt;
    auto path = routing::PathTemplate::parse(text);
    if (!path) return std::move(path).error();
    if (text == "/") return Error{Errc::config, "the base path '/' is the root", "leave basePath out", {}};
    if (!path->parameters().empty()) return Error{Errc::config, "a base path has no parameters", {}, {}};
    return std::nullopt;
}

std::optional<Error> check_stage(std::string_view text) {
    if (text == "$default") return std::nullopt;
    bool good = !text.empty() && text.size() <= 128;
    for (const char c : text) good = good && (is_alpha(c) || is_digit(c) || c == '-' || c == '_');
    if (good) return std::nullopt;
    return Error{Errc::config,
                 fmt::format("'{}' is not the name of a stage", text),
                 "$default, or letters, digits, '-' and '_', at most 128",
                 {}};
}

/// AWS: names of letters, digits and underscores.
std::optional<Error> check_variable_name(std::string_view text) {
    bool good = !text.empty() && text.size() <= 64;
    for (const char c : text) good = good && (is_alpha(c) || is_digit(c) || c == '_');
    if (good) return std::nullopt;
    return Error{Errc::config,
                 fmt::format("'{}' is not the name of a stage variable", text),
                 "letters, digits and '_', at most 64",
                 {}};
}

/// AWS: values of letters, digits and -._~:/?#&=, up to 512 of them.
std::optional<Error> check_variable(std::string_view text) {
    if (text.size() > 512) return Error{Errc::config, "the value is longer than 512 characters", {}, {}};
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_alpha(c) || is_digit(c) || std::string_view("-._~:/?#&=,").find(c) != std::string_view::npos) continue;
        return Error{Errc::config,
                     "the value holds a character that a stage variable cannot hold",
                     "letters, digits and -._~:/?#&=,",
                     {}};
    }
    return std::nullopt;
}

Key<Route> route_key() {
    return {"routeKey",
            "METHOD /path with {name} and {name+}, ANY for every method, or $default",
            true,
            read_route_key,
            [](const Route& route, const Route&) { return std::optional(Value(route.route_key)); },
            [] { return Value(gw::Object{{"type", "string"}, {"pattern", "^(\\$default|([A-Z]+ )?/.*)$"}}); }};
}

}  // namespace

Type<Integration> integration_type() {
    return {
        [](const Cursor& cursor, Integration& into) {
            const std::string* text = cursor.value().if_string();
            if (!text) return cursor.expected("a target such as http://127.0.0.1:3000");
            if (text->empty()) return cursor.error("the target is empty");
            into.text = *text;
            into.where = cursor.where();
        },
        [](const Integration& integration) { return Value(integration.text); },
        [] { return Value(gw::Object{{"type", "string"}, {"pattern", "^(https?://|http\\+unix:|group:|mock:)"}}); }};
}

Type<std::map<std::string, std::string>> stage_variables_type() {
    return map(text(check_variable), check_variable_name);
}

void read_route_key(const Cursor& cursor, Route& route) {
    const std::string* text = cursor.value().if_string();
    if (!text) return cursor.expected("a route key such as GET /pets/{id}");
    auto key = routing::RouteKey::parse(*text, {{}, 1, 1});
    if (!key) return detail::note_error(cursor, key.error());
    route.route_key = key->text();
    route.method = key->is_default ? "" : key->any ? "ANY" : std::string(http::to_text(key->method));
    route.path = key->is_default ? "" : key->path.text();
}

void finish_integration(Integration& integration, const std::map<std::string, std::string>& stage_variables,
                        const Reading& reading) {
    if (integration.text.empty()) return;
    const auto refuse = [&](const Error& error, bool exact) {
        Location at = integration.where;
        if (exact && error.where && error.where->column > 1) {
            at = reading.diagnostics.inside(at, integration.text);
            at.column += error.where->column - 1;
        }
        reading.diagnostics.error(error.message, at, error.hint);
    };
    const auto expanded = expand_stage_variables(integration.text, stage_variables);
    if (!expanded) return refuse(expanded.error(), true);
    auto target = parse_target(*expanded);
    // a column in the expanded text is no column of the document
    if (!target) return refuse(target.error(), *expanded == integration.text);
    if (const std::string_view file = body_file(*target); !file.empty()) {
        const std::string path = file.starts_with('/') ? std::string(file) : reading.folder + std::string(file);
        auto body = reading.sources.read_file(path);
        if (!body) return refuse(body.error(), false);
        if (body->size() > kLargestBody)
            return refuse({Errc::limit, fmt::format("file {} is larger than 10MiB", path), {}, {}}, false);
        target->body = *std::move(body);
        // what is written back is meant from where the program stands, as other paths are
        if (!file.starts_with('/') && !reading.folder.empty() && integration.text.compare(8, 2, ":@") == 0)
            integration.text.insert(10, reading.folder);
    }
    target->text = std::move(integration.text);
    target->where = integration.where;
    integration = *std::move(target);
}

const Table<Route>& route_table() {
    static const Table<Route> table{
        "an object of a route",
        {
            route_key(),
            key("integration", &Route::integration, integration_type(),
                "where requests go: http(s)://HOST[:PORT][/PATH], http+unix:SOCKET[:/PATH], group:NAME[/PATH] or "
                "mock:STATUS[:BODY]",
                Need::required),
            key("timeout", &Route::timeout, maybe(timeout_type()),
                "time to the head of the answer, instead of limits.timeout"),
            key("host", &Route::host, maybe(host_policy_type()), "Host that the target sees: its own, or the client's"),
            key("maxBody", &Route::max_body, maybe(max_body_type()),
                "largest body of a request, instead of limits.maxBody"),
            key("delay", &Route::delay, maybe(delay_type()), "wait before passing a request on: 200ms or 200ms+-50ms"),
            key("fail", &Route::fault, maybe(fault_type()), "answer a share of requests with a failure: 5%=503"),
            key("auth", &Route::auth, auth_type(), "who may call it: none, iam, key, or the name of an authorizer"),
            key("authorizationScopes", &Route::scopes, maybe(list(word())),
                "of which a token must have one, instead of the api's"),
            key("apiKeyRequired", &Route::api_key_required, maybe(boolean()), "whether it asks for an API key too"),
            key("throttle", &Route::throttle, maybe(throttle_type()),
                "how often it may be called, instead of the api's"),
            key("cache", &Route::caching, maybe(caching_type()), "whether its answers are kept: 60s, http or off"),
            key("cacheKeyParameters", &Route::cache_key, maybe(cache_key_type()),
                "what tells its answers apart, instead of what holds for all"),
            key("requireAuthorizationForCacheControl", &Route::cache_control_authorized, maybe(boolean()),
                "whether only those who may can ask for a new answer"),
            key("unauthorizedCacheControlHeaderStrategy", &Route::cache_control_strategy,
                maybe(cache_control_strategy_type()), "what others who ask are answered"),
        }};
    return table;
}

const Table<Api>& api_table() {
    static const Table<Api> table{
        "an object of an api",
        {
            key("name", &Api::name, text(name_check("an api")), "its name, for people"),
            key("apiId", &Api::id, text(name_check("an api")), "its id, for ARNs and logs"),
            key("kind", &Api::kind, one_of<ApiKind>({{"http", ApiKind::http}, {"rest", ApiKind::rest}}),
                "whose answers the gateway gives: those of HTTP APIs or of REST APIs"),
            key("hosts", &Api::hosts,
                list(parsed<std::string>("a host name", parse_host, [](const std::string& host) { return host; })),
                "host names that it serves, *.example.com too; none for any"),
            key("basePath", &Api::base_path, text(check_base_path, "^(/[^/{}]+)*$"),
                "path prefix that is taken off before routing"),
            key("stage", &Api::stage, text(check_stage), "name of the stage; any but $default is a path prefix"),
            key("stageVariables", &Api::stage_variables, stage_variables_type(),
                "values for ${stageVariables.NAME} in integrations"),
            key("auth", &Api::auth, auth_type(),
                "who may call routes that say nothing themselves; none says that anybody may, and that it is meant"),
            key("authorizationScopes", &Api::scopes, list(word()), "of which a token must have one"),
            key("apiKeyRequired", &Api::api_key_required, boolean(),
                "routes ask for an API key too, but for those with auth: none of their own"),
            key("authorizers", &Api::authorizers, authorizers_type(), "who is let in by a token, by name"),
            key("policy", &Api::policy, policy_type(), "the api's resource policy, or the file that holds it"),
            key("throttle", &Api::throttle, maybe(throttle_type()),
                "how often each route may be called that says nothing itself"),
            key("corsConfiguration", &Api::cors, cors_type(), "which pages of other origins may call, and how"),
            key("canarySettings", &Api::canary, canary_type(),
                "its second version, and which share of requests it gets"),
            key("routes", &Api::routes, list(object(route_table())), "its routes", Need::required),
        }};
    return table;
}

Type<Api> api_type() {
    Type<Api> type = object(api_table());
    type.read = [](const Cursor& cursor, Api& api) {
        api_table().read(cursor, api);
        for (Route& route : api.routes) finish_integration(route.integration, api.stage_variables, cursor.reading());
        finish_canary(api, cursor.reading());
    };
    return type;
}

}  // namespace gw::config
