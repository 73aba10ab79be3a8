#include "libgw/config/check_throttle.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/config/judge.h"
#include "libgw/policy/throttle/limit.h"

namespace gw::config {
namespace {

class ThrottleChecker : private Judge {
  public:
    ThrottleChecker(const Model& model, const Places& places, bool whole, Diagnostics& diagnostics)
        : Judge(model, places, whole, diagnostics) {}

    void run() {
        if (model_.throttling.account) check_limit(*model_.throttling.account);
        check_counts();
        check_plans();
        check_keys();
        for (const Api& api : model_.apis) {
            if (api.throttle) check_by(api, nullptr, *api.throttle);
            for (const Route& route : api.routes)
                if (route.throttle) check_by(api, &route, *route.throttle);
        }
        if (whole_ && model_.throttling.shadow && !is_anything_limited())
            warning(place("throttling.shadow"), "there is no limit to shadow",
                    in_words(place("throttling.shadow"), "throttle: {rateLimit: 100/s, burstLimit: 200}",
                             "--rate 100/s --burst 200"));
    }

  private:
    [[nodiscard]] bool is_anything_limited() const {
        if (model_.throttling.account || !model_.usage_plans.empty()) return true;
        return std::any_of(model_.apis.begin(), model_.apis.end(), [](const Api& api) {
            return api.throttle || std::any_of(api.routes.begin(), api.routes.end(),
                                               [](const Route& route) { return route.throttle.has_value(); });
        });
    }

    void check_counts() {
        const Throttling& throttling = model_.throttling;
        const CountsPlace& counts = throttling.counts;
        const bool shared = counts.kind == CountsPlace::Kind::redis;
        const Location written = place("throttling.counts");
        const auto needs_database = [&](const Location& where, std::string message) {
            error(where, std::move(message), in_words(where, "counts: redis://HOST", "--limits redis://HOST"));
        };
        if (throttling.gateways > 1 && !shared)
            needs_database(place("throttling.gateways", written),
                           "gateways share nothing while counts are not in a database");
        if (throttling.counts_password && !shared)
            needs_database(place("throttling.countsPassword", written),
                           "there is no database to show this password to");
        if (!counts.user.empty() && !throttling.counts_password)
            error(
                written, fmt::format("the database's user {} has no password", counts.user),
                in_words(written, "countsPassword: env:NAME or file:PATH", "--limits-password env:NAME or file:PATH"));
        if (throttling.counts_password && shared && !counts.secure && !is_this_machine(counts.host))
            warning(written, fmt::format("the password goes to {} in the clear", counts.host),
                    in_words(written, "counts: rediss://HOST", "--limits rediss://HOST"));
        const bool has_quota = std::any_of(model_.usage_plans.begin(), model_.usage_plans.end(),
                                           [](const UsagePlan& plan) { return plan.quota.has_value(); });
        if (counts.kind == CountsPlace::Kind::sqlite && !has_quota)
            warning(written, "only quotas are kept in a file, and no plan has one",
                    in_words(written, "quota: {limit: 10000, period: DAY}, in usagePlans",
                             "--plan NAME:rate=10/s,quota=10000/day"));
        if (shared && !is_anything_limited())
            warning(written, "there is no limit to count in the database",
                    in_words(written, "throttle: {rateLimit: 100/s, burstLimit: 200}", "--rate 100/s --burst 200"));
    }

    static bool is_this_machine(std::string_view host) {
        return host == "localhost" || host == "::1" || host.starts_with("127.");
    }

    void check_limit(const Throttle& throttle) {
        const auto limit = throttle::Limit::make(throttle.rate, burst_of(throttle));
        if (!limit) error(throttle.where, limit.error().message, limit.error().hint);
    }

