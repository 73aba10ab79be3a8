#include "libgw/policy/auth/sigv4/pasted.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/wire/http/grammar.h"

namespace gw::sigv4 {
namespace {

Error wrong(std::string why, std::string hint = {}) {
    return Error{Errc::parse, "the request: " + std::move(why), std::move(hint), {}};
}

/// The next line without its end; nothing when there is no more.
std::optional<std::string_view> take_line(std::string_view& rest) {
    if (rest.empty()) return std::nullopt;
    const auto end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace

Request PastedRequest::view(std::vector<Field>& storage) const {
    storage.clear();
    for (const auto& [name, value] : fields) storage.push_back({name, value});
    return {method, path, query, storage, sha256(body)};
}

Result<PastedRequest> parse_pasted(std::string_view text) {
    PastedRequest request;
    std::string_view rest = text;
    while (rest.starts_with('\n') || rest.starts_with('\r')) rest.remove_prefix(1);
    const auto first = take_line(rest);
    const auto space = first ? first->find(' ') : std::string_view::npos;
    const auto last = first ? first->rfind(' ') : std::string_view::npos;
    if (space == std::string_view::npos || last <= space || !first->substr(last + 1).starts_with("HTTP/") ||
        !http::is_token(first->substr(0, space)))
        return wrong("its first line is not METHOD TARGET HTTP/1.1", "paste the whole request, as it was sent");
    request.method = std::string(first->substr(0, space));
    std::string_view target = first->substr(space + 1, last - space - 1);
    if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme != target.npos) {
        target.remove_prefix(scheme + 3);  // absolute-form (RFC 9112 §3.2.2)
        target.remove_prefix(std::min(target.find('/'), target.size()));
    }
    const auto mark = target.find('?');
    request.path = std::string(target.substr(0, mark));
    if (mark != target.npos) request.query = std::string(target.substr(mark + 1));

    std::optional<std::uint64_t> length;
    for (;;) {
        const auto line = take_line(rest);
        if (!line || line->empty()) break;
        if (line->front() == ' ' || line->front() == '\t') {
            if (request.fields.empty()) return wrong("a line is no field");
            request.fields.back().second.append(" ").append(trim_ows(*line));
            continue;
        }
        const auto field = split_once(*line, ':');
        if (!field || !http::is_token(field->first))
            return wrong(fmt::format("line {} is no field", request.fields.size() + 2));
        request.fields.emplace_back(field->first, trim_ows(field->second));
        if (equals_ignoring_case(field->first, "content-length")) {
            length = parse_unsigned(trim_ows(field->second));
            if (!length) return wrong("its Content-Length is no number");
        }
        if (equals_ignoring_case(field->first, "transfer-encoding"))
            return wrong("its body comes in chunks", "paste it with a Content-Length and the body as it is");
    }
    request.body = std::string(rest);
    if (length && request.body.size() > *length) {
        std::string_view more = std::string_view(request.body).substr(*length);
        if (more != "\n" && more != "\r\n") return wrong("its body is longer than Content-Length says");
        request.body.resize(*length);
    }
    if (length && request.body.size() < *length) return wrong("its body is shorter than Content-Length says");
    return request;
}

}  // namespace gw::sigv4
