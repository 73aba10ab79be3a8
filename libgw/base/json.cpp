#include "libgw/base/json.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libgw/base/plain_json.h"
#include "libgw/base/unicode.h"

namespace gw {
namespace {

/// Reads bytes and tells the builder how far the lexer has come.
class CountingIterator {
  public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator() = default;
    CountingIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
    reference operator*() const { return *at_; }
    CountingIterator& operator++() {
        *reached_ = ++at_;
        return *this;
    }
    CountingIterator operator++(int) {
        CountingIterator before = *this;
        ++*this;
        return before;
    }
    [[maybe_unused]] bool operator==(const CountingIterator& other) const { return at_ == other.at_; }

  private:
    const char* at_ = nullptr;
    const char** reached_ = nullptr;
};

/// Line and column of a byte, counted from the last one asked for. Requires: offsets do not decrease.
class LineCounter {
  public:
    explicit LineCounter(std::string_view text) : text_(text) {}
    Position at(std::size_t offset) {
        offset = std::min(offset, text_.size());
        for (; seen_ < offset; ++seen_) {
            const auto byte = static_cast<unsigned char>(text_[seen_]);
            if (byte == '\n') {
                ++position_.line;
                position_.column = 1;
            } else if ((byte & 0xc0) != 0x80) {
                ++position_.column;
            }
        }
        return position_;
    }

  private:
    std::string_view text_;
    std::size_t seen_ = 0;
    Position position_{1, 1};
};

Error error_at(Errc code, std::string message, std::string_view text, std::size_t offset, const JsonOptions& options) {
    if (options.file.empty()) return Error{code, fmt::format("{} at byte {}", message, offset), {}, {}};
    const Position position = LineCounter(text).at(offset);
    return Error{code, std::move(message), {}, Location{options.file, position.line, position.column}};
}

/// The part of the library's message that helps a person: "invalid literal; expected ']'".
std::string plain_reason(std::string_view what) {
    if (const auto dash = what.find(" - "); dash != what.npos) what.remove_prefix(dash + 3);
    std::string reason(what);
    if (const auto last = reason.find("; last read: '"); last != reason.npos) {
        const auto expected = reason.rfind("; expected ");
        reason.erase(last, expected != reason.npos && expected > last ? expected - last : std::string::npos);
    }
    return reason;
}

/// Receives the parser's events and builds the Value; counts what it builds.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
  public:
    Builder(std::string_view text, const JsonOptions& options)
        : text_(text),
          options_(options),
          depth_(std::min(options.depth, Value::kMaximumDepth)),
          lines_(text),
          reached_(text.data()) {}

    const char** reached() { return &reached_; }
    Result<Value> take() {
        if (error_) return std::move(*error_);
        return std::move(root_);
    }
    [[nodiscard]] bool failed() const { return error_.has_value(); }

    bool null() override { return add(Value()); }
    bool boolean(bool value) override { return add(Value(value)); }
    bool number_integer(number_integer_t value) override {
        // "-0" is the one integer whose text its value forgets
        if (value == 0) return add(Value(Number{"-0", std::int64_t{0}}));
        return add(Value(static_cast<std::int64_t>(value)));
    }
    bool number_unsigned(number_unsigned_t value) override { return add(Value(static_cast<std::uint64_t>(value))); }
    bool number_float(number_float_t value, const string_t& written) override {
        return add(Value(Number{written, static_cast<double>(value)}));
    }
    bool string(string_t& value) override { return add(Value(std::move(value))); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(Value(Object())); }
    bool start_array(std::size_t) override { return open(Value(Array())); }
    bool key(string_t& value) override {
        const std::size_t begin = token_begin();
        stack_.back()->if_object()->push_back({std::move(value), Value(), position(begin)});
        finish_token();
        return true;
    }
    bool end_array() override { return close(); }
    bool end_object() override {
        const Object& object = *stack_.back()->if_object();
        if (options_.unique_keys) {
            if (const auto twice = find_duplicate_key(object)) return duplicate(object, *twice);
        }
        return close();
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& problem) override {
        const auto taken = static_cast<std::size_t>(reached_ - text_.data());
        std::string reason = plain_reason(problem.what());
        const bool at_end = taken == text_.size() && reason.find("unexpected end of input") != reason.npos;
        const std::size_t offset = at_end || taken == 0 ? taken : taken - 1;
        refuse(Errc::parse, std::move(reason), offset);
        error_->hint = hint_at(offset);
        return false;
    }

