// Every option of gw-serve does what it says: each of these fails when its option is ignored.

#include <atomic>

#include "libgw/base/json.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/peer.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

Ending run_serve(std::vector<std::string> arguments,
                 std::vector<std::pair<std::string, std::string>> environment = {}) {
    Command command;
    command.arguments = {program_path("gw-serve")};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    command.environment = std::move(environment);
    command.input = "";
    return must(run(command));
}

PeerServer::Handler says(const std::string& body) {
    return [body](const PeerRequest&) { return PeerResponse{200, {}, body}; };
}

std::string host_seen(const std::vector<std::string>& more) {
    ScriptedUpstream upstream({{read_request(), answer(200, "ok", "Connection: close\r\n")}});
    std::vector<std::string> arguments{upstream.url()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Gateway gateway(arguments);
    CHECK(gateway.ask("GET / HTTP/1.1\r\nHost: of.the.client\r\n\r\n").status == 200);
    const std::string seen = upstream.seen();
    const std::size_t at = seen.find("ost: ") + 5;
    return seen.substr(at, seen.find("\r\n", at) - at) == upstream.url().substr(7) ? "target" : seen.substr(at, 13);
}

std::size_t count_of(const std::string& text, const std::string& word) {
    std::size_t count = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
    return count;
}

}  // namespace

TEST_CASE("the option --listen serves at each address it names, unix sockets too") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("gw.sock");
    Start how;
    how.port_option = false;
    const Gateway gateway({"/=mock:200:here", "--listen", "127.0.0.1:0", "--listen", "unix:" + path}, how);
    CHECK(gateway.get("/").body == "here");
    RawClient local = must(RawClient::connect_unix(path));
    must(local.send(get_request("/")));
    CHECK(must(local.read_response()).body == "here");
}

TEST_CASE("the option --workers is the number of threads that serve") {
    Gateway one({"/=mock:200", "--workers", "1"});
    Gateway five({"/=mock:200", "--workers", "5"});
    CHECK(must(five.process().usage()).threads == must(one.process().usage()).threads + 4);
}

TEST_CASE("the options --timeout and ;timeout= end the wait for an answer, the nearer one counts") {
    ScriptedUpstream silent({{read_request(), hold()}});
    const Gateway gateway({"/quick=" + silent.url() + ";timeout=100ms", "/slow=" + silent.url(), "--timeout", "600ms"});
    const auto time = [&](const char* target) {
        const auto began = std::chrono::steady_clock::now();
        CHECK(gateway.get(target).status == 503);
        return std::chrono::steady_clock::now() - began;
    };
    CHECK(time("/slow") >= 590ms);
    const auto quick = time("/quick");
    CHECK(quick >= 95ms);
    CHECK(quick < 590ms);
}

TEST_CASE("the option --host says whose Host the target sees, and ;host= has the last word") {
    CHECK(host_seen({}) == "target");
    CHECK(host_seen({"--host", "target"}) == "target");
    CHECK(host_seen({"--host", "keep"}) == "of.the.client");
    ScriptedUpstream upstream({{read_request(), answer(200, "ok", "Connection: close\r\n")}});
    const Gateway gateway({"/=" + upstream.url() + ";host=target", "--host", "keep"});
    CHECK(gateway.get("/").status == 200);
    CHECK(upstream.seen().find(upstream.url().substr(7)) != std::string::npos);
}

