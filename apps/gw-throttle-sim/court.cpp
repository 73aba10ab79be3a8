#include "apps/gw-throttle-sim/court.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "libgw/policy/routing/path_template.h"
#include "libgw/wire/http/method.h"
#include "libgw/wire/http/uri.h"

namespace gw::sim {
namespace {

constexpr std::string_view kPrefix = "throttle.";
constexpr std::size_t kKeyText = 48;

}  // namespace

Court::Court(config::Model model, std::shared_ptr<store::Counts> counts, HashSeed seed, Date zero)
    : model_(std::move(model)),
      counts_(std::move(counts)),
      zero_(zero),
      logged_(0, SeededHash(seed)),
      clients_(0, SeededHash(seed)) {}

Result<std::unique_ptr<Court>> Court::open(config::Model model, std::shared_ptr<store::Counts> counts, HashSeed seed,
                                           Date zero) {
    std::unique_ptr<Court> court(new Court(std::move(model), std::move(counts), seed, zero));
    TRY(court->prepare());
    return court;
}

Result<void> Court::prepare() {
    limits_ = TRY(gateway::make_limits(model_, counts_, Instant(), zero_));
    for (const config::Api& api : model_.apis) {
        ApiRoutes made;
        made.api = &api;
        std::vector<routing::RouteKey> keys;
        for (std::size_t i = 0; i < api.routes.size(); ++i) {
            keys.push_back(TRY(routing::RouteKey::parse(api.routes[i].route_key)));
            made.by_key.emplace(api.routes[i].route_key, i);
            made.limits.push_back(TRY(limits_.of(api, api.routes[i], Instant())));
        }
        made.router = routing::Router::make(api.kind, std::move(keys));
        apis_.push_back(std::move(made));
    }
    return ok();
}

std::uint8_t Court::layer_of(std::string_view reason) {
    reason.remove_prefix(kPrefix.size());
    const auto index = std::find(layers_.begin(), layers_.end(), reason) - layers_.begin();
    if (static_cast<std::size_t>(index) == layers_.size()) layers_.push_back(reason);
    return static_cast<std::uint8_t>(index);
}

Court::Seat Court::seat_of(const gateway::KeyLimits* key, const config::Route& route,
                           const gateway::RouteLimit& limit) {
    Seat seat;
    seat.counted = gateway::count_request(limits_, key, route, limit, {});
    for (std::size_t i = 0; i < seat.counted.count; ++i) seat.layers[i] = layer_of(seat.counted.reasons[i]);
    if (seat.counted.tally != nullptr) seat.layers.back() = layer_of(seat.counted.reason_of({}));
    return seat;
}

const config::ApiKey* Court::find_key(std::string_view id) const {
    for (const config::ApiKey& key : model_.api_keys)
        if (key.id == id || (!key.name.empty() && key.name == id)) return &key;
    return nullptr;
}

Result<const config::UsagePlan*> Court::plan_of(const throttle::Senders& senders, const std::string& key) const {
    const auto named = [&](std::string_view name) -> const config::UsagePlan* {
        for (const config::UsagePlan& plan : model_.usage_plans)
            if (plan.name == name) return &plan;
        return nullptr;
    };
    const auto all = [&] {
        std::vector<std::string> names;
        names.reserve(model_.usage_plans.size());
        for (const config::UsagePlan& plan : model_.usage_plans) names.push_back(plan.name);
        return join(names, ", ");
    };
    if (!senders.plan.empty()) {
        if (const auto* plan = named(senders.plan)) return plan;
        return Error{Errc::usage, fmt::format("there is no plan '{}'", senders.plan), "plans are " + all(), {}};
    }
    if (const auto* plan = named(key)) return plan;
    if (model_.usage_plans.size() == 1) return &model_.usage_plans.front();
    return Error{
        Errc::usage,
        key.empty() ? std::string("traffic without a plan") : fmt::format("the plan of API key '{}' is not known", key),
        fmt::format("50/s@30s key NAME plan PLAN; plans are {}", all()),
        {}};
}

Result<void> Court::add(const throttle::Senders& senders) {
    const ApiRoutes& routes = apis_.front();
    std::size_t index = 0;
    if (!senders.route.empty()) {
        const auto found = routes.by_key.find(senders.route);
        if (found == routes.by_key.end()) {
            std::vector<std::string> names;
            names.reserve(routes.api->routes.size());
            for (const auto& route : routes.api->routes) names.push_back(route.route_key);
            return Error{Errc::usage,
                         fmt::format("there is no route '{}'", senders.route),
                         "routes are " + join(names, ", "),
                         {}};
        }
        index = found->second;
    } else if (routes.api->routes.size() > 1) {
        const auto found = routes.by_key.find("$default");
        if (found == routes.by_key.end())
            return Error{Errc::usage, "which route is called?", "50/s@30s route GET /a", {}};
        index = found->second;
    }
    const config::Route& route = routes.api->routes[index];
    const gateway::RouteLimit& limit = routes.limits[index];
    Group group;
    group.count = senders.count;
    group.name = senders.key;
    group.whose = senders.key.empty() && senders.count > 1 ? "k" : senders.key;
    if (group.name.empty())
        group.name = senders.count > 1 ? "k" : routes.api->routes.size() > 1 ? route.route_key : "-";
    if (config::needs_api_key(*routes.api, route)) {
        const std::size_t count = senders.count;
        group.keys.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            const std::string id = count == 1 ? senders.key : fmt::format("{}{}", group.whose, i + 1);
            const config::ApiKey* known = find_key(id);
            if (known != nullptr) {
                const auto limits = limits_.keys.find(known->id);
                // a key without a plan is not limited by one
                if (limits != limits_.keys.end())
                    group.keys.push_back(limits->second);
                else
                    group.keys.emplace_back();
                continue;
            }
            if (!model_.api_keys.empty()) {
                std::vector<std::string> names;
                names.reserve(model_.api_keys.size());
                for (const config::ApiKey& key : model_.api_keys) names.push_back(key.id);
                if (names.size() > 10) names.resize(10);
                return Error{Errc::usage,
                             id.empty() ? fmt::format("{} asks for an API key", route.route_key)
                                        : fmt::format("there is no API key '{}'", id),
                             "50/s@30s key NAME; there are " + join(names, ", "),
                             {}};
            }
            const config::UsagePlan* plan = TRY(plan_of(senders, id));
            group.keys.push_back(TRY(gateway::limits_of_key(*counts_, model_, *plan, id, Instant(), zero_)));
        }
        for (const gateway::KeyLimits& key : group.keys) {
            if (key.plan != nullptr && !gateway::covers(*key.plan, *routes.api))
                return Error{Errc::usage, fmt::format("plan {} is not for this api", key.plan->name), {}, {}};
            group.seats.push_back(seat_of(key.plan == nullptr ? nullptr : &key, route, limit));
        }
    } else {
        group.seats.push_back(seat_of(nullptr, route, limit));
    }
    find_client(group);
    groups_.push_back(std::make_unique<Group>(std::move(group)));
    return ok();
}

