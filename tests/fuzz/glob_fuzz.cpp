// Globs of policies: they agree with a table that knows nothing of shortcuts, and their work stays within what glob.h
// promises. A pattern and a text, with a NUL between.

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "libgw/base/text.h"
#include "libgw/base/unicode.h"
#include "libgw/policy/iam/match/glob.h"
#include "tests/fuzz/require.h"

using gw::iam::Glob;

namespace {

// reached[j]: the pattern so far matches the first j bytes.
bool matches_by_table(std::string_view pattern, std::string_view text) {
    std::vector<bool> reached(text.size() + 1, false);
    reached[0] = true;
    for (const char c : pattern) {
        std::vector<bool> next(text.size() + 1, false);
        for (std::size_t j = 0; j <= text.size(); ++j) {
            const std::size_t size = j < text.size() ? gw::code_point_at(text, j).size : 0;
            if (c == '*') {
                next[j] = next[j] || reached[j];
                if (next[j] && size > 0) next[j + size] = true;
            } else if (reached[j] && size > 0) {
                if (c == '?') next[j + size] = true;
                if (c == text[j]) next[j + 1] = true;
            }
        }
        reached = next;
    }
    return reached[text.size()];
}

// The length of the longest part with a `?` that a `*` stands before.
std::size_t longest_floating(std::string_view pattern) {
    std::size_t longest = 0;
    const auto parts = gw::split(pattern, '*');
    for (std::size_t i = 1; i < parts.size(); ++i) {
        if (parts[i].find('?') != std::string_view::npos) longest = std::max(longest, parts[i].size());
    }
    return longest;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 4096));
    const std::size_t nul = std::min(all.find('\0'), all.size());
    const std::string_view pattern = all.substr(0, nul);
    const std::string_view text = nul < all.size() ? all.substr(nul + 1) : std::string_view{};
    if (!gw::is_utf8(pattern)) return 0;  // readers of policies let no other through
    std::size_t work = 0;
    const bool matched = Glob::wild(pattern).matches(text, &work);
    REQUIRE_THAT_IT_HOLDS(matched == matches_by_table(pattern, text));
    const std::size_t linear = 2 * (pattern.size() + text.size()) + 16;
    REQUIRE_THAT_IT_HOLDS(work <= linear + text.size() * longest_floating(pattern));
    return 0;
}
