#pragma once
// What is to leave on a stream. Pieces are gathered while an event is handled and leave together in one writev;
// what the socket does not take is kept in a buffer borrowed from the loop.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/uio.h>

#include "libgw/io/net/stream.h"

namespace gw::net {

/// Above this many waiting bytes a source should pause; below the second it should go on.
inline constexpr std::size_t kHighWater = 65536;
inline constexpr std::size_t kLowWater = 16384;

class Outbox {
  public:
    explicit Outbox(Loop& loop) : loop_(loop) {}
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    /// Text to append to, part of the message from here on; valid until the next call of another member.
    std::string& text();
    /// Bytes that live until flush(); not copied unless the socket does not take them.
    void refer(std::string_view bytes);
    /// Copied.
    void copy(std::string_view bytes);

    enum class State : std::uint8_t { empty, waiting, broken };
    /// Writes as much as the stream takes. `waiting`: the rest waits; call again when the stream is writable.
    State flush(Stream& stream);
    /// Bytes that flush() left, and those not flushed yet.
    [[nodiscard]] std::size_t waiting() const {
        return pending_.size() - sent_ + gathered_ + (text_open_ ? text_.size() - text_from_ : 0);
    }
    /// Only what an earlier flush() left.
    [[nodiscard]] std::size_t held() const { return pending_.size() - sent_; }
    [[nodiscard]] bool empty() const { return waiting() == 0; }
    /// Bytes that the stream took, in all.
    [[nodiscard]] std::uint64_t sent_total() const { return total_; }
    /// errno of the write that broke.
    [[nodiscard]] int broken() const { return error_; }
    void clear();

  private:
    struct Part {
        const char* base;  // null: an offset into text_
        std::size_t at;
        std::size_t size;
    };
    static constexpr std::size_t kParts = 16;
    void close_text();
    void hold(std::string_view bytes);
    void settle();
    [[nodiscard]] iovec vector_of(const Part& part) const;
    [[nodiscard]] IoResult write_parts(Stream& stream) const;

    Loop& loop_;
    std::string text_;     // borrowed while gathering
    std::string pending_;  // borrowed while something waits
    std::array<Part, kParts> parts_;
    std::size_t sent_ = 0;
    std::size_t gathered_ = 0;
    std::size_t text_from_ = 0;
    std::uint64_t total_ = 0;
    int error_ = 0;
    std::uint8_t count_ = 0;
    bool text_open_ = false;
    bool text_borrowed_ = false;
    bool pending_borrowed_ = false;
};

}  // namespace gw::net
