#include "libgw/policy/auth/sigv4/verify.h"

#include "libgw/base/encoding.h"
#include "libgw/wire/http/decoder.h"
#include "tests/support/catch.h"
#include "tests/unit/policy/auth/sigv4/message.h"

using namespace gw;
using namespace gw::sigv4;
using namespace gw::sigv4::test;
using std::chrono::seconds;

namespace {

Message plain() {
    Message message{"GET", "/prod/pets", "a=1", {}, {}, {}};
    message.add("Host", std::string(kHost));
    return message;
}

Message signed_message(std::string_view token = {}, SignOptions options = {}, Message message = plain()) {
    sign_message(message, example_credential(token), options);
    return message;
}

struct Bench {
    CredentialStore store;
    Verifier verifier;
    explicit Bench(Credential credential = example_credential(), VerifyOptions options = {{"us-east-1"}})
        : store(store_of(std::move(credential))), verifier(make_verifier(store, std::move(options))) {}
    std::string check(Message message, Date now = kNow) const {
        const Answer answer = verify_message(message, verifier, now);
        return is_good(answer) ? "good" : word(answer) + ": " + std::get<Denial>(answer).message;
    }
    std::string fault(Message message, Date now = kNow) const { return word(verify_message(message, verifier, now)); }
};

constexpr std::string_view kInvalidToken = "The security token included in the request is invalid.";

}  // namespace

TEST_CASE("whoever signed is told with the key that is known") {
    const Bench bench;
    Message message = signed_message();
    SigningKeys keys;
    for (int i = 0; i < 2; ++i) {
        const Answer answer = bench.verifier.verify(message.request(), keys, kNow);
        REQUIRE(is_good(answer));
        const Verified& verified = std::get<Verified>(answer);
        CHECK(verified.credential == bench.store.find(kKeyId));
        CHECK(verified.form == Form::header);
        CHECK(verified.signed_at == kNow);
        CHECK(verified.signature.size() == 64);
    }
    CHECK(keys.size() == 1);
}

TEST_CASE("a head from the wire verifies by its bytes") {
    Message message = plain();
    message.path = "/prod/a%2Fb//./%7Ec";
    message.query = "z=%2f&a=+&&b";
    const Signed made = sign_message(message, example_credential());
    std::string bytes = "GET " + message.path + "?" + message.query + " HTTP/1.1\r\n";
    for (const auto& [name, value] : message.fields) bytes += name + ":  " + value + " \r\n";
    bytes += "\r\n";
    const http::Limits limits;
    http::RequestDecoder decoder(limits);
    http::RequestHead head;
    REQUIRE(decoder.decode(bytes, head).found == http::Found::head);
    std::vector<Field> storage;
    SigningKeys keys;
    const Bench bench;
    CHECK(is_good(bench.verifier.verify(request_of(head, storage), keys, kNow)));
}

TEST_CASE("a signature lives as long as the clocks may be apart") {
    const Bench bench;
    CHECK(bench.check(signed_message(), kNow + seconds(300)) == "good");
    CHECK(bench.check(signed_message(), kNow + seconds(300) + std::chrono::milliseconds(999)) == "good");
    CHECK(bench.check(signed_message(), kNow + seconds(301)) ==
          "expired: Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 "
          "min.)");
    CHECK(bench.check(signed_message(), kNow - seconds(300)) == "good");
    CHECK(bench.check(signed_message(), kNow - seconds(301)) ==
          "not_yet: Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z (20260102T025904Z "
          "+ 5 min.)");
    const Bench narrow(example_credential(), {.regions = {"us-east-1"}, .skew = seconds(90)});
    CHECK(narrow.check(signed_message(), kNow + seconds(91)) ==
          "expired: Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030536Z - 90 "
          "sec.)");
    const Bench none(example_credential(), {.skew = seconds(0)});
    CHECK(none.fault(signed_message()) == "good");
    CHECK(none.fault(signed_message(), kNow + seconds(1)) == "expired");
    CHECK(none.fault(signed_message(), kNow - seconds(1)) == "not_yet");
}

