#include "libgw/gateway/stages_cache.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/encoding.h"
#include "libgw/base/text.h"
#include "libgw/gateway/cache_visit.h"
#include "libgw/gateway/context.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/policy/cache/invalidation.h"
#include "libgw/policy/reasons.h"
#include "libgw/policy/routing/request_path.h"

namespace gw::gateway {
namespace {

constexpr std::string_view kStage = "cache";
/// For how long a request waits for another's answer; nginx's proxy_cache_lock_timeout.
constexpr Nanoseconds kPatience = std::chrono::seconds(5);
constexpr Nanoseconds kNews = std::chrono::seconds(1);

using cache::Outcome;

/// Who was found to call, so that nobody is shown what was meant for another.
std::string identity_of(const Caller& caller) {
    std::string identity;
    if (caller.token != nullptr)
        identity.append("token ")
            .append(to_hex(caller.token_digest.view()))
            .append(" ")
            .append(caller.authorizer->name);
    if (caller.credential != nullptr) identity.append("iam ").append(caller.credential->access_key_id);
    if (caller.api_key != nullptr) identity.append(" key ").append(caller.api_key->id);
    return identity;
}

/// Whether the key names whoever the field Authorization speaks of: only what the gateway itself has read there. An API
/// key names a program that many people use, and a token from elsewhere is not the field's.
bool covers_authorization(const Exchange& exchange) {
    const Caller& caller = exchange.caller;
    if (exchange.cache->route->keyed_authorization) return true;
    if (caller.credential != nullptr) return !caller.presigned;
    return caller.token != nullptr && !caller.authorizer->in_query &&
           equals_ignoring_case(caller.authorizer->source, "authorization");
}

/// The same of Cookie: a person who was found by other means is who he is, whatever his cookies say.
bool covers_cookie(const Exchange& exchange) {
    return exchange.cache->route->keyed_cookie || exchange.caller.token != nullptr ||
           exchange.caller.credential != nullptr;
}

/// And of x-api-key, where the gateway asks for one; where it does not, whoever was found is who he is.
bool covers_api_key(const Exchange& exchange) {
    return exchange.cache->route->keyed_api_key || !identity_of(exchange.caller).empty();
}

/// Whether some targets could take the request for another than the one that the key is made of: by what else its
/// fields say, or because its path, which goes to the target as it was sent, is not written as the key has it.
bool means_another(const http::RequestHead& request) {
    if (request.path.sent() != request.path.canonical()) return true;
    const http::Fields& fields = request.fields;
    for (const http::FieldView field : fields) {
        if (field.id == http::FieldName::x_http_method_override) return true;
        if (field.id != http::FieldName::other) continue;
        for (const std::string_view name : {"x-original-url", "x-rewrite-url", "x-method-override", "x-http-method"})
            if (equals_ignoring_case(field.name, name)) return true;
    }
    return false;
}

void tell_time(Exchange& exchange, Instant now) {
    exchange.now = now;
    exchange.date = exchange.cache->date_at(now);
}

/// Where an answer belongs, for whoever asks. `origin` outlives it.
cache::Scope scope_of(const Exchange& exchange, const RouteCache& route, const integration::Origin& origin) {
    return {route.space, origin.secure, origin.port, origin.host, exchange.request->authority};
}

void write_keys(const Exchange& exchange, const RouteCache& route, const http::Path& path, CacheVisit& visit) {
    const std::string identity = identity_of(exchange.caller);
    const integration::Origin origin = origin_of(exchange);
    std::string told;
    write_told(exchange, told);
    cache::Scope scope = scope_of(exchange, route, origin);
    if (route.http) {
        cache::write_uri_key(scope, path, visit.uri);
        if (identity.empty() && told.empty()) {
            visit.key = visit.uri;
            return;
        }
    }
    scope.caller = identity;
    scope.told = told;
    if (route.http) return cache::write_uri_key(scope, path, visit.key);
    cache::write_parameter_key(scope, route.parameters, *exchange.request, route.path, exchange.match, visit.key);
    visit.uri = visit.key;
}

cache::Asked asked_of(const Exchange& exchange, const CacheVisit& visit) {
    cache::Asked asked;
    asked.fields = &exchange.request->fields;
    asked.get = visit.get;
    asked.no_store = visit.no_store;
    asked.keyed_cookie = covers_cookie(exchange);
    asked.keyed_authorization = covers_authorization(exchange);
    asked.keyed_api_key = covers_api_key(exchange);
    return asked;
}

/// Shows what is stored: all of it, a part, or that the client has it already.
Step show(Exchange& exchange, Outcome outcome) {
    CacheVisit& visit = *exchange.cache;
    visit.status.outcome = outcome;
    visit.not_modified = cache::is_not_modified(*visit.stored, visit.conditions, exchange.date);
    visit.part = {cache::Part::Kind::whole, 0, visit.stored->body->size()};
    if (!visit.not_modified) visit.part = cache::part_of(*visit.stored, visit.conditions, exchange.date);
    visit.status.ttl = visit.stored->lifetime.span - cache::age_of(*visit.stored, exchange.date);
    exchange.decision.from = Decision::From::cache;
    note(exchange.trace, kStage, [&] { return std::string(to_text(outcome)); });
    return Step::respond();
}

/// Goes on to the target. What its answer is compared with is worked out here.
Step ask_target(Exchange& exchange) {
    CacheVisit& visit = *exchange.cache;
    visit.requested = exchange.date;
    http::Fields& fields = exchange.request->fields;
    if (visit.get && visit.stored != nullptr && visit.route->http) {
        visit.asked_about = cache::ask_about(visit.stored.get(), fields);
        if (!visit.asked_about) cache::restore(visit.conditions, fields);
    } else if (!visit.route->http && visit.get && !visit.no_store) {
        // the whole answer is wanted, for whoever comes next
        fields.remove(http::FieldName::if_none_match);
        fields.remove(http::FieldName::if_modified_since);
    }
    note(exchange.trace, kStage, [&] {
        return fmt::format(
            "{} (key: {})", to_text(visit.status.outcome),
            fmt::join(std::string_view(visit.key) | std::views::transform([](char c) { return c == '\n' ? '|' : c; }),
                      ""));
    });
    return Step::go_on();
}

Step refuse_uncached(Exchange& exchange) {
    note(exchange.trace, kStage, [&] {
        return fmt::format("{}, and only what is stored is wanted -> deny", to_text(exchange.cache->status.outcome));
    });
    return exchange.refuse(reason::kCacheOnly);
}

Step look_again(Exchange& exchange, Reply& reply);

/// Whether the answer is likely to be for this caller alone, although the key does not say who he is.
bool brings_credentials(const Exchange& exchange) {
    const http::Fields& fields = exchange.request->fields;
    return (exchange.cache->route->http && fields.has(http::FieldName::authorization)) ||
           (fields.has(http::FieldName::x_api_key) && !covers_api_key(exchange));
}

/// Asks the target, or waits for whoever does already.
Step join(Exchange& exchange) {
    CacheVisit& visit = *exchange.cache;
    const bool shareable = visit.get && !visit.no_store && !visit.fresh_wanted && visit.conditions.range.empty() &&
                           exchange.trace == nullptr &&
                           (visit.stored != nullptr || !visit.route->http || visit.conditions.empty()) &&
                           !brings_credentials(exchange);
    if (!shareable) return ask_target(exchange);
    std::string flight = visit.key;
    if (visit.stored != nullptr) flight += visit.stored->selector.values;
    switch (visit.store->join(flight, exchange.now)) {
        case ResponseCache::Joined::alone: return ask_target(exchange);
        case ResponseCache::Joined::leads: visit.flight = std::move(flight); return ask_target(exchange);
        case ResponseCache::Joined::follows: break;
    }
    if (!visit.waited) visit.patience = exchange.now + kPatience;
    visit.waited = true;
    if (exchange.now >= visit.patience) return ask_target(exchange);
    visit.status.collapsed = true;
    exchange.wanted_flight = std::move(flight);
    return Step::ask(Effect::share, look_again, visit.patience - exchange.now);
}

/// What is in the store for this request, and what follows from it.
Step look(Exchange& exchange) {
    CacheVisit& visit = *exchange.cache;
    visit.stored = nullptr;
    const auto variants = visit.store->find(visit.key);
    if (variants != nullptr) visit.stored = cache::select(*variants, exchange.request->fields);
    if (visit.stored != nullptr && visit.uri != visit.key &&
        visit.store->is_void(visit.uri, visit.stored->when.requested))
        visit.stored = nullptr;
    if (visit.stored == nullptr) {
        visit.status.outcome = variants == nullptr ? Outcome::miss : Outcome::vary_miss;
        if (visit.directives.only_if_cached) return refuse_uncached(exchange);
        return join(exchange);
    }
    const cache::Judgement judged = cache::judge(*visit.stored, visit.directives, exchange.date);
    visit.status.outcome = judged.stale ? Outcome::expired : Outcome::refreshed;
    // whoever asks for a new answer gets one that is a second old: many who ask do not become many requests
    if (visit.fresh_wanted && !judged.stale && judged.age < kNews) return show(exchange, Outcome::hit);
    switch (judged.use) {
        case cache::Use::reuse: return show(exchange, judged.stale ? Outcome::stale : Outcome::hit);
        case cache::Use::reuse_and_refresh: visit.refresh = visit.get; return show(exchange, Outcome::stale);
        case cache::Use::validate: break;
    }
    if (visit.directives.only_if_cached) return refuse_uncached(exchange);
    return join(exchange);
}

Step look_again(Exchange& exchange, Reply& reply) {
    tell_time(exchange, reply.now);
    return look(exchange);
}

/// A client of a TTL cache who asks for a new answer: AWS looks at max-age=0 alone.
Step heed_invalidation(Exchange& exchange, const cache::RequestDirectives& said) {
    CacheVisit& visit = *exchange.cache;
    if (said.max_age != cache::Seconds(0)) return Step::go_on();
    if (!visit.route->authorization_to_invalidate || may_invalidate_cache(exchange)) {
        visit.fresh_wanted = true;
        visit.directives.no_cache = true;
        return Step::go_on();
    }
    switch (visit.route->unauthorized) {
        case config::CacheControlStrategy::fail_with_403:
            note(exchange.trace, kStage, [] { return std::string("a new answer is asked for -> deny"); });
            return exchange.refuse(reason::kCacheDenied);
        case config::CacheControlStrategy::succeed_with_response_header: visit.refused_control = true; break;
        case config::CacheControlStrategy::succeed_without_response_header: break;
    }
    return Step::go_on();
}

std::unique_ptr<CacheVisit> make_visit(const Exchange& exchange) {
    auto visit = std::make_unique<CacheVisit>();
    visit->route = exchange.version->cache.get();
    visit->store = exchange.runtime->cache;
    visit->began = exchange.now;
    visit->began_date = exchange.date;
    write_keys(exchange, *visit->route, exchange.request->path, *visit);
    return visit;
}

/// What GET of this path has in the store is void: its own key, and the mark for those of other callers.
void make_void(Exchange& exchange, const integration::Origin& origin, const http::Path& path) {
    const routing::RequestPath request = routing::make_request_path(path);
    ApiKind kind{};
    const auto selected = exchange.runtime->hosts.select(exchange.request->authority, request, kind);
    if (is_refused(selected)) return;
    const ApiRuntime& api = exchange.runtime->apis[allowed(selected).api];
    routing::RouteMatch match;
    if (!api.router.find(http::Method::get, allowed(selected).path, match)) return;
    const RouteRuntime& route = api.routes[match.route];
    for (const VersionRuntime* version : {&route.stable, route.canary ? &*route.canary : nullptr}) {
        if (version == nullptr || version->cache == nullptr || !version->cache->http) continue;
        std::string uri;
        cache::write_uri_key(scope_of(exchange, *version->cache, origin), path, uri);
        exchange.runtime->cache->make_void(uri, exchange.date);
        exchange.runtime->cache->erase(uri);
    }
}

void make_void(Exchange& exchange, const http::ResponseHead& answer) {
    const integration::Origin origin = origin_of(exchange);
    make_void(exchange, origin, exchange.request->path);
    const CacheVisit& visit = *exchange.cache;
    const cache::Origins origins{origin.host.empty() ? exchange.request->authority : origin.host,
                                 visit.route->target_authority, origin.secure, visit.route->target_secure};
    for (const http::Path& path : cache::named_paths(answer.fields, exchange.request->path, origins))
        make_void(exchange, origin, path);
}

/// Whether what is stored may go on being stored after it was spoken of anew: nothing forbids it now, and it is still
/// for the requests that it was found for.
bool may_stay(const cache::Stored& fresh) {
    const cache::ResponseDirectives& said = fresh.directives;
    return !said.is_private && (!said.no_store || said.must_understand) &&
           cache::selecting_names(fresh.head.fields) == fresh.selector.names;
}

/// A 304 to the cache's own question: what is stored holds, with what the 304 says.
Step renew(Exchange& exchange, const http::ResponseHead& head, const cache::Exchanged& when) {
    CacheVisit& visit = *exchange.cache;
    auto fresh = std::make_shared<const cache::Stored>(cache::freshen(*visit.stored, head, when, std::nullopt));
    visit.stored = fresh;
    // what is said to one caller is not taken over for all; that it still holds is
    const bool own = visit.route->http && cache::is_for_one_caller(asked_of(exchange, visit), fresh->directives);
    const bool keep = !own && !visit.no_store && may_stay(*fresh);
    if (keep)
        visit.store->put(visit.key, visit.uri, fresh);
    else if (!own)
        visit.store->erase(visit.key);
    visit.status.stored = keep;
    const bool reusable = cache::judge(*fresh, {}, exchange.date).use == cache::Use::reuse;
    visit.land(!keep || !reusable, exchange.now);
    return show(exchange, visit.status.outcome == Outcome::refreshed ? Outcome::refreshed : Outcome::revalidated);
}

/// An answer to HEAD speaks of what GET has in the store (RFC 9111 §4.3.5).
void learn_from_head(Exchange& exchange, const http::ResponseHead& head, const cache::Exchanged& when) {
    CacheVisit& visit = *exchange.cache;
    if (visit.stored == nullptr || !visit.route->http || visit.no_store || head.status >= 400 || head.status == 304)
        return;
    auto fresh = std::make_shared<const cache::Stored>(cache::freshen(*visit.stored, head, when, std::nullopt));
    if (cache::is_for_one_caller(asked_of(exchange, visit), fresh->directives)) return;
    if (!cache::is_same_representation(*visit.stored, head) || !may_stay(*fresh)) return visit.store->erase(visit.key);
    visit.store->put(visit.key, visit.uri, std::move(fresh));
}

/// Whether the answer depends on what this target was told and no other request can be asked about.
bool varies_unseen(const Exchange& exchange, const http::ResponseHead& head) {
    const integration::HttpProxy& proxy = exchange.version->proxies.front();
    const auto names = cache::parse_vary(head.fields);
    return std::any_of(names->begin(), names->end(),
                       [&](const std::string& name) { return proxy.tells_apart_unseen(name); });
}

/// Whether the answer that begins is kept, and why not.
void consider(Exchange& exchange, const http::ResponseHead& head, const cache::Exchanged& when) {
    CacheVisit& visit = *exchange.cache;
    const cache::Asked asked = asked_of(exchange, visit);
    cache::ResponseDirectives directives = cache::parse_response_directives(head.fields);
    cache::Lifetime lifetime{visit.route->ttl, cache::LifetimeSource::configured};
    if (visit.route->http) lifetime = cache::lifetime_of(head.status, head.fields, directives, when);
    cache::Refused refused = visit.route->http ? cache::may_store(asked, head, directives, lifetime)
                                               : cache::may_store_for_ttl(asked, head, directives);
    if (refused == cache::Refused::none && varies_unseen(exchange, head)) refused = cache::Refused::vary;
    if (refused == cache::Refused::none && head.body.framing == http::Framing::length &&
        head.body.length > visit.store->largest())
        refused = cache::Refused::size;
    if (refused == cache::Refused::none) {
        visit.pending = cache::make_stored(asked, head, std::move(directives), lifetime, when);
        if (!visit.route->http) {
            // a TTL counts from when the answer came, however old it says it is, and ends when it ends
            visit.pending->initial_age = Nanoseconds(0);
            visit.pending->directives = {};
            visit.pending->directives.must_revalidate = true;
        }
        visit.status.stored = true;
        if (head.body.framing == http::Framing::length) visit.expect(head.body.length, exchange.now);
        return;
    }
    visit.status.detail = to_text(refused);
    visit.land(true, exchange.now);
    // a new answer that is not kept takes the old one's place all the same, unless it is one caller's own
    if (visit.get && visit.stored != nullptr && head.status < 400 && refused != cache::Refused::partial &&
        refused != cache::Refused::authorization && head.status != 304)
        visit.store->erase(visit.key);
}

}  // namespace

Step look_up(Exchange& exchange) {
    const http::RequestHead& request = *exchange.request;
    if (exchange.version->cache == nullptr) return Step::go_on();
    const RouteCache& route = *exchange.version->cache;
    const bool get = request.method == http::Method::get;
    const bool safe = http::is_safe(request.method);
    const bool asks = (get || request.method == http::Method::head) && !request.upgrade_websocket;
    if (!asks && (safe || !route.http)) {
        note(exchange.trace, kStage,
             [] { return std::string("passed by: only GET and HEAD are answered from memory"); });
        return Step::go_on();
    }
    exchange.cache = make_visit(exchange);
    CacheVisit& visit = *exchange.cache;
    visit.get = get;
    visit.status.outcome = Outcome::bypass;
    if (!asks) {
        visit.unsafe = true;
        visit.status.outcome = Outcome::none;
        note(exchange.trace, kStage, [] { return std::string("success makes void what is kept for this path"); });
        return Step::go_on();
    }
    visit.conditions = cache::conditions_of(request.fields, visit.get);
    const cache::RequestDirectives said = cache::parse_request_directives(request.fields);
    visit.no_store = request.body.framing != http::Framing::none || visit.conditions.others || means_another(request);
    if (route.http) {
        visit.directives = said;
        visit.no_store = visit.no_store || said.no_store;
    } else {
        const Step step = heed_invalidation(exchange, said);
        if (step.kind != Step::Kind::next) return step;
        // credentials that are not in the key ask for an answer of their own
        if ((request.fields.has(http::FieldName::cookie) && !covers_cookie(exchange)) ||
            (request.fields.has(http::FieldName::authorization) && !covers_authorization(exchange)))
            visit.no_store = true;
    }
    if (visit.no_store) return ask_target(exchange);
    return look(exchange);
}

Step take_answer(Exchange& exchange, Reply& reply) {
    CacheVisit& visit = *exchange.cache;
    const http::ResponseHead& head = *reply.head;
    tell_time(exchange, reply.now);
    visit.status.forwarded_status = head.status;
    exchange.decision.from = Decision::From::target;
    exchange.decision.head = reply.head;
    if (visit.unsafe) {
        if (cache::invalidates(exchange.request->method, head.status)) make_void(exchange, head);
        return Step::respond();
    }
    const cache::Exchanged when{visit.requested, exchange.date};
    if (visit.asked_about && head.status == 304) return renew(exchange, head, when);
    if (visit.stored != nullptr && cache::is_server_error(head.status) &&
        cache::may_serve_on_error(*visit.stored, visit.directives, cache::Trouble::server_error, exchange.date)) {
        visit.land(true, exchange.now);
        return show(exchange, Outcome::stale);
    }
    if (!visit.get) {
        learn_from_head(exchange, head, when);
        return Step::respond();
    }
    if (visit.asked_about) cache::restore(visit.conditions, exchange.request->fields);
    consider(exchange, head, when);
    return Step::respond();
}

bool stand_in(Exchange& exchange, Instant now) {
    CacheVisit* visit = exchange.cache.get();
    if (visit == nullptr || visit->stored == nullptr) return false;
    tell_time(exchange, now);
    if (!cache::may_serve_on_error(*visit->stored, visit->directives, cache::Trouble::unreachable, exchange.date))
        return false;
    visit->land(true, exchange.now);
    (void)show(exchange, Outcome::stale);
    return true;
}

std::unique_ptr<CacheVisit> make_refresh(Exchange& exchange, const Exchange& from) {
    if (exchange.route != from.route) return nullptr;
    exchange.version = from.version;
    if (exchange.version->cache == nullptr || exchange.runtime->cache == nullptr) return nullptr;
    auto visit = make_visit(exchange);
    if (visit->key != from.cache->key) return nullptr;
    std::string flight = visit->key + from.cache->stored->selector.values;
    if (visit->store->join(flight, exchange.now) != ResponseCache::Joined::leads) return nullptr;
    visit->flight = std::move(flight);
    visit->stored = from.cache->stored;
    visit->status.outcome = Outcome::expired;
    visit->requested = exchange.date;
    visit->asked_about = cache::ask_about(visit->stored.get(), exchange.request->fields);
    return visit;
}

}  // namespace gw::gateway
