#pragma once
// The head of a request and of a response, as values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/wire/http/fields.h"
#include "libgw/wire/http/method.h"
#include "libgw/wire/http/uri.h"

namespace gw::http {

enum class Version : std::uint8_t { http10, http11 };

/// How the length of a body is known (RFC 9112 §6). `until_close` exists for responses only.
enum class Framing : std::uint8_t { none, length, chunked, until_close };

/// The body that follows a head.
struct BodyLength {
    Framing framing = Framing::none;
    /// For Framing::length; never 0 there: Content-Length: 0 is `none` with `declared`. In an answer to HEAD and in a
    /// 304 the framing is `none`, and this is the length that the body would have had.
    std::uint64_t length = 0;
    bool declared = false;  ///< a Content-Length or Transfer-Encoding field was there
};

/// A request's head, strictly parsed. Views returned here live as long as the head is not changed.
struct RequestHead {
    Method method = Method::other;
    Version version = Version::http11;
    BodyLength body;
    bool keep_alive = true;          ///< after version and Connection: may another request follow
    bool expect_continue = false;    ///< Expect: 100-continue
    bool upgrade_websocket = false;  ///< Upgrade: websocket, nominated by Connection, GET, HTTP/1.1, no body
    bool nominates = false;          ///< Connection names fields that end here: see is_nominated()
    bool underscores = false;       ///< some name has a '_' (no dangerous one, those are refused): see has_underscore()
    Fields fields;                  ///< its block holds the request line too
    std::uint32_t method_size = 0;  ///< the block starts with the method as sent
    std::uint32_t target_at = 0;
    std::uint32_t target_size = 0;
    Path path;              ///< sent and canonical; query as sent
    std::string authority;  ///< Host, by canonical_authority(); "" only for HTTP/1.0 without one

    [[nodiscard]] std::string_view method_text() const {
        return std::string_view(fields.block()).substr(0, method_size);
    }
    /// The request target as it came.
    [[nodiscard]] std::string_view target() const {
        return std::string_view(fields.block()).substr(target_at, target_size);
    }
    /// Empties, keeping the storage for the next message.
    void clear();
};

/// A response's head, strictly parsed.
struct ResponseHead {
    std::uint16_t status = 0;
    Version version = Version::http11;
    BodyLength body;
    bool keep_alive = true;  ///< after version, Connection and framing: may this connection be used again
    bool nominates = false;  ///< Connection names fields that end here: see is_nominated()
    Fields fields;           ///< its block holds the status line too
    std::uint32_t reason_at = 0;
    std::uint32_t reason_size = 0;
    [[nodiscard]] std::string_view reason() const {
        return std::string_view(fields.block()).substr(reason_at, reason_size);
    }
    /// Empties, keeping the storage for the next message.
    void clear();
};

}  // namespace gw::http
