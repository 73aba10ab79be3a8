#include "libgw/io/net/listener.h"

#include <fstream>
#include <optional>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace gw::net {
namespace {

Address at(const std::string& path) { return *Address::parse_listen("unix:" + path); }

bool exists(const std::string& path) {
    struct stat what{};
    return ::lstat(path.c_str(), &what) == 0;
}

}  // namespace

TEST_CASE("listener: a file that is no socket is never taken over") {
    const test::TemporaryDirectory directory;
    const std::string path = directory.write("precious", "precious\n");
    const auto refused = listen_on(at(path));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::busy);
    CHECK(refused.error().hint.find("no socket") != std::string::npos);
    CHECK(directory.read("precious") == "precious\n");

    const std::string link = directory.file("link");
    REQUIRE(::symlink(path.c_str(), link.c_str()) == 0);
    CHECK_FALSE(listen_on(at(link)));
    CHECK(exists(link));
    CHECK(directory.read("precious") == "precious\n");
}

TEST_CASE("listener: a socket is taken over when nobody listens on it any more, and not before") {
    const test::TemporaryDirectory directory;
    const std::string path = directory.file("s");
    const auto first = listen_on(at(path));
    REQUIRE(first);
    const auto second = listen_on(at(path));
    REQUIRE_FALSE(second);
    CHECK(second.error().hint.find("another program") != std::string::npos);
    ::close(*first);
    REQUIRE(exists(path));
    const auto third = listen_on(at(path));
    REQUIRE(third);
    ::close(*third);
}

TEST_CASE("listener: the system keeps little for a client that does not read") {
    const int listening = *listen_on(*Address::parse_listen("127.0.0.1:0"));
    const Address bound = *local_address(listening);
    sockaddr_storage storage;
    const socklen_t size = bound.to_sockaddr(storage);
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    const int buffer = 65536;
    ::setsockopt(client, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    REQUIRE(::connect(client, reinterpret_cast<const sockaddr*>(&storage), size) == 0);
    int accepted = -1;
    for (int i = 0; i < 1000 && accepted < 0; ++i) accepted = ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK);
    REQUIRE(accepted >= 0);
    const std::string piece(65536, 'a');
    std::size_t sent = 0;
    for (ssize_t put = 0; sent < (16U << 20) && (put = ::send(accepted, piece.data(), piece.size(), MSG_NOSIGNAL)) > 0;)
        sent += static_cast<std::size_t>(put);
    CHECK(sent < 512U << 10);
    for (const int fd : {client, accepted, listening}) ::close(fd);
}

TEST_CASE("listener: the file of a socket goes at its end, and only while it is the same file") {
    const test::TemporaryDirectory directory;
    const std::string path = directory.file("s");
    const int fd = *listen_on(at(path));
    {
        std::optional<SocketFile> file{SocketFile(path)};
        SocketFile moved(std::move(*file));
        file.reset();
        CHECK(exists(path));
    }
    CHECK_FALSE(exists(path));
    ::close(fd);

    const int again = *listen_on(at(path));
    {
        const SocketFile file(path);
        ::unlink(path.c_str());
        static_cast<void>(directory.write("s", "of somebody else"));
    }
    CHECK(directory.read("s") == "of somebody else");
    ::close(again);
    ::unlink(path.c_str());

    const int mine = *listen_on(at(path));
    SocketFile file(path);
    ::rename(path.c_str(), directory.file("kept").c_str());  // so that its number is not given again
    const int theirs = *listen_on(at(path));
    file = SocketFile();
    CHECK(exists(path));
    ::close(mine);
    ::close(theirs);
}

}  // namespace gw::net
