// The opening handshake. The bytes are the value of Sec-WebSocket-Extensions, as offers and as an answer: what a server
// answers to any offers keeps to RFC 7692 and its own policy, and the client whose offer it was takes it; what a client
// takes is within what it offered.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/wire/http/grammar.h"
#include "libgw/wire/websocket/extension.h"
#include "libgw/wire/websocket/handshake.h"
#include "tests/fuzz/require.h"

using namespace gw;
using namespace gw::websocket;

namespace {

http::Fields fields(std::string_view value) {
    http::Fields made;
    made.add("Sec-WebSocket-Extensions", value);
    return made;
}

void check_server(std::string_view value, const DeflatePolicy& policy) {
    const auto answer = accept_deflate(fields(value), policy);
    REQUIRE_THAT_IT_HOLDS(answer.has_value() == parse_extensions(fields(value)).has_value());
    if (!answer || !*answer) return;
    const DeflateParameters& agreed = (*answer)->parameters;
    REQUIRE_THAT_IT_HOLDS(agreed.server_max_window_bits >= 8 &&
                          agreed.server_max_window_bits <= policy.max_window_bits);
    REQUIRE_THAT_IT_HOLDS(agreed.client_max_window_bits >= 8 && agreed.client_max_window_bits <= 15);
    REQUIRE_THAT_IT_HOLDS(!policy.no_context_takeover ||
                          (agreed.server_no_context_takeover && agreed.client_no_context_takeover));
    REQUIRE_THAT_IT_HOLDS(http::is_field_value((*answer)->text));
    // a client that would take any answer to permessage-deflate reads the same
    const DeflateOffer open{.client_max_window_bits = true};
    const auto read = read_deflate_answer(fields((*answer)->text), open);
    REQUIRE_THAT_IT_HOLDS(read && *read && **read == agreed);
}

void check_client(std::string_view value, const std::optional<DeflateOffer>& offer) {
    const auto read = read_deflate_answer(fields(value), offer);
    if (!read || !*read) return;
    const DeflateParameters& agreed = **read;
    REQUIRE_THAT_IT_HOLDS(offer.has_value());
    REQUIRE_THAT_IT_HOLDS(agreed.server_max_window_bits >= 8 &&
                          agreed.server_max_window_bits <= offer->server_max_window_bits.value_or(15));
    REQUIRE_THAT_IT_HOLDS(offer->client_max_window_bits || agreed.client_max_window_bits == 15);
    REQUIRE_THAT_IT_HOLDS(!offer->server_no_context_takeover || agreed.server_no_context_takeover);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 4096) return 0;
    const std::string_view value(reinterpret_cast<const char*>(data), size);
    if (!http::is_field_value(value)) return 0;
    check_server(value, {});
    check_server(value, {.no_context_takeover = false, .max_window_bits = 15});
    check_client(value, std::nullopt);
    check_client(value, DeflateOffer{});
    check_client(value, DeflateOffer{.client_max_window_bits = true});
    check_client(value, DeflateOffer{.server_no_context_takeover = true, .server_max_window_bits = 10});

    // the other fields: a 101 whose accept value is not ours never passes
    http::ResponseHead answer;
    answer.status = 101;
    answer.fields.add("Upgrade", "websocket");
    answer.fields.add("Connection", "Upgrade");
    answer.fields.add("Sec-WebSocket-Accept", value);
    const ClientHandshake asked{"dGhlIHNhbXBsZSBub25jZQ==", {"chat"}, {}};
    REQUIRE_THAT_IT_HOLDS(agree(asked, answer).has_value() == (value == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    http::ResponseHead chosen;
    chosen.status = 101;
    chosen.fields.add("Upgrade", "websocket");
    chosen.fields.add("Connection", "Upgrade");
    chosen.fields.add("Sec-WebSocket-Accept", accept_of(asked.key));
    chosen.fields.add("Sec-WebSocket-Protocol", value);
    REQUIRE_THAT_IT_HOLDS(agree(asked, chosen).has_value() == (value == "chat"));
    return 0;
}
