// Traffic as a text: what is refused says where; what is read sends requests in the order of time, within its length,
// from senders that it names, whatever becomes of them.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "libgw/policy/throttle/arrivals.h"
#include "tests/fuzz/require.h"

using namespace gw;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 512) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto traffic = throttle::parse_traffic(text);
    if (!traffic) {
        REQUIRE_THAT_IT_HOLDS(traffic.error().code == Errc::usage && traffic.error().where.has_value());
        REQUIRE_THAT_IT_HOLDS(traffic.error().where->column >= 1 && traffic.error().where->column <= size + 1);
        return 0;
    }
    std::vector<std::uint32_t> members;
    std::uint64_t clients = 0;
    for (const auto& stream : traffic->streams) {
        REQUIRE_THAT_IT_HOLDS(!stream.empty());
        for (const throttle::Shape& shape : stream) {
            members.push_back(shape.senders.count);
            if (shape.kind == throttle::Shape::Kind::clients) clients += shape.count;
        }
    }
    if (clients > 100'000) return 0;
    const Instant end = Instant(throttle::length_of(*traffic));
    Random random(size);
    throttle::Arrivals arrivals(*traffic, random);
    std::array<throttle::Arrival, 16> batch;
    Instant last;
    for (int asked = 0; asked < 1000; ++asked) {
        const std::size_t count = arrivals.next(batch);
        if (count == 0) break;
        for (std::size_t i = 0; i < count; ++i) {
            const throttle::Arrival& one = batch[i];
            REQUIRE_THAT_IT_HOLDS(one.at >= last && one.at <= end);
            REQUIRE_THAT_IT_HOLDS(one.group < members.size() && one.member < members[one.group]);
            last = one.at;
            if (arrivals.listens()) arrivals.tell(one, random.below(3) == 0);
        }
    }
    return 0;
}
