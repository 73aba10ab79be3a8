// The catalogue of framing attacks against a running gateway, with a target that records every byte it is sent.

#include "tests/support/smuggling.h"

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/tls_relay.h"

using namespace gw;
using namespace gw::test;

namespace {

const std::string kCanary = "GET /canary HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kFirst = "GET /first HTTP/1.1\r\nHost: a\r\n\r\n";

/// True when `bytes` hold a request to its end: a target might act on it.
bool is_complete_request(const std::string& bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    if (bytes.find("transfer-encoding: chunked\r\n") < end || bytes.find("Transfer-Encoding: chunked\r\n") < end)
        return bytes.find("\r\n0\r\n\r\n") != std::string::npos;
    return true;
}

enum class Manner { whole, byte_by_byte, second };

/// Whether what is wrong with the rows of a group shows in their heads; of the others a head may have gone up before.
bool is_of_heads(std::string_view group) {
    return !group.starts_with("a chunk line is") && !group.starts_with("trailers are");
}

/// Sends one row with a canary behind it. The answer is `row.status`, the connection ends after it, and the target has
/// neither a request of it nor the canary; of a head that was refused it has not one byte.
void check_refused(std::uint16_t port, const ScriptedUpstream& upstream, std::string_view group,
                   const SmugglingRow& row, Manner manner) {
    const std::size_t before = upstream.connections();
    RawClient client = must(RawClient::connect(port));
    if (manner == Manner::second) {
        must(client.send(kFirst));
        CHECK(must(client.read_response()).status == 200);
    }
    // sending may fail half-way, when the answer and the end are there already
    if (manner == Manner::byte_by_byte)
        (void)client.send_in_pieces(row.bytes + kCanary, 1);
    else
        (void)client.send(row.bytes + kCanary);
    const auto answer = client.read_response(row.bytes.starts_with("HEAD "));
    if (!answer) {
        FAIL_CHECK("no answer: " << to_string(answer.error()));
        return;
    }
    CHECK(answer->status == static_cast<int>(row.status));
    CHECK(answer->field("connection") == "close");
    CHECK(client.is_closed_by_peer());  // and nothing more was answered
    client.close();
    for (std::size_t i = before; i < upstream.connections(); ++i) {
        const std::string seen = upstream.seen(i);
        CHECK(seen.find("canary") == std::string::npos);
        CHECK_FALSE(is_complete_request(seen));
        if (is_of_heads(group)) CHECK(seen.empty());
    }
}

void check_served(std::uint16_t port, const SmugglingRow& row, Manner manner) {
    RawClient client = must(RawClient::connect(port));
    must(manner == Manner::byte_by_byte ? client.send_in_pieces(row.bytes, 1) : client.send(row.bytes));
    auto answer = client.read_response(row.bytes.starts_with("HEAD "));
    // who expected to be told to go on, and did not send the body with the head, is told
    if (answer && answer->status == 100) answer = client.read_response(row.bytes.starts_with("HEAD "));
    if (!answer) {
        FAIL_CHECK("no answer: " << to_string(answer.error()));
        return;
    }
    CHECK(answer->status == 200);
}

void check_group(std::string_view name) {
    ScriptedUpstream upstream({{read_request(), answer(200, "served", "Connection: close\r\n")}});
    const Gateway gateway({"/{proxy+}=" + upstream.url(), "/=" + upstream.url(), "GET /first=mock:200:first"});
    for (const SmugglingRow& row : smuggling_rows(name)) {
        INFO(row.id << " in group: " << name);
        const bool small = row.bytes.size() < 1000;
        if (row.status == 0) {
            if (row.bytes.starts_with("OPTIONS *")) continue;  // about the gateway itself, not about a target
            check_served(gateway.port(), row, Manner::whole);
            if (small) check_served(gateway.port(), row, Manner::byte_by_byte);
        } else {
            check_refused(gateway.port(), upstream, name, row, Manner::whole);
            check_refused(gateway.port(), upstream, name, row, Manner::second);
            if (small) check_refused(gateway.port(), upstream, name, row, Manner::byte_by_byte);
        }
    }
}

}  // namespace

TEST_CASE(
    "every framing attack gets its status over the wire, ends its connection, and no target sees a request of it") {
    for (const SmugglingGroup& group : smuggling_groups()) check_group(group.name);
}

