#pragma once
// What a configuration says, however it was written: flags and file build the same values. AWS's names where AWS has
// the thing. A Config is checked and immutable; everything that it refers to by name exists.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/error.h"
#include "libgw/base/units.h"
#include "libgw/base/value.h"
#include "libgw/config/iam_keys.h"
#include "libgw/policy/auth/algorithm.h"
#include "libgw/policy/auth/claims.h"
#include "libgw/policy/cache/key.h"
#include "libgw/policy/cors/policy.h"
#include "libgw/policy/kind.h"
#include "libgw/policy/throttle/quota.h"
#include "libgw/wire/http/method.h"
#include "libgw/wire/http/uri.h"

namespace gw::config {

/// Where something was written. All places are equal: two models are the same when they say the same.
struct Origin : Location {
    Origin() = default;
    Origin(Location place) : Location(std::move(place)) {}
    friend bool operator==(const Origin&, const Origin&) { return true; }
};

/// A secret by reference: "env:NAME" or "file:PATH". `text` is how it was written; the value never prints.
struct SecretRef {
    std::string text;
    friend bool operator==(const SecretRef&, const SecretRef&) = default;
};

/// One certificate with its key; PEM files.
struct Certificate {
    std::string cert;
    std::string key;
    Origin where;
    friend bool operator==(const Certificate&, const Certificate&) = default;
};

/// listeners[].tls
struct Tls {
    std::vector<Certificate> certificates;
    bool self_signed = false;              ///< made in memory at start, for the listener's host names and localhost
    std::optional<std::string> client_ca;  ///< PEM file; a client certificate is then required
    Origin where;
    friend bool operator==(const Tls&, const Tls&) = default;
};

/// listeners[]
struct Listener {
    std::string address;  ///< "127.0.0.1:8080", "[::1]:0", "unix:/run/gw.sock"
    std::optional<Tls> tls;
    Origin where;
    friend bool operator==(const Listener&, const Listener&) = default;
};

using gw::ApiKind;

enum class HostPolicy : std::uint8_t { target, keep };

/// Where requests of a route go.
struct Integration {
    enum class Kind : std::uint8_t { http, group, mock };
    Kind kind = Kind::http;
    http::Url url;               ///< http: the target. group: scheme and path of "group:NAME[/path]"; authority unused
    std::string unix_socket;     ///< http: "http+unix:PATH[:/path]": connect here; Host is then "localhost"
    std::string group;           ///< group: its name
    std::uint16_t status = 200;  ///< mock
    std::string body;            ///< mock
    std::string content_type;    ///< mock; empty: text/plain, or application/json when the body is JSON
    std::string text;            ///< as written, for people; from it the rest follows
    Origin where;
    /// The same text means the same target; the bodies of `@FILE` are compared too.
    friend bool operator==(const Integration& a, const Integration& b) { return a.text == b.text && a.body == b.body; }
};

/// "5%=503": the share of requests answered with this status by the gateway itself.
struct Fault {
    double percent = 0;
    std::uint16_t status = 503;
    friend bool operator==(const Fault&, const Fault&) = default;
};

/// "200ms+-50ms"
struct Delay {
    Nanoseconds mean{0};
    Nanoseconds spread{0};
    friend bool operator==(const Delay&, const Delay&) = default;
};

/// cache: whether answers come from memory, and for how long.
struct Caching {
    enum class Mode : std::uint8_t {
        off,
        ttl,   ///< AWS's: for a time, whatever the target says of it
        http,  ///< a shared cache to RFC 9111: as the target says
    };
    Mode mode = Mode::off;
    Nanoseconds ttl{0};  ///< Mode::ttl: more than 0
    friend bool operator==(const Caching&, const Caching&) = default;
};

/// "60s", "http", "off"
std::string to_text(const Caching& caching);

/// unauthorizedCacheControlHeaderStrategy: when a client who may not asks for a new answer.
enum class CacheControlStrategy : std::uint8_t {
    fail_with_403,
    succeed_with_response_header,
    succeed_without_response_header,
};

/// apis[].authorizers.NAME: who is let in by a token.
struct Authorizer {
    enum class Type : std::uint8_t { jwt, cognito };
    Type type = Type::jwt;
    std::string issuer;                       ///< jwt: iss, byte for byte
    std::vector<std::string> audience;        ///< jwt: aud holds one of them; empty: any
    std::string jwks;                         ///< jwt: a URL or "file:PATH"; empty: what the issuer's discovery says
    std::vector<auth::Algorithm> algorithms;  ///< jwt; empty: RS256, RS384, RS512
    Nanoseconds leeway = std::chrono::seconds(30);
    std::string identity_source = "$request.header.Authorization";  ///< or "$request.querystring.NAME"
    std::vector<std::string> user_pools;                            ///< cognito: ids or ARNs
    std::vector<std::string> clients;                               ///< cognito: of app clients; empty: any
    auth::TokenUse use = auth::TokenUse::any;                       ///< cognito
    std::string endpoint;                                           ///< cognito: of a stand-in
    std::string audience_pattern;  ///< cognito: identityValidationExpression, matched against aud
    Origin where;
    friend bool operator==(const Authorizer&, const Authorizer&) = default;
};

/// The largest body that is held whole, in bytes: that of a signed request. A client's bodies take no more together.
inline constexpr std::uint64_t kMostHeldBody = std::uint64_t{64} << 20U;

/// What `auth` says where it names no authorizer.
inline constexpr std::string_view kAuthNone = "none";
inline constexpr std::string_view kAuthIam = "iam";
inline constexpr std::string_view kAuthKey = "key";

/// A policy document, in a file of its own or in place.
struct PolicyDocument {
    std::string file;  ///< "": it stands in the configuration
    Value document;
    std::string source;  ///< how the text is called in diagnostics
    Origin where;
    friend bool operator==(const PolicyDocument& a, const PolicyDocument& b) {
        return a.file == b.file && a.document == b.document;
    }
};

/// apiKeys[]: never the key itself.
struct ApiKey {
    std::string id;
    std::string name;
    std::string hash;   ///< "sha256:…"
    std::string value;  ///< "env:NAME" or "file:PATH", where the hash was made from; or ""
    std::string plan;
    bool enabled = true;
    Origin where;
    friend bool operator==(const ApiKey&, const ApiKey&) = default;
};

/// iam
struct Iam {
    std::string keys;                            ///< the file of access keys; "": there are none
    Nanoseconds skew = std::chrono::minutes(5);  ///< how far clocks may be apart
    std::shared_ptr<const IamKeys> loaded;       ///< what the file said
    friend bool operator==(const Iam& a, const Iam& b) { return a.keys == b.keys && a.skew == b.skew; }
};

/// Whose requests are counted together.
struct ThrottleBy {
    enum class Kind : std::uint8_t { route, stage, ip, key, claim, header };
    Kind kind = Kind::route;
    std::string name;  ///< of the claim, or of the field
    friend bool operator==(const ThrottleBy&, const ThrottleBy&) = default;
};

/// throttle: how often.
struct Throttle {
    Rate rate;
    std::optional<std::uint64_t> burst;  ///< none: what the rate brings in a second, at least 1
    ThrottleBy by;                       ///< of apis and routes
    Origin where;
    friend bool operator==(const Throttle&, const Throttle&) = default;
};

/// usagePlans[].quota
struct Quota {
    std::uint64_t limit = 0;
    std::uint64_t offset = 0;
    throttle::Period period = throttle::Period::day;
    Origin where;
    friend bool operator==(const Quota&, const Quota&) = default;
};

/// usagePlans[].apiStages[]
struct ApiStage {
    std::string api_id;
    std::string stage = "$default";
    std::map<std::string, Throttle> throttle;  ///< by "/path/METHOD"
    Origin where;
    friend bool operator==(const ApiStage&, const ApiStage&) = default;
};

/// usagePlans[]: what every key of the plan may do, each for itself.
struct UsagePlan {
    std::string name;
    std::optional<Throttle> throttle;
    std::optional<Quota> quota;
    std::vector<ApiStage> api_stages;  ///< empty: every api
    Origin where;
    friend bool operator==(const UsagePlan&, const UsagePlan&) = default;
};

/// throttling.counts: where counts live.
struct CountsPlace {
    enum class Kind : std::uint8_t { memory, sqlite, redis };
    Kind kind = Kind::memory;
    std::string path;  ///< sqlite
    std::string host;  ///< redis, and what follows
    std::uint16_t port = 0;
    std::uint32_t database = 0;
    bool secure = false;
    std::string user;  ///< "": the default one
    friend bool operator==(const CountsPlace&, const CountsPlace&) = default;
};

/// throttling: what belongs to no api.
struct Throttling {
    std::optional<Throttle> account;  ///< of all requests together
    bool shadow = false;              ///< told and not enforced
    bool answer_fields = false;       ///< RateLimit, RateLimit-Policy and Retry-After in answers
    CountsPlace counts;
    std::optional<SecretRef> counts_password;  ///< of the database
    std::string counts_password_value;         ///< read from where the reference says; never written back
    std::uint32_t gateways = 1;                ///< that share the database
    std::uint32_t keys = 131072;               ///< that are counted apart at a time
    friend bool operator==(const Throttling&, const Throttling&) = default;
};

/// canarySettings: the share of an api's requests that goes to its second version.
struct Canary {
    /// What holds a client to the version that it met first.
    struct Sticky {
        enum class Kind : std::uint8_t { cookie, ip, claim, header };
        Kind kind = Kind::cookie;
        std::string name;  ///< of the cookie, the claim or the field
        friend bool operator==(const Sticky&, const Sticky&) = default;
    };
    double percent = 0;  ///< percentTraffic
    Integration target;  ///< of all routes; without a path: each route's own. No text: what the overrides make of them
    std::map<std::string, std::string> overrides;  ///< stageVariableOverrides
    bool use_stage_cache = false;
    std::optional<Sticky> sticky;
    std::string header;            ///< field whose value "canary" or "stable" decides; "": none
    std::optional<SecretRef> key;  ///< of places and cookies, for several gateways; none: drawn
    std::string key_value;         ///< read from where the reference says; never written back
    Origin where;
    friend bool operator==(const Canary&, const Canary&) = default;
};

struct Route {
    std::string route_key;  ///< "GET /pets/{id}", "ANY /{proxy+}", "$default"
    std::string method;     ///< "GET", "ANY"; "" for $default
    std::string path;       ///< "" for $default
    Integration integration;
    std::optional<Nanoseconds> timeout;  ///< timeoutInMillis of AWS; 50 ms to 29 s unless limits.timeout says otherwise
    std::optional<HostPolicy> host;
    std::optional<std::uint64_t> max_body;  ///< UINT64_MAX: none
    std::optional<Delay> delay;
    std::optional<Fault> fault;
    std::string auth;                                ///< none, iam, key, or an authorizer; "": what the api says
    std::optional<std::vector<std::string>> scopes;  ///< authorizationScopes
    std::optional<bool> api_key_required;
    std::optional<Throttle> throttle;  ///< instead of the api's
    std::optional<Caching> caching;
    std::optional<std::vector<cache::KeyParameter>> cache_key;
    std::optional<bool> cache_control_authorized;  ///< requireAuthorizationForCacheControl
    std::optional<CacheControlStrategy> cache_control_strategy;
    std::optional<Integration> canary;  ///< where its canary's requests go; from canarySettings, never written
    Origin where;
    friend bool operator==(const Route&, const Route&) = default;
};

/// apis[]
struct Api {
    std::string name = "default";
    std::string id = "gw";  ///< apiId
    ApiKind kind = ApiKind::http;
    std::vector<std::string> hosts;  ///< empty: any Host. "*.example.com" allowed
    std::string base_path;           ///< "" or "/orders/v1": removed before routing (API mapping)
    std::string stage = "$default";
    std::map<std::string, std::string> stage_variables;
    std::vector<Route> routes;
    std::string auth;  ///< of routes that say nothing themselves. "none": nobody is asked, and that is meant
    std::vector<std::string> scopes;
    bool api_key_required = false;
    std::map<std::string, Authorizer> authorizers;
    std::optional<PolicyDocument> policy;  ///< the api's resource policy
    std::optional<Throttle> throttle;      ///< of routes that have none of their own
    std::optional<cors::PolicySpec> cors;  ///< corsConfiguration
    std::optional<Canary> canary;          ///< canarySettings
    Origin where;
    friend bool operator==(const Api&, const Api&) = default;
};

/// A member of a group.
struct Target {
    std::string address;       ///< "host:port" or "unix:PATH"
    std::uint32_t weight = 1;  ///< 0 … 65535; 0 takes no new requests
    Origin where;
    friend bool operator==(const Target&, const Target&) = default;
};

struct HealthCheck {
    std::string path = "/";
    Nanoseconds interval = std::chrono::seconds(5);
    Nanoseconds timeout = std::chrono::seconds(2);
    std::uint32_t fall = 3;
    std::uint32_t rise = 2;
    friend bool operator==(const HealthCheck&, const HealthCheck&) = default;
};

struct OutlierDetection {
    std::uint32_t consecutive_errors = 5;  ///< 0: off
    Nanoseconds interval = std::chrono::seconds(10);
    Nanoseconds base_ejection = std::chrono::seconds(30);
    Nanoseconds max_ejection = std::chrono::seconds(300);
    std::uint32_t max_ejection_percent = 50;  ///< at least one, never the last
    friend bool operator==(const OutlierDetection&, const OutlierDetection&) = default;
};

enum class Algorithm : std::uint8_t { round_robin, least_outstanding, hash };

/// groups: a target group behind the gateway's own load balancer.
struct Group {
    std::string name;
    bool secure = false;  ///< https to the targets
    std::vector<Target> targets;
    Algorithm algorithm = Algorithm::round_robin;
    std::string hash_key;  ///< "ip", "header:NAME", "path"
    std::optional<HealthCheck> health;
    OutlierDetection outlier;
    std::uint32_t panic_threshold_percent = 50;  ///< fewer healthy than this: use all
    std::uint32_t max_outstanding = 1024;        ///< circuit breaker, for the group
    std::uint32_t retries = 1;
    Nanoseconds slow_start{0};
    Origin where;
    friend bool operator==(const Group&, const Group&) = default;
};

/// limits: see security §1.3 for every default.
struct Limits {
    Nanoseconds timeout = std::chrono::seconds(29);      ///< to the head of the answer
    Nanoseconds idle_timeout = std::chrono::minutes(5);  ///< between bytes of an answer afterwards
    Nanoseconds header_timeout = std::chrono::seconds(10);
    Nanoseconds keep_alive_timeout = std::chrono::seconds(60);
    Nanoseconds body_timeout = std::chrono::seconds(20);  ///< gap between bytes of a request body
    Nanoseconds send_timeout = std::chrono::seconds(30);
    Nanoseconds handshake_timeout = std::chrono::seconds(10);
    Nanoseconds connect_timeout = std::chrono::seconds(3);
    Nanoseconds drain_timeout = std::chrono::seconds(30);
    Nanoseconds pre_stop{0};
    Nanoseconds connection_age = std::chrono::hours(1);
    std::uint32_t min_rate = 240;       ///< bytes a second of every 5 s in which a client is waited for
    std::uint64_t max_body = 10485760;  ///< UINT64_MAX: none
    std::uint32_t request_line = 8192;
    std::uint32_t head = 10240;
    std::uint32_t fields = 100;
    std::uint32_t requests_per_connection = 10000;
    std::optional<std::uint32_t> max_connections;        ///< default min(10000, nofile/2 - 256); 0: none
    std::uint32_t max_connections_per_client = 256;      ///< 0: none
    std::uint32_t upstream_idle_per_host = 64;           ///< per worker
    std::uint32_t upstream_connections_per_host = 1024;  ///< in all
    Nanoseconds upstream_idle_timeout = std::chrono::seconds(30);
    std::uint64_t cache_size = 67108864;   ///< of all answers in memory
    std::uint64_t cache_object = 1048576;  ///< of one; AWS's limit
    std::uint64_t memory = 0;              ///< 0: from cgroup or physical memory; the overload ladder's 100 %
    friend bool operator==(const Limits&, const Limits&) = default;
};

struct Logs {
    enum class Format : std::uint8_t { automatic, human, clf, json, context, off };
    Format format = Format::automatic;  ///< automatic: human on a terminal, json otherwise
    std::string context_format;         ///< Format::context: "$context.requestId $context.status"
    std::string file;                   ///< "": standard output
    friend bool operator==(const Logs&, const Logs&) = default;
};

/// Changes to fields on the way to the target.
struct FieldEdit {
    bool remove = false;
    std::string name;
    std::string value;
    Origin where;
    friend bool operator==(const FieldEdit&, const FieldEdit&) = default;
};

/// What to verify when the gateway speaks TLS to a target.
struct UpstreamTls {
    bool insecure = false;          ///< -k: a loud line at every start
    std::optional<std::string> ca;  ///< PEM file instead of the system's
    friend bool operator==(const UpstreamTls&, const UpstreamTls&) = default;
};

struct Model {
    std::uint32_t version = 1;
    std::vector<Listener> listeners;  ///< empty: 127.0.0.1:8080
    std::vector<Api> apis;
    std::map<std::string, Group> groups;
    Iam iam;
    std::vector<ApiKey> api_keys;
    std::vector<UsagePlan> usage_plans;
    Throttling throttling;
    Limits limits;
    Logs logs;
    std::vector<FieldEdit> field_edits;
    std::vector<std::string> trust_proxy;  ///< CIDRs
    HostPolicy host = HostPolicy::target;
    UpstreamTls upstream_tls;
    std::optional<Delay> delay;
    std::optional<Fault> fault;
    Caching caching;                             ///< of routes that say nothing themselves
    std::vector<cache::KeyParameter> cache_key;  ///< Mode::ttl; empty: path and query
    bool cache_control_authorized = true;
    CacheControlStrategy cache_control_strategy = CacheControlStrategy::succeed_with_response_header;
    bool cache_field = false;  ///< an x-cache field in answers
    std::string metrics;       ///< "127.0.0.1:9100"; empty: off
    std::string admin;         ///< "unix:PATH", "http://127.0.0.1:PORT"; empty: default socket; "off"
    bool admin_asked = false;  ///< somebody wrote the address: not to have it is an error
    std::optional<SecretRef> admin_token;
    std::string admin_token_value;  ///< read from where the reference says; never written back
    std::uint32_t workers = 0;      ///< 0: one per core
    std::string state;              ///< file of what was set while running; "": it ends with the process
    std::string region = "us-east-1";
    std::string account = "123456789012";
    bool explain = false;
    friend bool operator==(const Model&, const Model&) = default;
};

/// What decides who may call a route: its own word, or its api's. "": nobody said anything.
std::string_view auth_of(const Api& api, const Route& route);
/// The scopes of which a token for the route needs one.
const std::vector<std::string>& scopes_of(const Api& api, const Route& route);
/// Whether the route asks for an API key: it says so, or its api does, or a key is all it asks for.
bool needs_api_key(const Api& api, const Route& route);
/// What counts for the route: its own, or its api's; null when neither has any.
const Throttle* throttle_of(const Api& api, const Route& route);
/// The route that "/pets/{id}/GET" of a usage plan means; null when there is none.
const Route* find_method(const Api& api, std::string_view path_and_method);
/// Its burst, or the usual one.
std::uint64_t burst_of(const Throttle& throttle);
/// "100/s, burst 200": for people.
std::string to_text(const Throttle& throttle);
/// How the route caches: its own word, or the model's. Mocks do not.
const Caching& caching_of(const Model& model, const Route& route);
/// What tells its answers apart where it caches with a TTL: its own word, or the model's, or path and query.
std::vector<cache::KeyParameter> cache_key_of(const Model& model, const Route& route);
/// canarySettings as it would be written: what is the same text is the same section.
std::string section_text(const Canary& canary);
/// "arn:aws:execute-api:us-east-1:123456789012:gw"
std::string execute_api_arn(const Model& model, const Api& api);

/// A model that check() found nothing wrong with.
using Config = std::shared_ptr<const Model>;

}  // namespace gw::config