TEST_CASE("a presigned request lives as long as it says, but no longer than is allowed") {
    const Bench bench;
    Message message = plain();
    presign_message(message, example_credential(), 3600);
    CHECK(bench.fault(message, kNow + seconds(3600)) == "good");
    CHECK(bench.check(message, kNow + seconds(3601)) ==
          "expired: Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T040406Z - 60 "
          "min.)");
    CHECK(bench.fault(message, kNow - seconds(300)) == "good");
    CHECK(bench.fault(message, kNow - seconds(301)) == "not_yet");
    const Bench brief(example_credential(), {.longest_expiry = 3599});
    CHECK(brief.check(message) == "bad_expiry: X-Amz-Expires must be a number of seconds from 1 to 3599.");
    const Bench never(example_credential(), {.longest_expiry = 0});
    CHECK(never.check(message) == "bad_expiry: Presigned requests are not accepted.");
    CHECK(never.fault(signed_message()) == "good");
    Message longer = plain();
    presign_message(longer, example_credential(), 60);
    longer.query.replace(longer.query.find("Expires=60"), 10, "Expires=61");
    CHECK(bench.fault(longer) == "mismatch");
}

TEST_CASE("options that would weaken a verifier too much are refused") {
    const CredentialStore store;
    CHECK(Verifier::make({.skew = seconds(900)}, store));
    CHECK(Verifier::make({.skew = seconds(901)}, store).error().code == Errc::config);
    CHECK(Verifier::make({.skew = seconds(-1)}, store).error().code == Errc::config);
    CHECK(Verifier::make({.longest_expiry = 604801}, store).error().code == Errc::config);
    CHECK(Verifier::make({.service = ""}, store).error().code == Errc::config);
}

TEST_CASE("another algorithm is unsupported") {
    const Bench bench;
    for (const std::string name : {"AWS4-HMAC-SHA1", "AWS4-ECDSA-P256-SHA256", "aws4-hmac-sha256"}) {
        Message message = signed_message();
        std::string& field = message.field("Authorization");
        field.replace(0, field.find(' '), name);
        CHECK(bench.check(message) ==
              "algorithm: Unsupported AWS 'algorithm': '" + name + "' (only AWS4-HMAC-SHA256 for now). ");
        Message presigned = plain();
        presign_message(presigned, example_credential());
        presigned.query.replace(presigned.query.find("AWS4-HMAC-SHA256"), 16, name);
        CHECK(bench.fault(presigned) == "algorithm");
    }
}

TEST_CASE("everything that is wrong with a scope is said at once") {
    const Bench bench;
    const auto scoped = [](std::string credential) {
        Message message = signed_message();
        std::string& field = message.field("Authorization");
        const std::size_t start = field.find("Credential=") + 11;
        field.replace(start, field.find(',') - start, credential);
        return message;
    };
    const std::string key(kKeyId);
    CHECK(bench.check(scoped(key + "/20260102/us-east-1/execute-api")) ==
          "credential: Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
          "got '" +
              key + "/20260102/us-east-1/execute-api'");
    CHECK(bench.check(scoped(key + "/20260102/eu-west-1/execute-api/aws4_request")) ==
          "scope: Credential should be scoped to a valid region. ");
    CHECK(bench.check(scoped(key + "/20260102/us-east-1/s3/aws4_request")) ==
          "scope: Credential should be scoped to correct service: 'execute-api'. ");
    CHECK(bench.check(scoped(key + "/20260102/us-east-1/execute-api/aws5_request")) ==
          "scope: Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. ");
    CHECK(bench.check(scoped(key + "/20260101/us-east-1/execute-api/aws4_request")) ==
          "scope: Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260101' "
          "!= '20260102', from '20260102T030405Z'.");
    CHECK(bench.check(scoped(key + "/b/c/d/e")) ==
          "scope: Credential should be scoped to a valid region. Credential should be scoped to correct service: "
          "'execute-api'. Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. Date in "
          "Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20260102', from "
          "'20260102T030405Z'.");
    const Bench anywhere(example_credential(), {});
    CHECK(anywhere.fault(scoped(key + "/20260102//execute-api/aws4_request")) == "scope");
    CHECK(anywhere.fault(signed_message({}, {.region = "ap-south-1"})) == "good");
    const Bench edge(example_credential(), {.regions = {"eu-west-1", "us-east-1"}});
    CHECK(edge.fault(signed_message()) == "good");
    CHECK(edge.fault(signed_message({}, {.region = "eu-west-1"})) == "good");
    CHECK(edge.fault(signed_message({}, {.region = "eu-west-2"})) == "scope");
}

