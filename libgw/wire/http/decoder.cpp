// The requests of a connection. The words of a refusal:
//   line.bare_lf line.bare_cr line.control                    a byte that no line of a head may hold
//   request_line.form request_line.method .version method.refused
//   target.form target.authority target.size path.* query.*   what may not be asked for (path.cpp)
//   field.name field.folded field.value field.repeated field.disguised
//   host.missing host.repeated host.value
//   framing.* (framing.cpp) chunk.* trailer.* (chunked_decoder.cpp) connection.token connection.protected
//   expect.unknown upgrade.body
//   limit.start_line limit.head limit.fields limit.body limit.chunk_line limit.chunk_overhead limit.trailers

#include "libgw/wire/http/decoder.h"

#include <algorithm>

#include "libgw/wire/http/framing.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/hop_by_hop.h"

namespace gw::http {

namespace {

using enum FieldName;

// Fields of which two would let two readers see two truths.
constexpr FieldSet kSingle = {
    host,
    authorization,
    content_type,
    expect,
    origin,
    proxy_authorization,
    sec_websocket_key,
    sec_websocket_version,
    x_api_key,
    x_amz_content_sha256,
    x_amz_date,
    x_amz_security_token,
    content_length,
    access_control_request_method,
    x_http_method_override,
    content_md5,
    x_forwarded_client_cert,
};

constexpr std::string_view kVersionPrefix = "HTTP/";

}  // namespace

Decoded RequestDecoder::fail(std::size_t taken, Refused refused) {
    state_ = State::failed;
    refused_ = refused;
    return {Found::error, taken, {}, refused};
}

Decoded RequestDecoder::decode(std::string_view bytes, RequestHead& head) {
    std::size_t taken = 0;
    if (state_ == State::start) {
        // RFC 9112 §2.2: one empty line before a request is no harm.
        while (taken < bytes.size()) {
            const char c = bytes[taken];
            if (leading_cr_ ? c != '\n' : c != '\r' && c != '\n') break;
            ++taken;
            if (c == '\n' && !leading_cr_) return fail(taken, {400, "line.bare_lf"});
            if (c == '\r' && leading_line_) return fail(taken, {400, "request_line.form"});
            leading_line_ |= c == '\n';
            leading_cr_ = c == '\r';
        }
        if (taken == bytes.size()) return {Found::more, taken, {}, {}};
        if (leading_cr_) return fail(taken, {400, "line.bare_cr"});
        head.clear();
        reader_.start();
        authority_size_ = 0;
        state_ = State::head;
    }
    switch (state_) {
        case State::start:
        case State::failed: break;
        case State::head: {
            std::size_t used = 0;
            const auto progress =
                reader_.read(bytes.substr(taken), used, head.fields, *limits_,
                             [&](std::string_view line, std::size_t at) { return take_request_line(line, at, head); });
            taken += used;
            if (progress == HeadReader::Progress::more) return {Found::more, taken, {}, {}};
            const Refused refused = progress == HeadReader::Progress::failed ? reader_.refused() : finish_head(head);
            if (refused) return fail(taken, refused);
            return {Found::head, taken, {}, {}};
        }
        case State::body: {
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
            if (size > 0) {
                left_ -= size;
                return {Found::body, size, bytes.substr(0, size), {}};
            }
            if (left_ > 0) return {Found::more, 0, {}, {}};
            state_ = State::start;
            leading_cr_ = leading_line_ = false;
            return {Found::end, 0, {}, {}};
        }
        case State::chunked: {
            const Decoded found = chunked_.decode(bytes);
            if (found.found == Found::error) return fail(found.taken, found.refused);
            if (found.found == Found::end) {
                state_ = State::start;
                leading_cr_ = leading_line_ = false;
            }
            return found;
        }
    }
    return {Found::error, 0, {}, refused_};
}

bool RequestDecoder::limit_body(std::uint64_t bytes, const RequestHead& head) {
    const std::uint64_t limit = std::min(bytes, limits_->body);
    if (head.body.framing == Framing::chunked) chunked_.reset(*limits_, limit);
    if (head.body.framing == Framing::length && head.body.length > limit) {
        fail(0, {413, "limit.body"});
        return false;
    }
    return true;
}

// RFC 9112 §3: method SP request-target SP HTTP-version, each exactly once.
Refused RequestDecoder::take_request_line(std::string_view line, std::size_t at, RequestHead& head) {
    const std::size_t first = line.find(' ');
    if (first == std::string_view::npos) return {400, "request_line.form"};
    const std::size_t second = line.find(' ', first + 1);
    if (second == std::string_view::npos || second == first + 1) return {400, "request_line.form"};
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, second - first - 1);
    const std::string_view version = line.substr(second + 1);
    if (!is_token(method)) return {400, "request_line.method"};
    if (version.size() != 8 || version.substr(0, 5) != kVersionPrefix || !is_digit(version[5]) || version[6] != '.' ||
        !is_digit(version[7])) {
        return {400, "request_line.version"};
    }
    if (version[5] != '1' || version[7] > '1') return {505, "request_line.version"};
    head.version = version[7] == '1' ? Version::http11 : Version::http10;
    head.method = to_method(method);
    head.method_size = static_cast<std::uint32_t>(method.size());
    head.target_at = static_cast<std::uint32_t>(at + first + 1);
    head.target_size = static_cast<std::uint32_t>(target.size());
    // Never a tunnel, never an echo (S77).
    if (head.method == Method::connect || head.method == Method::trace) return {405, "method.refused"};
    return take_target(target, head);
}

