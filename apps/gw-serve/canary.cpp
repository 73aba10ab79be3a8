#include "apps/gw-serve/canary.h"

#include <utility>

#include <fmt/format.h>

#include "libgw/base/units.h"
#include "libgw/config/argument.h"
#include "libgw/config/schema.h"

namespace gw::serve {

void read_canary(const Options& options, config::Api& api, const config::Sources& sources, Diagnostics& diagnostics) {
    if (options.canary.empty() && options.canary_settings.empty()) return;
    if (options.canary.empty()) {
        const Options::Setting& first = options.canary_settings.front();
        const std::string line = fmt::format("{} {}", first.flag, first.value);
        return diagnostics.error(fmt::format("{} needs a canary", first.flag), config::at_option(diagnostics, line),
                                 "--canary 10%=http://127.0.0.1:3001");
    }
    const std::size_t before = diagnostics.errors();
    config::Canary canary;
    config::read_canary_argument(options.canary, canary, sources, diagnostics);
    for (const Options::Setting& setting : options.canary_settings)
        config::read_canary_option(setting.flag, setting.key, setting.value, canary, sources, diagnostics);
    if (diagnostics.errors() != before) return;
    api.canary = std::move(canary);
    config::finish_canary(api, {std::string(config::kCommandLine), {}, sources, diagnostics});
}

std::vector<std::string> canary_lines(const config::Model& model) {
    std::vector<std::string> lines;
    for (const config::Api& api : model.apis) {
        if (!api.canary) continue;
        lines.push_back(
            fmt::format("{}{}  ->  {}", model.apis.size() > 1 ? api.name + ": " : std::string(),
                        to_percent_text(api.canary->percent),
                        api.canary->target.text.empty() ? "other stage variables" : api.canary->target.text));
    }
    return lines;
}

}  // namespace gw::serve
