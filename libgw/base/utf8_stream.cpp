#include "libgw/base/utf8_stream.h"

#include "libgw/base/text.h"

namespace gw {

bool Utf8Stream::step(unsigned char byte) {
    if (needed_ > 0) {
        if (byte < low_ || byte > high_) return false;
        low_ = 0x80;
        high_ = 0xbf;
        --needed_;
        return true;
    }
    if (byte < 0x80) return true;
    if (byte < 0xc2 || byte > 0xf4) return false;
    needed_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    // what would be overlong, a surrogate or above U+10FFFF shows in the second byte (RFC 3629 §4)
    if (byte == 0xe0) low_ = 0xa0;
    if (byte == 0xed) high_ = 0x9f;
    if (byte == 0xf0) low_ = 0x90;
    if (byte == 0xf4) high_ = 0x8f;
    return true;
}

bool Utf8Stream::feed(std::string_view bytes) {
    for (; needed_ > 0 && !bytes.empty(); bytes.remove_prefix(1))
        if (!step(static_cast<unsigned char>(bytes.front()))) return false;
    bytes.remove_prefix(valid_utf8_prefix(bytes));
    for (const char c : bytes)
        if (!step(static_cast<unsigned char>(c))) return false;
    return true;
}

}  // namespace gw
