#pragma once
// A disk of a few pages, to be filled.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/temporary.h"

namespace gw::test {

/// A tmpfs, unmounted at the end of the scope.
class SmallDisk {
  public:
    /// Nothing where mounting is not allowed: it takes root.
    static std::optional<SmallDisk> mount(std::size_t bytes);
    ~SmallDisk();
    SmallDisk(SmallDisk&&) = default;
    SmallDisk& operator=(SmallDisk&&) = delete;

    /// The path of `name` on it.
    [[nodiscard]] std::string file(std::string_view name) const { return directory_->file(name); }
    /// Leaves not a byte of room.
    void fill() const;
    /// Gives back what fill() took.
    void make_room() const;
    /// False when the system does not do it.
    [[nodiscard]] bool allow_writing(bool allowed) const;

  private:
    SmallDisk() : directory_(std::make_unique<TemporaryDirectory>()) {}
    std::unique_ptr<TemporaryDirectory> directory_;
};

}  // namespace gw::test
