#include "libgw/gateway/runtime.h"

#include <algorithm>

#include <fmt/format.h>
#include <sys/resource.h>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "libgw/gateway/pipeline.h"

namespace gw::gateway {
namespace {

constexpr std::uint32_t kDefaultConnections = 10000;
/// They are valid for 90 days.
constexpr Nanoseconds kSelfSignedAge = std::chrono::hours(24 * 30);

/// min(10,000, half the descriptors less some for files): a connection needs one and its target's another.
std::uint32_t default_connections() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kDefaultConnections;
    const auto half = limit.rlim_cur / 2;
    return static_cast<std::uint32_t>(std::min<rlim_t>(kDefaultConnections, half > 320 ? half - 256 : 64));
}

bool is_secure(const config::Integration& target) {
    return target.kind == config::Integration::Kind::http && target.url.secure();
}

class Builder {
  public:
    Builder(Runtime& runtime, const Runtime* previous, const Runtime::ReadFile& read_file, telemetry::Metrics* metrics,
            Instant now, Date date, const CanaryFile* kept, std::shared_ptr<store::Counts> counts)
        : runtime_(runtime),
          model_(*runtime.config),
          previous_(previous),
          read_file_(read_file),
          metrics_(metrics),
          now_(now),
          date_(date),
          kept_(kept),
          counts_(std::move(counts)) {}

    Result<void> build() {
        limits();
        runtime_.unrouted = route_metrics("-");
        TRY(upstream_tls());
        runtime_.access = TRY(make_access(model_, previous_ == nullptr ? nullptr : &previous_->access, read_file_));
        runtime_.warnings = runtime_.access.warnings;
        runtime_.limits = counts_ != nullptr
                              ? TRY(make_limits(model_, counts_, now_, date_))
                              : TRY(make_limits(model_, previous_ == nullptr ? nullptr : &previous_->limits,
                                                previous_ == nullptr ? nullptr : previous_->config.get(), now_, date_));
        TRY(issuer_tls());
        TRY(listeners());
        TRY(groups());
        TRY(apis());
        return cache();
    }

  private:
    void limits() {
        const config::Limits& from = model_.limits;
        net::ServerLimits& to = runtime_.server_limits;
        to.message.start_line = from.request_line;
        to.message.head = from.head;
        to.message.fields = from.fields;
        to.handshake = from.handshake_timeout;
        to.head = from.header_timeout;
        to.keep_alive = from.keep_alive_timeout;
        to.body_gap = from.body_timeout;
        to.send_stall = from.send_timeout;
        to.age = from.connection_age;
        to.min_rate = from.min_rate;
        to.requests = from.requests_per_connection;
        net::ClientLimits& up = runtime_.client_limits;
        up.connect = from.connect_timeout;
        up.idle = from.upstream_idle_timeout;
        up.queue = from.timeout;
        up.idle_per_host = from.upstream_idle_per_host;
        up.connections_per_host = from.upstream_connections_per_host;
        runtime_.max_connections = from.max_connections.value_or(default_connections());
    }

    telemetry::RouteMetrics route_metrics(const std::string& route) {
        return metrics_ == nullptr ? telemetry::RouteMetrics{} : telemetry::RouteMetrics::in(*metrics_, route);
    }
    telemetry::UpstreamMetrics upstream_metrics(const net::Endpoint& to) {
        return metrics_ == nullptr ? telemetry::UpstreamMetrics{} : telemetry::UpstreamMetrics::in(*metrics_, to.key);
    }

    Result<void> upstream_tls() {
        // a CA that cannot be read is wrong now, not when the first https target comes
        bool needed = model_.upstream_tls.ca.has_value();
        for (const config::Api& api : model_.apis)
            for (const config::Route& route : api.routes)
                needed |= is_secure(route.integration) || (route.canary && is_secure(*route.canary));
        for (const auto& [name, group] : model_.groups) needed |= group.secure;
        if (!needed) return ok();
        net::TlsClientOptions options;
        options.insecure = model_.upstream_tls.insecure;
        TRY(read_authorities(options));
        // the same trust as before is the same context: connections opened under it go on being used
        if (previous_ != nullptr && previous_->upstream_tls != nullptr && previous_->upstream_ca == options.ca_pem &&
            previous_->config->upstream_tls.insecure == options.insecure) {
            runtime_.upstream_tls = previous_->upstream_tls;
        } else {
            runtime_.upstream_tls = TRY(net::TlsContext::make_client(options));
        }
        runtime_.upstream_ca = options.ca_pem;
        return ok();
    }

