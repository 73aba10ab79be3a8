#include "apps/support/world.h"

#include <cerrno>
#include <ostream>
#include <syncstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libgw/term/width.h"

namespace gw::program {
namespace {

constexpr std::size_t kMaxFile = 16 * 1024 * 1024;

}  // namespace

void tell(World& world, const Error& error, const term::Style& style) {
    std::osyncstream err(*world.err);
    err << world.name << ": " << style.paint(term::Paint::red, "error:") << ' ' << term::printable(to_string(error))
        << '\n';
    if (!error.hint.empty())
        err << world.name << ": " << style.paint(term::Paint::cyan, "hint:") << ' ' << term::printable(error.hint)
            << '\n';
    err << std::flush;
}

void warn(World& world, std::string_view text, const term::Style& style) {
    std::osyncstream(*world.err) << world.name << ": " << style.paint(term::Paint::yellow, "warning:") << ' '
                                 << term::printable(text) << '\n'
                                 << std::flush;
}

bool wants_colour(const World& world, std::string_view choice, bool terminal) {
    const auto no_color = world.environment("NO_COLOR");
    const auto term_name = world.environment("TERM");
    return term::use_colour(term::parse_colour_choice(choice).value_or(term::ColourChoice::automatic), terminal,
                            no_color ? std::optional<std::string_view>(*no_color) : std::nullopt,
                            term_name ? std::optional<std::string_view>(*term_name) : std::nullopt);
}

int exit_of(Errc code) {
    switch (code) {
        case Errc::usage:
        case Errc::config:
        case Errc::parse:
        case Errc::limit: return kUsage;
        case Errc::internal: return kInternal;
        default: return kNetwork;
    }
}

Result<std::string> WorldSources::read_file(const std::string& path) const {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return from_errno(errno == ENOENT ? Errc::not_found : Errc::io, path, errno);
    struct stat what{};
    if (::fstat(fd, &what) == 0 && S_ISDIR(what.st_mode)) {
        ::close(fd);
        return Error{Errc::io, path + ": is a directory", {}, {}};
    }
    std::string text;
    char buffer[65536];
    for (;;) {
        const ssize_t got = ::read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            const int number = errno;
            ::close(fd);
            return from_errno(Errc::io, path, number);
        }
        if (got == 0) break;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > kMaxFile) {
            ::close(fd);
            return Error{Errc::limit, path + ": is larger than 16 MiB", {}, {}};
        }
    }
    ::close(fd);
    return text;
}

}  // namespace gw::program
