#include "libgw/wire/log/variables.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/base/time_text.h"

namespace gw::log {

void Values::text(std::string_view value, Escape how) {
    const std::size_t before = out_.size();
    append_escaped(out_, value, how, room());
    spend(before);
}

void Values::query(std::string_view value) {
    const std::size_t before = out_.size();
    append_query(out_, value, how_, room());
    spend(before);
}

void Values::plain(std::string_view value) { out_.append(value); }

void Values::number(std::uint64_t value) {
    const fmt::format_int digits(value);
    plain({digits.data(), digits.size()});
}

namespace {

void put(Values& values, std::string_view value) { values.text_or_dash(value); }
void put(Values& values, std::uint16_t status) { status == 0 ? values.plain("-") : values.number(status); }
void put(Values& values, const std::optional<std::uint64_t>& count) {
    count ? values.number(*count) : values.plain("-");
}
/// Whole milliseconds, as AWS writes durations.
void put(Values& values, const std::optional<Nanoseconds>& duration) {
    if (!duration) return values.plain("-");
    const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(*duration).count();
    values.number(static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0)));
}
void put(Values& values, const std::optional<bool>& truth) { values.plain(!truth ? "-" : *truth ? "true" : "false"); }

/// A member of the record itself.
template <auto Member>
void member(Values& values, const Record& record, std::string_view) {
    put(values, record.*Member);
}
template <auto Member>
void integration(Values& values, const Record& record, std::string_view) {
    put(values, record.integration.*Member);
}
/// A member of a part that may be absent.
template <auto Part, auto Member>
void part(Values& values, const Record& record, std::string_view) {
    if (record.*Part == nullptr) return values.plain("-");
    put(values, (record.*Part)->*Member);
}

void put_named(Values& values, std::span<const Named> list, std::string_view name) {
    const auto found = std::ranges::find(list, name, &Named::name);
    put(values, found == list.end() ? std::string_view() : found->value);
}
void claim(Values& values, const Record& record, std::string_view name) { put_named(values, record.claims, name); }
void authorizer(Values& values, const Record& record, std::string_view name) {
    put_named(values, record.authorizer, name);
}
void override_of(Values& values, const Record& record, std::string_view name) {
    put_named(values, record.overrides, name);
}

void request_time(Values& values, const Record& record, std::string_view) { values.plain(to_clf_date(record.time)); }
void put_epoch(Values& values, Date date) {
    values.number(static_cast<std::uint64_t>(std::max<std::int64_t>(to_unix_milliseconds(date), 0)));
}
void request_time_epoch(Values& values, const Record& record, std::string_view) { put_epoch(values, record.time); }
/// Whole nanoseconds.
void request_instant(Values& values, const Record& record, std::string_view) {
    if (!record.instant) return values.plain("-");
    values.number(static_cast<std::uint64_t>(record.instant->time_since_epoch().count()));
}
void connected_at(Values& values, const Record& record, std::string_view) {
    if (!record.connected_at) return values.plain("-");
    put_epoch(values, *record.connected_at);
}
/// The message in quotes, for formats that do not quote it themselves.
void message_string(Values& values, const Record& record, std::string_view) {
    values.plain("\"");
    values.text_or_dash(record.error_message);
    values.plain("\"");
}
/// AWS writes the key. A log is no place for one: its id is `identity.apiKeyId`.
void api_key(Values& values, const Record& record, std::string_view) {
    values.plain(record.api_key_id.empty() ? "-" : "***");
}

struct Entry {
    std::string_view name;
    Variable::Write write;
};

using R = Record;
using Id = IdentityRecord;
using Cert = ClientCertificateRecord;
using Step = StepRecord;
using Integ = IntegrationRecord;

