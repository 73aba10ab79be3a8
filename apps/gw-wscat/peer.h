#pragma once
// The clients of a server.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/gw-wscat/input.h"
#include "apps/gw-wscat/output.h"
#include "libgw/io/net/http_server.h"
#include "libgw/io/net/listener.h"
#include "libgw/io/process/child.h"
#include "libgw/wire/websocket/handshake.h"
#include "libgw/wire/websocket/session.h"

namespace gw::wscat {

class Peer;

/// The server and what its clients share.
class WsServer final : private net::Handler {
  public:
    WsServer(program::World& world, const Options& options, const Plan& plan);
    Result<int> run();

    // of a peer
    void on_message(Peer& from, bool text, std::string_view message);
    /// It is destroyed soon.
    void on_gone(Peer& peer, websocket::CloseCode code, std::string_view reason);
    [[nodiscard]] net::Loop& loop() { return loop_; }
    [[nodiscard]] Output& output() { return output_; }
    [[nodiscard]] websocket::DeflatePool& pool() { return pool_; }
    /// Where bytes of all connections come out, one after the other.
    [[nodiscard]] std::span<char> room() { return room_; }
    [[nodiscard]] const Plan& plan() const { return plan_; }
    [[nodiscard]] const Options& options() const { return options_; }

  private:
    void on_call(net::Call& call) override;
    void pump();
    void reap();
    void on_signal(int number);

    program::World& world_;
    const Options& options_;
    const Plan& plan_;
    net::Loop loop_;
    Output output_;
    websocket::DeflatePool pool_;
    std::vector<char> room_ = std::vector<char>(65536);
    std::map<std::uint64_t, std::unique_ptr<Peer>> peers_;
    std::vector<std::uint64_t> gone_;
    net::HttpServer http_;
    Input input_;
    std::shared_ptr<const net::TlsContext> tls_;
    std::unique_ptr<net::Listener> listener_;
    std::uint64_t count_ = 0;
    int code_ = 0;
    bool stopping_ = false;
};

/// One client.
class Peer final : private net::CallEvents, private websocket::SessionEvents {
  public:
    Peer(WsServer& server, net::Call& call, std::uint64_t number);
    ~Peer();

    /// The 101 was written: from here on there are frames.
    void begin(const std::optional<websocket::DeflateParameters>& deflate);
    void send(bool text, std::string_view message);
    void close(websocket::CloseCode code, std::string_view reason);
    /// --exec: a message is a line of the command's standard input.
    void feed_child(std::string_view message);
    [[nodiscard]] std::uint64_t number() const { return number_; }
    [[nodiscard]] const std::string& name() const { return name_; }

  private:
    static constexpr std::size_t kMostWaiting = std::size_t{64} << 20U;

    // of the connection
    void on_body(std::string_view bytes) override;
    void on_body_end() override;
    void on_drained() override;
    void on_refused(const http::Refused&) override {}
    void on_finished(bool complete) override;
    // of the session
    void on_data(const websocket::Decoded& piece) override;
    void on_ping(std::string_view payload) override;
    void on_pong(std::string_view payload) override;
    void on_close(websocket::CloseCode code, std::string_view reason) override;
    void on_failure(websocket::CloseCode code, std::string_view why) override;
    void leave();
    void flush();
    void on_timer();
    // --exec
    void start_child();
    void on_child_readable();
    void on_child_writable();
    void child_ended();

    WsServer& server_;
    net::Call* call_;
    std::uint64_t number_;
    std::string name_;
    websocket::Session session_;
    net::Timer timer_;
    std::string message_;
    std::string out_;
    websocket::CloseCode code_ = websocket::CloseCode::abnormal;
    std::string reason_;
    bool feeding_ = false;
    bool paused_ = false;
    bool decided_ = false;
    std::unique_ptr<process::Child> child_;
    net::Watch to_child_;
    net::Watch from_child_;
    std::string child_input_;
    std::string child_line_;
};

}  // namespace gw::wscat
