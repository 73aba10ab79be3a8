#include "libgw/policy/cache/shelf.h"

#include "libgw/base/random.h"
#include "tests/support/cache_case.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cache;
using namespace gw::test;

namespace {

constexpr HashSeed kSeed{1, 2};

std::shared_ptr<const Stored> sized(std::size_t size) {
    return store(200, "Cache-Control: max-age=60", {}, std::string(size, 'x'));
}

std::string key_of(std::size_t i) { return "key " + std::to_string(i); }

}  // namespace

TEST_CASE("a shelf never holds more than its room", "[cache]") {
    Shelf shelf(100000, kSeed);
    Random random(7);
    for (std::size_t i = 0; i < 20000; ++i) {
        const std::string key = key_of(random() % 500);
        switch (random() % 4) {
            case 0: shelf.erase(key); break;
            case 1: (void)shelf.find(key); break;
            default: (void)shelf.put(key, sized(random() % 9000)); break;
        }
        REQUIRE(shelf.bytes() <= 100000);
    }
    shelf.clear();
    CHECK(shelf.bytes() == 0);
    CHECK(shelf.size() == 0);
}

TEST_CASE("what was put is found until it is erased", "[cache]") {
    Shelf shelf(100000, kSeed);
    CHECK(shelf.find("a") == nullptr);
    const auto answer = sized(10);
    CHECK(shelf.put("a", answer));
    const auto found = shelf.find("a");
    REQUIRE(found);
    CHECK(found->front() == answer);
    CHECK(shelf.erase("a"));
    CHECK_FALSE(shelf.erase("a"));
    CHECK(shelf.find("a") == nullptr);
    CHECK(found->front() == answer);  // who holds it keeps it
    CHECK(shelf.bytes() == 0);
}

TEST_CASE("an answer larger than the shelf is not kept, and takes the old one with it", "[cache]") {
    Shelf shelf(5000, kSeed);
    CHECK(shelf.put("a", sized(10)));
    CHECK_FALSE(shelf.put("a", sized(6000)));
    CHECK(shelf.find("a") == nullptr);
}

TEST_CASE("a scan of things asked for once does not push out what is asked for often", "[cache]") {
    Shelf shelf(1000000, kSeed);
    const auto use = [&](const std::string& key) {
        if (shelf.find(key) != nullptr) return true;
        (void)shelf.put(key, sized(1000));
        return false;
    };
    for (int round = 0; round < 5; ++round)
        for (std::size_t i = 0; i < 200; ++i) use(key_of(i));
    for (std::size_t i = 1000; i < 11000; ++i) use(key_of(i));
    std::size_t hits = 0;
    for (std::size_t i = 0; i < 200; ++i) hits += use(key_of(i)) ? 1 : 0;
    CHECK(hits >= 190);
}

TEST_CASE("variants of a key live side by side, the newest in the place of the same", "[cache]") {
    Shelf shelf(1000000, kSeed);
    const auto one = store(200, "Vary: Foo|Cache-Control: max-age=60", "Foo: 1", "one");
    const auto two = store(200, "Vary: Foo|Cache-Control: max-age=60", "Foo: 2", "two");
    const auto again = store(200, "Vary: Foo|Cache-Control: max-age=60", "Foo: 1", "again");
    for (const auto& answer : {one, two, again}) CHECK(shelf.put("a", answer));
    const auto variants = shelf.find("a");
    REQUIRE(variants);
    CHECK(variants->size() == 2);
    CHECK(select(*variants, fields_of("Foo: 1")) == again);
    CHECK(select(*variants, fields_of("Foo: 2")) == two);
    CHECK(select(*variants, fields_of("Foo: 3")) == nullptr);
    CHECK(select(*variants, fields_of("")) == nullptr);
}

TEST_CASE("no URI has more variants than its share", "[cache]") {
    Shelf shelf(10000000, kSeed);
    for (int i = 0; i < 1000; ++i)
        CHECK(shelf.put("a", store(200, "Vary: Foo|Cache-Control: max-age=60", "Foo: " + std::to_string(i))));
    const auto variants = shelf.find("a");
    REQUIRE(variants);
    CHECK(variants->size() == kMostVariants);
    CHECK(select(*variants, fields_of("Foo: 999")) != nullptr);
    CHECK(select(*variants, fields_of("Foo: 1")) == nullptr);
}