constexpr auto kVariables = [] {
    std::array entries = std::to_array<Entry>({
        {"accountId", member<&R::account_id>},
        {"apiId", member<&R::api_id>},
        {"authenticate.error", part<&R::authenticate_step, &Step::error>},
        {"authenticate.latency", part<&R::authenticate_step, &Step::latency>},
        {"authenticate.status", part<&R::authenticate_step, &Step::status>},
        {"authorize.error", part<&R::authorize_step, &Step::error>},
        {"authorize.latency", part<&R::authorize_step, &Step::latency>},
        {"authorize.status", part<&R::authorize_step, &Step::status>},
        {"authorizer.error", part<&R::authorizer_step, &Step::error>},
        {"authorizer.integrationLatency", part<&R::authorizer_step, &Step::integration_latency>},
        {"authorizer.integrationStatus", part<&R::authorizer_step, &Step::integration_status>},
        {"authorizer.latency", part<&R::authorizer_step, &Step::latency>},
        {"authorizer.principalId", member<&R::principal_id>},
        {"authorizer.requestId", part<&R::authorizer_step, &Step::request_id>},
        {"authorizer.status", part<&R::authorizer_step, &Step::status>},
        {"awsEndpointRequestId", member<&R::aws_endpoint_request_id>},
        {"awsEndpointRequestId2", member<&R::aws_endpoint_request_id2>},
        {"cacheStatus", member<&R::cache>},
        {"cipherSuite", member<&R::cipher_suite>},
        {"connectedAt", connected_at},
        {"connectionId", member<&R::connection_id>},
        {"customDomain.basePathMatched", member<&R::base_path_matched>},
        {"customDomain.routingRuleIdMatched", member<&R::routing_rule_id_matched>},
        {"dataProcessed", member<&R::data_processed>},
        {"deploymentId", member<&R::deployment_id>},
        {"domainName", member<&R::domain_name>},
        {"domainPrefix", member<&R::domain_prefix>},
        {"endpointType", member<&R::endpoint_type>},
        {"error.message", member<&R::error_message>},
        {"error.messageString", message_string},
        {"error.responseType", member<&R::error_response_type>},
        {"error.validationErrorString", member<&R::error_validation>},
        {"eventType", member<&R::event_type>},
        {"extendedRequestId", member<&R::extended_request_id>},
        {"httpMethod", member<&R::method>},
        {"identity.accountId", part<&R::identity, &Id::account_id>},
        {"identity.apiKey", api_key},
        {"identity.apiKeyId", member<&R::api_key_id>},
        {"identity.caller", part<&R::identity, &Id::caller>},
        {"identity.clientCert.clientCertPem", part<&R::client_certificate, &Cert::pem>},
        {"identity.clientCert.issuerDN", part<&R::client_certificate, &Cert::issuer_dn>},
        {"identity.clientCert.serialNumber", part<&R::client_certificate, &Cert::serial_number>},
        {"identity.clientCert.subjectDN", part<&R::client_certificate, &Cert::subject_dn>},
        {"identity.clientCert.validity.notAfter", part<&R::client_certificate, &Cert::not_after>},
        {"identity.clientCert.validity.notBefore", part<&R::client_certificate, &Cert::not_before>},
        {"identity.cognitoAuthenticationProvider", part<&R::identity, &Id::cognito_authentication_provider>},
        {"identity.cognitoAuthenticationType", part<&R::identity, &Id::cognito_authentication_type>},
        {"identity.cognitoIdentityId", part<&R::identity, &Id::cognito_identity_id>},
        {"identity.cognitoIdentityPoolId", part<&R::identity, &Id::cognito_identity_pool_id>},
        {"identity.principalOrgId", part<&R::identity, &Id::principal_org_id>},
        {"identity.sourceIp", member<&R::source_ip>},
        {"identity.user", part<&R::identity, &Id::user>},
        {"identity.userAgent", member<&R::user_agent>},
        {"identity.userArn", part<&R::identity, &Id::user_arn>},
        {"identity.vpcId", part<&R::identity, &Id::vpc_id>},
        {"identity.vpceId", part<&R::identity, &Id::vpce_id>},
        {"integration.error", integration<&Integ::error>},
        {"integration.integrationStatus", integration<&Integ::integration_status>},
        {"integration.latency", integration<&Integ::latency>},
        {"integration.requestId", integration<&Integ::request_id>},
        {"integration.responseTransferMode", integration<&Integ::response_transfer_mode>},
        {"integration.status", integration<&Integ::status>},
        {"integration.timeToAllHeaders", integration<&Integ::time_to_all_headers>},
        {"integration.timeToFirstContent", integration<&Integ::time_to_first_content>},
        {"integrationErrorMessage", integration<&Integ::error>},
        {"integrationLatency", integration<&Integ::latency>},
        {"integrationStatus", integration<&Integ::integration_status>},
        {"isCanaryRequest", member<&R::canary>},
        {"messageId", member<&R::message_id>},
        {"path", member<&R::path>},
        {"protocol", member<&R::protocol>},
        {"requestId", member<&R::request_id>},
        {"requestInstant", request_instant},
        {"requestTime", request_time},
        {"requestTimeEpoch", request_time_epoch},
        {"resourceId", member<&R::resource_id>},
        {"resourcePath", member<&R::resource_path>},
        {"responseLatency", member<&R::latency>},
        {"responseLength", member<&R::response_length>},
        {"routeKey", member<&R::route_key>},
        {"stage", member<&R::stage>},
        {"status", member<&R::status>},
        {"tlsVersion", member<&R::tls_version>},
        {"waf.error", part<&R::waf_step, &Step::error>},
        {"waf.latency", part<&R::waf_step, &Step::latency>},
        {"waf.status", part<&R::waf_step, &Step::status>},
        {"wafResponseCode", member<&R::waf_response_code>},
        {"webaclArn", member<&R::web_acl_arn>},
        {"xrayTraceId", member<&R::xray_trace_id>},
    });
    std::ranges::sort(entries, {}, &Entry::name);
    return entries;
}();

