#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/unicode.h"
#include "libgw/wire/document/scalar.h"
#include "libgw/wire/document/yaml.h"

namespace gw::document {
namespace {

/// How a string can be written. YAML 1.2 §7.3.
enum class Quotes : std::uint8_t { none, single, twofold };

Quotes quotes_for(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        // what is not printable on one line needs escapes; a byte order mark is skipped by some readers
        if (!point.valid || point.value < 0x20 || (point.value >= 0x7f && point.value < 0xa0) ||
            point.value == 0x2028 || point.value == 0x2029 || point.value == 0xfeff || point.value == 0xfffe ||
            point.value == 0xffff) {
            return Quotes::twofold;
        }
        at += point.size;
    }
    if (text.empty() || !is_string_scalar(text)) return Quotes::single;
    // plain scalars of YAML 1.2 §7.3.3, a little narrower: safe in block and flow context, as key and as value
    if (std::string_view("-?:,[]{}#&*!|>'\"%@` <=").find(text.front()) != std::string_view::npos) return Quotes::single;
    if (text.starts_with("...")) return Quotes::single;
    if (text.back() == ' ' || text.back() == ':') return Quotes::single;
    if (text.find(": ") != text.npos || text.find(" #") != text.npos) return Quotes::single;
    // words that readers of YAML 1.1 take for something else
    for (const std::string_view word :
         {"yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF", "y", "Y", "n", "N"}) {
        if (text == word) return Quotes::single;
    }
    const bool numeric = text.find_first_not_of("0123456789:._-+") == text.npos;
    const auto colon = text.rfind(':');
    return numeric && colon != text.npos && text.find('.') > colon ? Quotes::single : Quotes::none;
}

void append_string(std::string& out, std::string_view text) {
    switch (quotes_for(text)) {
        case Quotes::none: out += text; return;
        case Quotes::single:
            out += '\'';
            for (const char c : text) {
                out += c;
                if (c == '\'') out += c;
            }
            out += '\'';
            return;
        case Quotes::twofold:
            // JSON's escapes are YAML's too (§5.7); what JSON leaves raw but YAML does not call printable follows here
            std::string quoted;
            append_json_string(quoted, text);
            for (std::size_t at = 0; at < quoted.size();) {
                const CodePoint point = code_point_at(quoted, at);
                if ((point.value >= 0x80 && point.value < 0xa0) || point.value == 0xfeff || point.value == 0xfffe ||
                    point.value == 0xffff) {
                    out += fmt::format("\\u{:04x}", static_cast<unsigned>(point.value));
                } else {
                    out.append(quoted, at, point.size);
                }
                at += point.size;
            }
    }
}

/// A key longer than this needs the explicit form "? key" (YAML 1.2 §7.4.2: an implicit key has at most 1024
/// characters).
constexpr std::size_t kLongestKey = 128;

/// Writes without recursion.
class Emitter {
  public:
    std::string write(const Value& root) {
        if (!put(root, 0)) return std::move(out_) + '\n';
        while (!open_.empty()) {
            Level& level = open_.back();
            const Array* array = level.value->if_array();
            const Object* object = level.value->if_object();
            if (level.next == (array ? array->size() : object->size())) {
                open_.pop_back();
                continue;
            }
            const std::size_t index = level.next++;
            const std::size_t indent = level.indent;
            if (!at_dash_) out_.append(indent, ' ');
            at_dash_ = false;
            array ? item((*array)[index], indent) : member((*object)[index], indent);
        }
        return std::move(out_);
    }

  private:
    struct Level {
        const Value* value;
        std::size_t next;
        std::size_t indent;
    };

    void item(const Value& value, std::size_t indent) {
        out_ += "- ";
        // the first member or item of a nested container stands behind the dash
        if (put(value, indent + 2))
            at_dash_ = true;
        else
            out_ += '\n';
    }

    void member(const Member& member, std::size_t indent) {
        if (member.key.size() > kLongestKey) {
            out_ += "? ";
            append_string(out_, member.key);
            out_ += '\n';
            out_.append(indent, ' ');
        } else {
            append_string(out_, member.key);
        }
        out_ += ':';
        const std::size_t before = out_.size();
        out_ += ' ';
        if (put(member.value, indent + 2)) out_.resize(before);
        out_ += '\n';
    }

    /// Writes a scalar or an empty container; opens any other and says so.
    bool put(const Value& value, std::size_t indent) {
        switch (value.kind()) {
            case Value::Kind::null: out_ += "null"; return false;
            case Value::Kind::boolean: out_ += *value.if_bool() ? "true" : "false"; return false;
            case Value::Kind::number: out_ += value.number_text(); return false;
            case Value::Kind::string: append_string(out_, *value.if_string()); return false;
            case Value::Kind::array:
                if (!value.if_array()->empty()) break;
                out_ += "[]";
                return false;
            case Value::Kind::object:
                if (!value.if_object()->empty()) break;
                out_ += "{}";
                return false;
        }
        open_.push_back({&value, 0, indent});
        return true;
    }

    std::string out_;
    std::vector<Level> open_;
    bool at_dash_ = false;
};

}  // namespace

std::string to_yaml(const Value& value) { return Emitter().write(value); }

}  // namespace gw::document
