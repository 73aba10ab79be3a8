#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/config/schema.h"

namespace gw::config {
namespace {

using namespace std::chrono_literals;

/// AWS: cacheTtlInSeconds, 0 to 3600; 0 is off.
constexpr Nanoseconds kLongestTtl = 1h;

Result<Caching> parse_caching(std::string_view text) {
    if (text == "off") return Caching{};
    if (text == "http") return Caching{Caching::Mode::http, {}};
    const auto ttl = parse_duration(text);
    if (!ttl) return Error{Errc::config, fmt::format("'{}' says not how to cache", text), "60s, http or off", {}};
    if (*ttl > kLongestTtl) return Error{Errc::config, fmt::format("TTL {} is out of range", text), "0s to 1h", {}};
    if (*ttl == Nanoseconds(0)) return Caching{};
    return Caching{Caching::Mode::ttl, *ttl};
}

/// The elements of "path,query:*"; names with a comma have to stand in a list.
void read_elements(const Cursor& cursor, std::string_view text, std::vector<cache::KeyParameter>& into) {
    for (const std::string_view element : split(text, ',')) {
        auto parameter = cache::parse_key_parameter(trim_ows(element));
        if (!parameter) return cursor.error(parameter.error().message, parameter.error().hint);
        into.push_back(*std::move(parameter));
    }
}

}  // namespace

std::string to_text(const Caching& caching) {
    switch (caching.mode) {
        case Caching::Mode::off: return "off";
        case Caching::Mode::ttl: return to_duration_text(caching.ttl);
        case Caching::Mode::http: return "http";
    }
    return "off";
}

Type<Caching> caching_type() {
    return parsed<Caching>("a time such as 60s, http or off", parse_caching,
                           [](const Caching& caching) { return to_text(caching); });
}

Type<std::vector<cache::KeyParameter>> cache_key_type() {
    static const auto items = list(
        parsed<cache::KeyParameter>("a part of a cache key", cache::parse_key_parameter,
                                    [](const cache::KeyParameter& parameter) { return cache::to_text(parameter); }),
        1);
    return {[](const Cursor& cursor, std::vector<cache::KeyParameter>& into) {
                const std::string* text = cursor.value().if_string();
                if (text == nullptr) return items.read(cursor, into);
                into.clear();
                read_elements(cursor, *text, into);
            },
            [](const std::vector<cache::KeyParameter>& parameters) { return items.write(parameters); },
            [] { return Value(gw::Object{{"oneOf", Array{Value(gw::Object{{"type", "string"}}), items.schema()}}}); }};
}

Type<CacheControlStrategy> cache_control_strategy_type() {
    using Strategy = CacheControlStrategy;
    return one_of<Strategy>({{"FAIL_WITH_403", Strategy::fail_with_403},
                             {"SUCCEED_WITH_RESPONSE_HEADER", Strategy::succeed_with_response_header},
                             {"SUCCEED_WITHOUT_RESPONSE_HEADER", Strategy::succeed_without_response_header}});
}

const Caching& caching_of(const Model& model, const Route& route) {
    static const Caching kOff;
    if (route.integration.kind == Integration::Kind::mock) return kOff;
    return route.caching ? *route.caching : model.caching;
}

std::vector<cache::KeyParameter> cache_key_of(const Model& model, const Route& route) {
    using Kind = cache::KeyParameter::Kind;
    if (route.cache_key) return *route.cache_key;
    if (!model.cache_key.empty()) return model.cache_key;
    return {{Kind::path, {}}, {Kind::query, {}}};
}

}  // namespace gw::config
