#include "libgw/base/inflate.h"

#include <algorithm>
#include <new>

#include <zlib.h>

namespace gw {

struct Gunzip::State {
    z_stream stream{};
    bool open = false;    ///< inflateInit2 has succeeded
    bool between = true;  ///< no member has begun that has not ended
    bool damaged = false;
};

Gunzip::Gunzip() : state_(std::make_unique<State>()) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&state_->stream, kGzipOnly) != Z_OK) throw std::bad_alloc();
    state_->open = true;
}

Gunzip::~Gunzip() {
    if (state_->open) inflateEnd(&state_->stream);
}

Result<std::size_t> Gunzip::feed(std::string_view in, std::string& out, std::size_t most) {
    const auto damaged = [&] {
        state_->damaged = true;
        return Error{Errc::parse, "damaged gzip", {}, {}};
    };
    if (state_->damaged) return damaged();
    constexpr std::size_t kMost = 1U << 30U;
    const std::size_t offered = std::min(in.size(), kMost);
    const std::size_t room = std::min(most, kMost);
    const std::size_t before = out.size();
    out.resize(before + room);
    z_stream& stream = state_->stream;
    // zlib does not write to its input, but says so only since 1.2.5.2
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream.avail_in = static_cast<uInt>(offered);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(room);
    while (stream.avail_out > 0 && (stream.avail_in > 0 || !state_->between)) {
        const int result = inflate(&stream, Z_NO_FLUSH);
        if (result == Z_BUF_ERROR) break;  // it wants more
        state_->between = result == Z_STREAM_END;
        if (result == Z_STREAM_END ? inflateReset(&stream) != Z_OK : result != Z_OK) return damaged();
    }
    out.resize(out.size() - stream.avail_out);
    return offered - stream.avail_in;
}

bool Gunzip::is_complete() const { return state_->between && !state_->damaged; }

}  // namespace gw
