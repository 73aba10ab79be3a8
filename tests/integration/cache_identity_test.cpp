// What one caller was answered is shown to no other, whoever found out who he is; and who may ask for a new answer.

#include "libgw/base/crypto.h"
#include "libgw/policy/auth/sigv4/sign.h"
#include "tests/integration/counting_target.h"
#include "tests/integration/issuer.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::test;

namespace {

constexpr const char* kIssuer = "https://issuer.example";
constexpr const char* kKey = "x-api-key: one-key-of-length-20\r\n";

/// A signed GET; `more`: lines that are not signed.
std::string signed_get(const std::string& target, const std::string& id, const std::string& more = {}) {
    const sigv4::Credential credential{id, Secret(std::string("secret-of-") + id), Secret(std::string()), std::nullopt};
    const std::vector<sigv4::Field> fields = {{"host", "h"}};
    const auto made =
        must(sigv4::sign({"GET", target, {}, fields, sha256("")}, credential, {}, std::chrono::system_clock::now()));
    std::string head = "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + more;
    for (const auto& [name, value] : made.fields) head += name + ": " + value + "\r\n";
    return head + "\r\n";
}

constexpr const char* kSigners = R"({
"AKIDONE": {"secret": "secret-of-AKIDONE", "principal": "arn:aws:iam::123456789012:user/one", "policies": [
  {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}]}]},
"AKIDTWO": {"secret": "secret-of-AKIDTWO", "principal": "arn:aws:iam::123456789012:user/two", "policies": [
  {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["execute-api:Invoke", "execute-api:InvalidateCache"], "Resource": "*"},
    {"Effect": "Deny", "Action": "execute-api:InvalidateCache", "Resource": "arn:aws:execute-api:*:*:*/*/GET/closed"}]}]}})";

/// Each is answered for himself, and again from memory.
void check_apart(Counter& target, const Gateway& gateway, const std::string& one, const std::string& two) {
    const int before = target.asked();
    const RawResponse first = gateway.ask(one);
    const RawResponse second = gateway.ask(two);
    CHECK(first.status == 200);
    CHECK(second.status == 200);
    CHECK(first.body != second.body);
    CHECK(gateway.ask(one).body == first.body);
    CHECK(gateway.ask(two).body == second.body);
    CHECK(target.asked() == before + 2);
}

/// Each is answered for himself, every time.
void check_never_kept(Counter& target, const Gateway& gateway, const std::string& one, const std::string& two) {
    const int before = target.asked();
    for (const std::string& request : {one, two, one, two}) CHECK(gateway.ask(request).status == 200);
    CHECK(target.asked() == before + 4);
}

}  // namespace

TEST_CASE("answers to tokens are kept for each token, in both modes") {
    const TemporaryDirectory directory;
    const std::string keys = directory.write("keys.json", key_set());
    Counter target(control("max-age=60, public"));
    for (const char* mode : {"http", "60s"}) {
        INFO(mode);
        const Gateway gateway({"--cache", mode, "--jwt", kIssuer, "--jwt-jwks", "@" + keys, target.url()});
        const std::string alice = bearer(token_of(kIssuer));
        const std::string bob = bearer(token_of(kIssuer, {{"sub", "bob"}}));
        check_apart(target, gateway, get_request("/a", alice), get_request("/a", bob));
        // who has no good token learns nothing of what is there
        const int before = target.asked();
        CHECK(gateway.get("/a").status == 401);
        CHECK(gateway.get("/a", alice.substr(0, alice.size() - 8) + "\r\n").status == 401);
        CHECK(target.asked() == before);
    }
}

TEST_CASE("answers to signatures are kept for each key, in both modes") {
    const TemporaryDirectory directory;
    const std::string keys = directory.write("keys.json", kSigners);
    Counter target(control("max-age=60, public"));
    for (const char* mode : {"http", "60s"}) {
        INFO(mode);
        const Gateway gateway({"--cache", mode, "--iam", "--iam-keys", keys, target.url()});
        check_apart(target, gateway, signed_get("/a", "AKIDONE"), signed_get("/a", "AKIDTWO"));
        CHECK(gateway.get("/a").status == 403);
    }
}

