#include "libgw/wire/http/address.h"

#include <random>
#include <string>

#include <arpa/inet.h>

#include "tests/support/catch.h"

using namespace gw::http;

namespace {
std::string text_of(std::string_view text) {
    const auto address = IpAddress::parse(text);
    return address ? address->text() : "none";
}
bool inside(std::string_view network, std::string_view address) {
    const auto cidr = Cidr::parse(network);
    REQUIRE(cidr.has_value());
    return cidr->contains(*IpAddress::parse(address));
}
}  // namespace

TEST_CASE("an address is written as RFC 5952 says") {
    CHECK(text_of("192.0.2.1") == "192.0.2.1");
    CHECK(text_of("::ffff:192.0.2.1") == "192.0.2.1");
    CHECK(text_of("2001:DB8::0001") == "2001:db8::1");
    CHECK(text_of("::") == "::");
    CHECK(text_of("1::") == "1::");
    CHECK(text_of("0:0:1:0:0:0:0:1") == "0:0:1::1");
    CHECK(text_of("1:0:0:2:0:0:3:4") == "1::2:0:0:3:4");
    CHECK(text_of("1:0:2:3:4:5:6:7") == "1:0:2:3:4:5:6:7");
    CHECK(text_of("64:ff9b::192.0.2.33") == "64:ff9b::c000:221");
}

TEST_CASE("what is not exactly an address is refused") {
    for (const char* text : {"",
                             ".",
                             "1.2.3",
                             "1.2.3.4.",
                             ".1.2.3.4",
                             "1.2.3.4.5",
                             "1.2.3.256",
                             "01.2.3.4",
                             "1.2.3.00",
                             "1..2.3",
                             "1.2.3.a",
                             " 1.2.3.4",
                             "1.2.3.4 ",
                             ":",
                             ":::",
                             ":1",
                             "1:",
                             "1:2:3:4:5:6:7",
                             "::1::",
                             "1:2:3:4:5:6:7:8:9",
                             "12345::",
                             "g::",
                             "::1.2.3",
                             "1:2:3:4:5:6:7:1.2.3.4",
                             "fe80::1%eth0",
                             "1:2:3:4:5:6:7::8:9",
                             "::1.2.3.4:5",
                             "1:2:3:4:5:6:7:8::",
                             "0x7f.0.0.1"}) {
        INFO(text);
        CHECK_FALSE(IpAddress::parse(text).has_value());
    }
}

TEST_CASE("addresses are read and refused as inet_pton does it") {
    const std::string alphabet = "01:.af9:";
    std::mt19937 random(3);
    unsigned valid = 0;
    for (int round = 0; round < 200000; ++round) {
        std::string text;
        for (auto i = 2 + random() % 14; i > 0; --i) text += alphabet[random() % alphabet.size()];
        IpAddress expected;
        const bool good = inet_pton(AF_INET6, text.c_str(), expected.bytes.data()) == 1;
        const auto address = IpAddress::parse(text);
        INFO(text);
        if (text.find(':') == std::string::npos) {
            REQUIRE(address.has_value() == (inet_pton(AF_INET, text.c_str(), expected.bytes.data()) == 1));
            continue;
        }
        REQUIRE(address.has_value() == good);
        if (!good) continue;
        ++valid;
        REQUIRE(address->bytes == expected.bytes);
        REQUIRE(IpAddress::parse(address->text()) == address);
    }
    CHECK(valid > 100);
}

TEST_CASE("a network contains its addresses, by either name of an IPv4 address") {
    CHECK(inside("10.0.0.0/8", "10.255.0.1"));
    CHECK(inside("10.1.2.3/8", "10.255.0.1"));
    CHECK_FALSE(inside("10.0.0.0/8", "11.0.0.0"));
    CHECK(inside("10.0.0.0/8", "::ffff:10.1.1.1"));
    CHECK(inside("192.0.2.1", "192.0.2.1"));
    CHECK_FALSE(inside("192.0.2.1", "192.0.2.2"));
    CHECK(inside("192.0.2.128/25", "192.0.2.255"));
    CHECK_FALSE(inside("192.0.2.128/25", "192.0.2.127"));
    CHECK(inside("0.0.0.0/0", "255.1.2.3"));
    CHECK_FALSE(inside("0.0.0.0/0", "2001:db8::1"));
    CHECK(inside("::/0", "1.2.3.4"));
    CHECK(inside("2001:db8::/33", "2001:db8:7fff::"));
    CHECK_FALSE(inside("2001:db8::/33", "2001:db8:8000::"));
    for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1", "::/129", "10.0.0/8",
                             "10.0.0.0/8/8", "10.0.0.0/8 "}) {
        INFO(text);
        CHECK_FALSE(Cidr::parse(text).has_value());
    }
}
