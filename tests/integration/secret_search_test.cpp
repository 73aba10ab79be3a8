// One gateway that is told a secret of every kind, by its operator and by its clients, and a search for all of them in
// everything that it has told anybody.

#include <filesystem>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/jws.h"
#include "libgw/policy/auth/sigv4/sign.h"
#include "tests/integration/issuer.h"
#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/tls_relay.h"

using namespace gw;
using namespace gw::test;

namespace {

const std::string kMark = "cAnArY5e1";  // part of every secret that is a text

/// Texts that nobody may be told, each with what it is.
using Secrets = std::vector<std::pair<const char*, std::string>>;

/// A file that only its owner may read.
std::string write_private(const TemporaryDirectory& directory, const std::string& name, const std::string& text) {
    std::string path = directory.write(name, text);
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
}

net::TlsKeyPair key_pair() { return issue(local_wish(std::chrono::hours(48))); }

std::string last_part(const std::string& token) { return token.substr(token.rfind('.') + 1); }

/// A gateway with a secret of every kind in its files and its environment.
struct Confidant {
    TemporaryDirectory directory;
    net::TlsKeyPair pair = key_pair();
    std::string shared_secret = kMark + "-shared-secret-of-the-issuer-0123";
    Value jwk = Object{{"kty", "oct"}, {"kid", "s"}, {"alg", "HS256"}, {"k", to_base64url(shared_secret)}};
    std::string api_key = kMark + "-api-key-0123456789";
    std::string iam_secret = kMark + "-secret-access-key";
    std::string session = kMark + "-session-token";
    ScriptedUpstream target{{{read_request(), answer(200, "reached", "Connection: close\r\nSet-Cookie: s=1\r\n")}}};
    ScriptedUpstream broken{{{read_request(), send_bytes("HTTP/1.1 200 OK\r\nAuthorization " + kMark + "-x\r\n\r\n")}}};
    std::string config_file;
    std::optional<Gateway> gateway;
    std::optional<TlsRelay> relay;
    Secrets secrets = {{"anything", kMark}, {"a shared secret in its file", to_base64url(shared_secret)}};
    std::string told;

    explicit Confidant(const std::string& format) {
        const std::string key_file = write_private(directory, "tls.key", pair.key_pem);
        for (const std::string_view line : split(pair.key_pem, '\n'))
            if (!line.empty() && line[0] != '-') secrets.emplace_back("a line of the private key", line);
        const std::string issuer = write_private(directory, "jwks.json", to_json(Object{{"keys", Array{jwk}}}));
        const Object signer = {{"secret", iam_secret},
                               {"session_token", session},
                               {"expires", "2099-01-01T00:00:00Z"},
                               {"principal", "arn:aws:sts::123456789012:assumed-role/r/s"}};
        const std::string signers = write_private(directory, "signers.json", to_json(Object{{"ASIACONFIDED", signer}}));
        Start how;
        how.port_option = false;
        how.environment = {{"GW_TEST_CONFIDED", api_key}};
        how.config = "version: 1\nexplain: true\niam: {keys: '" + signers +
                     "'}\napiKeys: [{id: app, value: 'env:GW_TEST_CONFIDED'}]\nlisteners:\n  - address: 127.0.0.1:0\n" +
                     "    tls: {certificates: [{cert: '" + directory.write("tls.pem", pair.cert_pem) + "', key: '" +
                     key_file + "'}]}\napis:\n  - authorizers:\n      shared: {issuer: 'https://issuer.example', " +
                     "jwks: 'file:" + issuer + "', algorithms: [HS256]}\n    routes:\n";
        for (const auto& [path, url, auth] : {std::tuple{"/token", target.url(), "shared"},
                                              {"/key", target.url(), "key"},
                                              {"/signed", target.url(), "iam"},
                                              {"/open", target.url(), "none"},
                                              {"/broken", broken.url(), "none"}})
            how.config +=
                std::string("      - {routeKey: GET ") + path + ", integration: '" + url + "', auth: " + auth + "}\n";
        config_file = directory.write("gw.yaml", how.config);
        gateway.emplace(std::vector<std::string>{"--access-log", format}, how);
        relay.emplace(gateway->port());
    }

    /// Asks; an answer that the gateway gave itself counts as told.
    int ask(const std::string& request) {
        const RawResponse answer = must(raw_exchange(relay->port(), request));
        if (answer.body != "reached") told += answer.head + answer.body + "\n";
        return answer.status;
    }
    int get(const std::string& target_of, const std::string& lines) { return ask(get_request(target_of, lines)); }

    void admin(const std::string& path) {
        told += gateway->admin("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n").body;
    }

    /// What a command says of the same file.
    void run_command(const std::vector<std::string>& arguments, int code) {
        Command command;
        command.arguments = {program_path("gw-serve")};
        command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
        command.environment = {{"GW_TEST_CONFIDED", api_key}};
        command.input = "";
        const Ending ending = must(run(command));
        INFO(arguments[0] << ": " << ending.errors);
        CHECK(ending.code == code);
        told += ending.output + ending.errors;
    }

    /// The lines of a signature over GET /signed.
    std::string signature(const std::string& secret, const std::string& token) {
        const sigv4::Credential credential{"ASIACONFIDED", Secret(std::string(secret)), Secret(std::string(token)),
                                           std::nullopt};
        const std::vector<sigv4::Field> fields = {{"host", "h"}};
        const auto made = must(
            sigv4::sign({"GET", "/signed", {}, fields, sha256("")}, credential, {}, std::chrono::system_clock::now()));
        secrets.emplace_back("a signature", made.signature);
        std::string lines;
        for (const auto& [name, value] : made.fields) lines += name + ": " + value + "\r\n";
        return lines;
    }