    Result<void> read_authorities(net::TlsClientOptions& into) {
        if (!model_.upstream_tls.ca) return ok();
        into.ca_name = *model_.upstream_tls.ca;
        into.ca_pem = TRY(read_file_(into.ca_name).in("upstreamTls.ca"));
        return ok();
    }

    /// Issuers are always verified: a key that anybody may have sent vouches for nobody.
    Result<void> issuer_tls() {
        const bool needed =
            std::any_of(runtime_.access.issuers.begin(), runtime_.access.issuers.end(), [](const auto& issuer) {
                return issuer->is_fetched() &&
                       (issuer->issuer().starts_with("https:") || issuer->jwks_url().starts_with("https:"));
            });
        if (!needed) return ok();
        net::TlsClientOptions options;
        TRY(read_authorities(options));
        const bool same = previous_ != nullptr && previous_->issuer_tls != nullptr &&
                          previous_->config->upstream_tls.ca.has_value() == model_.upstream_tls.ca.has_value() &&
                          previous_->upstream_ca == runtime_.upstream_ca;
        runtime_.issuer_tls = same ? previous_->issuer_tls : TRY(net::TlsContext::make_client(options));
        return ok();
    }

    /// The one from before the reload while it is for the same names and young, so that whoever trusted it goes on.
    Result<SelfSigned> self_signed(std::size_t listener) {
        SelfSigned made{{"localhost", "127.0.0.1", "::1"}, {}, date_};
        for (const config::Api& api : model_.apis)
            made.names.insert(made.names.end(), api.hosts.begin(), api.hosts.end());
        if (previous_ != nullptr && listener < previous_->self_signed.size()) {
            const auto& before = previous_->self_signed[listener];
            if (before && before->names == made.names && date_ >= before->made && date_ - before->made < kSelfSignedAge)
                return *before;
        }
        made.pair = TRY(net::make_self_signed(made.names, date_));
        return made;
    }

    Result<void> listeners() {
        runtime_.self_signed.resize(model_.listeners.size());
        for (std::size_t i = 0; i < model_.listeners.size(); ++i) {
            const config::Listener& listener = model_.listeners[i];
            if (!listener.tls) {
                runtime_.listener_tls.push_back(nullptr);
                continue;
            }
            net::TlsServerOptions options;
            for (const config::Certificate& files : listener.tls->certificates) {
                net::TlsKeyPair pair;
                pair.cert_pem = TRY(read_at(files.cert, files.where));
                pair.key_pem = TRY(read_at(files.key, files.where));
                pair.name = files.cert;
                pair.key_name = files.key;
                options.key_pairs.push_back(std::move(pair));
            }
            if (listener.tls->self_signed) {
                runtime_.self_signed[i] = TRY(self_signed(i));
                options.key_pairs.push_back(runtime_.self_signed[i]->pair);
            }
            if (listener.tls->client_ca) {
                options.client_ca_pem = TRY(read_at(*listener.tls->client_ca, listener.tls->where));
                options.client_ca_name = *listener.tls->client_ca;
            }
            if (previous_ != nullptr && i < previous_->listener_tls.size())
                options.previous = previous_->listener_tls[i];
            auto context = net::TlsContext::make_server(options, date_);
            if (!context) {
                const auto& files = listener.tls->certificates;
                Location where = files.size() == 1 ? files.front().where : listener.tls->where;
                return std::move(context).error().in("listener " + listener.address).at(std::move(where));
            }
            for (const std::string& warning : (*context)->warnings()) runtime_.warnings.push_back(warning);
            runtime_.listener_tls.push_back(std::move(*context));
        }
        return ok();
    }

    Result<std::string> read_at(const std::string& path, const Location& where) {
        auto text = read_file_(path);
        if (!text) return std::move(text).error().at(where);
        return text;
    }

    /// One of another size begins empty, as AWS's does.
    Result<void> cache() {
        bool needed = false;
        for (const ApiRuntime& api : runtime_.apis)
            for (const RouteRuntime& route : api.routes)
                needed |= route.stable.cache != nullptr || (route.canary && route.canary->cache != nullptr);
        if (!needed) return ok();
        if (metrics_ != nullptr) runtime_.cache_metrics = telemetry::CacheMetrics::in(*metrics_, cache::kOutcomes);
        const ResponseCache::Limits limits{model_.limits.cache_size, model_.limits.cache_object};
        if (previous_ != nullptr && previous_->cache != nullptr && previous_->cache->limits() == limits)
            runtime_.cache = previous_->cache;
        else
            runtime_.cache = std::make_shared<ResponseCache>(limits, HashSeed{TRY(random_seed()), TRY(random_seed())});
        return ok();
    }

