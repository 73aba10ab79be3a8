#include "libgw/policy/auth/sigv4/sign.h"

#include "libgw/base/encoding.h"
#include "libgw/base/random.h"
#include "tests/support/catch.h"
#include "tests/unit/policy/auth/sigv4/message.h"

using namespace gw;
using namespace gw::sigv4;
using namespace gw::sigv4::test;

namespace {

struct Example {
    Message message;
    std::string token;
    std::string path, query;  // canonical
    std::string digest, signature;
};

Message example(std::string method, std::string path, std::string query = {}, std::string body = {}) {
    Message message{std::move(method), std::move(path), std::move(query), {}, std::move(body), {}};
    message.add("Host", std::string(kHost));
    return message;
}

std::vector<Example> examples() {
    Message typed = example("POST", "/prod/pets", "", R"({"name":"rex"})");
    typed.add("Content-Type", "application/json");
    Message sized = typed;
    sized.add("Content-Length", "14");
    return {
        {example("GET", "/prod/pets/1", "b=2&a=x%20y&a=1&c="), "", "/prod/pets/1",
         "a=1&a=x%20y&b=2&c=", "ee98f4eb4238f0232a6e25251d981a33f0d8da14a0c3f881e0a013895acd2043",
         "7c87786de55beebd39e2e077c476b5307536d9cfbcb14bd3f64f2c92707188d0"},
        {example("GET", "/prod/a%2Fb/c%20d"), "", "/prod/a%252Fb/c%2520d", "",
         "df4245b1e12c4d365146b5e54420827fb75bae0b2f015432588102f3da798efe",
         "ccb8d3e4a0be02486e7b7b3252af191e67116e4c9ead4e19bdbd730860693bda"},
        {typed, "TOKEN/EXAMPLE==", "/prod/pets", "", "62e06177418ea2d9ac731448e740a3acfeb8043ac2f12dcda235eecbd64f04c2",
         "e83aaefc3454410620d0e82d595dbc831d40eddaad57a75691579155c3f56181"},
        {sized, "TOKEN/EXAMPLE==", "/prod/pets", "", "",
         "cb74314bfd5841a7530bb11f83b4747d0a66831227375f8e0bb80cd120966a80"},
        {example("POST", "/prod/%40connections/L0SM9cOFvHcCIhw%3D", "", "hello"), "",
         "/prod/%2540connections/L0SM9cOFvHcCIhw%253D", "",
         "c34d383958efd8a3ebed678c52395c72f48a8faa19e895dad6b5f802b9982729",
         "d4ef5f90e5b2192a1706d7a74a49fd191f83ca98688db7ef68dfd8756812c03a"},
    };
}

}  // namespace

TEST_CASE("requests are signed for execute-api as known examples are, and verify") {
    for (Example& each : examples()) {
        const Credential credential = example_credential(each.token);
        const Signed made = sign_message(each.message, credential);
        INFO(made.canonical_request);
        CHECK(made.canonical_request.starts_with(each.message.method + "\n" + each.path + "\n" + each.query + "\n"));
        if (!each.digest.empty()) CHECK(to_hex(sha256(made.canonical_request).view()) == each.digest);
        CHECK(made.signature == each.signature);
        CHECK(made.scope == "20260102/us-east-1/execute-api/aws4_request");
        const CredentialStore store = store_of(credential);
        CHECK(word(verify_message(each.message, make_verifier(store))) == "good");
    }
}

TEST_CASE("a presigned request is signed as the known example is, and verifies") {
    const Credential credential = example_credential();
    Message message = example("GET", "/prod");
    const Presigned made = *presign(message.request(), credential, {}, 300, kNow);
    CHECK(made.signed_headers == "host");
    CHECK(to_hex(sha256(made.canonical_request).view()) ==
          "563a8d6e62461cdbc2f11aff932577fe36709b98a250962e7ef1d43ae628ce68");
    CHECK(made.signature == "5d59b9da8b966b31a117ce5b9cd3ae2916ad8e92f97c5cc4caf6e29a121f3c39");
    message.query = made.query;
    const CredentialStore store = store_of(credential);
    CHECK(word(verify_message(message, make_verifier(store))) == "good");
}

TEST_CASE("the fields of a signature are ready to be added") {
    Message message = example("GET", "/");
    const Signed made = sign_message(message, example_credential("T"), {.payload_field = true});
    REQUIRE(made.fields.size() == 4);
    CHECK(made.fields[0] == std::pair<std::string, std::string>("X-Amz-Security-Token", "T"));
    CHECK(made.fields[1] == std::pair<std::string, std::string>("X-Amz-Date", "20260102T030405Z"));
    CHECK(made.fields[2].second == to_hex(kEmptyBody.view()));
    CHECK(made.fields[3].first == "Authorization");
    CHECK(made.fields[3].second ==
          "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260102/us-east-1/execute-api/aws4_request, "
          "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=" +
              made.signature);
}

