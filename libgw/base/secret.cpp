#include "libgw/base/secret.h"

#include <cstring>

#include "libgw/base/crypto.h"

namespace gw {

struct Secret::Memory {
    explicit Memory(std::string_view text) : bytes(new char[text.size()]), size(text.size()) {
        std::memcpy(bytes.get(), text.data(), size);
    }
    ~Memory() { cleanse({bytes.get(), size}); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    std::unique_ptr<char[]> bytes;
    std::size_t size;
};

Secret::Secret(std::string&& text) {
    std::string taken = std::move(text);
    if (!taken.empty()) memory_ = std::make_shared<const Memory>(taken);
    cleanse({taken.data(), taken.size()});
    text.clear();
    // a short text lies inside the string object, and moving only copied it
    text.resize(text.capacity());
    cleanse({text.data(), text.size()});
    text.clear();
}

bool Secret::empty() const { return memory_ == nullptr; }

std::string_view Secret::expose() const {
    return memory_ ? std::string_view(memory_->bytes.get(), memory_->size) : std::string_view();
}

bool Secret::matches(std::string_view text) const { return memory_ && constant_time_equal(expose(), text); }

}  // namespace gw
