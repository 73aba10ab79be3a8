#include "libgw/policy/integration/http_proxy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "libgw/base/text.h"
#include "libgw/policy/cors/respond.h"
#include "libgw/policy/reasons.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/hop_by_hop.h"

namespace gw::integration {
namespace {

using http::FieldName;
using http::FieldSet;

constexpr std::size_t kMaxEditValue = 8192;

// Written by the gateway, or by nobody: what the client says under these names does not travel.
constexpr FieldSet kGatewayOwned = {
    FieldName::apigw_requestid,
    FieldName::content_length,
    FieldName::expect,
    FieldName::forwarded,
    FieldName::host,
    FieldName::traceparent,
    FieldName::x_amz_apigw_id,
    FieldName::x_amzn_apigateway_api_id,
    FieldName::x_amzn_errortype,
    FieldName::x_amzn_requestid,
    FieldName::x_amzn_trace_id,
    FieldName::x_forwarded_client_cert,
    FieldName::x_forwarded_for,
    FieldName::x_forwarded_host,
    FieldName::x_forwarded_port,
    FieldName::x_forwarded_proto,
};

// REST APIs, HTTP_PROXY column of AWS's known issues, towards the integration. Content-Encoding passes all the same:
// the body is not decoded on its way, and would not be understood without it.
constexpr FieldSet kRestDropsUp = {FieldName::content_md5, FieldName::max_forwards, FieldName::server, FieldName::via,
                                   FieldName::www_authenticate};

// The same table, towards the client.
constexpr FieldSet kRestDropsDown = {FieldName::expect,  FieldName::host,    FieldName::proxy_authenticate,
                                     FieldName::te,      FieldName::trailer, FieldName::transfer_encoding,
                                     FieldName::upgrade, FieldName::via};
constexpr FieldSet kRestRemaps = {FieldName::authorization,   FieldName::connection, FieldName::content_length,
                                  FieldName::content_md5,     FieldName::date,       FieldName::max_forwards,
                                  FieldName::server,          FieldName::user_agent, FieldName::www_authenticate,
                                  FieldName::x_amzn_requestid};

// Said anew for each request, or taken from some peers only.
constexpr FieldSet kOfOneRequest = {FieldName::traceparent,     FieldName::tracestate,      FieldName::via,
                                    FieldName::x_amzn_trace_id, FieldName::x_forwarded_for, FieldName::x_real_ip};

// Names of the gateway's own that the decoder has no number for.
bool is_reserved_name(std::string_view name) {
    switch (to_lower(name.front())) {
        case 'x': return starts_with_ignoring_case(name, "x-amzn-") || starts_with_ignoring_case(name, "x-gw-");
        case 'l': return starts_with_ignoring_case(name, "lambda-runtime-");
        default: return false;
    }
}

Result<void> check_edit(const FieldEdit& edit) {
    const std::string field = "the field '" + edit.name + "'";
    if (edit.name.size() > 256 || !http::is_token(edit.name)) {
        return Error{Errc::config, field + " is not a field name", "letters, digits and '-'", {}};
    }
    const FieldName id = http::to_field_name(edit.name);
    if (http::is_hop_by_hop(id) || id == FieldName::content_length || id == FieldName::expect) {
        return Error{Errc::config, field + " belongs to the connection and cannot be set or removed", {}, {}};
    }
    if (id == FieldName::host && edit.remove) {
        return Error{Errc::config, field + " cannot be removed", "every request has one", {}};
    }
    std::string authority;
    if (id == FieldName::host && !http::canonical_authority(edit.value, 0, authority)) {
        return Error{Errc::config, "the value of " + field + " is not a host", {}, {}};
    }
    if (!edit.remove && (edit.value.size() > kMaxEditValue || !http::is_field_value(edit.value))) {
        return Error{Errc::config,
                     "the value of " + field + " cannot be sent",
                     "no control characters, and at most " + std::to_string(kMaxEditValue) + " bytes",
                     {}};
    }
    return ok();
}

}  // namespace

Origin origin_of(const http::RequestHead& head, bool peer_is_trusted, bool secure, std::uint16_t port) {
    Origin origin{secure, port, {}};
    if (!peer_is_trusted) return origin;
    const auto said = [&head](FieldName id) { return head.fields.find(id).value_or(std::string_view()); };
    const std::string_view scheme = said(FieldName::x_forwarded_proto);
    if (scheme == "http" || scheme == "https") origin.secure = scheme == "https";
    if (const auto digits = parse_unsigned_as<std::uint16_t>(said(FieldName::x_forwarded_port)); digits && *digits > 0)
        origin.port = *digits;
    if (!http::canonical_authority(said(FieldName::x_forwarded_host), 0, origin.host)) origin.host.clear();
    return origin;
}

Result<HttpProxy> HttpProxy::make(ProxySpec spec) {
    HttpProxy proxy;
    proxy.path_ = TRY(TargetPath::make(spec.kind, spec.route, spec.path, spec.query));
    const bool rest = spec.kind == ApiKind::rest;
    for (std::size_t i = 0; i < proxy.actions_.size(); ++i) {
        const auto id = static_cast<FieldName>(i);
        Action& action = proxy.actions_[i];
        action = Action::pass;
        if (http::is_hop_by_hop(id) || kGatewayOwned.contains(id) || (rest && kRestDropsUp.contains(id)))
            action = Action::drop;
    }
    const auto action_of = [&proxy](FieldName id) -> Action& { return proxy.actions_[static_cast<std::size_t>(id)]; };
    action_of(FieldName::other) = Action::by_name;
    action_of(FieldName::x_real_ip) = Action::if_trusted;
    action_of(FieldName::tracestate) = Action::tracestate;
    if (rest || spec.signed_by_client) action_of(FieldName::authorization) = Action::authorization;
    if (spec.signed_by_client) action_of(FieldName::x_amz_security_token) = Action::drop;
    for (const FieldEdit& edit : spec.edits) {
        TRY(check_edit(edit));
        proxy.templates_.push_back(TRY(FieldTemplate::compile(edit.remove ? std::string_view() : edit.value)));
        if (http::to_field_name(edit.name) == FieldName::host && !proxy.templates_.back().is_plain())
            return Error{Errc::config, "the value of the field 'host' cannot depend on the caller", {}, {}};
        const FieldName id = http::to_field_name(edit.name);
        if (id == FieldName::other) {
            proxy.edited_names_.push_back(to_lower(std::string_view(edit.name)));
        } else {
            action_of(id) = Action::drop;
            proxy.edited_.insert(id);
        }
    }
    proxy.spec_ = std::move(spec);
    return proxy;
}

bool HttpProxy::is_edited(std::string_view name) const {
    return std::any_of(edited_names_.begin(), edited_names_.end(),
                       [name](const std::string& edited) { return equals_ignoring_case(edited, name); });
}

/// The client may not take away what the gateway adds.
bool HttpProxy::nominates_edit(const http::Fields& fields) const {
    return std::any_of(spec_.edits.begin(), spec_.edits.end(), [&fields](const FieldEdit& edit) {
        return !edit.remove && http::is_nominated(fields, {http::to_field_name(edit.name), edit.name, {}});
    });
}

void HttpProxy::copy_fields(const ProxyRequest& request, bool keeps_tracestate, http::HeadWriter& writer) const {
    const http::RequestHead& head = *request.head;
    for (const http::FieldView field : head.fields) {
        switch (actions_[static_cast<std::size_t>(field.id)]) {
            case Action::pass: break;
            case Action::drop: continue;
            case Action::by_name:
                if (is_reserved_name(field.name) || (head.underscores && http::has_underscore(field.name))) continue;
                if (!edited_names_.empty() && is_edited(field.name)) continue;
                break;
            case Action::if_trusted:
                if (!request.peer_is_trusted) continue;
                break;
            case Action::tracestate:
                if (!keeps_tracestate) continue;
                break;
            case Action::authorization:
                // A signature holds for this gateway's host and path and for nobody else's.
                if (starts_with_ignoring_case(field.value, "AWS4-HMAC-SHA256")) continue;
                break;
        }
        if (head.nominates && http::is_nominated(head.fields, field)) continue;
        writer.copied(field);
    }
}

void HttpProxy::add_forwarded(const ProxyRequest& request, http::HeadWriter& writer) const {
    const Origin origin = origin_of(*request.head, request.peer_is_trusted, request.secure, request.port);
    if (!edited_.contains(FieldName::x_forwarded_for)) {
        if (request.forwarded_for.empty()) {
            if (!request.peer.empty()) writer.field(FieldName::x_forwarded_for, request.peer);
        } else {
            std::string chain(request.forwarded_for);
            if (!request.peer.empty()) chain.append(", ").append(request.peer);
            writer.field(FieldName::x_forwarded_for, chain);
        }
    }
    if (!edited_.contains(FieldName::x_forwarded_host)) {
        const std::string& host = origin.host.empty() ? request.head->authority : origin.host;
        if (!host.empty()) writer.field(FieldName::x_forwarded_host, host);
    }
    if (!edited_.contains(FieldName::x_forwarded_port) && origin.port != 0) {
        std::array<char, 5> digits;
        const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), origin.port).ptr;
        writer.field(FieldName::x_forwarded_port, {digits.data(), static_cast<std::size_t>(end - digits.data())});
    }
    if (!edited_.contains(FieldName::x_forwarded_proto))
        writer.field(FieldName::x_forwarded_proto, origin.secure ? "https" : "http");
}