TEST_CASE("the list of signed headers has one way to be written") {
    const Bench bench;
    Message message = plain();
    message.add("Accept", "x");
    sign_message(message, example_credential());
    const auto listed = [&message](std::string names) {
        Message other = message;
        std::string& field = other.field("Authorization");
        const std::size_t start = field.find("SignedHeaders=") + 14;
        field.replace(start, field.find(',', start) - start, names);
        return other;
    };
    CHECK(bench.fault(listed("accept;host;x-amz-date")) == "good");
    for (const char* names :
         {"host;accept;x-amz-date", "accept;Host;x-amz-date", "accept;host;host;x-amz-date", "accept;host;x-amz-date;",
          ";accept;host;x-amz-date", "accept;;host;x-amz-date", "accept ;host;x-amz-date", "accept;host;X-Amz-Date"}) {
        INFO(names);
        CHECK(bench.check(listed(names)) ==
              "signed_headers: 'SignedHeaders' must be lower-case, sorted and without "
              "repetition in the AWS Authorization.");
    }
    CHECK(bench.check(listed("accept;accept-charset;host;x-amz-date")) ==
          "absent_header: 'accept-charset' is a 'SignedHeader' in the AWS Authorization but not a header.");
    CHECK(bench.check(listed(":authority;accept;host;x-amz-date")).starts_with("absent_header: ':authority'"));
    CHECK(bench.fault(listed("host;x-amz-date")) == "mismatch");
}

TEST_CASE("every x-amz header has to be signed") {
    const Bench bench;
    Message message = signed_message();
    message.add("X-Amz-Meta", "x");
    CHECK(bench.check(message) == "unsigned_header: 'X-Amz-Meta' must be a 'SignedHeader' in the AWS Authorization.");
    Message presigned = plain();
    presign_message(presigned, example_credential());
    presigned.add("x-amz-date", "20260102T030405Z");
    CHECK(bench.fault(presigned) == "unsigned_header");
    Message traced = signed_message();
    traced.add("X-Amzn-Trace-Id", "Root=1");
    traced.add("X-Custom", "x");
    CHECK(bench.fault(traced) == "good");
}

TEST_CASE("a signed field may not be named in Connection, which would take it away from the target") {
    const Bench bench;
    Message message = plain();
    message.add("X", "1");
    message.add("TE", "trailers");
    sign_message(message, example_credential());
    CHECK(bench.fault(message) == "good");
    Message named = message;
    named.add("Connection", "close, X");
    CHECK(bench.check(named) ==
          "nominated: 'X' is a 'SignedHeader' in the AWS Authorization and may not be named in 'Connection'.");
    CHECK(status_of(Fault::nominated) == 400);
    Message twice = message;
    twice.add("connection", "close");
    twice.add("connection", ",x");
    CHECK(bench.fault(twice) == "nominated");
    // what is not signed, and what ends here anyway
    for (const char* value : {"close", "keep-alive", "y", "te", "te, close", ""}) {
        Message harmless = message;
        harmless.add("Connection", value);
        CHECK(bench.fault(harmless) == "good");
    }
}

