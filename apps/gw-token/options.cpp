#include "apps/gw-token/options.h"

#include <algorithm>

#include <fmt/format.h>

#include "apps/gw-token/declare.h"
#include "libgw/base/text.h"

namespace gw::token {
namespace {

const std::string_view kSynopsis =
    "  gw-token mint [CLAIMS-JSON] [-k KEY] [--like KIND] [-c NAME=VALUE]... [--bad NAME|all]\n"
    "  gw-token verify TOKEN|- [--issuer URL | --jwks URL|@FILE | -k KEY] [--aud A]...\n"
    "  gw-token decode TOKEN|-                    show it without judging it\n"
    "  gw-token key new|pub|jwks|convert|thumb    keys\n"
    "  gw-token serve [-p 9000] [--user USER]... [--rotate TIME] [--cognito POOL_ID]\n"
    "                                             a test issuer\n"
    "  gw-token sigv4 sign|presign|verify|explain|env [METHOD] URL [-H][-d]\n"
    "  gw-token apikey new|hash|check             API keys\n"
    "  gw-token policy POLICY... --action A --resource ARN [--principal P] [--context KEY=VALUE]...\n"
    "  gw-token bench                             how fast it is here\n"
    "gw-token COMMAND -h shows the options of a command.";

/// A word that is no command, with what was likely meant.
Error no_command(const CLI::App& app, const std::vector<std::string>& words) {
    if (words.empty()) return Error{Errc::usage, "there is no command", "gw-token -h lists them", {}};
    std::vector<std::string_view> commands;
    for (const CLI::App* command : app.get_subcommands({}))
        if (!command->get_group().empty()) commands.push_back(command->get_name());
    const std::string_view near = closest(words.front(), commands);
    std::string hint = "gw-token -h lists them";
    if (!near.empty()) hint = fmt::format("did you mean {}?", near);
    if (std::count(words.front().begin(), words.front().end(), '.') == 2)
        hint = "a token is read by gw-token decode and judged by gw-token verify";
    return Error{Errc::usage,
                 words.front().size() > 32 ? std::string("there is no such command")
                                           : fmt::format("there is no command '{}'", words.front()),
                 std::move(hint),
                 {}};
}

}  // namespace

void refuse_empty_values(CLI::App& command, const std::vector<std::string>& but) {
    const auto refuse = [](std::string& text) { return text.empty() ? std::string("is empty") : std::string(); };
    for (CLI::Option* option : command.get_options()) {
        const bool is_flag = option->get_expected_max() == 0;
        if (option->get_positional() || is_flag || option->get_lnames().empty()) continue;
        if (std::find(but.begin(), but.end(), option->get_lnames().front()) == but.end())
            option->check(CLI::Validator(refuse, ""));
    }
}

Result<std::optional<int>> parse_options(program::World& world, Options& options) {
    CLI::App app("gw-token: tokens, keys and signatures from the shell");
    app.require_subcommand(0, 1);  // the second word of "sigv4 verify" is no command of its own
    std::vector<std::string> words;
    app.add_option("words", words)->group("");
    app.add_flag("--json", options.json, "answer as JSON")->group("Output");
    program::add_color(app, options.color, "Output");
    program::Manual manual;
    manual.synopsis = kSynopsis;
    manual.examples = {"gw-token mint -c sub=alice > token.txt", "gw-token verify - -k gw-test-key.jwk < token.txt",
                       "gw-token decode - < token.txt"};
    manual.short_options = {"json", "color", "help", "help-all", "version"};
    declare_tokens(app, options, manual);
    declare_issuer(app, options, manual);
    declare_requests(app, options, manual);
    auto done = TRY(program::parse(world, app, manual, world.arguments));
    if (done) return done;
    if (options.command == Command::none) return no_command(app, words);
    if (!words.empty())
        return Error{Errc::usage, fmt::format("unexpected argument {}", words.front()), "see gw-token -h", {}};
    return done;
}

}  // namespace gw::token
