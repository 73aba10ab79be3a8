#pragma once
// One command-line case: a directory with what is run and what must come of it.
//
//   cmd      a script for /bin/sh, run in a fresh copy of files/ with the built programs first in PATH
//   stdin    its standard input                    (absent: empty)
//   stdout   what it must write to standard output (absent: nothing)
//   stderr   the same for standard error
//   exit     the code it must end with             (absent: 0)
//   files/   what lies around where it runs        (absent: nothing)
//
// In stdout and stderr these stand for what varies:
//   {{*}}     anything up to what follows it in the line, or the rest of the line
//   {{N}}     a number with digits and perhaps a fraction
//   {{PORT}}  a port number, the same one wherever it stands in the case
//   {{DIR}}   the directory in which the case runs

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace gw::cli {

/// What the placeholders of one case stand for. PORT is learned from its first match.
struct Bindings {
    std::string directory;
    std::optional<std::string> port;
};

/// Whether `line` is what `pattern` asks for. May learn the port.
bool matches_line(std::string_view pattern, std::string_view line, Bindings& bindings);

/// "" when `text` is what `pattern` asks for, else both side by side, line by line: "-" wanted and missing, "+" come
/// unasked. That the last line ends as the pattern's does counts too.
std::string compare(std::string_view pattern, std::string_view text, Bindings& bindings);

/// Runs the case. "" when all is as it must be, else what is not.
std::string run_case(const std::filesystem::path& directory, const std::filesystem::path& programs);

}  // namespace gw::cli
