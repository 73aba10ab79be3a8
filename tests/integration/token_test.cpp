// gw-token and servers: keys that are fetched, issuers that sign, and what neither does.

#include <mutex>
#include <utility>

#include "libgw/base/json.h"
#include "libgw/policy/auth/jws.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/certificate.h"
#include "tests/support/peer.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace gw::auth;

namespace {

Ending run_token(std::vector<std::string> arguments, std::string input = {}) {
    Command command;
    command.arguments = {program_path("gw-token")};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    command.input = std::move(input);
    return must(run(command));
}

const Key& signing_key() {
    static const Key key = *Key::make(*SigningKey::generate(KeyKind::ed25519), "k1", Algorithm::eddsa);
    return key;
}

std::string jwks() { return to_json(to_jwks(std::array{signing_key()})); }

std::int64_t now() { return to_unix_seconds(std::chrono::system_clock::now()); }

std::string token_of(const std::string& issuer, const Object& header = {}) {
    return *sign_jws(to_json(Value(Object{{"iss", issuer}, {"sub", "alice"}, {"exp", now() + 600}})), signing_key(),
                     header);
}

/// What a test says while a server's threads read it.
template <typename T>
class Told {
  public:
    explicit Told(T value) : value_(std::move(value)) {}
    [[nodiscard]] T get() const {
        const std::lock_guard lock(mutex_);
        return value_;
    }
    void set(T value) {
        const std::lock_guard lock(mutex_);
        value_ = std::move(value);
    }

  private:
    mutable std::mutex mutex_;
    T value_;
};

struct Documents {
    std::string set = jwks();
    int status = 200;
    std::string named = {};    ///< what the issuer calls itself; "" its own URL
    std::string keys_at = {};  ///< jwks_uri; "" its own
};

struct Issuer {
    Told<Documents> told{Documents()};
    PeerServer server{[this](const PeerRequest& request) {
        const auto [set, status, named, keys_at] = told.get();
        const std::string own = "http://127.0.0.1:" + std::to_string(server.port());
        if (request.target == "/.well-known/openid-configuration")
            return PeerResponse{status,
                                {},
                                to_json(Value(Object{{"issuer", named.empty() ? own : named},
                                                     {"jwks_uri", keys_at.empty() ? own + "/keys" : keys_at}}))};
        if (request.target == "/keys") return PeerResponse{status, {}, set};
        return PeerResponse{404, {}, "nothing"};
    }};
};

std::string words(const Ending& ending) { return ending.output + ending.errors; }

bool has(const std::string& text, std::string_view word) { return text.find(word) != std::string::npos; }

}  // namespace

TEST_CASE("a token is verified with the keys that its issuer publishes") {
    const Issuer issuer;
    const std::string url = issuer.server.url();
    const Ending good = run_token({"verify", "-", "--issuer", url}, token_of(url));
    CHECK(good.code == 0);
    CHECK(has(good.output, "\"alice\""));
    REQUIRE(issuer.server.requests().size() == 2);
    CHECK(issuer.server.requests()[0].target == "/.well-known/openid-configuration");
    CHECK(issuer.server.requests()[1].target == "/keys");

    const Ending other = run_token({"verify", "-", "--issuer", url}, token_of(url + "/"));
    CHECK(other.code == 1);
    CHECK(has(other.errors, "jwt.issuer"));
    const Ending direct = run_token({"verify", "-", "--jwks", url + "/keys"}, token_of("https://anybody.example"));
    CHECK(direct.code == 0);
    // another name of this machine leads to keys on it
    Issuer local;
    const std::string name = "http://localhost:" + std::to_string(local.server.port());
    local.told.set({.named = name, .keys_at = local.server.url() + "/keys"});
    CHECK(run_token({"verify", "-", "--issuer", name}, token_of(name)).code == 0);
    // keys from one place, the issuer only compared
    const Ending both = run_token({"verify", "-", "--issuer", url, "--jwks", url + "/keys"}, token_of(url));
    CHECK(both.code == 0);
    CHECK(issuer.server.requests().back().target == "/keys");
}

