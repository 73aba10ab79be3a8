#include "libgw/wire/http/forwarded.h"

#include "libgw/wire/http/grammar.h"

namespace gw::http {

namespace {

constexpr unsigned kMostElements = 32;
constexpr std::size_t kMostBytes = 1024;

// Port 0 too: it is not ours to connect to.
bool is_port(std::string_view text) {
    for (const char c : text) {
        if (!is_digit(c)) return false;
    }
    return !text.empty() && text.size() <= 5;
}

}  // namespace

std::optional<IpAddress> parse_forwarded_address(std::string_view text) {
    if (!text.empty() && text[0] == '[') {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view after = text.substr(end + 1);
        if (!after.empty() && (after[0] != ':' || !is_port(after.substr(1)))) return std::nullopt;
        const std::string_view inner = text.substr(1, end - 1);
        if (inner.find(':') == std::string_view::npos) return std::nullopt;
        return IpAddress::parse(inner);
    }
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
        if (!is_port(text.substr(colon + 1))) return std::nullopt;
        text = text.substr(0, colon);
    }
    return IpAddress::parse(text);
}

std::optional<IpAddress> ForwardedWalk::next() {
    while (!inside_) {
        if (line_ == 0) return std::nullopt;
        const FieldView field = fields_[--line_];
        if (field.id != FieldName::x_forwarded_for) continue;
        rest_ = field.value;
        inside_ = true;
    }
    const std::size_t comma = rest_.rfind(',');
    const std::string_view raw = comma == std::string_view::npos ? rest_ : rest_.substr(comma + 1);
    bytes_ += raw.size() + 1;
    if (++elements_ > kMostElements || bytes_ > kMostBytes + 1) return std::nullopt;
    if (comma == std::string_view::npos) {
        inside_ = false;
    } else {
        rest_ = rest_.substr(0, comma);
    }
    return parse_forwarded_address(trim_ows(raw));
}

}  // namespace gw::http
