#include "libgw/policy/routing/request_path.h"

#include <algorithm>
#include <string>

#include "libgw/base/text.h"

namespace gw::routing {
namespace {

// Eats one dot, plain or encoded.
bool eat_dot(std::string_view& text) {
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        return true;
    }
    if (text.size() >= 3 && text[0] == '%' && text[1] == '2' && to_lower(text[2]) == 'e') {
        text.remove_prefix(3);
        return true;
    }
    return false;
}

// One round of percent-decoding in place; what is not %HH stays. True when something changed.
bool decode_once(std::string& text) {
    std::size_t out = 0;
    bool changed = false;
    for (std::size_t in = 0; in < text.size(); ++in) {
        const int high = text[in] == '%' && in + 2 < text.size() ? hex_value(text[in + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[in + 2]) : -1;
        if (low >= 0) {
            text[out++] = static_cast<char>(high * 16 + low);
            in += 2;
            changed = true;
        } else {
            text[out++] = text[in];
        }
    }
    text.resize(out);
    return changed;
}

bool climbs(std::string_view text) {
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find_first_of("/\\", at), text.size());
        const std::string_view piece = text.substr(at, end - at);
        if (piece == ".." || piece.starts_with("..;")) return true;
        at = end + 1;
    }
    return false;
}

}  // namespace

std::size_t segment_start(std::string_view path, std::size_t index) {
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at + 1), path.size());
        if (end - at > 1 && index-- == 0) return at;
        at = end;
    }
    return path.size();
}

bool has_dot_segment(std::string_view path) {
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at + 1), path.size());
        std::string_view piece = path.substr(at + 1, end - at - 1);
        if (eat_dot(piece) && (piece.empty() || (eat_dot(piece) && piece.empty()))) return true;
        at = end;
    }
    return false;
}

bool hides_climbing(std::string_view path) {
    if (climbs(path)) return true;
    const auto has = [path](std::string_view text) { return path.find(text) != std::string_view::npos; };
    if (!has("%") || !(has("..") || has("%2e") || has("%2E") || has("%25"))) return false;
    std::string text(path);
    for (int round = 0; round < 3 && decode_once(text); ++round) {
        if (climbs(text)) return true;
    }
    return false;
}

RequestPath make_request_path(const http::Path& path) {
    RequestPath made{path.canonical(), path.sent(), {}};
    made.query = path.sent_with_query().substr(path.sent().size());
    if (made.sent.data() == made.canonical.data()) return made;
    if (!made.sent.starts_with('/') || has_dot_segment(made.sent)) {
        made.sent = made.canonical;
        return made;
    }
    while (made.sent.starts_with("//")) made.sent.remove_prefix(1);
    return made;
}

RequestPath strip_segments(const RequestPath& path, std::size_t count) {
    if (count == 0) return path;
    const auto rest = [count](std::string_view text) -> std::string_view {
        std::size_t at = 0;
        for (std::size_t left = count; left > 0 && at < text.size(); --left) {
            while (at + 1 < text.size() && text[at + 1] == '/') ++at;
            at = std::min(text.find('/', at + 1), text.size());
        }
        text.remove_prefix(at);
        while (text.starts_with("//")) text.remove_prefix(1);
        return text.empty() ? std::string_view("/") : text;
    };
    return {rest(path.canonical), rest(path.sent), path.query};
}

}  // namespace gw::routing
