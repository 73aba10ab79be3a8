#include <algorithm>
#include <cerrno>

#include <malloc.h>
#include <sys/socket.h>

#include "libgw/io/net/tls.h"
#include "tests/support/catch.h"
#include "tests/support/loop.h"
#include "tests/support/tls_pair.h"

using namespace gw;
using namespace gw::net;
using gw::test::Both;
using gw::test::contexts;
using gw::test::pattern;
using gw::test::run_until;
using gw::test::settle;
using gw::test::socket_pair;
using gw::test::Talker;
using Kind = IoResult::Kind;

namespace {

/// The types and lengths of the records that wait in a socket.
std::vector<std::pair<int, std::size_t>> waiting_records(int fd) {
    std::vector<unsigned char> bytes(1 << 20);
    const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    std::vector<std::pair<int, std::size_t>> records;
    for (std::size_t at = 0; got > 0 && at + 5 <= static_cast<std::size_t>(got);) {
        const std::size_t size = std::size_t{bytes[at + 3]} << 8 | bytes[at + 4];
        records.emplace_back(bytes[at], size);
        at += 5 + size;
    }
    return records;
}

iovec part_of(const std::string& text) { return {const_cast<char*>(text.data()), text.size()}; }

}  // namespace

// ── bytes ───────────────────────────────────────────────────────────────────

TEST_CASE("Bytes arrive whole and in order, whatever the sizes, the socket's buffer and the reader's room") {
    const std::size_t size = GENERATE(as<std::size_t>{}, 1, 16383, 16384, 16385, 65535, 65536, 65537, 300001);
    const int buffer = GENERATE(0, 4608);
    const std::size_t room = GENERATE(as<std::size_t>{}, 1500, 16384, 65536);
    CAPTURE(size, buffer, room);
    Both both(buffer);
    both.shake();
    REQUIRE(both.fine());
    const std::string there = pattern(size);
    const std::string back(there.rbegin(), there.rend());
    both.server.room = both.client.room = room;
    both.server.listen();
    both.client.listen();
    both.client.say(there);
    both.server.say(back);
    REQUIRE(run_until(both.loop, [&] { return both.server.got.size() >= size && both.client.got.size() >= size; }));
    CHECK(both.server.got == there);
    CHECK(both.client.got == back);
    CHECK(both.server.sent == size);
    CHECK(both.loop.borrowed() == 0);
}

TEST_CASE("A write larger than the socket takes is reported as it goes, and never all before the last byte has gone") {
    Both both(4608);
    both.shake();
    const std::string text = pattern(200000);
    std::size_t taken = 0;
    std::size_t refusals = 0;
    both.server.listen();
    while (taken < text.size()) {
        const iovec part{const_cast<char*>(text.data()) + taken, text.size() - taken};
        const IoResult result = both.client.stream.write({&part, 1});
        REQUIRE(result.kind != Kind::error);
        if (result.kind == Kind::done) {
            REQUIRE(result.size > 0);
            taken += result.size;
        } else {
            ++refusals;
            settle(both.loop, 20);  // the reader reads
        }
    }
    CHECK(refusals > 5);
    CHECK(both.loop.borrowed() == 0);  // no ciphertext is held any more: what was taken has gone
    REQUIRE(run_until(both.loop, [&] { return both.server.got.size() == text.size(); }));
    CHECK(both.server.got == text);
}

TEST_CASE("A head and a small body leave as one record, and a large write as full records at once") {
    Both both;
    both.shake();
    char drained[4096];
    CHECK_FALSE(both.client.stream.has_input());  // takes the ticket
    static_cast<void>(both.client.stream.read(drained));
    REQUIRE(waiting_records(both.client.stream.fd()).empty());
    const std::string head(200, 'h');
    const std::string body(1000, 'b');
    const iovec parts[] = {part_of(head), part_of(body)};
    REQUIRE(both.server.stream.write(parts).size == 1200);
    auto records = waiting_records(both.client.stream.fd());
    REQUIRE(records.size() == 1);
    CHECK(records[0].first == 23);
    both.client.listen();
    REQUIRE(run_until(both.loop, [&] { return both.client.got == head + body; }));
    both.client.stream.cancel_waits();

    const std::string large = pattern(50000);
    const iovec more[] = {part_of(head), part_of(large), part_of(body)};
    REQUIRE(both.server.stream.write(more).size == 51200);
    records = waiting_records(both.client.stream.fd());
    CHECK(records.size() == 4);  // 51,200 = 3 × 16,384 + 2,048
    CHECK(records[0].second == records[2].second);
}

TEST_CASE("A reader with little room is called back until it has everything") {
    const std::size_t room = GENERATE(as<std::size_t>{}, 1, 7, 100);
    Both both;
    both.shake();
    const std::string text = pattern(2000);
    const iovec part = part_of(text);
    for (int i = 0; i < 3; ++i) REQUIRE(both.client.stream.write({&part, 1}).size == text.size());
    both.server.room = room;
    both.server.listen();
    CHECK(both.server.stream.awaiting_readable());
    REQUIRE(run_until(both.loop, [&] { return both.server.got.size() == 6000; }));
    CHECK(both.server.got == text + text + text);
    CHECK(both.loop.borrowed() == 0);
}

