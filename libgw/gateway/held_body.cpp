#include "libgw/gateway/held_body.h"

#include <algorithm>

namespace gw::gateway {

std::size_t HeldBody::next_piece() const { return std::clamp(capacity_, kSmallestPiece, kLargestPiece); }

bool HeldBody::needs_piece() const { return room_ == 0; }

void HeldBody::add_piece() {
    const std::size_t size = next_piece();
    std::string piece;
    piece.reserve(size);
    pieces_.push_back(std::move(piece));
    capacity_ += size;
    room_ = size;
}

void HeldBody::fill(std::string_view& bytes) {
    const std::string_view fitting = bytes.substr(0, room_);
    if (fitting.empty()) return;
    if (!digest_) digest_.emplace();
    digest_->update(fitting);
    pieces_.back().append(fitting);
    room_ -= fitting.size();
    bytes.remove_prefix(fitting.size());
}

CollectedBody HeldBody::finish() {
    CollectedBody made{capacity_ - room_, digest_ ? digest_->finish() : sha256({})};
    digest_.reset();
    return made;
}

void HeldBody::clear() {
    pieces_ = {};
    digest_.reset();
    capacity_ = room_ = 0;
}

}  // namespace gw::gateway