TEST_CASE("many tokens are judged with keys that were fetched once") {
    const Issuer issuer;
    std::string tokens;
    for (int i = 0; i < 300; ++i) tokens += token_of(i % 3 == 0 ? "https://other.example" : issuer.server.url()) + "\n";
    const Ending batch = run_token({"verify", "--batch", "--issuer", issuer.server.url()}, tokens);
    CHECK(batch.code == 1);
    CHECK(issuer.server.requests().size() == 2);
    CHECK(batch.output.starts_with("invalid jwt.issuer\nvalid\nvalid\ninvalid jwt.issuer\n"));
    CHECK(std::count(batch.output.begin(), batch.output.end(), '\n') == 300);
}

TEST_CASE("keys that cannot be fetched are exit 4, and those that are refused exit 5") {
    Issuer issuer;
    const std::string url = issuer.server.url();
    const auto code = [&] { return run_token({"verify", "-", "--issuer", url}, token_of(url)).code; };
    for (const int status : {404, 500, 302, 204}) {
        INFO(status);
        issuer.told.set({.status = status});
        CHECK(code() == 4);
    }
    for (const int status : {401, 403}) {
        INFO(status);
        issuer.told.set({.status = status});
        CHECK(code() == 5);
    }
    issuer.told.set({.named = "https://another.example"});
    CHECK(code() == 4);
    for (const char* set : {"<html>", "{}", "{\"keys\":[],\"keys\":[]}"}) {
        INFO(set);
        issuer.told.set({.set = set});
        CHECK(code() == 4);
    }
    issuer.told.set({.set = jwks() + std::string(150000, ' ')});
    CHECK(code() == 4);
    issuer.told.set(
        {.set = R"({"keys":[{"kty":"oct","kid":"k1","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"}]})"});
    const Ending secret = run_token({"verify", "-", "--issuer", url}, token_of(url));
    CHECK(secret.code == 1);
    CHECK(has(secret.errors, "shared secret that is published is none"));
    issuer.told.set({.set = jwks()});
    CHECK(code() == 0);
    CHECK(run_token({"verify", "-", "--issuer", "http://127.0.0.1:1"}, token_of(url)).code == 4);
}

TEST_CASE("a key server that does not answer in time is given up") {
    ScriptedUpstream silent({{read_request(), hold()}});
    const auto begin = std::chrono::steady_clock::now();
    const Ending ending = run_token({"verify", "-", "--jwks", silent.url() + "/keys"}, token_of("x"));
    CHECK(ending.code == 4);
    CHECK(has(ending.errors, "within 1s500ms"));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
    silent.release();

    ScriptedUpstream packed({{read_request(), answer(200, jwks(), "Content-Encoding: gzip\r\n")}});
    CHECK(run_token({"verify", "-", "--jwks", packed.url() + "/keys"}, token_of("x")).code == 4);
    ScriptedUpstream elsewhere({{read_request(), answer(302, "", "Location: /keys2\r\n")}});
    const Ending moved = run_token({"verify", "-", "--jwks", elsewhere.url() + "/keys"}, token_of("x"));
    CHECK(moved.code == 4);
    CHECK(has(moved.errors, "redirects are not followed"));
    CHECK(elsewhere.connections() == 1);
}

TEST_CASE("what a token says about where its keys are is not looked at") {
    ScriptedUpstream trap({{read_request(), answer(200, jwks())}});
    const Key stranger = *Key::make(*SigningKey::generate(KeyKind::ed25519), "k1", Algorithm::eddsa);
    const Issuer issuer;
    const std::string url = issuer.server.url();
    for (const char* member : {"jku", "x5u"}) {
        const Object header{{member, trap.url() + "/keys"}, {"jwk", stranger.to_jwk()}, {"x5c", Array{"MIIB"}}};
        const std::string claims = to_json(Value(Object{{"iss", url}, {"exp", now() + 600}}));
        const std::string forged = *sign_jws(claims, stranger, header);
        const Ending ending = run_token({"verify", "-", "--issuer", url}, forged);
        CHECK(ending.code == 1);
        CHECK(has(ending.errors, "jwt.signature"));
        CHECK(run_token({"verify", "-", "--issuer", url}, token_of(url, header)).code == 0);
        CHECK(run_token({"decode", "-"}, forged).code == 0);
    }
    CHECK(trap.connections() == 0);
}

