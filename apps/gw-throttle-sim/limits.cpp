#include "apps/gw-throttle-sim/limits.h"

#include <ostream>

#include <fmt/format.h>

#include "libgw/base/diagnostic.h"
#include "libgw/base/text.h"
#include "libgw/config/argument.h"
#include "libgw/config/check.h"
#include "libgw/config/document.h"
#include "libgw/policy/routing/path_template.h"

namespace gw::sim {
namespace {

config::Route make_route(std::string key, std::string method, std::string path) {
    config::Route route;
    route.route_key = std::move(key);
    route.method = std::move(method);
    route.path = std::move(path);
    route.integration.kind = config::Integration::Kind::mock;
    route.integration.text = "mock:200";
    return route;
}

/// One --layer: `account:RATE,BURST`, `stage:RATE,BURST`, `route:KEY:RATE,BURST`.
void read_layer(const std::string& text, config::Api& api, config::Model& model, const config::Sources& sources,
                Diagnostics& diagnostics) {
    const auto complain = [&](std::string message, std::string hint) {
        diagnostics.error(std::move(message), config::at_option(diagnostics, "--layer " + text), std::move(hint));
    };
    const auto last = text.rfind(':');
    const std::string_view what = std::string_view(text).substr(0, last == std::string::npos ? 0 : last);
    const std::string_view limit = std::string_view(text).substr(last == std::string::npos ? 0 : last + 1);
    const auto parts = split_once(limit, ',');
    if (what.empty() || !parts)
        return complain(fmt::format("'{}' is not a layer", text),
                        "account:10000/s,5000 or stage:100/s,200 or 'route:GET /a:10/s,20'");
    config::Throttle throttle;
    const std::size_t before = diagnostics.errors();
    config::read_throttle_option("--layer", "rateLimit", parts->first, throttle, sources, diagnostics);
    config::read_throttle_option("--layer", "burstLimit", parts->second, throttle, sources, diagnostics);
    if (diagnostics.errors() != before) return;
    if (what == "account") {
        if (model.throttling.account) return complain("the layer account is said twice", {});
        model.throttling.account = throttle;
    } else if (what == "stage") {
        if (api.throttle)
            return complain("the layer stage is said twice", "--rate is a limit of each route: one of the two");
        throttle.by.kind = config::ThrottleBy::Kind::stage;
        api.throttle = throttle;
    } else if (what.starts_with("route:")) {
        const std::string_view key_text = what.substr(6);
        auto key = routing::RouteKey::parse(key_text);
        if (!key) return complain(std::move(key.error().message), "'route:GET /a:10/s,20'");
        const std::string written = key->text();
        for (const config::Route& route : api.routes)
            if (route.route_key == written) return complain(fmt::format("the route {} is said twice", written), {});
        api.routes.push_back(make_route(written, key->is_default ? "" : std::string(split_once(written, ' ')->first),
                                        key->is_default ? "" : key->path.text()));
        api.routes.back().throttle = throttle;
    } else {
        complain(fmt::format("there is no layer '{}'", what), "account, stage or route:KEY");
    }
}

config::Model model_of_options(const Options& options, const config::Sources& sources, Diagnostics& diagnostics) {
    config::Model model;
    config::Api api;
    if (!options.rate.empty()) {
        api.throttle.emplace();
        config::read_throttle_option("--rate", "rateLimit", options.rate, *api.throttle, sources, diagnostics);
        if (!options.burst.empty())
            config::read_throttle_option("--burst", "burstLimit", options.burst, *api.throttle, sources, diagnostics);
        if (!options.throttle_by.empty())
            config::read_throttle_option("--throttle-by", "by", options.throttle_by, *api.throttle, sources,
                                         diagnostics);
    } else if (!options.burst.empty() || !options.throttle_by.empty()) {
        const std::string flag = options.burst.empty() ? "--throttle-by" : "--burst";
        diagnostics.error(flag + " needs a rate", config::at_option(diagnostics, flag), "--rate 100/s");
    }
    for (const std::string& plan : options.plans) config::read_plan_argument(plan, model, sources, diagnostics);
    for (const std::string& layer : options.layers) read_layer(layer, api, model, sources, diagnostics);
    api.routes.push_back(make_route("$default", "", ""));
    api.api_key_required = !model.usage_plans.empty();
    model.apis.push_back(std::move(api));
    return model;
}

std::string whose(const config::ThrottleBy& by) {
    using Kind = config::ThrottleBy::Kind;
    switch (by.kind) {
        case Kind::route: return "each route";
        case Kind::stage: return "stage";
        case Kind::ip: return "each address";
        case Kind::key: return "each API key";
        case Kind::claim: return "each " + by.name;
        case Kind::header: return "each " + by.name;
    }
    return {};
}

}  // namespace

Result<std::optional<config::Model>> read_limits(program::World& world, const Options& options) {
    const program::WorldSources sources(world);
    const bool says_limits = !options.rate.empty() || !options.burst.empty() || !options.throttle_by.empty() ||
                             !options.plans.empty() || !options.layers.empty();
    if (options.config.empty() && !says_limits)
        return Error{Errc::usage, "there is no limit", "--rate 100/s --burst 200, --plan, --layer, or -c gw.yaml", {}};
    if (!options.config.empty() && says_limits)
        return Error{Errc::usage,
                     "limits on the command line and in a file",
                     "write them into " + options.config + ", or leave -c away",
                     {}};
    Diagnostics diagnostics;
    config::Model model;
    if (options.config.empty()) {
        model = model_of_options(options, sources, diagnostics);
    } else {
        config::Places places;
        model = config::load_document(options.config, sources, diagnostics, &places);
        config::check(model, diagnostics, places);
        if (!diagnostics.has_errors() && limit_lines(model).empty())
            diagnostics.add(Diagnostic{Severity::error,
                                       options.config + " has no limits",
                                       "throttle, usagePlans or throttling.account: gw-config(5)",
                                       {},
                                       0});
    }
    diagnostics.sort();
    if (!diagnostics.empty()) *world.err << diagnostics.render({}, world.name) << std::flush;
    if (diagnostics.has_errors()) return std::optional<config::Model>();
    return std::optional(std::move(model));
}

std::vector<std::string> limit_lines(const config::Model& model) {
    std::vector<std::string> lines;
    for (const config::Api& api : model.apis) {
        const std::string name = model.apis.size() > 1 ? api.name + ": " : "";
        for (const config::Route& route : api.routes)
            if (route.throttle)
                lines.push_back(fmt::format("{}route {}: {}", name, route.route_key, config::to_text(*route.throttle)));
        if (api.throttle)
            lines.push_back(fmt::format("{}{}: {}", name, whose(api.throttle->by), config::to_text(*api.throttle)));
    }
    for (const config::UsagePlan& plan : model.usage_plans) {
        std::string text = fmt::format("plan {}, each API key:", plan.name);
        if (plan.throttle) text += fmt::format(" {}", config::to_text(*plan.throttle));
        if (plan.quota) text += fmt::format("{} quota of {}", plan.throttle ? "," : "", plan.quota->limit);
        lines.push_back(std::move(text));
    }
    if (model.throttling.account) lines.push_back("account: " + config::to_text(*model.throttling.account));
    return lines;
}

}  // namespace gw::sim
