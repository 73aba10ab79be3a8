#include "libgw/config/target.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/base/unicode.h"
#include "libgw/config/address.h"

namespace gw::config {
namespace {

constexpr std::array<std::string_view, 5> kTargets = {"http://", "https://", "http+unix:", "group:", "mock:"};
constexpr std::array<std::string_view, 6> kOthers = {"lambda:", "exec:", "soap:", "ws://", "wss://", "https+unix:"};

bool is_name_character(char c) { return is_alpha(c) || is_digit(c) || c == '_' || c == '-' || c == '.'; }

bool is_name(std::string_view text) {
    if (text.empty() || text.size() > 128) return false;
    for (const char c : text) {
        if (!is_name_character(c)) return false;
    }
    return true;
}

/// An error at a byte of the text.
Error bad(std::string_view text, std::size_t at, std::string message, std::string hint = {}) {
    const auto column = static_cast<std::uint32_t>(count_code_points(text.substr(0, at)) + 1);
    return Error{Errc::config, std::move(message), std::move(hint), Location{{}, 1, column}};
}

/// The path with every `{name}` replaced by a letter, so that what is left can be judged as a path.
Result<std::string> without_variables(std::string_view text, std::size_t path_begin) {
    std::string plain;
    for (std::size_t at = path_begin; at < text.size();) {
        if (text[at] != '{') {
            if (text[at] == '}') return bad(text, at, "'}' has no '{'");
            plain += text[at++];
            continue;
        }
        const auto close = text.find('}', at);
        if (close == text.npos) return bad(text, at, "'{' has no '}'");
        std::string_view name = text.substr(at + 1, close - at - 1);
        if (name.ends_with('+')) name.remove_suffix(1);
        if (!is_name(name)) return bad(text, at, fmt::format("'{}' is not the name of a path variable", name));
        plain += 'x';
        at = close + 1;
    }
    return plain;
}

/// Judges a path that may hold variables, and gives it back.
Result<std::string> target_path(std::string_view text, std::size_t begin) {
    const std::string_view path = text.substr(begin);
    if (const auto query = path.find('?'); query != path.npos) {
        return bad(text, begin + query, "a target has no query", "the query of the request is passed on as it came");
    }
    if (const auto fragment = path.find('#'); fragment != path.npos) {
        return bad(text, begin + fragment, "a target has no fragment");
    }
    const std::string plain = TRY(without_variables(text, begin));
    if (plain.empty()) return std::string();
    const auto parsed = http::Path::parse(plain);
    if (!parsed) return bad(text, begin, fmt::format("'{}' is not a path that can be requested", path));
    return std::string(path);
}

Result<Integration> parse_http(std::string_view text) {
    Integration integration;
    const auto authority = text.find("://") + 3;
    const auto path = std::min(text.find_first_of("/?#", authority), text.size());
    if (const auto brace = text.find_first_of("{}$", authority); brace < path) {
        return bad(text, brace, "a variable may stand in the path of a target, not in its host");
    }
    auto url = http::Url::parse(text.substr(0, path));
    if (!url) return bad(text, authority, url.error().message, url.error().hint);
    integration.kind = Integration::Kind::http;
    integration.url = *std::move(url);
    integration.url.path = TRY(target_path(text, path));
    return integration;
}

Result<Integration> parse_unix(std::string_view text) {
    constexpr std::size_t begin = std::string_view("http+unix:").size();
    const auto colon = text.find(":/", begin);
    const auto end = std::min(colon, text.size());
    Integration integration;
    integration.kind = Integration::Kind::http;
    integration.unix_socket = text.substr(begin, end - begin);
    if (integration.unix_socket.empty()) {
        return bad(text, begin, "the path of the unix socket is missing", "http+unix:/run/app.sock");
    }
    if (integration.unix_socket.find('\0') != std::string::npos || integration.unix_socket.size() > 107) {
        return bad(text, begin, "the path of the unix socket is longer than 107 bytes or holds a NUL byte");
    }
    integration.url.scheme = "http";
    integration.url.authority.host = "localhost";
    if (colon != text.npos) integration.url.path = TRY(target_path(text, colon + 1));
    return integration;
}

Result<Integration> parse_group(std::string_view text) {
    constexpr std::size_t begin = std::string_view("group:").size();
    const auto end = std::min(text.find_first_of("/?#", begin), text.size());
    Integration integration;
    integration.kind = Integration::Kind::group;
    integration.group = text.substr(begin, end - begin);
    if (!is_name(integration.group))
        return bad(text, begin, fmt::format("'{}' is not the name of a group", integration.group));
    integration.url.scheme = "http";
    integration.url.path = TRY(target_path(text, end));
    return integration;
}

Result<Integration> parse_mock(std::string_view text) {
    constexpr std::size_t begin = std::string_view("mock:").size();
    const auto end = std::min(text.find(':', begin), text.size());
    const auto status = parse_unsigned(text.substr(begin, end - begin), 599);
    // 1xx answers are not final (RFC 9110 §15.2)
    if (!status || *status < 200) {
        return bad(text, begin, fmt::format("'{}' is not a status", text.substr(begin, end - begin)), "200 to 599");
    }
    Integration integration;
    integration.kind = Integration::Kind::mock;
    integration.status = static_cast<std::uint16_t>(*status);
    if (end < text.size()) integration.body = text.substr(end + 1);
    if (integration.body == "@") return bad(text, end + 1, "the file after '@' is missing");
    // RFC 9110 §15.3.5, §15.3.6, §15.4.5: these have no content
    if (!integration.body.empty() && (*status == 204 || *status == 205 || *status == 304)) {
        return bad(text, end + 1, fmt::format("an answer of status {} has no body", *status));
    }
    return integration;
}

}  // namespace

bool is_target(std::string_view text) {
    for (const std::string_view prefix : kTargets) {
        if (text.starts_with(prefix)) return true;
    }
    for (const std::string_view prefix : kOthers) {
        if (text.starts_with(prefix)) return true;
    }
    return text.find("://") < text.find_first_of("=/ ");
}

Result<Integration> parse_target(std::string_view text) {
    const auto parse = [&]() -> Result<Integration> {
        if (text.empty()) return bad(text, 0, "the target is missing", "http://127.0.0.1:3000");
        if (text.starts_with("http://") || text.starts_with("https://")) return parse_http(text);
        if (text.starts_with("http+unix:")) return parse_unix(text);
        if (text.starts_with("group:")) return parse_group(text);
        if (text.starts_with("mock:")) return parse_mock(text);
        for (const std::string_view prefix : kOthers) {
            if (!text.starts_with(prefix)) continue;
            return bad(text, 0, fmt::format("targets of kind '{}' do not exist in this version", prefix),
                       "http://, https://, http+unix:, group: and mock: do");
        }
        if (parse_address(text))
            return bad(text, 0, fmt::format("target '{}' has no scheme", text), fmt::format("http://{}", text));
        if (const std::string_view port = text.substr(text.front() == ':' ? 1 : 0);
            parse_unsigned_as<std::uint16_t>(port))
            return bad(text, 0, fmt::format("'{}' is not a target", text), fmt::format("http://localhost:{}", port));
        return bad(text, 0, fmt::format("'{}' is not a target", text),
                   "http://, https://, http+unix:, group: or mock:");
    };
    Integration integration = TRY(parse());
    integration.text = text;
    return integration;
}

std::string_view body_file(const Integration& integration) {
    const bool from_file = integration.kind == Integration::Kind::mock && integration.text.size() > 10 &&
                           integration.text.compare(8, 2, ":@") == 0;
    return from_file ? std::string_view(integration.text).substr(10) : std::string_view();
}

Result<std::string> expand_stage_variables(std::string_view text, const std::map<std::string, std::string>& variables) {
    constexpr std::string_view kOpen = "${";
    constexpr std::string_view kNames = "stageVariables.";
    std::string out;
    std::size_t at = 0;
    while (true) {
        const auto open = text.find(kOpen, at);
        out += text.substr(at, open - at);
        if (open == text.npos) return out;
        const auto close = text.find('}', open);
        if (close == text.npos) return bad(text, open, "'${' has no '}'");
        const std::string_view name = text.substr(open + 2, close - open - 2);
        if (!name.starts_with(kNames)) {
            return bad(text, open, fmt::format("variable '{}' does not exist", name), "${stageVariables.NAME} does");
        }
        const auto found = variables.find(std::string(name.substr(kNames.size())));
        if (found == variables.end()) {
            std::vector<std::string> known;
            known.reserve(variables.size());
            for (const auto& [key, value] : variables) known.push_back(key);
            const std::string_view meant = closest(name.substr(kNames.size()), known);
            return bad(text, open, fmt::format("stage variable '{}' is not set", name.substr(kNames.size())),
                       meant.empty() ? std::string() : fmt::format("did you mean '{}'?", meant));
        }
        out += found->second;
        at = close + 1;
    }
}

std::vector<std::string> path_variables(const Integration& integration) {
    std::vector<std::string> names;
    if (integration.kind == Integration::Kind::mock) return names;
    const std::string_view path = integration.url.path;
    for (auto open = path.find('{'); open != path.npos; open = path.find('{', open + 1)) {
        const auto close = path.find('}', open);
        std::string_view name = path.substr(open + 1, close - open - 1);
        if (name.ends_with('+')) name.remove_suffix(1);
        names.emplace_back(name);
    }
    return names;
}

}  // namespace gw::config
