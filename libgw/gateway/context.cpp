#include "libgw/gateway/context.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/base/time_text.h"
#include "libgw/gateway/cors.h"
#include "libgw/policy/auth/render.h"
#include "libgw/policy/auth/sigv4/claim.h"
#include "libgw/policy/cors/header_list.h"
#include "libgw/policy/integration/mock.h"
#include "libgw/policy/reasons.h"

namespace gw::gateway {
namespace {

bool is_trusted(const Runtime& runtime, const http::IpAddress& address) {
    for (const http::Cidr& network : runtime.trusted)
        if (network.contains(address)) return true;
    return false;
}

/// Whether the peer is one of our own proxies.
bool peer_is_trusted(const Exchange& exchange) {
    if (exchange.runtime->trusted.empty()) return false;
    const auto peer = http::IpAddress::parse(exchange.client);
    return peer && is_trusted(*exchange.runtime, *peer);
}

/// What our own proxies say of the way here, oldest first: nothing unless the peer is one of them.
std::optional<std::string> believed_chain(const Exchange& exchange) {
    if (!peer_is_trusted(exchange)) return std::nullopt;
    const Runtime& runtime = *exchange.runtime;
    return integration::trusted_chain(exchange.request->fields,
                                      [&](const http::IpAddress& address) { return is_trusted(runtime, address); });
}

/// The value of a `$context` variable, for the fields that go to a target.
std::string find_variable(const void* self, std::string_view name) {
    const Exchange& exchange = *static_cast<const Exchange*>(self);
    constexpr std::string_view kClaims = "authorizer.claims.";
    const Caller& caller = exchange.caller;
    if (name.starts_with(kClaims))
        return caller.token == nullptr
                   ? std::string()
                   : auth::claim_text(caller.token->claims, name.substr(kClaims.size()), exchange.kind);
    const sigv4::Credential* credential = caller.credential;
    if (name == "authorizer.principalId" || name == "identity.userArn") {
        if (credential != nullptr) return credential->principal_arn;
        return caller.token == nullptr || name[0] == 'i' ? std::string()
                                                         : std::string(caller.token->claims.text("sub"));
    }
    if (name == "identity.accountId") return credential == nullptr ? std::string() : credential->account_id;
    if (name == "identity.caller" || name == "identity.user") {
        if (credential == nullptr) return {};
        return credential->user_id.empty() ? credential->access_key_id : credential->user_id;
    }
    const http::RequestHead& request = *exchange.request;
    if (name == "identity.apiKeyId") return caller.api_key == nullptr ? std::string() : caller.api_key->id;
    if (name == "identity.sourceIp") return source_address(exchange);
    if (name == "identity.userAgent")
        return std::string(request.fields.find(http::FieldName::user_agent).value_or(std::string_view()));
    if (name == "requestId")
        return std::string(exchange.kind == ApiKind::rest ? exchange.ids.uuid_text() : exchange.ids.extended_text());
    if (name == "extendedRequestId") return std::string(exchange.ids.extended_text());
    if (name == "accountId") return exchange.runtime->config->account;
    if (name == "apiId") return exchange.api->api->id;
    if (name == "stage") return exchange.api->api->stage;
    if (name == "routeKey") return exchange.route->route->route_key;
    if (name == "httpMethod") return std::string(request.method_text());
    if (name == "path") return std::string(request.path.sent());
    if (name == "protocol") return request.version == http::Version::http10 ? "HTTP/1.0" : "HTTP/1.1";
    if (name == "domainName") return request.authority;
    if (name == "domainPrefix") return request.authority.substr(0, request.authority.find('.'));
    if (name == "requestTime") return std::string(to_clf_date(exchange.date));
    if (name == "requestTimeEpoch") return std::to_string(to_unix_milliseconds(exchange.date));
    return {};
}

/// Whole seconds, at least one: "0" would be an invitation.
std::int64_t seconds_of(Nanoseconds time) {
    return std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(time).count());
}

/// "38 ms", "5h30m"
std::string wait_text(Nanoseconds wait) {
    if (wait < std::chrono::milliseconds(1)) return "less than 1 ms";
    if (wait < std::chrono::seconds(10))
        return fmt::format("{} ms", std::chrono::ceil<std::chrono::milliseconds>(wait).count());
    return to_duration_text(std::chrono::ceil<std::chrono::seconds>(wait));
}

/// RFC 9110 §10.2.3 and draft-ietf-httpapi-ratelimit-headers-10. A limit that never says yes names no time.
void add_limit_fields(const Throttled& throttled, http::Fields& fields) {
    if (throttled.wait == Nanoseconds::max()) return;
    const std::int64_t wait = seconds_of(throttled.wait);
    fields.add("retry-after", fmt::format("{}", wait));
    fields.add("ratelimit-policy",
               fmt::format("\"{}\";q={};w={}", throttled.reason, throttled.most, seconds_of(throttled.window)));
    fields.add("ratelimit", fmt::format("\"{}\";r=0;t={}", throttled.reason, wait));
}

/// What a 304 says again (RFC 9110 §15.4.5): what a client needs to find its own answer and to know how long it is
/// good for; nothing that describes a body.
bool is_of_not_modified(const http::FieldView& field) {
    return !starts_with_ignoring_case(field.name, "content-") || equals_ignoring_case(field.name, "content-location");
}

/// What the api says of CORS beside an answer of a target, whether it has just come or is stored; nothing without a
/// policy.
std::optional<http::Fields> cors_fields(const Exchange& exchange, const http::ResponseHead& head) {
    if (exchange.cors == nullptr || head.status == 101) return std::nullopt;
    http::Fields fields;
    add_cors_fields(exchange, cors::combined(head.fields, "vary").value_or(std::string()), fields);
    return fields;
}

/// What became of the request in the cache, for whoever looks at the answer.
void write_cache_fields(const CacheVisit& visit, http::HeadWriter& writer) {
    constexpr std::string_view kIgnored = "199 Cache-control headers were ignored because the caller was unauthorized.";
    if (visit.route->http && !visit.unsafe) writer.field("cache-status", cache::to_field(visit.status));
    if (visit.route->field && !visit.unsafe) writer.field("x-cache", to_text(visit.status.outcome));
    if (visit.refused_control) writer.field(http::FieldName::warning, kIgnored);
}

}  // namespace

