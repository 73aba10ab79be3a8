#pragma once
// Patterns of policies: `*` is any text, `?` is one character, everything else is itself.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gw::iam {

/// A compiled pattern. Immutable; may be used by several threads at once. Case counts. A character is a code point of
/// UTF-8, or a single byte where the text is not UTF-8.
/// Invariant: the work for a text of n bytes and a pattern of m bytes is at most about 2(n + m) steps, unless a part
/// between two `*` has a `?` in it: then n times the length of the longest such part. No recursion.
class Glob {
  public:
    /// A byte (0 to 255), or one of the wildcards.
    using Item = char16_t;
    static constexpr Item kAny = 0x100;
    static constexpr Item kOne = 0x101;

    /// Matches only the empty text.
    Glob() : Glob(std::u16string_view{}) {}
    explicit Glob(std::u16string_view items);
    /// `*` and `?` are wildcards.
    static Glob wild(std::string_view text);

    /// Whether the whole text matches. Nothing in `text` is a wildcard. Adds the steps that it took to `work`.
    [[nodiscard]] bool matches(std::string_view text, std::size_t* work = nullptr) const;
    /// Matches any text at all.
    [[nodiscard]] bool is_any() const { return runs_.size() == 2 && runs_[0].size() == 0 && runs_[1].size() == 0; }

  private:
    // What stands between two `*`.
    struct Run {
        std::string bytes;                   // when there is no `?` in it
        std::u16string items;                // when there is
        std::vector<std::uint32_t> borders;  // of bytes: for each prefix the longest proper border
        [[nodiscard]] std::size_t size() const { return bytes.size() + items.size(); }
    };
    static std::optional<std::size_t> end_of(const Run& run, std::string_view text, std::size_t from,
                                             std::size_t& work);
    static std::optional<std::size_t> find(const Run& run, std::string_view text, std::size_t from, std::size_t& work);
    static bool ends_with(const Run& run, std::string_view text, std::size_t from, std::size_t& work);

    std::vector<Run> runs_;  // at least one; the first begins the text and the last ends it
};

}  // namespace gw::iam
