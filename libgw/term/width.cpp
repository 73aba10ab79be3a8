#include "libgw/term/width.h"

#include <algorithm>
#include <array>
#include <span>

#include "libgw/base/text.h"

namespace gw::term {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

constexpr auto kInvisible = std::to_array<Range>({
    {0x0300, 0x036f}, {0x0483, 0x0489},   {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x061c, 0x061c}, {0x064b, 0x065f},
    {0x0670, 0x0670}, {0x06d6, 0x06dc},   {0x0900, 0x0902}, {0x093c, 0x093c}, {0x0941, 0x0948}, {0x094d, 0x094d},
    {0x0e31, 0x0e31}, {0x0e34, 0x0e3a},   {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f},
    {0x202a, 0x202e}, {0x2060, 0x2064},   {0x2066, 0x2069}, {0x20d0, 0x20f0}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
    {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
});

constexpr auto kWide = std::to_array<Range>({
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x23f0, 0x23f0},
    {0x23f3, 0x23f3},   {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267f, 0x267f},
    {0x2693, 0x2693},   {0x26a1, 0x26a1},   {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},
    {0x26ce, 0x26ce},   {0x26d4, 0x26d4},   {0x26ea, 0x26ea},   {0x26f2, 0x26f3},   {0x26f5, 0x26f5},
    {0x26fa, 0x26fa},   {0x26fd, 0x26fd},   {0x2705, 0x2705},   {0x270a, 0x270b},   {0x2728, 0x2728},
    {0x274c, 0x274c},   {0x274e, 0x274e},   {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},
    {0x27b0, 0x27b0},   {0x27bf, 0x27bf},   {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2b55, 0x2b55},
    {0x2e80, 0x303e},   {0x3041, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a}, {0x1f200, 0x1f320},
    {0x1f32d, 0x1f335}, {0x1f337, 0x1f37c}, {0x1f37e, 0x1f393}, {0x1f3a0, 0x1f3ca}, {0x1f3cf, 0x1f3d3},
    {0x1f3e0, 0x1f3f0}, {0x1f3f4, 0x1f3f4}, {0x1f3f8, 0x1f43e}, {0x1f440, 0x1f440}, {0x1f442, 0x1f4fc},
    {0x1f4ff, 0x1f53d}, {0x1f54b, 0x1f54e}, {0x1f550, 0x1f567}, {0x1f57a, 0x1f57a}, {0x1f595, 0x1f596},
    {0x1f5a4, 0x1f5a4}, {0x1f5fb, 0x1f64f}, {0x1f680, 0x1f6c5}, {0x1f6cc, 0x1f6cc}, {0x1f6d0, 0x1f6d2},
    {0x1f6d5, 0x1f6d7}, {0x1f6dc, 0x1f6df}, {0x1f6eb, 0x1f6ec}, {0x1f6f4, 0x1f6fc}, {0x1f7e0, 0x1f7eb},
    {0x1f7f0, 0x1f7f0}, {0x1f90c, 0x1f93a}, {0x1f93c, 0x1f945}, {0x1f947, 0x1f9ff}, {0x1fa70, 0x1faff},
    {0x20000, 0x2fffd}, {0x30000, 0x3fffd},
});

constexpr bool ordered(std::span<const Range> ranges) {
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        if (ranges[i].first > ranges[i].last || (i > 0 && ranges[i - 1].last >= ranges[i].first)) return false;
    }
    return true;
}
static_assert(ordered(kInvisible) && ordered(kWide));

bool is_in(std::span<const Range> ranges, char32_t c) {
    const auto range = std::ranges::lower_bound(ranges, c, {}, &Range::last);
    return range != ranges.end() && range->first <= c;
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c <= 0x9f); }

bool is_bidirectional(char32_t c) {
    return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

constexpr std::string_view kEllipsis = "\xe2\x80\xa6";
constexpr std::string_view kMark = "\xef\xbf\xbd";

}  // namespace

std::size_t width_of(char32_t code_point) {
    if (is_control(code_point) || is_in(kInvisible, code_point)) return 0;
    return is_in(kWide, code_point) ? 2 : 1;
}

std::size_t display_width(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        const Utf8Character character = decode_utf8(text);
        columns += character.size == 0 ? 1 : width_of(character.code_point);
        text.remove_prefix(character.size == 0 ? 1 : character.size);
    }
    return columns;
}

std::string shorten(std::string_view text, std::size_t columns) {
    if (display_width(text) <= columns) return std::string(text);
    if (columns == 0) return {};
    std::size_t taken = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const Utf8Character character = decode_utf8(text.substr(at));
        const std::size_t width = character.size == 0 ? 1 : width_of(character.code_point);
        if (taken + width + 1 > columns) break;
        taken += width;
        at += character.size == 0 ? 1 : character.size;
    }
    return std::string(text.substr(0, at)) + std::string(kEllipsis);
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Utf8Character character = decode_utf8(text);
        const std::string_view bytes = text.substr(0, character.size == 0 ? 1 : character.size);
        text.remove_prefix(bytes.size());
        if (character.size != 0 && character.code_point == '\t') {
            out += ' ';
        } else if (character.size == 0 || is_control(character.code_point) || is_bidirectional(character.code_point)) {
            out += kMark;
        } else {
            out += bytes;
        }
    }
    return out;
}

std::string wrap(std::string_view text, std::size_t columns, std::size_t indent) {
    if (columns == 0 || display_width(text) <= columns) return std::string(text);
    std::string out;
    std::size_t column = 0;
    std::size_t gap = 0;  // spaces before the next word, kept where it stays on the line
    bool fresh = true;    // nothing on the line but its indent
    while (!text.empty()) {
        if (text.front() == ' ') {
            ++gap;
            text.remove_prefix(1);
            continue;
        }
        const std::string_view word = text.substr(0, text.find(' '));
        const std::size_t width = display_width(word);
        if (!fresh && column + gap + width > columns) {
            out.append(1, '\n').append(indent, ' ');
            column = indent;
        } else {
            out.append(gap, ' ');
            column += gap;
        }
        out += word;
        column += width;
        gap = 0;
        fresh = false;
        text.remove_prefix(word.size());
    }
    return out;
}

}  // namespace gw::term