TEST_CASE("A pending byte does not call back who has cancelled the wait") {
    Both both;
    both.shake();
    const std::string text = "abc";
    const iovec part = part_of(text);
    REQUIRE(both.client.stream.write({&part, 1}).size == 3);
    both.server.room = 1;
    both.server.listen();
    REQUIRE(run_until(both.loop, [&] { return !both.server.got.empty(); }));
    both.server.stream.cancel_readable();
    CHECK_FALSE(both.server.stream.awaiting_readable());
    const std::string before = both.server.got;
    REQUIRE(before.size() < 3);
    settle(both.loop);
    CHECK(both.server.got == before);
    both.server.listen();
    REQUIRE(run_until(both.loop, [&] { return both.server.got == "abc"; }));
}

TEST_CASE("A wait that was asked for a pending byte, which was then read otherwise, goes on for the next one") {
    Both both;
    both.shake();
    const std::string text = "abc";
    const iovec part = part_of(text);
    REQUIRE(both.client.stream.write({&part, 1}).size == 3);
    char buffer[8];
    REQUIRE(both.server.stream.read({buffer, 1}).size == 1);
    both.server.listen();
    REQUIRE(both.server.stream.read(buffer).size == 2);
    settle(both.loop);
    CHECK(both.server.stream.awaiting_readable());
    REQUIRE(both.client.stream.write({&part, 1}).size == 3);
    REQUIRE(run_until(both.loop, [&] { return both.server.got == "abc"; }));
    // and a pause in between loses nothing
    both.server.stream.cancel_waits();
    REQUIRE(both.client.stream.write({&part, 1}).size == 3);
    settle(both.loop);
    CHECK(both.server.got == "abc");
    both.server.listen();
    REQUIRE(run_until(both.loop, [&] { return both.server.got == "abcabc"; }));
}

TEST_CASE("A request sent together with the end of the handshake is not lost") {
    Both both;
    both.server.stream.accept_tls(contexts().server, callback<&Talker::on_shaken>(&both.server));
    struct Eager {
        Talker& talker;
        void on_shaken() {
            talker.shook = true;
            talker.say("first words");
        }
    } eager{both.client};
    both.client.stream.connect_tls(contexts().client, "localhost", callback<&Eager::on_shaken>(&eager));
    REQUIRE(run_until(both.loop, [&] { return both.server.shook && both.client.shook; }));
    settle(both.loop);
    both.server.listen();
    REQUIRE(run_until(both.loop, [&] { return both.server.got == "first words"; }));
}

// ── the end ─────────────────────────────────────────────────────────────────

TEST_CASE("Reading ends well after close_notify only") {
    Both both;
    both.shake();
    both.client.listen();
    SECTION("said") {
        both.server.say("last words");
        both.server.stream.shutdown_write();
        REQUIRE(run_until(both.loop, [&] { return both.client.over.has_value(); }));
        CHECK(both.client.got == "last words");
        CHECK(both.client.over->kind == Kind::end);
        CHECK(both.client.stream.handshake_error().empty());
        CHECK(both.client.stream.peer_gone());
        // the other way stays open
        both.server.listen();
        both.client.say("still heard");
        CHECK(run_until(both.loop, [&] { return both.server.got == "still heard"; }));
    }
    SECTION("not said") {
        both.server.say("last words");
        both.server.stream.close();
        REQUIRE(run_until(both.loop, [&] { return both.client.over.has_value(); }));
        CHECK(both.client.got == "last words");
        CHECK(both.client.over->kind == Kind::error);
        CHECK(both.client.over->number == 0);
        CHECK(both.client.stream.handshake_error() == "the peer closed the connection without close_notify");
        CHECK(both.client.stream.peer_gone());
    }
    SECTION("a FIN forged before close_notify") {
        both.server.say("last words");
        ::shutdown(both.server.stream.fd(), SHUT_WR);
        REQUIRE(run_until(both.loop, [&] { return both.client.over.has_value(); }));
        CHECK(both.client.over->kind == Kind::error);
    }
}

TEST_CASE("close_notify and FIN follow the last byte also when the socket was full") {
    Both both(4608);
    both.shake();
    const std::string text = pattern(100000);
    both.server.say(text);
    both.client.room = 1000;
    both.client.listen();
    REQUIRE(run_until(both.loop, [&] { return both.server.sent == text.size(); }));
    both.server.stream.shutdown_write();
    both.server.stream.cancel_waits();  // does not cancel the goodbye
    REQUIRE(run_until(both.loop, [&] { return both.client.over.has_value(); }));
    CHECK(both.client.over->kind == Kind::end);
    CHECK(both.client.got == text);
}

