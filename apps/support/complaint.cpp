#include "apps/support/complaint.h"

#include <algorithm>

#include <fmt/format.h>

#include "libgw/base/text.h"

namespace gw::program {
namespace {

/// The options of the app, then those of the commands that were given.
void collect_options(const CLI::App& app, std::vector<const CLI::Option*>& into) {
    for (const CLI::Option* option : app.get_options()) into.push_back(option);
    for (const CLI::App* command : app.get_subcommands()) collect_options(*command, into);
}

/// Whether a name stands in a text, and not only the beginning of a longer one.
bool names(std::string_view text, std::string_view name) {
    const auto goes_on = [&](std::size_t at) { return at < text.size() && (is_alpha(text[at]) || text[at] == '-'); };
    for (auto at = text.find(name); at != text.npos; at = text.find(name, at + 1))
        if ((at == 0 || !goes_on(at - 1)) && !goes_on(at + name.size())) return true;
    return false;
}

/// A command may have an option of the same name as the program: the one that was given a value is meant, or else the
/// command's.
const CLI::Option* find_option(const std::vector<const CLI::Option*>& options, std::string_view message) {
    const CLI::Option* found = nullptr;
    for (const CLI::Option* option : options) {
        const std::string name = name_of(*option);
        if (name.empty() || !names(message, name)) continue;
        if (found == nullptr || found->results().empty()) found = option;
    }
    return found;
}

Error unknown_option(const World& world, const std::vector<const CLI::Option*>& options, std::string_view argument) {
    const std::string_view name = argument.substr(0, argument.find('='));
    std::string hint = fmt::format("see {} --help", world.name);
    std::vector<std::string_view> known;
    for (const CLI::Option* option : options)
        for (const std::string& long_name : option->get_lnames()) known.push_back(long_name);
    if (name.starts_with("--"))
        if (const auto near = closest(name.substr(2), known); !near.empty())
            hint = fmt::format("did you mean --{}? See {} --help", near, world.name);
    return Error{Errc::usage, fmt::format("unknown option {}", name), std::move(hint), {}};
}

}  // namespace

std::string name_of(const CLI::Option& option) {
    if (!option.get_lnames().empty()) return "--" + option.get_lnames().front();
    return option.get_snames().empty() ? std::string() : "-" + option.get_snames().front();
}

std::string usage_of(const CLI::Option& option) {
    return fmt::format("{} {}: {}", name_of(option), option.get_type_name(), option.get_description());
}

Error complaint(const World& world, const CLI::App& app, const std::vector<std::string>& arguments,
                const CLI::ParseError& fault, const std::string& variable) {
    std::string message = fault.what();
    std::vector<const CLI::Option*> options;
    collect_options(app, options);
    if (dynamic_cast<const CLI::ExtrasError*>(&fault) != nullptr) {
        const auto is_unknown = [&](const std::string& argument) {
            return argument.size() > 1 && argument[0] == '-' && message.find(argument) != std::string::npos;
        };
        if (const auto unknown = std::find_if(arguments.begin(), arguments.end(), is_unknown);
            unknown != arguments.end())
            return unknown_option(world, options, *unknown);
        if (const auto colon = message.rfind(": "); colon != std::string::npos)
            return Error{Errc::usage,
                         fmt::format("unexpected argument {}", message.substr(colon + 2)),
                         fmt::format("see {} --help", world.name),
                         {}};
    }
    if (const CLI::Option* option = find_option(options, message); option != nullptr) {
        const std::string name = variable.empty() ? name_of(*option) : variable;
        const std::vector<std::string>& given = option->results();
        if (option->get_expected_max() == 0)
            return Error{Errc::usage,
                         variable.empty() ? fmt::format("option {} takes no value", name)
                                          : fmt::format("{} is true or false", name),
                         fmt::format("{}: {}", name_of(*option), option->get_description()),
                         {}};
        if (given.empty())
            return Error{Errc::usage, fmt::format("option {} needs a value", name), usage_of(*option), {}};
        const bool by_kubernetes = variable.ends_with("_PORT") && given.back().find("://") != std::string::npos;
        return Error{Errc::usage,
                     fmt::format("'{}' is no value of {}", given.back(), name),
                     by_kubernetes ? fmt::format("Kubernetes sets it where a service is called {0}: call it otherwise, "
                                                 "set enableServiceLinks: false, or say {1}",
                                                 world.name, name_of(*option))
                                   : usage_of(*option),
                     {}};
    }
    if (!message.empty() && message[0] >= 'A' && message[0] <= 'Z') message[0] = static_cast<char>(message[0] | 0x20);
    while (!message.empty() && (message.back() == '.' || message.back() == '\n')) message.pop_back();
    return Error{Errc::usage, message, fmt::format("see {} --help", world.name), {}};
}

}  // namespace gw::program