TEST_CASE("the option --max-body takes a size or none, and ;max-body= has the last word") {
    PeerServer target(says("taken"));
    const Gateway gateway({"/all=" + target.url(), "/few=" + target.url() + ";max-body=10B", "--max-body", "1000B"});
    CHECK(gateway.ask(post_request("/all", std::string(1000, 'a'))).status == 200);
    CHECK(gateway.ask(post_request("/all", std::string(1001, 'a'))).status == 413);
    CHECK(gateway.ask(post_request("/few", std::string(10, 'a'))).status == 200);
    CHECK(gateway.ask(post_request("/few", std::string(11, 'a'))).status == 413);
    const std::string larger((10U << 20) + 1, 'a');
    const Gateway usual({target.url()});
    CHECK(usual.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10485761\r\n\r\n").status == 413);
    const Gateway any({target.url(), "--max-body", "none"});
    CHECK(any.ask(post_request("/", larger)).status == 200);
}

TEST_CASE("the option --group makes targets that group: reaches, with its algorithm and limit") {
    PeerServer one(says("one"));
    PeerServer two(says("two"));
    const std::string both = "127.0.0.1:" + std::to_string(one.port()) + ",127.0.0.1:" + std::to_string(two.port());
    const Gateway turns({"group:g", "--group", "g=" + both, "--workers", "1"});
    std::string seen;
    for (int i = 0; i < 4; ++i) seen += turns.get("/").body;
    CHECK(count_of(seen, "one") == 2);
    CHECK(count_of(seen, "two") == 2);
    const Gateway sticky({"group:g", "--group", "g=" + both + ";algo=hash:header:x-user"});
    for (const char* user : {"ann", "bob", "cid", "dot"}) {
        const std::string first = sticky.get("/", "X-User: " + std::string(user) + "\r\n").body;
        for (int i = 0; i < 4; ++i) CHECK(sticky.get("/", "X-User: " + std::string(user) + "\r\n").body == first);
    }
    ScriptedUpstream slow({{read_request(), hold(), answer(200, "late")}});
    const Gateway narrow({"group:g", "--group", "g=127.0.0.1:" + std::to_string(slow.port()) + ";max=1"});
    RawClient first = narrow.connect();
    must(first.send(get_request("/")));
    REQUIRE(slow.wait_for("\r\n\r\n"));
    CHECK(narrow.get("/").status == 503);
    slow.release();
    CHECK(must(first.read_response()).body == "late");
    std::atomic<int> checks{0};
    PeerServer checked([&](const PeerRequest& request) {
        if (request.target == "/well") ++checks;
        return PeerResponse{200, {}, ""};
    });
    const Gateway watched(
        {"group:g", "--group",
         "g=127.0.0.1:" + std::to_string(checked.port()) + ";health=/well;interval=100ms;timeout=50ms;fall=2;rise=2"});
    CHECK(eventually([&] { return checks >= 3; }));
}

TEST_CASE("the option --api answers as AWS's REST or HTTP APIs do") {
    const Gateway http({"/a=mock:200", "--api", "http"});
    CHECK(http.get("/b").status == 404);
    const Gateway rest({"/a=mock:200", "--api", "rest"});
    const RawResponse answer = rest.get("/b");
    CHECK(answer.status == 403);
    CHECK(answer.field("x-amzn-errortype") == "MissingAuthenticationTokenException");
}

TEST_CASE("the option --stage serves under its name") {
    const Gateway gateway({"/a=mock:200:staged", "--stage", "dev"});
    CHECK(gateway.get("/dev/a").body == "staged");
    CHECK(gateway.get("/a").status == 404);
}

TEST_CASE("the options --stage, --api-id and --account are in the log's variables") {
    const Gateway gateway({"/a=mock:200", "--stage", "dev", "--api-id", "abc123", "--account", "210987654321",
                           "--access-log", "$context.apiId $context.stage $context.accountId $context.routeKey"});
    CHECK(gateway.get("/dev/a").status == 200);
    CHECK(gateway.wait_for_log(1) == "abc123 dev 210987654321 ANY /a\n");
}

TEST_CASE("the options --delay and ;delay= make every request wait") {
    PeerServer target(says("late"));
    const auto time = [&](const std::vector<std::string>& arguments) {
        const Gateway gateway(arguments);
        const auto began = std::chrono::steady_clock::now();
        CHECK(gateway.get("/").status == 200);
        return std::chrono::steady_clock::now() - began;
    };
    CHECK(time({target.url(), "--delay", "300ms"}) >= 295ms);
    CHECK(time({"/=" + target.url() + ";delay=300ms"}) >= 295ms);
    CHECK(time({"/=mock:200", "--delay", "300ms"}) >= 295ms);
    const auto wide = time({target.url(), "--delay", "300ms+-100ms", "--seed", "1"});
    CHECK(wide >= 195ms);
}

TEST_CASE("the options --fail and ;fail= answer their share of requests with their status") {
    PeerServer target(says("reached"));
    const Gateway all({target.url(), "--fail", "100%=504"});
    CHECK(all.get("/").status == 504);
    const Gateway usual({target.url(), "--fail", "100%"});
    CHECK(usual.get("/").status == 503);
    const Gateway none({target.url(), "--fail", "0%"});
    CHECK(none.get("/").status == 200);
    const Gateway route({"/some=mock:200;fail=100%=418", "/others=mock:200"});
    CHECK(route.get("/some").status == 418);
    CHECK(route.get("/others").status == 200);
    const Gateway half({"/=mock:200", "--fail", "50%=500", "--seed", "7", "--workers", "1"});
    RawClient client = half.connect();
    int failed = 0;
    for (int i = 0; i < 200; ++i) {
        must(client.send(get_request("/")));
        failed += must(client.read_response()).status == 500 ? 1 : 0;
    }
    CHECK(failed > 60);
    CHECK(failed < 140);
}

TEST_CASE("the option --seed repeats all chance") {
    const auto chances = [](const char* seed) {
        const Gateway gateway({"/=mock:200", "--fail", "50%=500", "--seed", seed, "--workers", "1"});
        RawClient client = gateway.connect();
        std::string seen;
        for (int i = 0; i < 40; ++i) {
            must(client.send(get_request("/")));
            const RawResponse answer = must(client.read_response());
            seen += std::to_string(answer.status) + std::string(answer.field("apigw-requestid"));
        }
        return seen;
    };
    const std::string first = chances("42");
    CHECK(chances("42") == first);
    CHECK(chances("43") != first);
}

TEST_CASE("the option --access-log writes the format it names") {
    const auto line = [](const std::string& format) {
        const Gateway gateway({"/a=mock:200:hello", "--access-log", format});
        CHECK(gateway.get("/a?b=c").status == 200);
        return gateway.wait_for_log(1);
    };
    CHECK(parse_json(line("json")));
    CHECK(line("clf").find("\"GET /a?b=c HTTP/1.1\" 200 5") != std::string::npos);
    const std::string human = line("human");
    CHECK(human.find(" 200 GET") != std::string::npos);
    CHECK(line("$context.httpMethod:$context.status:$context.responseLength") == "GET:200:5\n");
    Gateway off({"/a=mock:200:hello", "--access-log", "off"});
    CHECK(off.get("/a").status == 200);
    CHECK(off.stop().code == 0);
    CHECK(off.log().empty());
}

TEST_CASE("the option --explain says in the answer why") {
    PeerServer target(says("x"));
    const std::string authority = "127.0.0.1:" + std::to_string(target.port());
    const Gateway gateway({"/a=" + target.url(), "--explain"});
    CHECK(gateway.get("/a").field("x-gw-explain").find(authority) != std::string::npos);
    CHECK(gateway.get("/b").field("x-gw-explain").starts_with("route.not_found"));
    const Gateway silent({"/a=" + target.url()});
    CHECK(silent.get("/a").count("x-gw-explain") == 0);
    CHECK(silent.get("/b").count("x-gw-explain") == 0);
}

TEST_CASE("the option --color paints what is said, or does not") {
    const std::vector<std::string> wrong = {"check", "/a=mock:99"};
    const auto errors = [&](const char* choice) {
        std::vector<std::string> arguments = wrong;
        arguments.insert(arguments.begin(), {"--color", choice});
        return run_serve(arguments).errors;
    };
    CHECK(errors("always").find("\x1b[") != std::string::npos);
    CHECK(errors("never").find("\x1b[") == std::string::npos);
    CHECK(errors("auto").find("\x1b[") == std::string::npos);  // not a terminal
}

TEST_CASE("the option --no-auth takes back the warning that others can reach the gateway") {
    const auto errors = [](std::vector<std::string> more) {
        more.insert(more.end(), {"/=mock:200", "--listen", "0.0.0.0:0", "--admin", "off", "--for", "50ms"});
        const Ending ending = run_serve(more);
        CHECK(ending.code == 0);
        return ending.errors;
    };
    CHECK(errors({}).find("anybody who reaches") != std::string::npos);
    const std::string open = errors({"--no-auth"});
    CHECK(open.find("anybody who reaches") == std::string::npos);
    CHECK(open.find("--no-auth: nobody is asked who they are") != std::string::npos);
}

TEST_CASE("the option --print-config prints flags and file together, and prints itself again") {
    const Ending printed =
        run_serve({"--print-config", "GET /a=http://127.0.0.1:1;timeout=2s", "--timeout", "7s", "--host", "keep",
                   "--set-header", "X-A: b", "--region", "eu-north-1", "--stage", "dev"});
    CHECK(printed.code == 0);
    CHECK(printed.errors.empty());
    for (const char* part : {"7s", "2s", "keep", "X-A: b", "eu-north-1", "dev", "GET /a"}) {
        INFO(part);
        CHECK(printed.output.find(part) != std::string::npos);
    }
    const TemporaryDirectory directory;
    const Ending again = run_serve({"--print-config", "-c", directory.write("gw.yaml", printed.output)});
    CHECK(again.output == printed.output);
}

TEST_CASE("a flag comes before the environment, the environment before the file, and the file before the default") {
    const TemporaryDirectory directory;
    const std::string file = directory.write("gw.yaml",
                                             "version: 1\nlimits: {timeout: 5s}\napis: [{routes: [{routeKey: GET /a, "
                                             "integration: 'mock:200'}]}]\n");
    const std::vector<std::pair<std::string, std::string>> environment = {{"GW_SERVE_TIMEOUT", "6s"}};
    const auto timeout = [&](std::vector<std::string> arguments, bool with_environment) {
        arguments.insert(arguments.begin(), "--print-config");
        const Ending ending =
            run_serve(arguments, with_environment ? environment : std::vector<std::pair<std::string, std::string>>());
        CHECK(ending.code == 0);
        const std::size_t at = ending.output.find(" timeout: ");
        return at == std::string::npos ? "default" : ending.output.substr(at + 10, 2);
    };
    CHECK(timeout({"-c", file, "--timeout", "7s"}, true) == "7s");
    CHECK(timeout({"-c", file}, true) == "6s");
    CHECK(timeout({"-c", file}, false) == "5s");
    CHECK(timeout({"/a=mock:200"}, true) == "6s");
    CHECK(timeout({"/a=mock:200"}, false) == "default");
    const Ending several =
        run_serve({"--print-config", "/a=mock:200"}, {{"GW_SERVE_TRUST_PROXY", "10.0.0.0/8,192.0.2.0/24"}});
    CHECK(several.output.find("10.0.0.0/8") != std::string::npos);
    CHECK(several.output.find("192.0.2.0/24") != std::string::npos);
}

TEST_CASE("the command status speaks JSON when asked to") {
    Gateway gateway({"/=mock:200"});
    const std::string admin = "unix:" + gateway.admin_socket();
    CHECK_FALSE(parse_json(run_serve({"status", "--admin", admin}).output));
    const auto status = parse_json(run_serve({"status", "--json", "--admin", admin}).output);
    REQUIRE(status);
    REQUIRE(status->find_string("schema") != nullptr);
    CHECK(*status->find_string("schema") == "gw-serve-status/1");
}

TEST_CASE("the command check tells what is wrong with 2 and what is doubtful only with --strict") {
    CHECK(run_serve({"check", "/a=mock:200"}).code == 0);
    CHECK(run_serve({"check", "/a=mock:200"}).output.starts_with("ok"));
    CHECK(run_serve({"check", "/a=mock:99"}).code == 2);
    const std::vector<std::string> doubtful = {"check", "/a=mock:200", "/A=mock:200"};
    CHECK(run_serve(doubtful).code == 0);
    CHECK(run_serve(doubtful).errors.find("warning") != std::string::npos);
    std::vector<std::string> strict = doubtful;
    strict.emplace_back("--strict");
    CHECK(run_serve(strict).code == 2);
    const auto schema = parse_json(run_serve({"check", "--schema"}).output);
    REQUIRE(schema);
    CHECK(schema->find("properties") != nullptr);
}

TEST_CASE("the command routes lists each route, as a table or as JSON") {
    const Ending table = run_serve({"routes", "GET /pets/{id}=http://127.0.0.1:3000", "/health=mock:200"});
    CHECK(table.code == 0);
    CHECK(table.output.find("/pets/{id}") != std::string::npos);
    CHECK(table.output.find("http://127.0.0.1:3000") != std::string::npos);
    CHECK(table.output.find("mock:200") != std::string::npos);
    const Ending listed = run_serve({"routes", "--json", "GET /pets/{id}=http://127.0.0.1:3000", "/health=mock:200"});
    CHECK(parse_json(listed.output));
}

TEST_CASE("the command explain tells what would be sent, with the fields and body of -H and -d, and sends nothing") {
    ScriptedUpstream upstream({{read_request(), answer(200, "reached")}});
    const Ending told = run_serve({"explain", "GET", "/pets/7?x=1", "/pets/{id}=" + upstream.url() + "/animals"});
    CHECK(told.code == 0);
    CHECK(told.output.find(upstream.url() + "/animals/7?x=1") != std::string::npos);
    CHECK(upstream.connections() == 0);
    const Ending hosts = run_serve({"explain", "GET", "/a", "-H", "Host: other", "/a=mock:200:m"});
    CHECK(hosts.code == 0);
    CHECK(hosts.output.find("mock:200") != std::string::npos);
    const Ending limited =
        run_serve({"explain", "POST", "/a", "-d", "0123456789", "/a=" + upstream.url() + ";max-body=5B"});
    CHECK(limited.output.find("413") != std::string::npos);
    const Ending both =
        run_serve({"explain", "GET", "/a", "-H", "Content-Length: 1", "-H", "Content-Length: 2", "/a=mock:200"});
    CHECK(both.output.find("400") != std::string::npos);
    CHECK(parse_json(run_serve({"explain", "GET", "/a", "--json", "/a=mock:200"}).output));
}

TEST_CASE("a command behind -- serves when no route is named, or at the first loopback target") {
    const Listener free = *listen_on_loopback();
    const std::uint16_t port = free.port;
    const_cast<Descriptor&>(free.socket).close();
    Start how;
    how.backend = {
        "/bin/sh", "-c",
        "exec " + program_path("gw-serve") + " '/{proxy+}=mock:200:from behind' -p $PORT --admin off --access-log off"};
    Gateway gateway({"/api/{proxy+}=http://127.0.0.1:" + std::to_string(port), "/mock=mock:200:own"}, how);
    CHECK(gateway.get("/mock").body == "own");
    CHECK(gateway.get("/api/x").body == "from behind");
    CHECK(gateway.get("/other").status == 404);
    CHECK(must(raw_exchange(port, get_request("/api/x"))).body == "from behind");
    CHECK(gateway.stop().code == 0);
    CHECK_FALSE(RawClient::connect(port));  // and it ends with the gateway
}

TEST_CASE("what a command behind -- prints is talk, and its end is the gateway's") {
    const TemporaryDirectory directory;
    const std::string go = directory.file("go");
    Start how;
    how.backend = {"/bin/sh", "-c",
                   "echo printed; echo said >&2; until [ -e " + go + " ]; do sleep 0.02; done; exit 3"};
    how.log_to_file = false;
    Gateway gateway({}, how);
    CHECK(gateway.process().wait_for_errors("printed"));
    CHECK(gateway.process().wait_for_errors("said"));
    (void)directory.write("go", "");
    const Ending ending = must(gateway.process().wait());
    CHECK(ending.code == 3);
    CHECK(ending.output.find("printed") == std::string::npos);
}

TEST_CASE("an option that has one value is given once") {
    const Ending ending = run_serve({"--print-config", "/a=mock:200", "--timeout", "7s", "--timeout", "8s"});
    CHECK(ending.code == 2);
    CHECK(ending.output.empty());
    CHECK(ending.errors.find("--timeout is given twice") != std::string::npos);
}
