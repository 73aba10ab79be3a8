#include "libgw/io/net/outbox.h"

#include <random>

#include <sys/socket.h>
#include <unistd.h>

#include "libgw/io/net/tls.h"
#include "tests/support/catch.h"
#include "tests/support/loop.h"

using namespace gw;
using namespace gw::net;
using gw::test::run_until;
using gw::test::settle;
using gw::test::socket_pair;
using gw::test::Talker;

namespace {

/// Flushes whenever the stream is writable, until nothing waits.
struct Sender {
    Outbox outbox;
    Stream& stream;
    bool waiting = false;
    bool broken = false;
    Sender(Loop& loop, Stream& stream_in) : outbox(loop), stream(stream_in) {}
    void flush() {
        waiting = false;
        const Outbox::State state = outbox.flush(stream);
        broken = state == Outbox::State::broken;
        CHECK((state == Outbox::State::empty) == (!broken && outbox.empty()));
        if (state != Outbox::State::waiting) return;
        waiting = true;
        stream.await_writable(callback<&Sender::flush>(this));
    }
};

struct Plain {
    Loop loop;
    Talker left;
    Talker right;
    explicit Plain(int buffer = 0) {
        const auto [a, b] = socket_pair(buffer);
        left.stream = Stream(loop, a, {});
        right.stream = Stream(loop, b, {});
    }
};

}  // namespace

TEST_CASE("What is gathered in pieces leaves as one message in the order of the calls") {
    Plain plain;
    Outbox outbox(plain.loop);
    const std::string body = "body";
    CHECK(outbox.empty());
    outbox.text() += "head ";
    outbox.text() += "more ";
    outbox.refer(body);
    outbox.copy(" tail");
    outbox.refer("");
    CHECK(outbox.waiting() >= body.size());
    CHECK(outbox.held() == 0);
    CHECK(outbox.flush(plain.left.stream) == Outbox::State::empty);
    CHECK(outbox.sent_total() == 19);
    CHECK(outbox.empty());
    char got[64];
    const ssize_t size = ::recv(plain.right.stream.fd(), got, sizeof got, MSG_DONTWAIT);
    CHECK(std::string(got, static_cast<std::size_t>(size)) == "head more body tail");
    CHECK(plain.loop.borrowed() == 0);
}

TEST_CASE("An empty outbox has nothing to flush") {
    Plain plain;
    Outbox outbox(plain.loop);
    CHECK(outbox.flush(plain.left.stream) == Outbox::State::empty);
    CHECK(outbox.sent_total() == 0);
}

TEST_CASE("Bytes leave whole and in order through a tiny socket buffer, in the clear and under TLS") {
    const bool secure = GENERATE(false, true);
    std::mt19937 dice(GENERATE(11u, 12u, 13u, 14u));
    Plain plain(4608);
    if (secure) {
        const Date now = SystemClock().date();
        const auto pair = *make_self_signed({"localhost"}, now);
        auto server = TlsContext::make_server(
            {.key_pairs = {pair}, .client_ca_pem = {}, .client_ca_name = {}, .previous = {}}, now);
        auto client =
            TlsContext::make_client({.ca_pem = pair.cert_pem, .ca_name = {}, .insecure = false, .client = {}});
        plain.left.stream.accept_tls(*server, callback<&Talker::on_shaken>(&plain.left));
        plain.right.stream.connect_tls(*client, "localhost", callback<&Talker::on_shaken>(&plain.right));
        REQUIRE(run_until(plain.loop, [&] { return plain.left.shook && plain.right.shook; }));
        REQUIRE(plain.left.stream.tls() != nullptr);
    }
    plain.right.room = 3000;
    plain.right.listen();
    Sender sender(plain.loop, plain.left.stream);
    std::string expected;
    char letter = 'a';
    for (int round = 0; round < 300; ++round) {
        std::vector<std::string> referred(20);  // lives until the flush, as refer() wants
        const std::size_t pieces = 1 + dice() % 20;
        for (std::size_t i = 0; i < pieces; ++i) {
            const std::size_t size = dice() % 5 == 0 ? dice() % 9000 : dice() % 50;
            const std::string piece(size, letter);
            letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1);
            expected += piece;
            switch (dice() % 3) {
                case 0:
                    referred[i] = piece;
                    sender.outbox.refer(referred[i]);
                    break;
                case 1: sender.outbox.copy(piece); break;
                default: sender.outbox.text() += piece;
            }
        }
        sender.flush();
        if (dice() % 3 == 0) settle(plain.loop, 3);
    }
    REQUIRE(run_until(plain.loop, [&] { return plain.right.got.size() >= expected.size(); }));
    CHECK(plain.right.got == expected);
    CHECK(sender.outbox.empty());
    CHECK(sender.outbox.sent_total() == expected.size());
    CHECK(plain.loop.borrowed() == 0);
}

TEST_CASE("What the socket does not take is held, and dropped when it breaks") {
    Plain plain(4608);
    Outbox outbox(plain.loop);
    const std::string large(300000, 'x');
    outbox.refer(large);
    REQUIRE(outbox.flush(plain.left.stream) == Outbox::State::waiting);
    CHECK(outbox.held() > 0);
    CHECK(outbox.held() == large.size() - outbox.sent_total());
    CHECK(plain.loop.borrowed() == 1);
    plain.right.stream.close();
    REQUIRE(outbox.flush(plain.left.stream) == Outbox::State::broken);
    CHECK(outbox.broken() != 0);
    CHECK(outbox.empty());
    CHECK(plain.loop.borrowed() == 0);
}

TEST_CASE("What waits for a slow peer takes no more memory than back-pressure lets wait, however long it goes on") {
    Plain plain(4608);
    plain.right.room = 3000;
    plain.right.listen();
    Outbox outbox(plain.loop);
    const std::string piece(65536, 'x');
    std::size_t put = 0;
    while (put < 100 * piece.size()) {
        if (outbox.held() <= kLowWater) {
            do {
                outbox.refer(piece);
                put += piece.size();
            } while (outbox.waiting() <= kHighWater);
        }
        REQUIRE(outbox.flush(plain.left.stream) != Outbox::State::broken);
        settle(plain.loop, 2);
    }
    REQUIRE(run_until(plain.loop, [&] { return outbox.flush(plain.left.stream) == Outbox::State::empty; }));
    CHECK(plain.loop.borrowed() == 0);
    CHECK(plain.loop.pooled() > 0);
    CHECK(plain.loop.pooled() <= kHighWater + piece.size() + 2 * kLowWater);
    CHECK(outbox.sent_total() == put);
    REQUIRE(run_until(plain.loop, [&] { return plain.right.got.size() == put; }));
}

TEST_CASE("Clearing an outbox, or its end, gives back what it borrowed") {
    Plain plain(4608);
    {
        Outbox outbox(plain.loop);
        outbox.copy(std::string(300000, 'x'));
        REQUIRE(outbox.flush(plain.left.stream) == Outbox::State::waiting);
        CHECK(plain.loop.borrowed() > 0);
        outbox.clear();
        CHECK(outbox.empty());
        CHECK(plain.loop.borrowed() == 0);
        outbox.copy("text");
    }
    CHECK(plain.loop.borrowed() == 0);
}
