#include "libgw/policy/canary/split.h"

#include <cmath>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"

namespace gw::canary {
namespace {

constexpr std::size_t kDrawn = 16;
constexpr std::size_t kMark = 16;

std::uint64_t word(std::string_view bytes, std::size_t at) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 8; ++i) word = word << 8U | static_cast<std::uint8_t>(bytes[at + i]);
    return word;
}

/// No two pairs make the same text.
std::string joined(std::string_view scope, std::string_view rest) {
    std::string text = std::to_string(scope.size());
    return text.append(":").append(scope).append(rest);
}

}  // namespace

std::string_view to_text(Arm arm) { return arm == Arm::canary ? "canary" : "stable"; }

Result<Share> Share::make(double percent) {
    if (!std::isfinite(percent) || percent < 0 || percent > 100)
        return Error{Errc::limit, "the share of a canary is 0 to 100 percent", {}, {}};
    Share share;
    share.percent_ = percent;
    // long double has 64 bits of mantissa here; where it has fewer the share is exact to those
    const long double places = std::ldexp(static_cast<long double>(percent) / 100.0L, 64);
    const bool all = percent == 100 || places >= static_cast<long double>(kAll);
    share.places_ = all ? kAll : static_cast<std::uint64_t>(places);
    return share;
}

SplitKey::SplitKey(std::string_view bytes) : bytes_(bytes) {
    bytes_.resize(kBytes);
    const Digest seeds = hmac_sha256(bytes_, "place");
    seed_ = {word(seeds.view(), 0), word(seeds.view(), 8)};
}

SplitKey SplitKey::of(std::string_view secret) { return SplitKey(hmac_sha256(secret, "canary").view()); }

std::uint64_t SplitKey::place_of(std::string_view scope, std::string_view client) const {
    return siphash(joined(scope, client), seed_);
}

std::string SplitKey::mark_of(std::string_view scope, std::string_view drawn) const {
    return std::string(hmac_sha256(bytes_, joined(scope, drawn)).view().substr(0, kMark));
}

std::string SplitKey::make_cookie(std::string_view scope, std::string_view drawn) const {
    return to_base64url(std::string(drawn) + mark_of(scope, drawn));
}

std::optional<std::string> SplitKey::client_of(std::string_view scope, std::string_view cookie) const {
    const auto bytes = parse_base64url(cookie);
    if (!bytes || bytes->size() != kDrawn + kMark) return std::nullopt;
    const std::string_view drawn = std::string_view(*bytes).substr(0, kDrawn);
    if (!constant_time_equal(std::string_view(*bytes).substr(kDrawn), mark_of(scope, drawn))) return std::nullopt;
    return std::string(drawn);
}

std::optional<Arm> parse_arm(std::string_view text) {
    if (text == "canary") return Arm::canary;
    if (text == "stable") return Arm::stable;
    return std::nullopt;
}

}  // namespace gw::canary
