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

/// "content-type (application/json)": what is asked for, and of that one also why.
std::vector<std::string> asked_names(const Report& report) {
    std::vector<std::string> asked = report.unsafe_names;
    for (std::string& name : asked) {
        if (name != "content-type") continue;
        std::string type = report.request.body_type;
        for (const cors::Field& field : report.request.headers)
            if (equals_ignoring_case(field.name, name)) type = field.value;
        name += fmt::format(" ({})", trim_ows(std::string_view(type).substr(0, type.find(';'))));
    }
    return asked;
}

/// "method PUT; headers authorization, x-a"
std::string why_preflight(const Report& report) {
    std::vector<std::string> why;
    if (report.method != "GET" && report.method != "HEAD" && report.method != "POST")
        why.push_back("method " + report.method);
    if (!report.unsafe_names.empty()) why.push_back("headers " + join(asked_names(report), ", "));
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

Value errors_of(const Report& report) {
    Array all;
    for (const ErrorAnswer& error : report.errors)
        all.push_back(
            Object{{"wanted", error.provocation.wanted},
                   {"how", error.provocation.how},
                   {"status", error.status},
                   {"readable", error.is_error() ? Value(error.verdict.is_fine()) : Value()},
                   {"code", error.is_error() ? text_or_null(std::string(to_text(error.verdict.code))) : Value()}});
    return Value(std::move(all));
}

void say_fix(std::ostream& out, std::string_view indent, const std::vector<std::string>& fix) {
    for (std::size_t i = 0; i < fix.size(); ++i)
        out << indent << (i == 0 ? "Fix: " : "     ") << term::printable(fix[i]) << '\n';
}

void print_errors(std::ostream& out, const Report& report, const term::Style& style) {
    for (const ErrorAnswer& error : report.errors) {
        const std::string what = fmt::format("  {} {}", error.provocation.request.method, error.provocation.how);
        if (!error.is_error()) {
            out << fmt::format("{} -> {}: no {} came\n", what, error.status, error.provocation.wanted);
        } else if (error.verdict.is_fine()) {
            out << fmt::format("{} -> {} ", what, error.status) << style.paint(term::Paint::green, "READABLE") << '\n';
        } else {
            out << fmt::format("{} -> {} ", what, error.status) << style.paint(term::Paint::red, "UNREADABLE") << "  "
                << to_text(error.verdict.code) << '\n';
        }
    }
    if (report.error_advice.cause.empty()) return;
    out << "  Why: " << term::printable(report.error_advice.cause) << '\n';
    say_fix(out, "  ", report.error_advice.fix);
}

}  // namespace

void print_text(std::ostream& out, const Report& report, const term::Style& style) {
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
    const std::size_t of_request = report.exchanges.size() - report.errors.size();
    for (std::size_t i = 0; i < of_request; ++i) {
        const Exchange& exchange = report.exchanges[i];
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
        print_errors(out, report, style);
        return;
    }
    if (*report.allowed) {
        out << "  " << style.paint(term::Paint::green, "ALLOWED") << '\n';
        if (report.readable)
            say("    readable: " + (report.readable->empty() ? "nothing" : join(*report.readable, ", ")));
        else
            say("    by the preflight; the request itself was not sent");
        print_errors(out, report, style);
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
    say_fix(out, "  ", report.advice.fix);
    print_errors(out, report, style);
}

void print_json(std::ostream& out, const Report& report) {
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
    if (!report.errors.empty()) document.push_back({"errors", errors_of(report)});
    out << to_json(Value(std::move(document))) << '\n';
}

void print_exchanges(std::ostream& out, const std::vector<Exchange>& exchanges) {
    const auto say = [&](std::string_view mark, std::string_view text) {
        out << mark << ' ' << term::printable(text) << '\n';
    };
    for (const Exchange& exchange : exchanges) {
        if (!exchange.answer.tls.empty()) say("*", exchange.answer.tls);
        say(">", fmt::format("{} {}", exchange.request.method, exchange.request.url.text()));
        for (const cors::Field& field : exchange.request.fields)
            say(">", fmt::format("{}: {}", field.name, field.value));
        say("<", fmt::format("{} in {}", exchange.answer.status, milliseconds(exchange.answer.took)));
        for (const http::FieldView field : exchange.answer.fields)
            say("<", fmt::format("{}: {}", field.name, field.value));
    }
}

void print_text(std::ostream& out, const Inspected& inspected, const term::Style& style) {
    const auto say = [&](std::string_view text) { out << term::printable(text) << '\n'; };
    say(fmt::format("{}  audited in the name of {} origins, by {} requests", inspected.url.text(), inspected.origins,
                    inspected.exchanges.size()));
    if (inspected.error) return say("  cannot tell: " + inspected.error->message);
    for (const cors::Finding& finding : inspected.audit.findings) {
        const auto paint = finding.severity >= cors::Severity::high ? term::Paint::red : term::Paint::yellow;
        out << "  " << style.paint(paint, to_upper(to_text(finding.severity))) << "  " << to_text(finding.flaw) << '\n';
        say("    Seen: " + finding.evidence);
        say("    Why: " + finding.cause);
        say_fix(out, "    ", finding.fix);
    }
    for (const std::string& note : inspected.audit.notes) say("  note: " + note);
    if (inspected.audit.findings.empty() && inspected.audit.conclusive)
        out << "  " << style.paint(term::Paint::green, "NOTHING FOUND") << '\n';
}

void print_json(std::ostream& out, const Inspected& inspected) {
    Array findings;
    for (const cors::Finding& finding : inspected.audit.findings)
        findings.push_back(Object{{"code", to_text(finding.flaw)},
                                  {"severity", to_text(finding.severity)},
                                  {"origin", text_or_null(finding.origin)},
                                  {"evidence", finding.evidence},
                                  {"cause", finding.cause},
                                  {"fix", text_or_null(join(finding.fix, "\n"))}});
    Object document{
        {"schema", kSchema},
        {"url", inspected.url.text()},
        {"audit", Object{{"origins", inspected.origins},
                         {"requests", inspected.exchanges.size()},
                         {"conclusive", !inspected.error && inspected.audit.conclusive},
                         {"findings", std::move(findings)},
                         {"notes", names(inspected.audit.notes)}}},
        {"error", inspected.error ? Value(inspected.error->message) : Value()},
    };
    out << to_json(Value(std::move(document))) << '\n';
}

}  // namespace gw::preflight
