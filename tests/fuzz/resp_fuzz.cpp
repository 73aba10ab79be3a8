// Replies of Redis: they are the same however the bytes are cut, what is read is what is written again, and nothing is
// larger than it may be.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/wire/resp/resp.h"
#include "tests/fuzz/require.h"

using namespace gw;
using resp::Decoder;
using resp::Reply;

namespace {

struct Read {
    std::string text;  ///< of all replies, written again
    std::size_t replies = 0;
    std::optional<Errc> error;
    friend bool operator==(const Read&, const Read&) = default;
};

void write(std::string& into, const Reply& reply) {
    const std::string length = std::to_string(reply.text.size());
    switch (reply.kind) {
        case Reply::Kind::nil: into += "$-1\r\n"; break;
        case Reply::Kind::integer: into += ":" + std::to_string(reply.integer) + "\r\n"; break;
        case Reply::Kind::text: into += "$" + length + "\r\n" + reply.text + "\r\n"; break;
        case Reply::Kind::status: into += "+" + reply.text + "\r\n"; break;
        case Reply::Kind::error: into += "-" + reply.text + "\r\n"; break;
        case Reply::Kind::array:
            REQUIRE_THAT_IT_HOLDS(reply.items.size() <= Decoder::kMostItems);
            into += "*" + std::to_string(reply.items.size()) + "\r\n";
            for (const Reply& item : reply.items) write(into, item);
            break;
    }
}

Read read(std::string_view bytes, std::size_t piece) {
    Decoder decoder;
    Read all;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        decoder.feed(bytes.substr(at, piece));
        while (true) {
            auto next = decoder.next();
            if (!next) {
                all.error = next.error().code;
                decoder.feed("+OK\r\n");
                REQUIRE_THAT_IT_HOLDS(!decoder.next());
                return all;
            }
            if (!*next) break;
            ++all.replies;
            write(all.text, **next);
        }
    }
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 4096) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const Read whole = read(bytes, bytes.size() + 1);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
        const Read cut = read(bytes, piece);
        REQUIRE_THAT_IT_HOLDS(cut == whole);
    }
    const Read again = read(whole.text, 5);
    REQUIRE_THAT_IT_HOLDS(again.replies == whole.replies && again.text == whole.text && !again.error);
    return 0;
}
