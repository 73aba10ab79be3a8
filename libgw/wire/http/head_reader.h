#pragma once
// The lines of a head, start line and fields, as they come in.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "libgw/wire/http/field_set.h"
#include "libgw/wire/http/fields.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/limits.h"
#include "libgw/wire/http/refused.h"

namespace gw::http {

/// Collects a head in a Fields block, line by line, and judges every line when it is complete. Both decoders use it.
/// The same bytes give the same answer however they were cut: a byte that no line may hold is looked for as it comes,
/// and before anything else is said about its line.
class HeadReader {
  public:
    enum class Progress : std::uint8_t { more, complete, failed };

    /// Before each head. Requires: the Fields given to read() are empty then.
    void start() { *this = HeadReader(); }
    /// Takes bytes, `taken` of them, into `fields`. At each start line `on_start_line(line, at)` is asked, once: the
    /// line without CRLF and where it stands in the block; it returns a Refused, empty when the line is good. What is
    /// kept never exceeds limits.head and the two bytes of the empty line.
    template <class OnStartLine>
    Progress read(std::string_view bytes, std::size_t& taken, Fields& fields, const Limits& limits,
                  OnStartLine&& on_start_line);

    [[nodiscard]] Refused refused() const { return refused_; }
    /// The known fields that came, and those that came more than once.
    [[nodiscard]] const FieldSet& seen() const { return seen_; }
    [[nodiscard]] const FieldSet& repeated() const { return repeated_; }
    /// Some name holds a '_'.
    [[nodiscard]] bool underscores() const { return underscores_; }

  private:
    // How long the line that starts at line_at_ may be, without CRLF.
    [[nodiscard]] std::size_t room(const Limits& limits) const;
    // An unfinished line, its bytes from `from` on not looked at yet. Sets refused_.
    bool is_bearable(std::string_view line, std::size_t from, const Limits& limits);
    // Says why a line is refused when it holds a byte that no line may hold or is too long, else `otherwise`.
    bool refuse(std::string_view line, const Limits& limits, Refused otherwise);
    // A field line without CRLF, which stands at `at` in the block.
    bool take_field(std::string_view line, std::size_t at, Fields& fields, const Limits& limits);

    std::uint32_t line_at_ = 0;
    bool start_line_ = true;
    bool underscores_ = false;
    FieldSet seen_;
    FieldSet repeated_;
    Refused refused_{};
};

template <class OnStartLine>
HeadReader::Progress HeadReader::read(std::string_view bytes, std::size_t& taken, Fields& fields, const Limits& limits,
                                      OnStartLine&& on_start_line) {
    std::string& block = fields.block();
    // Judges a line that is complete, its LF included. True when the head goes on.
    const auto take = [&](std::string_view line, std::size_t at) {
        const std::size_t size = line.size() >= 2 && line[line.size() - 2] == '\r' ? line.size() - 2 : line.size();
        if (size == line.size() || size > room(limits)) return refuse(line, limits, {400, "line.bare_lf"});
        const std::string_view content = line.substr(0, size);
        if (start_line_) {
            const Refused verdict = on_start_line(content, at);
            if (verdict) return refuse(line, limits, verdict);
            start_line_ = false;
            if (fields.entries().capacity() == 0) fields.entries().reserve(16);
            return true;
        }
        return take_field(content, at, fields, limits);
    };
    const auto is_blank = [&](std::string_view line) { return !start_line_ && line == "\r\n"; };

    taken = 0;
    if (const std::size_t kept = block.size() - line_at_; kept > 0) {  // the rest of an unfinished line
        const std::string_view window = bytes.substr(0, room(limits) + 2 - kept);
        const std::size_t lf = window.find('\n');
        taken = lf == std::string_view::npos ? window.size() : lf + 1;
        block.append(window.substr(0, taken));
        const std::string_view line = std::string_view(block).substr(line_at_);
        if (lf == std::string_view::npos) {
            return is_bearable(line, kept, limits) ? Progress::more : Progress::failed;
        }
        if (is_blank(line)) return Progress::complete;
        if (!take(line, line_at_)) return Progress::failed;
        line_at_ = static_cast<std::uint32_t>(block.size());
    }
    // Whole lines are judged where they are; the block takes them in one piece.
    const std::size_t base = block.size() - taken;
    const std::size_t from = taken;
    while (taken < bytes.size()) {
        const std::string_view window = bytes.substr(taken, room(limits) + 2);
        const auto* lf = static_cast<const char*>(std::memchr(window.data(), '\n', window.size()));
        const std::size_t size = lf == nullptr ? window.size() : static_cast<std::size_t>(lf - window.data()) + 1;
        const std::string_view line = window.substr(0, size);
        taken += size;
        if (lf == nullptr) {
            block.append(bytes.substr(from, taken - from));
            return is_bearable(line, 0, limits) ? Progress::more : Progress::failed;
        }
        const bool blank = is_blank(line);
        if (blank || !take(line, line_at_)) {
            block.append(bytes.substr(from, taken - from));
            return blank ? Progress::complete : Progress::failed;
        }
        line_at_ = static_cast<std::uint32_t>(base + taken);
    }
    block.append(bytes.substr(from, taken - from));
    return Progress::more;
}

}  // namespace gw::http
