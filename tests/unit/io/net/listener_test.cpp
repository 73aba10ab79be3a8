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
