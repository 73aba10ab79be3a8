#include "libgw/config/check.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "libgw/config/address.h"
#include "libgw/config/argument.h"
#include "libgw/config/check_auth.h"
#include "libgw/config/check_cache.h"
#include "libgw/config/check_throttle.h"
#include "libgw/config/judge.h"
#include "libgw/config/target.h"
#include "libgw/policy/routing/conflict.h"
#include "libgw/policy/routing/host.h"

namespace gw::config {
namespace {

constexpr Nanoseconds kAwsTimeout = std::chrono::seconds(29);

/// "gw.yaml:12" for hints that point at a second place.
std::string told(const Location& where) {
    if (is_from_options(where)) return std::string(kCommandLine);
    return where.line == 0 ? where.file : fmt::format("{}:{}", where.file, where.line);
}

class Checker : private Judge {
  public:
    Checker(const Model& model, Diagnostics& diagnostics, const Places& places)
        : Judge(model, places, !diagnostics.has_errors(), diagnostics) {}

    void run() {
        check_listeners();
        check_admin();
        check_apis();
        check_auth(model_, places_, whole_, diagnostics_);
        check_throttle(model_, places_, whole_, diagnostics_);
        check_cache(model_, places_, whole_, diagnostics_);
        check_groups();
        check_limits();
        check_trust();
    }

  private:
    void check_listeners() {
        std::vector<std::pair<Address, Location>> bound;
        const auto bind = [&](const std::string& text, const Location& where) {
            const auto address = parse_address(text);
            if (!address) return;
            for (const auto& [other, other_where] : bound) {
                if (!collide(*address, other)) continue;
                error(where, fmt::format("address {} is taken twice", text),
                      fmt::format("{} listens there too{}", other.text(),
                                  other_where.line == 0 ? "" : fmt::format(" ({})", told(other_where))));
                break;
            }
            bound.emplace_back(*address, where);
        };
        for (const Listener& listener : model_.listeners) {
            bind(listener.address, listener.where);
            if (listener.tls) check_tls(*listener.tls);
        }
        if (model_.listeners.empty()) bind("127.0.0.1:8080", {});
        if (!model_.metrics.empty()) {
            bind(model_.metrics, place("metrics"));
            if (const auto address = parse_address(model_.metrics); address && !address->is_loopback()) {
                warning(place("metrics"),
                        fmt::format("metrics on {} can be read by anybody who reaches it", model_.metrics),
                        "127.0.0.1:9100");
            }
        }
        if (const auto admin = admin_address()) bind(admin->text(), place("admin"));
        check_mutual_tls();
        check_open_listeners();
    }

    /// Same port and the same address, or one of them all addresses.
    static bool collide(const Address& a, const Address& b) {
        if (a.is_unix() || b.is_unix()) return a.is_unix() && a.unix_path == b.unix_path;
        if (a.port == 0 || a.port != b.port) return false;
        const auto any = [](const std::string& host) { return host == "0.0.0.0" || host == "::"; };
        const auto usual = [](const std::string& host) {
            return host == "localhost" ? std::string("127.0.0.1") : host;
        };
        return usual(a.host) == usual(b.host) || any(a.host) || any(b.host);
    }

    void check_tls(const Tls& tls) {
        if (tls.certificates.empty() && !tls.self_signed) {
            error(tls.where, "TLS has no certificate",
                  in_words(tls.where, "certificates: [{cert: FILE, key: FILE}] or selfSigned: true",
                           "--tls-cert FILE and --tls-key FILE, or --tls-self-signed"));
        }
        if (!tls.certificates.empty() && tls.self_signed) {
            error(tls.where, "TLS has certificates and makes one of its own",
                  in_words(tls.where, "remove selfSigned", "leave --tls-self-signed away"));
        }
        for (std::size_t i = 0; i < tls.certificates.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                if (tls.certificates[i].cert != tls.certificates[j].cert) continue;
                error(tls.certificates[i].where, fmt::format("certificate {} stands twice", tls.certificates[i].cert));
            }
        }
    }

