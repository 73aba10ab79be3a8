#pragma once
// One authorization code flow, the same in all tests of the issuer.

#include <span>

#include "libgw/base/clock.h"
#include "libgw/base/random.h"
#include "libgw/policy/auth/issuer/grants.h"

namespace gw::issuer {

inline constexpr Date kNow{std::chrono::seconds(1800000000)};
// RFC 7636 appendix B
inline constexpr const char* kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
inline constexpr const char* kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
inline constexpr const char* kRedirect = "http://localhost:5173/cb";

/// Dice that fall the same way each time. Requires: `chance` outlives them.
inline Dice dice_of(Random& chance) {
    return [&chance](std::span<std::uint8_t> bytes) -> Result<void> {
        chance.fill(bytes);
        return ok();
    };
}

}  // namespace gw::issuer
