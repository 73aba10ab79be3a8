#pragma once
// The keys of an issuer, one after the other.
//
// Facts
// - Who verifies fetches the keys now and then. A key must have been published for a while before it signs, and stay
//   until its last token has expired: otherwise a good token is refused.

#include <cstdint>
#include <optional>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"
#include "libgw/policy/auth/key.h"
#include "libgw/policy/auth/keyset.h"

namespace gw::issuer {

/// Which tokens a key is for. Cognito has one for each, others one for both.
enum class Use : std::uint8_t { access, id };

/// Signs, publishes, rotates. Not safe for threads.
/// Invariant: whatever signs has been published for a whole period; what signed stays until its last token has expired,
/// the last kMostRetired of them.
class KeyRing {
  public:
    static constexpr std::size_t kMostRetired = 24;

    struct Settings {
        auth::Algorithm algorithm = auth::Algorithm::rs256;
        bool key_for_each_use = false;           ///< as Cognito has it
        bool padded_names = false;               ///< key ids as Cognito writes them: base64 with its '='
        std::optional<Nanoseconds> period = {};  ///< none: one set of keys for ever
    };

    /// Draws the first keys. Errc::usage for an algorithm with shared secrets, which cannot be published.
    static Result<KeyRing> make(const Settings& settings, Date now);

    /// Takes the next keys into use when their time has come.
    Result<void> advance(Date now);
    /// The same at once. Requires: there is a period.
    Result<void> rotate(Date now);

    /// The key that signs now.
    [[nodiscard]] const auth::Key& signer(Use use) const { return current_[place_of(use)].key; }
    /// A token of that key lives until `date`.
    void keep_until(Use use, Date date);

    /// What signs, what will, and what did as long as tokens of it live.
    [[nodiscard]] std::vector<auth::Key> published(Date now) const;
    [[nodiscard]] bool rotates() const { return settings_.period.has_value(); }
    [[nodiscard]] auth::Algorithm algorithm() const { return settings_.algorithm; }

  private:
    struct Entry {
        auth::Key key;
        Date needed_until{};
    };
    explicit KeyRing(const Settings& settings) : settings_(settings) {}
    [[nodiscard]] std::size_t place_of(Use use) const { return settings_.key_for_each_use && use == Use::id ? 1 : 0; }
    [[nodiscard]] Result<std::vector<Entry>> draw() const;

    Settings settings_;
    std::vector<Entry> current_;
    std::vector<Entry> next_;     ///< published, not yet in use
    std::vector<Entry> retired_;  ///< the oldest first
    Date rotated_{};
};

}  // namespace gw::issuer