TEST_CASE("A record that was tampered with breaks the connection") {
    Both both;
    both.shake();
    static_cast<void>(both.client.stream.has_input());
    const std::string forged("\x17\x03\x03\x00\x20", 5);
    const std::string record = forged + std::string(32, 'x');
    REQUIRE(::send(both.server.stream.fd(), record.data(), record.size(), 0) == 37);
    both.client.listen();
    REQUIRE(run_until(both.loop, [&] { return both.client.over.has_value(); }));
    CHECK(both.client.over->kind == Kind::error);
    CHECK(both.client.over->number == 0);
    CHECK(both.client.stream.handshake_error() == "decryption failed or bad record mac");
    both.server.listen();  // and the peer is told
    REQUIRE(run_until(both.loop, [&] { return both.server.over.has_value(); }));
    CHECK(both.server.stream.handshake_error() == "the peer says: bad record mac");
}

TEST_CASE("Writing to a peer that is gone says so with an errno, or at once after the end") {
    Both both;
    both.shake();
    both.client.stream.close();
    both.server.say(pattern(100000));
    REQUIRE(both.server.broken);
    CHECK(both.server.broken->number == EPIPE);
}

TEST_CASE("Looking at an idle connection takes nothing but tickets from it") {
    Both both;
    both.shake();
    settle(both.loop);
    CHECK_FALSE(both.client.stream.peer_gone());  // the server's ticket has come
    CHECK_FALSE(both.client.stream.has_input());
    CHECK_FALSE(both.server.stream.has_input());
    CHECK(both.client.stream.is_silent());
    both.server.say("unasked");
    CHECK_FALSE(both.client.stream.is_silent());
    CHECK(both.client.stream.has_input());
    CHECK(both.client.stream.has_input());
    CHECK_FALSE(both.client.stream.peer_gone());
    both.server.stream.shutdown_write();
    CHECK_FALSE(both.client.stream.peer_gone());  // there is still something to read
    both.client.room = 3;
    both.client.listen();
    REQUIRE(run_until(both.loop, [&] { return both.client.over.has_value(); }));
    CHECK(both.client.got == "unasked");
    CHECK(both.client.stream.peer_gone());
    CHECK_FALSE(both.client.stream.has_input());
}

TEST_CASE("Who waits for bytes is called although somebody looked at them before") {
    Both both;
    both.shake();
    both.client.listen();
    both.server.say("early");
    CHECK(both.client.stream.has_input());
    CHECK(both.client.stream.awaiting_readable());
    REQUIRE(run_until(both.loop, [&] { return both.client.got == "early"; }));
    both.server.stream.shutdown_write();
    CHECK(both.client.stream.peer_gone());
    CHECK(run_until(both.loop, [&] { return both.client.over.has_value(); }));
}

TEST_CASE("An idle connection whose peer said goodbye, or left without, is gone") {
    Both both;
    both.shake();
    SECTION("with close_notify") { both.server.stream.shutdown_write(); }
    SECTION("without") { both.server.stream.close(); }
    CHECK_FALSE(both.client.stream.is_silent());
    CHECK(both.client.stream.peer_gone());
    CHECK_FALSE(both.client.stream.has_input());
    both.client.listen();  // calls back at once, as a socket at its end does
    CHECK(run_until(both.loop, [&] { return both.client.over.has_value(); }));
}

#ifndef GW_SANITIZED
TEST_CASE("An idle TLS connection keeps no buffer: its two ends hold less than 40 KiB together, in use or not") {
    constexpr int kPairs = 50;
    const bool used = GENERATE(false, true);
    Loop loop;
    struct Ends {
        Talker server;
        Talker client;
    };
    std::vector<std::unique_ptr<Ends>> all;
    const auto connect = [&] {
        auto ends = std::make_unique<Ends>();
        const auto [a, b] = socket_pair();
        ends->server.stream = Stream(loop, a, {});
        ends->client.stream = Stream(loop, b, {});
        ends->server.stream.accept_tls(contexts().server, callback<&Talker::on_shaken>(&ends->server));
        ends->client.stream.connect_tls(contexts().client, "localhost", callback<&Talker::on_shaken>(&ends->client));
        REQUIRE(run_until(loop, [&] { return ends->server.shook && ends->client.shook; }));
        if (used) {
            ends->server.listen();
            ends->client.listen();
            ends->client.say("question");
            ends->server.say("answer");
            REQUIRE(run_until(loop, [&] { return ends->server.got == "question" && ends->client.got == "answer"; }));
        }
        all.push_back(std::move(ends));
    };
    connect();  // what is made once
    const std::size_t before = ::mallinfo2().uordblks;
    for (int i = 0; i < kPairs; ++i) connect();
    const std::size_t each = (::mallinfo2().uordblks - before) / kPairs;
    CHECK(each < 40960);
    CHECK(each > 10000);  // or nothing was measured
    CHECK(loop.borrowed() == 0);
}
#endif
