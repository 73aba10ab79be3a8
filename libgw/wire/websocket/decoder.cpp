#include "libgw/wire/websocket/decoder.h"

#include <algorithm>
#include <cstring>

namespace gw::websocket {
namespace {

constexpr std::string_view kFlushed("\x00\x00\xff\xff", 4);
/// Compressed bytes lose their mask in pieces of this size.
constexpr std::size_t kPiece = 4096;

}  // namespace

void Decoder::inflate(const DeflateParameters& parameters, DeflatePool& pool) {
    pool_ = &pool;
    forgets_ = parameters.receiving_forgets(role_);
}

void Decoder::stop() {
    state_ = State::over;
    if (inflate_ && forgets_) pool_->give_back(std::move(inflate_));
    inflate_.reset();
}

Decoded Decoder::fail(std::size_t taken, Fault fault) {
    stop();
    return {.found = Found::error, .taken = taken, .code = fault.code, .why = fault.why};
}

/// The first two bytes.
Decoder::Fault Decoder::judge_head() {
    const auto first = static_cast<unsigned char>(head_[0]);
    const auto second = static_cast<unsigned char>(head_[1]);
    const unsigned opcode = first & 0x0fU;
    fin_ = (first & 0x80U) != 0;
    masked_ = (second & 0x80U) != 0;
    opcode_ = static_cast<Opcode>(opcode);
    const bool rsv1 = (first & 0x40U) != 0;
    const bool control = is_control(opcode_);
    if ((first & 0x30U) != 0 || (rsv1 && (pool_ == nullptr || control || opcode == 0)))
        return {CloseCode::protocol_error, "websocket.rsv"};
    if ((opcode > 2 && opcode < 8) || opcode > 10) return {CloseCode::protocol_error, "websocket.opcode"};
    if (masked_ != (role_ == Role::server)) return {CloseCode::protocol_error, "websocket.mask"};
    const unsigned length = second & 0x7fU;
    if (control) {
        if (!fin_) return {CloseCode::protocol_error, "websocket.control_fragment"};
        if (length > kMostControl) return {CloseCode::protocol_error, "websocket.control_length"};
    } else {
        if (opcode == 0 && !in_message_) return {CloseCode::protocol_error, "websocket.continuation"};
        if (opcode != 0 && in_message_) return {CloseCode::protocol_error, "websocket.interleaved"};
        if (opcode != 0) compressed_ = rsv1;
    }
    head_needed_ = static_cast<std::uint8_t>(2 + (length == 127 ? 8 : length == 126 ? 2 : 0) + (masked_ ? 4 : 0));
    return {};
}

Decoder::Fault Decoder::take_length() {
    const unsigned length = static_cast<unsigned char>(head_[1]) & 0x7fU;
    const std::size_t extended = length == 127 ? 8 : length == 126 ? 2 : 0;
    left_ = extended == 0 ? length : 0;
    for (std::size_t i = 0; i < extended; ++i) left_ = left_ << 8U | static_cast<unsigned char>(head_[2 + i]);
    // §5.2: the least number of bytes that it takes, and the first bit is 0
    if ((extended == 2 && left_ < 126) || (extended == 8 && left_ < 65536) || left_ >> 63U != 0)
        return {CloseCode::protocol_error, "websocket.length"};
    if (masked_) std::memcpy(key_.data(), head_.data() + 2 + extended, key_.size());
    if (is_control(opcode_)) return {};
    if (left_ > limits_->frame) return {CloseCode::too_big, "websocket.frame_size"};
    const std::uint64_t seen = opcode_ == Opcode::continuation ? message_size_ : 0;
    if (!compressed_ && left_ > limits_->message - std::min(seen, limits_->message))
        return {CloseCode::too_big, "websocket.message_size"};
    if ((opcode_ == Opcode::continuation ? fragments_ : 0) >= limits_->fragments)
        return {CloseCode::policy_violation, "websocket.fragments"};
    return {};
}

void Decoder::begin_payload() {
    head_size_ = 0;
    head_needed_ = 2;
    turn_ = 0;
    if (is_control(opcode_)) {
        control_size_ = 0;
        state_ = State::control;
        return;
    }
    state_ = State::payload;
    if (opcode_ != Opcode::continuation) {
        in_message_ = true;
        text_ = opcode_ == Opcode::text;
        told_ = false;
        fragments_ = 0;
        message_size_ = 0;
        tail_ = 0;
        utf8_.reset();
        if (compressed_ && !inflate_) inflate_ = forgets_ ? pool_->take_inflate() : std::make_unique<MessageInflate>();
    }
    ++fragments_;
}

Decoded Decoder::give(std::size_t taken, std::string_view data, bool ends) {
    if (text_ && (!utf8_.feed(data) || (ends && !utf8_.is_complete())))
        return fail(taken, {CloseCode::invalid_payload, "websocket.utf8"});
    message_size_ += data.size();
    Decoded found{.found = Found::data, .taken = taken, .data = data, .text = text_, .begins = !told_, .ends = ends};
    told_ = true;
    if (ends) end_message();
    return found;
}

void Decoder::end_message() {
    in_message_ = false;
    if (inflate_ && forgets_) pool_->give_back(std::move(inflate_));
}

Decoded Decoder::take_plain(std::size_t taken, std::string_view bytes, std::span<char> room) {
    std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    std::string_view data = bytes.substr(0, size);
    if (masked_) {
        size = std::min(size, room.size());
        mask(bytes.data(), size, room.data(), key_, turn_);
        data = {room.data(), size};
        turn_ = static_cast<std::uint8_t>((turn_ + size) % key_.size());
    }
    left_ -= size;
    const bool ends = left_ == 0 && fin_;
    if (left_ == 0) state_ = State::head;
    if (size == 0 && !ends) return {.found = Found::more, .taken = taken};
    return give(taken + size, data, ends);
}

Decoded Decoder::take_compressed(std::size_t taken, std::string_view bytes, std::span<char> room) {
    const std::uint64_t allowed = limits_->message - std::min(message_size_, limits_->message);
    // room for one byte too many tells a message that is too large from one that just fits
    room = room.first(static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), allowed + 1)));
    std::array<char, kPiece> clear;
    std::size_t made = 0;
    while (made < room.size()) {
        std::string_view in;
        if (state_ == State::tail) {
            in = kFlushed.substr(tail_);
        } else {
            const std::size_t size =
                static_cast<std::size_t>(std::min<std::uint64_t>({left_, bytes.size(), masked_ ? kPiece : UINT64_MAX}));
            in = bytes.substr(0, size);
            if (masked_) {
                mask(bytes.data(), size, clear.data(), key_, turn_);
                in = {clear.data(), size};
            }
        }
        const MessageInflate::Step step = inflate_->step(in, room.subspan(made));
        made += step.made;
        if (state_ == State::tail) {
            tail_ = static_cast<std::uint8_t>(tail_ + step.taken);
        } else {
            bytes.remove_prefix(step.taken);
            taken += step.taken;
            left_ -= step.taken;
            turn_ = static_cast<std::uint8_t>((turn_ + step.taken) % key_.size());
        }
        if (step.damaged || made > allowed) {
            // what came before is judged first, as it would have been had it come alone
            if (text_ && !utf8_.feed({room.data(), static_cast<std::size_t>(std::min<std::uint64_t>(made, allowed))}))
                return fail(taken, {CloseCode::invalid_payload, "websocket.utf8"});
            if (made > allowed) return fail(taken, {CloseCode::too_big, "websocket.message_size"});
            return fail(taken, {CloseCode::invalid_payload, "websocket.deflate"});
        }
        if (made == room.size()) break;
        if (step.taken < in.size()) continue;
        if (state_ == State::tail) {
            state_ = State::head;
            return give(taken, {room.data(), made}, true);
        }
        if (left_ > 0) {
            if (bytes.empty()) break;
            continue;
        }
        if (!fin_) {
            state_ = State::head;
            break;
        }
        state_ = State::tail;
    }
    if (made == 0) return {.found = Found::more, .taken = taken};
    return give(taken, {room.data(), made}, false);
}

