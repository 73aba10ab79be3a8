#include "libgw/policy/balance/choose.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::balance;
using namespace std::chrono_literals;

namespace {

std::vector<std::uint64_t> identities_of(std::size_t count) {
    std::vector<std::uint64_t> identities;
    for (std::size_t i = 0; i < count; ++i) identities.push_back(hash_of("10.0.0." + std::to_string(i) + ":80"));
    return identities;
}

std::vector<std::size_t> owners(std::span<const std::uint64_t> identities, std::span<const std::uint32_t> weights,
                                std::size_t keys) {
    std::vector<std::size_t> owners;
    for (std::size_t key = 0; key < keys; ++key) {
        owners.push_back(choose_by_hash(identities, weights, hash_of("key" + std::to_string(key))).value());
    }
    return owners;
}

}  // namespace

TEST_CASE("round robin spreads 5:1:1 as nginx does") {
    std::vector<std::int64_t> current(3);
    const std::vector<std::uint32_t> weights{5, 1, 1};
    std::string order;
    for (int i = 0; i < 14; ++i) order += static_cast<char>('a' + *choose_round_robin(current, weights));
    REQUIRE(order == "aabacaaaabacaa");
}

TEST_CASE("round robin gives each target exactly its share in every full round") {
    std::uint64_t seed = 1;
    for (int round = 0; round < 50; ++round) {
        std::vector<std::uint32_t> weights;
        std::uint32_t total = 0;
        for (int i = 0; i < 1 + round % 9; ++i) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            weights.push_back(static_cast<std::uint32_t>(seed >> 60U));
            total += weights.back();
        }
        std::vector<std::int64_t> current(weights.size());
        std::vector<std::uint32_t> chosen(weights.size());
        for (std::uint32_t i = 0; i < 3 * total; ++i) ++chosen[choose_round_robin(current, weights).value()];
        for (std::size_t i = 0; i < weights.size(); ++i) REQUIRE(chosen[i] == 3 * weights[i]);
    }
}

TEST_CASE("no chooser finds a target among weights of 0") {
    std::vector<std::int64_t> current(2);
    std::vector<std::uint32_t> weights{0, 0};
    const std::vector<std::uint32_t> outstanding{0, 0};
    REQUIRE_FALSE(choose_round_robin(current, weights));
    REQUIRE_FALSE(choose_least_outstanding(current, outstanding, weights));
    REQUIRE_FALSE(choose_by_hash(identities_of(2), weights, 7));
    REQUIRE_FALSE(choose_round_robin({}, {}));
}

TEST_CASE("the least outstanding target for its weight is chosen") {
    const auto choose = [](std::vector<std::uint32_t> outstanding, std::vector<std::uint32_t> weights) {
        std::vector<std::int64_t> current(weights.size());
        return choose_least_outstanding(current, outstanding, weights).value();
    };
    REQUIRE(choose({3, 2, 4}, {1, 1, 1}) == 1);
    REQUIRE(choose({3, 2, 4}, {10, 1, 1}) == 0);
    REQUIRE(choose({0, 2, 4}, {0, 1, 1}) == 1);
    REQUIRE(choose({4000000000, 3999999999}, {65535 * 1024U, 65535 * 1024U}) == 1);
}

TEST_CASE("targets with equally little to do take turns by weight") {
    std::vector<std::int64_t> current(3);
    const std::vector<std::uint32_t> outstanding(3);
    std::vector<int> chosen(3);
    for (int i = 0; i < 80; ++i) {
        std::vector<std::uint32_t> weights{5, 2, 1};
        ++chosen[choose_least_outstanding(current, outstanding, weights).value()];
    }
    REQUIRE(chosen == std::vector<int>{50, 20, 10});
}

TEST_CASE("least outstanding keeps a slow target no fuller than the others") {
    std::vector<std::int64_t> current(3);
    std::vector<std::uint32_t> outstanding(3);
    const std::vector<int> service{1, 1, 8};
    std::vector<int> served(3);
    for (int tick = 0; tick < 4000; ++tick) {
        std::vector<std::uint32_t> weights{1, 1, 1};
        const std::size_t target = choose_least_outstanding(current, outstanding, weights).value();
        ++outstanding[target];
        ++served[target];
        for (std::size_t i = 0; i < 3; ++i) {
            if (outstanding[i] > 0 && tick % service[i] == 0) --outstanding[i];
        }
        REQUIRE(*std::max_element(outstanding.begin(), outstanding.end()) <= 2);
    }
    REQUIRE(served[2] < served[0] / 2);
}

