
#include <algorithm>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/wire/clip/clip.h"

// Facts (ECMA-262 §12.9): strings stand in "", '' or ``; escapes are \n \t \r \b \f \v \0 \xhh \uhhhh \u{h…}, a
// backslash before the end of a line joins the lines, and before anything else it is that character.

namespace gw::clip {
namespace {

constexpr std::size_t kDepth = 32;

class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    Result<std::vector<Clip>> read() {
        std::vector<Clip> clips;
        for (;;) {
            TRY(skip());
            while (take(';')) TRY(skip());
            if (at_ == text_.size()) break;
            if (clips.size() == kMostClips) return Error{Errc::limit, "more than 10000 calls", {}, {}};
            clips.push_back(TRY(read_call()));
        }
        if (clips.empty())
            return Error{Errc::parse, "there is no call of fetch()", "paste what 'Copy as fetch' gives", {}};
        return clips;
    }

  private:
    Error wrong(std::string message, std::string hint = {}) const {
        std::size_t line = 1;
        std::size_t begin = 0;
        for (std::size_t i = 0; i < at_ && i < text_.size(); ++i)
            if (text_[i] == '\n') {
                ++line;
                begin = i + 1;
            }
        return {Errc::parse, fmt::format("{}:{}: {}", line, at_ - begin + 1, message), std::move(hint), {}};
    }