    /// A word for how requests of this route are changed on their way to the target. Values may be secret.
    std::string rewriting_of(const config::Route& route) const {
        std::string text = route.host.value_or(model_.host) == config::HostPolicy::keep ? "keep" : "";
        for (const config::FieldEdit& edit : model_.field_edits)
            text += fmt::format("\n{} {}: {}", edit.remove ? "-" : "+", edit.name, edit.value);
        return text.empty() ? text : to_hex(sha256(text).view()).substr(0, 16);
    }

    std::shared_ptr<const RouteCache> make_cache(const config::Api& api, const config::Route& route,
                                                 const routing::RouteKey& key, const VersionRuntime& made) {
        const config::Caching& caching = config::caching_of(model_, route);
        if (caching.mode == config::Caching::Mode::off || made.integration->kind == config::Integration::Kind::mock)
            return nullptr;
        auto cache = std::make_shared<RouteCache>();
        cache->http = caching.mode == config::Caching::Mode::http;
        cache->ttl = caching.ttl;
        cache->parameters = config::cache_key_of(model_, route);
        cache->authorization_to_invalidate = route.cache_control_authorized.value_or(model_.cache_control_authorized);
        cache->unauthorized = route.cache_control_strategy.value_or(model_.cache_control_strategy);
        cache->field = model_.cache_field;
        for (const cache::KeyParameter& parameter : cache->parameters) {
            if (parameter.kind != cache::KeyParameter::Kind::header) continue;
            cache->keyed_cookie |= parameter.name == "cookie";
            cache->keyed_authorization |= parameter.name == "authorization";
            cache->keyed_api_key |= parameter.name == "x-api-key";
        }
        // another target, another answer: what a reload changes is never answered from before
        cache->space = fmt::format("{}|{}|{}|{}|{}|{}", api.id, api.name, api.stage, route.route_key,
                                   made.integration->text, rewriting_of(route));
        cache->path = key.path;
        if (made.endpoint != nullptr && made.endpoint->unix_path.empty()) {
            const net::Endpoint& to = *made.endpoint;
            cache->target_authority = http::Authority{to.host, to.port, to.host.find(':') != std::string::npos}.text();
            cache->target_secure = to.secure;
        }
        return cache;
    }

    std::shared_ptr<const net::Endpoint> endpoint(bool secure, const std::string& host, std::uint16_t port,
                                                  const std::string& unix_path) {
        auto made = std::make_shared<net::Endpoint>();
        made->secure = secure;
        made->host = unix_path.empty() ? host : "localhost";
        made->port = port;
        made->unix_path = unix_path;
        made->key = unix_path.empty() ? fmt::format("{}://{}:{}", secure ? "https" : "http", host, port)
                                      : fmt::format("{}+unix:{}", secure ? "https" : "http", unix_path);
        if (secure) made->tls = runtime_.upstream_tls;
        if (const auto found = runtime_.endpoints.find(made->key); found != runtime_.endpoints.end())
            return found->second;
        std::shared_ptr<const net::Endpoint> result = made;
        if (previous_ != nullptr) {
            const auto before = previous_->endpoints.find(made->key);
            if (before != previous_->endpoints.end() && before->second->tls == made->tls) result = before->second;
        }
        runtime_.endpoints.emplace(made->key, result);
        return result;
    }

