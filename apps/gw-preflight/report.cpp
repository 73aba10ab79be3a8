#include "apps/gw-preflight/report.h"

#include <ostream>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/term/width.h"

namespace gw::preflight {
namespace {

std::string milliseconds(Nanoseconds took) {
    return fmt::format("{} ms", std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
}

/// "method PUT; headers authorization, x-a"
std::string why_preflight(const Report& report) {
    std::vector<std::string> why;
    if (report.method != "GET" && report.method != "HEAD" && report.method != "POST")
        why.push_back("method " + report.method);
    if (!report.unsafe_names.empty()) why.push_back("headers " + join(report.unsafe_names, ", "));
    return join(why, "; ");
}

Value text_or_null(const std::string& text) { return text.empty() ? Value() : Value(text); }
Value status_or_null(const Half& half) { return half.status == 0 ? Value() : Value(half.status); }
Value bool_or_null(const std::optional<bool>& value) { return value ? Value(*value) : Value(); }

Value names(const std::vector<std::string>& list) {
    Array all;
    for (const std::string& name : list) all.emplace_back(name);
    return Value(std::move(all));
}

}  // namespace

void print_text(program::World& world, const Report& report, const term::Style& style) {
    std::ostream& out = *world.out;
    const auto say = [&](std::string_view text) { out << term::printable(text) << '\n'; };
    say(fmt::format("{} {}  from {}", report.method.empty() ? report.request.method : report.method,
                    report.request.url.text(), report.request.origin.text()));
    if (report.verdict.code == cors::Code::invalid_request) {
        say("  nothing is sent");
    } else if (!report.cross_origin) {
        say("  same origin: nothing of CORS applies");
    } else if (report.needs_preflight) {
        say("  preflight needed: " + why_preflight(report));
    } else {
        say("  no preflight needed");
    }
    if (!report.left_out.empty()) say("  left out by the browser: " + join(report.left_out, ", "));
    for (const Exchange& exchange : report.exchanges) {
        const auto origin = cors::combined(exchange.answer.fields, "access-control-allow-origin");
        say(fmt::format("  {} -> {} in {}, {}", exchange.request.method, exchange.answer.status,
                        milliseconds(exchange.answer.took),
                        origin ? "Access-Control-Allow-Origin: " + *origin : "no Access-Control-Allow-Origin"));
    }
    if (report.error) {
        say("  cannot tell: " + report.error->message);
        return;
    }
    if (!report.allowed) {
        say(fmt::format("  cannot tell: a {} is only sent with --actual", report.method));
        return;
    }
    if (*report.allowed) {
        out << "  " << style.paint(term::Paint::green, "ALLOWED") << '\n';
        if (report.readable)
            say("    readable: " + (report.readable->empty() ? "nothing" : join(*report.readable, ", ")));
        else
            say("    by the preflight; the request itself was not sent");
        return;
    }
    const std::string_view firefox = firefox_name(report.verdict.code);
    out << "  " << style.paint(term::Paint::red, "BLOCKED") << "  " << report.code;
    if (!firefox.empty()) out << fmt::format("  (Firefox: {})", firefox);
    if (!report.blocked_by.empty() && report.blocked_by.size() < 3) out << "  by " << join(report.blocked_by, ", ");
    out << '\n';
    if (report.verdict.code > cors::Code::network_error)
        say("    Chrome says: " + chrome_sentence(report.verdict.code, report.verdict.about));
    if (!report.advice.cause.empty()) say("  Why: " + report.advice.cause);
    for (std::size_t i = 0; i < report.advice.fix.size(); ++i)
        say((i == 0 ? "  Fix: " : "       ") + report.advice.fix[i]);
}

void print_json(program::World& world, const Report& report) {
    std::string fix;
    for (const std::string& line : report.advice.fix) fix += (fix.empty() ? "" : "\n") + line;
    Object document{
        {"schema", kSchema},
        {"url", report.request.url.text()},
        {"origin", report.request.origin.text()},
        {"method", report.method.empty() ? report.request.method : report.method},
        {"allowed", bool_or_null(report.allowed)},
        {"code", text_or_null(report.code)},
        {"preflight", Object{{"needed", report.needs_preflight},
                             {"sent", report.preflight.sent},
                             {"status", status_or_null(report.preflight)},
                             {"allowed", bool_or_null(report.preflight.allowed)}}},
        {"actual", Object{{"sent", report.actual.sent},
                          {"status", status_or_null(report.actual)},
                          {"allowed", bool_or_null(report.actual.allowed)}}},
        {"readable", report.readable ? names(*report.readable) : Value()},
        {"cause", text_or_null(report.advice.cause)},
        {"fix", text_or_null(fix)},
        {"blockedBy", names(report.blocked_by)},
        {"error", report.error ? Value(report.error->message) : Value()},
    };
    *world.out << to_json(Value(std::move(document))) << '\n';
}

void print_exchanges(program::World& world, const Report& report) {
    const auto say = [&](std::string_view mark, std::string_view text) {
        *world.err << mark << ' ' << term::printable(text) << '\n';
    };
    for (const Exchange& exchange : report.exchanges) {
        say(">", fmt::format("{} {}", exchange.request.method, exchange.request.url.text()));
        for (const cors::Field& field : exchange.request.fields)
            say(">", fmt::format("{}: {}", field.name, field.value));
        say("<", fmt::format("{} in {}", exchange.answer.status, milliseconds(exchange.answer.took)));
        for (const http::FieldView field : exchange.answer.fields)
            say("<", fmt::format("{}: {}", field.name, field.value));
    }
}

}  // namespace gw::preflight