    bool take(char c) {
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    Result<void> expect(char c, std::string_view where) {
        TRY(skip());
        if (!take(c)) return wrong(fmt::format("'{}' is missing {}", c, where));
        return skip();
    }

    /// White space and comments.
    Result<void> skip() {
        for (;;) {
            while (at_ < text_.size() && std::string_view(" \t\r\n\f\v").find(text_[at_]) != std::string_view::npos)
                ++at_;
            if (text_.substr(at_).starts_with("//")) {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (text_.substr(at_).starts_with("/*")) {
                const std::size_t end = text_.find("*/", at_ + 2);
                if (end == std::string_view::npos) return wrong("the comment is not closed");
                at_ = end + 2;
            } else {
                return {};
            }
        }
    }

    /// Letters, digits, _ and $, with dots between them: "window.fetch".
    std::string_view read_name() {
        const std::size_t began = at_;
        while (at_ < text_.size() && (is_alpha(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '_' ||
                                      text_[at_] == '$' || text_[at_] == '.'))
            ++at_;
        return text_.substr(began, at_ - began);
    }

    Result<Clip> read_call() {
        const std::size_t began = at_;
        std::string_view name = read_name();
        if (name == "await") {
            TRY(skip());
            name = read_name();
        }
        if (name != "fetch" && name != "window.fetch" && name != "globalThis.fetch") {
            at_ = began;
            return wrong("fetch(...) should stand here", "paste what 'Copy as fetch' gives");
        }
        TRY(expect('(', "behind fetch"));
        Clip clip;
        Value url = TRY(read_value(0));
        if (url.if_string() == nullptr) return wrong("the URL is no string");
        clip.url = *url.if_string();
        TRY(skip());
        Value init;
        if (take(',')) {
            TRY(skip());
            if (at_ < text_.size() && text_[at_] != ')') {
                init = TRY(read_value(0));
                if (!init.is_null() && init.if_object() == nullptr) return wrong("what fetch() is told is no object");
                TRY(skip());
                if (take(',')) TRY(skip());
            }
        }
        if (!take(')')) return wrong("')' is missing behind what fetch() is told");
        TRY(fill(clip, init));
        return clip;
    }

    Result<void> fill(Clip& clip, const Value& init) {
        const auto text_of = [&](const char* name, std::string& into) -> Result<void> {
            const Value* value = init.find(name);
            if (value == nullptr || value->is_null()) return {};
            if (value->if_string() == nullptr) return wrong(fmt::format("'{}' is no string", name));
            into = *value->if_string();
            return {};
        };
        if (init.if_object() != nullptr) {
            TRY(text_of("method", clip.method));
            TRY(text_of("referrer", clip.referrer));
            TRY(text_of("mode", clip.mode));
            TRY(text_of("credentials", clip.credentials));
            std::string redirect;
            TRY(text_of("redirect", redirect));
            if (!redirect.empty() && redirect != "follow")
                return wrong(fmt::format("redirect: '{}' is not followed here", redirect),
                             "leave it out: redirects are followed then, as fetch() does by itself");
            if (const Value* body = init.find("body"); body != nullptr && !body->is_null()) {
                if (body->if_string() == nullptr)
                    return wrong("the body is no string", "JSON.stringify(...) makes one of an object");
                clip.body = *body->if_string();
            }
            if (const Value* headers = init.find("headers"); headers != nullptr && !headers->is_null())
                TRY(fill_headers(clip, *headers));
        }
        if (clip.method.empty()) clip.method = "GET";
        if (clip.body) clip.body_type = "text/plain;charset=UTF-8";
        return {};
    }

    Result<void> fill_headers(Clip& clip, const Value& headers) {
        if (const Object* object = headers.if_object()) {
            for (const Member& member : *object) {
                if (member.value.if_string() == nullptr)
                    return wrong(fmt::format("the header {} is no string", member.key));
                clip.headers.emplace_back(member.key, *member.value.if_string());
            }
            return {};
        }
        if (headers.if_array() == nullptr) return wrong("'headers' is no object");
        for (const Value& pair : *headers.if_array()) {
            const Array* both = pair.if_array();
            if (both == nullptr || both->size() != 2 || both->at(0).if_string() == nullptr ||
                both->at(1).if_string() == nullptr)
                return wrong("a header is [name, value]");
            clip.headers.emplace_back(*both->at(0).if_string(), *both->at(1).if_string());
        }
        return {};
    }

    Result<Value> read_value(std::size_t depth) {
        if (depth == kDepth) return Error{Errc::limit, "nested deeper than 32 levels", {}, {}};
        TRY(skip());
        if (at_ == text_.size()) return wrong("a value is missing");
        const char c = text_[at_];
        if (c == '"' || c == '\'' || c == '`') return Value(TRY(read_string(c)));
        if (c == '{') return read_object(depth);
        if (c == '[') return read_array(depth);
        if (is_digit(c) || c == '-') return read_number();
        const std::size_t began = at_;
        const std::string_view name = read_name();
        if (name == "true" || name == "false") return Value(name == "true");
        if (name == "null" || name == "undefined") return Value();
        if (name == "JSON.stringify") {
            TRY(expect('(', "behind JSON.stringify"));
            const Value held = TRY(read_value(depth + 1));
            TRY(skip());
            if (!take(')')) return wrong("')' is missing behind JSON.stringify(...)");
            return Value(to_json(held));
        }
        at_ = began;
        return wrong(name.empty() ? fmt::format("'{}' where a value should be", c)
                                  : fmt::format("what '{}' is would have to be run", name),
                     "write its value");
    }

    Result<Value> read_object(std::size_t depth) {
        ++at_;
        Object object;
        for (;;) {
            TRY(skip());
            if (take('}')) return Value(std::move(object));
            if (at_ == text_.size()) return wrong("'}' is missing");
            std::string key;
            const char c = text_[at_];
            if (c == '"' || c == '\'') {
                key = TRY(read_string(c));
            } else {
                key = read_name();
                if (key.empty() || key.find('.') != std::string::npos) return wrong("a name should stand here");
            }
            TRY(expect(':', "behind a name"));
            object.push_back({std::move(key), TRY(read_value(depth + 1))});
            TRY(skip());
            if (take(',')) continue;
            if (!take('}')) return wrong("',' or '}' is missing");
            return Value(std::move(object));
        }
    }

    Result<Value> read_array(std::size_t depth) {
        ++at_;
        Array array;
        for (;;) {
            TRY(skip());
            if (take(']')) return Value(std::move(array));
            array.push_back(TRY(read_value(depth + 1)));
            TRY(skip());
            if (take(',')) continue;
            if (!take(']')) return wrong("',' or ']' is missing");
            return Value(std::move(array));
        }
    }

    Result<Value> read_number() {
        const std::size_t began = at_;
        while (at_ < text_.size() && std::string_view("0123456789+-.eE").find(text_[at_]) != std::string_view::npos)
            ++at_;
        auto number = parse_json(text_.substr(began, at_ - began));
        if (!number) {
            at_ = began;
            return wrong("this is no number");
        }
        return *std::move(number);
    }

    Result<std::string> read_string(char quote) {
        const std::size_t began = at_++;
        std::string made;
        while (at_ < text_.size() && text_[at_] != quote) {
            const char c = text_[at_++];
            if (quote == '`' && c == '$' && at_ < text_.size() && text_[at_] == '{')
                return wrong("what ${...} is would have to be run", "write its value");
            if (c == '\n' && quote != '`') {
                --at_;
                break;
            }
            if (c != '\\') {
                made += c;
                continue;
            }
            TRY(read_escape(made));
        }
        if (at_ >= text_.size() || text_[at_] != quote) {
            at_ = began;
            return wrong("the string is not closed");
        }
        ++at_;
        return made;
    }

    Result<void> read_escape(std::string& into) {
        if (at_ == text_.size()) return {};
        const char c = text_[at_++];
        constexpr std::string_view kLetters = "bfnrtv";
        constexpr std::string_view kMeanings = "\b\f\n\r\t\v";
        if (const std::size_t which = kLetters.find(c); which != std::string_view::npos) {
            into += kMeanings[which];
        } else if (c == '0') {
            into += '\0';
        } else if (c == 'x') {
            append_utf8(into, TRY(read_hex(2)));
        } else if (c == 'u') {
            char32_t code = TRY(read_unicode());
            if (code >= 0xD800 && code <= 0xDBFF && text_.substr(at_).starts_with("\\u")) {
                at_ += 2;
                const char32_t low = TRY(read_unicode());
                if (low < 0xDC00 || low > 0xDFFF) return wrong("half a character");
                code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
            }
            if ((code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return wrong("half a character, or none");
            append_utf8(into, code);
        } else if (c == '\r') {
            take('\n');
        } else if (c != '\n') {
            into += c;
        }
        return {};
    }

    Result<char32_t> read_unicode() {
        if (!take('{')) return read_hex(4);
        const std::size_t end = std::min(text_.find('}', at_), text_.size());
        if (end == at_ || end - at_ > 6) return wrong("\\u{...} holds one to six digits");
        const char32_t code = TRY(read_hex(end - at_));
        if (!take('}')) return wrong("'}' is missing");
        return code;
    }

    Result<char32_t> read_hex(std::size_t count) {
        char32_t number = 0;
        for (; count > 0; --count, ++at_) {
            const char c = at_ < text_.size() ? text_[at_] : ' ';
            const int digit = is_digit(c)            ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
            if (digit < 0) return wrong("a hexadecimal digit should stand here");
            number = number * 16 + static_cast<char32_t>(digit);
        }
        return number;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<Clip>> parse_fetch(std::string_view text) {
    if (text.size() > kMostText) return Error{Errc::limit, "the text is longer than 4 MiB", {}, {}};
    return Reader(text).read();
}

}  // namespace gw::clip