    Result<void> groups() {
        for (const auto& [name, settings] : model_.groups) {
            auto made = std::make_unique<GroupRuntime>();
            made->name = name;
            made->settings = &settings;
            made->index = static_cast<std::uint32_t>(runtime_.groups.size());
            balance::GroupSettings to;
            to.algorithm = static_cast<balance::Algorithm>(settings.algorithm);
            if (settings.health) {
                balance::HealthSettings health;
                health.fall = settings.health->fall;
                health.rise = settings.health->rise;
                health.interval = settings.health->interval;
                to.health = health;
            }
            to.outlier.consecutive_errors = settings.outlier.consecutive_errors;
            to.outlier.interval = settings.outlier.interval;
            to.outlier.base_ejection = settings.outlier.base_ejection;
            to.outlier.max_ejection = settings.outlier.max_ejection;
            to.outlier.max_ejection_percent = settings.outlier.max_ejection_percent;
            to.panic_threshold_percent = settings.panic_threshold_percent;
            to.max_outstanding = settings.max_outstanding;
            to.slow_start = settings.slow_start;
            std::vector<balance::TargetSettings> targets;
            for (const config::Target& target : settings.targets) {
                targets.push_back({target.address, target.weight});
                if (target.address.starts_with("unix:")) {
                    made->endpoints.push_back(endpoint(settings.secure, "", 0, target.address.substr(5)));
                } else {
                    auto authority = http::Authority::parse(target.address);
                    if (!authority) return std::move(authority).error().in("group " + name);
                    made->endpoints.push_back(endpoint(settings.secure, authority->host,
                                                       authority->port.value_or(settings.secure ? 443 : 80), ""));
                }
            }
            const balance::Group* before = nullptr;
            if (previous_ != nullptr)
                for (const auto& group : previous_->groups)
                    if (group->name == name) before = group->group.get();
            auto group = balance::Group::make(to, targets, before, now_);
            if (!group) return std::move(group).error().in("group " + name);
            made->group = std::move(*group);
            if (metrics_ != nullptr) made->metrics = telemetry::GroupMetrics::in(*metrics_, name);
            for (const auto& member : made->endpoints) made->upstreams.push_back(upstream_metrics(*member));
            runtime_.groups.push_back(std::move(made));
        }
        return ok();
    }

    Result<void> apis() {
        std::vector<routing::ApiMapping> mappings;
        for (const config::Api& api : model_.apis) {
            mappings.push_back({api.kind, api.hosts, api.base_path, api.stage});
            ApiRuntime made;
            made.api = &api;
            made.kind = api.kind;
            runtime_.has_rest |= api.kind == ApiKind::rest;
            const std::size_t index = runtime_.apis.size();
            if (api.cors) made.cors = TRY(cors::Policy::make(*api.cors).in("corsConfiguration of " + api.name));
            if (runtime_.access.policies[index]) made.policy = &*runtime_.access.policies[index];
            if (api.canary) made.canary = TRY(make_canary(api));
            std::vector<routing::RouteKey> keys;
            for (const config::Route& route : api.routes) {
                auto key = routing::RouteKey::parse(route.route_key);
                if (!key) return std::move(key).error().in("route " + route.route_key);
                made.routes.push_back(TRY(make_route(api, index, made.policy != nullptr, route, *key)));
                keys.push_back(std::move(*key));
            }
            made.router = routing::Router::make(api.kind, std::move(keys));
            runtime_.apis.push_back(std::move(made));
        }
        if (runtime_.apis.size() == 1 && runtime_.apis.front().cors) runtime_.only_cors = &*runtime_.apis.front().cors;
        runtime_.hosts = TRY(routing::HostMap::make(mappings));
        return ok();
    }

    Result<integration::HttpProxy> make_proxy(const config::Api& api, const config::Route& route,
                                              const routing::RouteKey& key, const config::Integration& target,
                                              const net::Endpoint& to) {
        integration::ProxySpec spec;
        spec.kind = api.kind;
        spec.api_id = api.id;
        spec.route = key;
        http::Authority authority{to.host, to.port, to.host.find(':') != std::string::npos};
        spec.authority = to.unix_path.empty() ? authority.text(to.secure ? 443 : 80) : "localhost";
        spec.path = target.url.path;
        if (target.url.has_query) spec.query = target.url.query;
        spec.signed_by_client = config::auth_of(api, route) == config::kAuthIam;
        spec.keep_host = route.host.value_or(model_.host) == config::HostPolicy::keep;
        for (const config::FieldEdit& edit : model_.field_edits)
            spec.edits.push_back({edit.remove, edit.name, edit.value});
        return integration::HttpProxy::make(std::move(spec));
    }

    Result<VersionRuntime> make_version(const config::Api& api, const config::Route& route,
                                        const routing::RouteKey& key, const config::Integration& target) {
        VersionRuntime made;
        made.integration = &target;
        switch (target.kind) {
            case config::Integration::Kind::http:
                made.endpoint =
                    endpoint(target.url.secure(), target.url.authority.host, target.url.port(), target.unix_socket);
                made.proxies.push_back(TRY(make_proxy(api, route, key, target, *made.endpoint)));
                made.upstreams.push_back(upstream_metrics(*made.endpoint));
                break;
            case config::Integration::Kind::group: {
                for (const auto& group : runtime_.groups)
                    if (group->name == target.group) made.group = group.get();
                if (made.group == nullptr)
                    return Error{Errc::config, "there is no group '" + target.group + "'", {}, target.where};
                for (const auto& member : made.group->endpoints)
                    made.proxies.push_back(TRY(make_proxy(api, route, key, target, *member)));
                made.upstreams = made.group->upstreams;
                break;
            }
            case config::Integration::Kind::mock: break;
        }
        made.cache = make_cache(api, route, key, made);
        return made;
    }