    std::string token(const Object& more) {
        const auto key = must(auth::Key::from_jwk(jwk));
        std::string made = must(auth::sign_jws(to_json(Value(good_claims("https://issuer.example", more))), key));
        secrets.emplace_back("a token's signature", last_part(made));
        return made;
    }
};

}  // namespace

TEST_CASE("a gateway that knows secrets of every kind tells none of them, wherever one looks") {
    for (const char* format :
         {"json",
          "$context.requestId $context.path $context.routeKey $context.identity.apiKey $context.identity.apiKeyId "
          "$context.identity.user $context.identity.userArn $context.identity.caller "
          "$context.identity.userAgent $context.authorizer.error $context.authorizer.principalId "
          "$context.error.message $context.error.responseType $context.integration.error $context.authorize.error "
          "$context.authenticate.error $context.status"}) {
        INFO(format);
        Confidant gw(format);
        const std::string good = gw.token({});
        const std::string old = gw.token({{"exp", 1}});
        CHECK(gw.get("/token", bearer(good)) == 200);
        CHECK(gw.get("/token", bearer(old)) == 401);
        CHECK(gw.get("/token", bearer(good.substr(0, good.size() - 2) + "AA")) == 401);
        CHECK(gw.get("/token", bearer(kMark + "-no-token")) == 401);
        CHECK(gw.get("/token", "Authorization: Basic " + to_base64("alice:" + kMark + "-password") + "\r\n") == 401);
        gw.secrets.emplace_back("a password", to_base64("alice:" + kMark + "-password"));
        CHECK(gw.get("/token?access_token=" + good + "&password=" + kMark + "-q", "") == 401);
        CHECK(gw.get("/key", "X-Api-Key: " + gw.api_key + "\r\n") == 200);
        CHECK(gw.get("/key", "X-Api-Key: " + gw.api_key + "x\r\n") == 403);
        CHECK(gw.get("/key", "X-Api-Key: " + gw.api_key + "\r\nX-Api-Key: " + gw.api_key + "\r\n") == 400);
        CHECK(gw.get("/signed", gw.signature(gw.iam_secret, gw.session)) == 200);
        CHECK(gw.get("/signed", gw.signature(gw.iam_secret, kMark + "-another-session")) == 403);
        CHECK(gw.get("/signed", gw.signature(kMark + "-another-secret", gw.session)) == 403);
        CHECK(gw.get("/open", "Cookie: session=" + kMark + "-cookie\r\nProxy-Authorization: Basic " + kMark + "\r\n") ==
              200);
        CHECK(gw.get("/broken", "Cookie: session=" + kMark + "-cookie\r\n") == 502);
        CHECK(gw.get("/open", "Cookie: session=" + kMark + "\x01\r\n") == 400);
        CHECK(gw.ask("GET /open HTTP/1.1\r\nHost: h\r\nAuthorization " + kMark + "\r\n\r\n") == 400);
        CHECK(gw.get("/nowhere", bearer(good) + "Cookie: " + kMark + "\r\n") == 404);
        constexpr std::size_t kAsked = 17;

        for (const char* page : {"/status", "/metrics", "/config", "/canary", "/nothing"}) gw.admin(page);
        gw.run_command({"--print-config", "-c", gw.config_file}, 0);
        gw.run_command({"check", "-c", gw.config_file}, 0);
        gw.run_command({"check", "--strict", "-c", gw.config_file}, 2);
        gw.run_command({"routes", "-c", gw.config_file}, 0);
        gw.run_command({"routes", "--json", "-c", gw.config_file}, 0);
        gw.run_command({"explain", "GET", "/key", "-c", gw.config_file}, 0);
        gw.run_command({"status", "--admin", "unix:" + gw.gateway->admin_socket()}, 0);
        // a file that says secrets where they may not stand, wrongly, or with a word misspelt
        for (const std::string& line :
             {"adminToken: " + kMark + "-inline", "adminTokn: " + kMark + "-misspelt",
              "apiKeys: [{id: a, value: " + kMark + "-in-the-file}]", "apiKeys: [{id: a, vale: " + kMark + "}]",
              "adminToken: *" + kMark, "adminToken: !" + kMark + " x", "adminToken: [" + kMark + "]",
              "adminToken: \"" + kMark}) {
            INFO(line);
            gw.gateway->write_config("version: 1\n" + line +
                                     "\napis: [{routes: [{routeKey: GET /a, integration: 'mock:200'}]}]\n");
            const RawResponse refused = gw.gateway->order("/reload");
            CHECK(refused.status == 409);
            gw.told += refused.body;
        }
        gw.told += gw.gateway->wait_for_log(kAsked);
        gw.told += read_file("/proc/" + std::to_string(gw.gateway->process().id()) + "/cmdline");
        const Ending ending = gw.gateway->stop();
        CHECK(ending.code == 0);
        gw.told += ending.output + ending.errors + gw.gateway->log();

        CHECK(gw.secrets.size() > 10);
        for (const auto& [what, secret] : gw.secrets) {
            INFO(what << ": " << secret);
            const auto at = gw.told.find(secret);
            if (at != std::string::npos)
                FAIL_CHECK("is told: " << gw.told.substr(at < 200 ? 0 : at - 200, 300 + secret.size()));
        }
    }
}