    /// Who is turned away at one door comes in by the other.
    void check_mutual_tls() {
        const Listener* asking = nullptr;
        const Listener* not_asking = nullptr;
        for (const Listener& listener : model_.listeners) {
            const auto address = parse_address(listener.address);
            if (listener.tls && listener.tls->client_ca) {
                asking = &listener;
            } else if (address && !address->is_loopback()) {
                not_asking = &listener;
            }
        }
        if (!asking || !not_asking) return;
        warning(not_asking->where, fmt::format("listener {} serves without a client's certificate what {} asks one for",
                                               not_asking->address, asking->address));
    }

    void check_open_listeners() {
        for (const Listener& listener : model_.listeners) {
            const auto address = parse_address(listener.address);
            if (!address || address->is_loopback() || (listener.tls && listener.tls->client_ca)) continue;
            for (const Api& api : model_.apis) {
                const bool unsaid = std::any_of(api.routes.begin(), api.routes.end(), [&](const Route& route) {
                    return auth_of(api, route).empty() && !needs_api_key(api, route) && !api.policy;
                });
                if (!unsaid) continue;
                warning(listener.where,
                        fmt::format("anybody who reaches {} may call the api '{}'", listener.address, api.name),
                        in_words(api.where, "auth: none in the api says that this is meant",
                                 "--no-auth says that this is meant"));
            }
        }
    }

    [[nodiscard]] std::optional<Address> admin_address() const {
        std::string_view text = model_.admin;
        if (text.empty() || text == "off") return std::nullopt;
        if (const auto scheme = text.find("://"); scheme != text.npos) text.remove_prefix(scheme + 3);
        auto address = parse_address(text);
        if (!address) return std::nullopt;
        return *std::move(address);
    }

    void check_admin() {
        const auto address = admin_address();
        if (model_.admin == "off" && model_.admin_token)
            warning(place("adminToken"), "the admin API is off, nobody needs a token");
        if (!address || address->is_unix()) return;
        if (!model_.admin_token && whole_) {
            error(place("admin"), fmt::format("the admin API on {} has no token", model_.admin),
                  in_words(place("admin"), "adminToken: env:NAME or file:PATH, or a unix socket",
                           "--admin-token env:NAME or file:PATH, or --admin unix:PATH"));
        }
        if (model_.admin.starts_with("https://")) {
            error(place("admin"), "the admin API does not speak TLS in this version", "a unix socket or 127.0.0.1");
        } else if (!address->is_loopback()) {
            error(place("admin"),
                  fmt::format("the admin API on {} would send its token over the network in the clear", model_.admin),
                  "a unix socket or 127.0.0.1");
        }
    }

    void check_apis() {
        if (std::all_of(model_.apis.begin(), model_.apis.end(), [](const Api& api) { return api.routes.empty(); })) {
            warning(place("apis"), "there are no routes: every request is refused");
        }
        std::map<std::string, const Api*> by_name;
        std::map<std::string, const Api*> by_place;
        for (const Api& api : model_.apis) {
            const auto [named, fresh_name] = by_name.emplace(api.name, &api);
            if (!fresh_name)
                error(api.where, fmt::format("api '{}' stands twice", api.name),
                      fmt::format("the first is at {}", told(named->second->where)));
            std::vector<std::string> hosts = api.hosts;
            if (hosts.empty()) hosts.emplace_back("*");
            std::set<std::string> own;
            for (const std::string& host : hosts) {
                if (!own.insert(host).second) {
                    error(api.where, fmt::format("host {} stands twice in the api '{}'", host, api.name));
                    continue;
                }
                const auto [served, fresh] =
                    by_place.emplace(fmt::format("{} {} {}", host, api.base_path, api.stage), &api);
                if (fresh || served->second == &api) continue;
                error(api.where,
                      fmt::format("apis '{}' and '{}' are served at the same place", served->second->name, api.name),
                      "give them different hosts, basePath or stage");
            }
            check_routes(api);
        }
        if (!diagnostics_.has_errors()) check_host_map();
    }

    /// What is left when no single rule was broken.
    void check_host_map() {
        std::vector<routing::ApiMapping> mappings;
        mappings.reserve(model_.apis.size());
        for (const Api& api : model_.apis) mappings.push_back({api.kind, api.hosts, api.base_path, api.stage});
        if (const auto map = routing::HostMap::make(mappings); !map) error({}, map.error().message, map.error().hint);
    }

