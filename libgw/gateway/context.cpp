#include "libgw/gateway/context.h"

#include <array>

#include <fmt/format.h>

#include "libgw/policy/integration/http_proxy.h"
#include "libgw/policy/integration/mock.h"
#include "libgw/policy/reasons.h"

namespace gw::gateway {
namespace {

bool is_trusted(const Runtime& runtime, const http::IpAddress& address) {
    for (const http::Cidr& network : runtime.trusted)
        if (network.contains(address)) return true;
    return false;
}

}  // namespace

std::optional<Refusal> write_request(Exchange& exchange, std::string& scratch, std::string& out) {
    const RouteRuntime& route = *exchange.route;
    std::string chain;
    integration::ProxyRequest request;
    exchange.worker->random.fill(request.random);
    request.head = exchange.request;
    request.path = exchange.selection.path;
    request.match = &exchange.match;
    request.peer = exchange.client;
    request.secure = exchange.secure;
    request.port = exchange.listen_port;
    if (!exchange.runtime->trusted.empty()) {
        const auto peer = http::IpAddress::parse(exchange.client);
        request.peer_is_trusted = peer && is_trusted(*exchange.runtime, *peer);
        if (request.peer_is_trusted) {
            chain = integration::trusted_chain(exchange.request->fields, [&](const http::IpAddress& address) {
                return is_trusted(*exchange.runtime, address);
            });
            request.forwarded_for = chain;
        }
    }
    const std::size_t target = route.group == nullptr ? 0 : exchange.pick.target;
    return route.proxies[target].write_request(request, scratch, out, exchange.date);
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
    integration::write_answer_fields(response, writer, date);
}

gw::Answer make_own_answer(const Exchange& exchange) {
    if (exchange.decision.from == Decision::From::mock) {
        const config::Integration& mock = exchange.route->route->integration;
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
    return make_answer(exchange.decision.refusal, context);
}

}  // namespace gw::gateway
