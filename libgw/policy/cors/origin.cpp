#include "libgw/policy/cors/origin.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/wire/http/uri.h"

namespace gw::cors {
namespace {

std::uint16_t default_port(std::string_view scheme) {
    if (scheme == "https" || scheme == "wss") return 443;
    return scheme == "http" || scheme == "ws" ? 80 : 0;
}

bool is_scheme(std::string_view text) {
    return !text.empty() && is_alpha(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
        return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
}

std::string host_text(const http::Authority& authority) {
    return authority.ipv6 ? "[" + authority.host + "]" : authority.host;
}

/// "/a/b/../c" is "/a/c" (RFC 3986 §5.2.4; the URL Standard takes %2e for a dot too).
std::string without_dots(std::string_view path) {
    std::vector<std::string_view> kept;
    const auto pieces = split(path.substr(1), '/');
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        std::string dots(pieces[i]);
        for (std::size_t at = 0; (at = to_lower(std::string_view(dots)).find("%2e", at)) != std::string::npos; ++at)
            dots.replace(at, 3, ".");
        const bool last = i + 1 == pieces.size();
        if (dots == "..") {
            if (!kept.empty()) kept.pop_back();
            if (last) kept.emplace_back();
        } else if (dots == ".") {
            if (last) kept.emplace_back();
        } else {
            kept.push_back(pieces[i]);
        }
    }
    return "/" + join(kept, "/");
}

/// What Chromium encodes in a path that was written raw, and in a query (URL Standard §1.3).
constexpr std::string_view kPathSet = "\"<>^`{|}";
constexpr std::string_view kQuerySet = "\"<>'";

std::string encode_raw(std::string_view text, std::string_view set) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte >= 0x7f || set.find(c) != set.npos)
            out += fmt::format("%{:02X}", byte);
        else
            out += c;
    }
    return out;
}

/// What follows "scheme:" of an http or https URL.
Result<void> read_rest(std::string_view rest, PageUrl& into) {
    while (!rest.empty() && (rest.front() == '/' || rest.front() == '\\')) rest.remove_prefix(1);
    const auto end = std::min(rest.find_first_of("/\\?#"), rest.size());
    std::string_view authority = rest.substr(0, end);
    if (const auto at = authority.rfind('@'); at != authority.npos) {
        into.has_credentials = authority.substr(0, at).find_first_not_of(':') != authority.npos;
        authority.remove_prefix(at + 1);
    }
    if (authority.ends_with(':')) authority.remove_suffix(1);
    const auto parsed = TRY(http::Authority::parse(authority));
    into.host = host_text(parsed);
    into.port = parsed.port.value_or(default_port(into.scheme));
    rest.remove_prefix(end);
    rest = rest.substr(0, rest.find('#'));
    const std::string_view path = rest.substr(0, rest.find('?'));
    std::string slashed(path.empty() ? "/" : path);
    std::replace(slashed.begin(), slashed.end(), '\\', '/');
    into.target = encode_raw(without_dots(slashed), kPathSet) + encode_raw(rest.substr(path.size()), kQuerySet);
    return ok();
}

}  // namespace

Result<Origin> Origin::parse(std::string_view text) {
    if (text == "null") return Origin();
    const Error error{Errc::parse,
                      fmt::format("'{}' is not an origin", text),
                      "scheme, host and port only: https://app.example.com, http://localhost:3000",
                      {}};
    const auto mark = text.find("://");
    if (mark == text.npos || !is_scheme(text.substr(0, mark))) return error;
    const auto authority = http::Authority::parse(text.substr(mark + 3));
    if (!authority) return error;
    Origin origin;
    origin.scheme_ = to_lower(text.substr(0, mark));
    origin.host_ = host_text(*authority);
    origin.port_ = authority->port.value_or(default_port(origin.scheme_));
    origin.text_ = fmt::format("{}://{}", origin.scheme_, authority->text(default_port(origin.scheme_)));
    if (origin.text_ != text) {
        Error other = error;
        other.hint = fmt::format("browsers write it {}", origin.text_);
        return other;
    }
    return origin;
}

Result<PageUrl> PageUrl::parse(std::string_view text) {
    const auto mark = text.find(':');
    PageUrl url;
    if (mark != text.npos) url.scheme = to_lower(text.substr(0, mark));
    if (!url.is_http())
        return Error{
            Errc::parse, fmt::format("'{}' is not an http or https URL", text), "https://api.example.com/items", {}};
    TRY(read_rest(text.substr(mark + 1), url).in(fmt::format("URL '{}'", text)));
    return url;
}

Result<PageUrl> PageUrl::resolve(std::string_view text) const {
    std::string without_tabs(text);
    std::erase(without_tabs, '\t');
    std::string_view location = without_tabs;
    const auto colon = location.find(':');
    if (colon != location.npos && is_scheme(location.substr(0, colon))) {
        PageUrl url;
        url.scheme = to_lower(location.substr(0, colon));
        // the URL Standard reads "http:x" against a base of the same scheme as relative
        const std::string_view rest = location.substr(colon + 1);
        if (!url.is_http()) return url;
        if (url.scheme != scheme || rest.starts_with("//")) {
            TRY(read_rest(rest, url).in("location"));
            return url;
        }
        location = rest;
    }
    PageUrl url = *this;
    url.has_credentials = false;
    location = location.substr(0, location.find('#'));
    if (location.starts_with("//") || location.starts_with("/\\") || location.starts_with("\\")) {
        if (location.size() > 1 && (location[1] == '/' || location[1] == '\\')) {
            TRY(read_rest(location, url).in("location"));
            return url;
        }
    }
    if (location.empty()) return url;
    const std::string_view own_path = std::string_view(target).substr(0, target.find('?'));
    if (location.starts_with('?')) {
        url.target = std::string(own_path) + encode_raw(location, kQuerySet);
        return url;
    }
    const std::string_view query = location.substr(std::min(location.find('?'), location.size()));
    std::string path(location.substr(0, location.size() - query.size()));
    std::replace(path.begin(), path.end(), '\\', '/');
    if (!path.starts_with('/')) path.insert(0, own_path.substr(0, own_path.rfind('/') + 1));
    url.target = encode_raw(without_dots(path), kPathSet) + encode_raw(query, kQuerySet);
    return url;
}

Origin PageUrl::origin() const {
    if (!is_http()) return Origin::opaque();
    Origin origin;
    origin.scheme_ = scheme;
    origin.host_ = host;
    origin.port_ = port;
    origin.text_ = port == default_port(scheme) ? fmt::format("{}://{}", scheme, host)
                                                : fmt::format("{}://{}:{}", scheme, host, port);
    return origin;
}

std::string PageUrl::text() const { return is_http() ? origin().text() + target : scheme + ":"; }

}  // namespace gw::cors