void HttpProxy::add_fields(const ProxyRequest& request, const TraceContext& trace, http::HeadWriter& writer) const {
    const http::RequestHead& head = *request.head;
    add_forwarded(request, writer);
    const auto add = [&](FieldName id, std::string_view value) {
        if (!edited_.contains(id)) writer.field(id, value);
    };
    add(FieldName::x_amzn_trace_id, trace.amzn_text());
    add(FieldName::traceparent, trace.traceparent_text());
    // RFC 9110 §7.6.3: the version that the message came in, and our name.
    add(FieldName::via, head.version == http::Version::http10 ? "1.0 gw" : "1.1 gw");
    if (spec_.kind == ApiKind::rest) {
        if (!head.fields.has(FieldName::accept)) add(FieldName::accept, "application/json");
        if (!head.fields.has(FieldName::user_agent) && !edited_.contains(FieldName::user_agent)) {
            writer.field(FieldName::user_agent, "AmazonAPIGateway_" + spec_.api_id);
        }
        add(FieldName::x_amzn_apigateway_api_id, spec_.api_id);
    }
    for (std::size_t i = 0; i < spec_.edits.size(); ++i) {
        const FieldEdit& edit = spec_.edits[i];
        if (edit.remove || http::to_field_name(edit.name) == FieldName::host) continue;
        if (templates_[i].is_plain()) {
            writer.field(edit.name, edit.value);
        } else if (const std::string value = templates_[i].fill(request.context); !value.empty()) {
            writer.field(edit.name, value);
        }
    }
}

