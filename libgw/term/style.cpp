#include "libgw/term/style.h"

namespace gw::term {

std::optional<ColourChoice> parse_colour_choice(std::string_view text) {
    if (text == "auto") return ColourChoice::automatic;
    if (text == "always") return ColourChoice::always;
    if (text == "never") return ColourChoice::never;
    return std::nullopt;
}

bool use_colour(ColourChoice choice, bool is_terminal, std::optional<std::string_view> no_color,
                std::optional<std::string_view> term) {
    if (choice != ColourChoice::automatic) return choice == ColourChoice::always;
    if (no_color && !no_color->empty()) return false;
    return is_terminal && term && !term->empty() && *term != "dumb";
}

namespace {
std::string_view code_of(Paint paint) {
    switch (paint) {
        case Paint::plain: break;
        case Paint::bold: return "\x1b[1m";
        case Paint::dim: return "\x1b[2m";
        case Paint::red: return "\x1b[31m";
        case Paint::green: return "\x1b[32m";
        case Paint::yellow: return "\x1b[33m";
        case Paint::cyan: return "\x1b[36m";
    }
    return {};
}
}  // namespace

std::string Style::paint(Paint paint, std::string_view text) const {
    const std::string_view code = code_of(paint);
    if (!colour_ || code.empty() || text.empty()) return std::string(text);
    std::string out(code);
    out += text;
    out += "\x1b[0m";
    return out;
}

Paint paint_of_status(int status) {
    if (status >= 500) return Paint::red;
    if (status >= 400) return Paint::yellow;
    if (status >= 300) return Paint::cyan;
    if (status >= 200) return Paint::green;
    return Paint::plain;
}

}  // namespace gw::term
