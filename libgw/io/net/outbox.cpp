#include "libgw/io/net/outbox.h"

#include <utility>

namespace gw::net {
namespace {

/// A copy of so much behind a head costs less than the second vector of a sendmsg.
constexpr std::size_t kSmall = 1024;
/// What waits grows by this, as long as it is as little as back-pressure lets it be: doubled, thousands of slow peers
/// would hold twice as much as waits for them.
constexpr std::size_t kStep = 16384;
constexpr std::size_t kOrdinary = 2 * kHighWater;

}  // namespace

Outbox::~Outbox() { clear(); }

void Outbox::clear() {
    if (std::exchange(text_borrowed_, false)) loop_.give_back(std::exchange(text_, {}));
    if (std::exchange(pending_borrowed_, false)) loop_.give_back(std::exchange(pending_, {}));
    count_ = 0;
    sent_ = gathered_ = 0;
    text_open_ = false;
}

void Outbox::close_text() {
    if (!text_open_) return;
    text_open_ = false;
    if (text_.size() == text_from_) return;
    parts_[count_++] = {nullptr, text_from_, text_.size() - text_from_};
    gathered_ += text_.size() - text_from_;
}

std::string& Outbox::text() {
    if (held() > 0) return pending_;  // behind what waits already
    if (!text_open_) {
        if (count_ == kParts) settle();
        if (held() > 0) return pending_;
        if (!text_borrowed_) {
            text_ = loop_.borrow();
            text_borrowed_ = true;
        }
        text_from_ = text_.size();
        text_open_ = true;
    }
    return text_;
}

void Outbox::refer(std::string_view bytes) {
    if (bytes.empty()) return;
    if (held() > 0) {
        hold(bytes);
        return;
    }
    if (text_open_ && bytes.size() <= kSmall) {
        text_.append(bytes);
        return;
    }
    close_text();
    if (count_ == kParts) {
        settle();
        hold(bytes);
        return;
    }
    parts_[count_++] = {bytes.data(), 0, bytes.size()};
    gathered_ += bytes.size();
}

void Outbox::copy(std::string_view bytes) { text().append(bytes); }

void Outbox::hold(std::string_view bytes) {
    const std::size_t needed = held() + bytes.size();
    if (pending_.size() + bytes.size() > pending_.capacity() && needed <= kOrdinary) {
        std::string grown;
        grown.reserve((needed + kStep - 1) / kStep * kStep);
        grown.append(pending_, sent_);
        pending_.swap(grown);
        sent_ = 0;
    }
    pending_.append(bytes);
}

void Outbox::settle() {
    close_text();
    if (count_ == 0) return;
    if (!pending_borrowed_) {
        pending_ = loop_.borrow();
        pending_borrowed_ = true;
    }
    for (std::uint8_t i = 0; i < count_; ++i) {
        const Part& part = parts_[i];
        hold({part.base != nullptr ? part.base : text_.data() + part.at, part.size});
    }
    count_ = 0;
    gathered_ = 0;
    text_.clear();
}

iovec Outbox::vector_of(const Part& part) const {
    return {const_cast<char*>(part.base != nullptr ? part.base : text_.data() + part.at), part.size};
}

IoResult Outbox::write_parts(Stream& stream) const {
    if (count_ == 1) {
        const iovec only = vector_of(parts_[0]);
        return stream.write(std::span(&only, 1));
    }
    std::array<iovec, kParts> vectors;
    for (std::uint8_t i = 0; i < count_; ++i) vectors[i] = vector_of(parts_[i]);
    return stream.write(std::span(vectors.data(), count_));
}

Outbox::State Outbox::flush(Stream& stream) {
    close_text();
    if (held() == 0 && count_ > 0) {
        const IoResult wrote = write_parts(stream);
        std::size_t taken = 0;
        if (wrote.kind == IoResult::Kind::done) {
            taken = wrote.size;
        } else if (wrote.kind == IoResult::Kind::error) {
            error_ = wrote.number;
            clear();
            return State::broken;
        }
        total_ += taken;
        if (taken == gathered_) {
            count_ = 0;
            gathered_ = 0;
        } else {
            std::uint8_t first = 0;
            while (taken >= parts_[first].size) taken -= parts_[first++].size;
            if (parts_[first].base != nullptr)
                parts_[first].base += taken;
            else
                parts_[first].at += taken;
            parts_[first].size -= taken;
            for (std::uint8_t i = first; i < count_; ++i) parts_[i - first] = parts_[i];
            count_ = static_cast<std::uint8_t>(count_ - first);
            settle();
        }
        if (std::exchange(text_borrowed_, false)) loop_.give_back(std::exchange(text_, {}));
        return held() == 0 ? State::empty : State::waiting;
    }
    while (held() > 0) {
        const iovec rest{pending_.data() + sent_, pending_.size() - sent_};
        const IoResult wrote = stream.write(std::span(&rest, 1));
        if (wrote.kind == IoResult::Kind::error) {
            error_ = wrote.number;
            clear();
            return State::broken;
        }
        if (wrote.kind != IoResult::Kind::done) break;
        sent_ += wrote.size;
        total_ += wrote.size;
    }
    if (held() == 0) {
        sent_ = 0;
        pending_.clear();
        if (std::exchange(pending_borrowed_, false)) loop_.give_back(std::exchange(pending_, {}));
        if (std::exchange(text_borrowed_, false)) loop_.give_back(std::exchange(text_, {}));
        return State::empty;
    }
    if (sent_ >= held()) {  // moves no byte that was not paid for by one sent, and keeps no more of those than of these
        pending_.erase(0, sent_);
        sent_ = 0;
    }
    return State::waiting;
}

}  // namespace gw::net
