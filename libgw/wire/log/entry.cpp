// Facts:
// - NCSA common: host ident user [time] "request" status bytes; combined appends "referer" "user agent" (httpd 2.4,
//   mod_log_config). Quotes within quotes are written \" (httpd) or \x22 (nginx).
// - ALB (Elastic Load Balancing user guide, "Access logs for your Application Load Balancer"): fields between spaces;
//   1 type, 2 time of the answer, 4 client:port, 9 status, 13 "request", 22 request_creation_time.
// - API Gateway (developer guide, "Set up CloudWatch API logging"): its CLF example has `$context.httpMethod
//   $context.resourcePath $context.protocol` as the request; for HTTP APIs `$context.routeKey`, which says the method
//   once more.

#include "libgw/wire/log/entry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/base/time_text.h"
#include "libgw/base/units.h"

namespace gw::log {
namespace {

Error bad(std::string message, std::string hint = {}) {
    return Error{Errc::parse, std::move(message), std::move(hint), {}};
}

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Takes the next field: up to a space, or what stands in quotes, or in brackets where those mean that. Nothing at the
/// end of the line.
std::optional<std::string_view> take_field(std::string_view& rest, bool brackets = true) {
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (rest.empty()) return std::nullopt;
    const char open = rest.front();
    if (open != '"' && !(open == '[' && brackets)) {
        const auto end = std::min(rest.find(' '), rest.size());
        const auto field = rest.substr(0, end);
        rest.remove_prefix(end);
        return field;
    }
    const char close = open == '"' ? '"' : ']';
    std::size_t end = 1;
    while (end < rest.size() && rest[end] != close) end += rest[end] == '\\' && open == '"' ? 2 : 1;
    if (end >= rest.size()) return std::nullopt;
    const auto field = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return field;
}

/// What gateways call the arm of a canary.
constexpr std::array<std::string_view, 2> kArmFields = {"isCanaryRequest", "canary"};
bool is_arm(std::string_view name) { return std::find(kArmFields.begin(), kArmFields.end(), name) != kArmFields.end(); }

// of nanoseconds
constexpr double kMillisecond = 1e6;
constexpr std::array<std::pair<std::string_view, double>, 4> kUnits = {
    {{"s", 1e9}, {"ms", kMillisecond}, {"us", 1e3}, {"ns", 1}}};
/// What a log may call it, the nearest to the whole of it first: gw-serve and API Gateway, nginx, and what others do.
constexpr std::array<std::pair<std::string_view, double>, 13> kLatencies = {{{"responseLatency", kMillisecond},
                                                                             {"request_time", 1e9},
                                                                             {"latency_ms", kMillisecond},
                                                                             {"duration_ms", kMillisecond},
                                                                             {"latency_us", 1e3},
                                                                             {"duration_us", 1e3},
                                                                             {"latency_s", 1e9},
                                                                             {"duration_s", 1e9},
                                                                             {"latency", kMillisecond},
                                                                             {"duration", kMillisecond},
                                                                             {"integrationLatency", kMillisecond},
                                                                             {"upstream_response_time", 1e9},
                                                                             {"integration.latency", kMillisecond}}};

std::optional<double> to_number(std::string_view text) {
    double number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
    return number;
}

/// "3.4" of a unit, or "3.4ms".
std::optional<Nanoseconds> to_latency(std::string_view text, double unit) {
    if (const auto number = to_number(text)) {
        const double nanoseconds = *number * unit;
        if (!(nanoseconds >= 0 && nanoseconds < 9e18)) return std::nullopt;
        return Nanoseconds(std::llround(nanoseconds));
    }
    const auto duration = parse_duration(text);
    return duration ? std::optional(*duration) : std::nullopt;
}

/// The fields of one record of CSV.
Result<std::vector<std::string>> parse_record(std::string_view line) {
    std::vector<std::string> fields;
    for (std::size_t at = 0;;) {
        std::string field;
        if (at < line.size() && line[at] == '"') {
            for (++at;; ++at) {
                if (at >= line.size()) return bad("a quote is not closed in its line");
                if (line[at] != '"') {
                    field += line[at];
                } else if (at + 1 < line.size() && line[at + 1] == '"') {
                    field += line[++at];
                } else {
                    break;
                }
            }
            ++at;
            if (at < line.size() && line[at] != ',') return bad("a field goes on behind its quote");
        } else {
            const auto end = std::min(line.find(',', at), line.size());
            field = trim_ows(line.substr(at, end - at));
            at = end;
        }
        fields.push_back(std::move(field));
        if (at >= line.size()) return fields;
        ++at;
    }
}

/// Whether a line names columns, one of which is the status.
bool are_columns(std::string_view line) {
    if (line.find(',') == std::string_view::npos || line.find('[') != std::string_view::npos) return false;
    const auto fields = parse_record(line);
    if (!fields) return false;
    return std::any_of(fields->begin(), fields->end(), [](std::string_view name) {
        return name == "status" || name == "status_code" || name == "statusCode";
    });
}

std::uint16_t to_status(std::string_view text) {
    const auto status = parse_unsigned(text, 999);
    return status && *status >= 100 ? static_cast<std::uint16_t>(*status) : 0;
}

/// "GET /a HTTP/1.1", "GET GET /a HTTP/1.1", "GET http://h:80/a HTTP/1.1"
void read_request(std::string_view text, Entry& into) {
    const auto first = text.find(' ');
    if (first == std::string_view::npos) return;
    into.method = text.substr(0, first);
    std::string_view rest = text.substr(first + 1);
    if (const auto last = rest.rfind(' '); last != std::string_view::npos && rest.substr(last + 1).starts_with("HTTP/"))
        rest = rest.substr(0, last);
    if (rest.starts_with(into.method) && rest.substr(into.method.size()).starts_with(' ')) {
        into.route_key = rest;
        rest.remove_prefix(into.method.size() + 1);
    }
    if (const auto scheme = rest.find("://"); scheme != std::string_view::npos && scheme < 8) {
        const auto slash = rest.find('/', scheme + 3);
        rest = slash == std::string_view::npos ? std::string_view("/") : rest.substr(slash);
    }
    into.path = rest;
}

/// Seconds, or milliseconds, microseconds, nanoseconds by their size: all of them tell the years 2001 to 2262.
std::optional<Date> to_date(double number) {
    if (!(number >= 0) || !std::isfinite(number)) return std::nullopt;
    double scale = 1e9;
    for (const double edge : {1e11, 1e14, 1e17}) {
        if (number < edge) break;
        scale /= 1000;
    }
    if (number * scale > 9.2e18) return std::nullopt;
    return Date(Nanoseconds(static_cast<std::int64_t>(std::llround(number * scale))));
}

/// Seconds with up to nine places, to the nanosecond.
std::optional<Date> to_exact_date(std::string_view text) {
    const auto parts = split_once(text, '.');
    if (!parts || parts->second.empty() || parts->second.size() > 9) return std::nullopt;
    const auto seconds = parse_unsigned(parts->first, 9'000'000'000);
    auto fraction = parse_unsigned(parts->second);
    if (!seconds || !fraction) return std::nullopt;
    for (std::size_t places = parts->second.size(); places < 9; ++places) *fraction *= 10;
    return Date(Nanoseconds(static_cast<std::int64_t>(*seconds * 1'000'000'000 + *fraction)));
}

struct Told {
    Date date;
    bool whole = false;
};

std::optional<Told> to_date(std::string_view text) {
    if (const auto date = parse_iso8601(text)) return Told{*date, text.find('.') == std::string_view::npos};
    if (const auto date = parse_clf_date(text))
        return Told{*date, date->time_since_epoch() % std::chrono::seconds(1) == Nanoseconds(0)};
    // "2026-11-22 12:01:07.5", in UTC
    if (text.size() > 10 && text[10] == ' ' && text[4] == '-') {
        std::string other(text);
        other[10] = 'T';
        if (other.find_first_of("Zz+", 11) == std::string::npos) other += 'Z';
        if (const auto date = parse_iso8601(other)) return Told{*date, other.find('.') == std::string::npos};
    }
    // whole digits keep their last ones, which a double would not
    if (const auto digits = parse_unsigned(text, INT64_MAX)) {
        std::uint64_t scale = 1'000'000'000;
        for (const double edge : {1e11, 1e14, 1e17}) {
            if (static_cast<double>(*digits) < edge) break;
            scale /= 1000;
        }
        return Told{Date(Nanoseconds(static_cast<std::int64_t>(*digits * scale))), scale == 1'000'000'000};
    }
    if (const auto date = to_exact_date(text)) return Told{*date, false};
    double number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
    const auto date = to_date(number);
    return date ? std::optional(Told{*date, false}) : std::nullopt;
}

/// The text of a member, whatever it is; "-" is nothing.
std::string text_of(const Value* value) {
    if (value == nullptr) return {};
    const std::string* text = value->if_string();
    std::string made = text != nullptr ? *text : value->number_text();
    return made == "-" ? std::string() : made;
}

/// The member of the first of the names that there is. Names with points lead into objects.
std::string first_of(const Value& object, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (auto text = text_of(object.find(name)); !text.empty()) return text;
        const Value* at = &object;
        for (const std::string_view part : split(name, '.')) at = at == nullptr ? nullptr : at->find(part);
        if (auto text = text_of(at); !text.empty()) return text;
    }
    return {};
}

}  // namespace

std::optional<EntryFormat> parse_entry_format(std::string_view text) {
    for (const auto& [name, format] : kEntryFormats)
        if (name == text) return format;
    return std::nullopt;
}

std::optional<Date> parse_clf_date(std::string_view text) {
    // 22/Nov/2026:12:01:07[.123] +0000
    if (text.size() < 26 || text[2] != '/' || text[6] != '/' || text[11] != ':') return std::nullopt;
    const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(3, 3));
    const std::string_view zone = text.substr(text.size() - 5);
    if (month == kMonths.end() || text[text.size() - 6] != ' ' || (zone[0] != '+' && zone[0] != '-'))
        return std::nullopt;
    const std::string iso =
        fmt::format("{}-{:02}-{}T{}{}:{}", text.substr(7, 4), month - kMonths.begin() + 1, text.substr(0, 2),
                    text.substr(12, text.size() - 18), zone.substr(0, 3), zone.substr(3));
    return parse_iso8601(iso);
}

Result<void> EntryReader::read(std::string_view line, Entry& into) {
    if (line.size() > kMostLine) return bad("the line is longer than 1 MiB");
    if (line.ends_with('\r')) line.remove_suffix(1);
    into = Entry{};
    EntryFormat format = format_;
    const bool object = line.starts_with('{');
    const bool clock = line.size() > 12 && line[2] == ':' && line[5] == ':' && line[8] == ' ';
    if (format == EntryFormat::automatic) {
        constexpr std::array<std::string_view, 6> kTypes = {"http ", "https ", "h2 ", "grpcs ", "ws ", "wss "};
        const bool balancer =
            std::any_of(kTypes.begin(), kTypes.end(), [&](std::string_view type) { return line.starts_with(type); });
        const bool csv = !columns_.empty() || (!object && !clock && !balancer && are_columns(line));
        format = csv        ? EntryFormat::csv
                 : object   ? EntryFormat::json
                 : clock    ? EntryFormat::gw
                 : balancer ? EntryFormat::alb
                            : EntryFormat::clf;
    }
    // whoever names a field is not served without it
    if (!object && format != EntryFormat::json && format != EntryFormat::csv) {
        const auto missing = [](std::string_view name) {
            return bad(fmt::format("the line is no JSON, and has no '{}'", name));
        };
        if (!fields_.time.empty()) return missing(fields_.time);
        const bool common = format != EntryFormat::alb && !clock;
        if (!fields_.key.empty() && !(common && fields_.key == "user") && !(clock && is_arm(fields_.key)))
            return missing(fields_.key);
        if (!fields_.latency.empty()) return missing(fields_.latency);
        if (!fields_.numbers.empty()) return missing(fields_.numbers.front());
    }
    switch (format) {
        case EntryFormat::json: return read_json(line, into);
        case EntryFormat::csv: return read_csv(line, into);
        case EntryFormat::alb: return read_balancer(line, into);
        case EntryFormat::gw:
            if (clock) return read_human(line, into);
            return object ? read_json(line, into) : read_common(line, into);
        case EntryFormat::apigw:
            if (!object && (line.starts_with('<') || line.find('"') == std::string_view::npos))
                return bad("a log of API Gateway is read as JSON and as CLF", "--format json --time-field NAME");
            return object ? read_json(line, into) : read_common(line, into);
        default: return read_common(line, into);
    }
}

Result<void> EntryReader::read_json(std::string_view line, Entry& into) const {
    const Value value = TRY(parse_json(line));
    if (value.if_object() == nullptr) return bad("the line is no JSON object");
    return read_named(value, into);
}

Result<void> EntryReader::read_csv(std::string_view line, Entry& into) {
    auto fields = TRY(parse_record(line));
    if (columns_.empty()) {
        columns_ = std::move(fields);
        into.header = true;
        return ok();
    }
    if (fields.size() != columns_.size())
        return bad(fmt::format("there are {} fields, and {} columns", fields.size(), columns_.size()));
    Object object;
    object.reserve(fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) object.push_back({columns_[i], Value(std::move(fields[i]))});
    return read_named(Value(std::move(object)), into);
}

Result<void> EntryReader::read_named(const Value& value, Entry& into) const {
    std::string time;
    if (!fields_.time.empty()) {
        time = first_of(value, {fields_.time});
        if (time.empty()) return bad(fmt::format("there is no '{}'", fields_.time));
    } else {
        time = first_of(value, {"time", "requestTimeEpoch", "requestTime", "timestamp", "@timestamp", "time_iso8601",
                                "msec", "ts", "date", "datetime"});
        if (time.empty() && !fields_.timeless) return bad("there is no time", "--time-field NAME");
    }
    into.timed = !time.empty();
    if (into.timed) {
        const auto told = to_date(time);
        if (!told) return bad(fmt::format("'{}' is not a time", time));
        into.time = told->date;
        into.whole_seconds = told->whole;
    }
    if (const auto moment = parse_unsigned(first_of(value, {"requestInstant"}), INT64_MAX))
        into.moment = Instant(Nanoseconds(static_cast<std::int64_t>(*moment)));
    into.status = to_status(first_of(value, {"status", "status_code", "statusCode"}));
    into.ip = first_of(value, {"ip", "sourceIp", "remote_addr", "client_ip", "clientIp", "identity.sourceIp"});
    into.method = first_of(value, {"httpMethod", "method", "request_method"});
    into.path = first_of(value, {"path", "uri", "request_uri", "resourcePath", "url"});
    into.route_key = first_of(value, {"routeKey"});
    into.api_id = first_of(value, {"apiId"});
    into.stage = first_of(value, {"stage"});
    into.api_key_id = first_of(value, {"apiKeyId", "identity.apiKeyId", "api_key_id"});
    into.subject = first_of(value, {"sub", "principalId", "authorizer.claims.sub", "user"});
    into.reason = first_of(value, {"reason"});
    if (const std::string request = first_of(value, {"request"}); into.method.empty() && !request.empty())
        read_request(request, into);
    const auto take_key = [&](std::string_view name) {
        if (!into.key.empty()) return;
        into.key = first_of(value, {name});
        if (const Value* found = value.find(name); found != nullptr && found->if_bool() != nullptr)
            into.key = *found->if_bool() ? "true" : "false";
    };
    if (!fields_.key.empty()) take_key(fields_.key);
    if (is_arm(fields_.key))
        for (const std::string_view name : kArmFields) take_key(name);
    return read_answer(value, into);
}

Result<void> EntryReader::read_answer(const Value& value, Entry& into) const {
    for (const std::string& name : fields_.numbers) {
        const std::string text = first_of(value, {name});
        into.numbers.push_back(text.empty() ? std::nullopt : to_number(text));
        if (!text.empty() && !into.numbers.back()) return bad(fmt::format("'{}' of {} is no number", text, name));
    }
    if (!fields_.answers) return ok();
    const auto take = [&](std::string_view name, double unit) -> Result<bool> {
        const std::string text = first_of(value, {name});
        if (text.empty()) return false;
        into.latency = to_latency(text, unit);
        if (!into.latency) return bad(fmt::format("'{}' of {} is no duration", text, name));
        return true;
    };
    if (fields_.latency.empty()) {
        for (const auto& [name, unit] : kLatencies)
            if (TRY(take(name, unit))) break;
        return ok();
    }
    const auto colon = fields_.latency.rfind(':');
    const std::string_view suffix =
        colon == std::string::npos ? std::string_view() : std::string_view(fields_.latency).substr(colon + 1);
    const auto given =
        std::find_if(kUnits.begin(), kUnits.end(), [&](const auto& unit) { return unit.first == suffix; });
    const std::string_view name =
        given == kUnits.end() ? std::string_view(fields_.latency) : std::string_view(fields_.latency).substr(0, colon);
    double unit = given == kUnits.end() ? kMillisecond : given->second;
    if (given == kUnits.end())
        for (const auto& [usual, its] : kLatencies)
            if (usual == name) unit = its;
    TRY(take(name, unit));
    return ok();
}

Result<void> EntryReader::read_common(std::string_view line, Entry& into) const {
    std::string_view rest = line;
    std::array<std::string_view, 7> fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto field = take_field(rest);
        // whoever writes no size still wrote all that is needed
        if (!field && i == 6) break;
        if (!field) return bad(i < 4 ? "the line is not of the common log format" : "the line ends too early");
        fields[i] = *field;
    }
    const auto time = parse_clf_date(fields[3]);
    if (!time) return bad(fmt::format("'{}' is not a time", fields[3]), "22/Nov/2026:12:01:07 +0000");
    into.time = *time;
    into.whole_seconds = time->time_since_epoch() % std::chrono::seconds(1) == Nanoseconds(0);
    if (fields[0] != "-") into.ip = fields[0];
    if (fields[2] != "-") into.subject = into.api_key_id = fields[2];
    read_request(fields[4], into);
    into.status = to_status(fields[5]);
    if (fields_.key == "user") into.key = into.subject;
    return ok();
}

Result<void> EntryReader::read_balancer(std::string_view line, Entry& into) const {
    std::string_view rest = line;
    std::array<std::string_view, 22> fields;
    std::size_t count = 0;
    for (; count < fields.size(); ++count) {
        const auto field = take_field(rest, false);
        if (!field) break;
        fields[count] = *field;
    }
    if (count < 13) return bad("the line ends before the request");
    const std::string_view time = count == fields.size() ? fields[21] : fields[1];
    const auto date = parse_iso8601(time);
    if (!date) return bad(fmt::format("'{}' is not a time", time));
    into.time = *date;
    const auto port = fields[3].rfind(':');
    into.ip = fields[3].substr(0, port);
    if (into.ip.starts_with('[')) into.ip = into.ip.substr(1, into.ip.size() - 2);
    into.status = to_status(fields[8]);
    // the three parts of the time, in seconds; -1 where a part did not come about
    double seconds = 0;
    bool whole = true;
    for (std::size_t i = 5; i < 8; ++i) {
        const auto part = to_number(fields[i]);
        whole = whole && part && *part >= 0;
        seconds += part.value_or(0);
    }
    if (whole) into.latency = to_latency(fmt::format("{}", seconds), 1e9);
    read_request(fields[12], into);
    return ok();
}

Result<void> EntryReader::read_human(std::string_view line, Entry& into) {
    // 12:01:09 200 GET  /orders  3.4ms  throttle.route: …  sub=alice  key=k1
    const auto hour = parse_unsigned(line.substr(0, 2), 23);
    const auto minute = parse_unsigned(line.substr(3, 2), 59);
    const auto second = parse_unsigned(line.substr(6, 2), 60);
    if (line.size() < 9 || !hour || !minute || !second) return bad("the line does not begin with the clock");
    const auto now = static_cast<std::int64_t>(*hour * 3600 + *minute * 60 + *second);
    constexpr std::int64_t kDay = 86400;
    if (second_ >= 0 && now + kDay / 2 < second_) ++day_;
    second_ = now;
    into.time = Date(std::chrono::seconds(day_ * kDay + now));
    into.whole_seconds = true;
    std::string_view rest = line.substr(9);
    into.status = to_status(take_field(rest).value_or(""));
    into.method = take_field(rest).value_or("");
    into.path = take_field(rest).value_or("");
    if (is_arm(fields_.key)) into.key = "stable";
    for (bool first = true; auto field = take_field(rest); first = false) {
        if (first && !into.latency) into.latency = to_latency(*field, 0);
        if (*field == "canary" && is_arm(fields_.key)) into.key = "canary";
        if (field->starts_with("sub=")) into.subject = field->substr(4);
        if (field->starts_with("key=")) into.api_key_id = field->substr(4);
        if (field->ends_with(':') && into.reason.empty() && field->find('.') != std::string_view::npos)
            into.reason = field->substr(0, field->size() - 1);
    }
    return ok();
}

}  // namespace gw::log
