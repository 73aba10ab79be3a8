// Signed requests to a gateway: what is signed and what is not, bodies that are held until their digest is known,
// policies and AWS's words for their no.

#include <algorithm>
#include <random>
#include <thread>

#include "libgw/base/clock.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/sigv4/sign.h"
#include "tests/integration/issuer.h"
#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kKeys = R"({
"AKIDALICE": {"secret": "alice-secret", "principal": "arn:aws:iam::123456789012:user/alice"},
"AKIDREADER": {"secret": "reader-secret", "principal": "arn:aws:iam::123456789012:user/reader", "policies": [
  {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*:*:*/*/GET/*"},
    {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*:*:*/*/*/secret*"}]}]},
"AKIDNOBODY": {"secret": "nobody-secret", "principal": "arn:aws:iam::123456789012:user/nobody", "policies": []},
"AKIDABROAD": {"secret": "abroad-secret", "principal": "arn:aws:iam::210987654321:user/carol"},
"ASIASESSION": {"secret": "session-secret", "session_token": "TOKEN/abc+==", "expires": "2099-01-01T00:00:00Z",
  "principal": "arn:aws:sts::123456789012:assumed-role/r/s"},
"ASIAOLD": {"secret": "old-secret", "session_token": "OLD", "expires": "2020-01-01T00:00:00Z",
  "principal": "arn:aws:sts::123456789012:assumed-role/r/s"}})";

sigv4::Credential credential(const std::string& id, const std::string& session_token = {}) {
    std::string secret = to_lower(std::string_view(id).substr(4)) + "-secret";
    return {id, Secret(std::move(secret)), Secret(std::string(session_token)), std::nullopt};
}

using Fields = std::vector<std::pair<std::string, std::string>>;

/// A request as a client would make it.
struct Call {
    std::string method = "GET";
    std::string target = "/";
    std::string body = {};
    Fields fields = {};
    std::string key = "AKIDALICE";
    std::string session_token = {};
    Nanoseconds off{0};  ///< of the client's clock
    sigv4::SignOptions options = {};
    bool chunked = false;
    std::string more = {};  ///< lines that are not signed
};

sigv4::Request view(const Call& call, const std::vector<sigv4::Field>& fields) {
    const auto mark = std::min(call.target.find('?'), call.target.size());
    const std::string_view target = call.target;
    return {call.method, target.substr(0, mark), target.substr(std::min(mark + 1, target.size())), fields,
            sha256(call.body)};
}

Date moment(const Call& call) {
    return std::chrono::system_clock::now() + std::chrono::duration_cast<Date::duration>(call.off);
}

/// The head of it, signed.
std::string head_of(const Call& call) {
    std::vector<sigv4::Field> fields = {{"host", "h"}};
    for (const auto& [name, value] : call.fields) fields.push_back({name, value});
    const auto made =
        must(sigv4::sign(view(call, fields), credential(call.key, call.session_token), call.options, moment(call)));
    std::string head = call.method + " " + call.target + " HTTP/1.1\r\nHost: h\r\n" + call.more;
    for (const auto& [name, value] : call.fields) head += name + ": " + value + "\r\n";
    for (const auto& [name, value] : made.fields) head += name + ": " + value + "\r\n";
    if (call.chunked)
        head += "Transfer-Encoding: chunked\r\n";
    else if (!call.body.empty() || call.method == "POST")
        head += "Content-Length: " + std::to_string(call.body.size()) + "\r\n";
    return head + "\r\n";
}

std::string chunks_of(const std::string& body, std::size_t size) {
    std::string out;
    for (std::size_t at = 0; at < body.size(); at += size) {
        const std::string piece = body.substr(at, size);
        char length[20];
        const int digits = std::snprintf(length, sizeof length, "%zx\r\n", piece.size());
        out += std::string(length, static_cast<std::size_t>(digits)) + piece + "\r\n";
    }
    return out + "0\r\n\r\n";
}

std::string bytes_of(const Call& call) {
    return head_of(call) + (call.chunked ? chunks_of(call.body, 700) : call.body);
}

std::string random_bytes(std::size_t size) {
    std::mt19937 dice(7);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(dice() & 0xffU);
    return bytes;
}

/// A gateway that wants signatures, in front of a target that counts.
struct Place {
    explicit Place(const std::vector<std::string>& more = {}) {
        const std::string keys = directory.write("keys.json", kKeys);
        std::vector<std::string> arguments = {target.url(), "--iam", "--iam-keys", keys, "--explain"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        gateway.emplace(arguments);
    }
    [[nodiscard]] RawResponse send(const Call& call) const { return gateway->ask(bytes_of(call)); }
    TemporaryDirectory directory;
    ScriptedUpstream target{{{read_request(), answer(200, "reached", "Connection: close\r\n")}}};
    std::optional<Gateway> gateway;
};

bool has(std::string_view text, std::string_view word) { return text.find(word) != text.npos; }

std::string message_of(const RawResponse& response) {
    const Value body = must(parse_json(response.body));
    for (const char* name : {"message", "Message"})
        if (const std::string* text = body.find_string(name)) return *text;
    return {};
}

/// The body of the n-th request that the target saw.
std::string body_at(const ScriptedUpstream& target, std::size_t index) {
    const std::string seen = target.seen(index);
    return seen.substr(seen.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("signed requests of every shape are let in, and their signature ends at the gateway") {
    const Place place({"--max-body", "4MiB"});
    const std::string large = random_bytes(2'000'000);
    const std::vector<Call> calls = {
        {},
        {"GET", "/a%2Fb/c%20d"},
        {"GET", "/%40connections/L0SM9cOFvHcCIhw%3D"},
        {"GET", "/a;b=c/~x/!$&'()*+,=:@"},
        {"GET", "/%E1%88%B4/%c3%bc"},
        {"GET", "/p?b=2&a=x%20y&a=1&c="},
        {"GET", "/p?flag"},
        {"GET", "/p?=x&&a=1"},
        {"GET", "/p?a=%2B&a=%26&A=1&a-=1&a_=2"},
        {"GET", "/p?q=%E1%88%B4&Z=%7E~"},
        {"GET", "/p?a=1&a=0&a="},
        {"HEAD", "/p"},
        {"DELETE", "/p"},
        {"OPTIONS", "/p"},
        {"POST", "/p"},
        {"POST", "/p", R"({"name":"rex"})", {{"Content-Type", "application/json"}}},
        {"POST", "/p", large},
        {"POST", "/p", "chunks chunks chunks", {}, "AKIDALICE", {}, {}, {}, true},
        {"PUT", "/p", large, {}, "AKIDALICE", {}, {}, {}, true},
        {"PATCH", "/p", "x", {{"X-Amz-Meta", "two  spaces"}, {"x-amz-meta", " again "}}},
        {"GET", "/p", "", {}, "ASIASESSION", "TOKEN/abc+=="},
    };
    std::size_t number = 0;
    for (const Call& call : calls) {
        INFO(call.method << " " << call.target << " " << call.body.size());
        RawClient client = place.gateway->connect();
        must(client.send(bytes_of(call)));
        const RawResponse response = must(client.read_response(call.method == "HEAD"));
        INFO(response.head << response.body);
        REQUIRE(response.status == 200);
        const std::string seen = place.target.seen(number);
        CHECK(body_at(place.target, number) == call.body);
        CHECK_FALSE(has(to_lower(seen.substr(0, seen.find("\r\n\r\n"))), "\r\nauthorization:"));
        CHECK_FALSE(has(to_lower(seen.substr(0, seen.find("\r\n\r\n"))), "\r\ntransfer-encoding:"));
        ++number;
    }
    CHECK(place.target.connections() == number);
}

TEST_CASE("a path is signed as AWS normalizes it") {
    const Place place;
    std::size_t number = 0;
    for (const char* target : {"//a//b", "/a//", "/a/./b", "/x/../a/b", "/../a"}) {
        INFO(target);
        const RawResponse response = place.send({"GET", target});
        CHECK((response.status == 200 || response.status == 400));
        if (response.status == 200) {
            const std::string seen = place.target.seen(number++);
            INFO(seen);
            CHECK_FALSE(has(seen.substr(0, seen.find(" HTTP/")), ".."));
        }
        CHECK(place.target.connections() == number);
    }
}

TEST_CASE("what was changed behind the signature is refused, and the target hears nothing") {
    for (const bool rest : {false, true}) {
        const Place place(rest ? std::vector<std::string>{"--api", "rest"} : std::vector<std::string>{});
        const auto refused = [&](const std::string& bytes, std::string_view message) {
            const RawResponse response = place.gateway->ask(bytes);
            INFO(bytes.substr(0, 300) << "\n" << response.head << response.body);
            CHECK(response.status == 403);
            if (rest) {
                CHECK(message_of(response).starts_with(message));
                CHECK(response.count("x-amzn-errortype") == 1);
            } else {
                CHECK(response.body == R"({"message":"Forbidden"})");
                CHECK(response.count("x-amzn-errortype") == 0);
            }
        };
        const auto replaced = [](std::string text, std::string_view what, std::string_view by) {
            const auto at = text.find(what);
            REQUIRE(at != text.npos);
            return text.replace(at, what.size(), by);
        };
        const std::string_view mismatch = "The request signature we calculated does not match";
        const Call get{"GET", "/p?a=1&b=2"};
        refused(replaced(bytes_of(get), "GET", "PUT"), mismatch);
        refused(replaced(bytes_of(get), "/p?", "/q?"), mismatch);
        refused(replaced(bytes_of(get), "/p?", "/p%20?"), mismatch);
        refused(replaced(bytes_of(get), "a=1", "a=2"), mismatch);
        refused(replaced(bytes_of(get), "a=1&", "a=1&a=1&"), mismatch);
        refused(replaced(bytes_of(get), "Host: h", "Host: i"), mismatch);
        refused(replaced(bytes_of(get), "Host: h\r\n", "Host: i\r\nX-Forwarded-Host: h\r\n"), mismatch);
        Call post{"POST", "/p", "the body"};
        refused(replaced(bytes_of(post), "the body", "the bodY"), mismatch);
        post.chunked = true;
        refused(replaced(bytes_of(post), "the body", "the bodY"), mismatch);
        refused(get_request("/p"), "Missing Authentication Token");
        refused(get_request("/p", bearer("a.b.c")), "");
        refused(bytes_of({"GET", "/p", {}, {}, "AKIDSTRANGER"}),
                "The security token included in the request is invalid.");
        refused(bytes_of({"GET", "/p", {}, {}, "ASIASESSION"}),
                "The security token included in the request is invalid.");
        refused(bytes_of({"GET", "/p", {}, {}, "ASIASESSION", "ANOTHER"}),
                "The security token included in the request is invalid.");
        refused(bytes_of({"GET", "/p", {}, {}, "AKIDALICE", "UNASKED"}),
                "The security token included in the request is invalid.");
        refused(bytes_of({"GET", "/p", {}, {}, "ASIAOLD", "OLD"}),
                "The security token included in the request is expired");
        refused(bytes_of({"GET", "/p", {}, {}, "AKIDALICE", {}, -6min}), "Signature expired: ");
        refused(bytes_of({"GET", "/p", {}, {}, "AKIDALICE", {}, 6min}), "Signature not yet current: ");
        sigv4::SignOptions options;
        options.region = "eu-west-1";
        refused(bytes_of({"GET", "/p", {}, {}, "AKIDALICE", {}, {}, options}),
                "Credential should be scoped to a valid region");
        options = {};
        options.service = "s3";
        refused(bytes_of({"GET", "/p", {}, {}, "AKIDALICE", {}, {}, options}),
                "Credential should be scoped to correct service: 'execute-api'. ");
        options = {};
        options.unsigned_payload = options.payload_field = true;
        refused(bytes_of({"POST", "/p", "any", {}, "AKIDALICE", {}, {}, options}), "");
        refused(replaced(bytes_of(get), "Host: h\r\n", "Host: h\r\nx-amz-meta: unsigned\r\n"), "");
        CHECK(place.target.connections() == 0);
        // within the skew both ways, and with the digest in a field
        CHECK(place.send({"GET", "/p", {}, {}, "AKIDALICE", {}, -4min}).status == 200);
        CHECK(place.send({"GET", "/p", {}, {}, "AKIDALICE", {}, 4min}).status == 200);
        options = {};
        options.payload_field = true;
        CHECK(place.send({"POST", "/p", "any", {}, "AKIDALICE", {}, {}, options}).status == 200);
        Call lying{"POST", "/p", "any", {}, "AKIDALICE", {}, {}, options};
        const std::size_t reached = place.target.connections();
        CHECK(place.gateway->ask(replaced(bytes_of(lying), "\r\n\r\nany", "\r\n\r\nanx")).status == 403);
        CHECK(place.target.connections() == reached);
    }
}

TEST_CASE("two signatures, or two parts of one, are no signature") {
    const Place place({"--api", "rest"});
    const std::string good = bytes_of({"GET", "/p"});
    const auto line = [&](std::string_view name) {
        const auto at = to_lower(good).find("\r\n" + std::string(name) + ":") + 2;
        return good.substr(at, good.find("\r\n", at) + 2 - at);
    };
    const auto with = [&](const std::string& more) {
        std::string bytes = good;
        return place.gateway->ask(bytes.insert(bytes.find("\r\n") + 2, more)).status;
    };
    CHECK(with("") == 200);
    CHECK(with(line("authorization")) == 400);
    CHECK(with(line("x-amz-date")) == 400);
    CHECK(with("Host: h\r\n") == 400);
    std::string both = good;
    both.replace(both.find("/p "), 3, "/p?X-Amz-Algorithm=AWS4-HMAC-SHA256 ");
    CHECK(place.gateway->ask(both).status == 400);
    std::string streaming = good;
    streaming.insert(streaming.find("\r\n") + 2, "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\r\n");
    CHECK(place.gateway->ask(streaming).status >= 400);
    CHECK(place.target.connections() == 1);
}

TEST_CASE("Connection cannot take away what was signed, nor what the gateway adds") {
    const Place place({"--api", "rest", "--set-header", "x-user: somebody"});
    Call call{"GET", "/p", {}, {{"X-Amount", "10"}}};
    CHECK(place.send(call).status == 200);
    call.more = "Connection: close, X-Amount\r\n";
    const RawResponse refused = place.send(call);
    CHECK(refused.status == 400);
    CHECK(message_of(refused) ==
          "'X-Amount' is a 'SignedHeader' in the AWS Authorization and may not be named in 'Connection'.");
    call.more = "Connection: close, X-User\r\n";
    CHECK(place.send(call).status == 400);
    call.more = "Connection: close, X-Other\r\nX-Other: 1\r\n";
    CHECK(place.send(call).status == 200);
    CHECK(place.target.seen().find("X-Other") == std::string::npos);
}

TEST_CASE("a presigned URL opens its route while it lives, and no other") {
    const Place place({"--api", "rest"});
    const auto presigned = [&](const Call& call, unsigned lifetime) {
        const std::vector<sigv4::Field> fields = {{"host", "h"}};
        const auto made = must(sigv4::presign(view(call, fields), credential(call.key, call.session_token),
                                              call.options, lifetime, moment(call)));
        return call.target.substr(0, call.target.find('?')) + "?" + made.query;
    };
    const auto status = [&](const std::string& target) { return place.gateway->get(target).status; };
    const std::string good = presigned({"GET", "/p?a=1&b=x%20y"}, 300);
    CHECK(status(good) == 200);
    CHECK(status(presigned({"GET", "/p", {}, {}, "ASIASESSION", "TOKEN/abc+=="}, 60)) == 200);
    CHECK(status(presigned({"GET", "/p", {}, {}, "AKIDALICE", {}, -50s}, 60)) == 200);
    // the target gets the rest of the query, and nothing that would open the gateway again
    CHECK(place.target.seen(0).starts_with("GET /p?a=1&b=x%20y HTTP/1.1\r\n"));
    CHECK(place.target.seen(1).starts_with("GET /p HTTP/1.1\r\n"));
    const std::size_t reached = place.target.connections();
    CHECK(place.gateway->get(presigned({"GET", "/p", {}, {}, "AKIDALICE", {}, -700s}, 60)).status == 403);
    CHECK(status(std::string(good).replace(0, 2, "/q")) == 403);
    CHECK(status(good + "&c=1") == 403);
    CHECK(status(std::string(good).replace(good.find("Expires=300"), 11, "Expires=301")) == 403);
    for (const char* expires : {"Expires=0", "Expires=-1", "Expires=604801", "Expires=1e3", "Expires="})
        CHECK(status(std::string(good).replace(good.find("Expires=300"), 11, expires)) == 403);
    CHECK(status(std::string(good).replace(good.find("X-Amz-Expires=300"), 17, "")) == 403);
    CHECK(place.gateway->ask("POST " + good + " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").status == 403);
    CHECK(place.target.connections() == reached);
}

TEST_CASE("who signs in time waits for 100 Continue and gets it, and who does not is refused before his body") {
    const Place place({"--max-body", "100KB"});
    Call call{"POST", "/p", random_bytes(90000), {}, "AKIDALICE"};
    call.more = "Expect: 100-continue\r\n";
    RawClient client = place.gateway->connect();
    must(client.send(head_of(call)));
    CHECK(must(client.read_until("\r\n\r\n")).starts_with("HTTP/1.1 100 "));
    CHECK(place.target.connections() == 0);
    must(client.send(call.body));
    CHECK(must(client.read_response()).status == 200);
    CHECK(body_at(place.target, 0) == call.body);

    Call large = call;
    large.body = random_bytes(200000);
    Call late = call;
    late.off = -10min;
    const std::string nobody = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\nExpect: 100-continue\r\n\r\n";
    for (const auto& [bytes, status] : {std::pair{head_of(large), 413}, {head_of(late), 403}, {nobody, 403}}) {
        RawClient one = place.gateway->connect();
        must(one.send(bytes));
        CHECK(must(one.read_response()).status == status);
    }
    // without a length only what comes can tell
    Call endless = large;
    endless.more = {};
    endless.chunked = true;
    RawClient one = place.gateway->connect();
    static_cast<void>(one.send(bytes_of(endless)));
    CHECK(must(one.read_response()).status == 413);
    CHECK(place.target.connections() == 1);
}

TEST_CASE("a body that was held whole is sent again where nobody listens or a connection had gone stale") {
    ScriptedUpstream working({{read_request(), answer(200, "reached", "Connection: close\r\n")}});
    std::uint16_t dead = 0;
    {
        const Listener closed = must(listen_on_loopback());
        dead = closed.port;
    }
    const TemporaryDirectory directory;
    const std::string keys = directory.write("keys.json", kKeys);
    const std::string body = random_bytes(300000);
    const auto put = [&](bool chunked) { return bytes_of({"PUT", "/", body, {}, "AKIDALICE", {}, {}, {}, chunked}); };
    const Gateway group(
        {"/=group:g", "--group",
         "g=127.0.0.1:" + std::to_string(dead) + ",127.0.0.1:" + std::to_string(working.port()) + ";algo=rr", "--iam",
         "--iam-keys", keys});
    for (int i = 0; i < 4; ++i) CHECK(group.ask(put(i % 2 == 0)).status == 200);
    REQUIRE(working.connections() == 4);
    for (std::size_t i = 0; i < 4; ++i) CHECK(body_at(working, i) == body);

    ScriptedUpstream stale({{read_request(), answer(200, "first"), read_head(), close_connection()},
                            {read_request(), answer(200, "again", "Connection: close\r\n")}});
    const Gateway gateway({stale.url(), "--iam", "--iam-keys", keys, "--workers", "1"});
    CHECK(gateway.ask(put(false)).body == "first");
    CHECK(gateway.ask(put(true)).body == "again");
    REQUIRE(stale.connections() == 2);
    CHECK(body_at(stale, 1) == body);
}

TEST_CASE("bodies of clients that leave are given back, and those under way are bounded") {
#ifdef __SANITIZE_THREAD__
    GW_SKIP("ThreadSanitizer moves 700 MiB no faster than the clients' deadlines allow");
#else
    constexpr std::size_t kSize = 8 << 20;
    constexpr std::size_t kMost = std::size_t{256} << 20U;
    Place place({"--workers", "2", "--trust-proxy", "127.0.0.0/8"});
    // one client after the other, as a proxy of ours tells them
    const auto bytes = [](int client) {
        Call call{"POST", "/p", std::string(kSize, 'x')};
        call.more = "X-Forwarded-For: 192.0.2." + std::to_string(client) + "\r\n";
        return bytes_of(call);
    };
    const auto most_of = [](const std::string& whole) { return std::string_view(whole).substr(0, whole.size() - 1); };
    // more than all workers may hold together, one after the other
    for (int i = 0; i < 40; ++i) {
        RawClient leaving = place.gateway->connect();
        must(leaving.send(most_of(bytes(1))));
        leaving.reset();
    }
    CHECK(eventually([&] { return place.gateway->ask(bytes(1)).status == 200; }));
    const std::size_t before = must(place.gateway->process().usage()).rss_bytes;
    std::size_t during = before;
    std::vector<RawClient> clients;
    for (int i = 0; i < 50; ++i) {
        clients.push_back(place.gateway->connect());
        static_cast<void>(clients.back().send(most_of(bytes(i / 7))));
        during = std::max(during, must(place.gateway->process().usage()).rss_bytes);
    }
    if (Faults::available()) CHECK(during < before + kMost + (std::size_t{32} << 20U));
    // others are served meanwhile
    CHECK(place.send({"GET", "/p"}).status == 200);
    int taken = 0;
    int turned_away = 0;
    for (RawClient& client : clients) {
        static_cast<void>(client.send("x"));
        const auto response = client.read_response();
        if (response && response->status == 200) ++taken;
        if (response && response->status == 503) ++turned_away;
    }
    INFO(taken << " taken, " << turned_away << " turned away, " << ((during - before) >> 20) << " MiB");
    CHECK(taken >= 16);
    CHECK(taken + turned_away == 50);
    CHECK(turned_away >= 10);
    CHECK(place.gateway->ask(bytes(1)).status == 200);
#endif
}

TEST_CASE("one client holds no more than its share of what may be held, and others are heard beside it") {
    constexpr std::size_t kSize = 8 << 20;
    const Place place({"--workers", "2", "--trust-proxy", "127.0.0.0/8"});
    Call call{"POST", "/p", std::string(kSize, 'x')};
    const std::string bytes = bytes_of(call);
    std::vector<RawClient> greedy;
    for (int i = 0; i < 30; ++i) {
        greedy.push_back(place.gateway->connect());
        static_cast<void>(greedy.back().send(std::string_view(bytes).substr(0, bytes.size() - 1)));
    }
    call.more = "X-Forwarded-For: 2001:db8::1\r\n";
    CHECK(place.gateway->ask(bytes_of(call)).status == 200);
    int taken = 0;
    for (RawClient& client : greedy) {
        static_cast<void>(client.send("x"));
        const auto response = client.read_response();
        if (!response) continue;
        if (response->status == 200) ++taken;
        if (response->status == 503) CHECK(response->field("x-gw-explain").starts_with("overload.memory"));
    }
    CHECK(taken == 8);
    CHECK(place.gateway->ask(bytes).status == 200);
}

TEST_CASE("strangers are refused before their body is read, and so is a wrong signature of a digest that is told") {
    const Place place;
    Call stranger{"POST", "/p", "the body", {}, "AKIDSTRANGER"};
    Call guesser{"POST", "/p", "the body"};
    guesser.options.payload_field = true;
    const std::string good = head_of(guesser);
    std::string wrong = good;
    const auto at = wrong.find("Signature=") + 10;
    wrong[at] = wrong[at] == '0' ? '1' : '0';
    for (const std::string& head : {head_of(stranger), wrong}) {
        RawClient client = place.gateway->connect();
        must(client.send(head));
        CHECK(must(client.read_response()).status == 403);
    }
    RawClient client = place.gateway->connect();
    must(client.send(good));
    CHECK(client.stays_silent(50ms));
    must(client.send(guesser.body));
    CHECK(must(client.read_response()).status == 200);
    CHECK(place.target.connections() == 1);
}

TEST_CASE("a held body goes to a slow target piece by piece, and is not held twice") {
    constexpr std::size_t kSize = 9 << 20;
    ScriptedUpstream slow({{read_head(), hold()}});
    const TemporaryDirectory directory;
    Gateway gateway({slow.url(), "--iam", "--iam-keys", directory.write("keys.json", kKeys), "--workers", "1"});
    CHECK(gateway.get("/p").status == 403);
    const std::size_t before = must(gateway.process().usage()).rss_bytes;
    std::vector<RawClient> clients;
    const std::string bytes = bytes_of({"POST", "/p", std::string(kSize, 'x')});
    for (int i = 0; i < 6; ++i) {
        clients.push_back(gateway.connect());
        must(clients.back().send(bytes));
    }
    CHECK(eventually([&] { return slow.connections() == 6; }));
    if (Faults::available())
        CHECK(must(gateway.process().usage()).rss_bytes < before + 6 * kSize + (std::size_t{16} << 20U));
}

TEST_CASE("policies of keys are kept, and the no has AWS's words") {
    const std::string arn = "execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********9012:gw/$default/";
    for (const bool rest : {false, true}) {
        const Place place(rest ? std::vector<std::string>{"--api", "rest"} : std::vector<std::string>{});
        const auto refused = [&](const Call& call, const std::string& words) {
            const RawResponse response = place.send(call);
            INFO(call.method << call.target << response.body);
            CHECK(response.status == 403);
            CHECK(response.body == (rest ? R"({"Message":")" + words + R"("})" : R"({"message":"Forbidden"})"));
            CHECK(response.field("x-amzn-errortype") == (rest ? "AccessDeniedException" : ""));
            CHECK(response.field("x-gw-explain").starts_with("iam.denied"));
        };
        const std::string reader = "User: arn:aws:iam::123456789012:user/reader is not authorized to perform: " + arn;
        refused({"POST", "/pets", "x", {}, "AKIDREADER"}, reader + "POST/pets");
        refused({"GET", "/secret/1", {}, {}, "AKIDREADER"}, reader + "GET/secret/1 with an explicit deny");
        refused({"GET", "/pets", {}, {}, "AKIDNOBODY"},
                "User: arn:aws:iam::123456789012:user/nobody is not authorized to perform: " + arn + "GET/pets");
        CHECK(place.target.connections() == 0);
        CHECK(place.send({"GET", "/pets", {}, {}, "AKIDREADER"}).status == 200);
        CHECK(place.send({"GET", "/Secret", {}, {}, "AKIDREADER"}).status == 200);
        CHECK(place.send({"DELETE", "/secret", {}, {}, "AKIDALICE"}).status == 200);
        // what the request says is literal
        refused({"GET", "/secret%2A", {}, {}, "AKIDREADER"}, reader + "GET/secret%2A with an explicit deny");
    }
}

TEST_CASE("a resource policy is read as AWS does for each kind of authorizer") {
    const TemporaryDirectory directory;
    const auto policy = [&](const std::string& statements) {
        return R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
    };
    const std::string allow_pets =
        R"({"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*/GET/pets"})";
    const std::string deny_admin =
        R"({"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*/*/admin"})";
    const std::string allow_carol =
        R"({"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:user/carol"},"Action":"execute-api:Invoke","Resource":"execute-api:/*/GET/abroad"})";
    const std::string keys = directory.write("k1.json", key_set());
    const std::string iam_keys = directory.write("keys.json", kKeys);
    for (const bool rest : {false, true}) {
        Start how;
        how.config = std::string("version: 1\nexplain: true\niam: {keys: '") + iam_keys +
                     "'}\napis:\n  - kind: " + (rest ? "rest" : "http") +
                     "\n    policy: " + policy(allow_pets + "," + deny_admin + "," + allow_carol) +
                     "\n    authorizers:\n      jwt: {issuer: 'https://issuer.example', jwks: 'file:" + keys +
                     "'}\n    routes:\n";
        for (const char* path : {"/pets", "/other", "/admin", "/abroad"})
            for (const char* auth : {"none", "iam", "jwt"})
                how.config += std::string("      - {routeKey: 'GET /") + auth + path +
                              "', integration: 'mock:200', auth: " + auth + "}\n";
        // the paths of the policy are those without the authorizer's name in front: one api each
        std::string config = how.config;
        const auto only = [&](const std::string& auth) {
            Start start;
            std::string text;
            for (const std::string_view line : split(config, '\n')) {
                const bool is_route = line.find("routeKey") != line.npos;
                if (is_route && line.find("GET /" + auth + "/") == line.npos) continue;
                std::string kept(line);
                if (is_route) kept.replace(kept.find("/" + auth + "/"), auth.size() + 2, "/");
                text += kept + "\n";
            }
            start.config = text;
            return start;
        };
        const auto words = [&](const std::string& who, const std::string& path, const char* ending) {
            return std::string(rest ? R"({"Message":"User: )" : R"({"message":"User: )") + who +
                   " is not authorized to perform: execute-api:Invoke on resource: "
                   "arn:aws:execute-api:us-east-1:********9012:gw/$default/GET" +
                   path + ending + "\"}";
        };
        {
            const Gateway none({}, only("none"));
            CHECK(none.get("/pets").status == 200);
            const RawResponse silent = none.get("/other");
            CHECK(silent.status == 403);
            CHECK(silent.body == words("anonymous", "/other", ""));
            CHECK(silent.field("x-amzn-errortype") == (rest ? "AccessDeniedException" : ""));
            const RawResponse denied = none.get("/admin");
            CHECK(denied.status == 403);
            CHECK(denied.body == words("anonymous", "/admin", " with an explicit deny"));
        }
        {
            const Gateway iam({}, only("iam"));
            const auto ask = [&](const std::string& path, const std::string& key) {
                return iam.ask(bytes_of({"GET", path, {}, {}, key}));
            };
            CHECK(iam.get("/pets").status == 403);  // a signature is asked for all the same
            CHECK(ask("/pets", "AKIDALICE").status == 200);
            CHECK(ask("/other", "AKIDALICE").status == 200);   // her own policy allows it
            CHECK(ask("/pets", "AKIDNOBODY").status == 200);   // the resource's does
            CHECK(ask("/other", "AKIDNOBODY").status == 403);  // neither does
            CHECK(ask("/admin", "AKIDALICE").body ==
                  words("arn:aws:iam::123456789012:user/alice", "/admin", " with an explicit deny"));
            CHECK(ask("/abroad", "AKIDABROAD").status == 200);  // another account: both have to
            CHECK(ask("/other", "AKIDABROAD").status == 403);
            CHECK(ask("/abroad", "AKIDNOBODY").status == 403);
        }
        {
            const Gateway jwt({}, only("jwt"));
            const std::string token = bearer(token_of("https://issuer.example"));
            CHECK(jwt.get("/pets").status == 401);
            CHECK(jwt.get("/pets", token).status == 200);
            CHECK(jwt.get("/other", token).body == words("anonymous", "/other", ""));
            CHECK(jwt.get("/admin", token).status == 403);
        }
    }
}

TEST_CASE("a caller of another account is let in by both sides or not at all") {
    const Place place({"--api", "rest"});
    CHECK(place.send({"GET", "/pets", {}, {}, "AKIDABROAD"}).status == 403);
    CHECK(place.target.connections() == 0);
}

TEST_CASE("who signed is told to targets and logs where it is asked for, and no secret ever") {
    const Place place({"--set-header", "x-arn: $context.identity.userArn", "--access-log",
                       "arn=$context.identity.userArn user=$context.identity.user"});
    CHECK(place.send({"GET", "/p", {}, {{"X-Arn", "arn:aws:iam::123456789012:root"}}}).status == 200);
    CHECK(has(place.target.seen(0), "x-arn: arn:aws:iam::123456789012:user/alice\r\n"));
    CHECK_FALSE(has(place.target.seen(0), ":root"));
    CHECK(place.gateway->get("/p").status == 403);
    const std::string log = place.gateway->wait_for_log(2);
    CHECK(has(log, "arn=arn:aws:iam::123456789012:user/alice"));
    CHECK_FALSE(has(log, "secret"));
}