    /// The same, in a space of its own.
    static std::shared_ptr<const RouteCache> apart(const RouteCache& cache) {
        auto made = std::make_shared<RouteCache>(cache);
        made->space += "|canary";
        return made;
    }

    Result<CanaryRuntime> make_canary(const config::Api& api) {
        std::shared_ptr<CanaryState> before;
        if (previous_ != nullptr)
            for (const ApiRuntime& one : previous_->apis)
                if (one.canary && one.api->name == api.name && one.api->stage == api.stage) before = one.canary->state;
        CanaryRuntime made;
        made.settings = &*api.canary;
        made.state = TRY(make_canary_state(api, before, kept_));
        if (metrics_ != nullptr)
            for (const canary::Arm arm : {canary::Arm::stable, canary::Arm::canary})
                made.metrics[static_cast<std::size_t>(arm)] =
                    telemetry::ArmMetrics::in(*metrics_, made.state->scope(), to_text(arm));
        return made;
    }

    Result<RouteRuntime> make_route(const config::Api& api, std::size_t index, bool has_policy,
                                    const config::Route& route, const routing::RouteKey& key) {
        RouteRuntime made;
        made.route = &route;
        made.access = runtime_.access.of(api, index, route);
        made.access.policy = has_policy;
        made.limit = TRY(runtime_.limits.of(api, route, now_));
        made.id = runtime_.route_count++;
        made.timeout = route.timeout.value_or(model_.limits.timeout);
        made.max_body = route.max_body.value_or(model_.limits.max_body);
        made.delay = route.delay ? route.delay : model_.delay;
        made.fault = route.fault ? route.fault : model_.fault;
        made.stable = TRY(make_version(api, route, key, route.integration));
        if (route.canary) {
            made.canary = TRY(make_version(api, route, key, *route.canary));
            // two versions of one api may answer the same request in two ways, unless somebody says that they do not
            if (api.canary->use_stage_cache && made.stable.cache != nullptr && made.canary->cache != nullptr)
                made.canary->cache = made.stable.cache;
            else if (made.canary->cache != nullptr)
                made.canary->cache = apart(*made.canary->cache);
        }
        made.metrics = route_metrics((model_.apis.size() > 1 ? api.name + " " : std::string()) + route.route_key);
        if (metrics_ != nullptr && made.access.is_judged())
            made.authorizations = telemetry::AuthorizationMetrics::in(*metrics_, api.name, made.access.way());
        made.stages = stages_of(runtime_, made);
        return made;
    }

    Runtime& runtime_;
    const config::Model& model_;
    const Runtime* previous_;
    const Runtime::ReadFile& read_file_;
    telemetry::Metrics* metrics_;
    Instant now_;
    Date date_;
    const CanaryFile* kept_;
    std::shared_ptr<store::Counts> counts_;
};

}  // namespace

Result<std::shared_ptr<const Runtime>> Runtime::build(config::Config config, const Runtime* previous,
                                                      const ReadFile& read_file, telemetry::Metrics* metrics,
                                                      Instant now, Date date, const CanaryFile* kept,
                                                      std::shared_ptr<store::Counts> counts) {
    auto runtime = std::make_shared<Runtime>();
    runtime->config = std::move(config);
    runtime->generation = previous == nullptr ? 1 : previous->generation + 1;
    for (const std::string& text : runtime->config->trust_proxy) {
        const auto network = http::Cidr::parse(text);
        if (!network)
            return Error{Errc::config, "'" + text + "' is not a network", "write 10.0.0.0/8 or 192.0.2.1", {}};
        runtime->trusted.push_back(*network);
    }
    Builder builder(*runtime, previous, read_file, metrics, now, date, kept, std::move(counts));
    if (auto built = builder.build(); !built) {
        Error error = std::move(built).error();
        // whatever is wrong with a file that the configuration names is wrong with the configuration
        if (error.code != Errc::internal) error.code = Errc::config;
        return error;
    }
    return std::shared_ptr<const Runtime>(std::move(runtime));
}

}  // namespace gw::gateway
