#include "libgw/policy/auth/remembered.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace gw::auth {

std::size_t Remembered::Hash::operator()(const TokenIdentity& identity) const {
    // a digest is spread evenly already, and only tokens that were verified are kept
    std::size_t hash = 0;
    std::memcpy(&hash, identity.token.bytes.data(), sizeof hash);
    return hash ^ identity.authorizer;
}

void Remembered::forget(Entries::iterator entry) {
    places_.erase(entry->identity);
    entries_.erase(entry);
}

std::shared_ptr<const Token> Remembered::find(const TokenIdentity& identity, Date date) {
    const auto place = places_.find(identity);
    if (place == places_.end()) return nullptr;
    const auto entry = place->second;
    // a calendar that went back does not lengthen anything
    if (date >= entry->until || date < entry->remembered) {
        forget(entry);
        return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, entry);
    return entry->token;
}

void Remembered::remember(const TokenIdentity& identity, std::shared_ptr<const Token> token, Date date) {
    const Date until = std::min(token->expires(), date + ttl_);
    if (capacity_ == 0 || until <= date) return;
    if (const auto place = places_.find(identity); place != places_.end()) forget(place->second);
    if (entries_.size() == capacity_) forget(std::prev(entries_.end()));
    entries_.push_front({identity, std::move(token), date, until});
    places_.emplace(identity, entries_.begin());
}

void Remembered::clear() {
    places_.clear();
    entries_.clear();
}

}  // namespace gw::auth
