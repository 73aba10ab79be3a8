#include "apps/gw-serve/options.h"

#include <algorithm>

#include "apps/support/command_line.h"

namespace gw::serve {
namespace {

/// A flag that says what a key of the configuration file says.
struct Flag {
    const char* name;
    const char* key;
    const char* value;
    const char* group;
    const char* help;
};

constexpr Flag kFlags[] = {
    {"--workers", "workers", "N", "Listen", "threads that serve; default: one per core"},
    {"--max-connections", "limits.maxConnections", "N", "Listen", "open connections from clients; 0: no limit"},
    {"--max-connections-per-client", "limits.maxConnectionsPerClient", "N", "Listen",
     "those of one address (IPv6: one /64); 0: no limit (256)"},
    {"--timeout", "limits.timeout", "TIME", "Traffic", "to the head of a target's answer (29s)"},
    {"--idle-timeout", "limits.idleTimeout", "TIME", "Traffic", "between bytes of an answer afterwards (5m)"},
    {"--max-body", "limits.maxBody", "SIZE", "Traffic", "largest body of a request (10MiB), or none"},
    {"--trust-proxy", "trustProxy", "CIDR", "Traffic", "whose X-Forwarded-* count"},
    {"--host", "host", "target|keep", "Traffic", "the Host that targets see (target)"},
    {"--upstream-ca", "upstreamTls.ca", "FILE", "Traffic",
     "certificates to verify targets with, PEM; not the system's"},
    {"--delay", "delay", "TIME[+-TIME]", "Faults", "wait before every request is passed on"},
    {"--fail", "fail", "P%[=STATUS]", "Faults", "answer this share of requests with STATUS (503)"},
    {"--log", "logs.file", "FILE", "Logs", "access log to FILE instead of standard output"},
    {"--metrics", "metrics", "ADDR", "Logs", "serve Prometheus metrics at ADDR/metrics"},
    {"--admin", "admin", "unix:PATH|ADDR|off", "Logs", "where the admin API listens"},
    {"--admin-token", "adminToken", "env:N|file:F", "Logs", "the admin API's token; needed on TCP"},
    {"--region", "region", "NAME", "Names", "for ARNs (us-east-1)"},
    {"--account", "accountId", "ID", "Names", "for ARNs (123456789012)"},
};

const std::string_view kSynopsis =
    "  gw-serve [OPTIONS] ROUTE...                a gateway from the command line\n"
    "  gw-serve [OPTIONS] -c FILE                 ... from a file (YAML or JSON)\n"
    "  gw-serve [OPTIONS] ROUTE... -- CMD ARG...  start CMD as the backend too ($PORT set)\n"
    "  gw-serve --demo                            sample routes and backend\n"
    "  gw-serve check|routes|explain METHOD PATH|--print-config [-c FILE | ROUTE...]\n"
    "  gw-serve reload|stop|status [--admin unix:PATH|URL]\n"
    "ROUTE is [METHOD ]PATH=TARGET[;option=value...]; a bare URL serves every path.";

void add_targets(CLI::App& app, Options& options) {
    app.add_option("-c", options.config, "the configuration file, YAML or JSON")->type_name("FILE")->group("Traffic");
    app.add_option("routes", options.routes, "ROUTE...")->group("");
    app.add_option("--api", options.api, "answer as AWS's HTTP APIs (http) or REST APIs (rest) do")
        ->type_name("http|rest")
        ->group("Names");
    app.add_option("--api-id", options.api_id, "the api's id, for ARNs and logs (gw)")->type_name("ID")->group("Names");
    app.add_option("--stage", options.stage, "serve under /NAME/... as AWS does")->type_name("NAME")->group("Names");
    app.add_option("--group", options.groups,
                   "NAME=HOST:PORT,...[;algo=rr|least|hash:ip][;health=/path], for group:NAME")
        ->type_name("GROUP")
        ->group("Targets")
        ->take_all()
        ->allow_extra_args(false);
}

}  // namespace

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
    int port = -1;
    app.add_option("-p,--port", port, "port to listen on (8080); 0: any free one, printed")
        ->type_name("N")
        ->group("Listen")
        ->check(CLI::Range(0, 65535).description(""));
    app.add_option("--listen", options.listen, "address to listen on, instead of 127.0.0.1:8080")
        ->type_name("ADDR:PORT|unix:PATH")
        ->group("Listen")
        ->take_all()
        ->allow_extra_args(false);
    app.add_option("--tls-cert", options.tls_cert, "certificate chain, PEM")->type_name("FILE")->group("Listen");
    app.add_option("--tls-key", options.tls_key, "its key, PEM")->type_name("FILE")->group("Listen");
    app.add_flag("--tls-self-signed", options.tls_self_signed,
                 "a certificate made in memory, for localhost and the hosts served")
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
    app.add_option("--set-header", set, "'Name: value', sent to the target")
        ->type_name("FIELD")
        ->group("Traffic")
        ->take_all()
        ->allow_extra_args(false);
    app.add_option("--remove-header", remove, "not sent to the target")
        ->type_name("NAME")
        ->group("Traffic")
        ->take_all()
        ->allow_extra_args(false);
    app.add_flag("--no-auth", options.no_auth, "nobody is asked who they are, and that is meant")->group("Traffic");
    std::vector<std::vector<std::string>> values(std::size(kFlags));
    for (std::size_t i = 0; i < std::size(kFlags); ++i) {
        CLI::Option* option = app.add_option(kFlags[i].name, values[i], kFlags[i].help)
                                  ->type_name(kFlags[i].value)
                                  ->group(kFlags[i].group);
        if (std::string_view(kFlags[i].key) == "trustProxy")
            option->take_all()->allow_extra_args(false);
        else
            option->take_last()->expected(1)->allow_extra_args(false);
    }
    app.add_option("--access-log", options.access_log, "human, clf, json, off, or a line with $context.*")
        ->type_name("FORMAT")
        ->group("Logs");
    app.add_flag("--explain", options.explain_answers, "an x-gw-explain field in answers: the target, or why none")
        ->group("Logs");
    app.add_option("--color", options.color, "colour; auto: on a terminal, unless NO_COLOR is set")
        ->type_name("auto|always|never")
        ->group("Logs")
        ->check(CLI::IsMember({"auto", "always", "never"}).description(""));
    app.add_option("--run", options.run, "run CMD when ready, GW_URL set; exit with its code")
        ->type_name("CMD")
        ->group("Run");
    app.add_flag("--watch", options.watch, "reload when the file of -c changes")->group("Run");
    app.add_option("--for", options.stop_after, "stop after TIME")->type_name("TIME")->group("Run");
    app.add_flag("--demo", options.demo, "built-in sample routes and backend, with commands to try")->group("Run");
    app.add_option("--seed", options.seed, "of all chance: targets, faults, delays, ids")->type_name("N")->group("Run");
    bool print = false;
    app.add_flag("--print-config", print, "the configuration as canonical YAML, and exit")->group("Run");

