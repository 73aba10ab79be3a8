#include "apps/gw-wscat/script.h"

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/wire/websocket/frame.h"

namespace gw::wscat {
namespace {

Result<ScriptStep> parse_step(std::string_view line, Coding coding, Nanoseconds patience) {
    const auto wrong = [](std::string message, std::string hint = {}) {
        return Error{Errc::usage, std::move(message), std::move(hint), {}};
    };
    ScriptStep step;
    step.time = patience;
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, space);
    const std::string_view rest = space < line.size() ? line.substr(space + 1) : std::string_view();
    if (word == ">") {
        step.text = TRY(decode_line(rest, coding));
        return step;
    }
    if (word == "<") {
        const std::size_t end = rest.rfind('/');
        if (!rest.starts_with('/') || end == 0) return wrong("what is expected stands between slashes", "< /REGEX/ 5s");
        auto pattern = Pattern::compile(rest.substr(1, end - 1));
        if (!pattern) return wrong(pattern.error().message);
        step.kind = ScriptStep::Kind::expect;
        step.text = rest.substr(0, end + 1);
        step.pattern = std::move(*pattern);
        if (const std::string_view time = trim_ows(rest.substr(end + 1)); !time.empty())
            step.time = TRY(parse_duration(time));
        return step;
    }
    if (word == "sleep") {
        step.kind = ScriptStep::Kind::sleep;
        step.time = TRY(parse_duration(trim_ows(rest)));
        return step;
    }
    if (word == "ping") {
        if (rest.size() > websocket::kMostControl) return wrong("a ping carries at most 125 bytes");
        step.kind = ScriptStep::Kind::ping;
        step.text = rest;
        return step;
    }
    if (word == "close") {
        step.kind = ScriptStep::Kind::close;
        if (!trim_ows(rest).empty()) step.farewell = TRY(parse_farewell(rest, websocket::Role::client));
        return step;
    }
    return wrong(fmt::format("'{}' is no step", word), "> MESSAGE, < /REGEX/ 5s, sleep 1s, ping, close 1000");
}

}  // namespace

Result<std::vector<ScriptStep>> parse_script(std::string_view text, const std::string& file, Coding coding,
                                             Nanoseconds patience) {
    std::vector<ScriptStep> steps;
    std::uint32_t number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (trim_ows(line).empty() || line.starts_with('#')) continue;
        auto step = parse_step(line, coding, patience);
        if (!step) {
            Error error = std::move(step).error();
            error.code = Errc::usage;
            return std::move(error).at({file, number, 1});
        }
        step->line = number;
        steps.push_back(std::move(*step));
    }
    if (steps.empty()) return Error{Errc::usage, file + " has no step", "> MESSAGE", {}};
    return steps;
}

}  // namespace gw::wscat
