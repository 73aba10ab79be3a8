#pragma once
// DEFLATE (RFC 1951) of messages that share a window or do not, as RFC 7692 has it. message_deflate.cpp knows zlib.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gw {

/// Expands one message after the other; what was seen stays in the window until reset().
class MessageInflate {
  public:
    /// Takes about 7 KiB, and 32 KiB of window once something is kept in it. A smaller window is not to be had: zlib
    /// would hold a peer to it only from one call to the next, so that what is refused depended on how bytes were cut.
    MessageInflate();
    ~MessageInflate();
    MessageInflate(const MessageInflate&) = delete;
    MessageInflate& operator=(const MessageInflate&) = delete;

    struct Step {
        std::size_t taken = 0;  ///< bytes of the input
        std::size_t made = 0;   ///< bytes of the output; when the room is full there may be more: call again
        bool damaged = false;   ///< what follows is no DEFLATE: nothing but reset() is left
    };
    /// A block that says it is the last (RFC 7692 §7.2.3.5) ends nothing: another may follow.
    Step step(std::string_view in, std::span<char> room);
    /// Forgets what was seen.
    void reset();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Compresses one message after the other; what was seen stays in the window until reset().
class MessageDeflate {
  public:
    /// `bits`: 9 to 15. zlib has no window of 8 bits for this and makes 9 of it, which a peer with 8 cannot follow.
    /// `memory`: zlib's memLevel, 1 to 9. Takes 2^(bits+2) + 2^(memory+9) bytes.
    MessageDeflate(int bits, int memory);
    ~MessageDeflate();
    MessageDeflate(const MessageDeflate&) = delete;
    MessageDeflate& operator=(const MessageDeflate&) = delete;

    /// Appends a piece of a message. With the last one the output ends at a byte's end, without the 00 00 ff ff that a
    /// flush leaves there (RFC 7692 §7.2.1).
    void append(std::string_view in, bool last, std::string& out);
    /// Forgets what was seen.
    void reset();
    [[nodiscard]] int bits() const { return bits_; }

  private:
    struct State;
    std::unique_ptr<State> state_;
    int bits_;
};

}  // namespace gw
