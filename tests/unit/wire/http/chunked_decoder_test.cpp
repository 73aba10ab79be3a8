#include <random>
#include <string>

#include "libgw/wire/http/encoder.h"
#include "tests/support/catch.h"
#include "tests/unit/wire/http/drive.h"

using namespace gw::http;

namespace {

struct Read {
    std::string payload;
    Found end = Found::more;
    Refused refused;
    std::size_t taken = 0;
};

Read read(std::string_view bytes, const Limits& limits, std::uint64_t body_limit = UINT64_MAX) {
    ChunkedDecoder decoder;
    decoder.reset(limits, body_limit);
    Read read;
    for (;;) {
        const Decoded found = decoder.decode(bytes.substr(read.taken));
        read.taken += found.taken;
        read.payload += found.data;
        read.end = found.found;
        read.refused = found.refused;
        if (found.found != Found::body) break;
        CHECK(decoder.payload() == read.payload.size());
    }
    return read;
}

std::string encode(std::string_view payload, std::mt19937& random) {
    std::string out;
    char buffer[20];
    while (!payload.empty()) {
        const std::size_t size = std::min<std::size_t>(payload.size(), 1 + random() % 300);
        out += chunk_prefix(size, buffer);
        out += payload.substr(0, size);
        out += kChunkSuffix;
        payload.remove_prefix(size);
    }
    return out += kLastChunk;
}

}  // namespace

TEST_CASE("what was encoded in chunks is decoded to the same, and not a byte further") {
    std::mt19937 random(1);
    const Limits limits;
    for (int round = 0; round < 200; ++round) {
        std::string payload(random() % 2000, '\0');
        for (char& c : payload) c = static_cast<char>(random());
        const std::string bytes = encode(payload, random);
        const Read whole = read(bytes + "GET", limits);
        CHECK(whole.end == Found::end);
        CHECK(whole.taken == bytes.size());
        CHECK(whole.payload == payload);
    }
}

TEST_CASE("a chunk prefix is lower-case hex and CRLF, for sizes up to the largest") {
    char buffer[20];
    CHECK(chunk_prefix(1, buffer) == "1\r\n");
    CHECK(chunk_prefix(0x1a2b, buffer) == "1a2b\r\n");
    CHECK(chunk_prefix(UINT64_MAX, buffer) == "ffffffffffffffff\r\n");
}

TEST_CASE("the payload limit holds to the byte") {
    const Limits limits;
    CHECK(read("5\r\nhello\r\n0\r\n\r\n", limits, 5).end == Found::end);
    CHECK(read("6\r\n", limits, 5).refused.status == 413);
    CHECK(read("5\r\nhello\r\n1\r\n", limits, 5).refused.status == 413);
    CHECK(read("0\r\n\r\n", limits, 0).end == Found::end);
    CHECK(read("7fffffffffffffff\r\n", limits).end == Found::more);
    CHECK(read("8000000000000000\r\n", limits).refused.status == 400);
}

TEST_CASE("framing may be as large as the payload, once it is more than its allowance") {
    Limits limits;
    limits.chunk_overhead = 100;
    std::string small;
    for (int i = 0; i < 20; ++i) small += "1\r\nx\r\n";  // 100 bytes of framing, 20 of payload
    CHECK(read(small, limits).end == Found::more);
    CHECK(read(small + "1\r\n", limits).refused.reason == "limit.chunk_overhead");
    std::string fair = "64\r\n" + std::string(100, 'x') + "\r\n";
    for (int i = 0; i < 200; ++i) fair += "8\r\n12345678\r\n";
    CHECK(read(fair + "0\r\n\r\n", limits).end == Found::end);
}

TEST_CASE("a bound of a chunk line is met exactly") {
    Limits limits;
    limits.chunk_line = 10;
    CHECK(read("1;abcdefgh\r\nx\r\n0\r\n\r\n", limits).end == Found::end);
    CHECK(read("1;abcdefghi\r\nx\r\n0\r\n\r\n", limits).refused.reason == "limit.chunk_line");
}