const Court::ApiRoutes* Court::api_of(const Logged& logged) const {
    if (logged.api_id.empty() && logged.stage.empty()) return &apis_.front();
    for (const ApiRoutes& routes : apis_)
        if ((logged.api_id.empty() || routes.api->id == logged.api_id) &&
            (logged.stage.empty() || routes.api->stage == logged.stage))
            return &routes;
    // a log of another gateway, whose names are its own
    return apis_.size() == 1 ? &apis_.front() : nullptr;
}

std::optional<throttle::Sender> Court::sender_of(const Logged& logged) {
    const ApiRoutes* routes = api_of(logged);
    if (routes == nullptr) return std::nullopt;
    // a preflight is answered before any limit is asked, and has no route
    if (logged.route_key.empty() && logged.method == "OPTIONS" && routes->api->cors) return std::nullopt;
    std::size_t index = SIZE_MAX;
    if (const auto found = routes->by_key.find(logged.route_key); found != routes->by_key.end()) {
        index = found->second;
    } else if (logged.path.starts_with('/')) {
        const std::string_view path = logged.path.substr(0, logged.path.find('?'));
        const routing::RequestPath request{path, path, {}};
        routing::RouteMatch match;
        if (routes->router.find(http::to_method(logged.method), request, match)) index = match.route;
    } else if (const auto fallback = routes->by_key.find("$default"); fallback != routes->by_key.end()) {
        index = fallback->second;
    }
    if (index == SIZE_MAX) return std::nullopt;
    const auto group =
        group_of(*routes, index,
                 config::needs_api_key(*routes->api, routes->api->routes[index]) ? logged.key_id : std::string_view());
    if (!group) return std::nullopt;
    if (groups_[*group]->client == SIZE_MAX) return throttle::Sender{*group, 0};
    std::string storage;
    std::string_view whose = logged.whose;
    if (groups_[*group]->addresses) whose = gateway::address_key(logged.ip, storage);
    if (routes->limits[index].by.kind == config::ThrottleBy::Kind::key) whose = logged.key_id;
    return throttle::Sender{*group, member_of(*group, whose)};
}

