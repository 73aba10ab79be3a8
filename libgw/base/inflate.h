#pragma once
// gzip (RFC 1952), read piece by piece. inflate.cpp is the only file that knows zlib.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "libgw/base/result.h"

namespace gw {

/// Reads a gzip stream of any number of members, as `cat a.gz b.gz` makes them.
class Gunzip {
  public:
    Gunzip();
    ~Gunzip();
    Gunzip(const Gunzip&) = delete;
    Gunzip& operator=(const Gunzip&) = delete;
    /// Takes a prefix of `in`, appends at most `most` bytes to `out`, and tells how much it took. Errc::parse for what
    /// is no gzip, or damaged.
    Result<std::size_t> feed(std::string_view in, std::string& out, std::size_t most);
    /// Whether the input may end here: between members.
    [[nodiscard]] bool is_complete() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The first two bytes of a gzip stream.
inline bool looks_like_gzip(std::string_view text) { return text.starts_with("\x1f\x8b"); }

}  // namespace gw