    const auto command = [&](const char* name, const char* help, Command which) {
        CLI::App* made = app.add_subcommand(name, help);
        made->set_help_flag();
        made->parse_complete_callback([&options, which] { options.command = which; });
        made->fallthrough(true);
        return made;
    };
    CLI::App* check = command("check", "validate; exit 2 with file:line:column", Command::check);
    check->add_flag("--strict", options.strict, "warnings count as errors");
    check->add_flag("--schema", options.schema, "print the JSON Schema of the file");
    check->add_option("-c", options.config, "the configuration file")->type_name("FILE");
    check->add_option("routes", options.routes, "ROUTE...");
    CLI::App* routes = command("routes", "the table of routes", Command::routes);
    routes->add_option("-c", options.config, "the configuration file")->type_name("FILE");
    routes->add_option("routes", options.routes, "ROUTE...");
    routes->add_flag("--json", options.json, "one JSON document");
    CLI::App* explain = command("explain", "what would happen to a request, without doing it", Command::explain);
    explain->add_option("method", options.method, "METHOD")->required();
    explain->add_option("path", options.path, "PATH")->required();
    explain->add_option("routes", options.routes, "ROUTE...");
    explain->add_option("-c", options.config, "the configuration file")->type_name("FILE");
    explain->add_option("-H,--header", options.request_headers, "a field of the request")
        ->type_name("'N: v'")
        ->take_all()
        ->allow_extra_args(false);
    explain->add_option("-d,--data", options.data, "its body")->type_name("DATA");
    explain->add_flag("--json", options.json, "one JSON document");
    for (const auto& [name, help, which] :
         {std::tuple{"reload", "read the configuration again", Command::reload},
          std::tuple{"stop", "finish requests under way and stop", Command::stop},
          std::tuple{"status", "what the running gateway says of itself", Command::status}}) {
        CLI::App* remote = command(name, help, which);
        remote->fallthrough(false);  // what serves does not ask
        remote->add_option("--admin", options.admin, "where it listens; default: the socket of --port")
            ->type_name("unix:PATH|URL");
        remote->add_option("--admin-token", options.admin_token, "its token, on TCP")->type_name("env:N|file:F");
        remote->add_option("-p,--port", port, "the gateway on this port (8080)")->type_name("N");
        if (which == Command::status) remote->add_flag("--json", options.json, "as the gateway says it");
    }

    program::Manual manual;
    manual.synopsis = kSynopsis;
    manual.examples = {"gw-serve http://localhost:3000",
                       "gw-serve 'GET /pets/{id}=http://localhost:3000' '/health=mock:200:ok' -p 0",
                       "gw-serve -c gw.yaml --watch"};
    manual.short_options = {"port",       "listen", "tls-self-signed", "timeout", "max-body", "host", "set-header",
                            "access-log", "api",    "group",           "metrics", "demo",     "help", "help-all",
                            "version"};
    auto done = TRY(program::parse(world, app, manual, arguments));
    if (done) return done;
    if (port >= 0) options.port = static_cast<std::uint16_t>(port);
    if (print) options.command = Command::print_config;
    for (std::size_t i = 0; i < std::size(kFlags); ++i)
        for (const std::string& value : values[i]) options.settings.push_back({kFlags[i].name, kFlags[i].key, value});
    for (const std::string& text : set) options.headers.emplace_back(false, text);
    for (const std::string& text : remove) options.headers.emplace_back(true, text);
    return done;
}

}  // namespace gw::serve
