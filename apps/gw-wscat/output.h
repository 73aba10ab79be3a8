#pragma once
// What a person or a program sees of a connection.

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "apps/gw-wscat/link.h"
#include "apps/gw-wscat/options.h"
#include "libgw/base/value.h"
#include "libgw/term/style.h"

namespace gw::wscat {

/// What happened to a message, a control frame or a connection.
struct Event {
    bool incoming = true;
    std::string_view op;  ///< text, binary, ping, pong, close, open, error
    std::string_view data;
    std::optional<Nanoseconds> round_trip;
    std::optional<std::uint16_t> code;  ///< of a close, or a status
    std::string_view peer;              ///< of a server's: which client
};

class Output {
  public:
    Output(program::World& world, const Options& options, Coding coding);

    /// Writes the line of this event, where there is one.
    void tell(const Event& event, Date date);
    /// Talk on stderr; not with --quiet.
    void say(std::string_view text);
    void warn(std::string_view text);
    /// Why there is no WebSocket: status, fields and body on stderr.
    void refused(const Ending& ending, Date date);
    /// "closed: 1000 normal closure"
    void ended(const Ending& ending, Date date);

    /// Where lines go while somebody edits one of his own: above it.
    void above(std::function<void(const std::string&)> print) { above_ = std::move(print); }
    [[nodiscard]] bool terminal() const { return world_.out_is_terminal && !options_.jsonl; }
    [[nodiscard]] const term::Style& style() const { return style_; }
    void flush();

  private:
    void write_json(const Event& event, Date date);
    [[nodiscard]] std::string text_of(const Event& event) const;
    void put(std::string_view line, bool data);

    program::World& world_;
    const Options& options_;
    Coding coding_;
    term::Style style_;
    std::function<void(const std::string&)> above_;
};

/// When messages were sent that nobody has answered yet: what comes first answers what was sent first.
class RoundTrips {
  public:
    void sent(Instant now) {
        if (waiting_.size() < kMost) waiting_.push_back(now);
    }
    std::optional<Nanoseconds> came(Instant now);

  private:
    static constexpr std::size_t kMost = 4096;
    std::deque<Instant> waiting_;
};

}  // namespace gw::wscat
