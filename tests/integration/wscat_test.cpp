// gw-wscat against npm's ws and wscat, as a client and as a server, and against itself.

#include <algorithm>
#include <filesystem>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "tests/integration/gateway.h"
#include "tests/integration/stranger.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/skip.h"
#include "tests/support/temporary.h"

using namespace gw;
using namespace gw::test;

namespace {

using Words = std::vector<std::string>;

Command wscat(Words arguments, std::optional<std::string> input = "") {
    return our("gw-wscat", std::move(arguments), std::move(input));
}

Ending run_wscat(Words arguments, std::optional<std::string> input = "") {
    return must(run(wscat(std::move(arguments), std::move(input))));
}

bool says(std::string_view text, std::string_view words) { return text.find(words) != std::string_view::npos; }

/// Behind the last ':' or ' ' of a line.
std::string port_in(const std::string& line) {
    std::string text = line;
    while (text.ends_with('\n')) text.pop_back();
    return text.substr(text.find_last_of(": ") + 1);
}

/// npm's ws as a server.
struct Stranger {
    Process process;
    std::string url;
    explicit Stranger(const Words& arguments = {}) : process(start_socket("server.mjs", arguments)) {
        url = "ws://127.0.0.1:" + port_in(must(process.wait_for_output("port ")));
    }
};

/// gw-wscat -l on a port of its own.
struct Server {
    Process process;
    std::string url;
    explicit Server(Words arguments, std::optional<std::string> input = std::nullopt)
        : process(start(std::move(arguments), std::move(input))) {
        url = "ws://127.0.0.1:" + port_in(must(process.wait_for_errors("listening on")));
    }
    static Process start(Words arguments, std::optional<std::string> input) {
        arguments.insert(arguments.begin(), {"-l", "0"});
        return must(Process::start(wscat(std::move(arguments), std::move(input))));
    }
};

}  // namespace

TEST_CASE("lines of standard input are messages, and what comes back is lines") {
    const Server server({"--echo"});
    const Ending ending = run_wscat({"--linger", "200ms", server.url}, "one\ntwo\r\n\nlast");
    CHECK(ending.code == 0);
    CHECK(ending.output == "one\ntwo\n\nlast\n");
    CHECK(says(ending.errors, "connected to " + server.url));
    CHECK(says(ending.errors, "closed: 1000 normal closure"));
}

TEST_CASE("a reply is printed and that was it") {
    const Server server({"--echo"});
    const Ending ending = run_wscat({"-1", "--quiet", server.url}, "{\"a\":1}\n");
    CHECK(ending.code == 0);
    CHECK(ending.output == "{\"a\":1}\n");
    CHECK(ending.errors.empty());
    CHECK(run_wscat({"-1", "--quiet", "--pretty", server.url, "[1]"}).output == "[\n  1\n]\n");
    CHECK(run_wscat({"--count", "2", "-0", "--quiet", server.url}, std::string("a\nb\0c", 5)).output ==
          std::string("a\nb\0c\0", 6));
}

TEST_CASE("bytes go and come as digits") {
    const Server server({"--echo"});
    CHECK(run_wscat({"-1", "--hex", "--quiet", server.url, "00 ff 10"}).output == "00ff10\n");
    CHECK(run_wscat({"-1", "--base64", "--quiet", server.url, "AP8="}).output == "AP8=\n");
    CHECK(run_wscat({"-1", "-b", "--quiet", server.url}, "\xff\xfe\n").output == "\xff\xfe\n");
    const Ending wrong = run_wscat({"--hex", server.url, "0g"});
    CHECK(wrong.code == 2);
    CHECK(says(wrong.errors, "message 1"));
    const Ending no_text = run_wscat({server.url}, "\xff\n");
    CHECK(no_text.code == 2);
    CHECK(says(no_text.errors, "UTF-8"));
}

TEST_CASE("what is expected decides the exit code") {
    const Server server({"--echo"});
    CHECK(run_wscat({"--expect", "^w.rld$", "--linger", "100ms", server.url, "hello", "world"}).code == 0);
    CHECK(run_wscat({"--expect", "nothing", "--timeout", "2s", server.url, "hello"}).code == 1);
    CHECK(run_wscat({"--until", "b", server.url, "a", "b", "c"}).output.substr(0, 4) == "a\nb\n");
    CHECK(run_wscat({"--count", "3", "--timeout", "2s", server.url, "a"}).code == 1);
    const Ending late = run_wscat({"--count", "3", "--timeout", "2s", server.url, "a"});
    CHECK(says(late.errors, "did not come in time"));
}

