#include "apps/support/command_line.h"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "libgw/base/text.h"

namespace gw::program {
namespace {

std::string environment_name(std::string_view program, std::string_view option) {
    std::string name = std::string(program) + "_" + std::string(option);
    for (char& c : name) c = c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return name;
}

std::string long_name(const CLI::Option& option) {
    return option.get_lnames().empty() ? std::string() : option.get_lnames().front();
}

void take_environment(const World& world, CLI::App& app) {
    for (CLI::Option* option : app.get_options()) {
        const std::string name = long_name(*option);
        if (name.empty() || option->count() > 0 || name == "help" || name == "help-all" || name == "version") continue;
        const auto value = world.environment(environment_name(world.name, name));
        if (!value || value->empty()) continue;
        if (option->get_expected_max() > 1) {
            for (const std::string_view item : split(*value, ',')) option->add_result(std::string(item));
        } else {
            option->add_result(*value);
        }
        option->run_callback();
    }
}

std::string option_line(const CLI::Option& option) {
    std::string names;
    for (const std::string& name : option.get_snames()) names += "-" + name + ", ";
    for (const std::string& name : option.get_lnames()) names += "--" + name + ", ";
    if (names.size() >= 2) names.resize(names.size() - 2);
    if (option.get_expected_max() > 0 && !option.get_type_name().empty()) names += " " + option.get_type_name();
    if (option.get_expected_max() > 1) names += "...";
    return fmt::format("  {:<34} {}\n", names, option.get_description());
}

/// The options in their groups, a group where its first option stands; or those of `only`, without groups.
void print_options(std::ostream& out, const CLI::App& app, const std::vector<std::string>* only) {
    std::vector<std::string> groups;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional() || option->get_group().empty()) continue;
        if (only != nullptr) {
            if (std::find(only->begin(), only->end(), long_name(*option)) != only->end()) out << option_line(*option);
        } else if (std::find(groups.begin(), groups.end(), option->get_group()) == groups.end()) {
            groups.push_back(option->get_group());
        }
    }
    for (const std::string& group : groups) {
        out << '\n' << group << '\n';
        for (const CLI::Option* option : app.get_options())
            if (!option->get_positional() && option->get_group() == group) out << option_line(*option);
    }
}

/// An option that may be repeated takes one value each time: what follows is a ROUTE. Of one that has a single value
/// the last counts, as with curl.
void take_one_value_each(CLI::App& app) {
    for (CLI::Option* option : app.get_options()) {
        if (option->get_positional()) continue;
        option->allow_extra_args(false);
        if (option->get_multi_option_policy() == CLI::MultiOptionPolicy::Throw) option->take_last();
    }
    for (CLI::App* command : app.get_subcommands({})) take_one_value_each(*command);
}

void print_help(World& world, const CLI::App& app, const Manual& manual, bool all) {
    std::ostream& out = *world.out;
    out << app.get_description() << "\n\nUsage\n" << manual.synopsis << '\n';
    if (!all) out << "\nOptions\n";
    print_options(out, app, all ? nullptr : &manual.short_options);
    for (const CLI::App* command : app.get_subcommands({})) {
        if (!all || command->get_group().empty()) continue;
        out << '\n' << world.name << ' ' << command->get_name() << "   " << command->get_description() << '\n';
        print_options(out, *command, nullptr);
    }
    out << "\nExamples\n";
    for (const std::string& example : manual.examples) out << "  " << example << '\n';
    out << (all ? fmt::format("\nMore: man {}\n", world.name)
                : fmt::format("\nAll options: {} --help-all; more: man {}\n", world.name, world.name));
}

}  // namespace

Result<std::optional<int>> parse(World& world, CLI::App& app, const Manual& manual,
                                 const std::vector<std::string>& arguments) {
    bool help = false;
    bool help_all = false;
    bool version = false;
    app.set_help_flag();
    app.add_flag("-h,--help", help, "this help, one screen")->group("Help");
    app.add_flag("--help-all", help_all, "every option")->group("Help");
    app.add_flag("--version", version, "version, and those of the libraries")->group("Help");
    std::string shell;
    CLI::App* completions = app.add_subcommand("completions", "prints completions for bash, zsh or fish")->group("");
    completions->set_help_flag();
    completions->add_option("shell", shell);
    take_one_value_each(app);
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
        app.parse(reversed);
        take_environment(world, app);
    } catch (const CLI::ParseError& fault) {
        if (help || help_all) {
            print_help(world, app, manual, help_all);
            return std::optional<int>(kYes);
        }
        std::string message = fault.what();
        if (!message.empty() && message[0] >= 'A' && message[0] <= 'Z')
            message[0] = static_cast<char>(message[0] | 0x20);
        while (!message.empty() && (message.back() == '.' || message.back() == '\n')) message.pop_back();
        // a word that is nearly an option
        std::string hint = fmt::format("see {} --help", world.name);
        for (const std::string& argument : arguments) {
            if (!argument.starts_with("--") ||
                message.find(argument.substr(0, argument.find('='))) == std::string::npos)
                continue;
            std::vector<std::string_view> names;
            for (const CLI::Option* option : app.get_options())
                for (const std::string& name : option->get_lnames()) names.push_back(name);
            const auto near = closest(std::string_view(argument).substr(2, argument.find('=') - 2), names);
            if (!near.empty()) hint = fmt::format("did you mean --{}? See {} --help", near, world.name);
            message = fmt::format("unknown option {}", argument.substr(0, argument.find('=')));
        }
        return Error{Errc::usage, message, hint, {}};
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
    return std::optional<int>();
}

}  // namespace gw::program
