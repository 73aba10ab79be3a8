#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gw::term {

/// `--color=auto|always|never`
enum class ColourChoice : std::uint8_t { automatic, always, never };
/// Nothing for any other word.
std::optional<ColourChoice> parse_colour_choice(std::string_view text);

/// Whether to colour. What was asked for wins; then NO_COLOR, when it is set to anything but nothing (no-color.org);
/// then whether it is a terminal that knows colours (TERM is set and not "dumb"). `no_color` and `term` are the
/// variables' values, if set.
bool use_colour(ColourChoice choice, bool is_terminal, std::optional<std::string_view> no_color,
                std::optional<std::string_view> term);

enum class Paint : std::uint8_t { plain, bold, dim, red, green, yellow, cyan };

/// Puts colour around text, or does not. What is told by colour must also be told by words.
class Style {
  public:
    /// Without colour.
    Style() = default;
    explicit Style(bool colour) : colour_(colour) {}
    [[nodiscard]] bool colour() const { return colour_; }
    /// The text, painted when there is colour. Empty text stays empty.
    [[nodiscard]] std::string paint(Paint paint, std::string_view text) const;
    [[nodiscard]] std::string bold(std::string_view text) const { return paint(Paint::bold, text); }
    [[nodiscard]] std::string dim(std::string_view text) const { return paint(Paint::dim, text); }

  private:
    bool colour_ = false;
};

/// Green for 2xx, cyan for 3xx, yellow for 4xx, red for 5xx.
Paint paint_of_status(int status);

}  // namespace gw::term
