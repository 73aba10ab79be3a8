// check, routes, explain, reload, stop, status

#include "apps/gw-serve/declare.h"

namespace gw::serve {
namespace {

/// What a configuration is made of, for commands that look at one.
void add_configuration(CLI::App& command, Options& options) {
    command.add_option("routes", options.routes, "ROUTE...");
    command.add_option("-c,--config", options.config, "the configuration file")->type_name("FILE");
}

void declare_check(CLI::App& app, Options& options, program::Manual& manual) {
    CLI::App* command =
        program::add_command(app, options.command, "check", "validate; exit 2 with file:line:column", Command::check);
    add_configuration(*command, options);
    command->add_flag("--strict", options.strict, "warnings count as errors");
    command->add_flag("--schema", options.schema, "print the JSON Schema of the file");
    manual.commands.push_back(
        {"check",
         "  gw-serve check [OPTIONS] -c FILE | ROUTE... [--strict]\n"
         "  gw-serve check --schema\n"
         "Reads all that serving would read, and serves nothing; options of serving too.\n"
         "Exit: 0 nothing is wrong, 2 something is.",
         {"gw-serve check -c gw.yaml --strict", "gw-serve check http://localhost:3000 --jwt https://issuer.example",
          "gw-serve check --schema > gw-schema.json"}});
}

void declare_routes(CLI::App& app, Options& options, program::Manual& manual) {
    CLI::App* command = program::add_command(app, options.command, "routes", "the table of routes", Command::routes);
    add_configuration(*command, options);
    command->add_flag("--json", options.json, "one JSON document");
    manual.commands.push_back(
        {"routes",
         "  gw-serve routes [OPTIONS] -c FILE | ROUTE... [--json]",
         {"gw-serve routes -c gw.yaml", "gw-serve routes http://localhost:3000 '/health=mock:200'",
          "gw-serve routes -c gw.yaml --json | jq '.routes[] | select(.auth == \"none\")'"}});
}

void declare_explain(CLI::App& app, Options& options, std::vector<std::string>& data, program::Manual& manual) {
    CLI::App* command = program::add_command(app, options.command, "explain",
                                             "what would happen to a request, without doing it", Command::explain);
    command->add_option("method", options.method, "METHOD");
    command->add_option("path", options.path, "PATH");
    add_configuration(*command, options);
    program::repeatable(command->add_option("-H,--header", options.request_headers, "a field of the request"))
        ->type_name("'N: v'");
    program::repeatable(command->add_option("-d,--data", data, "its body; @FILE without line ends, as with curl"))
        ->type_name("DATA");
    command->add_flag("--json", options.json, "one JSON document");
    command->add_flag("--offline", options.offline, "fetch no keys of issuers");
    manual.commands.push_back({"explain",
                               "  gw-serve explain METHOD PATH [-H FIELD]... [-d DATA] -c FILE | ROUTE...\n"
                               "PATH may have a query. Nothing is sent to targets; keys of issuers are fetched,\n"
                               "unless --offline is given.\n"
                               "Exit: 0 it was told, a refusal too; 2 the configuration is wrong.",
                               {"gw-serve explain GET '/pets/7?full=1' '/pets/{id}=http://localhost:3000'",
                                "gw-serve explain GET /orders -H \"authorization: Bearer $TOKEN\" -c gw.yaml",
                                "gw-serve explain POST /orders -d '{}' -c gw.yaml --json | jq .result"}});
}

void declare_remote(CLI::App& app, Options& options, program::Manual& manual) {
    program::add_command(app, options.command, "reload", "read the configuration again", Command::reload);
    CLI::App* stop =
        program::add_command(app, options.command, "stop", "finish requests under way and stop", Command::stop);
    stop->add_flag("--wait", options.wait, "return when it has stopped");
    CLI::App* status = program::add_command(app, options.command, "status", "what the running gateway says of itself",
                                            Command::status);
    status->add_flag("--json", options.json, "as the gateway says it");
    manual.commands.push_back({"reload",
                               "  gw-serve reload [WHERE]\n"
                               "A gateway that runs reads its file again.\n"
                               "WHERE: -p N, its port (8080), or --admin unix:PATH|http://HOST:PORT;\n"
                               "       on TCP with --admin-token env:NAME|file:PATH.\n"
                               "Exit: 0 done, 1 refused: it goes on as before, 4 it is not there,\n"
                               "      5 it wants a token.",
                               {"gw-serve reload", "gw-serve reload -p 9000",
                                "gw-serve reload --admin http://127.0.0.1:9901 --admin-token env:ADMIN"}});
    manual.commands.push_back(
        {"stop",
         "  gw-serve stop [--wait] [WHERE]\n"
         "It finishes the requests under way.\n"
         "WHERE: as in gw-serve reload -h.\n"
         "Exit: 0 done, 4 it is not there, 5 it wants a token.",
         {"gw-serve stop", "gw-serve stop --wait -p 9000", "gw-serve stop --admin unix:/run/gw/admin.sock"}});
    manual.commands.push_back({"status",
                               "  gw-serve status [--json] [WHERE]\n"
                               "WHERE: as in gw-serve reload -h.\n"
                               "Exit: 0 done, 4 it is not there, 5 it wants a token.",
                               {"gw-serve status", "gw-serve status -p 9000 --json | jq .groups",
                                "gw-serve status --admin http://127.0.0.1:9901 --admin-token env:ADMIN"}});
}

}  // namespace

void declare_commands(CLI::App& app, Options& options, std::vector<std::string>& data, program::Manual& manual) {
    declare_check(app, options, manual);
    declare_routes(app, options, manual);
    declare_explain(app, options, data, manual);
    declare_remote(app, options, manual);
}

}  // namespace gw::serve
