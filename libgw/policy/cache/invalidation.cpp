#include "libgw/policy/cache/invalidation.h"

#include "libgw/base/text.h"

namespace gw::cache {
namespace {

constexpr std::size_t kMostNamed = 4;

/// "//host/path" or "scheme://host/path" with the origin taken off; the text itself when it has none; nothing when it
/// is somebody else's.
std::optional<std::string_view> local_part(std::string_view text, const Origins& origins) {
    std::optional<bool> secure;
    if (starts_with_ignoring_case(text, "http://")) secure = false;
    if (starts_with_ignoring_case(text, "https://")) secure = true;
    if (secure)
        text.remove_prefix(*secure ? 6 : 5);
    else if (!text.starts_with("//")) {
        const auto colon = text.find(':');
        const auto end = text.find_first_of("/?#");
        if (colon != text.npos && colon < end) return std::nullopt;  // another scheme
        return text;
    }
    text.remove_prefix(2);
    const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
    std::string authority;
    const auto is = [&](std::string_view origin, bool origin_secure) {
        if (secure && *secure != origin_secure) return false;
        const std::uint16_t port = origin_secure ? 443 : 80;
        std::string canonical;
        return !origin.empty() && http::canonical_authority(text.substr(0, end), port, authority) &&
               http::canonical_authority(origin, port, canonical) && authority == canonical;
    };
    if (!is(origins.client, origins.secure) && !is(origins.target, origins.target_secure)) return std::nullopt;
    text.remove_prefix(end);
    return text.starts_with('/') ? text : std::string_view("/");
}

/// RFC 3986 §5.2.2, for a reference without authority; dot segments are resolved by Path.
std::string resolve(std::string_view reference, const http::Path& base) {
    reference = reference.substr(0, reference.find('#'));
    if (reference.starts_with('/')) return std::string(reference);
    std::string resolved(base.sent());
    if (reference.empty()) {
        if (base.has_query()) resolved.append("?").append(base.query());
        return resolved;
    }
    if (!reference.starts_with('?')) resolved.resize(resolved.rfind('/') + 1);
    return resolved.append(reference);
}

}  // namespace

bool invalidates(http::Method method, std::uint16_t status) {
    return !http::is_safe(method) && status >= 200 && status < 400;
}

std::vector<http::Path> named_paths(const http::Fields& answer, const http::Path& base, const Origins& origins) {
    std::vector<http::Path> paths;
    for (const http::FieldView field : answer) {
        const bool location = field.id == http::FieldName::location;
        const bool content = field.id == http::FieldName::other && equals_ignoring_case(field.name, "content-location");
        if ((!location && !content) || paths.size() == kMostNamed) continue;
        const auto local = local_part(field.value, origins);
        if (!local) continue;
        if (auto path = http::Path::parse(resolve(*local, base))) paths.push_back(std::move(*path));
    }
    return paths;
}

}  // namespace gw::cache