constexpr std::string_view kClaims = "authorizer.claims.";
constexpr std::string_view kAuthorizer = "authorizer.";
constexpr std::array<std::string_view, 5> kOverrides = {"requestOverride.header.", "requestOverride.path.",
                                                        "requestOverride.querystring.", "responseOverride.header.",
                                                        "responseOverride.status"};

bool is_override(std::string_view name) {
    return std::ranges::any_of(kOverrides, [&](std::string_view prefix) {
        return prefix.ends_with('.') ? name.starts_with(prefix) && name.size() > prefix.size() : name == prefix;
    });
}

}  // namespace

ContextName read_context_name(std::string_view text) {
    ContextName found;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_alpha(text[at]) || is_digit(text[at]) || text[at] == '_') {
            found.size = at + 1;
        } else if (text[at] != '.' || at == 0 || text[at - 1] == '.') {
            break;
        }
    }
    found.name = text.substr(0, found.size);
    const std::string_view rest = text.substr(found.size);
    const std::size_t end = rest.find("']");
    if (found.name + '.' != kClaims || !rest.starts_with("['") || end == rest.npos || end == 2) return found;
    found.name.append(".").append(rest.substr(2, end - 2));
    found.size += end + 2;
    return found;
}

Variable find_variable(std::string_view name) {
    const auto found = std::ranges::lower_bound(kVariables, name, {}, &Entry::name);
    if (found != kVariables.end() && found->name == name) return {found->write, {}};
    if (name.starts_with(kClaims)) {
        return {name.size() > kClaims.size() ? claim : nullptr, std::string(name.substr(kClaims.size()))};
    }
    if (name.starts_with(kAuthorizer)) {
        const std::string_view key = name.substr(kAuthorizer.size());
        const bool simple = !key.empty() && key.find('.') == std::string_view::npos;
        return {simple ? authorizer : nullptr, std::string(key)};
    }
    if (is_override(name)) return {override_of, std::string(name)};
    return {};
}

std::string_view closest_variable(std::string_view name) {
    std::array<std::string_view, kVariables.size()> names;
    std::ranges::transform(kVariables, names.begin(), &Entry::name);
    return closest(name, std::span<const std::string_view>(names));
}

}  // namespace gw::log
