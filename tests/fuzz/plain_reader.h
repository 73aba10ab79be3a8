#pragma once
// A second opinion on HTTP/1.1 messages: a whole text is read at once and slowly, by searching and cutting strings. It
// shares no code with the decoders. Besides the strict manner it has sloppy ones, those of readers that have been
// smuggled past: a message that the decoders take has to mean the same to all of them.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gw::fuzz {

/// How a reader deviates from the standard; by default not at all.
struct Habits {
    bool bare_lf = false;  ///< a line ends at LF, with or without CR; what has no colon is skipped; folds are joined
    bool loose_names = false;    ///< blanks around names do not count, and '_' is '-'
    bool loose_numbers = false;  ///< blanks, '+' and "0x" before a number and whatever follows it do not count
    bool loose_coding = false;   ///< chunked when the word stands anywhere in Transfer-Encoding
    bool last_wins = false;      ///< of repeated fields
    bool length_first = false;   ///< Content-Length counts more than Transfer-Encoding
};

/// One message as it was read.
struct Message {
    std::string first;  ///< of the three words of the start line
    std::string second;
    std::string third;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;
    std::size_t size = 0;  ///< bytes of the whole message
    bool closes = false;   ///< its body ends with the connection
    [[nodiscard]] std::size_t count(std::string_view lower_name) const;
    [[nodiscard]] std::string value(std::string_view lower_name) const;
};

enum class Sight : std::uint8_t { whole, cut, broken };

inline std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

inline std::size_t Message::count(std::string_view lower_name) const {
    std::size_t found = 0;
    for (const auto& [name, value] : fields) found += lower(name) == lower_name ? 1 : 0;
    return found;
}

inline std::string Message::value(std::string_view lower_name) const {
    for (const auto& [name, value] : fields)
        if (lower(name) == lower_name) return value;
    return {};
}

inline std::string_view trim(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// The line at `at`, which moves behind it.
inline Sight take_line(std::string_view text, std::size_t& at, const Habits& habits, std::string& line) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return Sight::cut;
    line = text.substr(at, end - at);
    at = end + 1;
    if (!line.empty() && line.back() == '\r') {
        line.pop_back();
    } else if (!habits.bare_lf) {
        return Sight::broken;
    }
    if (!habits.bare_lf && line.find_first_of(std::string_view("\r\0", 2)) != std::string::npos) return Sight::broken;
    return Sight::whole;
}

/// A number in base 10 or 16; false when it is none.
inline bool read_number(std::string_view text, unsigned base, const Habits& habits, std::uint64_t& value) {
    if (habits.loose_numbers) {
        text = trim(text);
        if (text.starts_with('+')) text.remove_prefix(1);
        if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
    }
    const std::string_view digits = base == 16 ? "0123456789abcdef" : "0123456789";
    value = 0;
    std::size_t used = 0;
    for (; used < text.size(); ++used) {
        const std::size_t digit = digits.find(lower(text.substr(used, 1)));
        if (digit == std::string_view::npos) break;
        if (value > (UINT64_MAX - digit) / base) return false;
        value = value * base + digit;
    }
    return used > 0 && (habits.loose_numbers || used == text.size());
}

/// The lines up to an empty one, as fields.
inline Sight take_fields(std::string_view text, std::size_t& at, const Habits& habits, Message& into) {
    for (;;) {
        std::string line;
        const Sight sight = take_line(text, at, habits, line);
        if (sight != Sight::whole) return sight;
        if (line.empty()) return Sight::whole;
        if (line[0] == ' ' || line[0] == '\t') {
            if (!habits.bare_lf) return Sight::broken;
            if (!into.fields.empty()) into.fields.back().second.append(1, ' ').append(trim(line));
            continue;
        }
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos || colon == 0) {
            if (!habits.bare_lf) return Sight::broken;
            continue;
        }
        std::string name = line.substr(0, colon);
        if (habits.loose_names) {
            name = trim(name);
            for (char& c : name)
                if (c == '_') c = '-';
        } else if (name.find_first_of(" \t\"(),/:;<=>?@[\\]{}") != std::string::npos) {
            return Sight::broken;
        }
        into.fields.emplace_back(name, trim(std::string_view(line).substr(colon + 1)));
    }
}

