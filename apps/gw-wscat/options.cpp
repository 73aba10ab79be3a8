#include "apps/gw-wscat/options.h"

#include "apps/support/command_line.h"
#include "libgw/base/text.h"

namespace gw::wscat {
namespace {

constexpr std::string_view kSynopsis =
    "  gw-wscat [OPTIONS] URL [MESSAGE...]                         a client; -c URL works too\n"
    "  gw-wscat [OPTIONS] -l PORT [--echo|--broadcast|--exec CMD]  a server\n"
    "Each line of standard input is a message, and each message that comes is a line of standard output.";

using program::last_counts;
using program::repeatable;

void add_connection(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "As wscat has them";
    app.add_option("-c,--connect", options.connect, "connect to this server")->type_name("URL")->group(kGroup);
    app.add_option("-l,--listen", options.listen, "be a server on this port; 0: any")->type_name("PORT")->group(kGroup);
    app.add_option("--host", options.host, "listen on this address (127.0.0.1)")->type_name("ADDR")->group(kGroup);
    repeatable(app.add_option("-x,--execute", options.execute, "send this, then close after -w; not standard input"))
        ->type_name("MESSAGE")
        ->group(kGroup);
    app.add_option("-w,--wait", options.wait, "seconds to wait after -x (2); -1: until the peer closes")
        ->type_name("SECONDS")
        ->group(kGroup);
    repeatable(app.add_option("-H,--header", options.headers, "a header of the handshake: 'Name: value'"))
        ->type_name("HEADER")
        ->group(kGroup);
    repeatable(app.add_option("-s,--subprotocol", options.subprotocols, "offer a subprotocol; of a server: speak it"))
        ->type_name("NAME")
        ->group(kGroup);
    app.add_option("-o,--origin", options.origin, "the origin of a page: the header Origin")
        ->type_name("ORIGIN")
        ->group(kGroup);
    app.add_flag("-n,--no-check", options.no_check, "do not verify certificates")->group(kGroup);
    app.add_flag("-P,--show-ping-pong", options.show_ping_pong, "tell of pings and pongs")->group(kGroup);
    app.add_flag("-L,--location", options.follow, "follow redirects, at most ten")->group(kGroup);
    app.add_flag("--slash", options.slash, "lines /ping [DATA], /pong [DATA], /close [CODE [REASON]] are commands")
        ->group(kGroup);
    app.add_option("--auth", options.auth, "basic authentication")->type_name("USER:PASSWORD")->group(kGroup);
    last_counts(app.add_option("--proxy", options.proxy, "go through this HTTP proxy, by CONNECT"))
        ->type_name("[http://][USER:PASSWORD@]HOST[:PORT]")
        ->group(kGroup);
    app.add_option("--ca", options.ca, "certificates to verify with, PEM; not the system's")
        ->type_name("FILE")
        ->group(kGroup);
    app.add_option("--cert", options.cert, "our certificate, PEM; with -l: serve wss")
        ->type_name("FILE")
        ->group(kGroup);
    app.add_option("--key", options.key, "its key, PEM")->type_name("FILE")->group(kGroup);
    app.add_flag("--no-color", options.no_color, "as --color never")->group(kGroup);
}

void add_amount(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "How long";
    app.add_flag("-1,--one", options.one, "send all input, print one reply, leave")->group(kGroup);
    app.add_option("--count", options.count, "leave after so many replies")->type_name("N")->group(kGroup);
    app.add_option("--until", options.until, "leave with the first reply that matches")
        ->type_name("REGEX")
        ->group(kGroup);
    app.add_option("--expect", options.expect, "exit 1 unless a reply matched")->type_name("REGEX")->group(kGroup);
    app.add_option("--timeout", options.timeout, "for the handshake, and for what is expected (10s)")
        ->type_name("TIME")
        ->group(kGroup);
    app.add_option("--linger", options.linger, "after the end of input: leave when no reply came for so long (1s)")
        ->type_name("TIME")
        ->group(kGroup);
}

void add_format(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "Messages as text";
    app.add_flag("--jsonl", options.jsonl, "a JSON document for each event, one a line")->group(kGroup);
    app.add_flag("--pretty", options.pretty, "indent messages that are JSON")->group(kGroup);
    app.add_flag("-b,--binary", options.binary, "send binary messages")->group(kGroup);
    app.add_flag("--hex", options.hex, "binary messages, both ways, as hexadecimal digits")->group(kGroup);
    app.add_flag("--base64", options.base64, "binary messages, both ways, as base64")->group(kGroup);
    app.add_flag("-0,--null", options.nul, "NUL ends a message, and not the end of a line")->group(kGroup);
    app.add_flag("--ts", options.timestamps, "the time before each message")->group(kGroup);
    app.add_flag("--quiet", options.quiet, "nothing but messages and errors")->group(kGroup);
    program::add_color(app, options.color, kGroup);
}

void add_caller(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "Who calls";
    app.add_option("--jwt", options.jwt, "a token; @FILE, env:NAME")->type_name("TOKEN")->group(kGroup);
    app.add_option("--token-in", options.token_in, "where it goes (header: Authorization: Bearer)")
        ->type_name("header|query:NAME|subprotocol")
        ->group(kGroup);
    app.add_option("--api-key", options.api_key, "the header x-api-key; @FILE, env:NAME")
        ->type_name("KEY")
        ->group(kGroup);
    app.add_flag("--sigv4", options.sigv4, "sign the handshake with AWS credentials")->group(kGroup);
    app.add_option("--region", options.region, "of the signature (environment, profile, host, us-east-1)")
        ->type_name("R")
        ->group(kGroup);
    app.add_option("--profile", options.profile, "whose credentials, of ~/.aws")->type_name("P")->group(kGroup);
}

void add_control(CLI::App& app, Options& options) {
    constexpr const char* kGroup = "What it does by itself";
    app.add_option("--ping", options.ping, "ping so often; no sign of life in that time: the connection is dead")
        ->type_name("TIME")
        ->group(kGroup);
    app.add_option("--close", options.close, "how we close (1000)")->type_name("CODE[:REASON]")->group(kGroup);
    app.add_flag("--reconnect{0}", options.reconnect,
                 "connect again when the connection is lost, waiting longer each time; =MAX: so often at most")
        ->group(kGroup);
    repeatable(app.add_option("--on", options.replies, "what to answer to a message that matches"))
        ->type_name("REGEX=REPLY")
        ->group(kGroup);
    app.add_flag("--echo", options.echo, "send back every message as it came")->group(kGroup);
    app.add_option("--script", options.script, "do what a file says; -: standard input")
        ->type_name("FILE")
        ->group(kGroup);
    app.add_flag("--no-history", options.no_history, "keep no history of the lines that were typed")->group(kGroup);
}

void add_rest(CLI::App& app, Options& options) {
    app.add_flag("--broadcast", options.broadcast, "send what one client says to all others")->group("As a server");
    app.add_option("--exec", options.exec, "run this for each client: lines in, lines out")
        ->type_name("CMD")
        ->group("As a server");
    constexpr const char* kLoad = "Load";
    app.add_option("--clients", options.clients, "so many connections, each sends MESSAGE and waits for its echo")
        ->type_name("N")
        ->group(kLoad);
    app.add_option("--rate", options.rate, "messages of all of them together (each as fast as its echo comes)")
        ->type_name("RATE")
        ->group(kLoad);
    app.add_option("--for", options.duration, "how long (10s)")->type_name("TIME")->group(kLoad);
    app.add_option("--seed", program::to_number(options.seed), "of the waits of --reconnect")
        ->type_name("N")
        ->group(kLoad);
    constexpr const char* kLimits = "Limits";
    app.add_option("--max-message", options.max_message, "the largest message that is taken (16MiB)")
        ->type_name("SIZE")
        ->group(kLimits);
    app.add_flag("--aws-limits", options.aws_limits, "frames of 32 KiB and messages of 128 KiB, both ways")
        ->group(kLimits);
    app.add_flag("--deflate", options.deflate, "offer, or accept, permessage-deflate")->group(kLimits);
}

/// The parser takes "[1,2]" for a list of its own, and a JSON array is a message: its end is hidden meanwhile.
constexpr char kMark = '\1';

std::vector<std::string> mark_arrays(std::vector<std::string> arguments) {
    for (std::string& argument : arguments)
        if (argument.starts_with('[') && argument.ends_with(']')) argument += kMark;
    return arguments;
}

void unmark(Options& options) {
    const auto clear = [](std::string& text) {
        if (text.ends_with(kMark)) text.pop_back();
    };
    for (auto* list : {&options.words, &options.execute, &options.headers, &options.subprotocols, &options.replies})
        for (std::string& text : *list) clear(text);
    for (auto* text : {&options.connect, &options.host,    &options.wait,     &options.origin,      &options.auth,
                       &options.proxy,   &options.ca,      &options.cert,     &options.key,         &options.until,
                       &options.expect,  &options.timeout, &options.linger,   &options.jwt,         &options.token_in,
                       &options.api_key, &options.region,  &options.profile,  &options.ping,        &options.close,
                       &options.script,  &options.rate,    &options.duration, &options.max_message, &options.exec})
        clear(*text);
}

}  // namespace

Result<std::optional<int>> parse_options(program::World& world, Options& options) {
    CLI::App app("gw-wscat: WebSockets from the command line");
    app.add_option("URL", options.words, "ws:// or wss://, then messages")->group("");
    add_connection(app, options);
    add_amount(app, options);
    add_format(app, options);
    add_caller(app, options);
    add_control(app, options);
    add_rest(app, options);
    program::Manual manual;
    manual.synopsis = kSynopsis;
    manual.examples = {"gw-wscat ws://localhost:8080/chat",
                       "echo '{\"action\":\"ping\"}' | gw-wscat -1 ws://localhost:8080", "gw-wscat -l 9001 --echo"};
    manual.short_options = {"connect", "listen", "header", "subprotocol", "one",  "expect", "until",    "jsonl",  "jwt",
                            "sigv4",   "echo",   "script", "deflate",     "ping", "help",   "help-all", "version"};
    auto done = program::parse(world, app, manual, mark_arrays(world.arguments));
    unmark(options);
    return done;
}

}  // namespace gw::wscat
