#include "apps/support/command_line.h"

#include <algorithm>
#include <map>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "apps/support/complaint.h"
#include "libgw/base/text.h"
#include "libgw/wire/log/entry.h"

namespace gw::program {

CLI::Option* one_of(CLI::Option* option, const std::vector<std::string>& words) {
    return option->type_name(join(words, "|"))->check(CLI::IsMember(words).description(""));
}

void add_log_format(CLI::App& app, std::string& choice, const char* help, const char* group) {
    std::vector<std::string> names;
    names.reserve(log::kEntryFormats.size());
    for (const auto& format : log::kEntryFormats) names.emplace_back(format.first);
    one_of(app.add_option("--format", choice, help), names)->group(group);
}

void add_color(CLI::App& app, std::string& choice, const char* group) {
    one_of(app.add_option("--color", choice, "colour; auto: on a terminal, unless NO_COLOR is set"),
           {"auto", "always", "never"})
        ->group(group);
}

std::string environment_name(std::string_view program, std::string_view option) {
    std::string name = std::string(program) + "_" + std::string(option);
    for (char& c : name) c = c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return name;
}

namespace {

std::string long_name(const CLI::Option& option) {
    return option.get_lnames().empty() ? std::string() : option.get_lnames().front();
}

/// The long name of an option for which a variable can stand; empty for others.
std::string variable_part(const CLI::Option& option) {
    std::string name = long_name(option);
    return name == "help" || name == "help-all" || name == "version" ? std::string() : name;
}

/// `variable` is the one at hand, so that whoever catches knows; `taken` gets the long names of options that had one.
void take_environment(const World& world, CLI::App& app, std::string& variable, std::vector<std::string>& taken) {
    for (CLI::Option* option : app.get_options()) {
        const std::string name = variable_part(*option);
        if (name.empty() || option->count() > 0) continue;
        const auto value = world.environment(environment_name(world.name, name));
        if (!value || value->empty()) continue;
        variable = environment_name(world.name, name);
        taken.push_back(name);
        if (option->get_expected_max() > 1) {
            for (const std::string_view item : split(*value, ',')) option->add_result(std::string(item));
        } else {
            option->add_result(*value);
        }
        option->run_callback();
    }
    variable.clear();
}

/// Whether a command has a help of its own.
bool has_page(const Manual& manual, const CLI::App& command) {
    return std::any_of(manual.commands.begin(), manual.commands.end(),
                       [&](const CommandManual& page) { return page.name == command.get_name(); });
}

std::vector<StrayVariable> find_strays(const World& world, const CLI::App& app, const Manual& manual) {
    std::vector<std::string> known;
    const auto note = [&](const CLI::App& of) {
        for (const CLI::Option* option : of.get_options())
            if (const std::string name = variable_part(*option); !name.empty())
                known.push_back(environment_name(world.name, name));
    };
    note(app);
    for (const CLI::App* command : app.get_subcommands({}))
        if (has_page(manual, *command)) note(*command);
    const std::string prefix = environment_name(world.name, "");
    std::vector<StrayVariable> strays;
    for (const std::string& name : world.variables)
        if (name.starts_with(prefix) && std::find(known.begin(), known.end(), name) == known.end())
            strays.push_back({name, std::string(closest(name, known))});
    std::sort(strays.begin(), strays.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return strays;
}

/// What stands where among the arguments.
struct Reading {
    /// An option that takes values, and which argument it is, from 1.
    struct Use {
        const CLI::Option* option;
        std::size_t argument;
    };
    const CLI::App* command = nullptr;  ///< the one that the first word names; null: none
    std::vector<Use> uses;
};

/// The first word is the first argument that is neither an option nor the value of one.
Reading read_arguments(const CLI::App& app, const std::vector<std::string>& arguments) {
    Reading reading;
    bool has_word = false;
    const auto find = [&](const std::string& name) {
        const CLI::Option* own = reading.command != nullptr ? reading.command->get_option_no_throw(name) : nullptr;
        return own != nullptr ? own : app.get_option_no_throw(name);
    };
    const auto takes_value = [&](const std::string& name, std::size_t at) {
        const CLI::Option* option = find(name);
        if (option == nullptr || option->get_expected_max() == 0) return false;
        reading.uses.push_back({option, at + 1});
        return true;
    };
    for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
        const std::string& argument = arguments[i];
        if (argument.size() < 2 || argument[0] != '-') {
            if (std::exchange(has_word, true)) continue;
            for (const CLI::App* command : app.get_subcommands({}))
                if (command->get_name() == argument) reading.command = command;
        } else if (argument[1] == '-') {
            const auto equals = argument.find('=');
            const bool has_value = takes_value(argument.substr(0, equals), i);
            i += has_value && equals == argument.npos ? 1 : 0;
        } else {
            for (std::size_t at = 1; at < argument.size(); ++at) {
                if (!takes_value({'-', argument[at]}, i)) continue;
                i += at + 1 == argument.size() ? 1 : 0;  // else the rest is its value
                break;
            }
        }
    }
    return reading;
}

/// What is wrong when an option that takes one value is given twice, to the program or to a command of it. Values are
/// not told: they may be secrets.
Result<void> refuse_second_values(const Reading& reading) {
    std::map<std::string, std::size_t> given;
    for (const auto& [option, argument] : reading.uses) {
        if (option->get_multi_option_policy() != CLI::MultiOptionPolicy::Throw) continue;
        const auto [first, is_first] = given.emplace(name_of(*option), argument);
        if (is_first) continue;
        return Error{
            Errc::usage,
            fmt::format("{} is given twice, as argument {} and argument {}", first->first, first->second, argument),
            usage_of(*option),
            {}};
    }
    return ok();
}

/// Its names and what it is, in lines of at most 80 columns.
std::string option_line(const CLI::Option& option) {
    std::string names;
    for (const std::string& name : option.get_snames()) names += "-" + name + ", ";
    for (const std::string& name : option.get_lnames()) names += "--" + name + ", ";
    if (names.size() >= 2) names.resize(names.size() - 2);
    if (option.get_expected_max() > 0 && !option.get_type_name().empty()) names += " " + option.get_type_name();
    if (option.get_expected_max() > 1 && !names.ends_with("...")) names += "...";
    constexpr std::size_t kIndent = 29;
    constexpr std::size_t kWidth = 80;
    std::string text = fmt::format("  {:<{}}  ", names, kIndent - 4);
    std::size_t column = text.size();
    for (const std::string_view word : split(option.get_description(), ' ')) {
        if (column + word.size() > kWidth && column > kIndent) {
            while (text.back() == ' ') text.pop_back();
            text.append(1, '\n').append(kIndent, ' ');
            column = kIndent;
        }
        text.append(word).append(1, ' ');
        column += word.size() + 1;
    }
    text.back() = '\n';
    return text;
}

/// The options in their groups, a group where its first option stands.
void print_options(std::ostream& out, const CLI::App& app) {
    std::vector<std::string> groups;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional() || option->get_group().empty()) continue;
        if (std::find(groups.begin(), groups.end(), option->get_group()) == groups.end())
            groups.push_back(option->get_group());
    }
    for (const std::string& group : groups) {
        out << '\n' << group << '\n';
        for (const CLI::Option* option : app.get_options())
            if (!option->get_positional() && option->get_group() == group) out << option_line(*option);
    }
}

