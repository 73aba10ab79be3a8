#include "libgw/policy/auth/api_key.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/encoding.h"
#include "libgw/base/text.h"

namespace gw::auth {
namespace {

constexpr std::string_view kPrefix = "sha256:";

}  // namespace

std::string make_api_key(std::span<const std::uint8_t, kApiKeyRandom> random) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string key;
    key.reserve(kApiKeyRandom / 4);
    for (std::size_t i = 0; i < random.size(); i += 4) {
        const std::uint64_t word = (std::uint64_t{random[i]} << 24U) | (std::uint64_t{random[i + 1]} << 16U) |
                                   (std::uint64_t{random[i + 2]} << 8U) | std::uint64_t{random[i + 3]};
        // the most frequent letter is 2⁻²⁶ more likely than the least
        key += kAlphabet[(word * kAlphabet.size()) >> 32U];
    }
    return key;
}

bool is_api_key(std::string_view text) {
    return text.size() >= 20 && text.size() <= 128 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f' && c != ',' && c != '"'; });
}

std::string to_api_key_hash(std::string_view key) { return std::string(kPrefix) + to_hex(sha256(key).view()); }

Result<Digest> parse_api_key_hash(std::string_view text) {
    const auto bad = [] {
        return Error{
            Errc::parse, "the hash of an API key is not one", "expected sha256: and 64 hexadecimal digits", {}};
    };
    if (!text.starts_with(kPrefix)) return bad();
    const auto bytes = parse_hex(text.substr(kPrefix.size()));
    Digest digest;
    if (!bytes || bytes->size() != digest.bytes.size()) return bad();
    std::memcpy(digest.bytes.data(), bytes->data(), bytes->size());
    return digest;
}

bool is_api_key_of(std::string_view key, const Digest& digest) {
    return constant_time_equal(sha256(key).view(), digest.view());
}

std::string make_api_key_id(const Digest& digest) {
    constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
    const Digest again = sha256(digest.view());  // nothing of the digest itself
    std::string id;
    for (std::size_t i = 0; i < 10; ++i) id += kAlphabet[again.bytes[i] & 31U];
    return id;
}

SentApiKey read_api_key(const http::Fields& fields) {
    SentApiKey sent;
    for (const http::FieldView field : fields) {
        if (field.id != http::FieldName::x_api_key) continue;
        if (sent.state != SentApiKey::State::absent) return {SentApiKey::State::several, {}};
        sent = {SentApiKey::State::present, field.value};
    }
    if (sent.value.empty()) sent.state = SentApiKey::State::absent;
    return sent;
}

std::size_t ApiKeys::Hash::operator()(const Digest& digest) const {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.bytes.data(), sizeof hash);
    return hash;
}

Result<void> ApiKeys::add(ApiKey key) {
    if (key.id.empty()) return Error{Errc::config, "an API key has no id", {}, {}};
    if (by_digest_.size() >= kMost) return Error{Errc::limit, fmt::format("more than {} API keys", kMost), {}, {}};
    if (ids_.contains(key.id))
        return Error{Errc::config, fmt::format("API key id '{}' is there twice", key.id), {}, {}};
    if (const auto other = by_digest_.find(key.digest); other != by_digest_.end()) {
        return Error{
            Errc::config, fmt::format("API keys '{}' and '{}' are the same key", other->second.id, key.id), {}, {}};
    }
    if (is_api_key_of(key.id, key.digest)) {
        return Error{Errc::config, "the id of an API key is the key itself", "ids stand in logs", {}};
    }
    ids_.insert(key.id);
    const Digest digest = key.digest;
    by_digest_.emplace(digest, std::move(key));
    return ok();
}

const ApiKey* ApiKeys::find(std::string_view key) const {
    const Digest digest = sha256(key);
    const auto found = by_digest_.find(digest);
    if (found == by_digest_.end()) return nullptr;
    return constant_time_equal(found->first.view(), digest.view()) ? &found->second : nullptr;
}

}  // namespace gw::auth
