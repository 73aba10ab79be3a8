#include "libgw/wire/http/field_name.h"

#include <array>
#include <bit>
#include <cstring>
#include <type_traits>

namespace gw::http {

namespace {

constexpr std::size_t kCount = static_cast<std::size_t>(FieldName::count_);

// In the order of the enum.
constexpr std::array<std::string_view, kCount> kNames = {
    "",
    "accept",
    "accept-charset",
    "accept-encoding",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-request-headers",
    "access-control-request-method",
    "age",
    "apigw-requestid",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-md5",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "etag",
    "expect",
    "expires",
    "forwarded",
    "host",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "last-modified",
    "location",
    "max-forwards",
    "origin",
    "pragma",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "retry-after",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "server",
    "set-cookie",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "x-amz-apigw-id",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-amzn-apigateway-api-id",
    "x-amzn-errortype",
    "x-amzn-requestid",
    "x-amzn-trace-id",
    "x-api-key",
    "x-forwarded-client-cert",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-http-method-override",
    "x-real-ip",
};

// Up to eight bytes, the first one lowest, zeros above.
constexpr std::uint64_t load(const char* at, std::size_t size) {
    if (!std::is_constant_evaluated() && std::endian::native == std::endian::little) {
        if (size >= 8) {
            std::uint64_t word;
            std::memcpy(&word, at, 8);
            return word;
        }
        if (size >= 4) {
            std::uint32_t low, high;
            std::memcpy(&low, at, 4);
            std::memcpy(&high, at + size - 4, 4);
            return low | static_cast<std::uint64_t>(high) << (8 * (size - 4));
        }
    }
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < size && i < 8; ++i) {
        word |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * i);
    }
    return word;
}

// ASCII upper case to lower case in eight bytes at once; all other bytes stay.
constexpr std::uint64_t lower(std::uint64_t word) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    const std::uint64_t sevens = word & (ones * 0x7f);
    const std::uint64_t from_a = sevens + ones * (0x80 - 'A');
    const std::uint64_t after_z = sevens + ones * (0x7f - 'Z');
    const std::uint64_t upper = (from_a ^ after_z) & ~word & (ones * 0x80);
    return word | upper >> 2;
}

struct Key {
    std::uint64_t first;  // the first eight bytes, lower case
    std::uint64_t last;   // the last eight; the same as `first` in a name of up to eight
};

constexpr Key key_of(std::string_view name) {
    const std::uint64_t first = lower(load(name.data(), name.size()));
    return {first, name.size() <= 8 ? first : lower(load(name.data() + name.size() - 8, 8))};
}

constexpr std::size_t kSlots = 512;
constexpr std::size_t slot_of(const Key& key, std::size_t size, std::uint64_t seed) {
    return static_cast<std::size_t>(((key.first + key.last * 3 + size) * seed) >> (64 - 9));
}

struct Table {
    std::uint64_t seed = 0;
    std::array<std::uint8_t, kSlots> ids{};  // 0: empty
};

struct Known {
    Key key;
    std::uint8_t size;
};
constexpr std::array<Known, kCount> make_known() {
    std::array<Known, kCount> known{};
    for (std::size_t i = 1; i < kCount; ++i)
        known[i] = {key_of(kNames[i]), static_cast<std::uint8_t>(kNames[i].size())};
    return known;
}
constexpr std::array<Known, kCount> kKnown = make_known();

// A multiplier that gives every name a slot of its own. The first one tried does; a new name may need another, which is
// then found when this is compiled.
constexpr Table make_table() {
    std::uint64_t seed = 0xd711fd23f026657b;
    for (int tries = 0; tries < 2000; ++tries) {
        Table table;
        table.seed = seed | 1;
        bool good = true;
        for (std::size_t i = 1; i < kCount && good; ++i) {
            auto& id = table.ids[slot_of(kKnown[i].key, kKnown[i].size, table.seed)];
            good = id == 0;
            id = static_cast<std::uint8_t>(i);
        }
        if (good) return table;
        seed = seed * 6364136223846793005 + 1442695040888963407;
    }
    return {};
}
constexpr Table kTable = make_table();
static_assert(kTable.seed != 0, "no multiplier found: make kSlots larger");

}  // namespace

FieldName to_field_name(std::string_view text) {
    if (text.empty()) return FieldName::other;
    const Key key = key_of(text);
    const std::size_t id = kTable.ids[slot_of(key, text.size(), kTable.seed)];
    const Known& known = kKnown[id];
    if (known.size != text.size() || known.key.first != key.first || known.key.last != key.last)
        return FieldName::other;
    const std::string_view name = kNames[id];
    for (std::size_t at = 8; at + 8 < text.size(); at += 8) {
        if (lower(load(text.data() + at, 8)) != load(name.data() + at, 8)) return FieldName::other;
    }
    return static_cast<FieldName>(id);
}

std::string_view name_of(FieldName id) {
    const auto index = static_cast<std::size_t>(id);
    return index < kCount ? kNames[index] : std::string_view();
}

}  // namespace gw::http
