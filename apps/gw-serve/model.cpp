#include "apps/gw-serve/model.h"

#include <fmt/format.h>

#include "apps/gw-serve/access.h"
#include "apps/gw-serve/canary.h"
#include "apps/gw-serve/cors.h"
#include "apps/gw-serve/demo.h"
#include "apps/gw-serve/limits.h"
#include "apps/gw-serve/surroundings.h"
#include "libgw/config/argument.h"
#include "libgw/config/check.h"
#include "libgw/config/document.h"

namespace gw::serve {
namespace {

void read_listeners(const Options& options, config::Model& model, const config::Sources& sources,
                    Diagnostics& diagnostics, config::Places& places) {
    const bool tls = !options.tls_cert.empty() || !options.tls_key.empty() || options.tls_self_signed ||
                     !options.tls_client_ca.empty();
    if (!options.listen.empty() || options.port) {
        model.listeners.clear();
        if (options.port)
            config::read_option("--port", "listeners", fmt::format("127.0.0.1:{}", *options.port), model, sources,
                                diagnostics);
        for (const std::string& text : options.listen)
            config::read_option("--listen", "listeners", text, model, sources, diagnostics);
    }
    if (model.listeners.empty()) model.listeners.push_back({"127.0.0.1:8080", {}, {}});
    if (!tls) return;
    if (options.tls_cert.empty() != options.tls_key.empty())
        diagnostics.error("--tls-cert and --tls-key go together",
                          config::at_option(diagnostics, options.tls_cert.empty() ? "--tls-key" : "--tls-cert"),
                          "give both, or --tls-self-signed");
    if (options.tls_cert.empty() && !options.tls_self_signed)
        diagnostics.error("client certificates need TLS", config::at_option(diagnostics, "--tls-client-ca"),
                          "give --tls-cert and --tls-key, or --tls-self-signed");
    const Location where =
        config::at_option(diagnostics, !options.tls_cert.empty() ? "--tls-cert " + options.tls_cert
                                       : options.tls_self_signed ? "--tls-self-signed"
                                                                 : "--tls-client-ca " + options.tls_client_ca);
    config::Tls made;
    made.where = where;
    made.self_signed = options.tls_self_signed;
    if (!options.tls_cert.empty()) made.certificates.push_back({options.tls_cert, options.tls_key, where});
    if (!options.tls_client_ca.empty()) made.client_ca = options.tls_client_ca;
    const auto at_value = [&](const std::string& option, const std::string& value) {
        Location place = config::at_option(diagnostics, option + " " + value);
        place.column = static_cast<std::uint32_t>(option.size() + 2);
        return place;
    };
    const Location cert = at_value("--tls-cert", options.tls_cert);
    const Location key = at_value("--tls-key", options.tls_key);
    const Location authorities = at_value("--tls-client-ca", options.tls_client_ca);
    for (std::size_t i = 0; i < model.listeners.size(); ++i) {
        model.listeners[i].tls = made;
        const std::string path = fmt::format("listeners[{}].tls", i);
        places[path + ".certificates[0].cert"] = cert;
        places[path + ".certificates[0].key"] = key;
        places[path + ".clientCa"] = authorities;
    }
}

/// Flags that say something of the one api that the command line makes.
void refuse_flags_of_routes(const Options& options, Diagnostics& diagnostics) {
    const auto refuse = [&](bool given, std::string_view flags, std::string_view first, std::string_view keys) {
        if (!given) return;
        diagnostics.error(fmt::format("{} to routes of the command line", flags),
                          config::at_option(diagnostics, std::string(first)),
                          fmt::format("write {} into {}", keys, config_name(options)));
    };
    const auto first = [](const std::vector<Options::Setting>& settings, std::string_view otherwise) {
        return settings.empty() ? otherwise : std::string_view(settings.front().flag);
    };
    refuse(asks_who(options), "--jwt, --cognito, --iam, --policy and --api-key belong", first_asking(options),
           "authorizers, auth, policy and apiKeys");
    refuse(!options.throttle.empty() || !options.plans.empty(), "--rate, --burst, --throttle-by and --plan belong",
           first(options.throttle, "--plan"), "throttle and usagePlans");
    refuse(!options.cors.empty() || options.cors_credentials, "--cors belongs",
           first(options.cors, "--cors-credentials"), "corsConfiguration");
    refuse(!options.canary.empty() || !options.canary_settings.empty(), "--canary, --sticky and --canary-header belong",
           options.canary.empty() ? first(options.canary_settings, "--canary") : "--canary", "canarySettings");
}

}  // namespace

config::Model build_model(const Options& options, const config::Sources& sources, Diagnostics& diagnostics,
                          config::Places* wanted) {
    config::Model model;
    for (const auto& [message, meant] : options.stray_variables)
        diagnostics.warning(message, {}, meant.empty() ? "" : fmt::format("did you mean {}?", meant));
    config::Places own;
    config::Places& places = wanted != nullptr ? *wanted : own;
    if (!options.config.empty()) {
        model = options.config == "-"
                    ? config::read_document(options.config_text, config_name(options), sources, diagnostics, &places)
                    : config::load_document(options.config, sources, diagnostics, &places);
        if (!options.routes.empty())
            diagnostics.error("routes on the command line and in a file",
                              config::at_option(diagnostics, options.routes.front()),
                              "write them into " + config_name(options) + ", or leave -c away");
    }
    for (const std::string& text : options.groups) config::read_group_argument(text, model, sources, diagnostics);
    if (options.config.empty()) {
        config::Api api;
        if (!options.api.empty()) {
            if (options.api == "rest")
                api.kind = ApiKind::rest;
            else if (options.api != "http")
                diagnostics.error("--api is http or rest", config::at_option(diagnostics, "--api " + options.api));
        }
        if (!options.api_id.empty()) api.id = options.api_id;
        if (!options.stage.empty()) api.stage = options.stage;
        for (const std::string& text : options.routes) config::read_route_argument(text, api, sources, diagnostics);
        if (options.demo) add_demo_routes(api, options.demo_port);
        if (options.routes.empty() && !options.demo)
            diagnostics.add(
                Diagnostic{Severity::error,
                           "there is nothing to serve",
                           "name a ROUTE such as http://localhost:3000, a file with -c, or --demo; see gw-serve --help",
                           {},
                           0});
        read_access(options, api, model, sources, diagnostics);
        read_limits(options, api, model, sources, diagnostics);
        read_cors(options, api, sources, diagnostics);
        read_canary(options, api, sources, diagnostics);
        model.apis.push_back(std::move(api));
    } else if (!options.api.empty() || !options.stage.empty() || !options.api_id.empty()) {
        diagnostics.error("--api, --api-id and --stage belong to routes of the command line",
                          config::at_option(diagnostics, !options.api.empty()     ? "--api"
                                                         : !options.stage.empty() ? "--stage"
                                                                                  : "--api-id"),
                          "write kind, apiId and stage into " + config_name(options));
    }
    if (!options.config.empty()) refuse_flags_of_routes(options, diagnostics);
    if (options.no_auth) open_all(model);
    read_listeners(options, model, sources, diagnostics, places);
    for (const Options::Setting& setting : options.settings)
        config::read_option(setting.flag, setting.key, setting.value, model, sources, diagnostics, &places);
    if (!options.access_log.empty())
        config::read_option("--access-log", "logs.format", options.access_log, model, sources, diagnostics);
    for (const auto& [remove, text] : options.headers)
        config::read_option(remove ? "--remove-header" : "--set-header",
                            remove ? "requestHeaders.remove" : "requestHeaders.set", text, model, sources, diagnostics);
    if (options.insecure) {
        model.upstream_tls.insecure = true;
        places["upstreamTls"] = config::at_option(diagnostics, "-k");
    }
    if (options.explain_answers) model.explain = true;
    if (options.throttle_shadow) {
        model.throttling.shadow = true;
        places["throttling.shadow"] = config::at_option(diagnostics, "--throttle-shadow");
    }
    config::check(model, diagnostics, places);
    check_files(model, sources, diagnostics, places);
    diagnostics.sort();
    return model;
}

}  // namespace gw::serve
