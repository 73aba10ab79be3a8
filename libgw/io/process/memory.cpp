#include "libgw/io/process/memory.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

namespace gw::process {
namespace {

/// A small file of the kernel's, or "".
std::string_view read_small(const char* path, char (&buffer)[4096]) {
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return {};
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    ::close(fd);
    return got > 0 ? std::string_view(buffer, static_cast<std::size_t>(got)) : std::string_view();
}

std::uint64_t number_at(std::string_view text, std::size_t from) {
    while (from < text.size() && text[from] == ' ') ++from;
    std::uint64_t value = 0;
    std::from_chars(text.data() + std::min(from, text.size()), text.data() + text.size(), value);
    return value;
}

/// The limit file of the cgroup that /proc/self/cgroup names, and of each group above it.
std::uint64_t cgroup_limit() {
    char buffer[4096];
    const std::string groups(read_small("/proc/self/cgroup", buffer));
    std::uint64_t least = UINT64_MAX;
    std::string_view rest = groups;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const bool second = line.starts_with("0::");
        const std::size_t first = line.find(':');
        const std::size_t last = line.rfind(':');
        if (first == std::string_view::npos ||
            (!second && line.substr(first, last - first).find("memory") == std::string_view::npos))
            continue;
        std::string path(line.substr(last + 1));
        for (;;) {
            const std::string file = second ? "/sys/fs/cgroup" + path + "/memory.max"
                                            : "/sys/fs/cgroup/memory" + path + "/memory.limit_in_bytes";
            const std::uint64_t limit = number_at(read_small(file.c_str(), buffer), 0);
            if (limit > 0) least = std::min(least, limit);
            if (path.empty() || path == "/") break;
            path.resize(path.rfind('/'));
        }
    }
    return least;
}

}  // namespace

std::uint64_t resident_memory() {
    char buffer[4096];
    const std::string_view text = read_small("/proc/self/statm", buffer);
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return 0;
    return number_at(text, space) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void give_back_freed_memory() { ::malloc_trim(0); }

std::uint64_t memory_limit() {
    const auto machine =
        static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return std::min(machine, cgroup_limit());
}

}  // namespace gw::process
