#include "libgw/wire/log/format.h"

#include <algorithm>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/base/time_text.h"

namespace gw::log {

namespace {

/// What the fixed parts of a line of ours take at most.
constexpr std::size_t kFixed = 2048;
constexpr std::size_t kBudget = kMaxLine - kFixed;

/// "3.412": milliseconds with `decimals` (1 to 3) digits after the point, cut off.
void append_milliseconds(std::string& out, Nanoseconds duration, unsigned decimals) {
    const auto microseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0) / 1000);
    const fmt::format_int whole(microseconds / 1000);
    out.append(whole.data(), whole.size());
    const auto rest = static_cast<unsigned>(microseconds % 1000);
    const char digits[4] = {'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
                            static_cast<char>('0' + rest % 10)};
    out.append(digits, 1 + decimals);
}

/// "0.1ms", "38.2ms", "250ms", "1.2s": as much as a person reads.
void append_duration(std::string& out, Nanoseconds duration) {
    using namespace std::chrono_literals;
    if (duration >= 10s) {
        append_milliseconds(out, duration / 1000, 1);
        out += 's';
    } else if (duration >= 100ms) {
        append_milliseconds(out, duration, 1);
        out.resize(out.size() - 2);
        out += "ms";
    } else {
        append_milliseconds(out, duration, 1);
        out += "ms";
    }
}

void append_target(std::string& out, Values& values, const Record& record) {
    values.text_or_dash(record.path);
    if (!record.query.empty()) {
        out += '?';
        values.query(record.query);
    }
}

std::string_view colour_of(std::uint16_t status) {
    if (status >= 500) return "\x1b[31m";
    if (status >= 400) return "\x1b[33m";
    if (status >= 300) return "\x1b[36m";
    return "\x1b[32m";
}

/// "12:01:09 200 GET  /orders  3.4ms  sub=alice  upstream 3.2ms"
void append_line(const HumanFormat& format, std::string& out, const Record& record) {
    Values values(out, Escape::text, kBudget);
    out += to_clock(record.time, format.utc_offset);
    out += ' ';
    if (format.colour) out += colour_of(record.status);
    record.status == 0 ? values.plain("---") : values.number(record.status);
    if (format.colour) out += "\x1b[0m";
    out += ' ';
    const std::string_view verb = record.event_type.empty() ? record.method : record.event_type;
    const std::size_t before = out.size();
    values.text_or_dash(verb);
    out.append(std::max<std::size_t>(5, out.size() - before + 1) - (out.size() - before), ' ');
    if (record.event_type.empty()) {
        append_target(out, values, record);
    } else {
        values.text_or_dash(record.route_key);
    }
    if (record.latency) {
        out += "  ";
        append_duration(out, *record.latency);
    }
    if (!record.reason.empty() || !record.detail.empty()) {
        out += "  ";
        values.text(record.reason);
        if (!record.reason.empty() && !record.detail.empty()) out += ": ";
        values.text(record.detail);
    }
    const auto word = [&](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        out += "  ";
        out += name;
        out += '=';
        values.text(value, Escape::word);
    };
    word("connection", record.connection_id);
    word("sub", record.subject);
    word("key", record.api_key_id);
    word("cache", record.cache);
    if (record.canary == true) out += "  canary";
    if (record.integration.latency) {
        out += "  upstream ";
        append_duration(out, *record.integration.latency);
    }
}

/// host ident user [date] "request" status bytes
void append_line(const ClfFormat&, std::string& out, const Record& record) {
    Values values(out, Escape::text, kBudget);
    const auto word = [&](std::string_view value) {
        value.empty() ? values.plain("-") : values.text(value, Escape::word);
        out += ' ';
    };
    word(record.source_ip);
    out += "- ";
    word(record.subject.empty() ? record.api_key_id : record.subject);
    out += '[';
    out += to_clf_date(record.time);
    out += "] \"";
    values.text_or_dash(record.method);
    out += ' ';
    append_target(out, values, record);
    out += ' ';
    values.text_or_dash(record.protocol);
    out += "\" ";
    record.status == 0 ? values.plain("-") : values.number(record.status);
    out += ' ';
    record.response_length ? values.number(*record.response_length) : values.plain("-");
}

/// Members of a JSON object that has one already. A label is what stands before the value: `,"path":"`.
class Members {
  public:
    explicit Members(std::string& out) : out_(out), values_(out, Escape::json, kBudget) {}

    void text(std::string_view label, std::string_view value) {
        if (value.empty()) return;
        out_ += label;
        values_.text(value);
        out_ += '"';
    }
    void query(std::string_view label, std::string_view value) {
        if (value.empty()) return;
        out_ += label;
        values_.query(value);
        out_ += '"';
    }
    void status(std::string_view label, std::uint16_t value) {
        if (value == 0) return;
        out_ += label;
        values_.number(value);
    }
    void count(std::string_view label, const std::optional<std::uint64_t>& value) {
        if (!value) return;
        out_ += label;
        values_.number(*value);
    }
    void milliseconds(std::string_view label, const std::optional<Nanoseconds>& value) {
        if (!value) return;
        out_ += label;
        append_milliseconds(out_, *value, 3);
    }
    void truth(std::string_view label, const std::optional<bool>& value) {
        if (!value) return;
        out_ += label;
        out_ += *value ? "true" : "false";
    }

