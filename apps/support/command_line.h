#pragma once
// The wall around CLI11, and what all programs' command lines have in common: help, version, completions, environment.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "apps/support/world.h"
#include "libgw/base/text.h"

namespace gw::program {

/// The help of one command of a program, for `PROGRAM COMMAND -h`.
struct CommandManual {
    std::string_view name;
    std::string_view synopsis;  ///< its forms and what they need to be understood, one a line
    std::vector<std::string> examples;
};

/// How -h and --help-all begin and end.
struct Manual {
    std::string_view synopsis;                 ///< the forms of the command, one a line
    std::vector<std::string> examples;         ///< three, for -h
    std::vector<std::string> short_options;    ///< long names that -h shows, in this order; --help-all shows all
    std::vector<CommandManual> commands = {};  ///< those whose -h shows their own options, and not the program's
};

/// A command of that name; when it is given, `given` becomes `which`. Options of the program may stand behind it.
template <typename Command>
CLI::App* add_command(CLI::App& app, Command& given, const char* name, const char* help, Command which) {
    CLI::App* made = app.add_subcommand(name, help);
    made->set_help_flag();
    made->parse_complete_callback([&given, which] { given = which; });
    made->fallthrough(true);
    return made;
}

/// Each time that it is given counts, and it takes one value each time.
inline CLI::Option* repeatable(CLI::Option* option) { return option->take_all()->allow_extra_args(false); }
/// It takes one value and is given once, as all options that are not marked otherwise: a second time is an error.
inline CLI::Option* once(CLI::Option* option) { return option->expected(1)->allow_extra_args(false); }
/// The last time that it is given counts, as curl's own options of this name have it.
inline CLI::Option* last_counts(CLI::Option* option) { return option->take_last(); }

/// Takes one of the words, which its help lists.
CLI::Option* one_of(CLI::Option* option, const std::vector<std::string>& words);
/// Reads a whole number from `least` to `most` into a number without a sign, or into an optional one.
template <typename Into, typename Number = typename decltype(std::optional(std::declval<Into&>()))::value_type>
CLI::callback_t to_number(Into& into, std::uint64_t least = 0,
                          std::uint64_t most = std::numeric_limits<Number>::max()) {
    return [&into, least, most](const std::vector<std::string>& given) {
        const auto number = parse_unsigned(given.back(), most);
        if (!number || *number < least) return false;
        into = static_cast<Number>(*number);
        return true;
    };
}

/// --format of a log, one of log::kEntryFormats.
void add_log_format(CLI::App& app, std::string& choice, const char* help, const char* group);
/// --color
void add_color(CLI::App& app, std::string& choice, const char* group);

/// A variable that begins as those of options do and stands for none.
struct StrayVariable {
    std::string name;
    std::string meant;  ///< the nearest one that there is; empty when none is near

    /// "GW_SERVE_JTW stands for no option"
    [[nodiscard]] std::string message() const;
};

/// What the environment said.
struct FromEnvironment {
    std::vector<std::string> taken;  ///< long names of the options that it gave
    std::vector<StrayVariable> strays;
};

/// Parses the world's arguments into the app's variables. The name of a command is the first word that is no option,
/// and nothing behind it is one. An option that takes one value and is given twice is an error. Options that were not
/// given, of the program or of a command with a page of its own, take the environment's value, PREFIX_LONG_NAME
/// (GW_SERVE_ACCESS_LOG; repeatable ones split at commas). -h,
/// --help-all, --version, `help [COMMAND]` and `completions SHELL` are answered here: then the exit code is returned
/// and there is nothing more to do. Errc::usage otherwise. Whoever gives no `environment` has strays warned of here.
Result<std::optional<int>> parse(World& world, CLI::App& app, const Manual& manual,
                                 const std::vector<std::string>& arguments, FromEnvironment* environment = nullptr);

/// "GW_SERVE_ACCESS_LOG" for "gw-serve" and "access-log".
std::string environment_name(std::string_view program, std::string_view option);

/// Completions for "bash", "zsh" or "fish", generated from the option tree.
Result<std::string> make_completions(const CLI::App& app, std::string_view program, std::string_view shell);

}  // namespace gw::program
