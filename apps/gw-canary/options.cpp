#include "apps/gw-canary/options.h"

#include <fmt/format.h>

#include "apps/support/command_line.h"
#include "libgw/base/text.h"

namespace gw::release {
namespace {

constexpr std::string_view kSynopsis =
    "  gw-canary plan --base 0.5% --detect +0.3pp --rps 50        how long it takes to know\n"
    "  gw-canary sim --base 0.5% --canary 0.9% --rps 50           how often that would go wrong\n"
    "  gw-canary judge --stable FILE --canary FILE | --log FILE   what logs say: 0 promote, 1 roll back, 3 cannot "
    "tell\n"
    "  gw-canary run --steps 5%,10%,25%,50%,100% [WHERE]          a release, step by step, judged in between\n"
    "  gw-canary set PERCENT | promote | abort | status [WHERE]   the share of a gateway that runs\n"
    "  gw-canary split --weight 10% [--sticky cookie:NAME]        whether a splitter does what it says\n"
    "WHERE is --admin unix:PATH|URL of a gw-serve. gw-canary COMMAND -h shows the options of a command.";

constexpr std::string_view kWhere =
    "WHERE: --admin unix:PATH|http://HOST:PORT, or -p N, the gateway's port (8080);\n"
    "       on TCP with --admin-token env:NAME|file:PATH.\n";

using program::one_of;
using program::repeatable;
using program::to_number;

void add_where(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "Gateway";
    app.add_option("--admin", options.admin, "the admin API: unix:PATH or http://HOST:PORT")
        ->type_name("WHERE")
        ->group(kGroup);
    app.add_option("--admin-token", options.admin_token, "its token, on TCP: env:NAME or file:PATH")
        ->type_name("VALUE")
        ->group(kGroup);
    app.add_option("-p,--port", to_number(options.port, 1), "of the gateway whose usual admin socket is meant (8080)")
        ->type_name("N")
        ->group(kGroup);
    app.add_option("--api", options.api, "which, where several have a canary: NAME/STAGE")
        ->type_name("API")
        ->group(kGroup);
}

void add_judging(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "Judging";
    repeatable(
        app.add_option("--metric", options.metrics,
                       "errors, status:429, latency:p99, field:NAME; with ,critical and ,max-worse=0.2pp or 20%"))
        ->type_name("METRIC")
        ->group(kGroup);
    app.add_option("--alpha", options.alpha, "risk of a wrong answer, whenever one looks (5%)")
        ->type_name("P%")
        ->group(kGroup);
    app.add_option("--detect", options.detect, "the smallest harm that matters: +0.3pp or 20%")
        ->type_name("HARM")
        ->group(kGroup);
    app.add_option("--min-samples", to_number(options.min_samples, 1, 1'000'000'000),
                   "requests of each arm, below which nothing is said (10)")
        ->type_name("N")
        ->group(kGroup);
    one_of(app.add_option("--no-data", options.no_data, "what too little data means (inconclusive)"),
           {"inconclusive", "hold", "rollback"})
        ->group(kGroup);
}

void add_output(CLI::App& app, Options& options, const char* json, bool plots) {
    app.add_flag("--json", options.json, json)->group("Output");
    if (plots) app.add_option("--svg", options.svg, "the plot into FILE as well")->type_name("FILE")->group("Output");
    program::add_color(app, options.color, "Output");
}

void add_seed(CLI::App& app, Options& options) {
    app.add_option("--seed", to_number(options.seed), "of chance, to repeat a run; otherwise drawn and printed")
        ->type_name("N")
        ->group("Requests");
}

/// The requests of plan and sim.
void add_thought(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "Requests";
    app.add_option("--base", options.base, "part of stable's requests that go badly: 0.5%")
        ->type_name("P%")
        ->group(kGroup);
    app.add_option("--rps", options.rps, "requests a second, of both arms: 50")->type_name("N")->group(kGroup);
    app.add_option("--weights", options.weights, "shares of the canary, one after the other (5,10,25,50)")
        ->type_name("P,...")
        ->group(kGroup);
    add_seed(app, options);
}

void add_times(CLI::App& app, Options& options, const char* every, const char* max) {
    app.add_option("--every", options.every, every)->type_name("TIME")->group("Steps");
    app.add_option("--max", options.max, max)->type_name("TIME")->group("Steps");
}

void declare_plan(CLI::App& app, Options& options) {
    add_thought(app, options);
    app.add_option("--detect", options.detect, "the harm that is to be found: +0.3pp or 20%")
        ->type_name("HARM")
        ->group("Judging");
    app.add_option("--alpha", options.alpha, "risk of a wrong answer, whenever one looks (5%)")
        ->type_name("P%")
        ->group("Judging");
    app.add_option("--power", options.power, "part of the releases for which the answer is to be there (80%)")
        ->type_name("P%")
        ->group("Judging");
    app.add_option("--max", options.max, "what can be found in that time is told as well (30m)")
        ->type_name("TIME")
        ->group("Steps");
    add_output(app, options, "one JSON document", false);
}

void declare_sim(CLI::App& app, Options& options) {
    add_thought(app, options);
    app.add_option("--canary", options.canary_rate, "part of the canary's requests that go badly: 0.9%")
        ->type_name("P%")
        ->group("Requests");
    app.add_option("--runs", to_number(options.runs, 1, 1'000'000'000), "releases that are simulated (10000)")
        ->type_name("N")
        ->group("Requests");
    app.add_option("--method", options.methods, "how is judged (msprt,gst,naive,mannwhitney: each)")
        ->type_name("NAME,...")
        ->group("Judging");
    app.add_option("--alpha", options.alpha, "risk of a wrong answer (5%)")->type_name("P%")->group("Judging");
    app.add_option("--detect", options.detect, "the smallest harm that matters: +0.3pp or 20%")
        ->type_name("HARM")
        ->group("Judging");
    add_times(app, options, "how often is looked, and a step taken (30s)", "when it ends without an answer (30m)");
    add_output(app, options, "one JSON document", true);
}

void declare_judge(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "Logs";
    app.add_option("--stable", options.stable_file,
                   "what stable answered: an access log, also gzipped; - is standard input")
        ->type_name("FILE")
        ->group(kGroup);
    app.add_option("--canary", options.canary_file, "what the canary answered")->type_name("FILE")->group(kGroup);
    app.add_option("--log", options.log, "what both answered")->type_name("FILE")->group(kGroup);
    app.add_option("--arm-field", options.arm_field, "of that log: which arm answered (canary)")
        ->type_name("NAME")
        ->group(kGroup);
    app.add_option("--arm-value", options.arm_value, "what it says of the canary; else true, canary, 1 or yes")
        ->type_name("TEXT")
        ->group(kGroup);
    program::add_log_format(app, options.format, "of the logs (auto)", kGroup);
    app.add_option("--time-field", options.time_field, "when a request came")->type_name("NAME")->group(kGroup);
    app.add_option("--latency-field", options.latency_field, "how long it took; with its unit: took:ms")
        ->type_name("NAME[:UNIT]")
        ->group(kGroup);
    app.add_option("--weight", options.weight, "what the canary was to get; then the split is judged too")
        ->type_name("P%")
        ->group(kGroup);
    add_judging(app, options);
    add_output(app, options, "one JSON document", true);
}

void declare_run(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "Steps";
    add_where(app, options);
    app.add_option("--steps", options.steps, "shares, one after the other; the last look is at the largest below 100%")
        ->type_name("P%,...")
        ->group(kGroup);
    add_times(app, options, "how often is looked, and a step taken (30s)", "when it ends without an answer (30m)");
    app.add_option("--on-promote", options.on_promote, "for the shell, once the canary is promoted")
        ->type_name("CMD")
        ->group(kGroup);
    app.add_option("--on-rollback", options.on_rollback, "for the shell, once it is rolled back")
        ->type_name("CMD")
        ->group(kGroup);
    app.add_flag("--dry-run", options.dry_run, "look and judge at the share that is, and change nothing")
        ->group(kGroup);
    add_judging(app, options);
    add_output(app, options, "a JSON document a line, one for each look", true);
}

void declare_set(CLI::App& app, Options& options) {
    app.add_option("share", options.share, "PERCENT");
    add_where(app, options);
    add_output(app, options, "one JSON document", false);
}

void declare_order(CLI::App& app, Options& options) {
    add_where(app, options);
    add_output(app, options, "one JSON document", false);
}

void declare_split(CLI::App& app, Options& options) {
    app.add_option("--weight", options.weight, "the canary's share: 10%")->type_name("P%")->group("Requests");
    app.add_option("--sticky", options.sticky, "what holds a client: cookie:NAME, ip, claim:NAME, header:NAME")
        ->type_name("WHAT")
        ->group("Requests");
    app.add_option("-n,--n", to_number(options.clients, 1, 1'000'000'000),
                   "clients, or requests without --sticky (100000)")
        ->type_name("N")
        ->group("Requests");
    add_seed(app, options);
    add_output(app, options, "one JSON document", false);
}

Error no_command(const CLI::App& app, const std::vector<std::string>& words) {
    if (words.empty()) return Error{Errc::usage, "there is no command", "gw-canary -h lists them", {}};
    std::vector<std::string_view> commands;
    for (const CLI::App* command : app.get_subcommands({}))
        if (!command->get_group().empty()) commands.push_back(command->get_name());
    const std::string_view near = closest(words.front(), commands);
    return Error{Errc::usage,
                 fmt::format("there is no command '{}'", words.front().substr(0, 32)),
                 near.empty() ? "gw-canary -h lists them" : fmt::format("did you mean {}?", near),
                 {}};
}

/// What a command cannot do without, or not with.
Result<void> check(const Options& options) {
    const auto usage = [](std::string message, std::string hint) {
        return Error{Errc::usage, std::move(message), std::move(hint), {}};
    };
    if (options.command == Command::judge) {
        const bool two = !options.stable_file.empty() || !options.canary_file.empty();
        if (two && !options.log.empty())
            return usage("--log is of both arms, --stable and --canary are of one each", "give the one or the others");
        if (!two && options.log.empty()) return usage("there is no log", "--stable FILE --canary FILE, or --log FILE");
        if (two && (options.stable_file.empty() || options.canary_file.empty()))
            return usage(options.stable_file.empty() ? "--stable is missing" : "--canary is missing",
                         "what is compared are two logs");
        if (two && options.stable_file == options.canary_file)
            return usage("--stable and --canary are the same file", "--log FILE --arm-field NAME for one of both arms");
        if (two && (!options.arm_field.empty() || !options.arm_value.empty()))
            return usage("--arm-field and --arm-value are about one log of both arms", "--log FILE");
    }
    if (options.command == Command::run && options.steps.empty())
        return usage("there are no steps", "--steps 5%,10%,25%,50%,100%");
    if (options.command == Command::set && options.share.empty())
        return usage("there is no share", "gw-canary set 25%");
    if (options.command == Command::split && options.weight.empty()) return usage("there is no share", "--weight 10%");
    const bool thought = options.command == Command::plan || options.command == Command::sim;
    if (thought && options.base.empty()) return usage("there is no base rate", "--base 0.5%");
    if (thought && options.rps.empty()) return usage("it is not said how many requests there are", "--rps 50");
    if (options.command == Command::plan && options.detect.empty())
        return usage("it is not said what is to be found", "--detect +0.3pp");
    if (options.command == Command::sim && options.canary_rate.empty())
        return usage("there is no rate of the canary", "--canary 0.9%");
    if (options.port && !options.admin.empty()) return usage("-p and --admin exclude each other", "");
    return ok();
}

constexpr std::string_view kJudge =
    "  gw-canary judge --stable FILE --canary FILE [--metric METRIC]...\n"
    "  gw-canary judge --log FILE --arm-field NAME [--metric METRIC]...\n"
    "Without --metric: errors,critical and, where the log has latencies, latency:p99.\n"
    "Exit: 0 promote, 1 roll back, 3 cannot tell, 4 a log cannot be read, 5 the split is broken.";
constexpr std::string_view kRun =
    "  gw-canary run --steps 5%,10%,25%,50%,100% [--every 30s] [--max 30m] [WHERE]\n"
    "Each look takes the next step unless something speaks against it; at the last one it waits for the answer.\n"
    "Exit: 0 promoted, 1 rolled back, 3 cannot tell, 4 the gateway is not there, 5 the split is broken, or a token is\n"
    "      wanted; 130 interrupted: the share stays.";

}  // namespace

Result<std::optional<int>> parse_options(program::World& world, Options& options) {
    CLI::App app("gw-canary: releases a second version on a share of the requests, and judges it");
    app.require_subcommand(0, 1);
    std::vector<std::string> words;
    app.add_option("words", words)->group("");
    program::Manual manual;
    manual.synopsis = kSynopsis;
    manual.examples = {"gw-canary plan --base 0.5% --detect +0.3pp --rps 50",
                       "gw-canary judge --log access.log --metric errors,critical,max-worse=0.2pp --metric latency:p99",
                       "gw-canary run --admin unix:/run/gw/admin.sock --steps 5%,25%,50%,100% --every 1m"};
    manual.short_options = {"help", "help-all", "version"};
    const std::string where(kWhere);
    const std::string run = std::string(kRun) + "\n" + where.substr(0, where.size() - 1);
    const std::string set =
        "  gw-canary set PERCENT [WHERE]\nA new share starts again what was promoted or aborted.\n" + where +
        "Exit: 0 done, 1 refused, 4 the gateway is not there, 5 it wants a token.";
    const std::string promote = "  gw-canary promote [WHERE]\nEverybody meets the canary, whatever held them.\n" +
                                where + "Exit: 0 done, 1 refused, 4 the gateway is not there, 5 it wants a token.";
    const std::string abort = "  gw-canary abort [WHERE]\nNobody meets the canary.\n" + where +
                              "Exit: 0 done, 1 refused, 4 the gateway is not there, 5 it wants a token.";
    const std::string status =
        "  gw-canary status [WHERE]\n" + where + "Exit: 0 done, 4 the gateway is not there, 5 it wants a token.";
    const auto add = [&](const char* name, const char* help, Command which, std::string_view synopsis,
                         std::vector<std::string> examples, void (*declare)(CLI::App&, Options&)) {
        declare(*program::add_command(app, options.command, name, help, which), options);
        manual.commands.push_back({name, synopsis, std::move(examples)});
    };
    add("plan", "how long it takes to know", Command::plan,
        "  gw-canary plan --base 0.5% --detect +0.3pp --rps 50 [--weights 5,10,25,50] [--alpha 5%] [--power 80%]\n"
        "For each share: requests and time until such harm is rolled back, and a canary without any is promoted.",
        {"gw-canary plan --base 0.5% --detect +0.3pp --rps 50",
         "gw-canary plan --base 2% --detect 20% --rps 500 --json"},
        declare_plan);
    add("sim", "how often that would go wrong", Command::sim,
        "  gw-canary sim --base 0.5% --canary 0.9% --rps 50 [--weights 5,10,25,50] [--runs 10000] [--method NAME,...]\n"
        "The procedure of run, thousands of times: with this canary, and with one that is like stable.",
        {"gw-canary sim --base 0.5% --canary 0.9% --rps 50",
         "gw-canary sim --base 1% --canary 1% --rps 200 --every 1m --max 2h --method msprt,naive"},
        declare_sim);
    add("judge", "what logs say", Command::judge, kJudge,
        {"gw-canary judge --stable v1.log --canary v2.log --metric errors --metric latency:p95,max-worse=20%",
         "gw-canary judge --log access.log --arm-field upstream_addr --arm-value 10.0.0.7:80 --format nginx",
         "gw-canary judge --log access.log.gz --weight 10% --json"},
        declare_judge);
    add("run", "a release, step by step", Command::run, run,
        {"gw-canary run --steps 5%,10%,25%,50%,100% --on-rollback 'notify \"$GW_RELEASE_WHY\"'",
         "gw-canary run -p 9000 --steps 10%,50% --every 10s --max 10m --metric errors,critical,max-worse=0.5pp",
         "gw-canary run --steps 10%,50% --dry-run"},
        declare_run);
    add("set", "give the canary a share", Command::set, set, {"gw-canary set 25% -p 9000"}, declare_set);
    add("promote", "send everybody to the canary", Command::promote, promote, {"gw-canary promote"}, declare_order);
    add("abort", "send nobody to the canary", Command::abort, abort,
        {"gw-canary abort --admin http://127.0.0.1:9901 --admin-token env:ADMIN"}, declare_order);
    add("status", "share, phase and counts", Command::status, status,
        {"gw-canary status", "gw-canary status --json | jq '.canaries[].canary.requests'"}, declare_order);
    add("split", "whether a splitter does what it says", Command::split,
        "  gw-canary split --weight 10% [--sticky cookie:NAME] [-n 100000]\n"
        "gw-serve's own splitter: shares, whether clients stay, whether more share moves any back, the sample ratio.\n"
        "Exit: 0 it does, 1 clients do not stay, 5 the ratio is not the share.",
        {"gw-canary split --weight 10% --sticky cookie:sid", "gw-canary split --weight 0.5% -n 1000000"},
        declare_split);
    auto done = TRY(program::parse(world, app, manual, world.arguments));
    if (done) return done;
    if (options.command == Command::none) return no_command(app, words);
    if (!words.empty())
        return Error{Errc::usage, fmt::format("unexpected argument {}", words.front()), "see gw-canary -h", {}};
    TRY(check(options));
    return done;
}

}  // namespace gw::release
