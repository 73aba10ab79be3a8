#include "libgw/gateway/standing.h"

#include <fmt/format.h>

#include "libgw/base/units.h"

namespace gw::gateway {
namespace {

/// In whole seconds, as people say it.
std::string told(Nanoseconds time) { return to_duration_text(std::chrono::ceil<std::chrono::seconds>(time)); }

}  // namespace

void Standings::look(const Runtime& runtime, telemetry::Sheet& sheet, Log& log, Instant now) {
    auto before = std::exchange(out_, {});
    for (const auto& group : runtime.groups) {
        if (group->settings->outlier.consecutive_errors == 0) continue;
        for (std::size_t i = 0; i < group->endpoints.size(); ++i) {
            const balance::TargetView target = group->group->view(i, now);
            const bool is_out = target.standing != balance::Standing::closed;
            if (!is_out && before.empty()) continue;
            std::pair<std::string, std::string> name(group->name, target.address);
            const auto known = before.find(name);
            const bool was_out = known != before.end();
            if (is_out && (!was_out || target.ejections > known->second)) {
                sheet.add(group->upstreams[i].ejections);
                log.warn(fmt::format("group {}: {} is ejected for {} ({})", name.first, name.second,
                                     told(target.ejected_for),
                                     was_out ? "it failed again when it was let back in" : "errors in a row"));
            } else if (was_out && !is_out) {
                log.info(fmt::format("group {}: {} is back, after it had been ejected", name.first, name.second));
            }
            if (is_out) out_.emplace(std::move(name), target.ejections);
        }
    }
}

}  // namespace gw::gateway
