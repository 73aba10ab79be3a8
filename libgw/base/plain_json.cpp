#include "libgw/base/plain_json.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libgw/base/text.h"

namespace gw {
namespace {

/// What may stand in a string as it is; whether the bytes above 0x7f are UTF-8 is asked of the whole text.
constexpr std::array<bool, 256> kInString = [] {
    std::array<bool, 256> all{};
    for (std::size_t byte = 0x20; byte < all.size(); ++byte) all[byte] = byte != '"' && byte != '\\';
    return all;
}();

/// Every function that answers false leaves the text to somebody else.
class Reader {
  public:
    Reader(std::string_view text, const JsonOptions& options)
        : at_(text.data()),
          end_(text.data() + text.size()),
          options_(options),
          depth_(std::min(options.depth, Value::kMaximumDepth)) {}

    bool read(Value& root) {
        skip_space();
        if (!read_value(root)) return false;
        while (open_ > 0) {
            if (!go_on(levels_[open_ - 1])) return false;
        }
        skip_space();
        return at_ == end_;
    }

  private:
    /// A container that is open; it stays where it is while its value is moved.
    struct Level {
        Array* array = nullptr;
        Object* object = nullptr;
    };

    [[nodiscard]] bool is_next(char c) const { return at_ != end_ && *at_ == c; }
    bool take(char c) {
        if (!is_next(c)) return false;
        ++at_;
        return true;
    }
    bool take(std::string_view word) {
        if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }
    void skip_space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    }

    /// The next element or member, or the end.
    bool go_on(Level level) {
        skip_space();
        const bool is_first = level.array != nullptr ? level.array->empty() : level.object->empty();
        if (take(level.array != nullptr ? ']' : '}')) {
            --open_;
            return level.array != nullptr || !options_.unique_keys || !find_duplicate_key(*level.object);
        }
        if (!is_first && !take(',')) return false;
        skip_space();
        if (level.array != nullptr) return read_value(level.array->emplace_back());
        if (is_first) level.object->reserve(8);
        Member& member = level.object->emplace_back();
        if (!read_string(member.key)) return false;
        skip_space();
        if (!take(':')) return false;
        skip_space();
        return read_value(member.value);
    }

    bool read_value(Value& into) {
        if (at_ == end_ || ++nodes_ > options_.nodes) return false;
        switch (*at_) {
            case '"': {
                std::string text;
                if (!read_string(text)) return false;
                into = Value(std::move(text));
                return true;
            }
            case '{': into = Value(Object()); return open(Level{nullptr, into.if_object()});
            case '[': into = Value(Array()); return open(Level{into.if_array(), nullptr});
            case 't': into = Value(true); return take("true");
            case 'f': into = Value(false); return take("false");
            case 'n': return take("null");
            default: return read_integer(into);
        }
    }

    bool open(Level level) {
        if (open_ == depth_) return false;
        ++at_;
        levels_[open_++] = level;
        return true;
    }

    bool read_string(std::string& into) {
        if (!take('"')) return false;
        const char* const begin = at_;
        while (at_ != end_ && kInString[static_cast<unsigned char>(*at_)]) ++at_;
        if (!is_next('"')) return false;
        into.assign(begin, at_);
        ++at_;
        return true;
    }

    bool read_integer(Value& into) {
        constexpr std::ptrdiff_t kMostDigits = 18;
        const bool is_negative = take('-');
        const char* const begin = at_;
        std::int64_t number = 0;
        for (; at_ != end_ && is_digit(*at_); ++at_) {
            if (at_ - begin == kMostDigits) return false;
            number = number * 10 + (*at_ - '0');
        }
        if (at_ == begin || is_next('.') || is_next('e') || is_next('E')) return false;
        // 012 is none, and -0 is more than its value says
        if (*begin == '0' && (is_negative || at_ - begin > 1)) return false;
        into = Value(is_negative ? -number : number);
        return true;
    }

    const char* at_;
    const char* end_;
    const JsonOptions& options_;
    std::size_t depth_;
    std::size_t nodes_ = 0;
    std::array<Level, Value::kMaximumDepth> levels_;  // the first open_ of them
    std::size_t open_ = 0;
};

}  // namespace

std::optional<Value> read_plain_json(std::string_view text, const JsonOptions& options) {
    Value root;
    if (!Reader(text, options).read(root) || !is_utf8(text)) return std::nullopt;
    return root;
}

}  // namespace gw
