#include "libgw/gateway/held_bytes.h"

#include <tuple>

#include "tests/support/catch.h"

using namespace gw;
using gateway::HeldBytes;
using Taken = HeldBytes::Taken;

TEST_CASE("one client holds a quarter of the memory for bodies, and four hold all of it") {
    HeldBytes held;
    const std::string first = HeldBytes::key_of("192.0.2.1");
    CHECK(held.take(first, HeldBytes::kMostOfOne) == Taken::yes);
    CHECK(held.take(first, 1) == Taken::too_many_of_one);
    CHECK(held.total() == HeldBytes::kMostOfOne);
    for (const char* other : {"192.0.2.2", "192.0.2.3", "2001:db8::1"})
        CHECK(held.take(HeldBytes::key_of(other), HeldBytes::kMostOfOne) == Taken::yes);
    CHECK(held.take(HeldBytes::key_of("192.0.2.4"), 1) == Taken::too_many);
    CHECK(held.total() == HeldBytes::kMost);
    held.give_back(first, 1);
    CHECK(held.take(HeldBytes::key_of("192.0.2.4"), 1) == Taken::yes);
    CHECK(held.take(first, 1) == Taken::too_many);
}

TEST_CASE("addresses of one IPv6 network are one client, and an IPv4 address is the same by either name") {
    CHECK(HeldBytes::key_of("2001:db8::1") == HeldBytes::key_of("2001:db8:0:0:ffff::2"));
    CHECK(HeldBytes::key_of("2001:db8::1") != HeldBytes::key_of("2001:db8:0:1::1"));
    CHECK(HeldBytes::key_of("192.0.2.1") == HeldBytes::key_of("::ffff:192.0.2.1"));
    CHECK(HeldBytes::key_of("192.0.2.1") != HeldBytes::key_of("192.0.2.2"));
}

TEST_CASE("who has no address has no share of his own, but part of the whole") {
    HeldBytes held;
    CHECK(HeldBytes::key_of("").empty());
    CHECK(held.take("", HeldBytes::kMost) == Taken::yes);
    CHECK(held.take("", 1) == Taken::too_many);
    held.give_back("", HeldBytes::kMost);
    CHECK(held.total() == 0);
}

TEST_CASE("where there is little memory all bodies take half of it, and one client a quarter") {
    constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
    const std::string client = HeldBytes::key_of("192.0.2.1");
    for (const auto& [memory, all, one] : {std::tuple{64 * kMiB, 32 * kMiB, 16 * kMiB},
                                           {256 * kMiB, 128 * kMiB, 64 * kMiB},
                                           {512 * kMiB, HeldBytes::kMost, HeldBytes::kMostOfOne},
                                           {UINT64_MAX, HeldBytes::kMost, HeldBytes::kMostOfOne}}) {
        INFO(memory);
        HeldBytes held;
        held.fit_into(memory);
        CHECK(held.take(client, one) == Taken::yes);
        CHECK(held.take(client, 1) == Taken::too_many_of_one);
        CHECK(held.take("", all - one) == Taken::yes);
        CHECK(held.take("", 1) == Taken::too_many);
    }
}