  private:
    /// The first byte of the token whose event this is.
    std::size_t token_begin() {
        const auto between = [](char c) {
            return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',' || c == ':' || c == ']' || c == '}';
        };
        while (begin_ < text_.size() && between(text_[begin_])) ++begin_;
        return begin_;
    }
    void finish_token() { begin_ = static_cast<std::size_t>(reached_ - text_.data()); }
    Position position(std::size_t begin) { return options_.positions ? lines_.at(begin) : Position{}; }

    /// What people write that JSON does not have.
    [[nodiscard]] std::string hint_at(std::size_t offset) const {
        const auto is = [&](std::size_t at, std::string_view any) {
            return at < text_.size() && any.find(text_[at]) != any.npos;
        };
        if (is(offset, "/#") || (offset > 0 && text_[offset - 1] == '/')) return "JSON has no comments";
        const auto before = text_.substr(0, std::min(offset, text_.size())).find_last_not_of(" \t\r\n");
        if (is(offset, "]}") && before != text_.npos && text_[before] == ',') return "remove the comma before it";
        return {};
    }

    bool refuse(Errc code, std::string message, std::size_t offset) {
        error_ = error_at(code, std::move(message), text_, offset, options_);
        return false;
    }

    /// Puts a value where it belongs.
    Value* place(Value value) {
        const std::size_t begin = token_begin();
        if (++nodes_ > options_.nodes) {
            refuse(Errc::limit, fmt::format("JSON holds more than {} values", options_.nodes), begin);
            return nullptr;
        }
        value.set_position(position(begin));
        finish_token();
        if (stack_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        if (Array* array = stack_.back()->if_array()) return &array->emplace_back(std::move(value));
        Value& slot = stack_.back()->if_object()->back().value;
        slot = std::move(value);
        return &slot;
    }
    bool add(Value value) { return place(std::move(value)) != nullptr; }
    bool open(Value value) {
        if (stack_.size() == depth_) {
            return refuse(Errc::limit, fmt::format("JSON is nested deeper than {} levels", depth_), token_begin());
        }
        // a parent's storage stays put while its last child is open, so the pointer holds
        Value* placed = place(std::move(value));
        if (!placed) return false;
        stack_.push_back(placed);
        return true;
    }
    bool close() {
        stack_.pop_back();
        finish_token();
        return true;
    }
    bool duplicate(const Object& object, std::pair<std::size_t, std::size_t> twice) {
        const Member& first = object[twice.first];
        const Member& second = object[twice.second];
        Error error{Errc::parse, fmt::format("key {} stands twice in one object", to_json(second.key)), {}, {}};
        if (options_.positions) {
            error.hint =
                fmt::format("the first is on line {}, column {}", first.key_position.line, first.key_position.column);
            error.where = Location{options_.file, second.key_position.line, second.key_position.column};
        }
        error_ = std::move(error);
        return false;
    }

    std::string_view text_;
    const JsonOptions& options_;
    std::size_t depth_;
    LineCounter lines_;
    const char* reached_;    // one past the last byte the lexer took
    std::size_t begin_ = 0;  // where the search for the next token starts
    std::size_t nodes_ = 0;
    Value root_;
    std::vector<Value*> stack_;  // the containers that are open
    std::optional<Error> error_;
};

void append_number(std::string& into, const Value& value) {
    // a number of YAML may have been written in a way that JSON does not know
    const std::string text = value.number_text();
    const bool plain = text.find_first_not_of("0123456789+-.eE") == text.npos;
    const bool canonical = plain && !text.empty() && text[0] != '+' && text[0] != '.' && text.back() != '.' &&
                           !(text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') &&
                           !(text.size() > 2 && text[0] == '-' && text[1] == '0' && text[2] >= '0' && text[2] <= '9') &&
                           text.find("-.") == text.npos && text.find(".e") == text.npos && text.find(".E") == text.npos;
    if (canonical) {
        into += text;
    } else if (const auto integer = value.to_int64()) {
        fmt::format_to(std::back_inserter(into), "{}", *integer);
    } else if (const auto large = value.to_uint64()) {
        fmt::format_to(std::back_inserter(into), "{}", *large);
    } else {
        fmt::format_to(std::back_inserter(into), "{}", value.to_double().value_or(0));
    }
}

/// Writes without recursion: `open` is the way from the root to where the pen is.
class Writer {
  public:
    explicit Writer(bool pretty) : pretty_(pretty) {}
    std::string write(const Value& root) {
        put(root);
        while (!open_.empty()) {
            Level& level = open_.back();
            const Array* array = level.value->if_array();
            const Object* object = level.value->if_object();
            const std::size_t size = array ? array->size() : object->size();
            if (level.next == size) {
                open_.pop_back();
                if (size != 0) new_line();
                out_ += array ? ']' : '}';
                continue;
            }
            const std::size_t index = level.next++;
            if (index != 0) out_ += ',';
            new_line();
            if (array) {
                put((*array)[index]);
            } else {
                append_json_string(out_, (*object)[index].key);
                out_ += pretty_ ? ": " : ":";
                put((*object)[index].value);
            }
        }
        return std::move(out_);
    }

  private:
    struct Level {
        const Value* value;
        std::size_t next;
    };
    void new_line() {
        if (!pretty_) return;
        out_ += '\n';
        out_.append(open_.size() * 2, ' ');
    }
    void put(const Value& value) {
        switch (value.kind()) {
            case Value::Kind::null: out_ += "null"; return;
            case Value::Kind::boolean: out_ += *value.if_bool() ? "true" : "false"; return;
            case Value::Kind::number: append_number(out_, value); return;
            case Value::Kind::string: append_json_string(out_, *value.if_string()); return;
            case Value::Kind::array: out_ += '['; break;
            case Value::Kind::object: out_ += '{'; break;
        }
        open_.push_back({&value, 0});
    }

    bool pretty_;
    std::string out_;
    std::vector<Level> open_;
};

}  // namespace

JsonOptions json_file_options(std::string file) {
    return {.depth = 64, .size = 1024 * 1024, .unique_keys = true, .positions = true, .file = std::move(file)};
}

Result<Value> parse_json(std::string_view text, const JsonOptions& options) {
    if (text.size() > options.size) {
        return Error{Errc::limit, fmt::format("JSON is larger than {} bytes", options.size), {}, {}};
    }
    if (!options.positions) {
        if (auto plain = read_plain_json(text, options)) return *std::move(plain);
    }
    if (text.substr(0, 3) == "\xef\xbb\xbf") {
        return error_at(Errc::parse, "JSON begins with a byte order mark", text, 0, options);
    }
    // the library takes a NUL byte for the end of the text
    if (const auto nul = text.find('\0'); nul != text.npos) {
        return error_at(Errc::parse, "JSON contains a NUL byte", text, nul, options);
    }
    if (text.empty()) return error_at(Errc::parse, "JSON text is empty", text, 0, options);
    Builder builder(text, options);
    const char* const begin = text.data();
    const bool accepted = nlohmann::json::sax_parse(CountingIterator(begin, builder.reached()),
                                                    CountingIterator(begin + text.size(), builder.reached()), &builder);
    if (!accepted && !builder.failed()) return error_at(Errc::parse, "JSON is not valid", text, 0, options);
    return builder.take();
}

std::string to_json(const Value& value) { return Writer(false).write(value); }
std::string to_pretty_json(const Value& value) { return Writer(true).write(value); }

void append_json_string(std::string& into, std::string_view text) {
    into += '"';
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        const bool escaped =
            point.value < 0x20 || point.value == 0x7f || point.value == 0x2028 || point.value == 0x2029;
        if (!point.valid) {
            append_utf8(into, 0xfffd);
        } else if (point.value == '"' || point.value == '\\') {
            into += '\\';
            into += static_cast<char>(point.value);
        } else if (escaped) {
            switch (point.value) {
                case '\n': into += "\\n"; break;
                case '\r': into += "\\r"; break;
                case '\t': into += "\\t"; break;
                case '\b': into += "\\b"; break;
                case '\f': into += "\\f"; break;
                default: fmt::format_to(std::back_inserter(into), "\\u{:04x}", static_cast<unsigned>(point.value));
            }
        } else {
            into.append(text, at, point.size);
        }
        at += point.size;
    }
    into += '"';
}

}  // namespace gw