// RFC 9112 §3.2: origin-form, absolute-form, and asterisk-form for OPTIONS.
Refused RequestDecoder::take_target(std::string_view target, RequestHead& head) {
    std::string_view why;
    if (target[0] == '/') return parse_path(target, head.path, why) ? Refused{} : Refused{400, why};
    if (target == "*") {
        if (head.method != Method::options) return {400, "target.form"};
        parse_path("/*", head.path, why);
        return {};
    }
    std::size_t authority = 0;
    if (starts_with_ignoring_case(target, "http://")) authority = 7;
    if (starts_with_ignoring_case(target, "https://")) authority = 8;
    if (authority == 0 || !is_visible(target)) return {400, "target.form"};
    const std::size_t end = std::min(target.find_first_of("/?", authority), target.size());
    if (end == authority) return {400, "target.authority"};
    authority_at_ = static_cast<std::uint32_t>(authority);
    authority_size_ = static_cast<std::uint32_t>(end - authority);
    const std::string_view rest = target.substr(end);
    // RFC 9112 §3.2.1: an empty path is sent as "/".
    const bool good = !rest.empty() && rest[0] == '/' ? parse_path(rest, head.path, why)
                                                      : parse_path("/" + std::string(rest), head.path, why);
    return good ? Refused{} : Refused{400, why};
}

Refused RequestDecoder::judge_host(RequestHead& head) {
    const FieldSet& seen = reader_.seen();
    if (!seen.contains(host)) {
        // RFC 9112 §3.2: HTTP/1.0 knew no Host; without one no absolute-form either, there is nothing to compare it
        // with.
        if (head.version == Version::http11 || authority_size_ > 0) return {400, "host.missing"};
        return {};
    }
    if (reader_.repeated().contains(host)) return {400, "host.repeated"};
    if (!canonical_authority(*head.fields.find(host), default_port_, head.authority)) return {400, "host.value"};
    if (authority_size_ > 0) {
        std::string named;
        const std::string_view written = head.target().substr(authority_at_, authority_size_);
        if (!canonical_authority(written, default_port_, named) || named != head.authority) {
            return {400, "target.authority"};
        }
    }
    return {};
}

Refused RequestDecoder::finish_head(RequestHead& head) {
    const FieldSet& seen = reader_.seen();
    const FieldSet& repeated = reader_.repeated();
    if (const Refused refused = read_framing(head.fields, seen, repeated, head.version, head.body)) return refused;
    if (const Refused refused = judge_host(head)) return refused;
    const bool body = head.body.framing != Framing::none;
    // Old servers never read those bodies, so they would be the next request (S28).
    if (head.version == Version::http10 && body &&
        (head.method == Method::get || head.method == Method::head || head.method == Method::delete_)) {
        return {400, "framing.body_in_http10"};
    }
    ConnectionOptions options;
    if (seen.contains(connection)) {
        if (const Refused refused = read_connection(head.fields, options)) return refused;
    }
    head.nominates = options.nominates;
    head.keep_alive = !options.close && (head.version == Version::http11 || options.keep_alive);
    if (reader_.underscores()) {
        head.underscores = true;
        for (const FieldView field : head.fields) {
            if (is_disguised(field.name)) return {400, "field.disguised"};
        }
    }
    if (repeated.contains(expect)) return {417, "expect.unknown"};
    if (repeated.intersects(kSingle)) return {400, "field.repeated"};
    if (seen.contains(expect)) {
        if (!equals_ignoring_case(*head.fields.find(expect), "100-continue")) return {417, "expect.unknown"};
        // RFC 9110 §10.1.1: not from HTTP/1.0, and not without content.
        head.expect_continue = body && head.version == Version::http11;
    }
    if (seen.contains(upgrade) && options.upgrade) {
        bool websocket = false;
        for (const FieldView field : head.fields) {
            websocket |= field.id == upgrade && list_has(field.value, "websocket");
        }
        if (websocket && body) return {400, "upgrade.body"};
        head.upgrade_websocket = websocket && head.method == Method::get && head.version == Version::http11;
    }
    if (head.body.framing == Framing::length && head.body.length > limits_->body) return {413, "limit.body"};
    left_ = head.body.length;
    state_ = State::body;
    if (head.body.framing == Framing::chunked) {
        chunked_.reset(*limits_, limits_->body);
        state_ = State::chunked;
    }
    return {};
}

}  // namespace gw::http