    void check_routes(const Api& api) {
        std::vector<routing::RouteKey> keys;
        std::vector<const Route*> routes;
        const auto index = static_cast<std::size_t>(&api - model_.apis.data());
        for (const Route& route : api.routes) {
            check_route(
                route, fmt::format("apis[{}].routes[{}]", index, static_cast<std::size_t>(&route - api.routes.data())));
            // a key that did not parse has been told about
            auto key = routing::RouteKey::parse(route.route_key);
            if (!key) continue;
            keys.push_back(*std::move(key));
            routes.push_back(&route);
        }
        for (const auto& conflict : routing::find_conflicts(api.kind, keys)) {
            const Route& route = *routes[conflict.route];
            std::string hint = conflict.hint;
            if (conflict.other != conflict.route && hint.empty())
                hint = fmt::format("the other is at {}", told(routes[conflict.other]->where));
            conflict.error ? error(route.where, conflict.message, hint) : warning(route.where, conflict.message, hint);
        }
    }

    void check_target(const Route& route, const Integration& integration) {
        if (integration.kind == Integration::Kind::group && !integration.group.empty() &&
            !model_.groups.contains(integration.group)) {
            std::vector<std::string> names;
            names.reserve(model_.groups.size());
            for (const auto& [name, group] : model_.groups) names.push_back(name);
            const std::string_view meant = closest(integration.group, names);
            error(integration.where, fmt::format("group '{}' does not exist", integration.group),
                  !meant.empty() ? fmt::format("did you mean '{}'?", meant)
                  : !names.empty()
                      ? fmt::format("there are: {}", join(names, ", "))
                      : in_words(integration.where,
                                 fmt::format("groups: {{{}: {{targets: [HOST:PORT]}}}}", integration.group),
                                 fmt::format("--group '{}=HOST:PORT,HOST:PORT'", integration.group)));
        }
        const auto key = routing::RouteKey::parse(route.route_key);
        for (const std::string& name : path_variables(integration)) {
            if (!key) break;
            const auto& known = key->path.parameters();
            if (!key->is_default && std::find(known.begin(), known.end(), name) != known.end()) continue;
            error(integration.where,
                  fmt::format("the target uses {{{}}}, which the path {} does not have", name, route.route_key));
        }
        check_not_own(integration);
    }

    void check_route(const Route& route, const std::string& path) {
        check_target(route, route.integration);
        if (route.canary && route.canary->text != route.integration.text) check_target(route, *route.canary);
        check_literals(route);
        const Nanoseconds longest = longest_timeout(model_.limits);
        if (route.timeout && *route.timeout > longest) {
            error(place(path + ".timeout", route.where),
                  fmt::format("the timeout {} of {} is longer than {}", to_duration_text(*route.timeout),
                              route.route_key, to_duration_text(longest)),
                  in_words(route.where, "raise limits.timeout first", "raise --timeout first"));
        }
        const Nanoseconds timeout = route.timeout.value_or(model_.limits.timeout);
        if (route.delay && route.delay->mean + route.delay->spread >= timeout) {
            warning(
                route.where,
                fmt::format("the delay of {} is as long as its timeout {}", route.route_key, to_duration_text(timeout)),
                "requests would end in a timeout");
        }
    }

    /// Other routers' ways to write a parameter are literal text here.
    void check_literals(const Route& route) {
        for (const std::string_view segment : split(route.path, '/')) {
            const bool named = segment.size() > 1 && segment[0] == ':';
            if (!named && segment != "*" && segment != "**") continue;
            warning(route.where,
                    fmt::format("the segment '{}' of {} is taken as it stands, and is no parameter", segment,
                                route.route_key),
                    named ? fmt::format("{{{}}} takes one segment", segment.substr(1))
                          : "{name} takes one segment, {name+} all that follow");
        }
    }

