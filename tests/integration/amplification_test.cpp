// What hostile input costs: memory that is asked for and calls that are made, counted and not timed, against the bytes
// that were sent.

#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/skip.h"
#include "tests/support/smuggling.h"

using namespace gw;
using namespace gw::test;

namespace {

struct Cost {
    std::uint64_t news;
    std::uint64_t bytes;
    std::uint64_t reads;
    std::uint64_t waits;
};

Cost cost_of(const Board& board) { return {board.news, board.new_bytes, board.reads, board.waits}; }

}  // namespace

TEST_CASE("no input of the catalogue makes the gateway ask for more than twenty times its bytes") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    Start how;
    how.environment = faults.environment();
    const Gateway gateway({"/{proxy+}=mock:200:m", "/=mock:200:m", "--workers", "1"}, how);
    const auto send = [&](const std::string& bytes) {
        RawClient client = gateway.connect();
        (void)client.send(bytes);
        (void)client.read_response(bytes.starts_with("HEAD "));
    };
    for (int i = 0; i < 20; ++i) send(get_request("/"));  // what is kept for reuse is there now
    Cost before = cost_of(faults.board());
    send(get_request("/"));
    Cost plain = cost_of(faults.board());
    plain = {plain.news - before.news, plain.bytes - before.bytes, plain.reads - before.reads,
             plain.waits - before.waits};
    INFO("a plain request asks " << plain.news << " times, for " << plain.bytes << " bytes");
    CHECK(plain.bytes < 16384);
    std::size_t rows = 0;
    for (const SmugglingGroup& group : smuggling_groups())
        for (const SmugglingRow& row : group.rows) {
            if (row.bytes.size() > 2'000'000) continue;
            before = cost_of(faults.board());
            send(row.bytes);
            const Cost after = cost_of(faults.board());
            INFO(row.id << " in group: " << group.name << ", " << row.bytes.size() << " bytes");
            CHECK(after.bytes - before.bytes <= plain.bytes + 4096 + 20 * row.bytes.size());
            CHECK(after.news - before.news <= plain.news + 40 + row.bytes.size() / 8);
            CHECK(after.reads - before.reads <= plain.reads + 10 + row.bytes.size() / 1024);
            ++rows;
        }
    CHECK(rows > 200);
}

TEST_CASE(
    "what a body costs does not depend on the size of its chunks, and no answer's framing costs more than it is") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    Start how;
    how.environment = faults.environment();
    std::string crumbs;
    for (int i = 0; i < 20'000; ++i) crumbs += "1\r\nc\r\n";
    ScriptedUpstream upstream(
        {{read_request(), send_bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + crumbs + "0\r\n\r\n"),
          read_request(), answer(200, "second")}});
    const Gateway gateway({upstream.url(), "--workers", "1"}, how);
    RawClient client = gateway.connect();
    const Cost before = cost_of(faults.board());
    must(client.send(get_request("/")));
    CHECK(must(client.read_response()).body == std::string(20'000, 'c'));
    const Cost down = cost_of(faults.board());
    CHECK(down.bytes - before.bytes <= 20 * crumbs.size());
    CHECK(down.news - before.news <= 1000);
    must(client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + crumbs.substr(0, 18'000) +
                     "0\r\n\r\n"));
    CHECK(must(client.read_response()).status == 200);
    const Cost up = cost_of(faults.board());
    CHECK(up.bytes - down.bytes <= 20 * 18'000);
    CHECK(up.news - down.news <= 1000);
}

TEST_CASE("idle connections cost nothing but themselves") {
    if (!Faults::available()) GW_SKIP("sanitizers bring an operator new of their own");
    const Faults faults;
    Start how;
    how.environment = faults.environment();
    Gateway gateway({"/=mock:200:m", "--workers", "1", "--max-connections-per-client", "0"}, how);
    for (int i = 0; i < 20; ++i) (void)gateway.get("/");
    const Cost before = cost_of(faults.board());
    std::vector<RawClient> idle;
    for (int i = 0; i < 200; ++i) {
        idle.push_back(gateway.connect());
        must(idle.back().send(get_request("/")));
        CHECK(must(idle.back().read_response()).status == 200);
    }
    const Cost after = cost_of(faults.board());
    CHECK((after.bytes - before.bytes) / 200 <= 4096 + 1024);
    const std::uint64_t waits = faults.board().waits;
    CHECK(idle.front().stays_silent(std::chrono::milliseconds(300)));
    CHECK(faults.board().waits - waits <= 30);  // ten looks a second, and nobody else is awake
}
