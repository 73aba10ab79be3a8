#include "apps/gw-token/input.h"

#include <algorithm>
#include <cerrno>
#include <istream>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"

namespace gw::token {
namespace {

Error too_large(std::string_view what, std::size_t most) {
    return Error{Errc::limit, fmt::format("{} holds more than {} bytes", what, most), {}, {}};
}

/// Closes what it holds.
class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }
    /// True when everything has reached the file.
    bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

  private:
    int fd_;
};

Result<std::string> read_input(const program::World& world, std::string_view name, std::size_t most) {
    std::string text = TRY(program::read_input(world, most));
    if (text.empty()) return Error{Errc::usage, fmt::format("{}: standard input is empty", name), {}, {}};
    return text;
}

Result<Given> read_plain(const program::World& world, std::string_view text, std::string_view name, std::size_t most) {
    Given given;
    if (text == "-") {
        given.from = "standard input";
        given.bytes = TRY(read_input(world, name, most));
    } else if (text.starts_with('@')) {
        given.from = text.substr(1);
        given.bytes = TRY(read_file(given.from, most).in(name));
    } else if (text.starts_with("env:")) {
        given.from = text;
        auto value = world.environment(text.substr(4));
        if (!value) return Error{Errc::usage, fmt::format("{}: {} is not set", name, text), {}, {}};
        if (value->size() > most) return too_large(text, most);
        given.bytes = std::move(*value);
    } else {
        if (text.size() > most) return too_large(name, most);
        given.is_literal = true;
        given.bytes = text;
    }
    return given;
}

void take_line_end(std::string& text) {
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
}

bool is_regular_file(const std::string& path) {
    struct stat what{};
    return ::stat(path.c_str(), &what) == 0 && S_ISREG(what.st_mode);
}

/// A name that nobody else has: `path` and eight digits of chance.
Result<std::string> temporary_name(const std::string& path) {
    return fmt::format("{}.{:08x}", path, TRY(random_seed()) & 0xffffffffU);
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// Where the file system has no links: the file is made where it shall be, and taken away again when it is not whole.
Result<void> write_in_place(const std::string& path, std::string_view text) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file.get() < 0) return from_errno(Errc::io, path, errno);
    if (write_all(file.get(), text) && ::fsync(file.get()) == 0 && file.close()) return ok();
    const int number = errno;
    ::unlink(path.c_str());
    return from_errno(Errc::io, path, number);
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t most) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (file.get() < 0) return from_errno(errno == ENOENT ? Errc::not_found : Errc::io, path, errno);
    struct stat what{};
    if (::fstat(file.get(), &what) == 0 && S_ISDIR(what.st_mode))
        return Error{Errc::io, path + ": is a directory", {}, {}};
    std::string text;
    char buffer[16384];
    for (;;) {
        const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return from_errno(Errc::io, path, errno);
        if (got == 0) return text;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > most) return too_large(path, most);
    }
}

Result<Given> read_given(const program::World& world, std::string_view text, std::string_view name, std::size_t most,
                         bool keep_line_end) {
    const bool is_base64 = text.starts_with("b64:");
    if (!is_base64 && !text.starts_with("hex:")) {
        auto given = TRY(read_plain(world, text, name, most));
        if (!keep_line_end && !given.is_literal) take_line_end(given.bytes);
        return given;
    }
    // two digits a byte, and a line end
    auto given = TRY(read_plain(world, text.substr(4), name, most * 2 + 2));
    given.is_encoded = true;
    take_line_end(given.bytes);
    auto bytes = is_base64 ? parse_base64(given.bytes) : parse_hex(given.bytes);
    if (!bytes && is_base64) bytes = parse_base64url(given.bytes);
    cleanse(given.bytes);
    if (!bytes)
        return Error{Errc::usage, fmt::format("{} is not {}", name, is_base64 ? "base64" : "hexadecimal"), {}, {}};
    given.bytes = std::move(*bytes);
    if (given.bytes.size() > most) return too_large(name, most);
    return given;
}

Result<std::string> read_value(const program::World& world, std::string_view text, std::string_view name,
                               std::size_t most) {
    return TRY(read_given(world, text, name, most)).bytes;
}

Result<std::string> read_token(program::World& world, std::string_view text, std::string_view name, std::size_t most) {
    auto given = TRY(read_given(world, text, name, most));
    if (given.is_literal && text.find('.') == text.rfind('.') && is_regular_file(given.bytes))
        return Error{Errc::usage, fmt::format("{}: '{}' is a file", name, text), fmt::format("@{} reads it", text), {}};
    if (given.is_literal)
        program::warn(world, fmt::format("{} stands in the command line, where others on this machine can read it; "
                                         "-, @FILE and env:NAME keep it out",
                                         name));
    return std::move(given.bytes);
}

Error secret_in_arguments(std::string_view name, std::string_view what) {
    return Error{
        Errc::usage,
        fmt::format("{}: {} is not taken from the command line, where others on this machine can read it", name, what),
        "put it into a file that only you can read and write @FILE, or use - or env:NAME",
        {}};
}

Result<Secret> read_secret(const program::World& world, std::string_view text, std::string_view name,
                           std::size_t most) {
    auto given = TRY(read_given(world, text, name, most));
    const bool is_literal = given.is_literal;
    Secret secret(std::move(given.bytes));
    if (is_literal) return secret_in_arguments(name, "a secret");
    if (secret.empty()) return Error{Errc::usage, fmt::format("{}: {} is empty", name, given.from), {}, {}};
    return secret;
}

Result<void> write_private_file(const std::string& path, std::string_view text) {
    const std::string temporary = TRY(temporary_name(path));
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file.get() < 0) return from_errno(Errc::io, path, errno);
    // link() makes the name appear with the whole text behind it, and fails where there is one
    const bool written = write_all(file.get(), text) && ::fsync(file.get()) == 0 && file.close() &&
                         ::link(temporary.c_str(), path.c_str()) == 0;
    const int number = errno;
    ::unlink(temporary.c_str());
    if (written) return ok();
    if (number == EPERM || number == EOPNOTSUPP) return write_in_place(path, text);
    auto error = from_errno(Errc::io, path, number);
    return number == EEXIST ? std::move(error).with_hint("it is not written over; remove it, or choose another name")
                            : error;
}

}  // namespace gw::token
