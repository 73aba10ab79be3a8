#include "libgw/io/net/tls_ticket.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::net;

TEST_CASE("A ticket key serves until its rotation and is then followed by another") {
    TicketKeys keys;
    const Instant start{std::chrono::hours(100)};
    const auto first = keys.current(start);
    REQUIRE(first);
    CHECK(keys.current(start + TicketKeys::kRotation - Nanoseconds(1))->name == first->name);
    const auto second = keys.current(start + TicketKeys::kRotation);
    CHECK(second->name != first->name);
    CHECK(second->cipher != first->cipher);
    CHECK(second->mac != first->mac);
    CHECK(TicketKeys::kRotation <= std::chrono::hours(12));
}

TEST_CASE("Older ticket keys open what they sealed, ask for a newer ticket, and are forgotten in the end") {
    TicketKeys keys;
    const Instant start{std::chrono::hours(100)};
    const auto first = keys.current(start);
    bool renew = true;
    REQUIRE(keys.find(first->name, renew, start));
    CHECK_FALSE(renew);
    REQUIRE(keys.find(first->name, renew, start + TicketKeys::kRotation));  // nobody has made a newer one yet
    CHECK(renew);
    keys.current(start + TicketKeys::kRotation);
    renew = false;
    REQUIRE(keys.find(first->name, renew, start + TicketKeys::kRotation));
    CHECK(renew);
    CHECK(keys.find(first->name, renew, start + 3 * TicketKeys::kRotation - Nanoseconds(1)));
    CHECK_FALSE(keys.find(first->name, renew, start + 3 * TicketKeys::kRotation));
    keys.current(start + 2 * TicketKeys::kRotation);
    keys.current(start + 3 * TicketKeys::kRotation);
    CHECK_FALSE(keys.find(first->name, renew, start));  // pushed out
}

TEST_CASE("A ticket key of an unknown name is not found") {
    TicketKeys keys;
    bool renew = false;
    CHECK_FALSE(keys.find(std::array<unsigned char, 16>{}, renew, Instant{}));
    auto name = keys.current(Instant{})->name;
    name[15] ^= 1;
    CHECK_FALSE(keys.find(name, renew, Instant{}));
}
