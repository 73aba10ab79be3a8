#include "libgw/wire/websocket/deflate.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::websocket;

namespace {

constexpr DeflatePolicy kGenerous{.no_context_takeover = false, .max_window_bits = 15};

http::Fields fields(std::string_view line) {
    http::Fields made;
    if (!line.empty()) made.add("Sec-WebSocket-Extensions", line);
    return made;
}

/// A server's answer.
std::string answer(std::string_view offers, const DeflatePolicy& policy = kGenerous) {
    const auto answered = accept_deflate(fields(offers), policy);
    if (!answered) return "error";
    return *answered ? (*answered)->text : "declined";
}

/// What a client makes of an answer to an offer: "server bits, client bits" and who forgets.
std::string reading(std::string_view line, const std::optional<DeflateOffer>& offer) {
    const auto read = read_deflate_answer(fields(line), offer);
    if (!read) return "error";
    if (!*read) return "declined";
    return std::to_string((*read)->server_max_window_bits) + " " + std::to_string((*read)->client_max_window_bits) +
           ((*read)->server_no_context_takeover ? " server" : "") +
           ((*read)->client_no_context_takeover ? " client" : "");
}

}  // namespace

TEST_CASE("a server accepts the first offer that it can keep", "[websocket]") {
    CHECK(answer("") == "declined");
    CHECK(answer("x-webkit-deflate-frame") == "declined");
    CHECK(answer("permessage-deflate") == "permessage-deflate");
    CHECK(answer("foo, permessage-deflate; client_max_window_bits") == "permessage-deflate");
    CHECK(answer("permessage-deflate; client_max_window_bits=10") == "permessage-deflate; client_max_window_bits=10");
    CHECK(answer("permessage-deflate; server_max_window_bits=10") == "permessage-deflate; server_max_window_bits=10");
    CHECK(answer("permessage-deflate; server_max_window_bits=15") == "permessage-deflate; server_max_window_bits=15");
    CHECK(answer("permessage-deflate; server_max_window_bits=\"8\"") == "permessage-deflate; server_max_window_bits=8");
    CHECK(answer("permessage-deflate; server_no_context_takeover; client_no_context_takeover") ==
          "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    // RFC 7692 7.1.3
    CHECK(answer("permessage-deflate; client_max_window_bits; server_max_window_bits=10, "
                 "permessage-deflate; client_max_window_bits") == "permessage-deflate; server_max_window_bits=10");
}

TEST_CASE("an offer that breaks RFC 7692 is passed over, and the next one counts", "[websocket]") {
    for (const std::string_view bad :
         {"permessage-deflate; foo", "permessage-deflate; server_max_window_bits",
          "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
          "permessage-deflate; server_max_window_bits=08", "permessage-deflate; server_max_window_bits=x",
          "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=010",
          "permessage-deflate; server_no_context_takeover=1", "permessage-deflate; client_no_context_takeover=true",
          "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
          "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
          "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9"}) {
        INFO(bad);
        CHECK(answer(bad) == "declined");
        CHECK(answer(std::string(bad) + ", permessage-deflate") == "permessage-deflate");
    }
    CHECK(answer("permessage-deflate; =") == "error");
}

TEST_CASE("a gateway keeps no context and small windows, as far as the client lets it", "[websocket]") {
    const std::string both =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
        "server_max_window_bits=12";
    CHECK(answer("permessage-deflate", {}) == both);
    CHECK(answer("permessage-deflate; client_max_window_bits", {}) == both + "; client_max_window_bits=12");
    CHECK(answer("permessage-deflate; client_max_window_bits=9; server_max_window_bits=11", {}) ==
          "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11; "
          "client_max_window_bits=9");
}

TEST_CASE("a client reads the answer to its offer", "[websocket]") {
    const DeflateOffer usual{.client_max_window_bits = true};
    CHECK(usual.text() == "permessage-deflate; client_max_window_bits");
    CHECK(reading("", usual) == "declined");
    CHECK(reading("permessage-deflate", usual) == "15 15");
    CHECK(reading("permessage-deflate; client_max_window_bits=8", usual) == "15 8");
    CHECK(reading("permessage-deflate; server_max_window_bits=9; server_no_context_takeover", usual) == "9 15 server");
    CHECK(reading("permessage-deflate; client_no_context_takeover", usual) == "15 15 client");
    const DeflateOffer strict{.server_no_context_takeover = true,
                              .client_no_context_takeover = true,
                              .server_max_window_bits = 10,
                              .client_max_window_bits = true,
                              .client_max_window_bits_value = 11};
    CHECK(strict.text() ==
          "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
          "server_max_window_bits=10; client_max_window_bits=11");
    CHECK(reading("permessage-deflate; server_no_context_takeover; server_max_window_bits=10", strict) ==
          "10 11 server client");
    CHECK(reading("permessage-deflate; server_no_context_takeover; server_max_window_bits=9; client_max_window_bits=9",
                  strict) == "9 9 server client");
    CHECK(reading("permessage-deflate; server_max_window_bits=10", strict) == "error");
    CHECK(reading("permessage-deflate; server_no_context_takeover", strict) == "error");
    CHECK(reading("permessage-deflate; server_no_context_takeover; server_max_window_bits=11", strict) == "error");
}

TEST_CASE("an answer to nothing that was offered fails the handshake", "[websocket]") {
    const DeflateOffer plain;
    CHECK(reading("permessage-deflate", std::nullopt) == "error");
    CHECK(reading("foo", plain) == "error");
    CHECK(reading("permessage-deflate, foo", plain) == "error");
    CHECK(reading("permessage-deflate, permessage-deflate", plain) == "error");
    CHECK(reading("permessage-deflate; client_max_window_bits=10", plain) == "error");
    CHECK(reading("permessage-deflate; client_max_window_bits", DeflateOffer{.client_max_window_bits = true}) ==
          "error");
    CHECK(reading("permessage-deflate; server_max_window_bits=7", plain) == "error");
    CHECK(reading("permessage-deflate; foo=1", plain) == "error");
    CHECK(reading("permessage-deflate;", plain) == "error");
}

TEST_CASE("the pool lends what remembers nothing, and keeps few", "[websocket]") {
    DeflatePool pool;
    std::vector<std::unique_ptr<MessageInflate>> lent;
    for (int i = 0; i < 40; ++i) lent.push_back(pool.take_inflate());
    for (auto& inflate : lent) pool.give_back(std::move(inflate));
    CHECK(pool.idle() == 16);
    std::string first;
    std::string second;
    pool.deflate(12).append("Hello", true, first);
    pool.deflate(12).append("Hello", true, second);
    CHECK(first == second);
    CHECK(&pool.deflate(12) != &pool.deflate(9));
}
