// Which version: a field that decides, what holds the client to one, or chance.

#include <array>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "libgw/gateway/context.h"
#include "libgw/gateway/counted.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/policy/auth/render.h"
#include "libgw/policy/canary/split.h"

namespace gw::gateway {
namespace {

constexpr std::string_view kStage = "canary";
constexpr std::size_t kDrawn = 16;
/// For as long as an AWS load balancer holds a client at most.
constexpr std::string_view kCookieAge = "604800";

using canary::Arm;

/// The first cookie of that name (RFC 6265 §5.4 leaves the order of several to the browser).
std::optional<std::string_view> find_cookie(const http::Fields& fields, std::string_view name) {
    for (const http::FieldView field : fields) {
        if (field.id != http::FieldName::cookie) continue;
        for (const std::string_view pair : split(field.value, ';')) {
            const auto parts = split_once(trim_ows(pair), '=');
            if (parts && parts->first == name) return parts->second;
        }
    }
    return std::nullopt;
}

/// Who the client is, as far as the canary is concerned; nothing when he does not say.
std::optional<std::string> client_of(Exchange& exchange, const config::Canary& settings, const CanaryState& state,
                                     std::string_view& how) {
    using Kind = config::Canary::Sticky::Kind;
    const config::Canary::Sticky& sticky = *settings.sticky;
    switch (sticky.kind) {
        case Kind::ip: {
            how = "by address";
            std::string storage;
            const std::string_view key = address_key(source_address(exchange), storage);
            return key.empty() ? std::nullopt : std::optional(std::string(key));
        }
        case Kind::claim: {
            how = "by claim";
            if (exchange.caller.token == nullptr) return std::nullopt;
            std::string text = auth::claim_text(exchange.caller.token->claims, sticky.name, exchange.kind);
            return text.empty() ? std::nullopt : std::optional(std::move(text));
        }
        case Kind::header: {
            how = "by field";
            const auto value = exchange.request->fields.find(sticky.name);
            return value && !value->empty() ? std::optional(std::string(*value)) : std::nullopt;
        }
        case Kind::cookie: break;
    }
    how = "by cookie";
    if (const auto cookie = find_cookie(exchange.request->fields, sticky.name))
        if (auto client = state.key().client_of(state.scope(), *cookie)) return client;
    how = "cookie is new";
    std::array<std::uint8_t, kDrawn> drawn{};
    exchange.worker->random.fill(drawn);
    std::string client(reinterpret_cast<const char*>(drawn.data()), drawn.size());
    exchange.set_cookie =
        fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", sticky.name,
                    state.key().make_cookie(state.scope(), client), kCookieAge, exchange.secure ? "; Secure" : "");
    return client;
}

/// Said twice it says nothing.
std::optional<Arm> forced_arm(const Exchange& exchange, const config::Canary& settings) {
    if (settings.header.empty()) return std::nullopt;
    std::optional<Arm> arm;
    std::size_t count = 0;
    for (const http::FieldView field : exchange.request->fields) {
        if (!equals_ignoring_case(field.name, settings.header)) continue;
        arm = canary::parse_arm(trim_ows(field.value));
        ++count;
    }
    return count == 1 ? arm : std::nullopt;
}

}  // namespace

Step choose_version(Exchange& exchange) {
    const CanaryRuntime& canary = *exchange.api->canary;
    CanaryState& state = *canary.state;
    const std::uint64_t places = state.places();
    Arm arm = places == 0 ? Arm::stable : Arm::canary;
    std::string_view how = "everybody";
    std::optional<double> place;
    if (state.is_running()) {
        if (const auto forced = forced_arm(exchange, *canary.settings)) {
            arm = *forced;
            how = "by field";
        } else if (places != 0 && places != canary::Share::kAll) {
            std::optional<std::string> client;
            how = "by chance";
            if (canary.settings->sticky) client = client_of(exchange, *canary.settings, state, how);
            const std::uint64_t drawn =
                client ? state.key().place_of(state.scope(), *client) : exchange.worker->random();
            arm = canary::Share::holds(places, drawn) ? Arm::canary : Arm::stable;
            place = static_cast<double>(drawn) / 18446744073709551616.0;
            if (canary.settings->sticky && !client) how = "the client does not say who it is";
        }
    }
    exchange.arm = arm;
    if (arm == Arm::canary) exchange.version = &*exchange.route->canary;
    note(exchange.trace, kStage, [&] {
        return fmt::format("{} -> {} ({}{})",
                           state.is_running() ? to_percent_text(state.percent()) : std::string(to_text(state.phase())),
                           to_text(arm), how, place ? fmt::format("; draw {:.4f}", *place) : std::string());
    });
    return Step::go_on();
}

}  // namespace gw::gateway