    void check_plans() {
        std::set<std::string_view> names;
        for (const UsagePlan& plan : model_.usage_plans) {
            if (plan.throttle) check_limit(*plan.throttle);
            if (!plan.name.empty() && !names.insert(plan.name).second)
                error(plan.where, fmt::format("usage plan '{}' stands twice", plan.name));
            if (!plan.throttle && !plan.quota && plan.api_stages.empty())
                warning(plan.where, fmt::format("usage plan '{}' limits nothing", plan.name),
                        in_words(plan.where, "throttle: {rateLimit: 10/s}", "--plan NAME:rate=10/s"));
            for (const ApiStage& stage : plan.api_stages) check_stage(plan, stage);
        }
    }

    void check_stage(const UsagePlan& plan, const ApiStage& stage) {
        const auto api = std::find_if(model_.apis.begin(), model_.apis.end(), [&](const Api& one) {
            return one.id == stage.api_id && one.stage == stage.stage;
        });
        if (api == model_.apis.end()) {
            std::vector<std::string> known;
            known.reserve(model_.apis.size());
            for (const Api& one : model_.apis) known.push_back(fmt::format("{} {}", one.id, one.stage));
            return error(
                stage.where,
                fmt::format("usage plan '{}': there is no api {} with stage {}", plan.name, stage.api_id, stage.stage),
                known.empty() ? "" : fmt::format("there are: {}", join(known, ", ")));
        }
        for (const auto& [method, throttle] : stage.throttle) {
            check_limit(throttle);
            if (find_method(*api, method) == nullptr)
                error(throttle.where, fmt::format("usage plan '{}': no route is {}", plan.name, method),
                      "/path/METHOD, as the routeKey METHOD /path says it");
        }
    }

    void check_keys() {
        std::set<std::string_view> used;
        std::vector<std::string> names;
        names.reserve(model_.usage_plans.size());
        for (const UsagePlan& plan : model_.usage_plans) names.push_back(plan.name);
        for (const ApiKey& key : model_.api_keys) {
            if (key.plan.empty()) continue;
            used.insert(key.plan);
            if (std::find(names.begin(), names.end(), key.plan) != names.end()) continue;
            const std::string_view near = closest(key.plan, names);
            error(key.where, fmt::format("API key '{}': there is no usage plan '{}'", key.id, key.plan),
                  !near.empty() ? fmt::format("did you mean '{}'?", near)
                                : in_words(key.where, fmt::format("usagePlans: [{{name: {}, …}}]", key.plan),
                                           fmt::format("--plan {}:rate=10/s,burst=20", key.plan)));
        }
        for (const UsagePlan& plan : model_.usage_plans)
            if (!used.contains(plan.name))
                warning(plan.where, fmt::format("usage plan '{}' has no API key", plan.name),
                        in_words(plan.where, fmt::format("plan: {}, in apiKeys", plan.name),
                                 fmt::format("--api-key KEY={}", plan.name)));
    }

    /// Requests without what they are counted by share one bucket; where none has it that is a limit for all.
    void check_by(const Api& api, const Route* route, const Throttle& throttle) {
        check_limit(throttle);
        const auto applies = [&](const Route& one) {
            return route != nullptr ? &one == route : throttle_of(api, one) == &throttle;
        };
        const auto has = [&](const Route& one) {
            switch (throttle.by.kind) {
                case ThrottleBy::Kind::key: return needs_api_key(api, one);
                case ThrottleBy::Kind::claim: return api.authorizers.contains(std::string(auth_of(api, one)));
                default: return true;
            }
        };
        const auto without = std::find_if(api.routes.begin(), api.routes.end(),
                                          [&](const Route& one) { return applies(one) && !has(one); });
        if (without == api.routes.end()) return;
        const bool key = throttle.by.kind == ThrottleBy::Kind::key;
        warning(throttle.where,
                fmt::format("{} asks for no {}: all its requests are counted together", without->route_key,
                            key ? "API key" : "token"),
                in_words(throttle.where, key ? "apiKeyRequired: true, or by: ip" : "auth: an authorizer, or by: ip",
                         "--throttle-by ip"));
    }
};

}  // namespace

void check_throttle(const Model& model, const Places& places, bool whole, Diagnostics& diagnostics) {
    ThrottleChecker(model, places, whole, diagnostics).run();
}

}  // namespace gw::config
