#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gw::term {

/// The columns that a character takes on a terminal: 2 for wide ones (East Asian, emoji), 0 for combining and invisible
/// ones and for controls, otherwise 1. By the East Asian Width of Unicode 15 (UAX #11); ambiguous characters are
/// narrow.
std::size_t width_of(char32_t code_point);

/// The columns of a text without escape sequences. A byte that is not UTF-8 takes one, as the mark that is shown for
/// it.
std::size_t display_width(std::string_view text);

/// The text when it fits, otherwise its beginning and an ellipsis ("…"), together at most `columns` wide.
std::string shorten(std::string_view text, std::size_t columns);

/// The text with control characters, bidirectional controls and bytes that are not UTF-8 replaced by U+FFFD, so that it
/// can neither move the cursor nor start an escape sequence. A tab becomes a space.
std::string printable(std::string_view text);

/// The text in lines of at most `columns`, those after the first `indent` further in, broken at spaces. A word that is
/// longer than a line stays whole. 0 columns: one line.
std::string wrap(std::string_view text, std::size_t columns, std::size_t indent);

}  // namespace gw::term
