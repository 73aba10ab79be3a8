#include "libgw/io/net/stream.h"

#include <cerrno>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/loop.h"

using namespace gw;
using namespace gw::net;
using gw::test::run_until;
using gw::test::settle;
using gw::test::socket_pair;
using gw::test::Talker;
using Kind = IoResult::Kind;

namespace {

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

/// A listening socket on a free port of the loopback.
struct Port {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    Address address;
    Port() {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof in;
        REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&in), sizeof in) == 0);
        REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&in), &size) == 0);
        address = Address::from(reinterpret_cast<sockaddr*>(&in), size);
    }
    ~Port() { ::close(fd); }
};

}  // namespace

TEST_CASE("A stream reads what its peer wrote, then nothing, then the end") {
    Plain plain;
    char buffer[16];
    CHECK(plain.left.stream.read(buffer).kind == Kind::again);
    plain.right.say("hello");
    IoResult result = plain.left.stream.read(buffer);
    CHECK(result.kind == Kind::done);
    CHECK(std::string(buffer, result.size) == "hello");
    CHECK(plain.left.stream.read(buffer).kind == Kind::again);
    plain.right.stream.shutdown_write();
    CHECK(plain.left.stream.read(buffer).kind == Kind::end);
    plain.right.listen();
    plain.left.say("still heard");
    CHECK(run_until(plain.loop, [&] { return plain.right.got == "still heard"; }));
}

TEST_CASE("A stream carries any amount both ways through small socket buffers") {
    Plain plain(4608);
    std::string text;
    for (int i = 0; i < 60000; ++i) text += std::to_string(i);
    const std::string back(text.rbegin(), text.rend());
    plain.left.listen();
    plain.right.listen();
    plain.left.say(text);
    plain.right.say(back);
    REQUIRE(run_until(plain.loop,
                      [&] { return plain.right.got.size() >= text.size() && plain.left.got.size() >= back.size(); }));
    CHECK(plain.right.got == text);
    CHECK(plain.left.got == back);
}

TEST_CASE("Writing to a peer that is gone is an error and raises no signal") {
    Plain plain;
    plain.right.stream.close();
    plain.left.say("anyone?");
    REQUIRE(plain.left.broken);
    CHECK(plain.left.broken->number == EPIPE);
    CHECK(plain.left.stream.peer_gone());
}

TEST_CASE("Looking at a stream takes nothing from it") {
    Plain plain;
    CHECK_FALSE(plain.left.stream.has_input());
    CHECK_FALSE(plain.left.stream.peer_gone());
    CHECK(plain.left.stream.is_silent());
    plain.right.say("x");
    CHECK_FALSE(plain.left.stream.is_silent());
    plain.right.stream.shutdown_write();
    CHECK(plain.left.stream.has_input());
    CHECK_FALSE(plain.left.stream.peer_gone());
    char byte = 0;
    CHECK(plain.left.stream.read({&byte, 1}).size == 1);
    CHECK_FALSE(plain.left.stream.has_input());
    CHECK_FALSE(plain.left.stream.is_silent());
    CHECK(plain.left.stream.peer_gone());
}

TEST_CASE("What the loop has heard of a stream is known before the first of its batch is called") {
    Loop loop;
    struct Ends {
        Stream one;
        Stream other;
        Ends* neighbour = nullptr;
        bool knew = false;
        void on_readable() {
            knew = !neighbour->one.seems_silent();
            char buffer[8];
            CHECK(one.read(buffer).kind == Kind::done);
            CHECK(one.seems_silent());
        }
    } left, right;
    for (Ends* ends : {&left, &right}) {
        const auto [a, b] = socket_pair();
        ends->one = Stream(loop, a, {});
        ends->other = Stream(loop, b, {});
        ends->one.await_readable(callback<&Ends::on_readable>(ends));
    }
    left.neighbour = &right;
    right.neighbour = &left;
    settle(loop);
    CHECK(left.one.seems_silent());
    const std::uint64_t looks = loop.looks();
    const char byte = 'x';
    const iovec part{const_cast<char*>(&byte), 1};
    CHECK(left.other.write({&part, 1}).size == 1);
    CHECK(right.other.write({&part, 1}).size == 1);
    CHECK(left.one.seems_silent());  // nobody has looked
    REQUIRE(run_until(loop, [&] { return loop.looks() > looks && !left.one.awaiting_readable(); }));
    settle(loop);
    CHECK(left.knew != right.knew);  // whoever came first knew of the other, who found the first one read
    CHECK_FALSE(loop.has_looked());
}

TEST_CASE("A stream that moved takes its waits along, and what was moved from is empty") {
    Plain plain;
    plain.left.listen();
    Stream moved(std::move(plain.left.stream));
    CHECK_FALSE(plain.left.stream);
    CHECK(moved.awaiting_readable());
    moved.cancel_waits();
    CHECK_FALSE(moved.awaiting_readable());
    plain.left.stream = std::move(moved);
    plain.left.listen();
    plain.right.say("x");
    CHECK(run_until(plain.loop, [&] { return plain.left.got == "x"; }));
}

TEST_CASE("A connection that is accepted becomes writable without an error") {
    Port port;
    REQUIRE(::listen(port.fd, 5) == 0);
    Loop loop;
    auto stream = start_connect(loop, port.address);
    REQUIRE(stream);
    struct Waiter {
        bool called = false;
        void call() { called = true; }
    } waiter;
    stream->await_writable(callback<&Waiter::call>(&waiter));
    REQUIRE(run_until(loop, [&] { return waiter.called; }));
    CHECK(connect_error(*stream) == 0);
    CHECK(stream->peer() == port.address);
}

TEST_CASE("A connection that is refused says so") {
    Port port;  // bound, but nobody listens
    Loop loop;
    auto stream = start_connect(loop, port.address);
    if (!stream) {
        CHECK(stream.error().code == Errc::connect);
        return;
    }
    struct Waiter {
        bool called = false;
        void call() { called = true; }
    } waiter;
    stream->await_writable(callback<&Waiter::call>(&waiter));
    REQUIRE(run_until(loop, [&] { return waiter.called; }));
    CHECK(connect_error(*stream) == ECONNREFUSED);
}

TEST_CASE("A reset is seen as an error by the peer, and a close as the end") {
    const bool reset = GENERATE(false, true);
    Port port;
    REQUIRE(::listen(port.fd, 5) == 0);
    Loop loop;
    auto stream = start_connect(loop, port.address);
    REQUIRE(stream);
    int accepted = -1;
    REQUIRE(run_until(loop, [&] { return (accepted = ::accept4(port.fd, nullptr, nullptr, SOCK_NONBLOCK)) >= 0; }));
    Talker server(loop, accepted);
    server.listen();
    if (reset)
        stream->reset();
    else
        stream->close();
    REQUIRE(run_until(loop, [&] { return server.over.has_value(); }));
    CHECK(server.over->kind == (reset ? Kind::error : Kind::end));
    CHECK(server.over->number == (reset ? ECONNRESET : 0));
}
