#pragma once
// Messages to bytes. The only place where field bytes are written, so the only place that has to check them.

#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/wire/http/message.h"

namespace gw::http {

/// Writes a head into a string, appending. A name or value that may not be on the wire poisons the writer:
/// `ok()` is false, and the caller must drop what was written and answer 500 or 502.
class HeadWriter {
  public:
    explicit HeadWriter(std::string& out) : out_(out) {}

    /// Requires: `method` a token and `target` visible ASCII; checked, poisons.
    void request_line(std::string_view method, std::string_view target);
    /// Same with the target in two parts, path and "?query" (either may be empty).
    void request_line(std::string_view method, std::string_view path, std::string_view query);
    /// "HTTP/1.1 204 No Content"; the reason phrase is ours (status.h).
    void status_line(std::uint16_t status);

    /// Checked name and value. Content-Length and Transfer-Encoding poison here and in copied(): they have their own.
    void field(std::string_view name, std::string_view value);
    void field(FieldName id, std::string_view value);
    /// A field that came from our own decoder, whose grammar it has passed: copied with a scan of the value for
    /// CR, LF and NUL only.
    void copied(const FieldView& field);
    void field(std::string_view name, std::uint64_t value);

    /// At most one of these, once: how the body that follows is framed. At most 2^63-1 bytes.
    void content_length(std::uint64_t length);
    void chunked();

    /// The empty line. Returns ok().
    [[nodiscard]] bool end();
    [[nodiscard]] bool ok() const { return ok_; }

  private:
    std::string& out_;
    bool ok_ = true;
    bool framed_ = false;
};

/// "1a2b\r\n" for a chunk of this size (> 0), at most 18 bytes; the data and "\r\n" follow.
std::string_view chunk_prefix(std::uint64_t size, char (&buffer)[20]);
inline constexpr std::string_view kChunkSuffix = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace gw::http
