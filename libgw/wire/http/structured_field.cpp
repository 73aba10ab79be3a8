#include "libgw/wire/http/structured_field.h"

#include <algorithm>

#include "libgw/base/text.h"
#include "libgw/wire/http/grammar.h"

namespace gw::http {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_key_byte(char c) { return is_lower(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '*'; }
bool is_token_byte(char c) { return (class_of(c) & kToken) != 0 || c == ':' || c == '/'; }

/// RFC 9651 §4.2: from left to right; after the first thing that is not there, `good` is false.
class Parser {
  public:
    explicit Parser(std::string_view text) : rest_(text) {}

    std::optional<std::vector<DictionaryMember>> dictionary() {
        std::vector<DictionaryMember> members;
        skip_spaces();
        while (good_ && !rest_.empty()) {
            DictionaryMember member;
            member.key = key();
            if (eat('=')) {
                if (peek() == '(')
                    inner_list(member.value);
                else
                    item(member.value);
            }
            parameters();
            put(members, std::move(member));
            skip_blanks();
            if (rest_.empty()) break;
            require(',');
            skip_blanks();
            if (rest_.empty()) good_ = false;
        }
        if (!good_) return std::nullopt;
        return members;
    }

  private:
    static void put(std::vector<DictionaryMember>& members, DictionaryMember member) {
        const auto same =
            std::find_if(members.begin(), members.end(), [&](const auto& other) { return other.key == member.key; });
        if (same == members.end())
            members.push_back(std::move(member));
        else
            same->value = std::move(member.value);
    }
    [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
    bool eat(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void require(char c) {
        if (!eat(c)) good_ = false;
    }
    void skip_spaces() {
        while (eat(' ')) {
        }
        // at the end they do not count either
        while (!rest_.empty() && rest_.back() == ' ') rest_.remove_suffix(1);
    }
    void skip_blanks() {
        while (eat(' ') || eat('\t')) {
        }
    }
    std::string key() {
        if (!is_lower(peek()) && peek() != '*') {
            good_ = false;
            return {};
        }
        return std::string(take(is_key_byte));
    }
    std::string_view take(bool (*wanted)(char)) {
        std::size_t size = 0;
        while (size < rest_.size() && wanted(rest_[size])) ++size;
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    void inner_list(BareItem& into) {
        into.kind = BareItem::Kind::inner_list;
        require('(');
        while (good_) {
            while (eat(' ')) {
            }
            if (eat(')')) return;
            BareItem ignored;
            item(ignored);
            parameters();
            if (peek() != ' ' && peek() != ')') good_ = false;
        }
    }
    void parameters() {
        while (good_ && eat(';')) {
            while (eat(' ')) {
            }
            key();
            BareItem ignored;
            if (eat('=')) item(ignored);
        }
    }
    void item(BareItem& into) {
        const char first = peek();
        if (first == '-' || is_digit(first)) return number(into);
        if (first == '"') return string(into);
        if (first == ':') return bytes(into);
        if (first == '?') return boolean(into);
        if (first == '@') {
            rest_.remove_prefix(1);
            number(into);
            if (into.kind != BareItem::Kind::integer) good_ = false;
            into.kind = BareItem::Kind::date;
            return;
        }
        if (is_alpha(first) || first == '*') {
            into.kind = BareItem::Kind::token;
            into.text = take(is_token_byte);
            return;
        }
        good_ = false;
    }
    void number(BareItem& into) {
        const bool negative = eat('-');
        const std::string_view whole = take(gw::is_digit);
        into.kind = BareItem::Kind::integer;
        if (peek() == '.') {
            rest_.remove_prefix(1);
            const std::string_view fraction = take(gw::is_digit);
            into.kind = BareItem::Kind::decimal;
            if (whole.empty() || whole.size() > 12 || fraction.empty() || fraction.size() > 3) good_ = false;
            return;
        }
        const auto value = parse_unsigned(whole);
        if (!value || whole.size() > 15) {
            good_ = false;
            return;
        }
        into.integer = negative ? -static_cast<std::int64_t>(*value) : static_cast<std::int64_t>(*value);
    }
    void string(BareItem& into) {
        into.kind = BareItem::Kind::string;
        rest_.remove_prefix(1);
        while (good_) {
            if (rest_.empty()) {
                good_ = false;
                return;
            }
            char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') return;
            if (c == '\\') {
                c = peek();
                if (c != '"' && c != '\\') good_ = false;
                if (!rest_.empty()) rest_.remove_prefix(1);
            } else if (c < 0x20 || c == 0x7f) {
                good_ = false;
            }
            into.text += c;
        }
    }
    void bytes(BareItem& into) {
        into.kind = BareItem::Kind::bytes;
        rest_.remove_prefix(1);
        into.text = take([](char c) { return is_alpha(c) || gw::is_digit(c) || c == '+' || c == '/' || c == '='; });
        require(':');
    }
    void boolean(BareItem& into) {
        into.kind = BareItem::Kind::boolean;
        rest_.remove_prefix(1);
        if (peek() != '0' && peek() != '1') {
            good_ = false;
            return;
        }
        into.integer = peek() - '0';
        rest_.remove_prefix(1);
    }

    std::string_view rest_;
    bool good_ = true;
};

}  // namespace

std::optional<std::vector<DictionaryMember>> parse_dictionary(std::string_view text) {
    return Parser(text).dictionary();
}

bool is_structured_token(std::string_view text) {
    return !text.empty() && (is_alpha(text.front()) || text.front() == '*') &&
           std::all_of(text.begin(), text.end(), is_token_byte);
}

}  // namespace gw::http
