#include "libgw/policy/auth/key_schedule.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace gw::auth {

std::size_t KeySchedule::HashDigest::operator()(const Digest& digest) const {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.bytes.data(), sizeof hash);
    return hash;
}

std::optional<Instant> KeySchedule::due() const {
    if (under_way_) return std::nullopt;
    return next_.value_or(Instant::min());
}

bool KeySchedule::begin(Instant now) {
    const auto when = due();
    if (!when || *when > now) return false;
    under_way_ = true;
    last_begun_ = now;
    ++begun_;
    return true;
}

void KeySchedule::succeeded(std::shared_ptr<const KeySet> keys, Instant now) {
    under_way_ = false;
    failures_ = 0;
    failure_.clear();
    if (!keys_ || keys_->fingerprint() != keys->fingerprint()) ++version_;
    keys_ = std::move(keys);
    fetched_ = now;
    last_good_ = begun_;
    next_ = now + settings_.refresh;
}

void KeySchedule::failed(std::string why, Instant now) {
    under_way_ = false;
    failure_ = std::move(why);
    Nanoseconds pause = settings_.first_retry;
    for (unsigned i = 0; i < failures_ && pause < settings_.min_interval; ++i) pause *= 2;
    ++failures_;
    next_ = now + std::min(pause, settings_.min_interval);
}

std::shared_ptr<const KeySet> KeySchedule::keys(Instant now) const {
    if (!keys_ || now - fetched_ > settings_.last_good) return nullptr;
    return keys_;
}

KeySchedule::Advice KeySchedule::unknown_kid(std::string_view kid, Instant now) {
    const Digest name = sha256(kid);
    const auto place = places_.find(name);
    if (place != places_.end()) {
        Absent& known = *place->second;
        absent_.splice(absent_.begin(), absent_, place->second);
        // a fetch that began after somebody asked has not brought it
        if (last_good_ > known.begun && now - known.asked < settings_.absent) return Advice::refuse;
        if (last_good_ > known.begun) known = {name, now, begun_};
    } else {
        if (absent_.size() == kMaxAbsent) {
            places_.erase(absent_.back().kid);
            absent_.pop_back();
        }
        absent_.push_front({name, now, begun_});
        places_.emplace(name, absent_.begin());
    }
    if (under_way_) return Advice::wait;
    const Instant earliest = last_begun_ ? *last_begun_ + settings_.min_interval : now;
    // while the issuer fails, its own schedule of retries stands
    if (failures_ == 0 && next_) next_ = std::min(*next_, std::max(now, earliest));
    return due().value_or(now) <= now ? Advice::wait : Advice::refuse;
}

}  // namespace gw::auth