std::optional<std::uint32_t> Court::group_of(const ApiRoutes& routes, std::size_t index, std::string_view key_id) {
    const config::Route& route = routes.api->routes[index];
    const bool needs_key = config::needs_api_key(*routes.api, route);
    if (needs_key && key_id.empty()) return std::nullopt;
    text_ = fmt::format("{}\n{}", static_cast<const void*>(&route), key_id);
    if (const auto known = logged_.find(text_); known != logged_.end()) return known->second;
    Group group;
    group.count = 0;
    if (needs_key) {
        group.keys.reserve(1);
        const config::ApiKey* known = find_key(key_id);
        if (known != nullptr) {
            if (const auto limits = limits_.keys.find(known->id); limits != limits_.keys.end())
                group.keys.push_back(limits->second);
        } else {
            const auto plan = plan_of({}, std::string(key_id));
            if (!plan || !model_.api_keys.empty()) return std::nullopt;
            auto limits = gateway::limits_of_key(*counts_, model_, **plan, key_id, Instant(), zero_);
            if (!limits) return std::nullopt;
            group.keys.push_back(std::move(*limits));
        }
    }
    if (!group.keys.empty() && !gateway::covers(*group.keys.front().plan, *routes.api)) return std::nullopt;
    group.seats.push_back(seat_of(group.keys.empty() ? nullptr : &group.keys.front(), route, routes.limits[index]));
    find_client(group);
    group.addresses = routes.limits[index].by.kind == config::ThrottleBy::Kind::ip;
    group.name = !key_id.empty() ? key_id : std::string_view("-");
    if (key_id.empty() && routes.api->routes.size() > 1) group.name = route.route_key;
    if (group.client == SIZE_MAX) group.count = 1;
    groups_.push_back(std::make_unique<Group>(std::move(group)));
    const auto number = static_cast<std::uint32_t>(groups_.size() - 1);
    grown_.push_back(number);
    logged_.emplace(text_, number);
    return number;
}

std::uint32_t Court::member_of(std::uint32_t number, std::string_view whose) {
    text_.assign(reinterpret_cast<const char*>(&number), sizeof number);
    text_ += whose;
    const auto [at, is_new] = clients_.emplace(text_, groups_[number]->count);
    if (!is_new) return at->second;
    grown_.push_back(number);
    Group& group = *groups_[number];
    group.clients.push_back(std::string_view(at->first).substr(sizeof number));
    return group.count++;
}

void Court::find_client(Group& group) {
    const gateway::Counted& counted = group.seats.front().counted;
    for (std::size_t i = 0; i < counted.count; ++i)
        if (counted.asks[i].meter->is_keyed()) group.client = i;
}

std::string Court::name(std::size_t group, std::size_t member) const {
    const Group& one = *groups_[group];
    if (!one.clients.empty()) {
        const std::string_view whose = one.clients[member];
        if (whose.empty()) return one.name;
        return one.addresses ? gateway::address_text(whose) : std::string(whose);
    }
    return one.count == 1 ? one.name : fmt::format("{}{}", one.name, member + 1);
}

std::string_view Court::key_text(const Group& group, std::uint32_t member, std::array<char, kKeyText>& storage) const {
    if (!group.clients.empty()) return group.clients[member];
    if (group.count == 1) return group.whose;
    const std::size_t size = std::min<std::size_t>(group.whose.size(), kKeyText - 12);
    std::memcpy(storage.data(), group.whose.data(), size);
    const auto end = std::to_chars(storage.data() + size, storage.data() + kKeyText, member + 1).ptr;
    return {storage.data(), static_cast<std::size_t>(end - storage.data())};
}

void Court::judge(std::span<const throttle::Arrival> arrivals, std::span<throttle::Decision> decisions) {
    // buckets of clients are fetched from memory while those before them are asked
    constexpr std::size_t kAhead = 16;
    static_assert((kAhead & (kAhead - 1)) == 0);
    std::array<std::array<char, kKeyText>, kAhead> texts;
    std::array<store::Ask, kAhead> asks;
    const auto prepare = [&](std::size_t i) {
        const Group& group = *groups_[arrivals[i].group];
        if (group.client == SIZE_MAX) return;
        store::Ask& ask = asks[i % kAhead];
        ask = group.seats.front().counted.asks[group.client];
        ask.key = key_text(group, arrivals[i].member, texts[i % kAhead]);
        counts_->prepare(ask);
    };
    for (std::size_t i = 0; i < std::min(kAhead, arrivals.size()); ++i) prepare(i);
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
        const throttle::Arrival& arrival = arrivals[i];
        Group& group = *groups_[arrival.group];
        Seat& seat = group.seats.size() == 1 ? group.seats.front() : group.seats[arrival.member];
        if (group.client != SIZE_MAX) seat.counted.asks[group.client] = asks[i % kAhead];
        const store::Outcome outcome =
            counts_->take(seat.counted.asked(), seat.counted.tally, arrival.at, zero_ + arrival.at.time_since_epoch());
        throttle::Decision& decision = decisions[i];
        decision.admitted = outcome.admitted;
        decision.layer = outcome.admitted                           ? 0
                         : outcome.refused == store::Outcome::kNone ? seat.layers.back()
                                                                    : seat.layers[outcome.refused];
        if (i + kAhead < arrivals.size()) prepare(i + kAhead);
    }
}

}  // namespace gw::sim
