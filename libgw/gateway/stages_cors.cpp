#include <array>

#include <fmt/format.h>

#include "libgw/gateway/cors.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/policy/cors/header_list.h"
#include "libgw/policy/cors/respond.h"

namespace gw::gateway {
namespace {

/// The methods that the path has. A path that has none is open to the method that is asked for, so that a page can read
/// the 404 that follows.
std::vector<std::string> methods_of_path(const Exchange& exchange, std::string_view asked) {
    using http::Method;
    constexpr std::array kMethods = {Method::get,   Method::head,    Method::post,   Method::put,
                                     Method::patch, Method::delete_, Method::options};
    std::vector<std::string> methods;
    routing::RouteMatch match;
    const auto has = [&](Method method) { return exchange.api->router.find(method, exchange.selection.path, match); };
    for (const Method method : kMethods)
        if (has(method)) methods.emplace_back(http::to_text(method));
    const bool known = !http::to_text(http::to_method(asked)).empty();
    if (methods.empty() || (!known && has(Method::other))) methods.emplace_back(asked);
    return methods;
}

/// The api's own OPTIONS method comes first where AWS has no other way of answering a preflight.
bool answers_itself(const Exchange& exchange) {
    return exchange.kind == ApiKind::rest && exchange.route != nullptr && exchange.route->route->method == "OPTIONS";
}

/// The Origin field, when there is just one.
std::optional<std::string_view> origin_of(const http::Fields& fields) {
    if (fields.count(http::FieldName::origin) > 1) return std::nullopt;
    return fields.find(http::FieldName::origin);
}

}  // namespace

bool awaits_preflight_answer(const Exchange& exchange) {
    return exchange.cors != nullptr && exchange.request->method == http::Method::options &&
           cors::read_preflight(exchange.request->method, exchange.request->fields).has_value();
}

Step answer_preflight(Exchange& exchange) {
    if (!awaits_preflight_answer(exchange)) {
        if (exchange.cors != nullptr)
            note(exchange.trace, "cors", [&] {
                const auto origin = origin_of(exchange.request->fields);
                if (!origin) return std::string("no page asks");
                return fmt::format("pages of {} -> {}", *origin,
                                   exchange.cors->permits_origin(*origin) ? "may read the answer" : "may not read it");
            });
        return Step::go_on();
    }
    if (answers_itself(exchange)) {
        exchange.cors = nullptr;
        return Step::go_on();
    }
    exchange.decision.from = Decision::From::preflight;
    note(exchange.trace, "cors", [&] {
        const auto asked = *cors::read_preflight(exchange.request->method, exchange.request->fields);
        const bool allowed = cors::permits(*exchange.cors, asked, methods_of_path(exchange, asked.method));
        return fmt::format("preflight of {} from {} -> {}", asked.method, asked.origin,
                           allowed ? "allowed" : "not allowed");
    });
    return Step::respond();
}

void add_preflight_answer(const Exchange& exchange, http::Fields& into) {
    const auto asked = cors::read_preflight(exchange.request->method, exchange.request->fields);
    if (!asked) return;
    cors::add_preflight_fields(*exchange.cors, *asked, methods_of_path(exchange, asked->method), into);
}

void add_cors_fields(const Exchange& exchange, std::string_view vary, http::Fields& into) {
    if (exchange.cors == nullptr) return;
    cors::add_answer_fields(*exchange.cors, origin_of(exchange.request->fields), vary, into);
}

}  // namespace gw::gateway