TEST_CASE("each event is a JSON document") {
    const Server server({"--echo"});
    const Ending ending = run_wscat({"-1", "--jsonl", server.url, "hi"});
    CHECK(ending.code == 0);
    std::string seen;
    for (const std::string_view line : split(ending.output, '\n')) {
        if (line.empty()) continue;
        const Value event = must(parse_json(line));
        CHECK(*event.find_string("schema") == "gw-wscat/1");
        seen += *event.find_string("dir") + " " + *event.find_string("op") + " " + *event.find_string("data") + "\n";
        if (*event.find_string("op") == "text" && *event.find_string("dir") == "in") {
            CHECK(event.find("rtt")->to_double() > 0);
            CHECK(event.find("len")->to_int64() == 2);
        }
    }
    CHECK(seen == "in open \nout text hi\nin text hi\nout close \n");
}

TEST_CASE("a script sends and waits, and says where it failed") {
    const Server server({"--echo"});
    const TemporaryDirectory directory;
    const std::string good = directory.write("good",
                                             "# a talk\n> one\n< /^one$/ 5s\n\nping\n> two\nsleep 1ms\n> three\n"
                                             "< /three/\nclose 4000:bye\n");
    const Ending ending = run_wscat({"--script", good, server.url});
    CHECK(ending.code == 0);
    CHECK(ending.output == "one\ntwo\nthree\n");
    const std::string bad = directory.write("bad", "> one\n< /two/ 100ms\n");
    const Ending failed = run_wscat({"--script", bad, server.url});
    CHECK(failed.code == 1);
    CHECK(says(failed.errors, "bad:2:1: /two/ did not come in time"));
    const Ending wrong = run_wscat({"--script", directory.write("wrong", "> a\nshout\n"), server.url});
    CHECK(wrong.code == 2);
    CHECK(says(wrong.errors, "wrong:2"));
}

TEST_CASE("a port where nobody listens, a name that there is not and a certificate that nobody vouches for are 4") {
    CHECK(run_wscat({"ws://127.0.0.1:1"}).code == 4);
    const Server server({"--echo"});
    const Ending tls = run_wscat({"wss" + server.url.substr(2)});
    CHECK(tls.code == 4);
}

TEST_CASE("a gateway's refusal is 5, with status, fields and body") {
    const Gateway gateway({"--access-log", "off", "GET /ws=mock:403:no"});
    const Ending ending = run_wscat({"ws" + gateway.url().substr(4) + "/ws"});
    CHECK(ending.code == 5);
    CHECK(says(ending.errors, "the handshake was refused: 403 Forbidden"));
    CHECK(says(ending.errors, "no"));
}

TEST_CASE("a WebSocket passes through the gateway to a server of ours") {
    const Server server({"--echo"});
    const Gateway gateway({"--access-log", "off", "http" + server.url.substr(2)});
    const Ending ending = run_wscat({"-1", "--quiet", "ws" + gateway.url().substr(4) + "/chat", "through"});
    CHECK(ending.code == 0);
    CHECK(ending.output == "through\n");
}

TEST_CASE("messages of one client reach the others") {
    const Server server({"--broadcast"});
    auto listener = must(Process::start(wscat({"--count", "1", server.url}, std::nullopt)));
    must(listener.wait_for_errors("connected"));
    CHECK(run_wscat({"--linger", "50ms", server.url, "to all"}).output.empty());
    CHECK(must(listener.wait()).output == "to all\n");
}

TEST_CASE("a command speaks with each client in lines") {
    const Server server({"--exec", "while read -r line; do echo \"$WS_CLIENT heard $line\"; done"});
    CHECK(run_wscat({"--count", "2", "--quiet", server.url, "a", "b"}).output == "1 heard a\n1 heard b\n");
    CHECK(run_wscat({"--count", "1", "--quiet", server.url, "c"}).output == "2 heard c\n");
    const Server ends({"--exec", "echo once"});
    const Ending ending = run_wscat({ends.url}, std::nullopt);
    CHECK(ending.code == 0);
    CHECK(ending.output == "once\n");
}

TEST_CASE("load is measured, and nothing is lost") {
    const Server server({"--echo"});
    const Ending ending = run_wscat({"--clients", "50", "--for", "300ms", "--jsonl", server.url});
    CHECK(ending.code == 0);
    const Value summary = must(parse_json(trim_ows(ending.output.substr(0, ending.output.find('\n')))));
    CHECK(summary.find("connected")->to_int64() == 50);
    CHECK(summary.find("received")->to_int64().value_or(0) > 50);
    CHECK(summary.find("lost")->to_int64() == 0);
    CHECK(summary.find("p99")->to_double().value_or(0) > 0);
    const Ending rated = run_wscat({"--clients", "10", "--rate", "100/s", "--for", "1s", server.url});
    CHECK(rated.code == 0);
    CHECK(says(rated.output, "connected 10 of 10"));
    CHECK(run_wscat({"--clients", "2", "--for", "100ms", "ws://127.0.0.1:1"}).code == 4);
}

