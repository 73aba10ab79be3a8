#include <fmt/format.h>

#include "libgw/config/argument.h"
#include "libgw/gateway/cors.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/policy/reasons.h"
#include "libgw/policy/routing/request_path.h"
#include "libgw/wire/websocket/handshake.h"

namespace gw::gateway {
namespace {

/// RFC 9110 §15.5.20: a connection that was made for one host name, under its certificate, carries no requests for
/// another that is served under a different one.
bool is_misdirected(const Exchange& exchange) {
    if (exchange.tls == nullptr || exchange.sni.empty()) return false;
    const std::string_view authority = exchange.request->authority;
    const std::size_t colon = authority.ends_with(']') ? std::string_view::npos : authority.rfind(':');
    return exchange.tls->tells_apart(exchange.sni, authority.substr(0, colon));
}

}  // namespace

Step find_route(Exchange& exchange) {
    const Runtime& runtime = *exchange.runtime;
    http::RequestHead& request = *exchange.request;
    if (is_misdirected(exchange)) {
        note(exchange.trace, "route", [&] { return fmt::format("the connection is for {}", exchange.sni); });
        return exchange.refuse(reason::kRequestMisdirected, fmt::format("the connection is for {}", exchange.sni));
    }
    auto selected = runtime.hosts.select(request.authority, routing::make_request_path(request.path), exchange.kind);
    if (is_refused(selected)) {
        const Refusal& refusal = refusal_of(selected);
        note(exchange.trace, "route", [&] { return fmt::format("{}: {}", refusal.reason, refusal.detail); });
        return exchange.refuse(refusal);
    }
    exchange.selection = allowed(std::move(selected));
    exchange.api = &runtime.apis[exchange.selection.api];
    exchange.kind = exchange.api->kind;
    exchange.cors = exchange.api->cors ? &*exchange.api->cors : nullptr;
    if (request.target() == "*") {  // about the server, and no path of anybody's
        note(exchange.trace, "route", [&] { return std::string("OPTIONS * asks about the server"); });
        return exchange.refuse(reason::kRouteNotFound, "OPTIONS *");
    }
    if (!exchange.api->router.find(request.method, exchange.selection.path, exchange.match)) {
        if (awaits_preflight_answer(exchange)) return Step::go_on();  // of a path without OPTIONS
        note(exchange.trace, "route", [&] { return std::string("no route for this method and path"); });
        return exchange.refuse(reason::kRouteNotFound);
    }
    exchange.route = &exchange.api->routes[exchange.match.route];
    exchange.version = &exchange.route->stable;
    note(exchange.trace, "route", [&] {
        const config::Route& route = *exchange.route->route;
        if (route.where.file.empty()) return route.route_key;
        return fmt::format("{:<24} {}", route.route_key,
                           route.where.file == config::kCommandLine
                               ? route.where.file
                               : fmt::format("{}:{}", route.where.file, route.where.line));
    });
    const http::BodyLength& body = request.body;
    if (body.framing == http::Framing::length && body.length > exchange.route->max_body)
        return exchange.refuse(reason::kBodyTooLarge,
                               fmt::format("{} bytes, {} allowed", body.length, exchange.route->max_body));
    if (request.upgrade_websocket) {
        if (const http::Refused refused = websocket::judge_request(request))
            return exchange.refuse(Refusal{refused.status, reason::kRequestMalformed, std::string(refused.reason)});
    }
    return Step::go_on();
}

}  // namespace gw::gateway