TEST_CASE("hashing gives a key the same target every time and spreads keys by weight") {
    const auto identities = identities_of(4);
    const std::vector<std::uint32_t> equal{7, 7, 7, 7};
    const std::vector<std::uint32_t> weights{1, 2, 3, 4};
    REQUIRE(owners(identities, equal, 1000) == owners(identities, equal, 1000));
    std::vector<int> shares(4);
    for (const std::size_t owner : owners(identities, weights, 20000)) ++shares[owner];
    for (std::size_t i = 0; i < 4; ++i) {
        REQUIRE(std::abs(shares[i] - static_cast<int>(weights[i]) * 2000) < 300);
    }
    std::vector<int> even(4);
    for (const std::size_t owner : owners(identities, equal, 20000)) ++even[owner];
    for (const int share : even) REQUIRE(std::abs(share - 5000) < 300);
}

TEST_CASE("a tenth target takes a tenth of the keys and moves no other") {
    const auto ten = identities_of(10);
    const std::vector<std::uint32_t> weights(10, 3);
    const auto before = owners(std::span(ten).first(9), std::span(weights).first(9), 20000);
    const auto after = owners(ten, weights, 20000);
    int moved = 0;
    for (std::size_t key = 0; key < before.size(); ++key) {
        if (before[key] == after[key]) continue;
        REQUIRE(after[key] == 9);
        ++moved;
    }
    REQUIRE(std::abs(moved - 2000) < 200);
}

TEST_CASE("a target that is left out gives its keys to all others evenly, and gets the same ones back") {
    const auto identities = identities_of(5);
    const std::vector<std::uint32_t> all(5, 1);
    const std::vector<std::uint32_t> without{1, 1, 0, 1, 1};
    const auto before = owners(identities, all, 20000);
    const auto after = owners(identities, without, 20000);
    std::vector<int> gained(5);
    for (std::size_t key = 0; key < before.size(); ++key) {
        if (before[key] == 2) {
            ++gained[after[key]];
        } else {
            REQUIRE(after[key] == before[key]);
        }
    }
    REQUIRE(gained[2] == 0);
    for (const std::size_t i : {0U, 1U, 3U, 4U}) REQUIRE(std::abs(gained[i] - 1000) < 200);
}

TEST_CASE("a growing weight only ever gains keys") {
    const auto identities = identities_of(3);
    auto before = owners(identities, std::vector<std::uint32_t>{100, 1024, 1024}, 3000);
    for (const std::uint32_t weight : {300U, 600U, 1024U}) {
        const auto after = owners(identities, std::vector<std::uint32_t>{weight, 1024, 1024}, 3000);
        for (std::size_t key = 0; key < before.size(); ++key) {
            if (after[key] != before[key]) REQUIRE(after[key] == 0);
        }
        REQUIRE(after != before);
        before = after;
    }
}

TEST_CASE("the place of a target in the list does not matter to its keys") {
    auto identities = identities_of(4);
    const std::vector<std::uint32_t> weights(4, 1);
    const auto before = owners(identities, weights, 500);
    std::reverse(identities.begin(), identities.end());
    const auto after = owners(identities, weights, 500);
    for (std::size_t key = 0; key < before.size(); ++key) REQUIRE(after[key] == 3 - before[key]);
}

TEST_CASE("a slow start grows a weight from a tenth to all of it") {
    REQUIRE(grown_weight(1, 0s, 0s) == kWeightScale);
    REQUIRE(grown_weight(10, 0s, 30s) == 10 * kSlowStartFloor);
    REQUIRE(grown_weight(10, -5s, 30s) == 10 * kSlowStartFloor);
    REQUIRE(grown_weight(10, 15s, 30s) == 5 * (kSlowStartFloor + kWeightScale));
    REQUIRE(grown_weight(10, 30s, 30s) == 10 * kWeightScale);
    REQUIRE(grown_weight(kMaxWeight, Nanoseconds::max(), 30s) == kMaxWeight * kWeightScale);
    REQUIRE(grown_weight(0, 15s, 30s) == 0);
    std::uint32_t before = 0;
    for (Nanoseconds age = 0s; age < 40s; age += 100ms) {
        const std::uint32_t weight = grown_weight(3, age, 30s);
        REQUIRE(weight >= before);
        REQUIRE(weight > 0);
        before = weight;
    }
}

TEST_CASE("hashes of names are the same on every machine") {
    REQUIRE(hash_of("") == hash_of(std::string_view()));
    REQUIRE(hash_of("a") != hash_of("b"));
    REQUIRE(hash_of(std::string_view("a\0b", 3)) != hash_of(std::string_view("a\0c", 3)));
    REQUIRE(hash_of("10.0.0.1:80") == 0xdbbc907f21531a73U);
}
