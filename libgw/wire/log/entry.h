#pragma once
// Access logs, read: those of gateways and servers that people have, line by line.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"
#include "libgw/base/value.h"

namespace gw::log {

/// What one line says of a request. What it does not say is empty.
struct Entry {
    Date time;
    std::optional<Instant> moment;  ///< on the stopwatch of the gateway that wrote it
    bool whole_seconds = false;     ///< the time was written without a fraction
    std::uint16_t status = 0;       ///< 0: not said
    std::string ip;
    std::string method;
    std::string path;
    std::string route_key;
    std::string api_id;
    std::string stage;
    std::string api_key_id;
    std::string subject;
    std::string reason;                  ///< of a gateway of ours: why it refused
    std::string key;                     ///< the value of the field that was asked for
    bool timed = true;                   ///< `time` was said
    bool header = false;                 ///< the line tells of no request, but what the columns of the others are
    std::optional<Nanoseconds> latency;  ///< from the request to the end of its answer, or as near to it as is logged
    std::vector<std::optional<double>> numbers;  ///< of the fields that were asked for, in their order
};

enum class EntryFormat : std::uint8_t {
    automatic,  ///< told by the first line
    clf,        ///< NCSA common; also nginx's `combined`, whose two more fields are not looked at
    combined,
    json,   ///< an object a line, by the names that are usual, or those that were asked for; of nginx too
    alb,    ///< of an Application Load Balancer
    apigw,  ///< of Amazon API Gateway: its example formats for JSON and CLF
    gw,     ///< of gw-serve: json, clf, human
    csv,    ///< RFC 4180, one record a line; the first names the columns, as members of JSON are named
};
/// What they are called.
inline constexpr std::array<std::pair<std::string_view, EntryFormat>, 9> kEntryFormats = {{
    {"auto", EntryFormat::automatic},
    {"clf", EntryFormat::clf},
    {"combined", EntryFormat::combined},
    {"json", EntryFormat::json},
    {"nginx", EntryFormat::json},
    {"csv", EntryFormat::csv},
    {"alb", EntryFormat::alb},
    {"apigw", EntryFormat::apigw},
    {"gw", EntryFormat::gw},
}};
/// By a name of kEntryFormats.
std::optional<EntryFormat> parse_entry_format(std::string_view text);

/// Which members of a JSON line, or columns, say what, where it is not as usual.
struct EntryFields {
    std::string time = {};
    std::string key = {};                   ///< goes to Entry::key
    std::string latency = {};               ///< goes to Entry::latency: "NAME", or "NAME:s", ":ms", ":us" or ":ns"
    std::vector<std::string> numbers = {};  ///< go to Entry::numbers
    bool timeless = false;                  ///< a line without a time is good
    bool answers = false;                   ///< Entry::latency is wanted
};

/// Reads lines of one log. Keeps what one line leaves for the next: the day of a log that writes only the clock, the
/// names of columns.
class EntryReader {
  public:
    explicit EntryReader(EntryFormat format, EntryFields fields = {}) : format_(format), fields_(std::move(fields)) {}
    /// One line without its line feed. Errc::parse says what is missing. A line longer than kMostLine is refused.
    Result<void> read(std::string_view line, Entry& into);
    static constexpr std::size_t kMostLine = std::size_t{1} << 20U;

  private:
    Result<void> read_json(std::string_view line, Entry& into) const;
    Result<void> read_csv(std::string_view line, Entry& into);
    /// Of members by their names.
    Result<void> read_named(const Value& value, Entry& into) const;
    Result<void> read_answer(const Value& value, Entry& into) const;
    Result<void> read_common(std::string_view line, Entry& into) const;
    Result<void> read_balancer(std::string_view line, Entry& into) const;
    Result<void> read_human(std::string_view line, Entry& into);

    EntryFormat format_;
    EntryFields fields_;
    std::vector<std::string> columns_;
    std::int64_t day_ = 0;  ///< of the human format, since midnight was passed
    std::int64_t second_ = -1;
};

/// "22/Nov/2026:12:01:07 +0000", with a fraction behind the seconds or without.
std::optional<Date> parse_clf_date(std::string_view text);

}  // namespace gw::log
