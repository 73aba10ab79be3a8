#pragma once
// Between an exchange and what the policies want to know of it, and back.

#include <string>
#include <string_view>

#include "libgw/gateway/exchange.h"
#include "libgw/io/net/http_server.h"
#include "libgw/policy/answer/answer.h"
#include "libgw/policy/integration/http_proxy.h"
#include "libgw/wire/http/encoder.h"

namespace gw::gateway {

/// Appends the head of the request for the target at hand. Nothing, or why it may not be sent.
std::optional<Refusal> write_request(Exchange& exchange, std::string& scratch, std::string& out);

/// The fields of a target's answer, as they go to the client. Framing and Connection are the server's.
void write_answer_fields(const Exchange& exchange, const http::ResponseHead& head, std::string_view date,
                         http::HeadWriter& writer);

/// The status of an answer from memory.
std::uint16_t status_from_cache(const CacheVisit& visit);

/// The fields of an answer from memory. Framing and Connection are the server's.
void write_stored_fields(const Exchange& exchange, std::string_view date, http::HeadWriter& writer);

/// Where the request came from: the other end of the connection, or what our own proxies say of it.
std::string source_address(const Exchange& exchange);

/// Where the client sent it, as the target is told.
integration::Origin origin_of(const Exchange& exchange);

/// What the target is told by the fields that the gateway sets, for the key of the answer.
void write_told(const Exchange& exchange, std::string& out);

/// Why a limit said no, for people: "bucket 0/40, next token in 38 ms".
std::string throttled_text(const Throttled& throttled);

/// The gateway's own answer: to a refusal, or a mock.
gw::Answer make_own_answer(const Exchange& exchange);

}  // namespace gw::gateway
