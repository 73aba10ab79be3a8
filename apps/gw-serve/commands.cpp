#include "apps/gw-serve/commands.h"

#include <ostream>

#include <fmt/format.h>

#include "apps/gw-serve/model.h"
#include "libgw/base/json.h"
#include "libgw/config/document.h"
#include "libgw/gateway/context.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/term/table.h"
#include "libgw/wire/http/decoder.h"

namespace gw::serve {
namespace {

std::string auth_of(const config::Api&) { return "none"; }

std::string limits_of(const config::Model& model, const config::Route& route) {
    const auto timeout = route.timeout.value_or(model.limits.timeout);
    return fmt::format("{:g}s", std::chrono::duration<double>(timeout).count());
}

/// What goes over the wire for `explain METHOD PATH -H … -d …`, so that the server's own decoder reads it.
std::string request_text(const Options& options, const config::Model& model) {
    std::string text = fmt::format("{} {} HTTP/1.1\r\n", options.method, options.path);
    bool host = false;
    for (const std::string& field : options.request_headers) {
        text += field + "\r\n";
        host |= field.size() >= 5 && (field[0] | 0x20) == 'h' && (field[1] | 0x20) == 'o' && (field[2] | 0x20) == 's' &&
                (field[3] | 0x20) == 't' && field[4] == ':';
    }
    if (!host)
        text += "Host: " +
                (model.apis.front().hosts.empty() ? std::string("localhost") : model.apis.front().hosts.front()) +
                "\r\n";
    if (!options.data.empty()) text += fmt::format("Content-Length: {}\r\n", options.data.size());
    return text + "\r\n";
}

}  // namespace

bool wants_colour(const program::World& world, const std::string& choice, bool terminal) {
    const auto no_color = world.environment("NO_COLOR");
    const auto term_name = world.environment("TERM");
    return term::use_colour(term::parse_colour_choice(choice).value_or(term::ColourChoice::automatic), terminal,
                            no_color ? std::optional<std::string_view>(*no_color) : std::nullopt,
                            term_name ? std::optional<std::string_view>(*term_name) : std::nullopt);
}

void show(program::World& world, const Diagnostics& diagnostics, bool colour) {
    const term::Style style(colour);
    *world.err << diagnostics.render([&](DiagnosticPart part, std::string_view text) {
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
    });
}

Result<int> check(program::World& world, const Options& options) {
    if (options.schema) {
        *world.out << to_pretty_json(config::document_schema()) << '\n';
        return program::kYes;
    }
    const program::WorldSources sources(world);
    Diagnostics diagnostics;
    const config::Model model = build_model(options, sources, diagnostics);
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
    show(world, diagnostics, wants_colour(world, options.color, world.err_is_terminal));
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
    show(world, diagnostics, wants_colour(world, options.color, world.err_is_terminal));
    if (diagnostics.has_errors()) return program::kUsage;
    *world.out << config::write_document(model);
    return program::kYes;
}

Result<int> show_routes(program::World& world, const Options& options) {
    const program::WorldSources sources(world);
    Diagnostics diagnostics;
    const config::Model model = build_model(options, sources, diagnostics);
    show(world, diagnostics, wants_colour(world, options.color, world.err_is_terminal));
    if (diagnostics.has_errors()) return program::kUsage;
    if (options.json) {
        Array list;
        for (const config::Api& api : model.apis)
            for (const config::Route& route : api.routes) {
                list.push_back(Object{{"api", api.name},
                                      {"routeKey", route.route_key},
                                      {"auth", auth_of(api)},
                                      {"timeout", limits_of(model, route)},
                                      {"target", route.integration.text}});
            }
        *world.out << to_json(Object{{"schema", "gw-serve-routes/1"}, {"routes", std::move(list)}}) << '\n';
        return program::kYes;
    }
    const bool many = model.apis.size() > 1;
    std::vector<term::Column> columns;
    if (many) columns.push_back({"API"});
    columns.insert(columns.end(), {{"ROUTE", term::Align::left, 12},
                                   {"AUTH"},
                                   {"TIMEOUT", term::Align::right},
                                   {"TARGET", term::Align::left, 16}});
    term::Table table(columns);
    for (const config::Api& api : model.apis)
        for (const config::Route& route : api.routes) {
            std::vector<term::Cell> cells;
            if (many) cells.emplace_back(api.name);
            cells.emplace_back(route.route_key);
            cells.emplace_back(auth_of(api), term::Paint::dim);
            cells.emplace_back(limits_of(model, route));
            cells.emplace_back(route.integration.text);
            table.add(std::move(cells));
        }
    const term::Screen screen{world.out_is_terminal ? world.width : 0,
                              term::Style(wants_colour(world, options.color, world.out_is_terminal))};
    *world.out << table.text(screen);
    return program::kYes;
}

Result<int> explain(program::World& world, const Options& options) {
    const program::WorldSources sources(world);
    Diagnostics diagnostics;
    auto model = std::make_shared<config::Model>(build_model(options, sources, diagnostics));
    show(world, diagnostics, wants_colour(world, options.color, world.err_is_terminal));
    if (diagnostics.has_errors()) return program::kUsage;
    gateway::Shared shared;
    const auto runtime = TRY(gateway::Runtime::build(
        model, nullptr, [&](const std::string& path) { return sources.read_file(path); }, nullptr, Instant(),
        std::chrono::system_clock::now()));
    gateway::WorkerState worker;
    worker.random = Random(options.seed.value_or(1));
    worker.shared = &shared;
    std::vector<balance::Cursor> cursors;
    for (const auto& group : runtime->groups) cursors.push_back(group->group->make_cursor(worker.random()));

    http::RequestHead request;
    const http::Limits limits = runtime->server_limits.message;
    http::RequestDecoder decoder(limits);
    const std::string text = request_text(options, *model);
    const http::Decoded decoded = decoder.decode(text, request);
    Trace trace;
    gateway::Exchange exchange;
    exchange.request = &request;
    exchange.runtime = runtime.get();
    exchange.worker = &worker;
    exchange.cursors = &cursors;
    exchange.trace = &trace;
    exchange.client = "127.0.0.1";
    exchange.date = std::chrono::system_clock::now();
    exchange.kind = runtime->apis.front().kind;
    std::vector<std::pair<std::string, std::string>> lines;
    std::string would;
    if (decoded.found != http::Found::head) {
        const http::Refused refused =
            decoded.found == http::Found::error ? decoded.refused : http::Refused{400, "head.incomplete"};
        exchange.decide(gw::refuse(refused));
    } else {
        gateway::Step step = gateway::advance(exchange);
        while (step.kind == gateway::Step::Kind::ask && step.effect == gateway::Effect::wait) {
            gateway::Reply waited;
            step = gateway::resume(exchange, step, waited);
        }
        if (step.kind == gateway::Step::Kind::ask) {
            std::string scratch;
            std::string head;
            if (auto refusal = gateway::write_request(exchange, scratch, head)) {
                exchange.decide(std::move(*refusal));
            } else {
                const std::string_view line = std::string_view(head).substr(0, head.find('\r'));
                const std::string_view target = line.substr(line.find(' ') + 1, line.rfind(' ') - line.find(' ') - 1);
                would = fmt::format("would send {} {}{}", options.method, exchange.target->key, target);
                lines.emplace_back("request", std::string(head));
            }
        }
    }
    std::vector<std::pair<std::string, std::string>> said;
    for (const Trace::Line& line : trace.lines()) said.emplace_back(line.stage, line.text);
    for (const gateway::Stage& stage : gateway::way_in()) {
        bool spoke = false;
        for (const auto& [name, text_said] : said) spoke |= name == stage.name;
        if (!spoke && exchange.route != nullptr && stage.name != "integrate")
            said.emplace_back(stage.name, "not configured");
    }
    if (exchange.decision.from == gateway::Decision::From::gateway) {
        const Refusal& refusal = exchange.decision.refusal;
        would = fmt::format("would answer {} {}{}", refusal.status, refusal.reason,
                            refusal.detail.empty() ? "" : ": " + refusal.detail);
    } else if (exchange.decision.from == gateway::Decision::From::mock) {
        would = fmt::format("would answer {} by itself", exchange.route->route->integration.status);
    }
    if (options.json) {
        Array stages;
        for (const auto& [name, text_said] : said) stages.push_back(Object{{"stage", name}, {"says", text_said}});
        *world.out << to_json(
                          Object{{"schema", "gw-serve-explain/1"}, {"stages", std::move(stages)}, {"result", would}})
                   << '\n';
        return program::kYes;
    }
    for (const auto& [name, text_said] : said) *world.out << fmt::format("{:<10} {}\n", name, text_said);
    *world.out << would << '\n';
    return program::kYes;
}

}  // namespace gw::serve
