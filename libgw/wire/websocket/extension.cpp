#include "libgw/wire/websocket/extension.h"

#include "libgw/wire/http/grammar.h"

namespace gw::websocket {
namespace {

/// Takes from the front of a text; after the first thing that is not there, nothing more.
class Reader {
  public:
    explicit Reader(std::string_view rest) : rest_(rest) {}

    bool eat(char c) {
        rest_ = http::trim_ows(rest_);
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool at_end() {
        rest_ = http::trim_ows(rest_);
        return rest_.empty();
    }
    std::optional<std::string> token() {
        rest_ = http::trim_ows(rest_);
        std::size_t size = 0;
        while (size < rest_.size() && (http::class_of(rest_[size]) & http::kToken) != 0) ++size;
        if (size == 0) return std::nullopt;
        std::string taken(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return taken;
    }
    std::optional<std::string> value() {
        if (!eat('"')) return token();
        std::string text;
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\') rest_.remove_prefix(1);
            if (rest_.empty()) return std::nullopt;
            text += rest_.front();
            rest_.remove_prefix(1);
        }
        if (rest_.empty() || !http::is_token(text)) return std::nullopt;
        rest_.remove_prefix(1);
        return text;
    }

  private:
    std::string_view rest_;
};

bool read_line(std::string_view line, std::vector<Extension>& into) {
    Reader reader(line);
    bool any = false;
    while (!reader.at_end()) {
        if (reader.eat(',')) continue;  // an empty element (RFC 9110 §5.6.1.2)
        auto name = reader.token();
        if (!name) return false;
        any = true;
        Extension& extension = into.emplace_back(Extension{std::move(*name), {}});
        while (reader.eat(';')) {
            auto parameter = reader.token();
            if (!parameter) return false;
            std::optional<std::string> value;
            if (reader.eat('=') && !(value = reader.value())) return false;
            extension.parameters.push_back({std::move(*parameter), std::move(value)});
        }
        if (!reader.at_end() && !reader.eat(',')) return false;
    }
    return any;
}

}  // namespace

std::optional<std::vector<Extension>> parse_extensions(const http::Fields& fields) {
    std::vector<Extension> extensions;
    for (const http::FieldView field : fields)
        if (field.id == http::FieldName::sec_websocket_extensions && !read_line(field.value, extensions))
            return std::nullopt;
    return extensions;
}

}  // namespace gw::websocket
