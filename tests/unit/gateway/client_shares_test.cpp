#include "libgw/gateway/client_shares.h"

#include <cstdint>
#include <string>

#include "tests/support/catch.h"

using gw::gateway::ClientShares;

TEST_CASE("a client has at most its share, and what it gives back it may take again") {
    ClientShares shares;
    CHECK(shares.take("a", 3, 4));
    CHECK_FALSE(shares.take("a", 2, 4));
    CHECK(shares.take("a", 1, 4));
    CHECK(shares.take("b", 4, 4));
    CHECK_FALSE(shares.take("c", 5, 4));
    CHECK_FALSE(shares.take("a", UINT64_MAX, UINT64_MAX));  // nor by a sum that runs over
    shares.give_back("a", 4);
    CHECK(shares.take("a", 4, 4));
    shares.give_back("unknown", 1);
    CHECK_FALSE(shares.take("unknown", 5, 4));
}

TEST_CASE("one client is an IPv4 address or the first half of an IPv6 address") {
    CHECK(ClientShares::key_of(std::string_view("\xc0\0\2\1", 4)).size() == 4);
    CHECK(ClientShares::key_of(std::string(8, 'a') + "12345678") ==
          ClientShares::key_of(std::string(8, 'a') + "87654321"));
}
