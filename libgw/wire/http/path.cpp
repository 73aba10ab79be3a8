// Facts
// - An upstream may decode again what we keep encoded. So a segment which would contain ".." if its %2F were slashes is
//   refused; %25 is left alone, because "%2520" is the only way to send a "%20" that is meant literally.
// - Some servers strip ";parameters" before they resolve dots: a "..;" segment is refused, any other ";" is literal.

#include <algorithm>

#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/uri.h"

namespace gw::http {

namespace {

constexpr char kUpperHex[] = "0123456789ABCDEF";

// Follows one UTF-8 text byte by byte (RFC 3629 §4: no overlong forms, no surrogates, nothing above U+10FFFF).
class Utf8 {
  public:
    [[nodiscard]] bool complete() const { return left_ == 0; }
    bool feed(unsigned byte) {
        if (left_ == 0) {
            low_ = 0x80;
            high_ = 0xbf;
            if (byte < 0x80) return true;
            if (byte >= 0xc2 && byte <= 0xdf) {
                left_ = 1;
            } else if (byte >= 0xe0 && byte <= 0xef) {
                left_ = 2;
                if (byte == 0xe0) low_ = 0xa0;
                if (byte == 0xed) high_ = 0x9f;
            } else if (byte >= 0xf0 && byte <= 0xf4) {
                left_ = 3;
                if (byte == 0xf0) low_ = 0x90;
                if (byte == 0xf4) high_ = 0x8f;
            } else {
                return false;
            }
            return true;
        }
        if (byte < low_ || byte > high_) return false;
        low_ = 0x80;
        high_ = 0xbf;
        --left_;
        return true;
    }

  private:
    unsigned left_ = 0;
    unsigned low_ = 0x80;
    unsigned high_ = 0xbf;
};

// Decodes unreserved bytes and upper-cases the other escapes (RFC 3986 §6.2.2). False when an escape is refused.
bool normalise_escapes(std::string_view path, std::string& out, std::string_view& why) {
    Utf8 utf8;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path[i] != '%') {
            if (!utf8.complete()) break;
            out += path[i];
            continue;
        }
        const int high = i + 2 < path.size() ? hex_value(path[i + 1]) : -1;
        const int low = i + 2 < path.size() ? hex_value(path[i + 2]) : -1;
        if (high < 0 || low < 0) {
            why = "path.escape";
            return false;
        }
        const auto byte = static_cast<unsigned>(high * 16 + low);
        if (byte < 0x20 || byte == 0x7f) {
            why = "path.control";
            return false;
        }
        if (byte == '\\') {
            why = "path.backslash";
            return false;
        }
        if (!utf8.feed(byte)) {
            why = "path.utf8";
            return false;
        }
        const char c = static_cast<char>(byte);
        if (class_of(c) & kUnreserved) {
            out += c;
        } else {
            out += '%';
            out += kUpperHex[high];
            out += kUpperHex[low];
        }
        i += 2;
    }
    if (!utf8.complete()) {
        why = "path.utf8";
        return false;
    }
    return true;
}

// A segment that climbs, or climbs for somebody who strips parameters or decodes %2F. ".." itself is resolved
// elsewhere.
bool hides_dots(std::string_view segment) {
    if (segment == "." || segment == "..") return false;
    if (segment.find("..") == std::string_view::npos && segment.find(".;") == std::string_view::npos) return false;
    for (;;) {
        const std::size_t slash = segment.find("%2F");
        const std::string_view piece = segment.substr(0, slash);
        if (piece == ".." || piece.substr(0, 3) == "..;" || piece.substr(0, 2) == ".;") return true;
        if (slash == std::string_view::npos) return false;
        segment.remove_prefix(slash + 3);
    }
}

// Resolves dot segments and collapses empty ones, in place: what is written never overtakes what is read.
// False when it would climb above the root or when dots hide.
bool resolve_segments(std::string& path, std::string_view& why) {
    std::size_t size = 0;
    std::size_t at = 0;
    bool directory = false;  // the last segment was empty or dots: the result ends with a slash
    while (at < path.size()) {
        const std::size_t start = at + 1;  // path[at] is '/'
        const std::size_t slash = std::min(path.find('/', start), path.size());
        const std::string_view segment = std::string_view(path).substr(start, slash - start);
        at = slash;
        directory = segment.empty() || segment == "." || segment == "..";
        if (segment == "..") {
            if (size == 0) {
                why = "path.climbs";
                return false;
            }
            size = path.rfind('/', size - 1);
        } else if (!directory) {
            if (hides_dots(segment)) {
                why = "path.hidden_dots";
                return false;
            }
            path[size] = '/';
            std::copy(segment.begin(), segment.end(), path.begin() + static_cast<std::ptrdiff_t>(size) + 1);
            size += 1 + segment.size();
        }
    }
    path.resize(size);
    if (directory || path.empty()) path += '/';
    return true;
}

}  // namespace

bool parse_path(std::string_view origin_form, Path& into, std::string_view& why) {
    into.clear();
    if (origin_form.empty() || origin_form[0] != '/') {
        why = "target.form";
        return false;
    }
    if (origin_form.size() > 65536) {
        why = "target.size";
        return false;
    }
    // One pass over the path; most paths are already canonical.
    bool differs = false;
    std::size_t size = 1;
    for (; size < origin_form.size(); ++size) {
        const char c = origin_form[size];
        if (class_of(c) & kPathByte) {
            differs |= origin_form[size - 1] == '/' && (c == '/' || c == '.');
            continue;
        }
        if (c == '?') break;
        if (c != '%') {
            why = "path.byte";
            return false;
        }
        differs = true;
    }
    const std::string_view path = origin_form.substr(0, size);
    if (size < origin_form.size()) {
        const std::string_view query = origin_form.substr(size + 1);
        bool escapes = false;
        for (const char c : query) {
            if (class_of(c) & kQueryByte) continue;
            if (c != '%') {
                why = "query.byte";
                return false;
            }
            escapes = true;
        }
        if (escapes && !has_valid_escapes(query)) {
            why = "query.escape";
            return false;
        }
    }
    if (differs) {
        if (!normalise_escapes(path, into.canonical_, why) || !resolve_segments(into.canonical_, why)) return false;
        into.same_ = into.canonical_ == path;
    }
    into.text_.assign(origin_form);
    into.path_size_ = static_cast<std::uint32_t>(size);
    into.has_query_ = size < origin_form.size();
    return true;
}

Result<Path> Path::parse(std::string_view origin_form) {
    Path path;
    std::string_view why;
    if (parse_path(origin_form, path, why)) return path;
    return Error{Errc::parse, "the path is not valid: " + std::string(why), {}, {}};
}

void Path::clear() {
    text_.clear();
    canonical_.clear();
    path_size_ = 0;
    has_query_ = false;
    same_ = true;
}

}  // namespace gw::http
