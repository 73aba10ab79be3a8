#include "libgw/policy/auth/issuer/keyring.h"

#include <algorithm>
#include <utility>

#include "libgw/base/encoding.h"

namespace gw::issuer {

Result<KeyRing> KeyRing::make(const Settings& settings, Date now) {
    if (auth::is_symmetric(settings.algorithm)) {
        return Error{Errc::usage,
                     std::string(auth::to_text(settings.algorithm)) + " has a shared secret, which cannot be published",
                     "RS256 and ES256 are what most verifiers take",
                     {}};
    }
    KeyRing ring(settings);
    ring.rotated_ = now;
    ring.current_ = TRY(ring.draw());
    if (settings.period) ring.next_ = TRY(ring.draw());
    return ring;
}

Result<std::vector<KeyRing::Entry>> KeyRing::draw() const {
    std::vector<Entry> drawn;
    for (std::size_t i = 0; i < (settings_.key_for_each_use ? 2U : 1U); ++i) {
        SigningKey made = TRY(SigningKey::generate(auth::kind_of(settings_.algorithm)));
        const auth::Key key = TRY(auth::Key::make(std::move(made), {}, settings_.algorithm));
        std::string name = key.thumbprint();
        if (settings_.padded_names) name = to_base64(TRY(parse_base64url(name)));
        drawn.push_back({key.named(std::move(name))});
    }
    return drawn;
}

Result<void> KeyRing::advance(Date now) {
    if (!settings_.period || now - rotated_ < *settings_.period) return ok();
    return rotate(now);
}

Result<void> KeyRing::rotate(Date now) {
    std::vector<Entry> drawn = TRY(draw());
    std::erase_if(retired_, [now](const Entry& entry) { return entry.needed_until <= now; });
    for (Entry& entry : current_) {
        if (entry.needed_until > now) retired_.push_back(std::move(entry));
    }
    if (retired_.size() > kMostRetired)
        retired_.erase(retired_.begin(), retired_.end() - static_cast<std::ptrdiff_t>(kMostRetired));
    current_ = std::exchange(next_, std::move(drawn));
    rotated_ = now;
    return ok();
}

void KeyRing::keep_until(Use use, Date date) {
    Entry& entry = current_[place_of(use)];
    entry.needed_until = std::max(entry.needed_until, date);
}

std::vector<auth::Key> KeyRing::published(Date now) const {
    std::vector<auth::Key> keys;
    keys.reserve(current_.size() + next_.size() + retired_.size());
    for (const Entry& entry : current_) keys.push_back(entry.key);
    for (const Entry& entry : next_) keys.push_back(entry.key);
    for (const Entry& entry : retired_) {
        if (entry.needed_until > now) keys.push_back(entry.key);
    }
    return keys;
}

}  // namespace gw::issuer
