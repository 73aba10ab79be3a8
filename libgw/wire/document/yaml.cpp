#include "libgw/wire/document/yaml.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <yaml.h>

#include "libgw/base/unicode.h"
#include "libgw/wire/document/scalar.h"

namespace gw::document {
namespace {

Position to_position(const yaml_mark_t& mark) {
    return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

/// Owns what the library allocated for one event.
class Event {
  public:
    Event() = default;
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event() { yaml_event_delete(&event_); }
    yaml_event_t* get() { return &event_; }
    const yaml_event_t* operator->() const { return &event_; }

  private:
    yaml_event_t event_{};
};

std::string_view view(const yaml_char_t* text, std::size_t size) { return {reinterpret_cast<const char*>(text), size}; }

class Reader {
  public:
    Reader(std::string_view text, const YamlOptions& options)
        : text_(text), options_(options), depth_(std::min(options.depth, Value::kMaximumDepth)) {
        ready_ = yaml_parser_initialize(&parser_) == 1;
        if (!ready_) return;
        yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() {
        if (ready_) yaml_parser_delete(&parser_);
    }

    Result<Value> read() {
        if (!ready_) return Error{Errc::internal, "no memory for the YAML parser", {}, {}};
        while (true) {
            Event event;
            if (yaml_parser_parse(&parser_, event.get()) != 1) return library_error();
            if (event->type == YAML_STREAM_END_EVENT) return std::move(root_);
            if (!take(event)) return std::move(*error_);
        }
    }

  private:
    struct Level {
        Value* value;
        bool expects_key;
    };

    bool take(const Event& event) {
        const Position position = to_position(event->start_mark);
        switch (event->type) {
            case YAML_DOCUMENT_START_EVENT: return start_document(event, position);
            case YAML_ALIAS_EVENT:
                return refuse(position, "an alias is not allowed", "write the value out where it is used");
            case YAML_SCALAR_EVENT: return scalar(event, position);
            case YAML_SEQUENCE_START_EVENT:
                return plain(event->data.sequence_start.anchor, event->data.sequence_start.tag, position) &&
                       open(Value(Array()), position);
            case YAML_MAPPING_START_EVENT:
                return plain(event->data.mapping_start.anchor, event->data.mapping_start.tag, position) &&
                       open(Value(Object()), position);
            case YAML_SEQUENCE_END_EVENT: open_.pop_back(); return true;
            case YAML_MAPPING_END_EVENT: return close_mapping();
            default: return true;
        }
    }

    bool start_document(const Event& event, Position position) {
        const auto& start = event->data.document_start;
        if (++documents_ > 1)
            return refuse(position, "a second document is not allowed", "keep one document in a file");
        if (start.tag_directives.start != start.tag_directives.end) return refuse(position, "tags are not allowed", {});
        if (start.version_directive && (start.version_directive->major != 1 || start.version_directive->minor != 2)) {
            return refuse(position, "only YAML 1.2 is read", "remove the %YAML line");
        }
        return true;
    }

    bool plain(const yaml_char_t* anchor, const yaml_char_t* tag, Position position) {
        if (anchor) {
            return refuse(position, "an anchor is not allowed", "write the value out where it is used");
        }
        if (tag) {
            return refuse(position, "a tag is not allowed", "quote a value to make it a string");
        }
        return true;
    }

    bool scalar(const Event& event, Position position) {
        const auto& data = event->data.scalar;
        if (!plain(data.anchor, data.tag, position)) return false;
        const std::string_view text = view(data.value, data.length);
        const bool quoted = data.style != YAML_PLAIN_SCALAR_STYLE;
        if (text.find('\0') != text.npos) return refuse(position, "a NUL character is not allowed", {});
        if (!open_.empty() && open_.back().expects_key) return key(text, quoted, position);
        if (quoted) return place(Value(text), position) != nullptr;
        auto value = resolve_scalar(text);
        if (!value) return refuse(position, value.error().message, value.error().hint);
        return place(*std::move(value), position) != nullptr;
    }

    bool key(std::string_view text, bool quoted, Position position) {
        if (!quoted && text == "<<") return refuse(position, "merge key '<<' is not allowed", "write the members out");
        if (text.empty()) return refuse(position, "a key is empty", {});
        open_.back().value->if_object()->push_back({std::string(text), Value(), position});
        open_.back().expects_key = false;
        return true;
    }

    Value* place(Value value, Position position) {
        if (++nodes_ > options_.nodes) {
            refuse(position, fmt::format("YAML holds more than {} values", options_.nodes), {}, Errc::limit);
            return nullptr;
        }
        value.set_position(position);
        if (open_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        Level& level = open_.back();
        if (Array* array = level.value->if_array()) return &array->emplace_back(std::move(value));
        level.expects_key = true;
        Value& slot = level.value->if_object()->back().value;
        slot = std::move(value);
        return &slot;
    }

    bool open(Value value, Position position) {
        if (!open_.empty() && open_.back().expects_key) return refuse(position, "a key must be a plain word", {});
        if (open_.size() == depth_) {
            return refuse(position, fmt::format("YAML is nested deeper than {} levels", depth_), {}, Errc::limit);
        }
        const bool mapping = value.if_object() != nullptr;
        Value* placed = place(std::move(value), position);
        if (!placed) return false;
        open_.push_back({placed, mapping});
        return true;
    }

    bool close_mapping() {
        const Object& object = *open_.back().value->if_object();
        if (const auto twice = find_duplicate_key(object)) {
            const Position first = object[twice->first].key_position;
            const Member& second = object[twice->second];
            return refuse(second.key_position, fmt::format("key '{}' stands twice", second.key),
                          fmt::format("the first is on line {}, column {}", first.line, first.column));
        }
        open_.pop_back();
        return true;
    }

    bool refuse(Position position, std::string message, std::string hint, Errc code = Errc::parse) {
        error_ =
            Error{code, std::move(message), std::move(hint), Location{options_.file, position.line, position.column}};
        return false;
    }

    /// What the library found wrong, in its words.
    Error library_error() {
        if (parser_.error == YAML_MEMORY_ERROR) return Error{Errc::internal, "no memory for the YAML parser", {}, {}};
        Position position = to_position(parser_.problem_mark);
        if (parser_.error == YAML_READER_ERROR) {
            position = {1, 1};
            const std::size_t end = std::min(parser_.problem_offset, text_.size());
            for (std::size_t at = 0; at < end; at += code_point_at(text_, at).size) {
                const bool new_line = text_[at] == '\n';
                position = new_line ? Position{position.line + 1, 1} : Position{position.line, position.column + 1};
            }
        }
        const std::string_view problem = parser_.problem ? parser_.problem : "not valid YAML";
        refuse(position, std::string(problem), std::string(hint_for(problem)));
        return std::move(*error_);
    }

    /// What most often is behind the library's words.
    [[nodiscard]] std::string_view hint_for(std::string_view problem) const {
        const auto says = [&](std::string_view words) { return problem.find(words) != problem.npos; };
        if (text_.find('\t') != text_.npos && says("token")) return "YAML is indented with spaces, not with tabs";
        if (says("expected ',' or") || says("unexpected ':'"))
            return "quote what holds a brace, a bracket or a comma: \"GET /pets/{id}\"";
        if (says("mapping values are not allowed")) return "quote what holds ': ', such as \"mock:200: ok\"";
        if (says("expected <block end>") || says("expected '-' indicator") || says("expected key"))
            return "members of one object, and items of one list, begin in the same column";
        return {};
    }

    std::string_view text_;
    const YamlOptions& options_;
    std::size_t depth_;
    bool ready_ = false;
    yaml_parser_t parser_{};
    Value root_;
    std::vector<Level> open_;
    std::size_t nodes_ = 0;
    int documents_ = 0;
    std::optional<Error> error_;
};

}  // namespace

Result<Value> parse_yaml(std::string_view text, const YamlOptions& options) {
    if (text.size() > options.size) {
        return Error{
            Errc::limit, fmt::format("YAML is larger than {} bytes", options.size), {}, Location{options.file, 0, 0}};
    }
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // YAML 1.2 §5.2
    return Reader(text, options).read();
}

}  // namespace gw::document
