#include "apps/gw-throttle-sim/log_source.h"

#include <cerrno>
#include <charconv>
#include <istream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libgw/base/text.h"

namespace gw::sim {
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

LogSource::LogSource(std::unique_ptr<Lines> lines, log::EntryFormat format, log::EntryFields fields, double speed,
                     SenderOf sender_of)
    : lines_(std::move(lines)), reader_(format, std::move(fields)), speed_(speed), sender_of_(std::move(sender_of)) {}

/// Whether to go on behind a line that could not be read. What is no log at all is given up, and why is told.
bool LogSource::skip(Error error) {
    if (facts_.skipped++ == 0) {
        facts_.first_skipped = fmt::format("{}:{}: {}", lines_->name(), lines_->number(), error.message);
        if (facts_.lines == 1) {
            error.code = Errc::io;
            error.where = Location{lines_->name(), static_cast<std::uint32_t>(lines_->number()), 1};
            error_ = std::move(error);  // unless a later one can be read
        }
    }
    return facts_.skipped < 1000 || facts_.skipped < facts_.lines;
}

/// One line more, if it is a request; false at the end.
bool LogSource::read_one() {
    const auto line = lines_->next();
    if (!line) error_ = line.error();
    if (!line || !*line) return false;
    if ((*line)->empty()) return true;
    ++facts_.lines;
    if (auto read = reader_.read(**line, entry_); !read) return skip(std::move(read.error()));
    // two clocks are not one order: the first line tells which of them the log has
    if (facts_.lines - facts_.skipped == 1) facts_.moments = entry_.moment.has_value();
    if (facts_.moments && !entry_.moment)
        return skip({Errc::parse, "there is no requestInstant, which other lines have", {}, {}});
    error_.reset();
    const auto sender = sender_of_(entry_);
    if (!sender) {
        ++facts_.uncounted;
        return true;
    }
    facts_.whole_seconds = facts_.whole_seconds && entry_.whole_seconds && !facts_.moments;
    const Nanoseconds at = facts_.moments ? entry_.moment->time_since_epoch() : entry_.time.time_since_epoch();
    waiting_.push({at.count(), lines_->number(), *sender, entry_.status, entry_.time});
    return true;
}

void LogSource::fill() {
    while (!ended_ && waiting_.size() < kWindow) ended_ = !read_one();
}

bool LogSource::begin() {
    fill();
    if (waiting_.empty()) return false;
    first_ = Instant(Nanoseconds(waiting_.top().at));
    first_date_ = waiting_.top().date;
    begun_ = true;
    return true;
}

std::size_t LogSource::next(std::span<throttle::Arrival> into) {
    if (!begun_ && !begin()) return 0;
    std::size_t count = 0;
    while (count < into.size()) {
        fill();
        if (waiting_.empty()) break;
        const Waiting one = waiting_.top();
        waiting_.pop();
        if (one.at < last_) ++facts_.late;
        last_ = std::max(last_, one.at);
        std::int64_t at = one.at;
        if (speed_ != 1)
            at = first_.time_since_epoch().count() +
                 static_cast<std::int64_t>(static_cast<double>(at - first_.time_since_epoch().count()) / speed_);
        throttle::Arrival& arrival = into[count++];
        arrival = {};
        arrival.at = Instant(Nanoseconds(at));
        arrival.group = one.sender.group;
        arrival.member = one.sender.member;
        arrival.client = one.status;
    }
    return count;
}

std::string field_of(const Options& options, std::string_view name) {
    if (!options.key_field.empty()) return options.key_field;
    return std::string(name);
}

Result<std::unique_ptr<LogSource>> open_log(program::World& world, const Options& options,
                                            LogSource::SenderOf sender_of) {
    const auto format = log::parse_entry_format(options.format);
    if (!format) return Error{Errc::usage, fmt::format("there is no format '{}'", options.format), {}, {}};
    double speed = 1;
    if (!options.speed.empty()) {
        const char* end = options.speed.data() + options.speed.size();
        const auto read = std::from_chars(options.speed.data(), end, speed);
        if (read.ec != std::errc() || read.ptr != end || !(speed >= 1e-6) || speed > 1e6)
            return Error{Errc::usage, fmt::format("--speed: '{}' is not how fast", options.speed), "--speed 2", {}};
    }
    auto lines = TRY(Lines::open(world, options.log));
    return std::make_unique<LogSource>(std::move(lines), *format,
                                       log::EntryFields{options.time_field, options.key_field}, speed,
                                       std::move(sender_of));
}

void tell_facts(program::World& world, const LogFacts& facts) {
    if (facts.skipped > 0)
        program::warn(world, fmt::format("{} of {} lines could not be read, the first {}", facts.skipped, facts.lines,
                                         facts.first_skipped));
    if (facts.late > 0)
        program::warn(world, fmt::format("{} requests came too late in the log to be put into order", facts.late));
    if (facts.whole_seconds && facts.lines > facts.skipped)
        program::warn(world, "times are whole seconds: requests of one second are taken to have come at once");
}

}  // namespace gw::sim
