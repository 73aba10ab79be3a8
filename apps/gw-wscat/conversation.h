#pragma once
// One client: what is sent, what is waited for, and when it is over.

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "apps/gw-wscat/input.h"
#include "apps/gw-wscat/link.h"
#include "apps/gw-wscat/output.h"
#include "apps/gw-wscat/prompt.h"
#include "apps/gw-wscat/script.h"
#include "libgw/base/random.h"

namespace gw::wscat {

class Conversation final : private LinkEvents {
  public:
    /// `steps`: of --script, else none.
    Conversation(program::World& world, const Options& options, const Plan& plan, Dialer& dialer,
                 std::vector<ScriptStep> steps);
    ~Conversation();

    /// Works until it is over, and tells the exit code.
    Result<int> run();

  private:
    // of the link
    void on_open(const websocket::Agreement& agreement) override;
    void on_message(bool text, std::string_view message) override;
    void on_ping(std::string_view payload) override;
    void on_pong(std::string_view payload) override;
    void on_sendable() override;
    void on_turn_end() override;
    void on_end(const Ending& ending) override;

    void dial();
    void pump();
    void take_line(const std::string& line);
    bool take_command(std::string_view line);
    void send(std::string_view payload, bool text);
    void send_ping(std::string_view payload);
    void input_ended();
    void begin_to_linger();
    void judge(std::string_view message, bool text);
    void leave();
    void stop(int exit);
    void complain(const Error& error);
    void on_signal(int number);
    [[nodiscard]] bool is_met() const;
    [[nodiscard]] int exit_of(const Ending& ending) const;
    [[nodiscard]] bool wants_reconnect(const Ending& ending) const;
    void start_prompt();
    // timers
    void on_linger();
    void on_patience();
    void on_keepalive();
    void on_again();
    // the script
    void advance();
    void on_step_time();

    program::World& world_;
    const Options& options_;
    const Plan& plan_;
    Dialer& dialer_;
    net::Loop& loop_;
    Output output_;
    Link link_;
    Input input_;
    std::unique_ptr<Prompt> prompt_;
    net::Timer linger_;
    net::Timer patience_;
    net::Timer keepalive_;
    net::Timer again_;
    net::Timer step_timer_;
    Random random_;
    RoundTrips round_trips_;
    std::deque<std::string> typed_;  // lines of the prompt
    http::Url url_;
    std::vector<ScriptStep> steps_;
    std::size_t step_ = 0;
    std::deque<std::string> unread_;  // messages that no step has looked at
    bool stepping_ = false;
    bool pinged_ = false;  // a step waits for its pong
    std::size_t next_message_ = 0;
    std::uint64_t line_ = 0;
    std::uint64_t came_ = 0;
    std::uint32_t attempts_ = 0;
    std::uint32_t redirects_ = 0;
    std::optional<Nanoseconds> linger_time_;
    std::optional<int> exit_;  // decided, whatever comes
    std::optional<int> code_;
    bool alive_ = true;  // something came since the last ping
    bool until_seen_ = false;
    bool expected_seen_ = false;
    bool input_over_ = false;
    bool step_done_ = false;  // what the current step waits for has happened
    bool typed_over_ = false;
    bool interactive_ = false;
    bool leaving_ = false;
};

}  // namespace gw::wscat