/// An option that may be repeated takes one value each time: what follows is a ROUTE. That others are given once has
/// been seen to: an error of CLI11 would come before the help that was asked for.
void take_one_value_each(CLI::App& app) {
    for (CLI::Option* option : app.get_options()) {
        if (option->get_positional()) continue;
        option->allow_extra_args(false);
        if (option->get_multi_option_policy() == CLI::MultiOptionPolicy::Throw) option->take_last();
    }
    for (CLI::App* command : app.get_subcommands({})) take_one_value_each(*command);
}

void print_examples(std::ostream& out, const std::vector<std::string>& examples) {
    out << "\nExamples\n";
    for (const std::string& example : examples) out << "  " << example << '\n';
}

/// The help of one command.
void print_page(World& world, const CLI::App& command, const CommandManual& page) {
    std::ostream& out = *world.out;
    out << world.name << ' ' << page.name << ": " << command.get_description() << "\n\nUsage\n"
        << page.synopsis << '\n';
    print_options(out, command);
    print_examples(out, page.examples);
    out << fmt::format("\nAll commands: {} -h; more: man {}\n", world.name, world.name);
}

/// The help of the command that was given, when it has one of its own.
bool print_command_help(World& world, const CLI::App& app, const Manual& manual) {
    for (const CLI::App* command : app.get_subcommands())
        for (const CommandManual& page : manual.commands) {
            if (page.name != command->get_name()) continue;
            print_page(world, *command, page);
            return true;
        }
    return false;
}

