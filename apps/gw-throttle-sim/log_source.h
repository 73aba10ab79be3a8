#pragma once
// An access log as requests: streamed, unpacked, put into the order of time.

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "apps/gw-throttle-sim/options.h"
#include "libgw/base/inflate.h"
#include "libgw/policy/throttle/arrivals.h"
#include "libgw/wire/log/entry.h"

namespace gw::sim {

/// The status of what a limit refused (RFC 6585 §4).
inline constexpr std::uint32_t kThrottled = 429;

/// Lines of a file, of a gzip file, or of standard input ("-").
class Lines {
  public:
    /// Errc::not_found, Errc::io.
    static Result<std::unique_ptr<Lines>> open(program::World& world, const std::string& file);
    ~Lines();
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;
    /// The next line, without its line feed; nothing at the end. Valid until it is asked again.
    Result<std::optional<std::string_view>> next();
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::uint64_t number() const { return number_; }
    /// How much of the file was read, 0 … 1; nothing where nobody knows.
    [[nodiscard]] std::optional<double> share() const;

  private:
    Lines(std::string name, std::istream* in) : name_(std::move(name)), in_(in) {}
    Result<bool> fill();
    std::string name_;
    int descriptor_ = -1;
    std::istream* in_ = nullptr;
    std::uint64_t size_ = 0;
    std::uint64_t read_ = 0;
    std::uint64_t number_ = 0;
    std::unique_ptr<Gunzip> gunzip_;
    std::string packed_;
    std::string text_;
    std::size_t at_ = 0;
    bool begun_ = false;
    bool ended_ = false;
};

/// What the readers of logs want to know when all is read.
struct LogFacts {
    std::uint64_t lines = 0;
    std::uint64_t skipped = 0;    ///< that could not be read
    std::uint64_t uncounted = 0;  ///< that no limit was asked about
    std::uint64_t late = 0;       ///< that came too late to be put into order
    bool whole_seconds = true;    ///< all times were
    bool moments = false;         ///< the gateway's stopwatch was written: that counts
    std::string first_skipped;    ///< why, and where
};

/// Requests that are logged when they end come in the order in which they began, as far as kWindow of them tell.
class LogSource final : public throttle::Source {
  public:
    static constexpr std::size_t kWindow = std::size_t{1} << 18U;
    /// Who sent what a line tells of; nobody leaves it out.
    using SenderOf = std::function<std::optional<throttle::Sender>(const log::Entry&)>;

    /// `speed`: so many times as fast.
    LogSource(std::unique_ptr<Lines> lines, log::EntryFormat format, log::EntryFields fields, double speed,
              SenderOf sender_of);
    /// Reads as far as it takes to know the first request; false when there is none.
    bool begin();
    std::size_t next(std::span<throttle::Arrival> into) override;

    /// Why it ended early; looked at after the run. Errc::io, also where no line could be read at all.
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }
    [[nodiscard]] const LogFacts& facts() const { return facts_; }
    [[nodiscard]] std::optional<double> share() const { return lines_->share(); }
    /// The moment of the first request, and its date. Requires: begin() found it.
    [[nodiscard]] Instant first() const { return first_; }
    [[nodiscard]] Date first_date() const { return first_date_; }

  private:
    struct Waiting {
        std::int64_t at;
        std::uint64_t number;
        throttle::Sender sender;
        std::uint16_t status;
        Date date;
        friend bool operator>(const Waiting& a, const Waiting& b) {
            return a.at != b.at ? a.at > b.at : a.number > b.number;
        }
    };
    bool skip(Error error);
    bool read_one();
    void fill();
    std::unique_ptr<Lines> lines_;
    log::EntryReader reader_;
    double speed_;
    SenderOf sender_of_;
    log::Entry entry_;
    std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting_;
    bool ended_ = false;
    bool begun_ = false;
    Instant first_;
    Date first_date_;
    std::int64_t last_ = INT64_MIN;
    std::optional<Error> error_;
    LogFacts facts_;
};

/// The source of the options' log, for whoever says what groups are. Errc::usage, Errc::not_found, Errc::io.
Result<std::unique_ptr<LogSource>> open_log(program::World& world, const Options& options,
                                            LogSource::SenderOf sender_of);

/// Tells on stderr what was left out of a log.
void tell_facts(program::World& world, const LogFacts& facts);

/// The fields that the value of `claim:NAME` or `header:NAME` is told by; --key-field wins.
std::string field_of(const Options& options, std::string_view name);

}  // namespace gw::sim
