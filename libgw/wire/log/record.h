#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "libgw/base/clock.h"

namespace gw::log {

/// A name with its value.
struct Named {
    std::string_view name;
    std::string_view value;
};

/// One of the gateway's own steps as `$context.NAME.error`, `.latency`, `.status`, … tell it.
struct StepRecord {
    std::string_view error;
    std::optional<Nanoseconds> latency;
    std::uint16_t status = 0;  ///< 0: none
    std::string_view request_id;
    std::optional<Nanoseconds> integration_latency;  ///< of a Lambda authorizer
    std::uint16_t integration_status = 0;
};

/// Who asks, as IAM and Cognito know it: `$context.identity.*`.
struct IdentityRecord {
    std::string_view account_id;
    std::string_view caller;
    std::string_view user;
    std::string_view user_arn;
    std::string_view principal_org_id;
    std::string_view cognito_authentication_provider;
    std::string_view cognito_authentication_type;
    std::string_view cognito_identity_id;
    std::string_view cognito_identity_pool_id;
    std::string_view vpc_id;
    std::string_view vpce_id;
};

/// `$context.identity.clientCert.*`
struct ClientCertificateRecord {
    std::string_view pem;
    std::string_view subject_dn;
    std::string_view issuer_dn;
    std::string_view serial_number;
    std::string_view not_before;
    std::string_view not_after;
};

/// The conversation with the backend: `$context.integration.*`.
struct IntegrationRecord {
    std::string_view target;  ///< "127.0.0.1:3001"; not AWS's
    std::string_view error;
    std::uint16_t status = 0;              ///< what the backend (of Lambda: the function's code) answered; 0: nothing
    std::uint16_t integration_status = 0;  ///< of Lambda: what the Lambda service answered
    std::optional<Nanoseconds> latency;
    std::string_view request_id;
    std::string_view response_transfer_mode;  ///< "BUFFERED" or "STREAMED"
    std::optional<Nanoseconds> time_to_all_headers;
    std::optional<Nanoseconds> time_to_first_content;
};

/// Everything that an access-log line can tell about one request or WebSocket message: all that `$context` names, and
/// what is our own. An empty text, a zero status and an empty optional are absent. Views; the record lives for one
/// call. There is no place in it for a key, a token or a header that carries one.
struct Record {
    Date time;                       ///< when the head had been read
    std::optional<Instant> instant;  ///< when limits were asked, on the stopwatch that they are counted by; not AWS's
    std::string_view request_id;
    std::string_view extended_request_id;
    std::string_view source_ip;
    std::string_view user_agent;
    std::string_view method;
    std::string_view path;   ///< as sent, without the query
    std::string_view query;  ///< as sent, without '?'; written with secret values as "***"
    std::string_view protocol = "HTTP/1.1";
    std::string_view domain_name;
    std::string_view domain_prefix;
    std::string_view tls_version;
    std::string_view cipher_suite;

    std::string_view account_id;
    std::string_view api_id;
    std::string_view api_name;  ///< not AWS's
    std::string_view stage;
    std::string_view route_key;
    std::string_view resource_path;
    std::string_view resource_id;
    std::string_view deployment_id;
    std::string_view endpoint_type;
    std::string_view base_path_matched;
    std::string_view routing_rule_id_matched;
    std::optional<bool> canary;  ///< absent where no canary is configured

    std::uint16_t status = 0;
    std::optional<std::uint64_t> request_length;   ///< bytes of the request's body; not AWS's
    std::optional<std::uint64_t> response_length;  ///< bytes of the answer's body
    std::optional<std::uint64_t> data_processed;
    std::optional<Nanoseconds> latency;  ///< from the request's head to the answer's last byte
    std::string_view reason;             ///< the word of a Refusal: "throttle.route"
    std::string_view detail;             ///< and what it says
    std::string_view error_message;
    std::string_view error_response_type;
    std::string_view error_validation;

    std::string_view principal_id;
    std::string_view subject;     ///< whom the gateway takes the caller for: "alice"
    std::string_view api_key_id;  ///< never the key
    const IdentityRecord* identity = nullptr;
    const ClientCertificateRecord* client_certificate = nullptr;
    std::span<const Named> claims;      ///< `$context.authorizer.claims.NAME`
    std::span<const Named> authorizer;  ///< `$context.authorizer.NAME`
    std::span<const Named> overrides;   ///< "requestOverride.header.NAME", "responseOverride.status"

    const StepRecord* authenticate_step = nullptr;
    const StepRecord* authorize_step = nullptr;
    const StepRecord* authorizer_step = nullptr;
    const StepRecord* waf_step = nullptr;
    IntegrationRecord integration;
    std::string_view cache;  ///< what the response cache did: "hit", "miss"; not AWS's

    std::string_view event_type;  ///< CONNECT, MESSAGE, DISCONNECT
    std::string_view connection_id;
    std::string_view message_id;
    std::optional<Date> connected_at;

    std::string_view aws_endpoint_request_id;
    std::string_view aws_endpoint_request_id2;
    std::string_view xray_trace_id;
    std::string_view waf_response_code;
    std::string_view web_acl_arn;
};

}  // namespace gw::log
