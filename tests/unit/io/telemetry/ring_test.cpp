#include "libgw/io/telemetry/ring.h"

#include <memory>
#include <string>
#include <thread>

#include "tests/support/catch.h"

using gw::telemetry::Ring;

// Rings are made on the heap: g++ 12 does not align a stack under AddressSanitizer to cache lines.

TEST_CASE("a ring gives back what was put in, around its end too", "[io][ring]") {
    const auto made = std::make_unique<Ring>(16);
    Ring& ring = *made;
    CHECK(ring.push("0123456789"));
    CHECK_FALSE(ring.push("1234567"));
    CHECK(ring.size() == 10);
    ring.take(8);
    CHECK(ring.push("abcdefghijklmn"));
    CHECK_FALSE(ring.push("x"));
    CHECK(ring.size() == 16);
    const auto [first, second] = ring.peek();
    CHECK(std::string(first) + std::string(second) == "89abcdefghijklmn");
    CHECK_FALSE(second.empty());
    ring.take(16);
    CHECK(ring.peek().first.empty());
    CHECK(ring.push(""));
}

TEST_CASE("two threads pass every byte in its order", "[io][ring]") {
    const auto made = std::make_unique<Ring>(64);
    Ring& ring = *made;
    std::string expected;
    for (int i = 0; i < 20000; ++i) expected += std::to_string(i) + ",";
    std::thread pusher([&] {
        for (int i = 0; i < 20000; ++i) {
            const std::string text = std::to_string(i) + ",";
            while (!ring.push(text)) std::this_thread::yield();
        }
    });
    std::string received;
    while (received.size() < expected.size()) {
        const auto [first, second] = ring.peek();
        received.append(first).append(second);
        ring.take(first.size() + second.size());
        if (first.empty()) std::this_thread::yield();
    }
    pusher.join();
    CHECK(received == expected);
}
