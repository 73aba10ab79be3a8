#pragma once
// An access log as requests: put into the order of time.

#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "apps/gw-throttle-sim/options.h"
#include "apps/support/lines.h"
#include "libgw/policy/throttle/arrivals.h"
#include "libgw/wire/log/entry.h"

namespace gw::sim {

/// The status of what a limit refused (RFC 6585 §4).
inline constexpr std::uint32_t kThrottled = 429;

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
    LogSource(std::unique_ptr<program::Lines> lines, log::EntryFormat format, log::EntryFields fields, double speed,
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
    std::unique_ptr<program::Lines> lines_;
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
