// DEFLATE of messages: any bytes expand to the same, or are damaged, however they are cut, and never into more than the
// room; and what was compressed comes back.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/message_deflate.h"
#include "tests/fuzz/require.h"

using namespace gw;

namespace {

constexpr std::size_t kMost = 10000;

struct Expanded {
    std::string text;
    bool damaged = false;
};

Expanded expand(MessageInflate& inflate, std::string_view bytes, std::size_t piece, std::size_t room_size) {
    Expanded expanded;
    std::vector<char> room(room_size);
    for (std::size_t from = 0; from < bytes.size(); from += piece) {
        std::string_view rest = bytes.substr(from, piece);
        while (true) {
            const MessageInflate::Step step = inflate.step(rest, room);
            REQUIRE_THAT_IT_HOLDS(step.taken <= rest.size() && step.made <= room.size());
            rest.remove_prefix(step.taken);
            expanded.text.append(room.data(), step.made);
            expanded.damaged = step.damaged;
            if (step.damaged || expanded.text.size() > kMost) {
                expanded.text.resize(std::min(expanded.text.size(), kMost));
                return expanded;
            }
            if (rest.empty() && step.made < room.size()) break;
            REQUIRE_THAT_IT_HOLDS(step.taken > 0 || step.made > 0);
        }
    }
    return expanded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1 || size > 8192) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const int bits = 9 + data[0] % 7;
    MessageInflate whole;
    MessageInflate cut;
    const Expanded one = expand(whole, bytes, std::max<std::size_t>(bytes.size(), 1), 65536);
    const Expanded other = expand(cut, bytes, 1 + data[0] % 13, 1 + data[0] % 200);
    REQUIRE_THAT_IT_HOLDS(one.text == other.text);
    REQUIRE_THAT_IT_HOLDS(one.damaged == other.damaged || one.text.size() == kMost);

    MessageDeflate deflate(bits, bits - 7);
    MessageInflate inflate;
    for (const std::string_view message : {bytes, bytes.substr(bytes.size() / 2), bytes}) {
        std::string compressed;
        deflate.append(message, true, compressed);
        compressed.append("\x00\x00\xff\xff", 4);
        const Expanded back = expand(inflate, compressed, 1 + data[0] % 31, 77);
        REQUIRE_THAT_IT_HOLDS(!back.damaged && back.text == message);
    }
    return 0;
}
