#include <algorithm>

#include "libgw/wire/http/decoder.h"
#include "libgw/wire/http/grammar.h"

namespace gw::http {

void ChunkedDecoder::reset(const Limits& limits, std::uint64_t body_limit) {
    *this = ChunkedDecoder();
    limits_ = &limits;
    body_limit_ = std::min(body_limit, static_cast<std::uint64_t>(INT64_MAX));
}

Decoded ChunkedDecoder::fail(std::uint16_t status, std::string_view reason) {
    state_ = State::failed;
    refused_ = {status, reason};
    return {Found::error, 0, {}, refused_};
}

Decoded ChunkedDecoder::decode(std::string_view bytes) {
    if (state_ == State::failed) return {Found::error, 0, {}, refused_};
    std::size_t taken = 0;
    while (taken < bytes.size() && state_ != State::done) {
        if (state_ == State::data) {
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - taken));
            left_ -= size;
            if (left_ == 0) state_ = State::data_cr;
            return {Found::body, taken + size, bytes.substr(taken, size), {}};
        }
        const Refused refused = step(bytes[taken++]);
        if (refused) {
            Decoded failed = fail(refused.status, refused.reason);
            failed.taken = taken;
            return failed;
        }
    }
    return {state_ == State::done ? Found::end : Found::more, taken, {}, {}};
}

Refused ChunkedDecoder::chunk_begins() {
    if (left_ > body_limit_ || payload_ > body_limit_ - left_) {
        if (left_ > static_cast<std::uint64_t>(INT64_MAX)) return {400, "chunk.size"};
        return {413, "limit.body"};
    }
    // Against the payload before this chunk: a size that was announced has not come yet.
    if (overhead_ > std::max<std::uint64_t>(limits_->chunk_overhead, payload_)) return {400, "limit.chunk_overhead"};
    payload_ += left_;
    state_ = left_ == 0 ? State::trailer : State::data;
    return {};
}

Refused ChunkedDecoder::end_of_trailer_name() {
    const std::string_view name(name_, std::min<std::size_t>(name_size_, kLongestName));
    if (name_size_ == 0) return {400, "trailer.name"};
    // A trailer that frames the message anew (RFC 9110 §6.5.1); all others are dropped and do no harm.
    if (name_size_ <= kLongestName && (name == "content-length" || name == "transfer-encoding")) {
        return {400, "trailer.framing"};
    }
    if (++trailer_fields_ > limits_->trailer_fields) return {400, "limit.trailers"};
    state_ = State::trailer_value;
    return {};
}

Refused ChunkedDecoder::step(char c) {
    const std::uint8_t classes = class_of(c);
    if (state_ >= State::trailer) {
        if (++trailer_bytes_ > limits_->trailer_bytes + 2) return {400, "limit.trailers"};  // and the last empty line
    } else {
        ++overhead_;
        if (state_ < State::size_lf && c != '\r' && ++line_ > limits_->chunk_line) {
            return {400, "limit.chunk_line"};
        }
    }
    switch (state_) {
        case State::size:
            if (classes & kHexDigit) {
                if (++digits_ > 16) return {400, "chunk.size"};
                left_ = left_ << 4 | static_cast<std::uint64_t>(hex_value(c));
                return {};
            }
            if (digits_ == 0) return {400, "chunk.size"};
            if (c == ';') {
                state_ = State::extension;
                return {};
            }
            if (c != '\r') return {400, "chunk.size"};
            state_ = State::size_lf;
            return {};
        case State::extension:  // RFC 9112 §7.1.1, without the whitespace that it calls bad
            if (!(classes & kToken)) return {400, "chunk.extension"};
            state_ = State::extension_name;
            return {};
        case State::extension_name:
            if (classes & kToken) return {};
            if (c == '=') {
                state_ = State::extension_value;
                return {};
            }
            break;
        case State::extension_value:
            if (c == '"') {
                state_ = State::quoted;
                return {};
            }
            if (!(classes & kToken)) return {400, "chunk.extension"};
            state_ = State::extension_token;
            return {};
        case State::extension_token:
            if (classes & kToken) return {};
            break;
        case State::quoted:
            if (!(classes & kValueByte)) return {400, "chunk.extension"};
            if (c == '\\') state_ = State::quoted_pair;
            if (c == '"') state_ = State::quoted_end;
            return {};
        case State::quoted_pair:
            if (!(classes & kValueByte)) return {400, "chunk.extension"};
            state_ = State::quoted;
            return {};
        case State::quoted_end: break;
        case State::size_lf:
            if (c != '\n') return {400, "chunk.line_end"};
            line_ = 0;
            digits_ = 0;
            return chunk_begins();
        case State::data_cr:
            if (c != '\r') return {400, "chunk.data_end"};
            state_ = State::data_lf;
            return {};
        case State::data_lf:
            if (c != '\n') return {400, "chunk.data_end"};
            state_ = State::size;
            return {};
        case State::trailer:
            if (c == '\r') {
                state_ = State::last_lf;
                return {};
            }
            name_size_ = 0;
            state_ = State::trailer_name;
            [[fallthrough]];
        case State::trailer_name:
            if (c == ':') return end_of_trailer_name();
            if (!(classes & kToken)) return {400, "trailer.name"};
            if (name_size_ < kLongestName) name_[name_size_] = to_lower(c);
            if (name_size_ <= kLongestName) ++name_size_;
            return {};
        case State::trailer_value:
            if (c == '\r') {
                state_ = State::trailer_lf;
                return {};
            }
            if (!(classes & kValueByte)) return {400, "trailer.value"};
            return {};
        case State::trailer_lf:
            if (c != '\n') return {400, "trailer.line_end"};
            state_ = State::trailer;
            return {};
        case State::last_lf:
            if (c != '\n') return {400, "trailer.line_end"};
            state_ = State::done;
            return {};
        case State::data:
        case State::done:
        case State::failed: return {};
    }
    // After a complete extension.
    if (c == ';') {
        state_ = State::extension;
        return {};
    }
    if (c != '\r') return {400, "chunk.extension"};
    state_ = State::size_lf;
    return {};
}

}  // namespace gw::http