void HttpProxy::write_told(const ContextSource& context, std::string& out) const {
    for (const FieldTemplate& each : templates_) each.write_values(context, out);
}

bool HttpProxy::tells_apart_unseen(std::string_view name) const {
    if (kOfOneRequest.contains(http::to_field_name(name))) return true;
    for (std::size_t i = 0; i < templates_.size(); ++i)
        if (templates_[i].is_of_one_request() && equals_ignoring_case(spec_.edits[i].name, name)) return true;
    return false;
}

std::optional<Refusal> HttpProxy::write_request(const ProxyRequest& request, std::string& scratch, std::string& out,
                                                Date date) const {
    const http::RequestHead& head = *request.head;
    const auto up = path_.compose(request.path, *request.match, scratch);
    if (!up)
        return Refusal{400, reason::kRequestPath,
                       "the path would climb out of the target's: " + std::string(request.path.canonical)};

    if (head.nominates && nominates_edit(head.fields))
        return Refusal{400, reason::kRequestMalformed, "connection.protected"};

    const std::size_t start = out.size();
    http::HeadWriter writer(out);
    writer.request_line(head.method_text(), up->path, up->query);
    std::string_view host =
        spec_.keep_host && !head.authority.empty() ? std::string_view(head.authority) : spec_.authority;
    if (edited_.contains(FieldName::host)) {
        const auto edit = std::find_if(spec_.edits.rbegin(), spec_.edits.rend(), [](const FieldEdit& each) {
            return http::to_field_name(each.name) == FieldName::host;
        });
        host = edit->value;
    }
    writer.field(FieldName::host, host);
    const TraceContext trace = make_trace_context(head.fields, request.random, date);
    copy_fields(request, trace.keeps_tracestate, writer);
    add_fields(request, trace, writer);

    if (head.upgrade_websocket) {
        // RFC 6455 §4.1: the target decides, and its 101 begins the tunnel.
        writer.field(FieldName::connection, "upgrade");
        writer.field(FieldName::upgrade, "websocket");
    }
    const http::BodyLength& body = request.body ? *request.body : head.body;
    switch (body.framing) {
        case http::Framing::length: writer.content_length(body.length); break;
        case http::Framing::chunked:
        case http::Framing::until_close: writer.chunked(); break;
        case http::Framing::none:
            // RFC 9110 §8.6: a method that expects content says so when there is none.
            if (body.declared || head.method == http::Method::post || head.method == http::Method::put ||
                head.method == http::Method::patch) {
                writer.content_length(0);
            }
            break;
    }
    if (writer.end()) return std::nullopt;
    out.resize(start);
    return Refusal{500, reason::kTargetRequest, "a field or the path cannot be written"};
}

