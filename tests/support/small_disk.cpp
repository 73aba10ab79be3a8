#include "tests/support/small_disk.h"

#include <array>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

namespace gw::test {
namespace {

constexpr const char* kFiller = "filler";

}  // namespace

std::optional<SmallDisk> SmallDisk::mount(std::size_t bytes) {
    std::optional<SmallDisk> disk(SmallDisk{});
    const std::string folder = disk->directory_->path().string();
    if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, fmt::format("size={}", bytes).c_str()) == 0) return disk;
    disk->directory_.reset();
    return std::nullopt;
}

SmallDisk::~SmallDisk() {
    if (directory_ != nullptr) ::umount2(directory_->path().c_str(), MNT_DETACH);
}

void SmallDisk::fill() const {
    const int fd = ::open(file(kFiller).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const std::array<char, 4096> page{};
    for (std::size_t size = page.size(); size > 0;)
        if (::write(fd, page.data(), size) <= 0) size /= 2;
    ::close(fd);
}

void SmallDisk::make_room() const { ::unlink(file(kFiller).c_str()); }

bool SmallDisk::allow_writing(bool allowed) const {
    return ::mount("tmpfs", directory_->path().c_str(), "tmpfs", allowed ? MS_REMOUNT : MS_REMOUNT | MS_RDONLY,
                   nullptr) == 0;
}

}  // namespace gw::test
