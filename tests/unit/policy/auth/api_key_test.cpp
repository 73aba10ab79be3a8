#include "libgw/policy/auth/api_key.h"

#include <array>
#include <set>

#include "libgw/base/random.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::auth;

namespace {
constexpr std::string_view kKey = "0123456789abcdefghijABCDEFGHIJ0123456789";

ApiKey key_of(std::string id, std::string_view key) { return {std::move(id), sha256(key)}; }
}  // namespace

TEST_CASE("a new API key is forty letters and digits") {
    std::array<std::uint8_t, kApiKeyRandom> random{};
    CHECK(make_api_key(random) == std::string(40, 'A'));
    random.fill(0xff);
    CHECK(make_api_key(random) == std::string(40, '9'));
    Random dice(1);
    std::set<std::string> keys;
    std::set<char> letters;
    for (int i = 0; i < 200; ++i) {
        dice.fill(random);
        const std::string key = make_api_key(random);
        CHECK(is_api_key(key));
        CHECK(key.size() == 40);
        letters.insert(key.begin(), key.end());
        keys.insert(key);
    }
    CHECK(keys.size() == 200);
    CHECK(letters.size() == 62);
}

TEST_CASE("an API key has 20 to 128 visible characters") {
    CHECK(is_api_key(std::string(20, 'a')));
    CHECK(is_api_key(std::string(128, '~')));
    CHECK_FALSE(is_api_key(std::string(19, 'a')));
    CHECK_FALSE(is_api_key(std::string(129, 'a')));
    for (const char c : {' ', '\t', '\x7f', '\x80', ',', '"', '\0'}) CHECK_FALSE(is_api_key(std::string(20, 'a') + c));
}

TEST_CASE("the hash of an API key can be written down and compared with") {
    const std::string hash = to_api_key_hash(kKey);
    CHECK(hash.size() == 71);
    CHECK(hash.starts_with("sha256:"));
    const auto digest = parse_api_key_hash(hash);
    REQUIRE(digest);
    CHECK(*digest == sha256(kKey));
    CHECK(is_api_key_of(kKey, *digest));
    CHECK_FALSE(is_api_key_of(std::string(kKey) + "0", *digest));
    CHECK_FALSE(is_api_key_of("", *digest));
    for (std::string bad : {std::string(), hash.substr(7), "sha1:" + hash.substr(7), hash + "0", hash.substr(0, 70),
                            hash.substr(0, 69), hash.substr(0, 70) + "g", " " + hash}) {
        INFO(bad);
        REQUIRE_FALSE(parse_api_key_hash(bad));
        CHECK(parse_api_key_hash(bad).error().code == Errc::parse);
    }
}

TEST_CASE("an API key is found by itself and by nothing else") {
    ApiKeys keys;
    REQUIRE(keys.add(key_of("one", kKey)));
    REQUIRE(keys.add(key_of("two", "another-key-of-some-length")));
    CHECK(keys.size() == 2);
    REQUIRE(keys.find(kKey) != nullptr);
    CHECK(keys.find(kKey)->id == "one");
    CHECK(keys.find("") == nullptr);
    CHECK(keys.find("one") == nullptr);
    CHECK(keys.find(to_api_key_hash(kKey)) == nullptr);
    for (std::size_t i = 0; i < kKey.size(); ++i) {
        std::string other(kKey);
        other[i] = other[i] == 'x' ? 'y' : 'x';
        CHECK(keys.find(other) == nullptr);
        CHECK(keys.find(kKey.substr(0, i)) == nullptr);
    }
}

TEST_CASE("API keys differ in id and in digest, and no id is a key") {
    ApiKeys keys;
    REQUIRE(keys.add(key_of("one", kKey)));
    CHECK(keys.add(key_of("one", "something else")).error().message == "API key id 'one' is there twice");
    CHECK(keys.add(key_of("two", kKey)).error().message == "API keys 'one' and 'two' are the same key");
    CHECK(keys.add(key_of("", "x")).error().message == "an API key has no id");
    CHECK(keys.add(key_of("secret", "secret")).error().message == "the id of an API key is the key itself");
    CHECK(keys.size() == 1);
    const std::string id = make_api_key_id(sha256(kKey));
    CHECK(id.size() == 10);
    CHECK(id == make_api_key_id(sha256(kKey)));
    CHECK(id != make_api_key_id(sha256("x")));
}

TEST_CASE("a request brings one API key, none, or too many") {
    const auto state = [](std::initializer_list<std::pair<const char*, const char*>> lines) {
        static http::Fields fields;
        fields.clear();
        for (const auto& [name, value] : lines) fields.add(name, value);
        return read_api_key(fields);
    };
    using enum SentApiKey::State;
    CHECK(state({}).state == absent);
    CHECK(state({{"X-API-Key", ""}}).state == absent);
    CHECK(state({{"host", "h"}, {"X-Api-KEY", "k"}}).state == present);
    CHECK(state({{"x-api-key", "k"}}).value == "k");
    CHECK(state({{"x-api-key", "k"}, {"x-api-key", "k"}}).state == several);
    CHECK(state({{"x-api-key", ""}, {"x-api-key", "k"}}).state == several);
    CHECK(state({{"x-api-key", "k"}, {"x-api-key", "k"}}).value.empty());
}