TEST_CASE("what changes on the way is not signed") {
    Message message = example("GET", "/");
    for (const char* name : {"Connection", "Expect", "User-Agent", "Transfer-Encoding", "TE", "X-Amzn-Trace-Id"}) {
        message.add(name, "x");
    }
    message.add("Accept", "*/*");
    CHECK(sign(message.request(), example_credential(), {}, kNow)->signed_headers == "accept;host;x-amz-date");
}

TEST_CASE("what cannot be signed is said to be so") {
    const auto why = [](Message message, const Credential& credential, SignOptions options = {}) {
        const auto made = sign(message.request(), credential, options, kNow);
        return made ? std::string("signed") : made.error().message;
    };
    const Credential credential = example_credential("T");
    CHECK(why(Message{}, credential) == "a request without a host cannot be signed");
    Message message = example("GET", "/");
    CHECK(why(message, Credential{}) == "the access key id is not one");
    Credential empty;
    empty.access_key_id = "A";
    CHECK(why(message, empty) == "access key A has no secret");
    CHECK(why(message, credential, {.region = ""}) == "'' is not a region");
    CHECK(why(message, credential, {.region = "a/b"}) == "'a/b' is not a region");
    CHECK(why(message, credential, {.service = "a b"}) == "'a b' is not a service");
    for (const char* name : {"X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"}) {
        Message other = message;
        other.add(to_lower(name), "x");
        CHECK(why(other, credential, {.payload_field = true}) ==
              "the request has an " + std::string(name) + " already");
    }
    Message twice = message;
    sign_message(twice, credential);
    CHECK(why(twice, credential) == "the request carries a signature already");
    Message presigned = message;
    presign_message(presigned, credential);
    CHECK(why(presigned, credential) == "the request carries a signature already");
    CHECK_FALSE(presign(message.request(), credential, {}, 0, kNow));
    CHECK_FALSE(presign(message.request(), credential, {}, 604801, kNow));
    CHECK(presign(message.request(), credential, {}, 604800, kNow));
    CHECK_FALSE(presign(presigned.request(), credential, {}, 60, kNow));
}

TEST_CASE("a URL is presigned for http and for web sockets") {
    const Credential credential = example_credential("T+/=");
    const CredentialStore store = store_of(credential);
    for (const char* text : {"https://h.example/prod?a=b", "wss://h.example", "http://127.0.0.1:8080/x%20y",
                             "ws://[::1]:81/", "https://h.example:443/"}) {
        const http::Url url = *http::Url::parse(text);
        const std::string made = *presign_url("GET", url, credential, {}, 60, kNow);
        INFO(made);
        const http::Url signed_url = *http::Url::parse(made);
        CHECK(signed_url.scheme == url.scheme);
        Message message{"GET", signed_url.path, signed_url.query, {}, {}, {}};
        message.add("host", signed_url.authority.text(url.secure() ? 443 : 80));
        CHECK(word(verify_message(message, make_verifier(store))) == "good");
        CHECK(word(verify_message(message, make_verifier(store), kNow + std::chrono::seconds(61))) == "expired");
    }
}

TEST_CASE("what is signed verifies, whatever the request") {
    Random random(4711);
    const auto text = [&random](std::string_view alphabet, std::uint64_t most) {
        std::string out;
        for (std::uint64_t left = random.below(most + 1); left > 0; --left) {
            const char c = alphabet[random.below(alphabet.size())];
            if (c == '%') {
                constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
                out += {c, kDigits[random.below(22)], kDigits[random.below(22)]};
            } else {
                out += c;
            }
        }
        return out;
    };
    for (int i = 0; i < 1000; ++i) {
        Message message{random.below(2) == 0 ? "GET" : "POST",
                        "/" + text("ab/%.~_-@=+:é", 30),
                        text("ab&=%+~;/?.-é", 40),
                        {},
                        text("xyz", 5),
                        {}};
        message.add("Host", std::string(kHost));
        for (std::uint64_t fields = random.below(4); fields > 0; --fields) {
            message.add("x-" + text("abc", 2) + "z", text("ab \t,;é", 12));
        }
        const Credential credential = example_credential(random.below(2) == 0 ? "" : text("ab+/=", 20) + "t");
        const CredentialStore store = store_of(credential);
        const bool s3 = random.below(4) == 0;
        const SignOptions options{.service = s3 ? "s3" : "execute-api", .payload_field = random.below(2) == 0};
        const Verifier verifier = make_verifier(store, {.service = s3 ? "s3" : "execute-api"});
        Message presigned = message;
        INFO(message.path << " ? " << message.query);
        sign_message(message, credential, options);
        REQUIRE(word(verify_message(message, verifier)) == "good");
        presign_message(presigned, credential, 60, options);
        REQUIRE(word(verify_message(presigned, verifier)) == "good");
        // and by nobody else's key, nor for another body
        message.body += '!';
        CHECK(word(verify_message(message, verifier)) == (options.payload_field ? "payload" : "mismatch"));
        presigned.method = "PUT";
        CHECK(word(verify_message(presigned, verifier)) == "mismatch");
    }
}