TEST_CASE("content-type has to be signed where that is asked for") {
    Message message = signed_message();
    message.add("Content-Type", "text/plain");
    CHECK(Bench().fault(message) == "good");
    const Bench strict(example_credential(), {.signed_content_type = true});
    CHECK(strict.check(message) ==
          "unsigned_header: 'Content-Type' must be a 'SignedHeader' in the AWS Authorization.");
    Message typed = plain();
    typed.add("Content-Type", "text/plain");
    CHECK(strict.fault(signed_message({}, {}, typed)) == "good");
    CHECK(strict.fault(signed_message()) == "good");
}

TEST_CASE("a key that nobody has is an invalid token, and takes the same way as a wrong signature") {
    const Bench bench;
    Credential stranger = example_credential();
    stranger.access_key_id = "AKIASTRANGER";
    Message message = plain();
    sign_message(message, stranger);
    CHECK(bench.check(message) == "unknown_key: " + std::string(kInvalidToken));
    SigningKeys keys;
    CHECK_FALSE(is_good(bench.verifier.verify(message.request(), keys, kNow)));
    CHECK(keys.size() == 1);  // a signing key was derived for nobody, as it is for somebody
    message.field("Authorization").replace(28, 12, "AKIANOTHERON");
    CHECK_FALSE(is_good(bench.verifier.verify(message.request(), keys, kNow)));
    CHECK(keys.size() == 1);  // and strangers share it
}

TEST_CASE("a session token is the one that belongs to the key") {
    const Bench bench(example_credential("TOKEN/EXAMPLE=="));
    CHECK(bench.fault(signed_message("TOKEN/EXAMPLE==")) == "good");
    CHECK(bench.check(signed_message()) == "session_token: " + std::string(kInvalidToken));
    CHECK(bench.check(signed_message("TOKEN/EXAMPLE=!")) == "session_token: " + std::string(kInvalidToken));
    CHECK(Bench().check(signed_message("one too many")) == "session_token: " + std::string(kInvalidToken));
    Message presigned = plain();
    presign_message(presigned, example_credential("TOKEN/EXAMPLE=="));
    CHECK(bench.fault(presigned) == "good");
    // in a signed field of a presigned request
    Message mixed = plain();
    mixed.add("X-Amz-Security-Token", "TOKEN/EXAMPLE==");
    presign_message(mixed, example_credential());
    CHECK(bench.fault(mixed) == "good");
}

TEST_CASE("a session token that is not signed is taken only where that is allowed") {
    const std::string token = "TOKEN/EXAMPLE==";
    const Bench bench(example_credential(token));
    const Bench lenient(example_credential(token), {.unsigned_session_token = true});
    const SignOptions appended{.sign_session_token = false};
    CHECK(bench.check(signed_message(token, appended)) ==
          "unsigned_header: 'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization.");
    CHECK(lenient.fault(signed_message(token, appended)) == "good");
    CHECK(lenient.fault(signed_message(token)) == "good");
    CHECK(lenient.fault(signed_message("other", appended)) == "session_token");
    Message presigned = plain();
    presign_message(presigned, example_credential(token), 60, appended);
    CHECK(bench.fault(presigned) == "mismatch");
    CHECK(lenient.fault(presigned) == "good");
    presigned.query += "&b=2";
    CHECK(lenient.fault(presigned) == "mismatch");
}

TEST_CASE("a session ends when it ends") {
    Credential credential = example_credential("T");
    credential.expires = kNow + seconds(10);
    const Bench bench(credential);
    CHECK(bench.fault(signed_message("T"), kNow + seconds(10) - Nanoseconds(1)) == "good");
    CHECK(bench.check(signed_message("T"), kNow + seconds(10)) ==
          "session_expired: The security token included in the request is expired");
    CHECK(bench.fault(signed_message("wrong"), kNow + seconds(10)) == "session_token");
}

