#include "libgw/gateway/admin_canary.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "libgw/config/sticky.h"
#include "libgw/gateway/server.h"

namespace gw::gateway {
namespace {

AdminPage refuse(std::uint16_t status, std::string_view message, std::string hint = {}) {
    return {status, to_json(Value(gw::Object{{"message", Value(message)}, {"hint", Value(std::move(hint))}}))};
}

/// What a body may say.
struct Wish {
    std::optional<std::string> api;
    std::optional<canary::Share> share;
};

Result<Wish> parse_wish(std::string_view body, bool share) {
    Wish wish;
    const std::string form = share ? R"({"percentTraffic": 25}, and "api" where there are several)"
                                   : R"({}, or {"api": "NAME/STAGE"} where there are several)";
    const auto wrong = [&](std::string message) { return Error{Errc::parse, std::move(message), form, {}}; };
    if (!trim_ows(body).empty()) {
        const Value value = TRY(parse_json(body));
        const gw::Object* members = value.if_object();
        if (members == nullptr) return wrong("the body is no object");
        for (const Member& member : *members) {
            if (member.key == "api" && member.value.if_string() != nullptr) {
                wish.api = *member.value.if_string();
            } else if (share && member.key == "percentTraffic" && member.value.to_double()) {
                wish.share = TRY(canary::Share::make(*member.value.to_double()));
            } else {
                return wrong(fmt::format("'{}' is not known, or of another type", member.key));
            }
        }
    }
    if (share && !wish.share) return wrong("percentTraffic is missing");
    return wish;
}

/// How it stands, and what holds clients to their version.
Value told(const Server& server, const CanaryState& state) {
    Value value = to_value(state);
    Value sticky;
    for (const config::Api& api : server.config().apis)
        if (api.canary && api.canary->sticky && fmt::format("{}/{}", api.name, api.stage) == state.scope())
            sticky = Value(config::to_text(*api.canary->sticky));
    value.if_object()->push_back({"sticky", std::move(sticky)});
    return value;
}

}  // namespace

AdminPage show_canaries(const Server& server) {
    Array canaries;
    for (const auto& state : server.canaries()) canaries.push_back(told(server, *state));
    return {
        200,
        to_json(Value(gw::Object{{"schema", Value("gw-serve-canary/1")}, {"canaries", Value(std::move(canaries))}}))};
}

AdminPage change_canary(Server& server, std::string_view path, std::string_view body) {
    const auto wish = parse_wish(body, path == "/canary");
    if (!wish) return refuse(400, to_string(wish.error()), wish.error().hint);
    const auto all = server.canaries();
    if (all.empty())
        return refuse(409, "no api has a canary", "give canarySettings, or --canary 10%=http://127.0.0.1:3001");
    std::vector<std::string> names;
    for (const auto& state : all) names.push_back(state->scope());
    if (!wish->api && all.size() > 1)
        return refuse(409, "several apis have a canary", fmt::format("name one: {}", join(names, ", ")));
    const auto found = !wish->api ? all.begin() : std::find_if(all.begin(), all.end(), [&](const auto& state) {
        return state->scope() == *wish->api;
    });
    if (found == all.end())
        return refuse(409, fmt::format("{} has no canary", *wish->api),
                      fmt::format("there are: {}", join(names, ", ")));
    CanaryState& state = **found;
    const double before = state.percent();
    if (path == "/canary/promote")
        state.promote();
    else if (path == "/canary/abort")
        state.abort();
    else
        state.set(*wish->share);
    server.on_canary_changed(state, before);
    return {200, to_json(told(server, state))};
}

}  // namespace gw::gateway
