#include "apps/support/lines.h"

#include <cerrno>
#include <istream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libgw/wire/log/entry.h"

namespace gw::program {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 18U;

}  // namespace

Result<std::unique_ptr<Lines>> Lines::open(program::World& world, const std::string& file) {
    std::unique_ptr<Lines> lines(new Lines(file == "-" ? "standard input" : file, file == "-" ? world.in : nullptr));
    if (file == "-") return lines;
    lines->descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (lines->descriptor_ < 0) return from_errno(errno == ENOENT ? Errc::not_found : Errc::io, file, errno);
    struct stat what{};
    if (::fstat(lines->descriptor_, &what) == 0) {
        if (S_ISDIR(what.st_mode)) return Error{Errc::io, file + ": is a directory", {}, {}};
        if (S_ISREG(what.st_mode)) lines->size_ = static_cast<std::uint64_t>(what.st_size);
    }
    return lines;
}

Lines::~Lines() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<double> Lines::share() const {
    if (size_ == 0) return std::nullopt;
    return static_cast<double>(read_) / static_cast<double>(size_);
}

/// More text behind what is there; false at the end.
Result<bool> Lines::fill() {
    text_.erase(0, at_);
    at_ = 0;
    while (true) {
        if (gunzip_ != nullptr) {
            const std::size_t before = text_.size();
            const auto taken = gunzip_->feed(packed_, text_, kPiece);
            if (!taken) {
                Error error = taken.error();
                error.code = Errc::io;
                return std::move(error).in(name_);
            }
            packed_.erase(0, *taken);
            if (text_.size() > before) return true;
            if (ended_) {
                if (!gunzip_->is_complete() || !packed_.empty())
                    return Error{Errc::io, name_ + ": the gzip ends too early", {}, {}};
                return false;
            }
        }
        if (ended_) return false;
        std::string& into = gunzip_ != nullptr ? packed_ : text_;
        const std::size_t before = into.size();
        into.resize(before + kPiece);
        ssize_t got = 0;
        if (in_ != nullptr) {
            in_->read(into.data() + before, static_cast<std::streamsize>(kPiece));
            got = static_cast<ssize_t>(in_->gcount());
        } else {
            do got = ::read(descriptor_, into.data() + before, kPiece);
            while (got < 0 && errno == EINTR);
        }
        into.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0) return from_errno(Errc::io, name_, errno);
        read_ += static_cast<std::uint64_t>(got);
        ended_ = got == 0;
        if (!begun_ && looks_like_gzip(text_)) {
            gunzip_ = std::make_unique<Gunzip>();
            packed_ = std::move(text_);
            text_.clear();
        }
        begun_ = true;
        if (gunzip_ == nullptr) return got > 0;
    }
}

Result<std::optional<std::string_view>> Lines::next() {
    std::size_t searched = at_;
    while (true) {
        if (const auto end = text_.find('\n', searched); end != std::string::npos) {
            const std::string_view line = std::string_view(text_).substr(at_, end - at_);
            at_ = end + 1;
            ++number_;
            return std::optional(line);
        }
        const std::size_t kept = text_.size() - at_;
        if (kept > 16 * log::EntryReader::kMostLine)
            return Error{
                Errc::io, fmt::format("{}: line {} does not end", name_, number_ + 1), "an access log has lines", {}};
        if (!TRY(fill())) break;
        searched = kept;
    }
    if (at_ == text_.size()) return std::optional<std::string_view>();
    const std::string_view line = std::string_view(text_).substr(at_);
    at_ = text_.size();
    ++number_;
    return std::optional(line);
}

}  // namespace gw::program
