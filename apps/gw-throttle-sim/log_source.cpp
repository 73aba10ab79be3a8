#include "apps/gw-throttle-sim/log_source.h"

#include <charconv>

#include <fmt/format.h>

#include "libgw/base/text.h"

namespace gw::sim {
LogSource::LogSource(std::unique_ptr<program::Lines> lines, log::EntryFormat format, log::EntryFields fields,
                     double speed, SenderOf sender_of)
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
    if (entry_.header) {
        --facts_.lines;
        return true;
    }
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
    auto lines = TRY(program::Lines::open(world, options.log));
    return std::make_unique<LogSource>(std::move(lines), *format,
                                       log::EntryFields{.time = options.time_field, .key = options.key_field}, speed,
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
