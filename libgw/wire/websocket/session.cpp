#include "libgw/wire/websocket/session.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "libgw/base/text.h"

namespace gw::websocket {

MaskKey MaskKeys::next() {
    if (used_ == bytes_.size()) {
        fill_(bytes_);
        used_ = 0;
    }
    MaskKey key;
    std::memcpy(key.data(), bytes_.data() + used_, key.size());
    used_ += key.size();
    return key;
}

void Session::deflate(const DeflateParameters& parameters, DeflatePool& pool) {
    decoder_.inflate(parameters, pool);
    pool_ = &pool;
    deflate_bits_ = parameters.sending_bits(decoder_.role());
    forgets_ = parameters.sending_forgets(decoder_.role());
    // zlib cannot keep to a window of 8 bits; whoever agreed to one sends its messages as they are (RFC 7692 §6)
    deflates_ = deflate_bits_ > 8;
}

void Session::append(std::string& out, Opcode opcode, bool fin, bool rsv1, std::string_view payload) {
    FrameHead head{.opcode = opcode, .fin = fin, .rsv1 = rsv1, .key = {}};
    if (keys_ != nullptr) head.key = keys_->next();
    append_frame(out, head, payload);
}

bool Session::send_control(Opcode opcode, std::string_view payload, std::string& out) {
    if (close_sent_) return false;
    append(out, opcode, true, false, payload.substr(0, kMostControl));
    return true;
}

bool Session::send(Opcode opcode, std::string_view payload, std::string& out) {
    if (close_sent_) return false;
    if (deflates_ && forgets_) {
        std::string& compressed = pool_->scratch();
        compressed.clear();
        pool_->deflate(deflate_bits_).append(payload, true, compressed);
        if (compressed.size() < payload.size()) {
            append(out, opcode, true, true, compressed);
            return true;
        }
        append(out, opcode, true, false, payload);
        return true;
    }
    return send_piece(opcode, payload, true, true, out);
}

bool Session::send_piece(Opcode opcode, std::string_view payload, bool begins, bool ends, std::string& out) {
    if (close_sent_) return false;
    // one compressor serves all who forget, for a message at a time: those in pieces go as they are
    if (begins) piece_compressed_ = deflates_ && !forgets_;
    const Opcode shown = begins ? opcode : Opcode::continuation;
    if (!piece_compressed_) {
        append(out, shown, ends, false, payload);
        return true;
    }
    if (!deflate_) deflate_ = std::make_unique<MessageDeflate>(deflate_bits_, DeflatePool::memory_of(deflate_bits_));
    std::string& compressed = pool_->scratch();
    compressed.clear();
    deflate_->append(payload, ends, compressed);
    append(out, shown, ends, begins, compressed);
    return true;
}

bool Session::close(CloseCode code, std::string_view reason, std::string& out) {
    if (close_sent_) return false;
    std::array<char, kMostControl> payload;
    std::size_t size = 0;
    if (code != CloseCode::no_status) {
        payload[0] = static_cast<char>(static_cast<unsigned>(code) >> 8U);
        payload[1] = static_cast<char>(static_cast<unsigned>(code) & 0xffU);
        reason = reason.substr(0, valid_utf8_prefix(reason.substr(0, kMostControl - 2)));
        if (!reason.empty()) std::memcpy(payload.data() + 2, reason.data(), reason.size());
        size = 2 + reason.size();
    }
    append(out, Opcode::close, true, false, {payload.data(), size});
    close_sent_ = true;
    return true;
}

/// More control frames in a second than anybody has use for.
bool Session::is_flood(Instant now) {
    if (now - window_ >= std::chrono::seconds(1)) {
        window_ = now;
        controls_ = 0;
    }
    return ++controls_ > limits_->controls_per_second;
}

void Session::feed(std::string_view bytes, std::span<char> room, SessionEvents& events, std::string& out, Instant now) {
    std::array<char, kMostControl> last;
    std::size_t last_size = 0;
    bool owed = false;
    int pongs = 0;
    const auto settle = [&] {
        if (std::exchange(owed, false)) send_control(Opcode::pong, {last.data(), last_size}, out);
    };
    const auto fail = [&](CloseCode code, std::string_view why) {
        settle();
        close(code, why, out);
        events.on_failure(code, why);
    };
    while (!decoder_.over()) {
        const Decoded found = decoder_.decode(bytes, room);
        bytes.remove_prefix(found.taken);
        switch (found.found) {
            case Found::more: return settle();
            case Found::data: events.on_data(found); break;
            case Found::ping:
            case Found::pong:
                if (is_flood(now)) {
                    decoder_.stop();
                    return fail(CloseCode::policy_violation, "websocket.control_flood");
                }
                if (found.found == Found::pong) {
                    events.on_pong(found.data);
                    break;
                }
                if (++pongs <= kPongs) {
                    send_control(Opcode::pong, found.data, out);
                } else {
                    std::copy(found.data.begin(), found.data.end(), last.begin());
                    last_size = found.data.size();
                    owed = true;
                }
                events.on_ping(found.data);
                break;
            case Found::close:
                settle();
                close(found.code, {}, out);
                return events.on_close(found.code, found.data);
            case Found::error: return fail(found.code, found.why);
        }
    }
}

}  // namespace gw::websocket