TEST_CASE("a server says why it closed, and a client how it was closed") {
    if (!has_sockets()) GW_SKIP("npm's packages are not there");
    const Stranger stranger;
    const Ending going = run_wscat({stranger.url + "/close/1001"}, std::nullopt);
    CHECK(going.code == 0);
    const Ending restart = run_wscat({stranger.url + "/close/1012"}, std::nullopt);
    CHECK(restart.code == 6);
    CHECK(says(restart.errors, "closed abnormally: 1012 service restart: enough"));
    CHECK(run_wscat({stranger.url + "/close/4001"}, std::nullopt).code == 6);
    const Ending dropped = run_wscat({stranger.url + "/drop"}, std::nullopt);
    CHECK(dropped.code == 6);
    CHECK(says(dropped.errors, "1006"));
    const Ending wrong = run_wscat({stranger.url + "/wrong"}, std::nullopt);
    CHECK(wrong.code == 6);
    CHECK(says(wrong.errors, "1002 protocol error: websocket.rsv"));
    const Ending liar = run_wscat({stranger.url + "/liar"}, std::nullopt);
    CHECK(liar.code == 4);
    CHECK(says(liar.errors, "Sec-WebSocket-Accept does not fit the key"));
    const Ending refused = run_wscat({stranger.url + "/refuse"}, std::nullopt);
    CHECK(refused.code == 5);
    CHECK(says(refused.errors, "403 Forbidden"));
    CHECK(says(refused.errors, "x-why: because"));
    CHECK(says(refused.errors, "not today"));
}

