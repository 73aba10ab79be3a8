#pragma once
// Who meets the canary: a share of all requests by chance, or a share of the clients for good.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/base/text.h"

namespace gw::canary {

enum class Arm : std::uint8_t { stable, canary };
/// "stable", "canary"
std::string_view to_text(Arm arm);

/// AWS's percentTraffic, as a part of 2⁶⁴ places: whoever stands on one of the first is the canary's. A larger share
/// holds a smaller one, so raising it moves nobody back.
class Share {
  public:
    /// Nobody.
    Share() = default;
    /// 0 … 100, fractions too; Errc::limit for anything else.
    static Result<Share> make(double percent);

    [[nodiscard]] double percent() const { return percent_; }
    /// Exact to 2⁻⁶⁴, but for what `percent` itself could not hold.
    [[nodiscard]] bool holds(std::uint64_t place) const { return holds(places_, place); }

    /// The share in one word, and whether such a word holds a place.
    [[nodiscard]] std::uint64_t places() const { return places_; }
    static bool holds(std::uint64_t places, std::uint64_t place) { return places == kAll || place < places; }
    static constexpr std::uint64_t kAll = UINT64_MAX;

    friend bool operator==(const Share&, const Share&) = default;

  private:
    double percent_ = 0;
    std::uint64_t places_ = 0;
};

/// What tells clients apart without telling who they are: nobody who does not know it can choose his place, or make a
/// cookie.
class SplitKey {
  public:
    static constexpr std::size_t kBytes = 32;
    /// Requires: kBytes bytes.
    explicit SplitKey(std::string_view bytes);
    /// A key of any text, for several gateways that shall place clients alike.
    static SplitKey of(std::string_view secret);

    [[nodiscard]] std::string_view bytes() const { return bytes_; }
    /// Where a client stands in the order of `scope` (an api and its stage): the same for good.
    [[nodiscard]] std::uint64_t place_of(std::string_view scope, std::string_view client) const;

    /// The value of a cookie for a client that has none: `drawn` (16 bytes) and a mark that nobody else can make.
    [[nodiscard]] std::string make_cookie(std::string_view scope, std::string_view drawn) const;
    /// The client that a cookie of ours names; nothing when its mark is wrong, or is for another scope.
    [[nodiscard]] std::optional<std::string> client_of(std::string_view scope, std::string_view cookie) const;

  private:
    [[nodiscard]] std::string mark_of(std::string_view scope, std::string_view drawn) const;
    std::string bytes_;
    HashSeed seed_;
};

/// The arm that a field asks for: "canary" or "stable"; anything else asks for nothing.
std::optional<Arm> parse_arm(std::string_view text);

}  // namespace gw::canary
