// The responses of a connection. Every refusal is a 502 to whoever waits; the words are those of decoder.cpp, and
//   status_line.form response.unexpected response.interim response.switch response.truncated response.body

#include <algorithm>

#include "libgw/wire/http/decoder.h"
#include "libgw/wire/http/framing.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/status.h"

namespace gw::http {

namespace {
constexpr std::uint8_t kMostInterim = 10;
constexpr std::uint16_t kLastStatus = 599;
}  // namespace

Decoded ResponseDecoder::fail(std::size_t taken, Refused refused) {
    state_ = State::failed;
    refused_ = {502, refused.reason};
    return {Found::error, taken, {}, refused_};
}

void ResponseDecoder::expect(Method method, bool upgrade) {
    if (state_ == State::failed) return;
    method_ = method;
    upgrade_ = upgrade;
    interim_ = 0;
    state_ = State::start;
}

Decoded ResponseDecoder::decode(std::string_view bytes, ResponseHead& head) {
    switch (state_) {
        case State::failed: break;
        case State::done:
            if (bytes.empty()) return {};
            return fail(0, {502, "response.unexpected"});
        case State::start:
            if (bytes.empty()) return {};
            head.clear();
            reader_.start();
            state_ = State::head;
            [[fallthrough]];
        case State::head: {
            std::size_t taken = 0;
            const auto progress =
                reader_.read(bytes, taken, head.fields, *limits_,
                             [&](std::string_view line, std::size_t at) { return take_status_line(line, at, head); });
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
            if (left_ > 0) return {};
            state_ = State::done;
            return {Found::end, 0, {}, {}};
        }
        case State::chunked: {
            const Decoded found = chunked_.decode(bytes);
            if (found.found == Found::error) return fail(found.taken, found.refused);
            if (found.found == Found::end) state_ = State::done;
            return found;
        }
        case State::until_close:
            if (bytes.empty()) return {};
            return {Found::body, bytes.size(), bytes, {}};
    }
    return {Found::error, 0, {}, refused_};
}

Decoded ResponseDecoder::close() {
    if (state_ == State::until_close) {
        state_ = State::done;
        return {Found::end, 0, {}, {}};
    }
    if (state_ == State::failed) return {Found::error, 0, {}, refused_};
    // A message whose last byte has come but whose end was not asked for yet is whole all the same.
    if (state_ == State::body && left_ == 0) {
        state_ = State::done;
        return {Found::end, 0, {}, {}};
    }
    return fail(0, {502, "response.truncated"});
}

// RFC 9112 §4: HTTP-version SP status-code SP [reason]. The second space is often forgotten and never matters.
Refused ResponseDecoder::take_status_line(std::string_view line, std::size_t at, ResponseHead& head) {
    const Refused malformed{502, "status_line.form"};
    if (line.size() < 12 || line.substr(0, 7) != "HTTP/1." || (line[7] != '0' && line[7] != '1') || line[8] != ' ') {
        return malformed;
    }
    std::uint16_t status = 0;
    for (const char c : line.substr(9, 3)) {
        if (!is_digit(c)) return malformed;
        status = static_cast<std::uint16_t>(status * 10 + (c - '0'));
    }
    // RFC 9110 §15: a client takes 600 and above for a 5xx, and who reads two status codes differently can be led
    // astray.
    if (!is_status(status) || status > kLastStatus || (line.size() > 12 && line[12] != ' ') || !is_field_value(line))
        return malformed;
    head.version = line[7] == '1' ? Version::http11 : Version::http10;
    head.status = status;
    const std::size_t reason = std::min<std::size_t>(13, line.size());
    head.reason_at = static_cast<std::uint32_t>(at + reason);
    head.reason_size = static_cast<std::uint32_t>(line.size() - reason);
    return {};
}

// RFC 9112 §6.3, in its order.
Refused ResponseDecoder::finish_head(ResponseHead& head) {
    if (const Refused refused =
            read_framing(head.fields, reader_.seen(), reader_.repeated(), head.version, head.body)) {
        return refused;
    }
    ConnectionOptions options;
    if (reader_.seen().contains(FieldName::connection)) {
        if (const Refused refused = read_connection(head.fields, options)) return refused;
    }
    head.nominates = options.nominates;
    head.keep_alive = !options.close && (head.version == Version::http11 || options.keep_alive);
    left_ = 0;
    state_ = State::body;
    if (head.status == 101) return upgrade_ ? Refused{} : Refused{502, "response.switch"};
    if (is_interim(head.status)) {
        if (head.body.framing != Framing::none) return {502, "response.body"};
        if (++interim_ > kMostInterim) return {502, "response.interim"};
        state_ = State::start;
        return {};
    }
    // A body that may not be there is announced: whose bytes would follow?
    if (head.status == 204 && head.body.framing != Framing::none) return {502, "response.body"};
    if (method_ == Method::head || never_has_body(head.status)) {
        head.body.framing = Framing::none;
        return {};
    }
    switch (head.body.framing) {
        case Framing::length:
            if (head.body.length > limits_->body) return {502, "limit.body"};
            left_ = head.body.length;
            break;
        case Framing::chunked:
            chunked_.reset(*limits_, limits_->body);
            state_ = State::chunked;
            break;
        case Framing::none:
            if (head.body.declared) break;
            head.body.framing = Framing::until_close;
            [[fallthrough]];
        case Framing::until_close:
            head.keep_alive = false;
            state_ = State::until_close;
            break;
    }
    return {};
}

}  // namespace gw::http