void write_answer_fields(const ProxyResponse& response, http::HeadWriter& writer, std::string_view date) {
    const http::ResponseHead& head = *response.head;
    const bool rest = response.kind == ApiKind::rest;
    if (rest)
        writer.field("Date", date);
    else if (!head.fields.has(FieldName::date))
        writer.field(FieldName::date, date);
    for (const http::FieldView field : head.fields) {
        if (rest && kRestRemaps.contains(field.id)) {
            constexpr std::string_view kPrefix = "x-amzn-Remapped-";
            std::array<char, 64> name{};  // known names are short
            char* end = std::copy(kPrefix.begin(), kPrefix.end(), name.begin());
            end = std::copy(field.name.begin(), field.name.end(), end);
            writer.field(std::string_view(name.data(), static_cast<std::size_t>(end - name.data())), field.value);
            continue;
        }
        if (http::is_hop_by_hop(field.id) || field.id == FieldName::content_length) continue;
        if (rest ? kRestDropsDown.contains(field.id) || field.id == FieldName::x_amz_apigw_id
                 : field.id == FieldName::apigw_requestid) {
            continue;
        }
        if (field.id == FieldName::other && starts_with_ignoring_case(field.name, "x-gw-")) continue;
        if (response.cors != nullptr && (field.id == FieldName::vary || cors::is_cors_field(field.name))) continue;
        if (head.nominates && http::is_nominated(head.fields, field) && !http::is_protected(field.id, field.name))
            continue;
        writer.copied(field);
    }
    if (response.ids != nullptr) {
        if (rest) {
            writer.field("x-amzn-RequestId", response.ids->uuid_text());
            writer.field("x-amz-apigw-id", response.ids->extended_text());
        } else {
            writer.field(FieldName::apigw_requestid, response.ids->extended_text());
        }
    }
    if (response.cors != nullptr)
        for (const http::FieldView field : *response.cors) writer.copied(field);
    if (!response.explain.empty()) writer.field("x-gw-explain", response.explain);
    if (head.status == 101) {
        writer.field(FieldName::connection, "upgrade");
        writer.field(FieldName::upgrade, "websocket");
    }
}

}  // namespace gw::integration
