#include "libgw/policy/routing/path_template.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libgw/base/text.h"

namespace gw::routing {
namespace {

Error error_at(const Location& where, std::size_t offset, std::string message, std::string hint = {}) {
    Location place = where;
    place.column = std::max(place.column, 1U) + static_cast<std::uint32_t>(offset);
    return Error{Errc::config, std::move(message), std::move(hint), std::move(place)};
}

bool is_unreserved(char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

// RFC 3986 §3.3: pchar without "%HH", which is looked at on its own.
bool is_path_character(char c) {
    return is_unreserved(c) || std::string_view("!$&'()*+,;=:@").find(c) != std::string_view::npos;
}

bool is_name_character(char c) { return is_alpha(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == ':'; }

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

// A literal in the form that http::Path::canonical() gives to the same segment of a request.
Result<std::string> parse_literal(std::string_view text, const Location& where, std::size_t offset) {
    std::string canonical;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_path_character(c)) {
            canonical += c;
            continue;
        }
        if (c == '{' || c == '}') {
            return error_at(where, offset + i, "a path parameter is a whole segment, not part of " + quoted(text),
                            "write it between slashes: /{name}/");
        }
        if (c != '%') {
            return error_at(where, offset + i, "the segment " + quoted(text) + " holds a character that a path cannot",
                            "percent-encode it");
        }
        const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return error_at(where, offset + i, "'%' without two hexadecimal digits in " + quoted(text),
                            "a percent sign itself is %25");
        }
        const auto byte = static_cast<unsigned char>(high * 16 + low);
        if (byte < 0x20 || byte == 0x7f || byte == '\\') {
            return error_at(where, offset + i,
                            "the segment " + quoted(text) + " encodes a byte that no request may hold");
        }
        if (is_unreserved(static_cast<char>(byte))) {
            canonical += static_cast<char>(byte);
        } else {
            canonical += '%';
            canonical += to_upper(text[i + 1]);
            canonical += to_upper(text[i + 2]);
        }
        i += 2;
    }
    if (canonical == "." || canonical == "..") {
        return error_at(where, offset, "the dot segment " + quoted(text) + " never reaches a route",
                        "requests are resolved before they are routed");
    }
    return canonical;
}

Result<Segment> parse_segment(std::string_view text, const Location& where, std::size_t offset) {
    if (text.front() != '{' || text.back() != '}')
        return Segment{Segment::Kind::literal, TRY(parse_literal(text, where, offset))};
    Segment segment{Segment::Kind::parameter, {}};
    std::string_view name = text.substr(1, text.size() - 2);
    if (!name.empty() && name.back() == '+') {
        segment.kind = Segment::Kind::greedy;
        name.remove_suffix(1);
    }
    if (name.empty())
        return error_at(where, offset, "the path parameter " + quoted(text) + " has no name", "write {name}");
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (is_name_character(name[i])) continue;
        if (name[i] == '{' || name[i] == '}') {
            return error_at(where, offset + 1 + i, "a path parameter is a whole segment, not part of " + quoted(text),
                            "write it between slashes: /{name}/");
        }
        return error_at(where, offset + 1 + i,
                        "the name of the path parameter " + quoted(text) + " holds a bad character",
                        "letters, digits, '_', '-', '.' and ':' are allowed");
    }
    segment.text = name;
    return segment;
}

constexpr std::array<std::string_view, 8> kMethods{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "ANY"};

/// "GET/pets" and "pets" lack something.
std::string hint_for_slash(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view method = text.substr(0, slash);
    const bool is_method = std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
    if (!is_method) return "/" + std::string(text);
    return std::string(method) + " " + (slash == text.npos ? "/" : std::string(text.substr(slash)));
}

}  // namespace

Result<PathTemplate> PathTemplate::parse(std::string_view text, const Location& where) {
    if (text.empty() || text.front() != '/') {
        return error_at(where, 0, "the path " + quoted(text) + " does not start with '/'", hint_for_slash(text));
    }
    PathTemplate path;
    path.text_ = text;
    if (text == "/") return path;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('/', at + 1), text.size());
        const std::string_view piece = text.substr(at + 1, end - at - 1);
        if (piece.empty()) {
            if (end == text.size()) {
                return error_at(where, at, "the path " + quoted(text) + " ends with '/'",
                                "leave it out; add " + std::string(text) + "{proxy+} to take what follows the slash");
            }
            return error_at(where, at, "the path " + quoted(text) + " has an empty segment", "leave one '/' out");
        }
        if (path.is_greedy()) {
            return error_at(where, at, "nothing can follow the greedy parameter '{" + path.parameters_.back() + "+}'",
                            "it takes the rest of the path");
        }
        Segment segment = TRY(parse_segment(piece, where, at + 1));
        if (segment.kind != Segment::Kind::literal) {
            if (std::find(path.parameters_.begin(), path.parameters_.end(), segment.text) != path.parameters_.end()) {
                return error_at(where, at + 1,
                                "the path parameter " + quoted(segment.text) + " stands twice in one path");
            }
            if (path.parameters_.size() == kMaxParameters) {
                return error_at(where, at + 1, "a path has at most " + std::to_string(kMaxParameters) + " parameters");
            }
            path.parameters_.push_back(segment.text);
        }
        if (path.segments_.size() == kMaxSegments) {
            return error_at(where, at + 1,
                            "the path of a route has at most " + std::to_string(kMaxSegments) + " segments");
        }
        path.segments_.push_back(std::move(segment));
        at = end;
    }
    return path;
}

std::size_t PathTemplate::literal_prefix() const {
    const auto first = std::find_if(segments_.begin(), segments_.end(),
                                    [](const Segment& segment) { return segment.kind != Segment::Kind::literal; });
    return static_cast<std::size_t>(first - segments_.begin());
}

Result<RouteKey> RouteKey::parse(std::string_view text, const Location& where) {
    RouteKey key;
    if (text == "$default") {
        key.is_default = true;
        return key;
    }
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) {
        key.any = true;
        key.path = TRY(PathTemplate::parse(text, where));
        return key;
    }
    const std::string_view method = text.substr(0, space);
    if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
        const std::string_view meant = closest(method, kMethods);
        return error_at(where, 0, quoted(method) + " is not a method",
                        meant.empty() ? "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS or ANY"
                                      : "did you mean " + quoted(meant) + "?");
    }
    key.any = method == "ANY";
    key.method = http::to_method(method);
    const std::size_t start = std::min(text.find_first_not_of(' ', space), text.size());
    Location place = where;
    place.column = std::max(place.column, 1U) + static_cast<std::uint32_t>(start);
    key.path = TRY(PathTemplate::parse(text.substr(start), place));
    return key;
}

std::string RouteKey::text() const {
    if (is_default) return "$default";
    return std::string(any ? std::string_view("ANY") : http::to_text(method)) + " " + path.text();
}

}  // namespace gw::routing
