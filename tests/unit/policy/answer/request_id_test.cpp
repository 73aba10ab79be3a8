#include "libgw/policy/answer/request_id.h"

#include <string>

#include "libgw/base/encoding.h"
#include "libgw/base/random.h"
#include "tests/support/catch.h"

TEST_CASE("a request id is 15 characters and an equals sign", "[answer]") {
    gw::Random random(1);
    for (int i = 0; i < 1000; ++i) {
        std::array<std::uint8_t, 11> bytes{};
        random.fill(bytes);
        const auto id = gw::make_request_id(bytes);
        const std::string_view text(id.data(), id.size());
        CHECK(text.back() == '=');
        // The same bits as base64url, which writes no padding.
        const std::string_view raw(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        CHECK(text.substr(0, 15) == gw::to_base64url(raw));
    }
}

TEST_CASE("a uuid has its version and variant", "[answer]") {
    std::array<std::uint8_t, 16> bytes{};
    bytes.fill(0xff);
    const auto ones = gw::make_uuid(bytes);
    CHECK(std::string_view(ones.data(), ones.size()) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
    bytes.fill(0);
    const auto zeros = gw::make_uuid(bytes);
    CHECK(std::string_view(zeros.data(), zeros.size()) == "00000000-0000-4000-8000-000000000000");
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 17);
    const auto steps = gw::make_uuid(bytes);
    CHECK(std::string_view(steps.data(), steps.size()) == "00112233-4455-4677-8899-aabbccddeeff");
}

TEST_CASE("the ids of one request are drawn from different bytes", "[answer]") {
    std::array<std::uint8_t, gw::kRequestIdBytes> bytes{};
    const auto zero = gw::make_request_ids(bytes);
    bytes[0] = 1;
    const auto first = gw::make_request_ids(bytes);
    bytes[0] = 0;
    bytes[26] = 1;
    const auto last = gw::make_request_ids(bytes);
    CHECK(first.extended_text() != zero.extended_text());
    CHECK(first.uuid_text() == zero.uuid_text());
    CHECK(last.extended_text() == zero.extended_text());
    CHECK(last.uuid_text() != zero.uuid_text());
}
