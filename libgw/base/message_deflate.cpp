#include "libgw/base/message_deflate.h"

#include <algorithm>
#include <array>
#include <new>

#include <zlib.h>

namespace gw {
namespace {

constexpr std::size_t kMost = 1U << 30U;  // of a step: zlib counts in 32 bits
constexpr std::string_view kFlushed("\x00\x00\xff\xff", 4);

Bytef* input_of(std::string_view text) {
    // zlib does not write to its input, but says so only since 1.2.5.2
    return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

struct MessageInflate::State {
    z_stream stream{};
};

MessageInflate::MessageInflate() : state_(std::make_unique<State>()) {
    if (inflateInit2(&state_->stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
}

MessageInflate::~MessageInflate() { inflateEnd(&state_->stream); }

void MessageInflate::reset() { inflateReset(&state_->stream); }

MessageInflate::Step MessageInflate::step(std::string_view in, std::span<char> room) {
    z_stream& stream = state_->stream;
    const std::size_t offered = std::min(in.size(), kMost);
    const std::size_t free = std::min(room.size(), kMost);
    stream.next_in = input_of(in);
    stream.avail_in = static_cast<uInt>(offered);
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(free);
    bool damaged = false;
    while (stream.avail_out > 0 && !damaged) {
        const int result = inflate(&stream, Z_SYNC_FLUSH);
        if (result == Z_BUF_ERROR) break;  // it wants more
        if (result == Z_STREAM_END) {
            std::array<Bytef, 32768> window;
            uInt size = 0;
            inflateGetDictionary(&stream, window.data(), &size);
            inflateReset(&stream);
            inflateSetDictionary(&stream, window.data(), size);
        }
        damaged = result != Z_OK && result != Z_STREAM_END;
        if (stream.avail_in == 0 && stream.avail_out > 0) break;
    }
    return {offered - stream.avail_in, free - stream.avail_out, damaged};
}

struct MessageDeflate::State {
    z_stream stream{};
};

MessageDeflate::MessageDeflate(int bits, int memory) : state_(std::make_unique<State>()), bits_(bits) {
    if (deflateInit2(&state_->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -bits, memory, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
}

MessageDeflate::~MessageDeflate() { deflateEnd(&state_->stream); }

void MessageDeflate::reset() { deflateReset(&state_->stream); }

void MessageDeflate::append(std::string_view in, bool last, std::string& out) {
    z_stream& stream = state_->stream;
    const std::size_t before = out.size();
    do {
        const std::string_view piece = in.substr(0, kMost);
        in.remove_prefix(piece.size());
        const int flush = last && in.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH;
        stream.next_in = input_of(piece);
        stream.avail_in = static_cast<uInt>(piece.size());
        do {
            const std::size_t size = out.size();
            const std::size_t room = std::clamp<std::size_t>(stream.avail_in / 2 + 64, 64, 65536);
            out.resize(size + room);
            stream.next_out = reinterpret_cast<Bytef*>(out.data() + size);
            stream.avail_out = static_cast<uInt>(room);
            deflate(&stream, flush);  // Z_BUF_ERROR: there was nothing to flush
            out.resize(out.size() - stream.avail_out);
        } while (stream.avail_out == 0);
    } while (!in.empty());
    if (!last) return;
    if (std::string_view(out).substr(before).ends_with(kFlushed)) out.resize(out.size() - kFlushed.size());
    // a message of no bytes, and nothing to flush: an empty stored block, of which the tail is left out as well
    if (out.size() == before) out += '\0';
}

}  // namespace gw
