#pragma once
// A client's connection from the handshake to its end.

#include <string>
#include <string_view>

#include "apps/gw-wscat/dialer.h"

namespace gw::wscat {

/// How a connection ended, or why there was none.
struct Ending {
    enum class Kind : std::uint8_t {
        closed,   ///< both ends said so: `code`, `reason`
        broken,   ///< it ended otherwise: `code` is what we said, or 1006; `reason` says why
        refused,  ///< an answer that is no 101: `status`, `fields`, `body`
        failed,   ///< it did not come to an answer, or to one that can be understood: `error`
    };
    Kind kind = Kind::failed;
    websocket::CloseCode code = websocket::CloseCode::abnormal;
    std::string reason;
    bool ours = false;  ///< we began to close
    std::uint16_t status = 0;
    std::string status_text;  ///< "403 Forbidden"
    http::Fields fields;
    std::string body;  ///< at most Link::kMostBody
    Error error;
};

class LinkEvents {
  public:
    virtual void on_open(const websocket::Agreement& agreement) = 0;
    virtual void on_message(bool text, std::string_view message) = 0;
    virtual void on_ping(std::string_view payload) = 0;
    virtual void on_pong(std::string_view payload) = 0;
    /// What waited to be sent is little again.
    virtual void on_sendable() = 0;
    /// All that came in one read has been told.
    virtual void on_turn_end() = 0;
    /// The last event. The link may be opened again, but not from within.
    virtual void on_end(const Ending& ending) = 0;

  protected:
    ~LinkEvents() = default;
};

class Link final : private net::FetchEvents, private websocket::SessionEvents {
  public:
    static constexpr std::size_t kMostBody = 16384;
    Link(Dialer& dialer, LinkEvents& events);

    void open(const Dial& dial);
    [[nodiscard]] bool is_open() const { return session_.has_value() && !session_->close_sent() && !ended_; }
    bool send(bool text, std::string_view message);
    bool ping(std::string_view payload);
    bool pong(std::string_view payload);
    /// Begins the closing handshake; without an answer it ends after five seconds.
    void close(websocket::CloseCode code, std::string_view reason);
    /// The peer is gone, as far as anybody can tell.
    void give_up(std::string_view why);
    /// What was sent leaves. Also by itself, at the end of a turn.
    void flush();
    /// Reads no more for now / goes on.
    void pause() { fetch_.pause(); }
    void resume() { fetch_.resume(); }
    [[nodiscard]] std::size_t waiting() const { return fetch_.waiting(); }
    [[nodiscard]] bool compresses() const { return session_ && session_->compresses(); }

  private:
    // of the connection
    void on_ready() override;
    void on_answer_head(http::ResponseHead& head) override;
    void on_answer_body(std::string_view bytes) override;
    void on_answer_end() override;
    void on_turn_end() override;
    void on_sendable() override { events_.on_sendable(); }
    void on_failed(const net::FetchFailure& failure) override;
    // of the session
    void on_data(const websocket::Decoded& piece) override;
    void on_ping(std::string_view payload) override { events_.on_ping(payload); }
    void on_pong(std::string_view payload) override { events_.on_pong(payload); }
    void on_close(websocket::CloseCode code, std::string_view reason) override;
    void on_failure(websocket::CloseCode code, std::string_view why) override;
    void on_timer();
    void end(Ending ending);
    void report();

    Dialer& dialer_;
    LinkEvents& events_;
    net::Fetch fetch_;
    net::Timer timer_;
    Dial dial_;
    std::optional<websocket::Session> session_;
    std::string message_;
    Ending ending_;
    std::size_t dropped_ = 0;  // bytes behind the close frame
    bool answered_ = false;    // an answer that is no 101
    bool decided_ = false;     // how it ends is known; what is left is to close the connection
    bool ended_ = true;
    bool over_ = false;
    bool feeding_ = false;
};

}  // namespace gw::wscat