void print_help(World& world, const CLI::App& app, const Manual& manual, bool all) {
    std::ostream& out = *world.out;
    if (!all && print_command_help(world, app, manual)) return;
    out << app.get_description() << "\n\nUsage\n" << manual.synopsis << '\n';
    if (all) {
        print_options(out, app);
    } else {
        out << "\nOptions\n";
        for (const std::string& name : manual.short_options)
            if (const CLI::Option* option = app.get_option_no_throw("--" + name)) out << option_line(*option);
    }
    for (const CLI::App* command : app.get_subcommands({})) {
        if (!all || command->get_group().empty()) continue;
        out << '\n' << world.name << ' ' << command->get_name() << "   " << command->get_description() << '\n';
        print_options(out, *command);
    }
    print_examples(out, manual.examples);
    out << (all ? fmt::format("\nMore: man {}\n", world.name)
                : fmt::format("\nAll options: {} --help-all; more: man {}\n", world.name, world.name));
}

/// `help`, `help COMMAND`
Result<void> answer_help(World& world, const CLI::App& app, const Manual& manual, const std::string& name) {
    if (name.empty()) {
        print_help(world, app, manual, false);
        return ok();
    }
    std::vector<std::string_view> names;
    for (const CommandManual& page : manual.commands) {
        names.push_back(page.name);
        if (page.name != name) continue;
        print_page(world, *app.get_subcommand(name), page);
        return ok();
    }
    const std::string_view near = closest(name, names);
    return Error{Errc::usage,
                 fmt::format("there is no command '{}'", name),
                 near.empty() ? fmt::format("{} -h", world.name) : fmt::format("did you mean {}?", near),
                 {}};
}

constexpr std::string_view kCompletions = "completions";

CommandManual completions_page(std::string_view program) {
    static const std::string synopsis = fmt::format("  {} completions bash|zsh|fish", program);
    return {kCompletions,
            synopsis,
            {fmt::format("{0} completions bash > ~/.bash_completion.d/{0}", program),
             fmt::format("{0} completions zsh > ~/.zfunc/_{0}", program),
             fmt::format("{0} completions fish > ~/.config/fish/completions/{0}.fish", program)}};
}

}  // namespace

std::string StrayVariable::message() const { return fmt::format("the variable {} stands for no option", name); }

Result<std::optional<int>> parse(World& world, CLI::App& app, const Manual& given,
                                 const std::vector<std::string>& arguments, FromEnvironment* environment) {
    Manual manual = given;
    manual.commands.push_back(completions_page(world.name));
    bool help = false;
    bool help_all = false;
    bool version = false;
    app.set_help_flag();
    app.add_flag("-h,--help", help, "this help, one screen")->group("Help");
    app.add_flag("--help-all", help_all, "every option")->group("Help");
    app.add_flag("--version", version, "version, and those of the libraries")->group("Help");
    std::string shell;
    CLI::App* completions =
        app.add_subcommand(std::string(kCompletions), "prints completions for bash, zsh or fish")->group("");
    completions->set_help_flag();
    completions->fallthrough(true);
    completions->add_option("shell", shell);
    std::string topic;
    CLI::App* pages = app.add_subcommand("help", "the help of a command")->group("");
    pages->set_help_flag();
    pages->fallthrough(true);
    pages->add_option("command", topic);
    const Reading reading = read_arguments(app, arguments);
    const Result<void> once = refuse_second_values(reading);
    take_one_value_each(app);
    app.require_subcommand(0, 1);
    if (reading.command == nullptr)
        for (CLI::App* command : app.get_subcommands({})) command->disabled(true);
    std::string variable;
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    FromEnvironment said;
    try {
        app.parse(reversed);
        take_environment(world, app, variable, said.taken);
        for (CLI::App* command : app.get_subcommands())
            if (has_page(manual, *command)) take_environment(world, *command, variable, said.taken);
    } catch (const CLI::ParseError& fault) {
        if (help || help_all) {
            print_help(world, app, manual, help_all);
            return std::optional<int>(kYes);
        }
        return complaint(world, app, arguments, fault, variable);
    }
    if (!help && !help_all && !once) return once.error();
    if (pages->parsed()) {
        TRY(answer_help(world, app, manual, topic));
        return std::optional<int>(kYes);
    }
    if (help || help_all) {
        print_help(world, app, manual, help_all);
        return std::optional<int>(kYes);
    }
    if (version) {
        *world.out << world.name << ' ' << GW_VERSION << '\n' << library_versions();
        return std::optional<int>(kYes);
    }
    if (completions->parsed()) {
        *world.out << TRY(make_completions(app, world.name, shell));
        return std::optional<int>(kYes);
    }
    said.strays = find_strays(world, app, manual);
    if (environment != nullptr) {
        *environment = std::move(said);
        return std::optional<int>();
    }
    for (const StrayVariable& stray : said.strays)
        warn(world, stray.message() + (stray.meant.empty() ? "" : fmt::format(": did you mean {}?", stray.meant)));
    return std::optional<int>();
}

}  // namespace gw::program
