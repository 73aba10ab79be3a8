#include <limits>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/config/schema.h"

namespace gw::config {
namespace {

using namespace std::chrono_literals;

/// The longest time that anything may take: what AWS allows a function.
constexpr Nanoseconds kLongest = 15min;

Result<Delay> parse_delay(std::string_view text) {
    const auto sign = text.find("+-");
    Delay delay;
    delay.mean = TRY(parse_duration(text.substr(0, sign)));
    if (sign != text.npos) delay.spread = TRY(parse_duration(text.substr(sign + 2)));
    if (delay.mean > kLongest)
        return Error{Errc::config, fmt::format("delay {} is out of range", text), "0s to 15m", {}};
    if (delay.spread > delay.mean) {
        return Error{Errc::config, fmt::format("the spread of delay {} is larger than the delay", text), {}, {}};
    }
    return delay;
}

Result<Fault> parse_fault(std::string_view text) {
    const auto parts = split_once(text, '=');
    Fault fault;
    fault.percent = TRY(parse_percent(parts ? parts->first : text));
    if (!parts) return fault;
    const auto status = parse_unsigned(parts->second, 599);
    if (!status || *status < 400) {
        return Error{Errc::config, fmt::format("'{}' is not the status of a failure", parts->second), "400 to 599", {}};
    }
    fault.status = static_cast<std::uint16_t>(*status);
    return fault;
}

std::string to_text(const Delay& delay) {
    if (delay.spread == Nanoseconds::zero()) return to_duration_text(delay.mean);
    return fmt::format("{}+-{}", to_duration_text(delay.mean), to_duration_text(delay.spread));
}

Key<Limits> time_limit(std::string name, Nanoseconds Limits::* member, Nanoseconds least, Nanoseconds most,
                       std::string help) {
    return key(std::move(name), member, duration(least, most), std::move(help));
}

Key<Limits> count_limit(std::string name, std::uint32_t Limits::* member, std::uint32_t least, std::uint32_t most,
                        std::string help) {
    return key(std::move(name), member, integer<std::uint32_t>(least, most), std::move(help));
}

/// Sizes that are held in 32 bits.
Key<Limits> size_limit(std::string name, std::uint32_t Limits::* member, std::uint32_t least, std::uint32_t most,
                       std::string help) {
    const Type<std::uint64_t> wide = size(least, most);
    const Type<std::uint32_t> narrow{[wide](const Cursor& cursor, std::uint32_t& into) {
                                         std::uint64_t value = into;
                                         wide.read(cursor, value);
                                         into = static_cast<std::uint32_t>(value);
                                     },
                                     [wide](const std::uint32_t& value) { return wide.write(value); }, wide.schema};
    return key(std::move(name), member, narrow, std::move(help));
}

}  // namespace

Type<Delay> delay_type() {
    return parsed<Delay>("a delay such as 200ms or 200ms+-50ms", parse_delay,
                         [](const Delay& d) { return to_text(d); });
}

Type<Fault> fault_type() {
    return parsed<Fault>("a share and a status such as 5%=503", parse_fault, [](const Fault& fault) {
        return fmt::format("{}={}", to_percent_text(fault.percent), fault.status);
    });
}

Type<HostPolicy> host_policy_type() {
    return one_of<HostPolicy>({{"target", HostPolicy::target}, {"keep", HostPolicy::keep}});
}

Type<Nanoseconds> timeout_type() { return duration(50ms, kLongest); }

Type<std::uint64_t> max_body_type() { return size(0, kNoLimit); }

const Table<Limits>& limits_table() {
    constexpr std::uint32_t kMany = 1'000'000;
    static const Table<Limits> table{
        "an object of limits",
        {
            key("timeout", &Limits::timeout, timeout_type(), "time to the head of the answer; AWS ends at 29s"),
            time_limit("idleTimeout", &Limits::idle_timeout, 1s, 24h, "longest pause between bytes of an answer"),
            time_limit("headerTimeout", &Limits::header_timeout, 100ms, 5min,
                       "time for a request's head to arrive whole"),
            time_limit("keepAliveTimeout", &Limits::keep_alive_timeout, 0s, 1h,
                       "time an idle connection is kept for its next request"),
            time_limit("bodyTimeout", &Limits::body_timeout, 100ms, 1h,
                       "longest pause between bytes of a request's body"),
            time_limit("sendTimeout", &Limits::send_timeout, 100ms, 1h,
                       "longest time in which a client takes nothing of its answer"),
            time_limit("handshakeTimeout", &Limits::handshake_timeout, 100ms, 5min, "time for a TLS handshake"),
            time_limit("connectTimeout", &Limits::connect_timeout, 10ms, kLongest,
                       "time to connect to a target, TLS included"),
            time_limit("drainTimeout", &Limits::drain_timeout, 0s, 1h,
                       "time that requests under way have when the gateway stops"),
            time_limit("preStop", &Limits::pre_stop, 0s, 5min, "time between not being ready and refusing connections"),
            time_limit("connectionAge", &Limits::connection_age, 1s, 24h * 365,
                       "age at which a client's connection is closed, give or take a tenth"),
            count_limit("minRate", &Limits::min_rate, 0, kMany,
                        "bytes a second below which a waiting peer is cut off; 0 for none"),
            key("maxBody", &Limits::max_body, max_body_type(), "largest body of a request"),
            size_limit("requestLine", &Limits::request_line, 64, 65536, "longest request line"),
            size_limit("head", &Limits::head, 1024, 65536, "largest head of a request: request line and fields"),
            count_limit("fields", &Limits::fields, 1, 1000, "most fields of a request"),
            count_limit("requestsPerConnection", &Limits::requests_per_connection, 1, kMany * 1000,
                        "requests after which a connection is closed"),
            key("maxConnections", &Limits::max_connections, maybe(integer<std::uint32_t>(0, kMany * 10)),
                "most clients' connections at a time; 0 for no limit; by default what open files allow, at most 10000"),
            count_limit("maxConnectionsPerClient", &Limits::max_connections_per_client, 0, kMany * 10,
                        "most connections of one IPv4 address or IPv6 /64; 0 for no limit"),
            count_limit("upstreamIdlePerHost", &Limits::upstream_idle_per_host, 0, 10000,
                        "idle connections kept for each target, per worker"),
            count_limit("upstreamConnectionsPerHost", &Limits::upstream_connections_per_host, 1, kMany,
                        "most connections to one target"),
            time_limit("upstreamIdleTimeout", &Limits::upstream_idle_timeout, 0s, 1h,
                       "time an idle connection to a target is kept"),
            key("cacheSize", &Limits::cache_size, size(65536, std::uint64_t{1} << 40U),
                "memory for answers that are kept"),
            key("cacheObject", &Limits::cache_object, size(1024, std::uint64_t{1} << 30U),
                "largest answer that is kept"),
            key("memory", &Limits::memory, size(0, kNoLimit - 1),
                "memory at which everything is refused; 0 for what the machine or its control group allows"),
        }};
    return table;
}

}  // namespace gw::config
