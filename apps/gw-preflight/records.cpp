#include "apps/gw-preflight/records.h"

#include <algorithm>
#include <cerrno>
#include <fstream>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/cors/code.h"

namespace gw::preflight {
namespace {

Nanoseconds time_of(const std::vector<Exchange>& exchanges) {
    Nanoseconds sum{0};
    for (const Exchange& exchange : exchanges) sum += exchange.answer.took;
    return sum;
}

std::string with_fix(std::string cause, const std::vector<std::string>& fix) {
    if (!fix.empty()) cause += (cause.empty() ? "" : ". ") + std::string("Fix: ") + join(fix, "\n");
    return cause;
}

std::string level_of(cors::Severity severity) {
    if (severity >= cors::Severity::high) return "error";
    return severity == cors::Severity::medium ? "warning" : "note";
}

/// For element content and attributes; what XML 1.0 has no character for becomes U+FFFD.
std::string xml(std::string_view text) {
    std::string made;
    for (std::size_t at = 0; at < text.size();) {
        const auto character = decode_utf8(text.substr(at));
        const std::size_t size = character.size == 0 ? 1 : character.size;
        const std::string_view piece = text.substr(at, size);
        at += size;
        if (piece == "&")
            made += "&amp;";
        else if (piece == "<")
            made += "&lt;";
        else if (piece == ">")
            made += "&gt;";
        else if (piece == "\"")
            made += "&quot;";
        else if (piece == "\n")
            made += "&#10;";
        else if (character.size == 0 ||
                 (size == 1 && (static_cast<unsigned char>(piece[0]) < 0x20 || piece[0] == 0x7f)))
            made += "\xef\xbf\xbd";
        else
            made += piece;
    }
    return made;
}

}  // namespace

Record record_of(const Report& report, bool expects_allow) {
    Record record;
    record.name = fmt::format("{} from {}", report.method.empty() ? report.request.method : report.method,
                              report.request.origin.text());
    record.url = report.request.url.text();
    record.took = time_of(report.exchanges);
    const int code = exit_of(report, expects_allow);
    if (report.error || code == program::kCannotTell) {
        record.result = Record::Result::unknown;
        record.why_unknown = report.error      ? report.error->message
                             : !report.allowed ? "the request itself was not sent"
                                               : fmt::format("the server failed ({})", report.judged_status);
        return record;
    }
    if (code == program::kYes) return record;
    record.result = Record::Result::failed;
    if (*report.allowed && !expects_allow) {
        record.faults.push_back({"Allowed",
                                 "a page may call that should not",
                                 "error",
                                 {},
                                 fmt::format("{} may call, and should not", report.request.origin.text())});
        return record;
    }
    if (!*report.allowed)
        record.faults.push_back({report.code,
                                 report.verdict.code > cors::Code::network_error
                                     ? cors::chrome_sentence(report.verdict.code, "")
                                     : "what a page may not do or read",
                                 "error",
                                 {},
                                 with_fix(report.advice.cause, report.advice.fix)});
    for (const ErrorAnswer& each : report.errors)
        if (each.is_error() && !each.verdict.is_fine())
            record.faults.push_back({"UnreadableError",
                                     "an error that the page cannot read",
                                     "error",
                                     {},
                                     with_fix(fmt::format("{} {}: the page cannot read it ({})", each.status,
                                                          each.provocation.how, to_text(each.verdict.code)),
                                              report.error_advice.fix)});
    return record;
}

Record record_of(const Inspected& inspected) {
    Record record;
    record.name = "audit";
    record.url = inspected.url.text();
    record.took = time_of(inspected.exchanges);
    if (inspected.error) {
        record.result = Record::Result::unknown;
        record.why_unknown = inspected.error->message;
        return record;
    }
    for (const cors::Finding& finding : inspected.audit.findings)
        record.faults.push_back({std::string(to_text(finding.flaw)), std::string(describe(finding.flaw)),
                                 level_of(finding.severity), std::string(to_text(finding.severity)),
                                 with_fix(finding.cause + " (" + finding.evidence + ")", finding.fix)});
    if (!record.faults.empty()) record.result = Record::Result::failed;
    if (record.faults.empty() && !inspected.audit.conclusive) {
        record.result = Record::Result::unknown;
        record.why_unknown = "the server failed or sent elsewhere each time";
    }
    return record;
}

std::string to_sarif(const std::vector<Record>& records) {
    Array rules;
    Array results;
    Array notices;
    std::vector<std::string> known;
    for (const Record& record : records) {
        for (const Record::Fault& fault : record.faults) {
            auto which = std::find(known.begin(), known.end(), fault.rule);
            if (which == known.end()) {
                rules.push_back(Object{{"id", fault.rule},
                                       {"shortDescription", Object{{"text", fault.description}}},
                                       {"defaultConfiguration", Object{{"level", fault.level}}}});
                which = known.insert(known.end(), fault.rule);
            }
            Object properties{{"check", record.name}};
            if (!fault.severity.empty()) properties.push_back({"severity", fault.severity});
            Object location{{"physicalLocation", Object{{"artifactLocation", Object{{"uri", record.url}}}}}};
            results.push_back(Object{{"ruleId", fault.rule},
                                     {"ruleIndex", which - known.begin()},
                                     {"level", fault.level},
                                     {"message", Object{{"text", record.name + ": " + fault.message}}},
                                     {"locations", Array{Value(std::move(location))}},
                                     {"properties", std::move(properties)}});
        }
        if (record.result == Record::Result::unknown)
            notices.push_back(
                Object{{"level", "error"},
                       {"message", Object{{"text", record.url + ": " + record.name + ": " + record.why_unknown}}}});
    }
    Object driver{{"name", "gw-preflight"}, {"version", GW_VERSION}, {"rules", std::move(rules)}};
    const bool decided = notices.empty();
    Object invocation{{"executionSuccessful", decided}, {"toolExecutionNotifications", std::move(notices)}};
    Object run{{"tool", Object{{"driver", std::move(driver)}}},
               {"invocations", Array{Value(std::move(invocation))}},
               {"results", std::move(results)}};
    Object document{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                    {"version", "2.1.0"},
                    {"runs", Array{Value(std::move(run))}}};
    return to_pretty_json(Value(std::move(document))) + "\n";
}

std::string to_junit(const std::vector<Record>& records) {
    const auto count = [&](Record::Result result) {
        return std::count_if(records.begin(), records.end(), [&](const Record& each) { return each.result == result; });
    };
    const auto seconds = [](Nanoseconds took) {
        return fmt::format("{:.3f}", std::chrono::duration<double>(took).count());
    };
    Nanoseconds all{0};
    for (const Record& record : records) all += record.took;
    const std::string sums = fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{}\"", records.size(),
                                         count(Record::Result::failed), count(Record::Result::unknown), seconds(all));
    std::string text = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"gw-preflight\" {}>\n"
        "  <testsuite name=\"gw-preflight\" {}>\n",
        sums, sums);
    for (const Record& record : records) {
        text += fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"", xml(record.url), xml(record.name),
                            seconds(record.took));
        if (record.result == Record::Result::passed) {
            text += "/>\n";
            continue;
        }
        text += ">\n";
        if (record.result == Record::Result::unknown)
            text += fmt::format("      <error message=\"{}\"/>\n", xml(record.why_unknown));
        if (!record.faults.empty()) {
            // JUnit has one failure a test: its type is the gravest rule's
            std::string words;
            for (const Record::Fault& fault : record.faults) words += fault.rule + ": " + fault.message + "\n";
            text += fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
                                xml(record.faults.front().rule), xml(record.faults.front().message), xml(words));
        }
        text += "    </testcase>\n";
    }
    return text + "  </testsuite>\n</testsuites>\n";
}

}  // namespace gw::preflight
