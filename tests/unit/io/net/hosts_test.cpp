#include "libgw/io/net/hosts.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

using gw::net::Address;
using gw::net::Hosts;

namespace {

std::vector<std::string> look_up(const Hosts& hosts, std::string_view name) {
    std::vector<std::string> found;
    if (const std::vector<Address>* addresses = hosts.find(name)) {
        for (const Address& address : *addresses) found.push_back(address.host());
    }
    return found;
}

}  // namespace

TEST_CASE("a hosts file names addresses, with aliases and comments") {
    const Hosts hosts = Hosts::parse(
        "# a comment\n"
        "127.0.0.1\tlocalhost\n"
        "::1 localhost ip6-localhost\r\n"
        "\n"
        "  10.0.0.1  Db.Example.COM. db # the database\n"
        "10.0.0.2 db");
    REQUIRE(look_up(hosts, "localhost") == std::vector<std::string>{"127.0.0.1", "::1"});
    REQUIRE(look_up(hosts, "ip6-localhost") == std::vector<std::string>{"::1"});
    REQUIRE(look_up(hosts, "db.example.com") == std::vector<std::string>{"10.0.0.1"});
    REQUIRE(look_up(hosts, "db") == std::vector<std::string>{"10.0.0.1", "10.0.0.2"});
    REQUIRE(look_up(hosts, "the").empty());
    REQUIRE(hosts.find("nobody") == nullptr);
}

TEST_CASE("lines of a hosts file that make no sense are skipped") {
    const Hosts hosts = Hosts::parse(
        "localhost 127.0.0.1\n"
        "10.0.0 a\n"
        "fe80::1%eth0 b\n"
        "10.0.0.1\n"
        "#10.0.0.1 c\n"
        "10.0.0.3 d d d\n");
    for (const char* name : {"localhost", "127.0.0.1", "a", "b", "c", ""}) REQUIRE(hosts.find(name) == nullptr);
    REQUIRE(look_up(hosts, "d") == std::vector<std::string>{"10.0.0.3"});
    REQUIRE(Hosts::parse("").find("") == nullptr);
}

TEST_CASE("a hosts file is read to its limits and no further") {
    std::string many;
    for (std::size_t i = 0; i <= Hosts::kMaxEntries; ++i) many += "10.0.0.1 h" + std::to_string(i) + "\n";
    const Hosts hosts = Hosts::parse(many);
    REQUIRE(hosts.find("h" + std::to_string(Hosts::kMaxEntries - 1)) != nullptr);
    REQUIRE(hosts.find("h" + std::to_string(Hosts::kMaxEntries)) == nullptr);
    REQUIRE(Hosts::parse(std::string(Hosts::kMaxText, '#') + "\n10.0.0.1 late\n").find("late") == nullptr);
}
