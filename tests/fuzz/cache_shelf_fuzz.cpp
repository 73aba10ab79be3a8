// The shelf of the response cache under any order of requests: never more bytes than it may hold, and what it shows
// under a key is what was put there last.

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "libgw/policy/cache/shelf.h"
#include "tests/fuzz/require.h"

using namespace gw;

namespace {

constexpr std::size_t kCapacity = 16384;

std::shared_ptr<const cache::Stored> answer_of(std::size_t bytes, std::size_t variant) {
    auto stored = std::make_shared<cache::Stored>();
    stored->body = std::make_shared<const std::string>(bytes, 'x');
    if (variant != 0) {
        stored->selector.names = {"a"};
        stored->selector.values = "=" + std::to_string(variant) + "\n";
    }
    return stored;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cache::Shelf shelf(kCapacity, HashSeed{1, 2});
    std::map<std::string, std::map<std::string, std::shared_ptr<const cache::Stored>>> put;
    for (std::size_t i = 0; i + 2 < size; i += 3) {
        const std::string key = "key " + std::to_string(data[i + 1] % 64);
        switch (data[i] % 4) {
            case 0: {
                const auto found = shelf.find(key);
                if (found == nullptr) break;
                REQUIRE_THAT_IT_HOLDS(!found->empty() && found->size() <= cache::kMostVariants);
                for (const auto& stored : *found) REQUIRE_THAT_IT_HOLDS(put[key][stored->selector.values] == stored);
                break;
            }
            case 1:
            case 2: {
                const auto answer = answer_of(std::size_t{data[i + 2]} * 80, data[i] / 4 % 4);
                const bool kept = shelf.put(key, answer);
                put[key][answer->selector.values] = answer;
                const auto found = shelf.find(key);
                REQUIRE_THAT_IT_HOLDS(kept == (found != nullptr));
                REQUIRE_THAT_IT_HOLDS(!kept || found->front() == answer);
                break;
            }
            default:
                (void)shelf.erase(key);
                REQUIRE_THAT_IT_HOLDS(shelf.find(key) == nullptr);
                break;
        }
        REQUIRE_THAT_IT_HOLDS(shelf.bytes() <= kCapacity && shelf.size() <= 64);
        REQUIRE_THAT_IT_HOLDS((shelf.size() == 0) == (shelf.bytes() == 0));
    }
    shelf.clear();
    REQUIRE_THAT_IT_HOLDS(shelf.bytes() == 0 && shelf.size() == 0);
    return 0;
}
