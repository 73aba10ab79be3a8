#include "apps/gw-serve/commands.h"

#include <ostream>
#include <syncstream>

#include <fmt/format.h>

#include "apps/gw-serve/access.h"
#include "apps/gw-serve/model.h"
#include "apps/gw-serve/surroundings.h"
#include "apps/support/ready_file.h"
#include "libgw/base/json.h"
#include "libgw/config/document.h"
#include "libgw/gateway/runtime.h"
#include "libgw/term/table.h"

namespace gw::serve {
namespace {

std::string limits_of(const config::Model& model, const config::Route& route) {
    const auto timeout = route.timeout.value_or(model.limits.timeout);
    return fmt::format("{:g}s", std::chrono::duration<double>(timeout).count());
}

/// The scopes of which a token must have one; none where no token is asked for.
std::vector<std::string> scopes_asked(const config::Api& api, const config::Route& route) {
    if (!api.authorizers.contains(std::string(config::auth_of(api, route)))) return {};
    return config::scopes_of(api, route);
}

}  // namespace

void show(program::World& world, const Diagnostics& diagnostics, bool colour) {
    const term::Style style(colour);
    const auto paint = [&](DiagnosticPart part, std::string_view text) {
        switch (part) {
            case DiagnosticPart::error:
            case DiagnosticPart::caret: return style.paint(term::Paint::red, text);
            case DiagnosticPart::warning: return style.paint(term::Paint::yellow, text);
            case DiagnosticPart::hint: return style.paint(term::Paint::cyan, text);
            case DiagnosticPart::place: return style.bold(text);
            case DiagnosticPart::margin: return style.dim(text);
            case DiagnosticPart::message: return std::string(text);
        }
        return std::string(text);
    };
    std::osyncstream(*world.err) << diagnostics.render(paint, world.name) << std::flush;
}

Result<int> check(program::World& world, const Options& options) {
    if (options.schema) {
        *world.out << to_pretty_json(config::document_schema()) << '\n';
        return program::kYes;
    }
    const program::WorldSources sources(world);
    Diagnostics diagnostics;
    config::Places places;
    const config::Model model = build_model(options, sources, diagnostics, &places);
    check_surroundings(model, sources, diagnostics, places);
    if (!options.ready_file.empty())
        if (const auto may = program::ReadyFile::may_write(options.ready_file); !may) diagnostics.add(may.error());
    diagnostics.sort();
    if (!diagnostics.has_errors()) {
        // what only shows when it is built: certificates, and what the router makes of the routes
        const auto built = gateway::Runtime::build(
            std::make_shared<config::Model>(model), nullptr,
            [&](const std::string& path) { return sources.read_file(path); }, nullptr, Instant(),
            std::chrono::system_clock::now());
        if (!built)
            diagnostics.add(built.error());
        else
            for (const std::string& warning : (*built)->warnings) diagnostics.warning(warning, {});
    }
    show(world, diagnostics, program::wants_colour(world, options.color, world.err_is_terminal));
    if (diagnostics.has_errors() || (options.strict && !diagnostics.empty())) return program::kUsage;
    std::size_t routes = 0;
    for (const config::Api& api : model.apis) routes += api.routes.size();
    *world.out << fmt::format("ok: {} route{}, {} group{}{}\n", routes, routes == 1 ? "" : "s", model.groups.size(),
                              model.groups.size() == 1 ? "" : "s",
                              diagnostics.empty() ? ""
                                                  : fmt::format(", {} warning{}", diagnostics.warnings(),
                                                                diagnostics.warnings() == 1 ? "" : "s"));
    return program::kYes;
}

Result<int> print_config(program::World& world, const Options& options) {
    const program::WorldSources sources(world);
    Diagnostics diagnostics;
    const config::Model model = build_model(options, sources, diagnostics);
    show(world, diagnostics, program::wants_colour(world, options.color, world.err_is_terminal));
    if (diagnostics.has_errors()) return program::kUsage;
    *world.out << config::write_document(model);
    return program::kYes;
}

Result<int> show_routes(program::World& world, const Options& options) {
    const program::WorldSources sources(world);
    Diagnostics diagnostics;
    const config::Model model = build_model(options, sources, diagnostics);
    show(world, diagnostics, program::wants_colour(world, options.color, world.err_is_terminal));
    if (diagnostics.has_errors()) return program::kUsage;
    if (options.json) {
        Array list;
        for (const config::Api& api : model.apis)
            for (const config::Route& route : api.routes) {
                Array scopes;
                for (const std::string& scope : scopes_asked(api, route)) scopes.emplace_back(scope);
                list.push_back(Object{{"api", api.name},
                                      {"routeKey", route.route_key},
                                      {"auth", asked_of(api, route)},
                                      {"scopes", std::move(scopes)},
                                      {"timeout", limits_of(model, route)},
                                      {"cache", config::to_text(config::caching_of(model, route))},
                                      {"target", route.integration.text}});
            }
        *world.out << to_json(Object{{"schema", "gw-serve-routes/1"}, {"routes", std::move(list)}}) << '\n';
        return program::kYes;
    }
    const bool many = model.apis.size() > 1;
    bool caches = false;
    bool scopes = false;
    for (const config::Api& api : model.apis)
        for (const config::Route& route : api.routes) {
            scopes = scopes || !scopes_asked(api, route).empty();
            caches = caches || config::caching_of(model, route).mode != config::Caching::Mode::off;
        }
    std::vector<term::Column> columns;
    if (many) columns.push_back({"API"});
    columns.insert(columns.end(), {{"ROUTE", term::Align::left, 12}, {"AUTH"}});
    if (scopes) columns.push_back({"SCOPES"});
    columns.push_back({"TIMEOUT", term::Align::right});
    if (caches) columns.push_back({"CACHE"});
    columns.push_back({"TARGET", term::Align::left, 16});
    term::Table table(columns);
    for (const config::Api& api : model.apis)
        for (const config::Route& route : api.routes) {
            std::vector<term::Cell> cells;
            if (many) cells.emplace_back(api.name);
            cells.emplace_back(route.route_key);
            cells.emplace_back(asked_of(api, route), term::Paint::dim);
            if (scopes) cells.emplace_back(join(scopes_asked(api, route), " "));
            cells.emplace_back(limits_of(model, route));
            if (caches) cells.emplace_back(config::to_text(config::caching_of(model, route)));
            cells.emplace_back(route.integration.text);
            table.add(std::move(cells));
        }
    const term::Screen screen{world.out_is_terminal ? world.width : 0,
                              term::Style(program::wants_colour(world, options.color, world.out_is_terminal))};
    *world.out << table.text(screen);
    return program::kYes;
}

}  // namespace gw::serve