TEST_CASE("an API key is a program's, so what its users bring is theirs alone") {
    Counter target(control("max-age=60"));
    const auto with = [](const char* line) { return get_request("/a", std::string(kKey) + line); };
    for (const char* mode : {"http", "60s"}) {
        INFO(mode);
        const Gateway gateway({"--cache", mode, "--api-key", "one-key-of-length-20", target.url()});
        check_never_kept(target, gateway, with("Authorization: Bearer alice\r\n"),
                         with("Authorization: Bearer bob\r\n"));
    }
    const Gateway gateway({"--cache", "60s", "--api-key", "one-key-of-length-20", target.url()});
    check_never_kept(target, gateway, with("Cookie: session=alice\r\n"), with("Cookie: session=bob\r\n"));
}

TEST_CASE("what a target itself asks for is kept for nobody else") {
    Counter target(control("max-age=60"));
    const auto with = [](const char* line) { return get_request("/a", line); };
    for (const char* mode : {"http", "60s"}) {
        INFO(mode);
        const Gateway gateway({"--cache", mode, target.url()});
        // with and without something in memory for those who bring nothing
        check_never_kept(target, gateway, with("Authorization: a\r\n"), with("Authorization: b\r\n"));
        const std::string everybody = gateway.get("/b").body;
        CHECK(gateway.get("/b").body == everybody);
        if (std::string_view(mode) == "60s") {
            CHECK(gateway.get("/b", "Authorization: a\r\n").body != everybody);
            check_never_kept(target, gateway, with("Cookie: a\r\n"), with("Cookie: b\r\n"));
        }
    }
    target.answer(200, control("max-age=60", {{"Vary", "Cookie"}}));
    const Gateway gateway({"--cache", "http", target.url()});
    check_apart(target, gateway, with("Cookie: a\r\n"), with("Cookie: b\r\n"));
}

TEST_CASE("what is said to one caller of an answer that is kept for all is not told to all") {
    Counter target({{"Cache-Control", "max-age=1"}, {"Age", "5"}, {"ETag", "\"v\""}});
    const Gateway gateway({"--cache", "http", target.url()});
    const std::string body = gateway.get("/a").body;
    target.validates("\"v\"");
    target.answer(200, {{"Cache-Control", "max-age=60"}, {"ETag", "\"v\""}, {"X-Account", "alice"}});
    const RawResponse own = gateway.get("/a", "Authorization: alice\r\n");
    CHECK(own.body == body);
    CHECK(own.field("x-account") == "alice");
    RawClient client = gateway.connect();
    must(client.send("HEAD /a HTTP/1.1\r\nHost: h\r\nAuthorization: alice\r\n\r\n"));
    CHECK(must(client.read_response(true)).status == 200);
    target.answer(200, {{"Cache-Control", "max-age=60"}, {"ETag", "\"v\""}});
    const RawResponse everybody = gateway.get("/a");
    CHECK(everybody.count("x-account") == 0);
    CHECK(everybody.body == body);
}

TEST_CASE("a new answer is for those whose policy lets them invalidate") {
    const TemporaryDirectory directory;
    const std::string keys = directory.write("keys.json", kSigners);
    Counter target(PeerFields{});
    const Gateway gateway({"--cache", "60s", "--iam", "--iam-keys", keys, target.url()});
    const std::string kNew = "Cache-Control: max-age=0\r\n";
    const std::string one = gateway.ask(signed_get("/a", "AKIDONE")).body;
    const std::string two = gateway.ask(signed_get("/a", "AKIDTWO")).body;
    const RawResponse ignored = gateway.ask(signed_get("/a", "AKIDONE", kNew));
    CHECK(ignored.body == one);
    CHECK(ignored.field("warning").starts_with("199 "));
    std::string next;
    // one that is less than a second old is new enough
    CHECK(eventually([&] { return (next = gateway.ask(signed_get("/a", "AKIDTWO", kNew)).body) != two; }));
    CHECK(gateway.ask(signed_get("/a", "AKIDTWO")).body == next);
    CHECK(gateway.ask(signed_get("/a", "AKIDONE")).body == one);
    // a Deny counts
    const std::string closed = gateway.ask(signed_get("/closed", "AKIDTWO")).body;
    CHECK(gateway.ask(signed_get("/closed", "AKIDTWO", kNew)).field("warning").starts_with("199 "));
    CHECK(gateway.ask(signed_get("/closed", "AKIDTWO")).body == closed);
}
