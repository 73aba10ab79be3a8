#include "libgw/wire/websocket/close_code.h"

#include <vector>

#include "tests/support/catch.h"

using namespace gw::websocket;

TEST_CASE("a server takes the close codes that a client may send, and no other", "[websocket]") {
    std::vector<unsigned> taken;
    for (unsigned code = 0; code < 65536; ++code)
        if (may_receive(Role::server, static_cast<std::uint16_t>(code)) && (code < 3000 || code > 4999))
            taken.push_back(code);
    CHECK(taken == std::vector<unsigned>{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011});
    CHECK(may_receive(Role::server, 3000));
    CHECK(may_receive(Role::server, 4999));
}

TEST_CASE("restart, try again later and bad gateway are what a server says", "[websocket]") {
    for (const auto code : std::vector<std::uint16_t>{1012, 1013, 1014}) {
        CHECK(may_receive(Role::client, code));
        CHECK_FALSE(may_receive(Role::server, code));
        CHECK(may_send(Role::server, code));
        CHECK_FALSE(may_send(Role::client, code));
    }
    for (const auto code : std::vector<std::uint16_t>{0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535})
        CHECK_FALSE(may_receive(Role::client, code));
}

TEST_CASE("close codes have words", "[websocket]") {
    CHECK(to_words(CloseCode::going_away) == "going away");
    CHECK(to_words(CloseCode::too_big) == "message too big");
    CHECK(to_words(static_cast<CloseCode>(4000)).empty());
}
