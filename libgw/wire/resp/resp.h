#pragma once
// The protocol of Redis and Valkey (RESP 2), as a codec. hiredis reads; what it reads is bounded here.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"

namespace gw::resp {

/// What a server says.
struct Reply {
    enum class Kind : std::uint8_t { nil, integer, text, status, error, array };
    Kind kind = Kind::nil;
    std::int64_t integer = 0;
    std::string text;  ///< of text, status and error
    std::vector<Reply> items;
};

/// Appends a command: its name and arguments, any bytes.
void append_command(std::string& into, std::span<const std::string_view> parts);

/// Bytes in, replies out, however the bytes are cut. After an error nothing more comes of it.
class Decoder {
  public:
    /// Bytes of one reply, and items of one array.
    static constexpr std::size_t kMostBytes = 65536;
    static constexpr std::size_t kMostItems = 64;

    Decoder();
    ~Decoder();
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    void feed(std::string_view bytes);
    /// The next reply; none: more bytes are needed. Errc::parse: this is not the protocol; Errc::limit: a reply is too
    /// large.
    Result<std::optional<Reply>> next();

  private:
    struct Reader;
    std::unique_ptr<Reader> reader_;
};

}  // namespace gw::resp
