#pragma once
// What --script does, line by line.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/gw-wscat/plan.h"

namespace gw::wscat {

/// One line: `> MESSAGE`, `< /REGEX/ [TIME]`, `sleep TIME`, `ping [DATA]`, `close [CODE[:REASON]]`.
struct ScriptStep {
    enum class Kind : std::uint8_t { send, expect, sleep, ping, close };
    Kind kind = Kind::send;
    std::uint32_t line = 0;
    std::string text;                ///< what is sent
    std::optional<Pattern> pattern;  ///< what is expected
    Nanoseconds time{0};             ///< how long to sleep, or to wait for what is expected
    Farewell farewell;
};

/// Empty lines and those that begin with '#' are left out. Errc::usage with the line, for one that is none of these.
/// `patience`: of expectations that say no time.
Result<std::vector<ScriptStep>> parse_script(std::string_view text, const std::string& file, Coding coding,
                                             Nanoseconds patience);

}  // namespace gw::wscat
