#pragma once
// The declaration of a configuration: one table of keys for each object. All of them are made once and never change.

#include <string>
#include <vector>

#include "libgw/config/model.h"
#include "libgw/config/object.h"

namespace gw::config {

const Table<Model>& model_table();        ///< read_model.cpp
const Table<Listener>& listener_table();  ///< read_listeners.cpp
const Table<Api>& api_table();            ///< read_apis.cpp
const Table<Route>& route_table();
const Table<Group>& group_table();  ///< read_groups.cpp
const Table<Target>& target_table();
const Table<HealthCheck>& health_table();
const Table<Authorizer>& authorizer_table();  ///< read_auth.cpp
const Table<cors::PolicySpec>& cors_table();  ///< read_cors.cpp
const Table<Limits>& limits_table();          ///< read_limits.cpp

/// Without a timeout of its own a check takes no longer than its interval.
void fit_timeout(HealthCheck& health);

/// "200ms", "200ms+-50ms".
Type<Delay> delay_type();
/// "5%=503".
Type<Fault> fault_type();
/// target or keep.
Type<HostPolicy> host_policy_type();
/// 50 ms to `most`.
Type<Nanoseconds> timeout_type();
Type<std::uint64_t> max_body_type();
/// "127.0.0.1:9100", perhaps "unix:PATH"; written canonically.
Type<std::string> address_type();
/// An api as the document has it: its table, and then the targets of its routes with the stage's variables put in.
Type<Api> api_type();
/// A name of at most 128 letters, digits, '-', '_' and '.'. `what` it names, for messages.
StringCheck name_check(std::string what);

// read_cache.cpp
Type<Caching> caching_type();
Type<std::vector<cache::KeyParameter>> cache_key_type();
Type<CacheControlStrategy> cache_control_strategy_type();

// read_auth.cpp
Type<std::string> auth_type();
Type<std::map<std::string, Authorizer>> authorizers_type();
Type<std::optional<PolicyDocument>> policy_type();
Type<std::vector<ApiKey>> api_keys_type();
Type<Iam> iam_type();

// read_throttle.cpp
const Table<Throttle>& throttle_table();
const Table<UsagePlan>& usage_plan_table();
Type<Throttle> throttle_type();
Type<std::vector<UsagePlan>> usage_plans_type();
Type<Throttling> throttling_type();
/// "10000/day" of a quota.
Result<Quota> parse_quota(std::string_view text);
/// corsConfiguration, checked as a whole.
Type<std::optional<cors::PolicySpec>> cors_type();

// read_canary.cpp
const Table<Canary>& canary_table();
Type<std::optional<Canary>> canary_type();
/// Works out where each route's canary is. Requires: the routes' own targets are known.
void finish_canary(Api& api, const Reading& reading);

/// A reference to a secret.
Type<std::optional<SecretRef>> secret_type();
/// Names and values as AWS has them.
Type<std::map<std::string, std::string>> stage_variables_type();
/// A target, still unread: finish_integration() does that.
Type<Integration> integration_type();

/// "GET /pets/{id}" into route_key, method and path; errors go to `cursor`, whose string it stands in.
void read_route_key(const Cursor& cursor, Route& route);
/// "Name: value" of a field that may be set, a name of one that may be removed. Framing and Host are the gateway's own.
Result<FieldEdit> parse_field_set(std::string_view text);
Result<FieldEdit> parse_field_remove(std::string_view text);
/// Reads what `integration` says with the stage's variables put in, and the file of a mock's body.
void finish_integration(Integration& integration, const std::map<std::string, std::string>& stage_variables,
                        const Reading& reading);

/// One key of the document, for the manual and whoever completes it.
struct KeyLine {
    std::string path;  ///< "apis[].routes[].routeKey", "groups.NAME.targets"
    std::string help;
    std::string usual;  ///< the default as YAML; "" when there is none
    bool required = false;
};
/// Every key there is, in the order in which they are written.
std::vector<KeyLine> document_keys();

}  // namespace gw::config
