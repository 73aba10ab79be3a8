#include "apps/gw-serve/options.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "apps/gw-serve/declare.h"
#include "libgw/base/text.h"

namespace gw::serve {
namespace {

/// A flag that says what a key of the configuration file says.
struct Flag {
    const char* name;
    const char* key;
    const char* value;
    const char* group;
    const char* help;
    bool repeatable = false;
};

/// What was given to each flag of a table, in its order.
using Given = std::vector<std::vector<std::string>>;

constexpr Flag kFlags[] = {
    {"--workers", "workers", "N", "Listen", "threads that serve; default: one per core"},
    {"--max-connections", "limits.maxConnections", "N", "Listen", "open connections from clients; 0: no limit"},
    {"--max-connections-per-client", "limits.maxConnectionsPerClient", "N", "Listen",
     "those of one address (IPv6: one /64); 0: no limit (256)"},
    {"--timeout", "limits.timeout", "TIME", "Traffic", "to the head of a target's answer (29s)"},
    {"--idle-timeout", "limits.idleTimeout", "TIME", "Traffic", "between bytes of an answer afterwards (5m)"},
    {"--max-body", "limits.maxBody", "SIZE", "Traffic", "largest body of a request (10MiB), or none"},
    {"--trust-proxy", "trustProxy", "CIDR", "Traffic", "whose X-Forwarded-* count", true},
    {"--host", "host", "target|keep", "Traffic", "the Host that targets see (target)"},
    {"--upstream-ca", "upstreamTls.ca", "FILE", "Traffic",
     "certificates to verify targets with, PEM; not the system's"},
    {"--cache", "cache", "TIME|http", "Cache", "keep answers for TIME, or as RFC 9111 says (http)"},
    {"--cache-size", "limits.cacheSize", "SIZE", "Cache", "memory for answers (64MiB)"},
    {"--cache-key", "cacheKeyParameters", "PART,...", "Cache",
     "what tells answers apart: path, query:*, header:NAME (path,query:*)"},
    {"--delay", "delay", "TIME[+-TIME]", "Faults", "wait before every request is passed on"},
    {"--fail", "fail", "P%[=STATUS]", "Faults", "answer this share of requests with STATUS (503)"},
    {"--log", "logs.file", "FILE", "Logs", "access log to FILE instead of standard output"},
    {"--metrics", "metrics", "ADDR", "Logs", "serve Prometheus metrics at ADDR/metrics"},
    {"--admin", "admin", "unix:PATH|ADDR|off", "Logs", "where the admin API listens"},
    {"--admin-token", "adminToken", "env:N|file:F", "Logs", "the admin API's token; needed on TCP"},
    {"--state", "state", "FILE", "Canary", "where shares that were set while running are kept over restarts"},
    {"--limits", "throttling.counts", "PLACE", "Limits",
     "where counts live: memory, sqlite:FILE, redis://HOST[:PORT], rediss://HOST"},
    {"--limits-password", "throttling.countsPassword", "env:N|file:F", "Limits", "the database's"},
    {"--limits-gateways", "throttling.gateways", "N", "Limits",
     "gateways that share it; each has its part while it is away (1)"},
    {"--iam-keys", "iam.keys", "FILE", "Who may call", "access keys: KEYID: {secret, principal, policies, ...}"},
    {"--iam-skew", "iam.skew", "TIME", "Who may call", "how far a signature's clock may be off (5m)"},
    {"--region", "region", "NAME", "Names", "for ARNs (us-east-1)"},
    {"--account", "accountId", "ID", "Names", "for ARNs (123456789012)"},
};

/// Flags that say a key of the authorizer `jwt`.
constexpr Flag kTokenFlags[] = {
    {"--jwt", "issuer", "ISSUER", "Who may call", "tokens of this issuer are required; its keys by discovery"},
    {"--jwt-audience", "audience", "AUD", "Who may call", "aud must be one of these; any without it", true},
    {"--jwt-jwks", "jwks", "URL|@FILE", "Who may call", "where its keys are, instead of discovery"},
    {"--jwt-leeway", "leeway", "TIME", "Who may call", "how far its clock may be off (30s)"},
    {"--jwt-alg", "algorithms", "ALG", "Who may call", "allowed (RS256 RS384 RS512); HS* only with @FILE", true},
};

/// Flags that say a key of the api's throttle.
constexpr Flag kThrottleFlags[] = {
    {"--rate", "rateLimit", "RATE", "Limits", "how often each route may be called: 100/s, 600/m"},
    {"--burst", "burstLimit", "N", "Limits", "how many may come at once; default: what RATE brings in a second"},
    {"--throttle-by", "by", "WHAT", "Limits", "who shares a bucket: route, stage, ip, key, claim:NAME, header:NAME"},
};

/// Flags that say a key of the api's corsConfiguration.
constexpr Flag kCorsFlags[] = {
    {"--cors", "allowOrigins", "ORIGIN,...", "CORS", "origins whose pages may call, or '*'; answers to all of theirs",
     true},
    {"--cors-methods", "allowMethods", "METHOD,...", "CORS", "that they may use (those of the matched route)", true},
    {"--cors-headers", "allowHeaders", "NAME,...", "CORS", "that they may send (any asked for)", true},
    {"--cors-expose", "exposeHeaders", "NAME,...", "CORS", "that they may read of answers", true},
    {"--cors-max-age", "maxAge", "TIME", "CORS", "how long browsers remember a preflight"},
};

/// Flags that say a key of the api's canarySettings.
constexpr Flag kCanaryFlags[] = {
    {"--sticky", "sticky", "BY", "Canary",
     "what holds a client to its version: cookie:NAME, ip, claim:NAME, header:NAME"},
    {"--canary-header", "header", "NAME", "Canary", "field of a request that decides by saying canary or stable"},
};

const std::string_view kSynopsis =
    "  gw-serve [OPTIONS] ROUTE...                a gateway from the command line\n"
    "  gw-serve [OPTIONS] -c FILE                 ... from a file (YAML or JSON)\n"
    "  gw-serve [OPTIONS] ROUTE... -- CMD ARG...  start CMD too, its port in $PORT\n"
    "  gw-serve --demo                            sample routes and backend\n"
    "  gw-serve check|routes|explain METHOD PATH|--print-config [-c FILE | ROUTE...]\n"
    "  gw-serve reload|stop|status [--admin unix:PATH|URL]\n"
    "ROUTE is [METHOD ]PATH=TARGET[;option=value...]; a bare URL serves every path.\n"
    "gw-serve COMMAND -h shows the options of a command.";

void add_targets(CLI::App& app, Options& options) {
    app.add_option("-c,--config", options.config, "the configuration file, YAML or JSON")
        ->type_name("FILE")
        ->group("Traffic");
    app.add_option("routes", options.routes, "ROUTE...")->group("");
    app.add_option("--api", options.api, "like AWS's HTTP APIs (http) or REST APIs (rest)")
        ->type_name("http|rest")
        ->group("Names");
    app.add_option("--api-id", options.api_id, "the api's id, for ARNs and logs (gw)")->type_name("ID")->group("Names");
    app.add_option("--stage", options.stage, "serve under /NAME/... as AWS does")->type_name("NAME")->group("Names");
    program::repeatable(app.add_option("--group", options.groups, "NAME=HOST:PORT,...[;algo=ALGO][;health=/path]"))
        ->type_name("GROUP")
        ->group("Targets");
}

/// Requires: `given` has a place for each flag, and outlives the parsing.
void add_flags(CLI::App& app, std::span<const Flag> flags, Given& given) {
    for (std::size_t i = 0; i < flags.size(); ++i) {
        CLI::Option* option =
            app.add_option(flags[i].name, given[i], flags[i].help)->type_name(flags[i].value)->group(flags[i].group);
        flags[i].repeatable ? program::repeatable(option) : program::once(option);
    }
}

/// What was given, as settings of keys.
void take_flags(std::span<const Flag> flags, const Given& given, std::vector<Options::Setting>& into) {
    for (std::size_t i = 0; i < flags.size(); ++i)
        for (const std::string& value : given[i]) into.push_back({flags[i].name, flags[i].key, value});
}

void add_access(CLI::App& app, Options& options, Given& tokens) {
    constexpr const char* kGroup = "Who may call";
    add_flags(app, kTokenFlags, tokens);
    program::repeatable(app.add_option("--jwt-scope", options.scopes, "a token must have one of these scopes"))
        ->type_name("SCOPE")
        ->group(kGroup);
    app.add_option("--cognito", options.cognito,
                   "POOL_ID[,client=ID][,use=access|id][,endpoint=URL]: tokens of a user pool")
        ->type_name("POOL")
        ->group(kGroup);
    app.add_flag("--iam", options.iam, "requests must be signed (AWS Signature Version 4)")->group(kGroup);
    app.add_option("--policy", options.policy, "the api's resource policy, JSON or YAML")
        ->type_name("FILE")
        ->group(kGroup);
    program::repeatable(
        app.add_option("--api-key", options.api_keys, "an API key is required, one of these; @FILE has one a line"))
        ->type_name("@FILE|KEY[=PLAN]")
        ->group(kGroup);
    app.add_flag("--no-auth", options.no_auth, "nobody is asked who they are, and that is meant")->group(kGroup);
}

void add_limits(CLI::App& app, Options& options, Given& throttle) {
    constexpr const char* kGroup = "Limits";
    add_flags(app, kThrottleFlags, throttle);
    program::repeatable(
        app.add_option("--plan", options.plans, "NAME:rate=10/s,burst=20,quota=10000/day: what a key of this plan may"))
        ->type_name("PLAN")
        ->group(kGroup);
    app.add_flag("--throttle-shadow", options.throttle_shadow, "only tell who would be refused")->group(kGroup);
}

void add_cors(CLI::App& app, Options& options, Given& values) {
    add_flags(app, kCorsFlags, values);
    app.add_flag("--cors-credentials", options.cors_credentials, "cookies and the like may go along")->group("CORS");
}

void add_canary(CLI::App& app, Options& options, Given& values) {
    program::once(app.add_option("--canary", options.canary,
                                 "a share of requests that goes to TARGET instead: 10%=http://127.0.0.1:3001"))
        ->type_name("SHARE=TARGET")
        ->group("Canary");
    add_flags(app, kCanaryFlags, values);
}

/// What was likely meant where a ROUTE makes no sense.
Result<void> check_routes(const CLI::App& app, const Options& options) {
    for (const std::string& route : options.routes) {
        const bool is_file = route.ends_with(".yaml") || route.ends_with(".yml") || route.ends_with(".json");
        if (is_file && route.find('=') == std::string::npos && route.find(':') == std::string::npos)
            return Error{Errc::usage, fmt::format("'{}' is a file and no ROUTE", route), "-c " + route, {}};
    }
    if (options.routes.empty() || options.command != Command::serve) return ok();
    std::vector<std::string_view> commands;
    for (const CLI::App* command : app.get_subcommands({})) commands.push_back(command->get_name());
    for (const std::string& route : options.routes)
        if (std::find(commands.begin(), commands.end(), route) != commands.end())
            return Error{Errc::usage,
                         fmt::format("'{}' is a command only as the first word", route),
                         fmt::format("gw-serve {} {}", route, options.routes.front()),
                         {}};
    const std::string& word = options.routes.front();
    if (word.empty() || !std::all_of(word.begin(), word.end(), is_alpha)) return ok();
    if (app.get_option_no_throw("--" + word) != nullptr)
        return Error{
            Errc::usage, fmt::format("there is no command '{}'", word), fmt::format("did you mean --{}?", word), {}};
    const std::string_view near = closest(word, commands);
    if (near.empty()) return ok();
    return Error{Errc::usage, fmt::format("there is no command '{}'", word), fmt::format("did you mean {}?", near), {}};
}

/// A gateway that runs takes no options of serving.
Result<void> check_asking(const CLI::App& app, const Options& options, const program::FromEnvironment& environment) {
    constexpr std::string_view kMeant[] = {"port", "admin", "admin-token", "color"};
    if (!options.routes.empty())
        return Error{Errc::usage, "unexpected argument " + options.routes.front(), "see gw-serve --help", {}};
    for (const CLI::Option* option : app.get_options()) {
        if (option->count() == 0 || option->get_positional()) continue;
        const std::string name = option->get_lnames().empty() ? std::string() : option->get_lnames().front();
        if (std::find(std::begin(kMeant), std::end(kMeant), name) != std::end(kMeant)) continue;
        if (std::find(environment.taken.begin(), environment.taken.end(), name) != environment.taken.end()) continue;
        return Error{Errc::usage,
                     fmt::format("{} is said to a gateway that starts, and not to one that runs", option->get_name()),
                     "reload, stop and status take --admin, --admin-token and --port",
                     {}};
    }
    if (!options.backend.empty())
        return Error{Errc::usage, "reload, stop and status start no command", "leave -- CMD away", {}};
    return ok();
}

/// What no single option can know.
Result<void> check_arguments(const CLI::App& app, const Options& options, const std::vector<std::string>& data) {
    if (options.command == Command::explain) {
        if (options.method.empty() || options.method.find('/') != std::string::npos)
            return Error{Errc::usage, "METHOD is missing", "gw-serve explain GET /path", {}};
        if (options.path.empty())
            return Error{Errc::usage, "PATH is missing", fmt::format("gw-serve explain {} /path", options.method), {}};
        if (options.path.find("://") < options.path.find('/'))
            return Error{Errc::usage,
                         fmt::format("'{}' is a URL: PATH is what follows its host", options.path),
                         "-H 'Host: NAME' names the host",
                         {}};
        if (options.path.front() != '/' && options.path != "*")
            return Error{Errc::usage,
                         fmt::format("PATH '{}' does not begin with '/'", options.path),
                         fmt::format("gw-serve explain {} /{}", options.method, options.path),
                         {}};
    }
    if (options.demo) {
        if (!options.routes.empty() || !options.config.empty())
            return Error{Errc::usage,
                         "--demo brings routes of its own",
                         options.config.empty() ? "leave the ROUTE away, or --demo" : "leave -c away, or --demo",
                         {}};
        if (!options.backend.empty())
            return Error{Errc::usage, "--demo brings a backend of its own", "leave -- CMD away, or --demo", {}};
        if (options.command == Command::print_config)
            return Error{Errc::usage,
                         "the backend of --demo is there only while it serves",
                         "gw-serve routes --demo shows its routes",
                         {}};
    }
    if (options.config == "-" && std::find(data.begin(), data.end(), "@-") != data.end())
        return Error{Errc::usage, "-c - and -d @- both read standard input", "-c FILE, or -d @FILE", {}};
    if (options.watch && options.config == "-")
        return Error{Errc::usage, "standard input cannot be watched", "start gw-serve with -c FILE", {}};
    return check_routes(app, options);
}

}  // namespace

bool is_remote(Command command) {
    return command == Command::reload || command == Command::stop || command == Command::status;
}

std::string config_name(const Options& options) { return options.config == "-" ? "standard input" : options.config; }

Result<std::optional<int>> parse_options(program::World& world, Options& options) {
    std::vector<std::string> arguments = world.arguments;
    const auto separator = std::find(arguments.begin(), arguments.end(), "--");
    if (separator != arguments.end()) {
        options.backend.assign(separator + 1, arguments.end());
        arguments.erase(separator, arguments.end());
        if (options.backend.empty())
            return Error{Errc::usage, "there is no command behind --", "write gw-serve ROUTE -- CMD ARG...", {}};
    }
    CLI::App app("gw-serve: an API gateway from the shell");
    app.fallthrough(false);
    add_targets(app, options);
    std::optional<std::uint16_t> port;
    app.add_option("-p,--port", program::to_number(port), "port to listen on (8080); 0: any free one, printed")
        ->type_name("N")
        ->group("Listen");
    program::repeatable(app.add_option("--listen", options.listen, "address to listen on, instead of 127.0.0.1:8080"))
        ->type_name("ADDR:PORT|unix:PATH")
        ->group("Listen");
    app.add_option("--tls-cert", options.tls_cert, "certificate chain, PEM")->type_name("FILE")->group("Listen");
    app.add_option("--tls-key", options.tls_key, "its key, PEM")->type_name("FILE")->group("Listen");
    app.add_flag("--tls-self-signed", options.tls_self_signed, "made in memory, for localhost and the hosts served")
        ->group("Listen");
    app.add_option("--tls-client-ca", options.tls_client_ca, "require client certificates that chain to these")
        ->type_name("FILE")
        ->group("Listen");
    app.add_option("--ready-file", options.ready_file, "written when serving: holds the URL")
        ->type_name("FILE")
        ->group("Listen");
    app.add_flag("-k,--insecure", options.insecure, "do not verify certificates of targets")->group("Traffic");
    std::vector<std::string> set;
    std::vector<std::string> remove;
    program::repeatable(app.add_option("--set-header", set, "'Name: value', sent to the target"))
        ->type_name("FIELD")
        ->group("Traffic");
    program::repeatable(app.add_option("--remove-header", remove, "not sent to the target"))
        ->type_name("NAME")
        ->group("Traffic");
    Given tokens(std::size(kTokenFlags));
    add_access(app, options, tokens);
    Given throttle(std::size(kThrottleFlags));
    add_limits(app, options, throttle);
    Given cors(std::size(kCorsFlags));
    add_cors(app, options, cors);
    Given canary(std::size(kCanaryFlags));
    add_canary(app, options, canary);
    Given values(std::size(kFlags));
    add_flags(app, kFlags, values);
    app.add_option("--access-log", options.access_log, "human, clf, json, off, or a line with $context.*")
        ->type_name("FORMAT")
        ->group("Logs");
    app.add_flag("--explain", options.explain_answers, "an x-gw-explain field in answers: the target, or why none")
        ->group("Logs");
    program::add_color(app, options.color, "Logs");
    const auto to_command = [&options](const std::vector<std::string>& given) {
        options.run = given.back();
        return !options.run.empty();
    };
    app.add_option("--run", CLI::callback_t(to_command), "run CMD when ready, GW_URL set; exit with its code")
        ->type_name("CMD")
        ->group("Run");
    app.add_flag("--watch", options.watch, "reload when the file of -c changes")->group("Run");
    app.add_option("--for", options.stop_after, "stop after TIME")->type_name("TIME")->group("Run");
    app.add_flag("--demo", options.demo, "sample routes and backend, with commands to try")->group("Run");
    app.add_option("--seed", program::to_number(options.seed), "of all chance: targets, faults, delays, ids")
        ->type_name("N")
        ->group("Run");
    bool print = false;
    app.add_flag("--print-config", print, "the configuration as canonical YAML, and exit")->group("Run");

    program::Manual manual;
    manual.synopsis = kSynopsis;
    manual.examples = {"gw-serve http://localhost:3000",
                       "gw-serve 'GET /pets/{id}=http://localhost:3000' '/health=mock:200:ok' -p 0",
                       "gw-serve -c gw.yaml --watch"};
    manual.short_options = {"config",     "port",     "listen", "tls-self-signed", "timeout", "max-body", "host",
                            "set-header", "jwt",      "iam",    "api-key",         "cors",    "delay",    "fail",
                            "access-log", "api",      "group",  "metrics",         "admin",   "run",      "demo",
                            "help",       "help-all", "version"};
    std::vector<std::string> data;
    declare_commands(app, options, data, manual);
    program::FromEnvironment environment;
    auto done = TRY(program::parse(world, app, manual, arguments, &environment));
    if (done) return done;
    options.port = port;
    if (print) options.command = Command::print_config;
    for (std::size_t i = 0; i < std::size(kFlags); ++i) {
        const std::string name = kFlags[i].name + 2;
        const bool is_variable =
            std::find(environment.taken.begin(), environment.taken.end(), name) != environment.taken.end();
        for (const std::string& value : values[i])
            options.settings.push_back(
                {is_variable ? program::environment_name(world.name, name) : kFlags[i].name, kFlags[i].key, value});
    }
    take_flags(kTokenFlags, tokens, options.tokens);
    take_flags(kThrottleFlags, throttle, options.throttle);
    take_flags(kCorsFlags, cors, options.cors);
    take_flags(kCanaryFlags, canary, options.canary_settings);
    for (const program::StrayVariable& stray : environment.strays)
        options.stray_variables.emplace_back(stray.message(), stray.meant);
    if (is_remote(options.command)) {
        TRY(check_asking(app, options, environment));
        return done;
    }
    TRY(check_arguments(app, options, data));
    if (options.config == "-") options.config_text = TRY(program::read_input(world));
    options.data = TRY(program::read_curl_data(world, data));
    for (const std::string& text : set) options.headers.emplace_back(false, text);
    for (const std::string& text : remove) options.headers.emplace_back(true, text);
    return done;
}

}  // namespace gw::serve
