#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"

namespace gw {

/// A regular expression in RE2's syntax: time linear in the text, no back-references, no look-around. Immutable; may be
/// used by several threads at once. Patterns and texts are UTF-8; a byte that is not UTF-8 matches nothing.
class Pattern {
  public:
    /// At most this much for the compiled program and its caches.
    static constexpr std::size_t kMaxMemory = 1U << 20U;
    /// Longer patterns are refused before RE2 sees them.
    static constexpr std::size_t kMaxText = 16U << 10U;

    /// Errc::parse when it is not a regular expression, Errc::limit when it needs more than its share of memory.
    static Result<Pattern> compile(std::string_view text);

    Pattern(Pattern&&) noexcept;
    Pattern& operator=(Pattern&&) noexcept;
    ~Pattern();

    [[nodiscard]] std::string_view text() const;
    /// The number of groups in parentheses.
    [[nodiscard]] std::size_t groups() const;
    /// True when the whole text matches.
    [[nodiscard]] bool full_match(std::string_view subject) const;
    /// True when some part of the text matches; `^` and `$` mean its ends.
    [[nodiscard]] bool partial_match(std::string_view subject) const;
    /// Whole match, and into `out` what each group matched: views into `subject`, empty for a group that took no part.
    /// False leaves `out` empty.
    bool captures(std::string_view subject, std::vector<std::string_view>& out) const;

  private:
    struct Program;
    explicit Pattern(std::unique_ptr<const Program> program);
    std::unique_ptr<const Program> program_;
};

}  // namespace gw
