#pragma once
// Who called whom: X-Amzn-Trace-Id (AWS) and traceparent (W3C Trace Context), carried on or begun.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "libgw/base/clock.h"
#include "libgw/wire/http/fields.h"

namespace gw::integration {

/// How many random bytes a trace takes.
inline constexpr std::size_t kTraceBytes = 20;

/// The two fields for the target. Both name the same trace where the client named only one, or none.
struct TraceContext {
    std::array<char, 74> amzn{};         ///< "Root=1-{8 hex}-{24 hex};Parent={16 hex};Sampled={0|1}"
    std::array<char, 55> traceparent{};  ///< "00-{32 hex}-{16 hex}-{00|01}"
    bool keeps_tracestate = false;       ///< the client's traceparent was valid, so its tracestate goes along

    [[nodiscard]] std::string_view amzn_text() const { return {amzn.data(), amzn.size()}; }
    [[nodiscard]] std::string_view traceparent_text() const { return {traceparent.data(), traceparent.size()}; }
};

/// Root is kept, Parent and Sampled are completed (Sampled=0 when nobody said). A valid traceparent keeps its trace id
/// and the sampled flag and gets a new span id; one that is not valid, or stands twice, is as good as none (W3C §3.3).
TraceContext make_trace_context(const http::Fields& request, std::span<const std::uint8_t, kTraceBytes> random,
                                Date date);

}  // namespace gw::integration