TEST_CASE("the handshake says who calls, from where, and for what") {
    if (!has_sockets()) GW_SKIP("npm's packages are not there");
    const Stranger stranger;
    const TemporaryDirectory directory;
    const std::string token = directory.write("token", "a.b.c\n");
    const auto head = [&](Words arguments) {
        arguments.insert(arguments.end(), {"--count", "1", "--quiet", stranger.url + "/headers?x=1"});
        const Ending ending = run_wscat(std::move(arguments));
        INFO(ending.errors);
        CHECK(ending.code == 0);
        return ending.output;
    };
    const std::string plain = head({"-H", "X-Mine: yes", "-o", "https://app.example", "-s", "chat"});
    CHECK(says(plain, "\"x-mine\":\"yes\""));
    CHECK(says(plain, "\"origin\":\"https://app.example\""));
    CHECK(says(plain, "\"sec-websocket-protocol\":\"chat\""));
    CHECK(says(head({"--auth", "me:secret"}), "\"authorization\":\"Basic bWU6c2VjcmV0\""));
    CHECK(says(head({"--jwt", "@" + token}), "\"authorization\":\"Bearer a.b.c\""));
    CHECK(says(head({"--jwt", "@" + token, "--token-in", "query:access"}), "x=1&access=a.b.c"));
    CHECK(says(head({"--jwt", "@" + token, "--token-in", "subprotocol", "-s", "chat"}), "chat, a.b.c"));
    CHECK(says(head({"--api-key", "@" + token}), "\"x-api-key\":\"a.b.c\""));
    Command signing = wscat({"--sigv4", "--region", "eu-west-1", "--count", "1", "--quiet", stranger.url + "/headers"});
    signing.environment = {
        {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"}, {"AWS_SECRET_ACCESS_KEY", "x"}, {"HOME", directory.file("home")}};
    const std::string signed_head = must(run(signing)).output;
    CHECK(says(signed_head, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    CHECK(says(signed_head, "/eu-west-1/execute-api/aws4_request"));
}

TEST_CASE("redirects and proxies are gone through where that is asked for") {
    if (!has_sockets()) GW_SKIP("npm's packages are not there");
    const Stranger stranger;
    CHECK(run_wscat({"-1", stranger.url + "/moved", "a"}).code == 5);
    CHECK(run_wscat({"-1", "--quiet", "-L", stranger.url + "/moved", "a"}).output == "a\n");
    Stranger proxy;
    const Ending ending = run_wscat(
        {"-1", "--quiet", "--proxy", "http://me:pw@" + proxy.url.substr(5), stranger.url + "/echo", "through"});
    CHECK(ending.output == "through\n");
    CHECK(says(must(proxy.process.wait_for_output("CONNECT")), "Basic bWU6cHc="));
}

TEST_CASE("compressed messages of both hands are read by both") {
    if (!has_sockets()) GW_SKIP("npm's packages are not there");
    const Stranger stranger({"deflate"});
    std::string lines;
    for (int i = 0; i < 300; ++i)
        lines += std::string(static_cast<std::size_t>(i * 7 % 900), 'x') + std::to_string(i) + "\n";
    const Ending ending = run_wscat({"--deflate", "--count", "300", stranger.url + "/echo"}, lines);
    CHECK(ending.code == 0);
    CHECK(ending.output == lines);
    CHECK(says(ending.errors, "permessage-deflate"));
    const Ending without = run_wscat({"--count", "300", "--quiet", stranger.url + "/echo"}, lines);
    CHECK(without.output == lines);
}

TEST_CASE("npm's ws finds a server of ours without fault") {
    if (!has_sockets()) GW_SKIP("npm's packages are not there");
    for (const char* kind : {"plain", "deflate"}) {
        INFO(kind);
        Words arguments{"--echo"};
        if (std::string_view(kind) == "deflate") arguments.emplace_back("--deflate");
        const Server server(arguments);
        auto client = start_socket("client.mjs", {server.url, kind});
        const Ending ending = must(client.wait(std::chrono::minutes(2)));
        INFO(ending.errors);
        CHECK(ending.code == 0);
        CHECK(ending.output == "ok\n");
    }
}

TEST_CASE("npm's wscat talks to a server of ours") {
    if (!has_sockets()) GW_SKIP("npm's packages are not there");
    const Server server({"--echo", "-s", "chat"});
    auto client = start_socket("node_modules/wscat/bin/wscat",
                               {"-c", server.url, "-s", "chat", "-x", "hello there", "-w", "1", "--no-color"});
    const Ending ending = must(client.wait(std::chrono::minutes(2)));
    CHECK(ending.code == 0);
    CHECK(says(ending.output, "hello there"));
}

TEST_CASE("pings are answered, and told of where that is asked for") {
    if (!has_sockets()) GW_SKIP("npm's packages are not there");
    const Stranger stranger;
    const Ending ending = run_wscat({"-P", "--count", "1", stranger.url + "/pings"});
    CHECK(ending.output == "pong are you there\n");
    CHECK(says(ending.errors, "received ping: are you there"));
    const Ending slash =
        run_wscat({"--slash", "-P", "--linger", "200ms", stranger.url + "/echo"}, "/ping abc\n/close 4002 bye\n");
    CHECK(says(slash.errors, "sent ping: abc"));
    CHECK(slash.code == 0);
}

TEST_CASE("on a terminal lines are edited and remembered, and no peer can touch it") {
    const Server server(
        {"--exec", "printf '\\033[2Jred\\007\\342\\200\\256\\n'; while read -r line; do echo \"got $line\"; done"});
    const TemporaryDirectory directory;
    Command command;
    // a terminal to write to, with somebody who types
    command.arguments = {"script", "-qfec", program_path("gw-wscat") + " " + server.url, "/dev/null"};
    command.environment = {{"TERM", "xterm"}, {"XDG_STATE_HOME", directory.file("state")}, {"NO_COLOR", "1"}};
    auto process = must(Process::start(command));
    const std::string shown = must(process.wait_for_output("red"));
    CHECK(says(shown, "< \xef\xbf\xbd[2Jred\xef\xbf\xbd\xef\xbf\xbd"));
    CHECK_FALSE(says(shown, "\x1b[2J"));
    must(process.send_input("hellp\x7fo there\r"));
    must(process.wait_for_output("< got hello there"));
    must(process.send_input("\x04"));
    CHECK(must(process.wait()).code == 0);
    const std::string history = directory.file("state/gw/wscat_history");
    CHECK(says(read_file(history), "hello\\040there"));
    CHECK((std::filesystem::status(history).permissions() & std::filesystem::perms(0077)) ==
          std::filesystem::perms::none);
}

TEST_CASE("a lost connection is made again, and a refusal is final") {
    ScriptedUpstream upstream({{read_request(), close_connection()}, {read_request(), close_connection()}});
    const Ending ending = run_wscat({"--reconnect=1", "--seed", "7", "ws" + upstream.url().substr(4)}, std::nullopt);
    CHECK(ending.code == 4);
    CHECK(says(ending.errors, "seed 7"));
    CHECK(says(ending.errors, "connecting again in 0."));
    CHECK(upstream.wait_for_end(1));
}