TEST_CASE("keys come over TLS from a server that can prove its name") {
    const TemporaryDirectory directory;
    const Date date = std::chrono::system_clock::now();
    CertificateWish wish{"authority", {}, true, {}, date - std::chrono::hours(1), date + std::chrono::hours(24)};
    const net::TlsKeyPair authority = issue(wish);
    const net::TlsKeyPair server = issue(
        {"127.0.0.1", {"127.0.0.1"}, false, "serverAuth", date - std::chrono::hours(1), date + std::chrono::hours(24)},
        &authority);
    PeerServer peer([](const PeerRequest&) { return PeerResponse{200, {}, jwks()}; },
                    {directory.write("server.pem", server.cert_pem), directory.write("key.pem", server.key_pem)});
    const std::string ca = directory.write("ca.pem", authority.cert_pem);
    const std::string url = peer.url() + "/keys";
    CHECK(run_token({"verify", "-", "--jwks", url, "--cacert", ca}, token_of("x")).code == 0);
    const Ending unknown = run_token({"verify", "-", "--jwks", url}, token_of("x"));
    CHECK(unknown.code == 4);
    CHECK(has(unknown.errors, "certificate"));
    CHECK(peer.requests().size() == 1);
}

TEST_CASE("a running issuer signs what mint asks for") {
    const std::string token = token_of("x");
    const std::string signed_answer = to_json(Value(Object{{"token", token}}));
    Told<PeerResponse> told({200, {}, signed_answer});
    PeerServer issuer([&](const PeerRequest&) { return told.get(); });
    const Ending good =
        run_token({"mint", R"({"a":[1]})", "--issuer", issuer.url(), "-c", "sub=bob", "--date", "1795348800"});
    CHECK(good.code == 0);
    CHECK(good.output == token + "\n");
    REQUIRE(issuer.requests().size() == 1);
    const PeerRequest asked = issuer.requests()[0];
    CHECK(asked.method == "POST");
    CHECK(asked.target == "/sign");
    CHECK(find_peer_field(asked.fields, "content-type") == "application/json");
    CHECK(asked.body == R"({"iss":")" + issuer.url() + R"(","iat":1795348800,"a":[1],"sub":"bob","exp":1795352400})");

    told.set({400, {}, R"({"error":"no \u001b[31m such claim"})"});
    const Ending refused = run_token({"mint", "--issuer", issuer.url() + "/"});
    CHECK(refused.code == 5);
    CHECK(has(refused.errors, "no \xef\xbf\xbd[31m such claim"));
    CHECK(issuer.requests()[1].target == "/sign");
    told.set({500, {}, signed_answer});
    CHECK(run_token({"mint", "--issuer", issuer.url()}).code == 4);
    for (const char* answer : {"{}", "no json", R"({"token":"a.b"})", R"({"token":"a.b.\u001b[2J"})"}) {
        INFO(answer);
        told.set({200, {}, answer});
        const Ending odd = run_token({"mint", "--issuer", issuer.url()});
        CHECK(odd.code == 4);
        CHECK(odd.output.empty());
    }
    CHECK(run_token({"mint", "--issuer", "http://127.0.0.1:1"}).code == 4);
    CHECK(run_token({"mint", "--issuer", "http://issuer.example"}).code == 2);
}

TEST_CASE("a pipe may hold a key, and what is longer than a key may be is not read to its end") {
    const TemporaryDirectory directory;
    const std::string token = *sign_jws(R"({"exp":99999999999})", signing_key());
    Command command;
    command.arguments = {"/bin/sh", "-c",
                         "mkfifo pipe; (printf %s \"$KEY\" >pipe) & " + program_path("gw-token") +
                             " verify env:TOKEN -k @pipe && yes | " + program_path("gw-token") +
                             " verify - -k env:KEY"};
    command.environment = {{"KEY", to_json(signing_key().to_jwk())}, {"TOKEN", token}};
    command.directory = directory.path().string();
    command.input = "";
    const Ending ending = must(run(command));
    CHECK(ending.code == 2);
    CHECK(has(ending.errors, "valid\n"));
    CHECK(has(words(ending), "holds more than 1048576 bytes"));
}
