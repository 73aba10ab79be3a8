// The catalogue of framing attacks on a server. Each row is run whole, byte by byte, cut at every boundary, as the
// second request of a connection, and with another request behind it; the answer is the same every time, and of a
// refused request's bytes nothing is ever taken for a request.

#include "tests/support/smuggling.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/wire/http/drive.h"

using namespace gw::http;
using namespace gw::test;
using namespace std::string_literals;

namespace {

const std::string kCanary = "GET /canary HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kGood = "GET /first HTTP/1.1\r\nHost: a\r\n\r\n";

// What a gateway would use: 10 MiB of payload.
Limits limits() {
    Limits limits;
    limits.body = 10485760;
    return limits;
}

std::string chunks(const std::string& body) {
    return "POST /t HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

void check(const SmugglingRow& row) {
    INFO(row.id);
    const Limits bounds = limits();
    const Transcript whole = hear_requests(row.bytes, {}, bounds);
    INFO(whole.reason);
    CHECK(whole.status == row.status);
    const auto finished = [](const Transcript& heard) {
        std::size_t count = 0;
        for (const Heard& message : heard.messages) count += message.complete ? 1 : 0;
        return count;
    };
    CHECK(finished(whole) == (row.status == 0 ? 1 : 0));

    if (row.bytes.size() < 100000) CHECK(hear_requests(row.bytes, every_byte(row.bytes.size()), bounds) == whole);
    for_each_split(row.bytes.size(), [&](const Cuts& cuts) {
        if (!(hear_requests(row.bytes, cuts, bounds) == whole)) FAIL_CHECK("cut at " << cuts[0] << " differs");
    });

    const Transcript second = hear_requests(kGood + row.bytes, {}, bounds);
    CHECK(second.status == row.status);
    CHECK(second.reason == whole.reason);
    CHECK(finished(second) == (row.status == 0 ? 2 : 1));
    CHECK(second.messages.front().path == "/first");

    const Transcript followed = hear_requests(row.bytes + kCanary, {}, bounds);
    CHECK(followed.status == row.status);
    CHECK(followed.reason == whole.reason);
    if (row.status == 0) {
        REQUIRE(followed.messages.size() == 2);
        CHECK(followed.messages[0] == whole.messages[0]);
        CHECK(followed.messages[1].path == "/canary");
        CHECK(followed.messages[1].complete);
    } else {
        for (const Heard& message : followed.messages) CHECK(message.path != "/canary");
    }
    CHECK(hear_requests(row.bytes + kCanary, every_byte(row.bytes.size() + kCanary.size()), bounds) == followed);
}

void check_all(std::string_view group) {
    for (const SmugglingRow& row : smuggling_rows(group)) check(row);
}

}  // namespace

TEST_CASE("a request with both Content-Length and Transfer-Encoding is refused") {
    check_all("a request with both Content-Length and Transfer-Encoding is refused");
}

TEST_CASE("the only transfer coding that is understood is one chunked, alone") {
    check_all("the only transfer coding that is understood is one chunked, alone");
}

TEST_CASE("a line that is folded, bent or misspelled does not hide a transfer coding") {
    check_all("a line that is folded, bent or misspelled does not hide a transfer coding");
}

TEST_CASE("HTTP/1.0 has no transfer codings, and no bodies where nobody expects them") {
    check_all("HTTP/1.0 has no transfer codings, and no bodies where nobody expects them");
}

TEST_CASE("Connection cannot take away what somebody relies on") {
    check_all("Connection cannot take away what somebody relies on");
}

TEST_CASE("Content-Length is one plain number or the request is refused") {
    check_all("Content-Length is one plain number or the request is refused");
}

TEST_CASE("a field line that is not name, colon, value is refused") {
    check_all("a field line that is not name, colon, value is refused");
}

TEST_CASE("a chunk line is digits, well-formed extensions and CRLF") {
    check_all("a chunk line is digits, well-formed extensions and CRLF");
}

TEST_CASE("trailers are read, bounded and dropped, and those that frame are refused") {
    check_all("trailers are read, bounded and dropped, and those that frame are refused");
    const Transcript heard = hear_requests(chunks("0\r\nAuthorization: b\r\n\r\n"));
    for (const auto& [name, value] : heard.messages.at(0).fields) CHECK(name != "Authorization");
}

TEST_CASE("a body is read as a body whatever the method, and is not complete before its last byte") {
    check_all("a body is read as a body whatever the method, and is not complete before its last byte");
    SECTION("S61: without its last chunk it never ends") {
        const Transcript heard = hear_requests(chunks("5\r\nhello\r\n"));
        CHECK(heard.status == 0);
        REQUIRE(heard.messages.size() == 1);
        CHECK_FALSE(heard.messages[0].complete);
    }
    SECTION("S62: one empty line behind it is no harm, two are") {
        const Transcript one = hear_requests(chunks("0\r\n\r\n") + "\r\n" + kCanary);
        CHECK(one.status == 0);
        CHECK(one.messages.size() == 2);
        const Transcript two = hear_requests(chunks("0\r\n\r\n") + "\r\n\r\n" + kCanary);
        CHECK(two.status == 400);
        CHECK(two.messages.size() == 1);
    }
    SECTION("S70: a good request is heard before the bad one behind it is refused") {
        const Transcript heard = hear_requests("GET / HTTP/1.1\r\nHost: a\r\n\r\n INVALID\r\n\r\n");
        CHECK(heard.status == 400);
        REQUIRE(heard.messages.size() == 1);
        CHECK(heard.messages[0].complete);
    }
    SECTION("S71: a thousand pipelined requests come out in order") {
        std::string bytes;
        for (int i = 0; i < 1000; ++i) bytes += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
        const Transcript heard = hear_requests(bytes);
        REQUIRE(heard.messages.size() == 1000);
        for (std::size_t i = 0; i < 1000; ++i) CHECK(heard.messages[i].path == "/" + std::to_string(i));
    }
}

TEST_CASE("a request line is method, target and version with one space between") {
    check_all("a request line is method, target and version with one space between");
}

TEST_CASE("a target is a path, or this host's own URL, or the asterisk of OPTIONS") {
    check_all("a target is a path, or this host's own URL, or the asterisk of OPTIONS");
}

TEST_CASE("there is one Host and it is a host") { check_all("there is one Host and it is a host"); }

TEST_CASE("what is too large is refused with the status that says so") {
    check_all("what is too large is refused with the status that says so");
}

TEST_CASE("fields that decide may not come twice") { check_all("fields that decide may not come twice"); }

TEST_CASE("a name that underscores make look like one that matters is refused") {
    check_all("a name that underscores make look like one that matters is refused");
}
