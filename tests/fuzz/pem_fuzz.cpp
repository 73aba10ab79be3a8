// Keys in PEM: whatever stands there, a key is made or refused; one that is made keeps its bounds, and is the same key
// after it was written and read again.

#include <cstdint>
#include <string_view>

#include "libgw/base/signing_key.h"
#include "tests/fuzz/require.h"

using namespace gw;

namespace {

bool is_same(const KeyParts& one, const KeyParts& other) {
    return one.kind == other.kind && one.n == other.n && one.e == other.e && one.x == other.x && one.y == other.y;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto key = SigningKey::from_pem(text);
    if (!key) {
        REQUIRE_THAT_IT_HOLDS(!key.error().message.empty());
        REQUIRE_THAT_IT_HOLDS(key.error().code == Errc::parse || key.error().code == Errc::config ||
                              key.error().code == Errc::limit);
        return 0;
    }
    REQUIRE_THAT_IT_HOLDS(size <= SigningKey::kMaxPem && key->kind() != KeyKind::octets);
    if (key->kind() == KeyKind::rsa)
        REQUIRE_THAT_IT_HOLDS(key->bits() >= SigningKey::kMinRsaBits && key->bits() <= SigningKey::kMaxRsaBits);
    const KeyParts parts = key->public_parts();
    REQUIRE_THAT_IT_HOLDS(parts.secret.empty() && parts.p.empty());
    const auto made = SigningKey::make(parts);
    REQUIRE_THAT_IT_HOLDS(made && !made->has_private() && is_same(made->public_parts(), parts));
    const auto written = key->public_pem();
    REQUIRE_THAT_IT_HOLDS(written.has_value());
    const auto again = SigningKey::from_pem(*written);
    REQUIRE_THAT_IT_HOLDS(again && !again->has_private() && is_same(again->public_parts(), parts));
    const auto secret = key->private_pem();
    REQUIRE_THAT_IT_HOLDS(secret.has_value() == key->has_private());
    if (!secret) return 0;
    const auto whole = SigningKey::from_pem(*secret);
    REQUIRE_THAT_IT_HOLDS(whole && whole->has_private() && is_same(whole->public_parts(), parts));
    REQUIRE_THAT_IT_HOLDS(whole->private_parts()->secret == key->private_parts()->secret);
    return 0;
}