std::optional<Refusal> write_request(Exchange& exchange, std::string& scratch, std::string& out) {
    const auto chain = believed_chain(exchange);
    std::string query;
    integration::ProxyRequest request;
    exchange.worker->random.fill(request.random);
    request.head = exchange.request;
    request.path = exchange.selection.path;
    if (exchange.caller.presigned && !request.path.query.empty()) {
        query = sigv4::without_signature(request.path.query.substr(1));
        if (!query.empty()) query.insert(0, 1, '?');
        request.path.query = query;
    }
    request.match = &exchange.match;
    request.peer = exchange.client;
    request.secure = exchange.secure;
    request.port = exchange.listen_port;
    if (exchange.body) {
        request.body = http::BodyLength{exchange.body->size == 0 ? http::Framing::none : http::Framing::length,
                                        exchange.body->size, true};
    }
    request.peer_is_trusted = chain.has_value();
    if (chain) request.forwarded_for = *chain;
    request.context = {find_variable, &exchange};
    const VersionRuntime& version = *exchange.version;
    const std::size_t target = version.group == nullptr ? 0 : exchange.pick.target;
    return version.proxies[target].write_request(request, scratch, out, exchange.date);
}

void write_answer_fields(const Exchange& exchange, const http::ResponseHead& head, std::string_view date,
                         http::HeadWriter& writer) {
    integration::ProxyResponse response;
    response.head = &head;
    response.kind = exchange.kind;
    response.ids = &exchange.ids;
    std::string explain;
    if (exchange.runtime->config->explain) explain = fmt::format("target {}", exchange.target->key);
    response.explain = explain;
    const std::optional<http::Fields> cors = cors_fields(exchange, head);
    if (cors) response.cors = &*cors;
    integration::write_answer_fields(response, writer, date);
    if (exchange.cache != nullptr) write_cache_fields(*exchange.cache, writer);
    if (!exchange.set_cookie.empty()) writer.field(http::FieldName::set_cookie, exchange.set_cookie);
}

std::uint16_t status_from_cache(const CacheVisit& visit) {
    if (visit.not_modified) return 304;
    switch (visit.part.kind) {
        case cache::Part::Kind::whole: break;
        case cache::Part::Kind::part: return 206;
        case cache::Part::Kind::unsatisfiable: return 416;
    }
    return visit.stored->head.status;
}

