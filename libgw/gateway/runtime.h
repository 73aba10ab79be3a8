#pragma once
// A Config and what was built from it: routers, endpoints, groups, TLS contexts. Immutable; a reload builds a new one
// aside.

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libgw/config/model.h"
#include "libgw/gateway/access.h"
#include "libgw/gateway/cache_visit.h"
#include "libgw/gateway/canary.h"
#include "libgw/gateway/limits.h"
#include "libgw/io/net/connector.h"
#include "libgw/io/net/http_client.h"
#include "libgw/io/net/http_server.h"
#include "libgw/io/net/tls.h"
#include "libgw/io/telemetry/catalogue.h"
#include "libgw/policy/balance/group.h"
#include "libgw/policy/cors/policy.h"
#include "libgw/policy/integration/http_proxy.h"
#include "libgw/policy/kind.h"
#include "libgw/policy/routing/host.h"
#include "libgw/policy/routing/router.h"
#include "libgw/wire/http/address.h"

namespace gw::gateway {

/// A group and where its members are, by the same index.
struct GroupRuntime {
    std::string name;
    const config::Group* settings = nullptr;
    std::shared_ptr<const balance::Group> group;
    std::vector<std::shared_ptr<const net::Endpoint>> endpoints;
    std::vector<telemetry::UpstreamMetrics> upstreams;  ///< as endpoints
    telemetry::GroupMetrics metrics;
    std::uint32_t index = 0;  ///< of its cursor in every worker
};

/// Where one version of a route is: its target, and how a request is rewritten for it.
struct VersionRuntime {
    const config::Integration* integration = nullptr;
    std::shared_ptr<const net::Endpoint> endpoint;      ///< http
    const GroupRuntime* group = nullptr;                ///< group
    std::vector<integration::HttpProxy> proxies;        ///< for each target
    std::vector<telemetry::UpstreamMetrics> upstreams;  ///< as proxies
    std::shared_ptr<const RouteCache> cache;            ///< null: its answers are not kept
};

/// One route, ready to serve.
struct RouteRuntime {
    const config::Route* route = nullptr;
    std::uint32_t id = 0;  ///< stable within the Runtime: for metrics
    VersionRuntime stable;
    std::optional<VersionRuntime> canary;
    Nanoseconds timeout{0};
    std::uint64_t max_body = UINT64_MAX;
    std::optional<config::Delay> delay;
    std::optional<config::Fault> fault;
    RouteAccess access;
    RouteLimit limit;
    std::vector<std::uint8_t> stages;
    telemetry::RouteMetrics metrics;
    telemetry::AuthorizationMetrics authorizations;  ///< where access.is_judged()
};

/// The canary of an api: what is written of it, and how it stands.
struct CanaryRuntime {
    const config::Canary* settings = nullptr;
    std::shared_ptr<CanaryState> state;
    std::array<telemetry::ArmMetrics, 2> metrics;  ///< by canary::Arm
};

/// One api, ready to serve.
struct ApiRuntime {
    const config::Api* api = nullptr;
    ApiKind kind = ApiKind::http;
    routing::Router router;
    std::vector<RouteRuntime> routes;
    const iam::Policy* policy = nullptr;  ///< its resource policy, if any
    std::optional<cors::Policy> cors;     ///< its corsConfiguration
    std::optional<CanaryRuntime> canary;  ///< its canarySettings
};

/// A certificate that was made in memory; a reload goes on with it while the names are the same.
struct SelfSigned {
    std::vector<std::string> names;
    net::TlsKeyPair pair;
    Date made;
};

struct Runtime {
    config::Config config;
    std::uint64_t generation = 0;
    routing::HostMap hosts;
    std::vector<ApiRuntime> apis;
    std::vector<std::unique_ptr<GroupRuntime>> groups;
    std::map<std::string, std::shared_ptr<const net::Endpoint>> endpoints;  ///< by key
    std::vector<std::shared_ptr<const net::TlsContext>> listener_tls;       ///< by listener; null: in the clear
    std::vector<std::optional<SelfSigned>> self_signed;                     ///< by listener
    std::shared_ptr<const net::TlsContext> upstream_tls;                    ///< null when nothing needs it
    std::string upstream_ca;                                                ///< what it was made from
    std::shared_ptr<const net::TlsContext> issuer_tls;                      ///< for keys of issuers; null as above
    Access access;                                                          ///< who may call
    Limits limits;                                                          ///< how often
    std::shared_ptr<ResponseCache> cache;                                   ///< null when no route keeps answers
    telemetry::CacheMetrics cache_metrics;                                  ///< where there is one
    std::vector<http::Cidr> trusted;                                        ///< whose X-Forwarded-* count
    net::ServerLimits server_limits;
    net::ClientLimits client_limits;
    const cors::Policy* only_cors = nullptr;  ///< of the only api: for answers to requests that came to none
    std::uint32_t max_connections = 0;
    std::uint32_t route_count = 0;
    bool has_rest = false;             ///< some api is a REST API: requests need their long ids too
    telemetry::RouteMetrics unrouted;  ///< requests that came to no route: "-"
    std::vector<std::string> warnings;

    /// Reads a file that the configuration names (certificates, CAs).
    using ReadFile = std::function<Result<std::string>(const std::string& path)>;
    /// Builds from a checked config. What outlives a configuration (group states, connection counts, keys of session
    /// tickets, certificates made in memory) is taken over from `previous`. Any error leaves `previous` as it was; it
    /// is Errc::config (or Errc::internal), with its place where the configuration has one. Series are registered with
    /// `metrics`, if there are any. `kept`: what a process before this one has left of its canaries.
    /// `counts`: where they live; null: with those of `previous`, or in memory.
    static Result<std::shared_ptr<const Runtime>> build(config::Config config, const Runtime* previous,
                                                        const ReadFile& read_file, telemetry::Metrics* metrics,
                                                        Instant now, Date date, const CanaryFile* kept = nullptr,
                                                        std::shared_ptr<store::Counts> counts = nullptr);
};

}  // namespace gw::gateway
