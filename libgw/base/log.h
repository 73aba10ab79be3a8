#pragma once
// What the library says to whoever operates it: events, not requests (those go to the access log, wire/log).

#include <cstdint>
#include <string_view>

namespace gw {

enum class LogLevel : std::uint8_t { error, warn, info, debug };

/// "error", "warn", "info", "debug"
constexpr std::string_view to_text(LogLevel level) {
    switch (level) {
        case LogLevel::error: return "error";
        case LogLevel::warn: return "warn";
        case LogLevel::info: return "info";
        case LogLevel::debug: break;
    }
    return "debug";
}

/// Where events go. An implementation may be called from any thread, does not block and does not throw.
/// Texts are one line, lower case, without a full stop; what came from a client must have been escaped before
/// (log::append_escaped), and a Secret does not convert to text.
class Log {
  public:
    Log() = default;
    virtual ~Log() = default;
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    /// False when an event of this level would go nowhere, so that its text need not be made.
    [[nodiscard]] virtual bool wants(LogLevel level) const = 0;
    virtual void write(LogLevel level, std::string_view event) = 0;

    void error(std::string_view event) { write(LogLevel::error, event); }
    void warn(std::string_view event) { write(LogLevel::warn, event); }
    void info(std::string_view event) { write(LogLevel::info, event); }
    void debug(std::string_view event) { write(LogLevel::debug, event); }
};

/// Hears everything and says nothing.
class SilentLog final : public Log {
  public:
    [[nodiscard]] bool wants(LogLevel) const override { return false; }
    void write(LogLevel, std::string_view) override {}
};

}  // namespace gw