Decoded Decoder::take_control(std::size_t taken, std::string_view bytes) {
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    char* const to = control_.data() + control_size_;
    if (masked_)
        mask(bytes.data(), size, to, key_, control_size_);
    else if (size > 0)
        std::memcpy(to, bytes.data(), size);
    control_size_ = static_cast<std::uint8_t>(control_size_ + size);
    left_ -= size;
    taken += size;
    if (left_ > 0) return {.found = Found::more, .taken = taken};
    state_ = State::head;
    if (opcode_ == Opcode::close) return take_close(taken);
    return {.found = opcode_ == Opcode::ping ? Found::ping : Found::pong,
            .taken = taken,
            .data = {control_.data(), control_size_}};
}

/// §5.5.1, §7.4
Decoded Decoder::take_close(std::size_t taken) {
    const std::string_view payload(control_.data(), control_size_);
    if (payload.size() == 1) return fail(taken, {CloseCode::protocol_error, "websocket.close_length"});
    Decoded found{.found = Found::close, .taken = taken};
    if (!payload.empty()) {
        const auto code = static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8U |
                                                     static_cast<unsigned char>(payload[1]));
        if (!may_receive(role_, code)) return fail(taken, {CloseCode::protocol_error, "websocket.close_code"});
        found.code = static_cast<CloseCode>(code);
        found.data = payload.substr(2);
        Utf8Stream utf8;
        if (!utf8.feed(found.data) || !utf8.is_complete())
            return fail(taken, {CloseCode::invalid_payload, "websocket.utf8"});
    }
    stop();
    return found;
}

Decoded Decoder::decode(std::string_view bytes, std::span<char> room) {
    std::size_t taken = 0;
    while (true) {
        const std::string_view rest = bytes.substr(taken);
        switch (state_) {
            case State::over: return {.found = Found::more, .taken = bytes.size()};
            case State::head: {
                const std::size_t size = std::min<std::size_t>(head_needed_ - head_size_, rest.size());
                if (size == 0) return {.found = Found::more, .taken = taken};
                std::memcpy(head_.data() + head_size_, rest.data(), size);
                head_size_ = static_cast<std::uint8_t>(head_size_ + size);
                taken += size;
                if (head_size_ < head_needed_) continue;
                if (head_needed_ == 2) {
                    if (const Fault fault = judge_head(); !fault.why.empty()) return fail(taken, fault);
                    if (head_needed_ > 2) continue;
                }
                if (const Fault fault = take_length(); !fault.why.empty()) return fail(taken, fault);
                begin_payload();
                continue;
            }
            case State::payload:
            case State::tail: {
                if (state_ == State::payload && rest.empty() && left_ > 0 && !compressed_)
                    return {.found = Found::more, .taken = taken};
                const Decoded found = compressed_ ? take_compressed(taken, rest, room) : take_plain(taken, rest, room);
                if (found.found != Found::more) return found;
                taken = found.taken;
                if (state_ == State::payload && left_ > 0) return found;
                continue;
            }
            case State::control: {
                const Decoded found = take_control(taken, rest);
                return found;
            }
        }
    }
}

}  // namespace gw::websocket
