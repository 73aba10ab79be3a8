#include "apps/gw-token/output.h"

#include <ostream>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/term/width.h"

namespace gw::token {
namespace {

/// Requires: JSON, in which such characters only stand in strings.
std::string escape(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    while (!json.empty()) {
        const Utf8Character character = decode_utf8(json);
        const std::size_t size = character.size == 0 ? 1 : character.size;
        const std::string_view text = json.substr(0, size);
        if (character.code_point < 0x80 || character.code_point > 0xffff || term::printable(text) == text)
            out += text;
        else
            out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(character.code_point));
        json.remove_prefix(size);
    }
    return out;
}

term::Style style_of(const program::World& world, const Options& options, bool terminal) {
    return term::Style(program::wants_colour(world, options.color, terminal));
}

}  // namespace

std::string safe_json(const Value& value) { return escape(to_json(value)); }
std::string safe_pretty_json(const Value& value) { return escape(to_pretty_json(value)); }

void print_document(program::World& world, Object members) {
    members.insert(members.begin(), {"schema", kSchema});
    *world.out << safe_json(Value(std::move(members))) << '\n';
}

term::Style output_style(const program::World& world, const Options& options) {
    return style_of(world, options, world.out_is_terminal);
}
term::Style talk_style(const program::World& world, const Options& options) {
    return style_of(world, options, world.err_is_terminal);
}

}  // namespace gw::token