    /// A target that is one of the gateway's own listeners would go round in circles.
    void check_not_own(const Integration& integration) {
        if (integration.kind != Integration::Kind::http) return;
        for (const Listener& listener : model_.listeners) {
            const auto own = parse_address(listener.address);
            if (!own) continue;
            Address target{integration.url.authority.host, integration.url.port(), integration.unix_socket};
            const bool same = own->is_unix() ? target.unix_path == own->unix_path
                                             : !target.is_unix() && target.is_loopback() && collide(*own, target);
            if (same) error(integration.where, fmt::format("the target {} is the gateway itself", integration.text));
        }
    }

    void check_groups() {
        std::set<std::string_view> used;
        for (const Api& api : model_.apis) {
            for (const Route& route : api.routes) {
                used.insert(route.integration.group);
                if (route.canary) used.insert(route.canary->group);
            }
        }
        for (const auto& [name, group] : model_.groups) {
            if (!used.contains(name)) warning(group.where, fmt::format("group '{}' is used by no route", name));
            std::uint64_t weights = 0;
            std::set<std::string> addresses;
            for (const Target& target : group.targets) {
                weights += target.weight;
                if (!target.address.empty() && !addresses.insert(target.address).second)
                    error(target.where, fmt::format("target {} stands twice in group '{}'", target.address, name));
            }
            if (weights == 0 && !group.targets.empty())
                error(group.where, fmt::format("the weights of group '{}' add up to 0: nothing could be sent", name));
            if (group.health && group.health->timeout > group.health->interval) {
                error(group.where,
                      fmt::format("the health check of group '{}' may take {}, longer than its interval {}", name,
                                  to_duration_text(group.health->timeout), to_duration_text(group.health->interval)));
            }
            if (group.outlier.base_ejection > group.outlier.max_ejection) {
                error(group.where, fmt::format("group '{}': baseEjection {} is longer than maxEjection {}", name,
                                               to_duration_text(group.outlier.base_ejection),
                                               to_duration_text(group.outlier.max_ejection)));
            }
        }
    }

    void check_limits() {
        const Limits& limits = model_.limits;
        if (limits.connect_timeout > limits.timeout && limits.connect_timeout != Limits{}.connect_timeout) {
            error(place("limits.connectTimeout"),
                  fmt::format("limits.connectTimeout {} is longer than limits.timeout {}",
                              to_duration_text(limits.connect_timeout), to_duration_text(limits.timeout)),
                  "connecting is part of the timeout");
        }
        if (limits.request_line > limits.head && limits.request_line != Limits{}.request_line) {
            error(place("limits.requestLine"), "limits.requestLine is larger than limits.head",
                  "the head holds the request line");
        }
        const std::uint32_t all = limits.max_connections.value_or(0);
        if (all != 0 && limits.max_connections_per_client > all &&
            limits.max_connections_per_client != Limits{}.max_connections_per_client) {
            warning(place("limits.maxConnectionsPerClient"),
                    "limits.maxConnectionsPerClient is larger than limits.maxConnections");
        }
        if (model_.delay && model_.delay->mean + model_.delay->spread >= limits.timeout) {
            warning(place("delay"),
                    fmt::format("the delay is as long as the timeout {}", to_duration_text(limits.timeout)),
                    "requests would end in a timeout");
        }
        if (model_.upstream_tls.insecure && model_.upstream_tls.ca) {
            error(place("upstreamTls"), "upstreamTls has authorities and verifies nothing", "remove insecure");
        } else if (model_.upstream_tls.insecure) {
            warning(place("upstreamTls"), "targets' certificates are not verified");
        }
    }

    void check_trust() {
        for (std::size_t i = 0; i < model_.trust_proxy.size(); ++i) {
            const std::string& network = model_.trust_proxy[i];
            const auto cidr = parse_cidr(network);
            if (!cidr || cidr->bits != 0) continue;
            error(place(fmt::format("trustProxy[{}]", i)),
                  fmt::format("trusting {} lets every client name its own address", network),
                  "name the networks of your proxies");
        }
    }
};

}  // namespace

Nanoseconds longest_timeout(const Limits& limits) { return std::max(kAwsTimeout, limits.timeout); }

void check(const Model& model, Diagnostics& diagnostics, const Places& places) {
    Checker(model, diagnostics, places).run();
}

}  // namespace gw::config
