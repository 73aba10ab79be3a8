#pragma once
// What is signed, as views: nothing here knows where a request came from.

#include <span>
#include <string_view>
#include <vector>

#include "libgw/base/crypto.h"
#include "libgw/wire/http/message.h"

namespace gw::sigv4 {

/// One field line.
struct Field {
    std::string_view name;   ///< any case
    std::string_view value;  ///< as sent; surrounding white space does not count
};

/// The digest of a body without bytes.
inline constexpr Digest kEmptyBody{{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
                                    0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
                                    0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}};

/// A request as the client sent it. The bytes must outlive it.
struct Request {
    std::string_view method;
    std::string_view path;          ///< as sent, encoded as it was sent; "" counts as "/"
    std::string_view query;         ///< as sent, without '?'
    std::span<const Field> fields;  ///< in the order in which they were sent, duplicates kept
    Digest body_hash = kEmptyBody;  ///< SHA-256 of the whole body
};

/// The request of a head, its fields listed in `storage`, which is filled anew. The views live as long as both do.
Request request_of(const http::RequestHead& head, std::vector<Field>& storage);

/// How many lines carry the field. Requires: `name` is lower case.
std::size_t count_fields(std::span<const Field> fields, std::string_view name);
/// The first line of the field, or null. Requires: `name` is lower case.
const Field* find_field(std::span<const Field> fields, std::string_view name);

}  // namespace gw::sigv4