TEST_CASE("a wrong signature is answered with what should have been signed") {
    const Bench bench;
    Message message = signed_message();
    const std::string canonical = "GET\n/prod/pets\na=1\nhost:" + std::string(kHost) +
                                  "\nx-amz-date:20260102T030405Z\n\nhost;x-amz-date\n" + to_hex(kEmptyBody.view());
    const std::string to_sign = "AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/us-east-1/execute-api/aws4_request\n" +
                                to_hex(sha256(canonical).view());
    std::string& field = message.field("Authorization");
    field.back() = field.back() == '0' ? '1' : '0';
    const Answer answer = verify_message(message, bench.verifier);
    REQUIRE_FALSE(is_good(answer));
    const Denial& denial = std::get<Denial>(answer);
    CHECK(denial.fault == Fault::mismatch);
    CHECK(denial.canonical_request == canonical);
    CHECK(denial.string_to_sign == to_sign);
    CHECK(denial.message ==
          "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
          "Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this "
          "request should have been\n'" +
              canonical + "'\n\nThe String-to-Sign should have been\n'" + to_sign + "'\n");
    CHECK(wording_of(ApiKind::rest, denial).error_type == "InvalidSignatureException");
}

TEST_CASE("strangers are known before their bodies have come, and nobody is refused who would be let in") {
    const Bench bench;
    SigningKeys keys;
    const auto screened = [&](Message message, const Verifier& verifier) {
        message.body = "not here yet";
        const auto denial = verifier.screen(message.request(), keys, kNow);
        return denial ? std::string(name_of(denial->fault)) : "";
    };
    const auto posted = [](Credential credential, bool digest, SignOptions options = {}) {
        Message message{"POST", "/prod/pets", "", {}, "the body", {}};
        message.add("Host", std::string(kHost));
        options.payload_field = digest;
        sign_message(message, credential, options);
        return message;
    };
    Credential stranger = example_credential();
    stranger.access_key_id = "AKIASTRANGER";
    Credential guesser = example_credential();
    guesser.secret = Secret(std::string("another secret"));
    for (const bool digest : {false, true}) {
        CHECK(screened(posted(example_credential(), digest), bench.verifier).empty());
        CHECK(screened(posted(stranger, digest), bench.verifier) == "unknown_key");
        CHECK(screened(posted(example_credential("unasked"), digest), bench.verifier) == "session_token");
    }
    // the digest that is claimed is what was signed
    CHECK(screened(posted(guesser, true), bench.verifier) == "mismatch");
    CHECK(screened(posted(guesser, false), bench.verifier).empty());
    Message changed = posted(example_credential(), true);
    changed.path = "/prod/other";
    CHECK(screened(changed, bench.verifier) == "mismatch");
    // nothing is believed before the body is here
    Message other = posted(example_credential(), true);
    other.body = "another body";
    CHECK(bench.fault(other) == "payload");
    Message presigned = plain();
    presign_message(presigned, guesser);
    CHECK(screened(presigned, bench.verifier).empty());

    Credential ended = example_credential("T");
    ended.expires = kNow;
    CHECK(screened(posted(ended, false), Bench(ended).verifier) == "session_expired");
    // a body that is not signed need not be waited for
    const Bench open(example_credential(), {.unsigned_payload = true});
    CHECK(screened(posted(guesser, true, {.unsigned_payload = true}), open.verifier) == "mismatch");
    CHECK(screened(posted(example_credential(), true, {.unsigned_payload = true}), open.verifier).empty());
}

TEST_CASE("a signature has one way to be written") {
    const Bench bench;
    for (const auto& change : std::vector<std::string (*)(std::string_view)>{
             [](std::string_view text) { return to_upper(text); },
             [](std::string_view text) { return std::string(text.substr(1)); },
             [](std::string_view text) { return std::string(text) + "0"; },
             [](std::string_view) { return std::string("0"); },
         }) {
        Message message = signed_message();
        std::string& field = message.field("Authorization");
        const std::size_t start = field.find("Signature=") + 10;
        field = field.substr(0, start) + change(field.substr(start));
        CHECK(bench.fault(message) == "mismatch");
    }
}

