#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace gw::telemetry {

/// Bytes from one thread to another, without locks. One thread pushes, one takes.
class Ring {
  public:
    /// Requires: `capacity` is a power of two.
    explicit Ring(std::size_t capacity) : bytes_(new char[capacity]), mask_(capacity - 1) {}

    /// All of the text, or false when there is no room for all of it. The pushing thread.
    bool push(std::string_view text) {
        const std::size_t head = head_.load(std::memory_order_relaxed);
        if (text.size() > capacity() - (head - tail_.load(std::memory_order_acquire))) return false;
        const std::size_t at = head & mask_;
        const std::size_t first = std::min(text.size(), capacity() - at);
        std::memcpy(bytes_.get() + at, text.data(), first);
        std::memcpy(bytes_.get(), text.data() + first, text.size() - first);
        head_.store(head + text.size());
        return true;
    }
    /// What has been pushed and not yet taken: one part, or two where it wraps. The taking thread.
    [[nodiscard]] std::pair<std::string_view, std::string_view> peek() const {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        const std::size_t size = head_.load(std::memory_order_acquire) - tail;
        const std::size_t at = tail & mask_;
        const std::size_t first = std::min(size, capacity() - at);
        return {{bytes_.get() + at, first}, {bytes_.get(), size - first}};
    }
    /// Gives the room of the first `size` bytes back. Requires: peek() showed as many.
    void take(std::size_t size) {
        tail_.store(tail_.load(std::memory_order_relaxed) + size, std::memory_order_release);
    }

    /// Sequentially consistent with push(): who pushes and then reads a flag, and who sets the flag and then asks for
    /// the size, do not both miss each other.
    [[nodiscard]] std::size_t size() const {
        const std::size_t tail = tail_.load(std::memory_order_acquire);
        return head_.load() - tail;
    }
    [[nodiscard]] std::size_t capacity() const { return mask_ + 1; }

  private:
    std::unique_ptr<char[]> bytes_;
    std::size_t mask_;
    alignas(64) std::atomic<std::size_t> head_{0};
    alignas(64) std::atomic<std::size_t> tail_{0};
};

}  // namespace gw::telemetry
