#pragma once
// The body of a request that is held whole, in pieces, so that it takes the memory that it fills and no more.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/crypto.h"

namespace gw::gateway {

/// What is known of a body once it is here.
struct CollectedBody {
    std::uint64_t size = 0;
    Digest digest;  ///< SHA-256
};

class HeldBody {
  public:
    /// A piece has from the first to the second of these, as many bytes as are held already.
    static constexpr std::size_t kSmallestPiece = 4096;
    static constexpr std::size_t kLargestPiece = 65536;

    /// Bytes of the next piece. Requires: needs_piece().
    [[nodiscard]] std::size_t next_piece() const;
    /// Nothing more fits into what is there.
    [[nodiscard]] bool needs_piece() const;
    /// Makes room for next_piece() bytes.
    void add_piece();
    /// Keeps the first bytes of `bytes` that fit, and removes them from it. Their digest is taken as they come.
    void fill(std::string_view& bytes);
    /// Size and digest of what was filled. Once.
    CollectedBody finish();
    [[nodiscard]] std::span<const std::string> pieces() const { return pieces_; }
    /// Gives all memory back.
    void clear();

  private:
    std::vector<std::string> pieces_;  // each with its whole capacity from the start
    std::optional<Sha256> digest_;
    std::size_t capacity_ = 0;
    std::size_t room_ = 0;  // in the last piece
};

}  // namespace gw::gateway
