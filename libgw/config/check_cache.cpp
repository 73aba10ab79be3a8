#include "libgw/config/check_cache.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "libgw/base/units.h"
#include "libgw/config/judge.h"
#include "libgw/policy/routing/path_template.h"

namespace gw::config {
namespace {

constexpr const char* kKeyHint = "its key is the URI, and what Vary names";

class CacheChecker : private Judge {
  public:
    CacheChecker(const Model& model, const Places& places, bool whole, Diagnostics& diagnostics)
        : Judge(model, places, whole, diagnostics) {}

    void run() {
        for (std::size_t i = 0; i < model_.apis.size(); ++i)
            for (std::size_t j = 0; j < model_.apis[i].routes.size(); ++j)
                check_route(model_.apis[i].routes[j], fmt::format("apis[{}].routes[{}]", i, j));
        const bool uses_ttl = uses_own_ttl_ || uses_ttl_;
        if (whole_ && !model_.cache_key.empty() && !uses_ttl_)
            error(place("cacheKeyParameters"), "a cache key is given, and no route keeps answers by it",
                  model_.caching.mode == Caching::Mode::http
                      ? kKeyHint
                      : in_words(place("cacheKeyParameters"), "cache: 60s", "--cache 60s"));
        const Model usual;
        if (whole_ && !uses_ttl)
            for (const auto& [differs, name] :
                 {std::pair(model_.cache_control_authorized != usual.cache_control_authorized,
                            "requireAuthorizationForCacheControl"),
                  std::pair(model_.cache_control_strategy != usual.cache_control_strategy,
                            "unauthorizedCacheControlHeaderStrategy")})
                if (differs) error(place(name), fmt::format("{} matters only where a TTL is", name), "cache: 60s");
        check_sizes(uses_ttl || uses_http_);
    }

  private:
    void check_route(const Route& route, const std::string& path) {
        const Location where = place(path + ".cache", route.where);
        if (route.integration.kind == Integration::Kind::mock && route.caching &&
            route.caching->mode != Caching::Mode::off)
            error(where, fmt::format("{} is answered by the gateway itself: there is nothing to keep", route.route_key),
                  "leave cache out");
        const Caching& caching = caching_of(model_, route);
        uses_http_ = uses_http_ || caching.mode == Caching::Mode::http;
        const bool ttl = caching.mode == Caching::Mode::ttl;
        (route.cache_key ? uses_own_ttl_ : uses_ttl_) |= ttl;
        check_ttl_only(route.cache_key.has_value() && !ttl, path + ".cacheKeyParameters", "cacheKeyParameters", route,
                       caching);
        check_ttl_only(route.cache_control_authorized.has_value() && !ttl,
                       path + ".requireAuthorizationForCacheControl", "requireAuthorizationForCacheControl", route,
                       caching);
        check_ttl_only(route.cache_control_strategy.has_value() && !ttl,
                       path + ".unauthorizedCacheControlHeaderStrategy", "unauthorizedCacheControlHeaderStrategy",
                       route, caching);
        if (ttl) check_key(route, place(path + ".cacheKeyParameters", place("cacheKeyParameters", route.where)));
    }

    void check_ttl_only(bool lost, const std::string& path, std::string_view name, const Route& route,
                        const Caching& caching) {
        if (!lost) return;
        const bool http = caching.mode == Caching::Mode::http;
        error(place(path, route.where), fmt::format("{} of {} matters only where a TTL is", name, route.route_key),
              http && name == "cacheKeyParameters" ? kKeyHint : "cache: 60s");
    }

    void check_key(const Route& route, const Location& where) {
        const auto key = routing::RouteKey::parse(route.route_key);
        if (!key) return;
        for (const cache::KeyParameter& parameter : cache_key_of(model_, route)) {
            if (parameter.kind != cache::KeyParameter::Kind::path_parameter) continue;
            const auto& known = key->path.parameters();
            if (!key->is_default && std::find(known.begin(), known.end(), parameter.name) != known.end()) continue;
            error(where,
                  fmt::format("the cache key names {{{}}}, which {} does not have", parameter.name, route.route_key));
        }
    }

    void check_sizes(bool used) {
        const Limits& limits = model_.limits;
        const Limits usual;
        if (limits.cache_object > limits.cache_size && limits.cache_object != usual.cache_object)
            error(place("limits.cacheObject"), "limits.cacheObject is larger than limits.cacheSize");
        if (!whole_ || used) return;
        for (const auto& [differs, name] : {std::pair(limits.cache_size != usual.cache_size, "limits.cacheSize"),
                                            std::pair(limits.cache_object != usual.cache_object, "limits.cacheObject")})
            if (differs)
                warning(place(name), fmt::format("{} is set, and no route keeps answers", name),
                        in_words(place(name), "cache: 60s or cache: http", "--cache 60s or --cache http"));
    }

    bool uses_ttl_ = false;
    bool uses_own_ttl_ = false;
    bool uses_http_ = false;
};

}  // namespace

void check_cache(const Model& model, const Places& places, bool whole, Diagnostics& diagnostics) {
    CacheChecker(model, places, whole, diagnostics).run();
}

}  // namespace gw::config
