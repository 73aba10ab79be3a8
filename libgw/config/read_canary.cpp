#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "libgw/config/schema.h"
#include "libgw/config/secret.h"
#include "libgw/config/sticky.h"
#include "libgw/wire/http/grammar.h"

namespace gw::config {

Result<Canary::Sticky> parse_sticky(std::string_view text) {
    using Kind = Canary::Sticky::Kind;
    if (text == "ip") return Canary::Sticky{Kind::ip, {}};
    const auto parts = split_once(text, ':');
    if (parts && !parts->second.empty()) {
        const std::string_view name = parts->second;
        if (parts->first == "claim") return Canary::Sticky{Kind::claim, std::string(name)};
        if (parts->first == "header" || parts->first == "cookie") {
            // a cookie's name is a token, as a field's is (RFC 6265 §4.1.1)
            auto field = parse_field_remove(name);
            const bool header = parts->first == "header";
            if (!field && header) return std::move(field).error();
            if (header) return Canary::Sticky{Kind::header, to_lower(field->name)};
            if (http::is_token(name)) return Canary::Sticky{Kind::cookie, std::string(name)};
            return Error{Errc::config, fmt::format("'{}' is not the name of a cookie", name), {}, {}};
        }
    }
    return Error{Errc::config,
                 fmt::format("'{}' holds nobody to a version", text),
                 "cookie:NAME, ip, claim:NAME or header:NAME",
                 {}};
}

std::string to_text(const Canary::Sticky& sticky) {
    switch (sticky.kind) {
        case Canary::Sticky::Kind::ip: return "ip";
        case Canary::Sticky::Kind::cookie: return "cookie:" + sticky.name;
        case Canary::Sticky::Kind::claim: return "claim:" + sticky.name;
        case Canary::Sticky::Kind::header: break;
    }
    return "header:" + sticky.name;
}

namespace {

/// AWS has a number from 0 to 100; "10%" is one too.
Type<double> percent_type() {
    return {[](const Cursor& cursor, double& into) {
                const std::string number = cursor.value().number_text();
                const std::string* string = cursor.value().if_string();
                if (!string && number.empty()) return cursor.expected("a percentage such as 10");
                double percent = -1;
                if (string) {
                    const auto parsed = parse_percent(*string);
                    if (!parsed) return detail::note_error(cursor, parsed.error());
                    percent = *parsed;
                } else {
                    std::from_chars(number.data(), number.data() + number.size(), percent);
                }
                if (!(percent >= 0 && percent <= 100))
                    return cursor.error(fmt::format("{} is no percentage", number), "0 to 100; fractions may be");
                into = percent;
            },
            [](const double& percent) { return Value(percent); },
            [] {
                return Value(
                    gw::Object{{"oneOf", Array{Value(gw::Object{{"type", "number"}, {"minimum", 0}, {"maximum", 100}}),
                                               Value(gw::Object{{"type", "string"}, {"pattern", "^[0-9.]+%$"}})}}});
            }};
}

Result<std::string> parse_header(std::string_view text) {
    auto field = parse_field_remove(text);
    if (!field) return std::move(field).error();
    return to_lower(field->name);
}

/// The canary's target for one route: what is said of all, and for a target without a path the route's own.
Integration target_for(const Integration& all, const Integration& own) {
    Integration made = all;
    if (all.kind == Integration::Kind::mock || own.kind == Integration::Kind::mock || !all.url.path.empty())
        return made;
    made.url.path = own.url.path;
    made.text += (all.unix_socket.empty() || own.url.path.empty() ? "" : ":") + own.url.path;
    return made;
}

}  // namespace

const Table<Canary>& canary_table() {
    static const Table<Canary> table{
        "an object of canarySettings",
        {
            key("percentTraffic", &Canary::percent, percent_type(), "share of requests that the canary gets: 0 to 100",
                Need::required),
            key("target", &Canary::target, integration_type(),
                "where its requests go instead of the routes' targets; without a path it takes each route's"),
            key("stageVariableOverrides", &Canary::overrides, stage_variables_type(),
                "stage variables that it has other values of, for the routes' targets"),
            key("useStageCache", &Canary::use_stage_cache, boolean(),
                "whether both versions' answers are kept as the same"),
            key("sticky", &Canary::sticky,
                maybe(parsed<Canary::Sticky>(
                    "cookie:NAME, ip, claim:NAME or header:NAME", parse_sticky,
                    [](const Canary::Sticky& sticky) { return to_text(sticky); }, "^(ip|(cookie|claim|header):.+)$")),
                "what holds a client to its version: a cookie that the gateway makes, its address, a claim of its "
                "token, or a field"),
            key("header", &Canary::header,
                parsed<std::string>("the name of a field", parse_header, [](const std::string& name) { return name; }),
                "field of a request that decides by saying canary or stable"),
            key("key", &Canary::key, secret_type(),
                "secret by which clients are placed, env:NAME or file:PATH, for gateways that shall place them alike; "
                "drawn without it"),
        }};
    return table;
}

Type<std::optional<Canary>> canary_type() {
    Type<std::optional<Canary>> type = maybe(object(canary_table()));
    type.read = [read = type.read](const Cursor& cursor, std::optional<Canary>& into) {
        read(cursor, into);
        if (!into) return;
        if (into->target.text.empty() && into->overrides.empty())
            cursor.error("the canary has nothing of its own", "a target, or stageVariableOverrides");
        if (!into->key) return;
        auto secret = resolve_secret(*into->key, cursor.reading().sources);
        if (!secret) return detail::note_error(cursor, secret.error());
        into->key_value = std::string(secret->expose());
    };
    return type;
}

void finish_canary(Api& api, const Reading& reading) {
    if (!api.canary) return;
    Canary& canary = *api.canary;
    std::map<std::string, std::string> variables = api.stage_variables;
    for (const auto& [name, value] : canary.overrides) variables[name] = value;
    finish_integration(canary.target, variables, reading);
    bool differs = false;
    for (Route& route : api.routes) {
        if (!canary.target.text.empty()) {
            route.canary = target_for(canary.target, route.integration);
            differs = true;
            continue;
        }
        route.canary = route.integration;
        finish_integration(*route.canary, variables, reading);
        differs |= route.canary->kind != route.integration.kind ||
                   route.canary->url.text() != route.integration.url.text() ||
                   route.canary->group != route.integration.group || route.canary->body != route.integration.body;
    }
    if (!differs && !reading.diagnostics.has_errors())
        reading.diagnostics.error("stageVariableOverrides changes no target", canary.where,
                                  "${stageVariables.NAME} stands in no route's integration");
}

std::string section_text(const Canary& canary) { return to_json(canary_table().write(canary)); }

}  // namespace gw::config
