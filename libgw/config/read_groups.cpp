#include <algorithm>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/config/address.h"
#include "libgw/config/schema.h"

namespace gw::config {
namespace {

using namespace std::chrono_literals;

bool is_field_name(std::string_view text) {
    // RFC 9110 §5.6.2
    constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
    if (text.empty() || text.size() > 128) return false;
    for (const char c : text) {
        if (!is_alpha(c) && !is_digit(c) && kOthers.find(c) == kOthers.npos) return false;
    }
    return true;
}

/// "rr", "least", "hash:ip", "hash:path", "hash:header:NAME"; two members of Group, so a key of its own.
struct Choice {
    Algorithm algorithm = Algorithm::round_robin;
    std::string hash_key;
};

Result<Choice> parse_choice(std::string_view text) {
    if (text == "rr") return Choice{};
    if (text == "least") return Choice{Algorithm::least_outstanding, {}};
    if (text == "hash:ip" || text == "hash:path") return Choice{Algorithm::hash, std::string(text.substr(5))};
    if (text.starts_with("hash:header:") && is_field_name(text.substr(12))) {
        return Choice{Algorithm::hash, "header:" + to_lower(text.substr(12))};
    }
    return Error{Errc::config,
                 fmt::format("'{}' is not an algorithm", text),
                 "rr, least, hash:ip, hash:path or hash:header:NAME",
                 {}};
}

Key<Group> algorithm_key() {
    const auto type = parsed<Choice>("an algorithm", parse_choice, [](const Choice& choice) -> std::string {
        switch (choice.algorithm) {
            case Algorithm::round_robin: return "rr";
            case Algorithm::least_outstanding: return "least";
            case Algorithm::hash: return "hash:" + choice.hash_key;
        }
        return {};
    });
    return {"algorithm",
            "how a target is chosen: rr, least (fewest outstanding), hash:ip, hash:path, hash:header:NAME",
            false,
            [type](const Cursor& cursor, Group& group) {
                Choice choice{group.algorithm, group.hash_key};
                type.read(cursor, choice);
                group.algorithm = choice.algorithm;
                group.hash_key = choice.hash_key;
            },
            [type](const Group& group, const Group& usual) -> std::optional<Value> {
                if (group.algorithm == usual.algorithm && group.hash_key == usual.hash_key) return std::nullopt;
                return type.write({group.algorithm, group.hash_key});
            },
            [type] {
                Value schema = type.schema();
                schema.if_object()->push_back({"default", "rr"});
                return schema;
            }};
}

std::optional<Error> check_target_address(std::string_view text) {
    const auto address = parse_address(text);
    if (!address) return address.error();
    if (!address->is_unix() && address->port == 0)
        return Error{Errc::config, "port 0 cannot be connected to", "1 to 65535", {}};
    return std::nullopt;
}

std::optional<Error> check_path(std::string_view text) {
    const auto path = http::Path::parse(text);
    if (!path)
        return Error{Errc::config, fmt::format("'{}' is not a path that can be requested", text), "/healthz", {}};
    return std::nullopt;
}

/// A percentage in whole numbers.
Type<std::uint32_t> whole_percent(std::uint32_t least) {
    return parsed<std::uint32_t>(
        "a percentage such as 50%",
        [least](std::string_view text) -> Result<std::uint32_t> {
            const double percent = TRY(parse_percent(text));
            const auto whole = static_cast<std::uint32_t>(percent);
            if (static_cast<double>(whole) != percent || whole < least) {
                return Error{
                    Errc::config, fmt::format("{} is not a whole percentage from {}% to 100%", text, least), {}, {}};
            }
            return whole;
        },
        [](const std::uint32_t& percent) { return fmt::format("{}%", percent); }, "^[0-9]+%$");
}

const Table<OutlierDetection>& outlier_table() {
    static const Table<OutlierDetection> table{
        "an object of outlier detection",
        {
            key("consecutiveErrors", &OutlierDetection::consecutive_errors, integer<std::uint32_t>(0, 1000),
                "errors in a row that eject a target; 0 for never"),
            key("interval", &OutlierDetection::interval, duration(100ms, 1h),
                "time between looks at who may come back"),
            key("baseEjection", &OutlierDetection::base_ejection, duration(1s, 1h),
                "time a target is out, for each time it was"),
            key("maxEjection", &OutlierDetection::max_ejection, duration(1s, 24h), "longest time a target is out"),
            key("maxEjectionPercent", &OutlierDetection::max_ejection_percent, whole_percent(0),
                "share of targets that may be out; always one, never the last"),
        }};
    return table;
}

}  // namespace

void fit_timeout(HealthCheck& health) { health.timeout = std::min(health.timeout, health.interval); }

StringCheck name_check(std::string what) {
    return [what = std::move(what)](std::string_view text) -> std::optional<Error> {
        bool good = !text.empty() && text.size() <= 128;
        for (const char c : text) good = good && (is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.');
        if (good) return std::nullopt;
        return Error{Errc::config,
                     fmt::format("'{}' is not the name of {}", text, what),
                     "letters, digits, '-', '_' and '.', at most 128",
                     {}};
    };
}

const Table<Target>& target_table() {
    static const Table<Target> table{
        "an address or an object",
        {
            key("address", &Target::address, text(check_target_address), "HOST:PORT or unix:PATH", Need::required),
            key("weight", &Target::weight, integer<std::uint32_t>(0, 65535), "share of requests; 0 takes no new ones"),
        }};
    return table;
}

const Table<HealthCheck>& health_table() {
    static const Table<HealthCheck> table{
        "an object of a health check",
        {
            key("path", &HealthCheck::path, text(check_path), "path that answers 2xx while the target is well"),
            key("interval", &HealthCheck::interval, duration(100ms, 1h), "time between checks"),
            key("timeout", &HealthCheck::timeout, duration(50ms, 5min), "time for an answer"),
            key("fall", &HealthCheck::fall, integer<std::uint32_t>(1, 100), "failures in a row that make it unhealthy"),
            key("rise", &HealthCheck::rise, integer<std::uint32_t>(1, 100), "successes in a row that make it healthy"),
        }};
    return table;
}

const Table<Group>& group_table() {
    static const auto target = object_or_string<Target>(
        target_table(), [](const Cursor& cursor, Target& into) { target_table().find("address")->read(cursor, into); },
        [](const Target& t) { return t.weight == 1 ? std::optional(t.address) : std::nullopt; });
    static const auto health = [] {
        Type<HealthCheck> type = object(health_table());
        type.read = [](const Cursor& cursor, HealthCheck& into) {
            health_table().read(cursor, into);
            if (!cursor.value().find("timeout")) fit_timeout(into);
        };
        return type;
    }();
    static const Table<Group> table{
        "an object of a group",
        {
            key("targets", &Group::targets, list(target, 1), "members", Need::required),
            key("secure", &Group::secure, boolean(), "speak TLS to the targets"),
            algorithm_key(),
            key("health", &Group::health, maybe(health), "check the targets"),
            key("outlierDetection", &Group::outlier, object(outlier_table()), "take targets out that fail"),
            key("panicThreshold", &Group::panic_threshold_percent, whole_percent(0), "when fewer are healthy, use all"),
            key("maxOutstanding", &Group::max_outstanding, integer<std::uint32_t>(1, 1'000'000),
                "most requests under way; more are answered 503"),
            key("retries", &Group::retries, integer<std::uint32_t>(0, 16),
                "other targets that are tried when one refuses the connection"),
            key("slowStart", &Group::slow_start, duration(0s, 1h),
                "time in which a target that came back gets its full share"),
        }};
    return table;
}

}  // namespace gw::config
