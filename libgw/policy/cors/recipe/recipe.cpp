#include "libgw/policy/cors/recipe/recipe.h"

#include <algorithm>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/text.h"

namespace gw::cors {
namespace {

/// Letters that are themselves in every one of the five languages.
bool is_plain(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(),
                                        [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_'; });
}

Result<void> check(const Wish& wish) {
    if (wish.origins.empty()) return Error{Errc::usage, "--fix: there is no origin to allow", "give --origin", {}};
    for (const std::string& origin : wish.origins)
        if (origin == "null")
            return Error{Errc::usage,
                         "--fix: null is every sandboxed frame and every file, and is not to be allowed",
                         "give the page an origin of its own",
                         {}};
    for (const auto* list : {&wish.methods, &wish.headers, &wish.expose})
        for (const std::string& name : *list)
            if (!is_plain(name))
                return Error{Errc::usage, fmt::format("--fix: '{}' cannot be written without quoting", name), {}, {}};
    return {};
}

std::string nginx(const Wish& wish) {
    std::string text =
        "# nginx: into each location { } that serves the api; return stands before auth_basic, auth_request and "
        "proxy_pass\n"
        "set $cors_origin \"\";\nset $cors_credentials \"\";\nset $cors_methods \"\";\nset $cors_headers \"\";\n"
        "set $cors_expose \"\";\nset $cors_age \"\";\n";
    for (const std::string& origin : wish.origins)
        text += fmt::format("if ($http_origin = \"{}\") {{ set $cors_origin $http_origin; }}\n", origin);
    text += "if ($cors_origin) {\n";
    if (wish.credentials) text += "    set $cors_credentials \"true\";\n";
    text += fmt::format("    set $cors_methods \"{}\";\n", join(wish.methods, ", "));
    if (!wish.headers.empty()) text += fmt::format("    set $cors_headers \"{}\";\n", join(wish.headers, ", "));
    if (!wish.expose.empty()) text += fmt::format("    set $cors_expose \"{}\";\n", join(wish.expose, ", "));
    text += fmt::format("    set $cors_age \"{}\";\n}}\n", wish.max_age);
    text +=
        "set $cors_kind \"$request_method $http_access_control_request_method\";\n"
        "if ($cors_kind ~ \"^OPTIONS .\") {\n"
        "    add_header Access-Control-Allow-Origin $cors_origin always;\n"
        "    add_header Access-Control-Allow-Credentials $cors_credentials always;\n"
        "    add_header Access-Control-Allow-Methods $cors_methods always;\n"
        "    add_header Access-Control-Allow-Headers $cors_headers always;\n"
        "    add_header Access-Control-Max-Age $cors_age always;\n"
        "    add_header Vary Origin always;\n"
        "    return 204;\n}\n"
        "add_header Access-Control-Allow-Origin $cors_origin always;\n"
        "add_header Access-Control-Allow-Credentials $cors_credentials always;\n"
        "add_header Access-Control-Expose-Headers $cors_expose always;\n"
        "add_header Vary Origin always;\n"
        "proxy_hide_header Access-Control-Allow-Origin;\n"
        "proxy_hide_header Access-Control-Allow-Credentials;\n"
        "proxy_hide_header Access-Control-Expose-Headers;\n";
    return text;
}

/// A field that is set at once, for errors that Caddy makes, and again when the head is written, over what a target
/// said.
std::string caddy(const Wish& wish) {
    std::string origins;
    for (const std::string& origin : wish.origins) origins += fmt::format("\theader Origin {}\n", origin);
    std::string fields = "\tAccess-Control-Allow-Origin {http.request.header.Origin}\n";
    if (wish.credentials) fields += "\tAccess-Control-Allow-Credentials true\n";
    if (!wish.expose.empty())
        fields += fmt::format("\tAccess-Control-Expose-Headers \"{}\"\n", join(wish.expose, ", "));
    std::string text =
        "# Caddy: into the site's block\n"
        "@cors_origin {\n" +
        origins +
        "}\n"
        "@cors_preflight {\n\tmethod OPTIONS\n\theader Access-Control-Request-Method *\n}\n"
        "@cors_allowed_preflight {\n\tmethod OPTIONS\n\theader Access-Control-Request-Method *\n" +
        origins +
        "}\n"
        "header +Vary Origin\n"
        "header @cors_origin {\n" +
        fields +
        "}\n"
        "header @cors_origin {\n" +
        fields +
        "\tdefer\n}\n"
        "header @cors_allowed_preflight {\n";
    text += fmt::format("\tAccess-Control-Allow-Methods \"{}\"\n", join(wish.methods, ", "));
    if (!wish.headers.empty()) text += fmt::format("\tAccess-Control-Allow-Headers \"{}\"\n", join(wish.headers, ", "));
    text += fmt::format("\tAccess-Control-Max-Age {}\n}}\nrespond @cors_preflight 204\n", wish.max_age);
    return text;
}

std::string quoted_list(const std::vector<std::string>& list) {
    Array all;
    for (const std::string& each : list) all.emplace_back(each);
    return to_json(Value(std::move(all)));
}

std::string express(const Wish& wish) {
    std::string text =
        "// Express: before everything else that answers, authentication above all\n"
        "const corsOrigins = new Set(" +
        quoted_list(wish.origins) +
        ");\n"
        "app.use((request, response, next) => {\n"
        "  response.vary('Origin');\n"
        "  const origin = request.get('Origin');\n"
        "  const isPreflight = request.method === 'OPTIONS' && request.get('Access-Control-Request-Method');\n"
        "  if (corsOrigins.has(origin)) {\n"
        "    response.set('Access-Control-Allow-Origin', origin);\n";
    if (wish.credentials) text += "    response.set('Access-Control-Allow-Credentials', 'true');\n";
    if (!wish.expose.empty())
        text += fmt::format("    response.set('Access-Control-Expose-Headers', '{}');\n", join(wish.expose, ", "));
    text += "    if (isPreflight) {\n";
    text += fmt::format("      response.set('Access-Control-Allow-Methods', '{}');\n", join(wish.methods, ", "));
    if (!wish.headers.empty())
        text += fmt::format("      response.set('Access-Control-Allow-Headers', '{}');\n", join(wish.headers, ", "));
    text += fmt::format("      response.set('Access-Control-Max-Age', '{}');\n", wish.max_age);
    text += "    }\n  }\n  if (isPreflight) return response.status(204).end();\n  next();\n});\n";
    return text;
}

std::string apigateway(const Wish& wish) {
    const auto list = [](const std::vector<std::string>& names) {
        Array all;
        for (const std::string& name : names) all.emplace_back(name);
        return Value(std::move(all));
    };
    Object made{{"AllowOrigins", list(wish.origins)},   {"AllowMethods", list(wish.methods)},
                {"AllowHeaders", list(wish.headers)},   {"ExposeHeaders", list(wish.expose)},
                {"AllowCredentials", wish.credentials}, {"MaxAge", wish.max_age}};
    return to_pretty_json(Value(std::move(made))) + "\n";
}

std::string gw_serve(const Wish& wish) {
    std::string text = "# gw-serve: on the command line\n";
    text += fmt::format("--cors '{}' --cors-methods '{}'", join(wish.origins, ","), join(wish.methods, ","));
    if (!wish.headers.empty()) text += fmt::format(" --cors-headers '{}'", join(wish.headers, ","));
    if (!wish.expose.empty()) text += fmt::format(" --cors-expose '{}'", join(wish.expose, ","));
    if (wish.credentials) text += " --cors-credentials";
    text += fmt::format(" --cors-max-age {}s\n", wish.max_age);
    return text;
}

}  // namespace

std::optional<Server> parse_server(std::string_view word) {
    if (word == "nginx") return Server::nginx;
    if (word == "caddy") return Server::caddy;
    if (word == "apigateway") return Server::apigateway;
    if (word == "express") return Server::express;
    if (word == "gw-serve") return Server::gw_serve;
    return std::nullopt;
}

Result<std::string> write_recipe(Server server, const Wish& wish) {
    TRY(check(wish));
    switch (server) {
        case Server::nginx: return nginx(wish);
        case Server::caddy: return caddy(wish);
        case Server::apigateway: return apigateway(wish);
        case Server::express: return express(wish);
        case Server::gw_serve: return gw_serve(wish);
    }
    return Error{Errc::internal, "no such server", {}, {}};
}

}  // namespace gw::cors