TEST_CASE("the body has to be the one that was signed") {
    Message posted{"POST", "/prod", {}, {}, "hello", {}};
    posted.add("Host", std::string(kHost));
    const Bench bench;
    Message implicit = signed_message({}, {}, posted);
    CHECK(bench.fault(implicit) == "good");
    implicit.body = "hellO";
    CHECK(bench.fault(implicit) == "mismatch");
    Message explicit_hash = signed_message({}, {.payload_field = true}, posted);
    CHECK(bench.fault(explicit_hash) == "good");
    explicit_hash.body.clear();
    const Answer answer = verify_message(explicit_hash, bench.verifier);
    CHECK(word(answer) == "payload");
    CHECK(std::get<Denial>(answer).message.starts_with("The request signature we calculated does not match"));
}

TEST_CASE("an unsigned body is taken only where that is allowed") {
    Message posted{"POST", "/prod", {}, {}, "hello", {}};
    posted.add("Host", std::string(kHost));
    const SignOptions options{.payload_field = true, .unsigned_payload = true};
    const Bench bench;
    const Bench lenient(example_credential(), {.unsigned_payload = true});
    CHECK(bench.fault(signed_message({}, options, posted)) == "payload");
    CHECK(lenient.fault(signed_message({}, options, posted)) == "good");
    CHECK(lenient.fault(signed_message({}, {.payload_field = true}, posted)) == "good");
    // the word is there, but the body was signed nevertheless
    Message both = posted;
    both.add("x-amz-content-sha256", std::string(kUnsignedPayload));
    CHECK(bench.fault(signed_message({}, {}, both)) == "payload");
    // the body was not signed, but nothing says so
    CHECK(lenient.fault(signed_message({}, {.unsigned_payload = true}, posted)) == "mismatch");
    Message parameter = posted;
    parameter.query = "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD";
    presign_message(parameter, example_credential(), 60, {.unsigned_payload = true});
    CHECK(bench.fault(parameter) == "payload");
    CHECK(lenient.fault(parameter) == "good");
    Message silent = posted;
    presign_message(silent, example_credential(), 60, {.service = "s3", .unsigned_payload = true});
    CHECK(Bench(example_credential(), {.service = "s3", .unsigned_payload = true}).fault(silent) == "good");
    CHECK(Bench(example_credential(), {.service = "s3"}).fault(silent) == "mismatch");
}

TEST_CASE("a body that is signed in chunks is not implemented") {
    for (const char* name : {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}) {
        Message message = plain();
        message.add("x-amz-content-sha256", name);
        const Bench lenient(example_credential(), {.unsigned_payload = true});
        const Answer answer = [&] {
            Message made = signed_message({}, {}, message);
            return verify_message(made, lenient.verifier);
        }();
        CHECK(word(answer) == "streaming");
        CHECK(status_of(Fault::streaming) == 501);
    }
}

TEST_CASE("the host that counts is the one that was received") {
    const Bench bench;
    Message message = signed_message();
    message.add("X-Forwarded-Host", std::string(kHost));
    message.field("Host") = "other.example";
    CHECK(bench.fault(message) == "mismatch");
}

TEST_CASE("what can be said without a secret is said before a body is read") {
    const Bench bench;
    Message message = signed_message();
    message.body = "not the one that was signed";
    CHECK(std::holds_alternative<Claim>(bench.verifier.examine(message.request(), kNow)));
    const auto late = bench.verifier.examine(message.request(), kNow + seconds(301));
    REQUIRE(std::holds_alternative<Denial>(late));
    CHECK(std::get<Denial>(late).fault == Fault::expired);
}
