#include "apps/support/world.h"

#include <cerrno>
#include <ostream>
#include <syncstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libgw/term/width.h"

namespace gw::program {
namespace {

constexpr std::size_t kMaxFile = 16 * 1024 * 1024;
/// How long a pipe may be silent.
constexpr int kPipePatience = 10'000;

bool await_input(int fd) {
    pollfd waiting{fd, POLLIN, 0};
    int found = 0;
    do found = ::poll(&waiting, 1, kPipePatience);
    while (found < 0 && errno == EINTR);
    return found > 0;
}

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

Result<std::string> read_input(const World& world, std::size_t most) {
    std::string text;
    char buffer[16384];
    while (world.in->read(buffer, sizeof buffer) || world.in->gcount() > 0) {
        text.append(buffer, static_cast<std::size_t>(world.in->gcount()));
        if (text.size() > most)
            return Error{Errc::limit, fmt::format("standard input holds more than {} bytes", most), {}, {}};
    }
    return text;
}

Result<std::string> read_curl_data(const World& world, const std::vector<std::string>& pieces) {
    std::string body;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        std::string piece = pieces[i];
        if (piece.starts_with('@')) {
            const std::string file = piece.substr(1);
            piece = TRY((file == "-" ? read_input(world) : WorldSources(world).read_file(file)).in("-d"));
            std::erase_if(piece, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
        }
        if (i > 0) body += '&';
        body += piece;
    }
    return body;
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
        if (got < 0 && errno == EAGAIN && await_input(fd)) continue;
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
