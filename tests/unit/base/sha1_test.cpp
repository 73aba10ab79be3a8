#include "libgw/base/sha1.h"

#include <string>

#include "libgw/base/encoding.h"
#include "tests/support/catch.h"

using namespace gw;

TEST_CASE("SHA-1 gives the digests of FIPS 180-4", "[base][crypto]") {
    const auto hex = [](std::string_view bytes) {
        const auto digest = sha1(bytes);
        return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
    };
    CHECK(hex("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    CHECK(hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(hex(std::string(1000000, 'a')) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}
