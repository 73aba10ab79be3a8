#include "libgw/policy/auth/keyset.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/json.h"

namespace gw::auth {

namespace {

/// The first name that stands twice; "" when none does.
template <class Names>
std::string first_duplicate(const Names& names) {
    std::set<std::string_view> seen;
    for (const std::string_view name : names) {
        if (!name.empty() && !seen.insert(name).second) return std::string(name);
    }
    return {};
}

Error duplicate(Errc code, std::string_view kid) {
    return Error{code, fmt::format("key set has two keys named {}", to_json(kid)), {}, {}};
}

bool is_secret(const Value& jwk) {
    const std::string* type = jwk.find_string("kty");
    return type != nullptr && *type == "oct";
}

}  // namespace

KeySet::KeySet(std::vector<Key> keys) : keys_(std::move(keys)) {
    std::vector<std::string> lines;
    lines.reserve(keys_.size());
    for (const Key& key : keys_) {
        lines.push_back(fmt::format("{} {} {}\n", key.thumbprint(), key.verifies().text(), to_json(key.kid())));
    }
    std::sort(lines.begin(), lines.end());
    Sha256 hash;
    for (const std::string& line : lines) hash.update(line);
    fingerprint_ = hash.finish();
}

Result<KeySet> KeySet::make(std::vector<Key> keys) {
    if (keys.size() > kMaxKeys) return Error{Errc::config, "key set holds more than 64 keys", {}, {}};
    std::vector<std::string_view> names;
    names.reserve(keys.size());
    for (const Key& key : keys) names.push_back(key.kid());
    if (const std::string twice = first_duplicate(names); !twice.empty()) return duplicate(Errc::config, twice);
    return KeySet(std::move(keys));
}

KeySet KeySet::of(Key key) {
    KeySet set({std::move(key)});
    set.any_kid_ = set.keys_.front().kid().empty();
    return set;
}

Result<KeySet> KeySet::parse(std::string_view json, Source source) {
    auto document = parse_json(json, {.depth = 8, .nodes = 20000, .size = kMaxSize, .unique_keys = true});
    if (!document) return std::move(document).error().in("key set");
    if (document->if_object() == nullptr) return Error{Errc::parse, "key set is not an object", {}, {}};
    Array alone;
    const Value* const member = document->find("keys");
    if (member == nullptr) {
        if (document->find("kty") == nullptr) return Error{Errc::parse, "key set has no keys", {}, {}};
        alone.push_back(std::move(*document));
    }
    const Array* const list = member == nullptr ? &alone : member->if_array();
    if (list == nullptr) return Error{Errc::parse, "key set's keys are not an array", {}, {}};
    if (list->size() > kMaxKeys) return Error{Errc::limit, "key set holds more than 64 keys", {}, {}};
    std::vector<std::string_view> names;
    std::size_t secrets = 0;
    for (const Value& jwk : *list) {
        if (const std::string* kid = jwk.find_string("kid")) names.push_back(*kid);
        if (is_secret(jwk)) ++secrets;
    }
    if (const std::string twice = first_duplicate(names); !twice.empty()) return duplicate(Errc::parse, twice);
    if (source == Source::configured && secrets != 0 && secrets != list->size()) {
        return Error{Errc::parse, "key set mixes shared secrets with public keys", "keep them in two files", {}};
    }
    std::vector<Key> keys;
    std::vector<std::string> notes;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const Value& jwk = (*list)[i];
        const std::string* const kid = jwk.find_string("kid");
        const auto leave_out = [&](std::string_view why) {
            notes.push_back(kid == nullptr
                                ? fmt::format("key {}: {}", i + 1, why)
                                : fmt::format("key {} (kid {}): {}", i + 1, to_json(kid->substr(0, kMaxKid)), why));
        };
        if (source == Source::fetched && is_secret(jwk)) {
            leave_out("shared secret that is published is none");
            continue;
        }
        auto key = Key::from_jwk(jwk, Key::Half::public_only);
        if (!key) {
            leave_out(key.error().message);
        } else if (key->verifies().empty()) {
            leave_out("not for verifying (key_ops)");
        } else {
            keys.push_back(std::move(*key));
        }
    }
    KeySet set(std::move(keys));
    set.notes_ = std::move(notes);
    set.any_kid_ = source == Source::configured && list->size() == 1 && names.empty();
    return set;
}

KeySet::Choice KeySet::choose(const std::optional<std::string>& kid, Algorithm algorithm) const {
    if (kid && !any_kid_) {
        for (const Key& key : keys_) {
            if (key.kid() != *kid || kid->empty()) continue;
            if (!key.verifies().contains(algorithm)) return {nullptr, "the key of that name is not for this algorithm"};
            return {&key, {}};
        }
        return {nullptr, "no key has that name", true};
    }
    const Key* only = nullptr;
    for (const Key& key : keys_) {
        if (!key.verifies().contains(algorithm)) continue;
        if (only != nullptr) return {nullptr, "the token names no key, and several would do"};
        only = &key;
    }
    if (only == nullptr) return {nullptr, "no key is for this algorithm"};
    return {only, {}};
}

}  // namespace gw::auth
