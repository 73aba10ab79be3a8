#include "libgw/policy/auth/sigv4/signature.h"

#include <utility>

#include "libgw/base/encoding.h"

namespace gw::sigv4 {
namespace {

void wipe_digest(Digest& digest) { cleanse({reinterpret_cast<char*>(digest.bytes.data()), digest.bytes.size()}); }

}  // namespace

std::string Scope::text() const {
    std::string out;
    out.reserve(day.size() + region.size() + service.size() + kTerminator.size() + 3);
    return out.append(day).append("/").append(region).append("/").append(service).append("/").append(kTerminator);
}

std::string string_to_sign(std::string_view date_time, std::string_view scope, std::string_view canonical_request) {
    std::string out;
    out.reserve(kAlgorithm.size() + date_time.size() + scope.size() + 67);
    out.append(kAlgorithm).append("\n").append(date_time).append("\n").append(scope).append("\n");
    return out.append(to_hex(sha256(canonical_request).view()));
}

SigningKey SigningKey::derive(const Secret& secret, const Scope& scope) {
    std::string start;
    start.reserve(4 + secret.expose().size());
    start.append("AWS4").append(secret.expose());
    Digest key = hmac_sha256(start, scope.day);
    cleanse({start.data(), start.size()});
    for (const std::string_view part : {scope.region, scope.service, kTerminator}) {
        Digest next = hmac_sha256(key.view(), part);
        wipe_digest(key);
        key = next;
        wipe_digest(next);
    }
    SigningKey made(key);
    wipe_digest(key);
    return made;
}

void SigningKey::wipe() { wipe_digest(key_); }

std::string SigningKey::sign(std::string_view string_to_sign) const {
    return to_hex(hmac_sha256(key_.view(), string_to_sign).view());
}

const SigningKey& SigningKeys::get(const Credential& credential, const Scope& scope) {
    std::string name = credential.access_key_id;
    name.append("/").append(scope.day).append("/").append(scope.region).append("/").append(scope.service);
    if (const auto found = by_name_.find(name); found != by_name_.end()) {
        Entry& entry = *found->second;
        if (!entry.secret.matches(credential.secret.expose())) {
            entry.key = SigningKey::derive(credential.secret, scope);
            entry.secret = credential.secret;
        }
        entries_.splice(entries_.begin(), entries_, found->second);
        return entry.key;
    }
    if (by_name_.size() >= capacity_) {
        by_name_.erase(entries_.back().name);
        entries_.pop_back();
    }
    entries_.push_front({std::move(name), credential.secret, SigningKey::derive(credential.secret, scope)});
    by_name_.emplace(entries_.front().name, entries_.begin());
    return entries_.front().key;
}

void SigningKeys::clear() {
    by_name_.clear();
    entries_.clear();
}

}  // namespace gw::sigv4
