#include "apps/gw-serve/limits.h"

#include <algorithm>

#include <fmt/format.h>

#include "libgw/config/argument.h"
#include "libgw/config/counts_place.h"

namespace gw::serve {
namespace {

std::string whose(const config::ThrottleBy& by) {
    using Kind = config::ThrottleBy::Kind;
    switch (by.kind) {
        case Kind::route: return "per route";
        case Kind::stage: return "for all routes together";
        case Kind::ip: return "per address";
        case Kind::key: return "per API key";
        case Kind::claim: return "per claim " + by.name;
        case Kind::header: return "per field " + by.name;
    }
    return {};
}

}  // namespace

void read_limits(const Options& options, config::Api& api, config::Model& model, const config::Sources& sources,
                 Diagnostics& diagnostics) {
    for (const std::string& plan : options.plans) config::read_plan_argument(plan, model, sources, diagnostics);
    if (options.throttle.empty()) return;
    api.throttle.emplace();
    bool has_rate = false;
    for (const Options::Setting& setting : options.throttle) {
        has_rate = has_rate || setting.key == "rateLimit";
        config::read_throttle_option(setting.flag, setting.key, setting.value, *api.throttle, sources, diagnostics);
    }
    const Options::Setting& first = options.throttle.front();
    if (!has_rate)
        diagnostics.error(fmt::format("{} needs a rate", first.flag),
                          config::at_option(diagnostics, fmt::format("{} {}", first.flag, first.value)),
                          "--rate 100/s");
}

std::vector<std::string> limit_lines(const config::Model& model) {
    std::vector<std::string> lines;
    for (const config::Api& api : model.apis) {
        const std::string name = model.apis.size() > 1 ? api.name + ": " : "";
        const auto own = std::count_if(api.routes.begin(), api.routes.end(),
                                       [](const config::Route& route) { return route.throttle.has_value(); });
        if (api.throttle)
            lines.push_back(fmt::format("{}{}, {}", name, config::to_text(*api.throttle), whose(api.throttle->by)));
        if (own > 0) lines.push_back(fmt::format("{}{} of {} routes by their own", name, own, api.routes.size()));
    }
    for (const config::UsagePlan& plan : model.usage_plans) {
        std::string text = "plan " + plan.name;
        if (plan.throttle) text += fmt::format(", {}", config::to_text(*plan.throttle));
        if (plan.quota) text += fmt::format(", quota of {}", plan.quota->limit);
        lines.push_back(text + ", per API key");
    }
    if (model.throttling.account)
        lines.push_back(config::to_text(*model.throttling.account) + ", for everything together");
    if (model.throttling.counts.kind != config::CountsPlace::Kind::memory && !lines.empty())
        lines.push_back("counts in " + config::to_text(model.throttling.counts));
    if (model.throttling.shadow && !lines.empty()) lines.emplace_back("in shadow: nobody is refused");
    return lines;
}

}  // namespace gw::serve
