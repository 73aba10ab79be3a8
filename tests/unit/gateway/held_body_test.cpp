#include "libgw/gateway/held_body.h"

#include "tests/support/catch.h"

using namespace gw;
using gateway::HeldBody;

namespace {

std::size_t hold(HeldBody& body, std::string_view bytes) {
    std::size_t taken = 0;
    while (!bytes.empty()) {
        if (body.needs_piece()) {
            taken += body.next_piece();
            body.add_piece();
        }
        body.fill(bytes);
    }
    return taken;
}

std::string text_of(const HeldBody& body) {
    std::string text;
    for (const std::string& piece : body.pieces()) text += piece;
    return text;
}

}  // namespace

TEST_CASE("a held body is what came, in whatever pieces it came") {
    std::string whole;
    for (int i = 0; i < 200'000; ++i) whole.push_back(static_cast<char>(i * 7 % 251));
    for (const std::size_t step : {1UL, 4096UL, 5000UL, 200'000UL}) {
        HeldBody body;
        for (std::size_t at = 0; at < whole.size(); at += step) hold(body, std::string_view(whole).substr(at, step));
        CHECK(text_of(body) == whole);
        const gateway::CollectedBody known = body.finish();
        CHECK(known.size == whole.size());
        CHECK(known.digest == sha256(whole));
        body.clear();
        CHECK(body.pieces().empty());
        CHECK(body.finish().digest == sha256({}));
    }
}

TEST_CASE("a held body takes at most twice what came while it is small, and less than a piece more when it is large") {
    for (const std::size_t size : {1UL, 4096UL, 4097UL, 60'000UL, 65'537UL, 10'000'000UL}) {
        CAPTURE(size);
        HeldBody body;
        const std::size_t taken = hold(body, std::string(size, 'x'));
        CHECK(taken >= size);
        CHECK(taken <= std::max(HeldBody::kSmallestPiece, 2 * size));
        CHECK(taken < size + HeldBody::kLargestPiece);
        std::size_t allocated = 0;
        for (const std::string& piece : body.pieces()) allocated += piece.capacity();
        CHECK(allocated <= taken + body.pieces().size());
    }
}

TEST_CASE("a body of the largest size that may be held fits exactly") {
    std::size_t taken = 0;
    HeldBody body;
    const std::string block(1 << 20, 'x');
    for (int i = 0; i < 64; ++i) taken += hold(body, block);
    CHECK(taken == std::size_t{64} << 20);
}
