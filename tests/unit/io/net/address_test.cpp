#include "libgw/io/net/address.h"

#include "tests/support/catch.h"

using gw::net::Address;
using gw::net::is_loopback;

TEST_CASE("an address of this machine or its link is internal, however it is spelled") {
    for (const char* text : {"127.0.0.1",
                             "127.255.0.9",
                             "0.0.0.0",
                             "0.1.2.3",
                             "169.254.169.254",
                             "224.0.0.1",
                             "239.1.1.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "::7f00:1",
                             "fe80::1",
                             "febf::1",
                             "fc00::1",
                             "fd12:3456::1",
                             "ff02::1",
                             "::ffff:127.0.0.1",
                             "::ffff:169.254.169.254",
                             "::ffff:a9fe:a9fe",
                             "64:ff9b::7f00:1",
                             "64:ff9b::169.254.169.254"}) {
        CAPTURE(text);
        CHECK(Address::literal(text, 80)->is_internal());
    }
    for (const char* text :
         {"10.0.0.1", "192.168.1.1", "172.16.0.1", "8.8.8.8", "169.253.255.255", "169.255.0.0", "223.1.1.1",
          "2001:db8::1", "fec0::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2606:4700::1111"}) {
        CAPTURE(text);
        CHECK_FALSE(Address::literal(text, 80)->is_internal());
    }
    CHECK(Address::unix_path("/tmp/s")->is_internal());
}

TEST_CASE("a host is this machine by its name when nothing has to be looked up to know it") {
    for (const char* host : {"localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
        CAPTURE(host);
        CHECK(gw::net::is_loopback(host));
    }
    for (const char* host :
         {"", "localhost.example", "127.0.0.1.example", "0.0.0.0", "128.0.0.1", "::", "LOCALHOST."}) {
        CAPTURE(host);
        CHECK_FALSE(gw::net::is_loopback(host));
    }
}