inline Sight take_chunks(std::string_view text, std::size_t& at, const Habits& habits, Message& into) {
    for (;;) {
        std::string line;
        const Sight sight = take_line(text, at, habits, line);
        if (sight != Sight::whole) return sight;
        std::uint64_t size = 0;
        const std::string_view number = std::string_view(line).substr(0, line.find(';'));
        if (!read_number(number, 16, habits, size)) return Sight::broken;
        if (size == 0) {
            Message trailers;
            return take_fields(text, at, habits, trailers);
        }
        if (size > text.size() - at) {
            into.body.append(text.substr(at));
            return Sight::cut;
        }
        into.body.append(text.substr(at, size));
        at += size;
        std::string rest;
        const Sight end = take_line(text, at, habits, rest);
        if (end != Sight::whole) return end;
        if (!rest.empty()) return Sight::broken;
    }
}

/// The body of a message whose fields are read. `reply`: it is a response to a request that was not HEAD.
inline Sight take_body(std::string_view text, std::size_t& at, const Habits& habits, bool reply, Message& into) {
    std::vector<std::string> codings;
    std::vector<std::string> lengths;
    for (const auto& [name, value] : into.fields) {
        if (lower(name) == "transfer-encoding") codings.push_back(lower(value));
        if (lower(name) == "content-length") lengths.push_back(value);
    }
    bool chunked = false;
    if (!codings.empty()) {
        if (habits.loose_coding) {
            for (const std::string& coding : codings) chunked |= coding.find("chunked") != std::string::npos;
        } else {
            const std::string& coding = habits.last_wins ? codings.back() : codings.front();
            const bool alone = codings.size() == 1 && lengths.empty() && coding == "chunked";
            if (!alone && !habits.bare_lf) return Sight::broken;
            chunked = coding == "chunked";
        }
    }
    if (chunked && !(habits.length_first && !lengths.empty())) return take_chunks(text, at, habits, into);
    if (!lengths.empty()) {
        std::uint64_t length = 0;
        if (lengths.size() > 1 && !habits.bare_lf) return Sight::broken;
        if (!read_number(habits.last_wins ? lengths.back() : lengths.front(), 10, habits, length)) return Sight::broken;
        if (length > text.size() - at) {
            into.body = text.substr(at);
            return Sight::cut;
        }
        into.body = text.substr(at, length);
        at += length;
        return Sight::whole;
    }
    if (reply) {
        into.closes = true;
        into.body = text.substr(at);
        at = text.size();
    }
    return Sight::whole;
}

/// Reads the request at the start of the text.
inline Sight read_request(std::string_view text, const Habits& habits, Message& into) {
    std::size_t at = 0;
    std::string line;
    Sight sight = take_line(text, at, habits, line);
    if (sight == Sight::whole && line.empty()) sight = take_line(text, at, habits, line);
    if (sight != Sight::whole) return sight;
    const std::size_t one = line.find(' ');
    const std::size_t two = habits.bare_lf ? line.rfind(' ') : line.find(' ', one + 1);
    if (one == std::string::npos || two == std::string::npos || one == two) return Sight::broken;
    into.first = line.substr(0, one);
    into.second = trim(line.substr(one + 1, two - one - 1));
    into.third = line.substr(two + 1);
    const bool version = into.third == "HTTP/1.1" || into.third == "HTTP/1.0";
    if (!habits.bare_lf && (!version || into.second.empty())) return Sight::broken;
    sight = take_fields(text, at, habits, into);
    if (sight == Sight::whole) sight = take_body(text, at, habits, false, into);
    into.size = at;
    return sight;
}

/// Reads the response at the start of the text, an answer to `method`.
inline Sight read_response(std::string_view text, const Habits& habits, std::string_view method, Message& into) {
    std::size_t at = 0;
    std::string line;
    Sight sight = take_line(text, at, habits, line);
    if (sight != Sight::whole) return sight;
    into.first = line.substr(0, line.find(' '));
    into.second = line.size() > into.first.size() ? line.substr(into.first.size() + 1, 3) : "";
    if (line.size() > into.first.size() + 5) into.third = line.substr(into.first.size() + 5);
    sight = take_fields(text, at, habits, into);
    const std::string& status = into.second;
    const bool bodyless = method == "HEAD" || status.starts_with('1') || status == "204" || status == "304";
    if (sight == Sight::whole && !bodyless) sight = take_body(text, at, habits, true, into);
    into.size = at;
    return sight;
}

}  // namespace gw::fuzz
