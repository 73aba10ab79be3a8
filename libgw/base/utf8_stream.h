#pragma once
// UTF-8 that comes in pieces, judged while it comes.

#include <cstdint>
#include <string_view>

namespace gw {

/// Validates strictly (RFC 3629), and says no at the first byte after which nothing could make it UTF-8 any more.
class Utf8Stream {
  public:
    /// False from the first wrong byte on. Requires: it has not said no before; see reset().
    [[nodiscard]] bool feed(std::string_view bytes);
    /// The text may end here: no character has begun that has not ended.
    [[nodiscard]] bool is_complete() const { return needed_ == 0; }
    void reset() { *this = {}; }

  private:
    bool step(unsigned char byte);

    std::uint8_t needed_ = 0;  // bytes of the character that are to come
    std::uint8_t low_ = 0x80;  // what the next of them may be
    std::uint8_t high_ = 0xbf;
};

}  // namespace gw
