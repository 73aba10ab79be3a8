// Chunked coding, both ways: the bytes as an encoded body, cut anywhere; and the bytes as a payload that is encoded in
// chunks of the sizes that its own bytes name, and has to come back whole.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/wire/http/decoder.h"
#include "libgw/wire/http/encoder.h"
#include "tests/fuzz/require.h"

using namespace gw::http;

namespace {

struct Read {
    std::string payload;
    Found end = Found::more;
    std::string reason;
    std::size_t taken = 0;
    friend bool operator==(const Read&, const Read&) = default;
};

// In pieces of `piece` bytes.
Read read(std::string_view bytes, std::size_t piece, const Limits& limits, std::uint64_t body_limit) {
    ChunkedDecoder decoder;
    decoder.reset(limits, body_limit);
    Read read;
    std::size_t fed = 0;
    while (fed < bytes.size()) {
        const std::size_t end = std::min(bytes.size(), fed + piece);
        while (true) {
            const Decoded found = decoder.decode(bytes.substr(read.taken, end - read.taken));
            read.taken += found.taken;
            read.payload += found.data;
            read.end = found.found == Found::body ? Found::more : found.found;
            read.reason = found.refused.reason;
            REQUIRE_THAT_IT_HOLDS(decoder.payload() <= body_limit || found.found == Found::error);
            if (found.found == Found::end || found.found == Found::error) return read;
            if (found.found == Found::more) break;
        }
        fed = end;
    }
    return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 8192) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    Limits limits;
    limits.chunk_line = 24;
    limits.chunk_overhead = 100;
    limits.trailer_bytes = 50;
    limits.trailer_fields = 3;
    const Read whole = read(bytes, size, limits, 1000);
    REQUIRE_THAT_IT_HOLDS(whole.payload.size() <= 1000);
    REQUIRE_THAT_IT_HOLDS(read(bytes, 1, limits, 1000) == whole);
    REQUIRE_THAT_IT_HOLDS(read(bytes, 1 + data[0] % 17, limits, 1000) == whole);

    std::string encoded;
    char buffer[20];
    for (std::string_view left = bytes; !left.empty();) {
        const std::size_t chunk = std::min<std::size_t>(left.size(), 1 + static_cast<unsigned char>(left[0]));
        encoded.append(chunk_prefix(chunk, buffer)).append(left.substr(0, chunk)).append(kChunkSuffix);
        left.remove_prefix(chunk);
    }
    encoded.append(kLastChunk);
    Limits roomy;
    roomy.chunk_overhead = UINT32_MAX;
    const Read back = read(encoded + "rest", encoded.size() + 4, roomy, UINT64_MAX);
    REQUIRE_THAT_IT_HOLDS(back.end == Found::end && back.payload == bytes && back.taken == encoded.size());
    REQUIRE_THAT_IT_HOLDS(read(encoded.substr(0, encoded.size() - 1), 7, roomy, UINT64_MAX).end == Found::more);
    return 0;
}
