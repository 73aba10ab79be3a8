#include "apps/gw-wscat/output.h"

#include <ostream>

#include <fmt/format.h>

#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/base/time_text.h"
#include "libgw/term/width.h"

namespace gw::wscat {
namespace {

/// Lines that cannot touch a terminal; those after the first are indented, so that none looks like one of ours.
std::string harmless(std::string_view text) {
    std::string shown;
    for (const std::string_view line : split(text, '\n')) {
        if (!shown.empty()) shown += "\n  ";
        shown += term::printable(line);
    }
    return shown;
}

bool is_message(std::string_view op) { return op == "text" || op == "binary"; }

}  // namespace

std::optional<Nanoseconds> RoundTrips::came(Instant now) {
    if (waiting_.empty()) return std::nullopt;
    const Nanoseconds took = now - waiting_.front();
    waiting_.pop_front();
    return took;
}

Output::Output(program::World& world, const Options& options, Coding coding)
    : world_(world),
      options_(options),
      coding_(coding),
      style_(program::wants_colour(world, options.no_color ? "never" : options.color, world.out_is_terminal)) {}

void Output::put(std::string_view line, bool data) {
    if (above_) return above_(std::string(line));
    (data ? *world_.out : *world_.err) << line << (options_.nul && data && !options_.jsonl ? '\0' : '\n');
    if (!data) world_.err->flush();
}

void Output::flush() { world_.out->flush(); }

std::string Output::text_of(const Event& event) const {
    if (event.op == "binary") {
        if (coding_ == Coding::base64) return to_base64(event.data);
        if (coding_ == Coding::hex || terminal()) return to_hex(event.data);
        return std::string(event.data);
    }
    if (options_.pretty && event.op == "text")
        if (const auto value = parse_json(event.data))
            return terminal() ? harmless(to_pretty_json(*value)) : to_pretty_json(*value);
    return terminal() ? harmless(event.data) : std::string(event.data);
}

void Output::write_json(const Event& event, Date date) {
    Object record{{"schema", "gw-wscat/1"},
                  {"t", std::string(to_iso8601_milliseconds(date))},
                  {"dir", event.incoming ? "in" : "out"},
                  {"op", event.op}};
    if (!event.peer.empty()) record.push_back({"peer", event.peer});
    if (event.code) record.push_back({"code", *event.code});
    record.push_back({"len", event.data.size()});
    if (is_utf8(event.data) && event.op != "binary") {
        record.push_back({"data", event.data});
    } else if (coding_ == Coding::hex) {
        record.push_back({"data", to_hex(event.data)});
        record.push_back({"encoding", "hex"});
    } else {
        record.push_back({"data", to_base64(event.data)});
        record.push_back({"encoding", "base64"});
    }
    if (event.round_trip) record.push_back({"rtt", static_cast<double>(event.round_trip->count() / 1000) / 1000.0});
    put(to_json(Value(std::move(record))), true);
}

void Output::tell(const Event& event, Date date) {
    if (options_.jsonl) return write_json(event, date);
    if (is_message(event.op)) {
        if (!event.incoming) return;
        std::string line;
        if (options_.timestamps) line = style_.dim(std::string(to_iso8601_milliseconds(date))) + " ";
        if (!event.peer.empty()) line += style_.dim(std::string(event.peer)) + " ";
        if (terminal() && event.peer.empty()) line += style_.paint(term::Paint::cyan, "< ");
        put(line + text_of(event), true);
        return;
    }
    if ((event.op == "ping" || event.op == "pong") && options_.show_ping_pong)
        put(fmt::format("{} {}{}", event.incoming ? "received" : "sent", event.op,
                        event.data.empty() ? "" : ": " + term::printable(event.data)),
            false);
}

void Output::say(std::string_view text) {
    if (!options_.quiet && !options_.jsonl) put(text, false);
}

void Output::warn(std::string_view text) { put(fmt::format("{}: warning: {}", world_.name, text), false); }

void Output::refused(const Ending& ending, Date date) {
    if (options_.jsonl)
        write_json(
            {.incoming = true, .op = "error", .data = ending.body, .round_trip = {}, .code = ending.status, .peer = {}},
            date);
    put(fmt::format("{}: error: the handshake was refused: {}", world_.name, term::printable(ending.status_text)),
        false);
    for (const http::FieldView field : ending.fields)
        put(fmt::format("  {}: {}", term::printable(field.name), term::printable(field.value)), false);
    std::string_view body = ending.body;
    while (body.ends_with('\n') || body.ends_with('\r')) body.remove_suffix(1);
    if (!body.empty()) put("  " + harmless(body), false);
}

void Output::ended(const Ending& ending, Date date) {
    const auto code = static_cast<std::uint16_t>(ending.code);
    if (options_.jsonl)
        write_json({.incoming = !ending.ours,
                    .op = "close",
                    .data = ending.reason,
                    .round_trip = {},
                    .code = code,
                    .peer = {}},
                   date);
    const std::string_view words = websocket::to_words(ending.code);
    const std::string line = fmt::format("{} {}{}{}", code, words, words.empty() || ending.reason.empty() ? "" : ": ",
                                         term::printable(ending.reason));
    const bool normal = ending.code == websocket::CloseCode::normal ||
                        ending.code == websocket::CloseCode::going_away ||
                        ending.code == websocket::CloseCode::no_status;
    if (ending.kind == Ending::Kind::closed && (normal || ending.ours))
        say("closed: " + line);
    else
        put(fmt::format("{}: error: closed abnormally: {}", world_.name, line), false);
}

}  // namespace gw::wscat
