#include "libgw/policy/integration/trace_context.h"

#include <algorithm>
#include <optional>

#include "libgw/base/text.h"

namespace gw::integration {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

bool is_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return hex_value(c) >= 0; });
}
bool is_lower_hex(std::string_view text) {
    return is_hex(text) && std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'F'; });
}
bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

// A trace id of 32 digits, a span id of 16.
struct Ids {
    std::array<char, 32> trace{};
    std::array<char, 16> span{};
    bool sampled = false;
};

// W3C Trace Context §3.2: version "-" trace-id "-" parent-id "-" flags; a later version may go on after another "-".
bool read_traceparent(std::string_view text, Ids& ids) {
    if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
    const std::string_view version = text.substr(0, 2);
    const std::string_view trace = text.substr(3, 32);
    const std::string_view parent = text.substr(36, 16);
    const std::string_view flags = text.substr(53, 2);
    if (!is_lower_hex(version) || version == "ff" || !is_lower_hex(trace) || is_zero(trace)) return false;
    if (!is_lower_hex(parent) || is_zero(parent) || !is_lower_hex(flags)) return false;
    if (version == "00" ? text.size() != 55 : (text.size() > 55 && text[55] != '-')) return false;
    std::copy(trace.begin(), trace.end(), ids.trace.begin());
    ids.sampled = (hex_value(flags[1]) & 1) != 0;
    return true;
}

// "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", in any order; other members are not
// kept.
struct AmznTrace {
    bool has_root = false;
    std::optional<bool> sampled;
    std::string_view parent;
};

AmznTrace read_amzn(std::string_view text, Ids& ids) {
    AmznTrace trace;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(';', at), text.size());
        const std::string_view member = trim_ows(text.substr(at, end - at));
        at = end + 1;
        if (member.starts_with("Root=") && member.size() == 40) {
            const std::string_view root = member.substr(5);
            const std::string_view epoch = root.substr(2, 8);
            const std::string_view unique = root.substr(11);
            if (!root.starts_with("1-") || root[10] != '-' || !is_hex(epoch) || !is_hex(unique)) continue;
            if (is_zero(epoch) && is_zero(unique)) continue;
            const auto lower = [](char c) { return to_lower(c); };
            std::transform(epoch.begin(), epoch.end(), ids.trace.begin(), lower);
            std::transform(unique.begin(), unique.end(), ids.trace.begin() + 8, lower);
            trace.has_root = true;
        } else if (member.starts_with("Parent=") && member.size() == 23 && is_hex(member.substr(7))) {
            trace.parent = member.substr(7);
        } else if (member == "Sampled=0" || member == "Sampled=1") {
            trace.sampled = member.back() == '1';
        }
    }
    return trace;
}

void write_hex(std::span<const std::uint8_t> bytes, char* out) {
    for (const std::uint8_t byte : bytes) {
        *out++ = kDigits[byte >> 4];
        *out++ = kDigits[byte & 15];
    }
}

class Text {
  public:
    explicit Text(char* out) : out_(out) {}
    Text& operator<<(std::string_view text) {
        out_ = std::copy(text.begin(), text.end(), out_);
        return *this;
    }

  private:
    char* out_;
};

std::string_view view(const auto& characters) { return {characters.data(), characters.size()}; }

}  // namespace

TraceContext make_trace_context(const http::Fields& request, std::span<const std::uint8_t, kTraceBytes> random,
                                Date date) {
    using http::FieldName;
    Ids w3c;
    Ids amzn;
    bool has_w3c = false;
    AmznTrace client;
    for (const http::FieldView field : request) {
        if (field.id == FieldName::traceparent) {
            has_w3c = request.count(FieldName::traceparent) == 1 && read_traceparent(field.value, w3c);
        } else if (field.id == FieldName::x_amzn_trace_id) {
            client = read_amzn(field.value, amzn);
        }
    }
    if (!has_w3c && client.has_root) {
        w3c.trace = amzn.trace;
        w3c.sampled = client.sampled.value_or(false);
    } else if (!has_w3c) {
        const auto seconds = static_cast<std::uint32_t>(to_unix_seconds(date));
        const std::array<std::uint8_t, 4> epoch{
            static_cast<std::uint8_t>(seconds >> 24), static_cast<std::uint8_t>(seconds >> 16 & 255),
            static_cast<std::uint8_t>(seconds >> 8 & 255), static_cast<std::uint8_t>(seconds & 255)};
        write_hex(epoch, w3c.trace.data());
        write_hex(random.first<12>(), w3c.trace.data() + 8);
        w3c.sampled = client.sampled.value_or(false);
    }
    if (!client.has_root) amzn.trace = w3c.trace;
    amzn.sampled = client.sampled.value_or(w3c.sampled);
    write_hex(random.last<8>(), w3c.span.data());
    if (is_zero(view(w3c.span))) w3c.span.back() = '1';
    amzn.span = w3c.span;
    if (!client.parent.empty()) std::copy(client.parent.begin(), client.parent.end(), amzn.span.begin());

    TraceContext made;
    made.keeps_tracestate = has_w3c;
    Text(made.traceparent.data()) << "00-" << view(w3c.trace) << "-" << view(w3c.span) << (w3c.sampled ? "-01" : "-00");
    Text(made.amzn.data()) << "Root=1-" << view(amzn.trace).substr(0, 8) << "-" << view(amzn.trace).substr(8)
                           << ";Parent=" << view(amzn.span) << (amzn.sampled ? ";Sampled=1" : ";Sampled=0");
    return made;
}

}  // namespace gw::integration