  private:
    std::string& out_;
    Values values_;
};

void append_line(const JsonFormat&, std::string& out, const Record& record) {
    out += "{\"time\":\"";
    out += to_iso8601_milliseconds(record.time);
    out += '"';
    Members members(out);
    members.text(",\"requestId\":\"", record.request_id);
    members.text(",\"ip\":\"", record.source_ip);
    members.text(",\"httpMethod\":\"", record.method);
    members.text(",\"domainName\":\"", record.domain_name);
    members.text(",\"path\":\"", record.path);
    members.query(",\"query\":\"", record.query);
    if (!record.method.empty()) members.text(",\"protocol\":\"", record.protocol);
    members.text(",\"apiId\":\"", record.api_id);
    members.text(",\"api\":\"", record.api_name);
    members.text(",\"stage\":\"", record.stage);
    members.text(",\"routeKey\":\"", record.route_key);
    members.text(",\"eventType\":\"", record.event_type);
    members.text(",\"connectionId\":\"", record.connection_id);
    members.text(",\"messageId\":\"", record.message_id);
    members.status(",\"status\":", record.status);
    members.count(",\"requestLength\":", record.request_length);
    members.count(",\"responseLength\":", record.response_length);
    members.milliseconds(",\"responseLatency\":", record.latency);
    members.text(",\"reason\":\"", record.reason);
    members.text(",\"detail\":\"", record.detail);
    members.text(",\"sub\":\"", record.subject);
    members.text(",\"apiKeyId\":\"", record.api_key_id);
    members.truth(",\"isCanaryRequest\":", record.canary);
    members.text(",\"target\":\"", record.integration.target);
    members.status(",\"integrationStatus\":", record.integration.status);
    members.milliseconds(",\"integrationLatency\":", record.integration.latency);
    members.text(",\"integrationError\":\"", record.integration.error);
    members.text(",\"cache\":\"", record.cache);
    members.text(",\"tlsVersion\":\"", record.tls_version);
    members.text(",\"userAgent\":\"", record.user_agent);
    members.text(",\"xrayTraceId\":\"", record.xray_trace_id);
    out += '}';
}

void append_line(const ContextFormat& format, std::string& out, const Record& record) { format.append(out, record); }

Error bad_format(std::size_t column, std::string why, std::string hint, Errc code = Errc::config) {
    return Error{code, std::move(why), std::move(hint),
                 Location{"access-log format", 1, static_cast<std::uint32_t>(column)}};
}

}  // namespace

Result<ContextFormat> ContextFormat::compile(std::string_view text) {
    constexpr std::string_view kPrefix = "$context.";
    if (text.empty()) return bad_format(0, "the format is empty", "for no access log write off");
    if (text.size() > kMaxText) {
        return bad_format(
            0, fmt::format("the format has {} bytes, more than the {} that AWS allows", text.size(), kMaxText), "",
            Errc::limit);
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (static_cast<unsigned char>(text[i]) >= 0x20 && text[i] != 0x7f) continue;
        return bad_format(i + 1, "a control character in the format", "a format is one line");
    }
    if (const std::size_t valid = valid_utf8_prefix(text); valid != text.size()) {
        return bad_format(valid + 1, "a byte in the format that is not UTF-8", "");
    }

    ContextFormat format;
    const char first = text[std::min(text.find_first_not_of(' '), text.size() - 1)];
    if (first == '{' || first == '[') format.escape_ = Escape::json;
    if (first == '<') format.escape_ = Escape::xml;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t dollar = std::min(text.find('$', at), text.size());
        Piece piece;
        piece.literal = text.substr(at, dollar - at);
        format.literals_ += piece.literal.size();
        at = dollar;
        if (at < text.size()) {
            if (!text.substr(at).starts_with(kPrefix)) {
                return bad_format(at + 1, "a '$' without 'context.' behind it",
                                  "only $context variables have a value in an access log");
            }
            const ContextName found = read_context_name(text.substr(at + kPrefix.size()));
            const std::string& name = found.name;
            piece.variable = find_variable(name);
            if (piece.variable.write == nullptr) {
                const std::string_view meant = closest_variable(name);
                return bad_format(at + 1, fmt::format("unknown variable '$context.{}'", name),
                                  meant.empty() ? "" : fmt::format("did you mean '$context.{}'?", meant));
            }
            if (name == "requestId" || name == "extendedRequestId") format.names_request_ = true;
            format.names_claims_ = format.names_claims_ || name.starts_with("authorizer.");
            at += kPrefix.size() + found.size;
        }
        format.pieces_.push_back(std::move(piece));
    }
    return format;
}

void ContextFormat::append(std::string& out, const Record& record) const {
    Values values(out, escape_, kMaxLine - 1 - literals_ - pieces_.size() * Values::kMaxPlain);
    for (const Piece& piece : pieces_) {
        out += piece.literal;
        if (piece.variable.write != nullptr) piece.variable.write(values, record, piece.variable.name);
    }
}

void Format::append(std::string& out, const Record& record) const {
    std::visit([&](const auto& format) { append_line(format, out, record); }, format_);
    out += '\n';
}

}  // namespace gw::log
