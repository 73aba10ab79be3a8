#include "libgw/wire/http/forwarded.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace gw::http;

namespace {

// The client by these X-Forwarded-For lines, the peer being 10.0.0.1 and 10.0.0.0/8 ours.
std::string client(const std::vector<std::string>& lines, const std::string& peer = "10.0.0.1") {
    Fields fields;
    fields.add("host", "a");
    for (const std::string& line : lines) {
        fields.add("X-Forwarded-For", line);
        fields.add("x-other", "9.9.9.9");
    }
    const Cidr ours = *Cidr::parse("10.0.0.0/8");
    return find_client(fields, *IpAddress::parse(peer), [&](const IpAddress& a) { return ours.contains(a); }).text();
}

}  // namespace

TEST_CASE("a peer that is not trusted is the client, whatever it says") {
    CHECK(client({"1.2.3.4"}, "192.0.2.1") == "192.0.2.1");
    CHECK(client({}, "192.0.2.1") == "192.0.2.1");
}

TEST_CASE("the client is the first address from the right that is not ours") {
    CHECK(client({}) == "10.0.0.1");
    CHECK(client({"1.2.3.4"}) == "1.2.3.4");
    CHECK(client({"6.6.6.6, 1.2.3.4"}) == "1.2.3.4");
    CHECK(client({"6.6.6.6, 1.2.3.4, 10.0.0.2,10.0.0.3"}) == "1.2.3.4");
    CHECK(client({"10.0.0.9, 10.0.0.2"}) == "10.0.0.9");
    CHECK(client({"::ffff:10.0.0.2"}) == "10.0.0.2");
}

TEST_CASE("several lines are one list, the last line its end") {
    CHECK(client({"6.6.6.6, 1.2.3.4", "10.0.0.2"}) == "1.2.3.4");
    CHECK(client({"6.6.6.6", "1.2.3.4"}) == "1.2.3.4");
}

TEST_CASE("the walk stops at what is no address") {
    for (const char* rubbish :
         {"", ",", "unknown", "1.2.3", "a.example", "\"1.2.3.4\"", "for=1.2.3.4", "1.2.3.4:", "1.2.3.4:x",
          "1.2.3.4:123456", "[1.2.3.4]", "[::1", "[::1]x", "[::1]:", "fe80::1%eth0", ":", "[]"}) {
        INFO(rubbish);
        CHECK(client({rubbish}) == "10.0.0.1");
        CHECK(client({std::string("1.1.1.1,") + rubbish + ", 10.0.0.2"}) == "10.0.0.2");
        CHECK(client({"1.1.1.1", rubbish, "10.0.0.2"}) == "10.0.0.2");
    }
}

TEST_CASE("ports and brackets are taken off") {
    CHECK(client({"1.2.3.4:5678"}) == "1.2.3.4");
    CHECK(client({"[2001:db8::1]:5678"}) == "2001:db8::1");
    CHECK(client({"[2001:db8::1]"}) == "2001:db8::1");
    CHECK(client({"2001:DB8::1"}) == "2001:db8::1");
}

TEST_CASE("no more than 32 elements and 1024 bytes are looked at") {
    const auto hops = [](std::size_t count) {
        std::string list = "1.2.3.4";
        for (std::size_t i = 0; i < count; ++i) list += ",10.0.0.2";
        return list;
    };
    CHECK(client({hops(31)}) == "1.2.3.4");
    CHECK(client({hops(32)}) == "10.0.0.2");
    CHECK(client({"1.2.3.4," + std::string(1024 - 8, ' ') + "10.0.0.2"}) == "10.0.0.2");
    CHECK(client({"1.2.3.4," + std::string(1024 - 16, ' ') + "10.0.0.2"}) == "1.2.3.4");
    CHECK(client({"1.2.3.4," + std::string(1024 - 15, ' ') + "10.0.0.2"}) == "10.0.0.2");
    CHECK(client({"1.2.3.4," + std::string(1024 - 16, ' ')}) == "10.0.0.1");
    CHECK(client({"1.2.3.4," + std::string(500, ' ') + "10.0.0.2"}) == "1.2.3.4");
    CHECK(client({std::string(100000, ',')}) == "10.0.0.1");
}
