// Secrets: what a client, a file or a certificate says in confidence is in no log, no metric, no answer, no listing and
// no argument vector.

#include <filesystem>

#include "libgw/base/json.h"
#include "libgw/base/random.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/peer.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;

namespace {

const std::string kCanary = "cAnArY7f3";

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

std::string secret_fields() {
    return "Authorization: Bearer " + kCanary + "-1\r\nCookie: session=" + kCanary + "-2\r\nX-Api-Key: " + kCanary +
           "-3\r\nProxy-Authorization: Basic " + kCanary + "-4\r\nX-Amz-Security-Token: " + kCanary + "-5\r\n";
}

/// Everything the gateway has told anybody.
std::string told_by(Gateway& gateway) {
    std::string all = gateway.log() + gateway.process().errors() + gateway.process().output();
    for (const char* path : {"/status", "/metrics"})
        all += gateway.admin("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n").body;
    return all;
}

}  // namespace

TEST_CASE("secrets of requests are in no log of any format, no metric and no error, whatever becomes of the request") {
    for (const char* format :
         {"json", "clf", "human",
          "$context.requestId $context.httpMethod $context.path $context.protocol $context.error.message "
          "$context.identity.userAgent $context.identity.apiKey $context.identity.sourceIp $context.status"}) {
        INFO(format);
        ScriptedUpstream upstream(
            {{read_request(), answer(200, "ok", "Set-Cookie: s=" + kCanary + "-6\r\nConnection: close\r\n")},
             {read_request(), send_bytes("HTTP/1.1 200 OK\r\nAuthorization " + kCanary + "-7\r\n\r\n")},
             {read_request(), reset_connection()}});
        Gateway gateway({"/{proxy+}=" + upstream.url(), "/mock=mock:200:m", "--access-log", format, "--explain"});
        CHECK(gateway.get("/a", secret_fields()).status == 200);
        CHECK(gateway.get("/b", secret_fields()).status == 502);
        CHECK(gateway.get("/c", secret_fields()).status == 503);
        CHECK(gateway.get("/mock", secret_fields()).status == 200);
        CHECK(gateway.get("/", secret_fields()).status == 404);
        CHECK(gateway.get("/a", secret_fields() + "Authorization: again " + kCanary + "-8\r\n").status == 400);
        CHECK(gateway.get("/a", secret_fields() + "bro ken: " + kCanary + "-9\r\n").status == 400);
        CHECK(gateway
                  .get("/mock?token=" + kCanary + "-a&code=" + kCanary + "-b&X-Amz-Signature=" + kCanary +
                       "-c&X-Amz-Security-Token=" + kCanary + "-d")
                  .status == 200);
        (void)gateway.wait_for_log(8);
        const std::string told = told_by(gateway);
        INFO(told);
        CHECK(told.find(kCanary) == std::string::npos);
    }
}

TEST_CASE("secrets of the gateway are in no listing, no log, no answer and no argument vector") {
    const TemporaryDirectory directory;
    const net::TlsKeyPair pair = issue(local_wish(std::chrono::hours(48)));
    const std::string token_file = directory.write("token", kCanary + "-token-of-the-admin\n");
    std::filesystem::permissions(token_file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const std::string key_file = directory.write("tls.key", pair.key_pem);
    std::filesystem::permissions(key_file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const std::string key_text = pair.key_pem.substr(pair.key_pem.find('\n') + 1, 40);
    const std::string config = "version: 1\nadminToken: 'file:" + token_file +
                               "'\nlisteners:\n  - address: 127.0.0.1:0\n    tls: {certificates: [{cert: '" +
                               directory.write("tls.pem", pair.cert_pem) + "', key: '" + key_file +
                               "'}]}\napis:\n  - routes:\n      - {routeKey: GET /a, integration: 'mock:200:a'}\n";

    const std::string file = directory.write("gw.yaml", config);
    std::string told;
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--print-config", "-c", file},
                                                      {"check", "-c", file},
                                                      {"routes", "-c", file},
                                                      {"explain", "GET", "/a", "-c", file}}) {
        Command command;
        command.arguments = {program_path("gw-serve")};
        command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
        command.input = "";
        const Ending ending = must(run(command));
        INFO(arguments[0] << ": " << ending.errors);
        CHECK(ending.code == 0);
        if (arguments[0] == "--print-config") CHECK(ending.output.find(token_file) != std::string::npos);
        told += ending.output + ending.errors;
    }
    // a token that stands in the file itself is refused, and not repeated
    const std::string inline_token = directory.write(
        "inline.yaml", "version: 1\nadminToken: " + kCanary +
                           "-inline\napis: [{routes: [{routeKey: GET /a, integration: 'mock:200'}]}]\n");
    for (const char* action : {"check", "--print-config"}) {
        Command command;
        command.arguments = {program_path("gw-serve"), action, "-c", inline_token};
        command.input = "";
        const Ending ending = must(run(command));
        CHECK(ending.code == 2);
        told += ending.output + ending.errors;
    }
    CHECK(told.find(kCanary) == std::string::npos);
    CHECK(told.find(key_text) == std::string::npos);
}

