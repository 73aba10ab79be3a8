#include "apps/gw-throttle-sim/options.h"

#include <algorithm>

#include <fmt/format.h>

#include "apps/support/command_line.h"
#include "libgw/base/text.h"

namespace gw::sim {
namespace {

constexpr std::string_view kSynopsis =
    "  gw-throttle-sim run LIMITS TRAFFIC [--fail-if EXPR]   what gw-serve would refuse\n"
    "  gw-throttle-sim compare LIMITS TRAFFIC [--algo LIST]   a token bucket and other algorithms\n"
    "  gw-throttle-sim explain --rate R --burst B [-n 40]     the bucket, request by request\n"
    "  gw-throttle-sim fit --log FILE [--by key|ip|claim:X]   limits that a log would have kept\n"
    "  gw-throttle-sim probe --log FILE                       a server's limits from its 200s and 429s\n"
    "gw-throttle-sim COMMAND -h shows the options of a command.";

constexpr std::string_view kRun =
    "  gw-throttle-sim run LIMITS TRAFFIC\n"
    "LIMITS are gw-serve's: --rate and --burst, --plan, --layer, or a whole file with -c.\n"
    "TRAFFIC is --traffic 'SPEC', or --log FILE. SPEC: 50/s@30s | poisson 80/s@5m | ramp 0..500/s@2m |\n"
    "sine 100/s +-50/s period 1m @10m | spike 1000 at 60s | clients 50 think 1s retry 3 backoff 100ms*2 jitter @10m,\n"
    "one after the other with ',' and at the same time with '+'; who sends: key NAME, keys N, plan NAME, route KEY.";

using program::repeatable;
using program::to_number;

void add_rate(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "Limits";
    app.add_option("--rate", options.rate, "so many requests in a time: 100/s, 600/m")
        ->type_name("RATE")
        ->group(kGroup);
    app.add_option("--burst", options.burst, "how many may come at once; default: what RATE brings in a second")
        ->type_name("N")
        ->group(kGroup);
}

void add_limits(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "Limits";
    add_rate(app, options);
    app.add_option("--throttle-by", options.throttle_by,
                   "who shares a bucket: route, stage, ip, key, claim:NAME, header:NAME (route)")
        ->type_name("WHAT")
        ->group(kGroup);
    repeatable(app.add_option("--plan", options.plans, "NAME:rate=10/s,burst=20,quota=10000/day: for each API key"))
        ->type_name("PLAN")
        ->group(kGroup);
    repeatable(
        app.add_option("--layer", options.layers, "account:RATE,BURST, stage:RATE,BURST or route:KEY:RATE,BURST"))
        ->type_name("LAYER")
        ->group(kGroup);
    app.add_option("-c,--config", options.config, "gw-serve's own file")->type_name("FILE")->group(kGroup);
}

void add_traffic(CLI::App& app, Options& options) {
    app.add_option("--traffic", options.traffic, "requests that are only thought of")
        ->type_name("SPEC")
        ->group("Requests");
    app.add_option("--seed", to_number(options.seed), "of chance, to repeat a run; otherwise drawn and printed")
        ->type_name("N")
        ->group("Requests");
}

void add_log(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "Requests";
    app.add_option("--log", options.log, "an access log, also gzipped; - is standard input")
        ->type_name("FILE")
        ->group(kGroup);
    program::add_log_format(app, options.format, "of the log (auto)", kGroup);
    app.add_option("--time-field", options.time_field, "of a log as JSON or CSV: when a request came")
        ->type_name("NAME")
        ->group(kGroup);
    app.add_option("--key-field", options.key_field, "of a log as JSON or CSV: who sent it")
        ->type_name("NAME")
        ->group(kGroup);
}

void add_output(CLI::App& app, Options& options) {
    app.add_flag("--json", options.json, "answer as JSON")->group("Output");
    program::add_color(app, options.color, "Output");
}

void declare_run(CLI::App& app, Options& options) {
    add_limits(app, options);
    app.add_option("--nodes", to_number(options.nodes, 1, 1000),
                   "so many gateways share the limits through Redis, and get requests in turn")
        ->type_name("N")
        ->group("Limits");
    add_traffic(app, options);
    add_log(app, options);
    app.add_option("--speed", options.speed, "replay a log so many times as fast (1)")
        ->type_name("N")
        ->group("Requests");
    repeatable(app.add_option("--fail-if", options.fail_if, "exit 1 when it holds: 'rejected > 1%'"))
        ->type_name("EXPR")
        ->group("Output");
    app.add_flag("--csv", options.csv, "a line for each bin of time")->group("Output");
    app.add_option("--svg", options.svg, "the plot into FILE as well")->type_name("FILE")->group("Output");
    app.add_flag("--per-key", options.per_key, "a line for each key, client or route too")->group("Output");
    app.add_option("--bin", options.bin, "how long a bin of time is; with --json they are listed")
        ->type_name("TIME")
        ->group("Output");
    add_output(app, options);
}

void declare_compare(CLI::App& app, Options& options) {
    add_limits(app, options);
    add_traffic(app, options);
    add_log(app, options);
    app.add_option("--algo", options.algorithms, "which (token,gcra,fixed,sliding,leaky)")
        ->type_name("NAME,...")
        ->group("Limits");
    add_output(app, options);
}

void declare_explain(CLI::App& app, Options& options) {
    add_rate(app, options);
    add_traffic(app, options);
    app.add_option("-n,--ticks", to_number(options.ticks, 1, 100'000), "lines (20)")->type_name("N")->group("Output");
    add_output(app, options);
}

void declare_fit(CLI::App& app, Options& options) {
    add_log(app, options);
    app.add_option("--by", options.by, "who gets a bucket: key, ip, claim:NAME; without it one for all")
        ->type_name("WHAT")
        ->group("Limits");
    app.add_option("--max-reject", options.max_reject, "share of requests that it may cost (0.1%)")
        ->type_name("P%")
        ->group("Limits");
    app.add_flag("--yaml", options.yaml, "a configuration that gw-serve loads")->group("Output");
    app.add_flag("--aws", options.aws, "JSON for aws apigateway update-usage-plan")->group("Output");
    add_output(app, options);
}

void declare_probe(CLI::App& app, Options& options) {
    add_log(app, options);
    add_output(app, options);
}

Error no_command(const CLI::App& app, const std::vector<std::string>& words) {
    if (words.empty()) return Error{Errc::usage, "there is no command", "gw-throttle-sim -h lists them", {}};
    std::vector<std::string_view> commands;
    for (const CLI::App* command : app.get_subcommands({}))
        if (!command->get_group().empty()) commands.push_back(command->get_name());
    const std::string_view near = closest(words.front(), commands);
    return Error{Errc::usage,
                 fmt::format("there is no command '{}'", words.front().substr(0, 32)),
                 near.empty() ? "gw-throttle-sim -h lists them" : fmt::format("did you mean {}?", near),
                 {}};
}

/// What a command cannot do without, or not with.
Result<void> check(const Options& options) {
    const bool log = !options.log.empty();
    const auto usage = [](std::string message, std::string hint) {
        return Error{Errc::usage, std::move(message), std::move(hint), {}};
    };
    const bool reads_log = options.command == Command::fit || options.command == Command::probe;
    if (reads_log && !log) return usage("there is no log", "--log access.log, or - for standard input");
    if (options.command == Command::run || options.command == Command::compare) {
        if (log && !options.traffic.empty()) return usage("--traffic and --log exclude each other", "");
        if (!log && options.traffic.empty())
            return usage("there is no traffic", "--traffic 'poisson 80/s@5m', or --log access.log");
    }
    if (!log && (options.format != "auto" || !options.time_field.empty() || !options.key_field.empty() ||
                 !options.speed.empty()))
        return usage("--format, --time-field, --key-field and --speed are about a log", "--log access.log");
    if (log && options.seed) return usage("--seed is about chance, of which a log has none", "");
    return ok();
}

}  // namespace

Result<std::optional<int>> parse_options(program::World& world, Options& options) {
    CLI::App app("gw-throttle-sim: tries gw-serve's limits on traffic that did not come yet, or came before");
    app.require_subcommand(0, 1);
    std::vector<std::string> words;
    app.add_option("words", words)->group("");
    program::Manual manual;
    manual.synopsis = kSynopsis;
    manual.examples = {"gw-throttle-sim run --rate 100/s --burst 200 --traffic 'poisson 80/s@5m + spike 1000 at 60s'",
                       "gw-throttle-sim fit --log access.log --by ip --yaml > gw.yaml",
                       "gw-throttle-sim run -c gw.yaml --log access.log.gz --fail-if 'rejected > 1%'"};
    manual.short_options = {"help", "help-all", "version"};
    const auto add = [&](const char* name, const char* help, Command which, std::string_view synopsis,
                         std::vector<std::string> examples, void (*declare)(CLI::App&, Options&)) {
        declare(*program::add_command(app, options.command, name, help, which), options);
        manual.commands.push_back({name, synopsis, std::move(examples)});
    };
    add("run", "what gw-serve would refuse", Command::run, kRun,
        {"gw-throttle-sim run --rate 100/s --burst 200 --traffic 'ramp 0..500/s@2m'",
         "gw-throttle-sim run --plan gold:rate=10/s,burst=20 --traffic '20/s@1m key alice + 5/s@1m key bob' --per-key",
         "gw-throttle-sim run -c gw.yaml --log access.log --fail-if 'key.*.rejected > 5%'"},
        declare_run);
    add("compare", "a token bucket and other algorithms", Command::compare,
        "  gw-throttle-sim compare LIMITS TRAFFIC [--algo token,gcra,fixed,sliding,leaky]\n"
        "Every limit is held by the algorithm; quotas are counted as ever. LIMITS and TRAFFIC are those of run.",
        {"gw-throttle-sim compare --rate 10/s --burst 20 --traffic 'spike 40 at 2s + poisson 8/s@1m'"},
        declare_compare);
    add("explain", "the bucket, request by request", Command::explain,
        "  gw-throttle-sim explain --rate R --burst B [-n 40] [--traffic SPEC]\n"
        "Without SPEC: the burst at once, and from then on twice the rate.",
        {"gw-throttle-sim explain --rate 2/s --burst 4"}, declare_explain);
    add("fit", "limits that a log would have kept", Command::fit,
        "  gw-throttle-sim fit --log FILE [--by key|ip|claim:NAME] [--max-reject 0.1%] [--yaml|--aws]\n"
        "Of all limits that refuse no more than that, the one that lets the fewest requests through in any minute.",
        {"gw-throttle-sim fit --log access.log --by ip",
         "gw-throttle-sim fit --log access.log --by key --yaml > gw.yaml"},
        declare_fit);
    add("probe", "a server's limits from its 200s and 429s", Command::probe,
        "  gw-throttle-sim probe --log FILE\n"
        "The log is of one client of the server, or of all that share a limit.",
        {"gw-throttle-sim probe --log answers.json --time-field sent"}, declare_probe);
    auto done = TRY(program::parse(world, app, manual, world.arguments));
    if (done) return done;
    if (options.command == Command::none) return no_command(app, words);
    if (!words.empty())
        return Error{Errc::usage, fmt::format("unexpected argument {}", words.front()), "see gw-throttle-sim -h", {}};
    TRY(check(options));
    return done;
}

}  // namespace gw::sim
