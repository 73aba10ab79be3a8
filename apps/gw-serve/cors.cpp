#include "apps/gw-serve/cors.h"

#include <utility>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/config/argument.h"

namespace gw::serve {

void read_cors(const Options& options, config::Api& api, const config::Sources& sources, Diagnostics& diagnostics) {
    if (options.cors.empty() && !options.cors_credentials) return;
    const std::string first = options.cors.empty()
                                  ? "--cors-credentials"
                                  : fmt::format("{} {}", options.cors.front().flag, options.cors.front().value);
    const Location where = config::at_option(diagnostics, first);
    const std::size_t before = diagnostics.errors();
    cors::PolicySpec spec;
    spec.credentials = options.cors_credentials;
    bool names_origins = false;
    for (const Options::Setting& setting : options.cors) {
        names_origins = names_origins || setting.key == "allowOrigins";
        config::read_cors_option(setting.flag, setting.key, setting.value, spec, sources, diagnostics);
    }
    if (!names_origins)
        return diagnostics.error("no origin is allowed", where, "--cors https://app.example.com names one");
    if (diagnostics.errors() != before) return;
    if (const auto policy = cors::Policy::make(spec); !policy)
        return diagnostics.error(policy.error().message, where, policy.error().hint);
    api.cors = std::move(spec);
}

std::vector<std::string> cors_lines(const config::Model& model) {
    std::vector<std::string> lines;
    for (const config::Api& api : model.apis)
        if (api.cors)
            lines.push_back(fmt::format("{}{} (credentials: {}), errors included",
                                        model.apis.size() > 1 ? api.name + ": " : std::string(),
                                        join(api.cors->origins, " "), api.cors->credentials ? "yes" : "no"));
    return lines;
}

}  // namespace gw::serve