TEST_CASE("a file with a secret that everybody can read is doubtful, whichever secret it is") {
    const TemporaryDirectory directory;
    const net::TlsKeyPair pair = issue(local_wish(std::chrono::hours(24 * 40)));
    const std::string jwk = R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"})";
    const std::vector<std::pair<std::string, std::string>> secrets = {
        {"tls.key", pair.key_pem},
        {"token", "a-token-of-the-admin-API\n"},
        {"signers.json", R"({"AKIDA": {"secret": "a-secret-of-a-signer"}})"},
        {"key", "an-api-key-0123456789abcdef\n"},
        {"jwk.json", R"({"keys":[)" + jwk + "]}"},
        {"places", "a-secret-of-the-canary\n"}};
    for (const auto& [name, text] : secrets) static_cast<void>(directory.write(name, text));
    static_cast<void>(directory.write("tls.pem", pair.cert_pem));
    const std::string file = directory.write(
        "gw.yaml",
        "version: 1\nadmin: 127.0.0.1:0\nadminToken: file:token\niam: {keys: signers.json}\n"
        "apiKeys: [{id: a, value: file:key}]\nlisteners:\n  - address: 127.0.0.1:0\n"
        "    tls: {certificates: [{cert: tls.pem, key: tls.key}]}\napis:\n  - authorizers:\n"
        "      people: {issuer: 'https://issuer.example', audience: [a], jwks: 'file:jwk.json', algorithms: [HS256]}\n"
        "    canarySettings: {percentTraffic: 5, target: 'mock:200:new', key: file:places}\n    routes:\n"
        "      - {routeKey: GET /a, integration: 'mock:200:a', auth: people}\n"
        "      - {routeKey: GET /b, integration: 'mock:200:b', auth: iam}\n"
        "      - {routeKey: GET /c, integration: 'mock:200:c', auth: key}\n");
    const auto allow = [&](const std::string& name, unsigned mode) {
        std::filesystem::permissions(directory.file(name), static_cast<std::filesystem::perms>(mode));
    };
    const auto check = [&](bool strict) {
        Command command;
        command.arguments = {program_path("gw-serve"), "check", "-c", file};
        if (strict) command.arguments.emplace_back("--strict");
        command.input = "";
        return must(run(command));
    };
    for (const auto& secret : secrets) allow(secret.first, 0640);
    const Ending closed = check(true);
    INFO(closed.errors);
    CHECK(closed.code == 0);
    CHECK(closed.errors.empty());
    for (const auto& [name, text] : secrets) {
        INFO(name);
        allow(name, 0644);
        const Ending open = check(false);
        INFO(open.errors);
        CHECK(open.code == 0);
        CHECK(open.errors.starts_with(file + ":"));
        CHECK(open.errors.find("warning: " + directory.file(name) +
                               " holds a secret, and everybody on this machine can read it") != std::string::npos);
        CHECK(open.errors.find("hint: chmod o-r " + directory.file(name)) != std::string::npos);
        CHECK(open.errors.find("warning: ", open.errors.find("warning: ") + 1) == std::string::npos);
        CHECK(check(true).code == 2);
        allow(name, 0640);
    }
}

TEST_CASE("the token of the admin API is told to nobody, and a wrong one is not repeated") {
    Start how;
    how.environment = {{"GW_TEST_TOKEN", kCanary + "-admin-token"}};
    Gateway gateway({"/=mock:200:a", "--admin", "127.0.0.1:0", "--admin-token", "env:GW_TEST_TOKEN"}, how);
    const std::string banner = must(gateway.process().wait_for_errors("admin "));
    const std::size_t colon = banner.rfind(':');
    const auto port = static_cast<std::uint16_t>(std::stoi(banner.substr(colon + 1)));
    std::string told;
    for (const std::string& token : {kCanary + "-wrong", kCanary + "-admin-token"}) {
        for (const char* path : {"/status", "/metrics", "/nothing"}) {
            const RawResponse answer = must(
                raw_exchange(port, "GET " + std::string(path) +
                                       " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n\r\n"));
            CHECK((answer.status == 401) == (token == kCanary + "-wrong"));
            told += answer.head + answer.body;
        }
    }
    told += gateway.process().errors() + gateway.process().output() + gateway.log();
    told += read_file("/proc/" + std::to_string(gateway.process().id()) + "/cmdline");
    CHECK(told.find(kCanary) == std::string::npos);
}

TEST_CASE("every line of the log is one JSON object, whatever bytes a request is made of") {
    const Gateway gateway({"/{proxy+}=mock:200:a", "--max-connections-per-client", "0"});
    Random dice(20261122);
    const std::vector<std::string> pieces = {
        "\"",        "\\", "\x1b[31m", "\xe2\x80\xa8",     "\xff",   "%0a", "%22", "{}", "\t", "\xc3\xa9", "%00",
        "</script>", "'",  "\x7f",     "\xf0\x9f\x98\x80", "\\u0000"};
    constexpr std::size_t kRequests = 300;
    for (std::size_t i = 0; i < kRequests; ++i) {
        const auto junk = [&] {
            std::string text;
            for (std::uint64_t n = dice.below(6); n > 0; --n) text += pieces[dice.below(pieces.size())];
            return text;
        };
        std::string request = "GET /" + junk() + "?" + junk() + " HTTP/1.1\r\nHost: h" +
                              (dice.below(8) == 0 ? junk() : "") + "\r\nUser-Agent: " + junk() +
                              "\r\nX-Forwarded-For: " + junk() + "\r\n\r\n";
        if (dice.below(6) == 0) request[dice.below(request.size() - 4)] = static_cast<char>(dice.below(256));
        (void)raw_exchange(gateway.port(), request + "\r\n\r\n");
    }
    const auto lines = lines_of(gateway.wait_for_log(kRequests));
    for (const std::string& line : lines) {
        INFO(line);
        const auto value = parse_json(line);
        REQUIRE(value);
        CHECK(value->if_object() != nullptr);
        CHECK(value->find("status") != nullptr);
        for (const char c : line) CHECK((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
    }
}
