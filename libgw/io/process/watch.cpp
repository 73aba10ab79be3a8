#include "libgw/io/process/watch.h"

#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gw::process {

Result<Watch> Watch::begin(int pid) {
    const long pidfd = ::syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0)
        return from_errno(errno == ESRCH ? Errc::not_found : Errc::io, fmt::format("watching process {}", pid), errno);
    return Watch(static_cast<int>(pidfd));
}

Watch::Watch(Watch&& other) noexcept : pidfd_(std::exchange(other.pidfd_, -1)) {}

Watch::~Watch() {
    if (pidfd_ >= 0) ::close(pidfd_);
}

Result<void> Watch::wait() const {
    pollfd watched{pidfd_, POLLIN, 0};
    while (::poll(&watched, 1, -1) < 0)
        if (errno != EINTR) return from_errno(Errc::io, "waiting for the end of a process", errno);
    return ok();
}

}  // namespace gw::process
