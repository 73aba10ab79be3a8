#include "libgw/config/address.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::config;

TEST_CASE("config address: what is an address is written back canonically") {
    for (const char* text : {"127.0.0.1:8080", "0.0.0.0:0", "[::1]:65535", "[2001:db8::1]:80", "localhost:1",
                             "api.example.com:443", "unix:/run/gw.sock", "unix:relative"}) {
        auto address = parse_address(text);
        INFO(text);
        REQUIRE(address);
        CHECK(address->text() == text);
    }
    CHECK(parse_address("LOCALHOST:1")->text() == "localhost:1");
    CHECK(parse_address("unix:" + std::string(107, 'x')));
}

TEST_CASE("config address: what is none is refused") {
    for (const std::string& text : std::vector<std::string>{"",
                                                            ":",
                                                            ":80",
                                                            "127.0.0.1",
                                                            "127.0.0.1:",
                                                            "127.0.0.1:-1",
                                                            "127.0.0.1:65536",
                                                            "127.0.0.1:8o",
                                                            "1.2.3:80",
                                                            "256.0.0.1:80",
                                                            "010.0.0.1:80",
                                                            "::1:80",
                                                            "[::1]",
                                                            "[::1",
                                                            "[fe80::1%eth0]:80",
                                                            "[1.2.3.4]:80",
                                                            "a b:80",
                                                            "-a:80",
                                                            "a..b:80",
                                                            "http://a:80",
                                                            "unix:",
                                                            "unix:" + std::string(108, 'x'),
                                                            std::string("unix:a\0b", 8),
                                                            std::string("127.0.0.1\0:80", 13)}) {
        INFO(text);
        CHECK_FALSE(parse_address(text));
    }
}

TEST_CASE("config address: unix: in any case is a socket's path, for as a host it would be read back as one") {
    CHECK(parse_address("Unix:304")->unix_path == "304");
    CHECK(parse_address("UNIX:/run/GW.sock")->text() == "unix:/run/GW.sock");
    CHECK(parse_address("unix.example:304")->host == "unix.example");
}

TEST_CASE("config address: loopback is 127/8, ::1, localhost and unix sockets") {
    for (const char* text : {"127.0.0.1:1", "127.255.0.3:1", "[::1]:1", "localhost:1", "unix:x"}) {
        CHECK(parse_address(text)->is_loopback());
    }
    for (const char* text : {"0.0.0.0:1", "[::]:1", "128.0.0.1:1", "example.com:1"})
        CHECK_FALSE(parse_address(text)->is_loopback());
}

TEST_CASE("config address: networks are read strictly and written with their length") {
    CHECK(parse_cidr("10.0.0.0/8")->text() == "10.0.0.0/8");
    CHECK(parse_cidr("192.0.2.1")->text() == "192.0.2.1/32");
    CHECK(parse_cidr("2001:DB8:0::/32")->text() == "2001:db8::/32");
    CHECK(parse_cidr("::1")->text() == "::1/128");
    CHECK(parse_cidr("0.0.0.0/0")->bits == 0);
    CHECK(parse_cidr("10.255.255.255/32"));
    for (const char* text : {"", "/8", "10.0.0.0/08", "::/00", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8",
                             "10.0.0.1/31", "10.0.0.128/24", "2001:db8::1/64", "10.0.0/8", "010.0.0.0/8",
                             "fe80::1%1/64", "example.com", "10.0.0.0/8/8", "0x0a.0.0.0/8"}) {
        INFO(text);
        CHECK_FALSE(parse_cidr(text));
    }
    CHECK(parse_cidr("10.1.2.3/8").error().hint == "did you mean 10.0.0.0/8?");
}
