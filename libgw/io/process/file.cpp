#include "libgw/io/process/file.h"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gw::process {
namespace {

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// Closes it whatever has happened, and keeps the number of the first fault.
bool close_after(int fd, bool good) {
    const int number = errno;
    const bool closed = ::close(fd) == 0;
    if (!good) errno = number;
    return good && closed;
}

}  // namespace

Result<void> write_file(const std::string& path, std::string_view text) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
    if (fd < 0 || !close_after(fd, write_all(fd, text))) return from_errno(Errc::io, "writing " + path, errno);
    return ok();
}

Result<void> replace_file(const std::string& path, std::string_view text, unsigned mode, bool lasting) {
    std::string temporary = path + ".XXXXXX";
    const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (fd < 0) return from_errno(Errc::io, "writing " + path, errno);
    const bool written = write_all(fd, text) && ::fchmod(fd, mode) == 0 && (!lasting || ::fsync(fd) == 0);
    if (close_after(fd, written) && ::rename(temporary.c_str(), path.c_str()) == 0) return ok();
    const int number = errno;
    ::unlink(temporary.c_str());
    return from_errno(Errc::io, "writing " + path, number);
}

}  // namespace gw::process
