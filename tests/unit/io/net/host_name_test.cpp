#include "libgw/io/net/host_name.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace gw::net;

namespace {

std::vector<Address> addresses_of(const std::vector<std::string>& texts) {
    std::vector<Address> addresses;
    for (const std::string& text : texts) addresses.push_back(*Address::literal(text, 0));
    return addresses;
}

}  // namespace

TEST_CASE("a host name is labels of letters, digits, hyphens and underscores") {
    for (const char* name : {"a", "_dns.a-b.example.", "1.2.3.a", "0xfg", "1a", "xn--caf-dma.test"})
        REQUIRE(is_host_name(name));
    for (const char* name :
         {"", ".", "a..b", ".a", "a..", "a b", "a/b", "a:1", "fe80::1%eth0", "[::1]", "caf\xc3\xa9", "a\n"}) {
        INFO(name);
        REQUIRE_FALSE(is_host_name(name));
    }
    REQUIRE_FALSE(is_host_name(std::string("a\0b", 3)));
}

TEST_CASE("a name that somebody could take for an address is no host name") {
    for (const char* name :
         {"127.1", "2130706433", "0x7f000001", "0x7f.1", "a.0X", "1.2.3.4.5", "017700000001", "a.1."}) {
        INFO(name);
        REQUIRE_FALSE(is_host_name(name));
    }
}

TEST_CASE("a label has at most 63 bytes and a name 253") {
    const std::string label(63, 'a');
    REQUIRE(is_host_name(label));
    REQUIRE_FALSE(is_host_name(label + 'a'));
    const std::string name = label + '.' + label + '.' + label + '.' + label.substr(2);
    REQUIRE(name.size() == 253);
    REQUIRE(is_host_name(name));
    REQUIRE(is_host_name(name + '.'));
    REQUIRE_FALSE(is_host_name(name + 'a'));
}

TEST_CASE("localhost and what is under it is local") {
    REQUIRE(is_localhost("localhost"));
    REQUIRE(is_localhost("a.localhost"));
    REQUIRE_FALSE(is_localhost("notlocalhost"));
    REQUIRE_FALSE(is_localhost("localhost.test"));
    REQUIRE(to_lower_name("A.Z-0_") == "a.z-0_");
}

TEST_CASE("addresses interleave without repeats and up to the limit") {
    REQUIRE(interleave({}, {}).empty());
    REQUIRE(interleave(addresses_of({"::1", "::1"}), addresses_of({"10.0.0.1", "10.0.0.2", "10.0.0.1"})) ==
            addresses_of({"::1", "10.0.0.1", "10.0.0.2"}));
    std::vector<Address> many;
    for (int i = 0; i < 100; ++i) many.push_back(*Address::literal("10.0.0." + std::to_string(i), 0));
    REQUIRE(interleave({}, many).size() == kMaxAddresses);
}
