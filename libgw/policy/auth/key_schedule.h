#pragma once
// When to fetch an issuer's keys, and which to use meanwhile. It fetches nothing: whoever owns it does, when it says
// so.

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "libgw/base/clock.h"
#include "libgw/base/crypto.h"
#include "libgw/policy/auth/keyset.h"

namespace gw::auth {

/// The schedule of one issuer. Belongs to one thread; the key sets that it hands out are immutable.
/// Invariant: one fetch at a time; those that an unknown key asked for begin at least `min_interval` after the one
/// before, whatever is sent; no key set is used longer than `last_good` after it was fetched; without one nobody is let
/// in.
class KeySchedule {
  public:
    static constexpr std::size_t kMaxAbsent = 1024;

    struct Settings {
        Nanoseconds refresh = std::chrono::minutes(10);       ///< a key that was removed dies within this
        Nanoseconds min_interval = std::chrono::seconds(30);  ///< between fetches; so long a new key may take at most
        Nanoseconds first_retry = std::chrono::seconds(1);    ///< after a failure; doubles up to min_interval
        Nanoseconds last_good = std::chrono::hours(24);       ///< how long an outage of the issuer is bridged
        Nanoseconds absent = std::chrono::minutes(5);         ///< how long a name that was looked for in vain counts
    };

    KeySchedule() = default;
    explicit KeySchedule(Settings settings) : settings_(settings) {}

    /// When the next fetch should begin; nothing while one is under way. Before the first one: at once.
    [[nodiscard]] std::optional<Instant> due() const;
    /// True when a fetch is due: then it is under way, and succeeded() or failed() must follow once.
    bool begin(Instant now);
    void succeeded(std::shared_ptr<const KeySet> keys, Instant now);
    void failed(std::string why, Instant now);

    /// What to verify with; null when nothing was fetched yet, or too long ago: refuse with jwt.keys.
    [[nodiscard]] std::shared_ptr<const KeySet> keys(Instant now) const;
    /// Counts the changes of the key set; a fetch that brings the same keys is none. What was remembered under another
    /// number is void.
    [[nodiscard]] std::uint64_t version() const { return version_; }
    /// Why the last fetch failed; "" when it did not.
    [[nodiscard]] const std::string& failure() const { return failure_; }
    [[nodiscard]] bool is_under_way() const { return under_way_; }

    /// What to do with a token whose key is not in the set.
    enum class Advice : std::uint8_t {
        refuse,  ///< jwt.key; a fetch may follow all the same when its time comes
        wait,    ///< a fetch is due or under way: look again when it has ended
    };
    /// Somebody came with a key of this name. Asks for a fetch, unless the name was looked for lately.
    Advice unknown_kid(std::string_view kid, Instant now);
    /// Names that are remembered as unknown.
    [[nodiscard]] std::size_t absent() const { return absent_.size(); }

  private:
    struct Absent {
        Digest kid;
        Instant asked;
        std::uint64_t begun;  ///< fetches that had begun by then
    };
    struct HashDigest {
        std::size_t operator()(const Digest& digest) const;
    };

    Settings settings_;
    std::shared_ptr<const KeySet> keys_;
    Instant fetched_{};
    std::optional<Instant> last_begun_;
    std::optional<Instant> next_;  ///< nothing: at once
    std::uint64_t begun_ = 0;
    std::uint64_t last_good_ = 0;  ///< number of the fetch that keys_ came with
    std::uint64_t version_ = 0;
    unsigned failures_ = 0;
    bool under_way_ = false;
    std::string failure_;
    std::list<Absent> absent_;  ///< the one asked for last in front
    std::unordered_map<Digest, std::list<Absent>::iterator, HashDigest> places_;
};

}  // namespace gw::auth