void write_stored_fields(const Exchange& exchange, std::string_view date, http::HeadWriter& writer) {
    const CacheVisit& visit = *exchange.cache;
    const cache::Stored& stored = *visit.stored;
    const std::uint16_t status = status_from_cache(visit);
    integration::ProxyResponse response;
    http::ResponseHead reduced;
    response.head = &stored.head;
    if (status == 304 || status == 416) {
        for (const http::FieldView field : stored.head.fields)
            if (status == 304 ? is_of_not_modified(field) : field.id == http::FieldName::date)
                reduced.fields.add(field.name, field.value);
        response.head = &reduced;
    }
    response.kind = exchange.kind;
    response.ids = &exchange.ids;
    std::string explain;
    if (exchange.runtime->config->explain) explain = fmt::format("cache {}", to_text(visit.status.outcome));
    response.explain = explain;
    const std::optional<http::Fields> cors = cors_fields(exchange, stored.head);
    if (cors) response.cors = &*cors;
    integration::write_answer_fields(response, writer, date);
    if (visit.route->http) {
        const auto age = std::chrono::floor<std::chrono::seconds>(cache::age_of(stored, exchange.date));
        writer.field("age", static_cast<std::uint64_t>(std::max<std::int64_t>(age.count(), 0)));
    }
    if (status == 206 || status == 416)
        writer.field(http::FieldName::content_range, cache::content_range(visit.part, stored.body->size()));
    write_cache_fields(visit, writer);
    if (!exchange.set_cookie.empty()) writer.field(http::FieldName::set_cookie, exchange.set_cookie);
}

std::string throttled_text(const Throttled& throttled) {
    if (throttled.wait == Nanoseconds::max()) return "nothing passes";
    if (throttled.reason == reason::kThrottleQuota)
        return fmt::format("quota of {} used up, next period in {}", throttled.most, wait_text(throttled.wait));
    return fmt::format("bucket {}/{}, next token in {}", throttled.left, throttled.most, wait_text(throttled.wait));
}

std::string source_address(const Exchange& exchange) {
    const auto chain = believed_chain(exchange);
    return chain && !chain->empty() ? chain->substr(0, chain->find(',')) : std::string(exchange.client);
}

integration::Origin origin_of(const Exchange& exchange) {
    return integration::origin_of(*exchange.request, peer_is_trusted(exchange), exchange.secure, exchange.listen_port);
}

void write_told(const Exchange& exchange, std::string& out) {
    // the same for each target of a group
    exchange.version->proxies.front().write_told({find_variable, &exchange}, out);
}

namespace {

gw::Answer decided_answer(const Exchange& exchange) {
    if (exchange.decision.from == Decision::From::preflight) {
        gw::Answer answer;
        answer.status = 204;
        add_request_ids(exchange.kind, exchange.ids, answer.fields);
        add_preflight_answer(exchange, answer.fields);
        return answer;
    }
    if (exchange.decision.from == Decision::From::mock) {
        const config::Integration& mock = *exchange.version->integration;
        gw::Answer answer =
            integration::make_mock_answer({mock.status, mock.body, mock.content_type}, exchange.kind, &exchange.ids);
        if (exchange.runtime->config->explain)
            answer.fields.add("x-gw-explain", fmt::format("target mock:{}", mock.status));
        return answer;
    }
    AnswerContext context;
    context.kind = exchange.kind;
    context.ids = &exchange.ids;
    context.request = &exchange.request->fields;
    context.max_body = exchange.route != nullptr ? exchange.route->max_body : exchange.runtime->config->limits.max_body;
    context.explain = exchange.runtime->config->explain;
    if (const Caller::Told* told = exchange.caller.told.get()) {
        if (told->words && told->words->status == exchange.decision.refusal.status) context.words = &*told->words;
        context.challenge = told->challenge;
    }
    gw::Answer answer = make_answer(exchange.decision.refusal, context);
    if (exchange.runtime->config->throttling.answer_fields && exchange.decision.refusal.status == 429)
        add_limit_fields(exchange.throttled, answer.fields);
    return answer;
}

}  // namespace

gw::Answer make_own_answer(const Exchange& exchange) {
    gw::Answer answer = decided_answer(exchange);
    if (exchange.decision.from != Decision::From::preflight) add_cors_fields(exchange, {}, answer.fields);
    if (!exchange.set_cookie.empty()) answer.fields.add("set-cookie", exchange.set_cookie);
    return answer;
}

}  // namespace gw::gateway
