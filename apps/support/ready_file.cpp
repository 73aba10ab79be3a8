#include "apps/support/ready_file.h"

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libgw/io/process/file.h"

namespace gw::program {
namespace {

constexpr std::size_t kLongestUrl = 512;

/// The beginning of a regular file; none when there is no such file.
std::optional<std::string> read_beginning(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0) return std::nullopt;
    char buffer[kLongestUrl + 1];
    struct stat what{};
    ssize_t got = -1;
    if (::fstat(fd, &what) == 0 && S_ISREG(what.st_mode)) got = ::read(fd, buffer, sizeof buffer);
    ::close(fd);
    if (got < 0) return std::nullopt;
    return std::string(buffer, static_cast<std::size_t>(got));
}

/// A single line that could be the URL of a gateway.
bool is_ours(std::string_view text) {
    if (text.empty()) return true;
    const bool url = text.starts_with("http://") || text.starts_with("https://") || text.starts_with("unix:");
    return url && text.size() <= kLongestUrl && text.find('\n') == text.size() - 1 && text.find(' ') == text.npos;
}

}  // namespace

ReadyFile::~ReadyFile() {
    if (!file_.empty() && read_beginning(file_) == line_) ::unlink(file_.c_str());
}

Result<void> ReadyFile::may_write(const std::string& file) {
    struct stat what{};
    if (::lstat(file.c_str(), &what) != 0) return ok();
    const auto beginning = read_beginning(file);
    if (beginning && is_ours(*beginning)) return ok();
    return Error{Errc::io,
                 fmt::format("{} is there already, and no server wrote it", file),
                 "remove it, or give --ready-file another name",
                 {}};
}

Result<void> ReadyFile::write(const std::string& file, const std::string& url) {
    TRY(may_write(file));
    const std::string line = url + "\n";
    TRY(process::replace_file(file, line, 0644, false));
    file_ = file;
    line_ = line;
    return ok();
}

}  // namespace gw::program
