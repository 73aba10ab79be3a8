#include <cmath>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/config/counts_place.h"
#include "libgw/config/schema.h"
#include "libgw/config/secret.h"
#include "libgw/policy/throttle/limit.h"

namespace gw::config {
namespace {

/// AWS's rateLimit is a number of requests a second; here it may have a unit.
Type<Rate> rate_type() {
    return {[](const Cursor& cursor, Rate& into) {
                const std::string number = cursor.value().number_text();
                const std::string* string = cursor.value().if_string();
                if (!string && number.empty()) return cursor.expected("a rate such as 100/s");
                if (auto rate = parse_rate(string ? *string : number + "/s"))
                    into = *rate;
                else
                    detail::note_error(cursor, rate.error());
            },
            [](const Rate& rate) { return Value(to_rate_text(rate)); },
            [] {
                return Value(gw::Object{
                    {"oneOf", Array{Value(gw::Object{{"type", "string"}, {"pattern", "^[0-9.]+/(s|m|h|day)$"}}),
                                    Value(gw::Object{{"type", "number"}, {"minimum", 0}})}}});
            }};
}

Type<std::optional<std::uint64_t>> burst_type() {
    return maybe(integer<std::uint64_t>(0, throttle::Limit::kMostBurst));
}

Result<ThrottleBy> parse_by(std::string_view text) {
    using Kind = ThrottleBy::Kind;
    if (text == "route") return ThrottleBy{Kind::route, {}};
    if (text == "stage") return ThrottleBy{Kind::stage, {}};
    if (text == "ip") return ThrottleBy{Kind::ip, {}};
    if (text == "key") return ThrottleBy{Kind::key, {}};
    const auto parts = split_once(text, ':');
    const bool claim = parts && parts->first == "claim";
    if (parts && !parts->second.empty() && (claim || parts->first == "header")) {
        if (claim) return ThrottleBy{Kind::claim, std::string(parts->second)};
        auto field = parse_field_remove(parts->second);
        if (!field) return std::move(field).error();
        return ThrottleBy{Kind::header, to_lower(field->name)};
    }
    return Error{Errc::config,
                 fmt::format("'{}' is nothing that requests are counted by", text),
                 "route, stage, ip, key, claim:NAME or header:NAME",
                 {}};
}

std::string to_text(const ThrottleBy& by) {
    switch (by.kind) {
        case ThrottleBy::Kind::route: return "route";
        case ThrottleBy::Kind::stage: return "stage";
        case ThrottleBy::Kind::ip: return "ip";
        case ThrottleBy::Kind::key: return "key";
        case ThrottleBy::Kind::claim: return "claim:" + by.name;
        case ThrottleBy::Kind::header: break;
    }
    return "header:" + by.name;
}

Key<Throttle> rate_key() {
    return key("rateLimit", &Throttle::rate, rate_type(),
               "so many requests in a time, 100/s; a number alone is a second's", Need::required);
}

Key<Throttle> burst_key() {
    return key("burstLimit", &Throttle::burst, burst_type(),
               "how many may come at once; without it what the rate brings in a second, at least 1");
}

/// The throttle of a plan or an account, where there is no question of whose.
Type<Throttle> plain_throttle_type() {
    static const Table<Throttle> table{"an object of a throttle", {rate_key(), burst_key()}};
    return object(table);
}

Type<Quota> quota_type() {
    using throttle::Period;
    static const Table<Quota> table{
        "an object of a quota",
        {
            key("limit", &Quota::limit, integer<std::uint64_t>(0, throttle::kMostQuota), "requests in a period",
                Need::required),
            key("offset", &Quota::offset, integer<std::uint64_t>(0, throttle::kMostQuota),
                "requests that are taken from the limit of the first period"),
            key("period", &Quota::period,
                one_of<Period>({{"DAY", Period::day}, {"WEEK", Period::week}, {"MONTH", Period::month}}),
                "of the calendar in UTC; a week begins on Monday", Need::required),
        }};
    return object(table);
}

std::optional<Error> check_method(std::string_view text) {
    const auto slash = text.rfind('/');
    bool good = text.starts_with('/') && slash + 1 < text.size();
    for (const char c : text.substr(good ? slash + 1 : text.size())) good = good && c >= 'A' && c <= 'Z';
    if (good) return std::nullopt;
    return Error{Errc::config, fmt::format("'{}' is no method of an api", text), "/pets/{id}/GET", {}};
}

Type<std::vector<ApiStage>> api_stages_type() {
    static const Table<ApiStage> table{
        "an object of a stage",
        {
            key("apiId", &ApiStage::api_id, text(name_check("an api")), "the api", Need::required),
            key("stage", &ApiStage::stage, word(), "its stage"),
            key("throttle", &ApiStage::throttle, map(plain_throttle_type(), check_method),
                "how often each key may call a method, by /path/METHOD"),
        }};
    return list(Type<ApiStage>(object(table)));
}

Type<CountsPlace> counts_type() {
    auto type = parsed<CountsPlace>(
        "memory, sqlite:FILE or redis://HOST", parse_counts_place,
        [](const CountsPlace& place) { return to_text(place); }, "^(memory$|sqlite:.|rediss?://.)");
    type.read = [read = type.read](const Cursor& cursor, CountsPlace& into) {
        const std::string* text = cursor.value().if_string();
        // what stands before an @ may be a password
        if (text != nullptr && text->find('@') != std::string::npos)
            if (const auto place = parse_counts_place(*text); !place)
                return cursor.error_unquoted(place.error().message, place.error().hint);
        read(cursor, into);
        if (!into.path.empty()) into.path = cursor.resolve(into.path);
    };
    return type;
}

}  // namespace

Result<Quota> parse_quota(std::string_view text) {
    const auto parts = split_once(text, '/');
    const auto limit = parse_unsigned(parts ? parts->first : text, throttle::kMostQuota);
    Quota quota;
    if (parts && limit) {
        quota.limit = *limit;
        if (parts->second == "day") return quota;
        quota.period = throttle::Period::week;
        if (parts->second == "week") return quota;
        quota.period = throttle::Period::month;
        if (parts->second == "month") return quota;
    }
    return Error{Errc::parse, fmt::format("'{}' is not a quota", text), "10000/day, /week or /month", {}};
}

const Table<Throttle>& throttle_table() {
    static const Table<Throttle> table{
        "an object of a throttle",
        {
            rate_key(),
            burst_key(),
            key("by", &Throttle::by,
                parsed<ThrottleBy>(
                    "route, stage, ip, key, claim:NAME or header:NAME", parse_by,
                    [](const ThrottleBy& by) { return to_text(by); }, "^(route|stage|ip|key|claim:.+|header:.+)$"),
                "whose requests share a bucket: route (one for each), stage (one for all), ip, key, claim:NAME, "
                "header:NAME"),
        }};
    return table;
}

Type<Throttle> throttle_type() { return object(throttle_table()); }

const Table<UsagePlan>& usage_plan_table() {
    static const Table<UsagePlan> table{
        "an object of a usage plan",
        {
            key("name", &UsagePlan::name, text(name_check("a plan")), "what API keys call it by", Need::required),
            key("throttle", &UsagePlan::throttle, maybe(plain_throttle_type()), "how often each of its keys may call"),
            key("quota", &UsagePlan::quota, maybe(quota_type()), "how many times each of its keys may call"),
            key("apiStages", &UsagePlan::api_stages, api_stages_type(),
                "what its keys may call; every api without any"),
        }};
    return table;
}

Type<std::vector<UsagePlan>> usage_plans_type() { return list(Type<UsagePlan>(object(usage_plan_table()))); }

Type<Throttling> throttling_type() {
    static const Table<Throttling> table{
        "an object of throttling",
        {
            key("account", &Throttling::account, maybe(plain_throttle_type()),
                "how often all apis together may be called; AWS has 10000/s and 5000"),
            key("shadow", &Throttling::shadow, boolean(), "only tell who would be refused"),
            key("answerFields", &Throttling::answer_fields, boolean(),
                "tell clients in RateLimit, RateLimit-Policy and Retry-After; AWS does not"),
            key("counts", &Throttling::counts, counts_type(),
                "where counts live: memory, sqlite:FILE (quotas outlive the process), redis://HOST (several gateways "
                "share limits), rediss://HOST"),
            key("countsPassword", &Throttling::counts_password, secret_type(), "the database's, env:NAME or file:PATH"),
            key("gateways", &Throttling::gateways, integer<std::uint32_t>(1, 1000),
                "that share the database; while it cannot be asked each keeps to its part of the limits"),
            key("keys", &Throttling::keys, integer<std::uint32_t>(64, 100'000'000),
                "clients that are counted apart at a time; 32 to 64 bytes each"),
        }};
    Type<Throttling> type = object(table);
    type.read = [read = type.read](const Cursor& cursor, Throttling& into) {
        read(cursor, into);
        if (!into.counts_password) return;
        auto secret = resolve_secret(*into.counts_password, cursor.reading().sources);
        if (!secret) return detail::note_error(cursor, secret.error());
        into.counts_password_value = std::string(secret->expose());
    };
    return type;
}

std::string to_text(const Throttle& throttle) {
    return fmt::format("{}, burst {}", to_rate_text(throttle.rate), burst_of(throttle));
}

const Throttle* throttle_of(const Api& api, const Route& route) {
    if (route.throttle) return &*route.throttle;
    return api.throttle ? &*api.throttle : nullptr;
}

const Route* find_method(const Api& api, std::string_view path_and_method) {
    const auto slash = path_and_method.rfind('/');
    if (slash == std::string_view::npos) return nullptr;
    const std::string_view path = slash == 0 ? path_and_method.substr(0, 1) : path_and_method.substr(0, slash);
    for (const Route& route : api.routes)
        if (route.path == path && route.method == path_and_method.substr(slash + 1)) return &route;
    return nullptr;
}

std::uint64_t burst_of(const Throttle& throttle) {
    if (throttle.burst) return *throttle.burst;
    return static_cast<std::uint64_t>(std::max(1.0, std::ceil(throttle.rate.per_second())));
}

}  // namespace gw::config
