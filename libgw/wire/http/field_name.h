#pragma once

#include <cstdint>
#include <string_view>

namespace gw::http {

/// The fields that some part of the gateway treats specially, found once while a head is decoded.
enum class FieldName : std::uint16_t {
    other,
    accept, accept_charset, accept_encoding, access_control_allow_credentials, access_control_allow_headers,
    access_control_allow_methods, access_control_allow_origin, access_control_expose_headers, access_control_max_age,
    access_control_request_headers, access_control_request_method, age, apigw_requestid, authorization, cache_control,
    connection, content_encoding, content_length, content_md5, content_range, content_type, cookie, date, etag, expect,
    expires, forwarded, host, http2_settings, if_match, if_modified_since, if_none_match, if_range, if_unmodified_since,
    keep_alive, last_modified, location, max_forwards, origin, pragma, proxy_authenticate, proxy_authentication_info,
    proxy_authorization, proxy_connection, range, referer, retry_after, sec_websocket_accept, sec_websocket_extensions,
    sec_websocket_key, sec_websocket_protocol, sec_websocket_version, server, set_cookie, te, traceparent, tracestate,
    trailer, transfer_encoding, upgrade, user_agent, vary, via, warning, www_authenticate, x_amz_apigw_id,
    x_amz_content_sha256, x_amz_date, x_amz_security_token, x_amzn_apigateway_api_id, x_amzn_errortype, x_amzn_requestid,
    x_amzn_trace_id, x_api_key, x_forwarded_client_cert, x_forwarded_for, x_forwarded_host, x_forwarded_port,
    x_forwarded_proto, x_http_method_override, x_real_ip,
    count_,
};

/// Any case. `other` for a name that is not in the list.
FieldName to_field_name(std::string_view text);
/// Lower case.
std::string_view name_of(FieldName id);

}  // namespace gw::http