TEST_CASE("over TLS a framing attack ends as it does in the clear, in one record or in one for each byte") {
    ScriptedUpstream upstream({{read_request(), answer(200, "served", "Connection: close\r\n")}});
    const Gateway gateway({"/{proxy+}=" + upstream.url(), "/=" + upstream.url(), "GET /first=mock:200:first",
                           "--tls-self-signed", "--max-connections-per-client", "0"});
    const TlsRelay relay(gateway.port());
    std::size_t number = 0;
    for (const SmugglingGroup& group : smuggling_groups())
        for (const SmugglingRow& row : group.rows) {
            if (row.bytes.size() > 1000 || row.bytes.starts_with("OPTIONS *")) continue;
            INFO(row.id << " in group: " << group.name);
            // the first of each group in every manner, of the others each in one of them
            const bool first = &row == &group.rows.front();
            for (const Manner manner : {Manner::whole, Manner::byte_by_byte, Manner::second}) {
                if (!first && static_cast<std::size_t>(manner) != number % 3) continue;
                if (row.status != 0)
                    check_refused(relay.port(), upstream, group.name, row, manner);
                else if (manner != Manner::second)
                    check_served(relay.port(), row, manner);
            }
            ++number;
        }
    CHECK(number > 100);
}

TEST_CASE("over TLS what follows a request in its record is the next request, and nothing else") {
    ScriptedUpstream upstream({{read_request(), answer(200, "one"), read_request(), answer(200, "two")}});
    const Gateway gateway({upstream.url(), "--tls-self-signed", "--workers", "1"});
    const TlsRelay relay(gateway.port());
    RawClient client = must(RawClient::connect(relay.port()));
    must(client.send(post_request("/a", "0123456789") + get_request("/b")));
    CHECK(must(client.read_response()).body == "one");
    CHECK(must(client.read_response()).body == "two");
    CHECK(upstream.seen().find("0123456789GET /b HTTP/1.1\r\n") != std::string::npos);
}

TEST_CASE("a request that cannot be right takes no connection to a target") {
    ScriptedUpstream upstream({{read_request(), answer(200, "served")}});
    const Gateway gateway({upstream.url()});
    for (const std::string_view name : {"a request with both Content-Length and Transfer-Encoding is refused",
                                        "the only transfer coding that is understood is one chunked, alone",
                                        "Content-Length is one plain number or the request is refused",
                                        "a field line that is not name, colon, value is refused",
                                        "there is one Host and it is a host", "fields that decide may not come twice"})
        for (const SmugglingRow& row : smuggling_rows(name)) {
            if (row.status == 0) continue;
            RawClient client = gateway.connect();
            (void)client.send(row.bytes + kCanary);
            INFO(row.id);
            CHECK(client.read_response());
        }
    CHECK(upstream.connections() == 0);
}

TEST_CASE("a preface of HTTP/2 is refused and an upgrade to h2c is not taken up") {
    ScriptedUpstream upstream({{read_request(), answer(200, "plain")}});
    const Gateway gateway({upstream.url()});
    const RawResponse preface = gateway.ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    CHECK(preface.status == 505);
    CHECK(upstream.connections() == 0);
    const RawResponse upgrade =
        gateway.get("/", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nConnection: Upgrade, HTTP2-Settings\r\n");
    CHECK(upgrade.status == 200);
    CHECK(upgrade.body == "plain");
    CHECK(upstream.seen().find("pgrade") == std::string::npos);
    CHECK(upstream.seen().find("ttings") == std::string::npos);
}

TEST_CASE("a good request in front of a bad one is answered in full") {
    ScriptedUpstream upstream({{read_request(), answer(200, "good")}});
    const Gateway gateway({upstream.url()});
    RawClient client = gateway.connect();
    must(client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n INVALID\r\n\r\n" + kCanary));
    CHECK(must(client.read_response()).body == "good");
    const RawResponse bad = must(client.read_response());
    CHECK(bad.status == 400);
    CHECK(bad.body == R"({"message":"Bad Request"})");
    CHECK(client.is_closed_by_peer());
    CHECK(upstream.wait_for_connections(1));
    CHECK(upstream.seen().find("canary") == std::string::npos);
}

TEST_CASE("a body that breaks off is never complete for the target") {
    for (const std::string& bytes :
         {std::string("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
          std::string("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")}) {
        INFO(bytes);
        ScriptedUpstream upstream({{read_request(), answer(200, "complete")}});
        const Gateway gateway({upstream.url()});
        RawClient client = gateway.connect();
        must(client.send(bytes));
        CHECK(upstream.wait_for("hello"));
        client.finish_sending();
        CHECK(upstream.wait_for_end());
        CHECK(upstream.seen().find("\r\n0\r\n\r\n") == std::string::npos);
        CHECK(must(client.read_to_end()).empty());
    }
}
