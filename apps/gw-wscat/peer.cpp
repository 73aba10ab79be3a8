#include "apps/gw-wscat/peer.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "libgw/base/text.h"

namespace gw::wscat {
namespace {

constexpr Nanoseconds kFarewellAnswer = std::chrono::seconds(5);

}  // namespace

Peer::Peer(WsServer& server, net::Call& call, std::uint64_t number)
    : server_(server),
      call_(&call),
      number_(number),
      name_(std::to_string(number)),
      session_(websocket::Role::server, server.plan().limits, nullptr),
      timer_(net::callback<&Peer::on_timer>(this)) {}

Peer::~Peer() {
    if (call_ != nullptr) call_->events(nullptr);
}

void Peer::begin(const std::optional<websocket::DeflateParameters>& deflate) {
    if (deflate) session_.deflate(*deflate, server_.pool());
    call_->events(this);
    call_->begin_tunnel();
    call_->flush();
    if (call_ == nullptr) return;
    if (!server_.options().exec.empty()) start_child();
    if (call_ != nullptr) call_->read_body();
}

void Peer::on_body(std::string_view bytes) {
    feeding_ = true;
    session_.feed(bytes, server_.room(), *this, out_, server_.loop().now());
    feeding_ = false;
    flush();
    if (call_ == nullptr) return;
    if (decided_) return leave();
    // who does not read his echo is not read either
    const bool full = call_->waiting() > net::kHighWater || child_input_.size() > net::kHighWater;
    if (full && !std::exchange(paused_, true)) call_->pause_body();
}

void Peer::on_drained() {
    if (call_ == nullptr || child_input_.size() > net::kHighWater) return;
    if (std::exchange(paused_, false)) call_->read_body();
}

/// Ends the connection when what was sent has left.
void Peer::leave() {
    if (call_ == nullptr) return;
    call_->end();
    call_->flush();
}

void Peer::on_body_end() { leave(); }

void Peer::on_finished(bool) {
    call_ = nullptr;
    timer_.cancel();
    server_.on_gone(*this, code_, reason_);
}

void Peer::flush() {
    if (feeding_ || out_.empty() || call_ == nullptr) return;
    call_->write(out_);
    call_->flush();
    out_.clear();
    if (out_.capacity() > (1U << 20U)) out_ = {};
    if (call_ != nullptr && call_->waiting() > kMostWaiting) call_->abort();
}

void Peer::send(bool text, std::string_view message) {
    if (call_ == nullptr) return;
    const auto opcode = text ? websocket::Opcode::text : websocket::Opcode::binary;
    const std::size_t most = server_.plan().frame == 0 ? message.size() : server_.plan().frame;
    if (message.size() <= most)
        session_.send(opcode, message, out_);
    else
        for (std::size_t at = 0; at < message.size(); at += most)
            session_.send_piece(opcode, message.substr(at, most), at == 0, at + most >= message.size(), out_);
    flush();
}

void Peer::close(websocket::CloseCode code, std::string_view reason) {
    if (call_ == nullptr || !session_.close(code, reason, out_)) return;
    code_ = code;
    reason_ = reason;
    server_.loop().arm_after(timer_, kFarewellAnswer);
    flush();
}

void Peer::on_timer() {
    if (call_ != nullptr) call_->abort();
}

void Peer::on_data(const websocket::Decoded& piece) {
    if (piece.begins && piece.ends) return server_.on_message(*this, piece.text, piece.data);
    if (piece.begins) message_.clear();
    message_ += piece.data;
    if (!piece.ends) return;
    server_.on_message(*this, piece.text, message_);
    if (message_.capacity() > (1U << 20U)) message_ = {};
}

void Peer::on_ping(std::string_view payload) {
    server_.output().tell(
        {.incoming = true, .op = "ping", .data = payload, .round_trip = {}, .code = {}, .peer = name_},
        server_.loop().date());
}

void Peer::on_pong(std::string_view payload) {
    server_.output().tell(
        {.incoming = true, .op = "pong", .data = payload, .round_trip = {}, .code = {}, .peer = name_},
        server_.loop().date());
}

void Peer::on_close(websocket::CloseCode code, std::string_view reason) {
    decided_ = true;
    if (timer_.armed()) return;  // it answers ours
    code_ = code;
    reason_ = reason;
}

void Peer::on_failure(websocket::CloseCode code, std::string_view why) {
    decided_ = true;
    code_ = code;
    reason_ = why;
}

// ── --exec ──────────────────────────────────────────────────────────────────

void Peer::start_child() {
    int in[2] = {-1, -1};
    int out[2] = {-1, -1};
    const bool piped = ::pipe2(in, O_CLOEXEC) == 0 && ::pipe2(out, O_CLOEXEC) == 0;
    process::ChildOptions options;
    options.arguments = {"/bin/sh", "-c", server_.options().exec};
    options.environment = {{"WS_CLIENT", name_}};
    options.input = in[0];
    options.output = out[1];
    // it may end before its last lines were read: their end is what counts
    auto child = piped ? process::Child::start(server_.loop(), options, [](int) {})
                       : Result<std::unique_ptr<process::Child>>(from_errno(Errc::io, "opening a pipe", errno));
    for (const int fd : {in[0], out[1]})
        if (fd >= 0) ::close(fd);
    if (!child) {
        for (const int fd : {in[1], out[0]})
            if (fd >= 0) ::close(fd);
        server_.output().warn(child.error().message);
        return close(websocket::CloseCode::internal_error, "the command could not be started");
    }
    child_ = std::move(*child);
    ::fcntl(in[1], F_SETFL, O_NONBLOCK);
    ::fcntl(out[0], F_SETFL, O_NONBLOCK);
    to_child_ = net::Watch(server_.loop(), in[1]);
    from_child_ = net::Watch(server_.loop(), out[0]);
    from_child_.await_readable(net::callback<&Peer::on_child_readable>(this));
}

void Peer::feed_child(std::string_view message) {
    if (!to_child_) return;
    child_input_ += message;
    child_input_ += server_.options().nul ? '\0' : '\n';
    on_child_writable();
}

void Peer::on_child_writable() {
    while (!child_input_.empty() && to_child_) {
        const ssize_t put = ::write(to_child_.fd(), child_input_.data(), child_input_.size());
        if (put > 0) {
            child_input_.erase(0, static_cast<std::size_t>(put));
        } else if (errno == EAGAIN) {
            return to_child_.await_writable(net::callback<&Peer::on_child_writable>(this));
        } else if (errno != EINTR) {
            child_input_.clear();  // it does not read any more
            to_child_.close();
        }
    }
    on_drained();
}

void Peer::on_child_readable() {
    char buffer[16384];
    const ssize_t got = ::read(from_child_.fd(), buffer, sizeof buffer);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return child_ended();
    if (got > 0) child_line_.append(buffer, static_cast<std::size_t>(got));
    const char end = server_.options().nul ? '\0' : '\n';
    std::size_t from = 0;
    for (std::size_t at; (at = child_line_.find(end, from)) != std::string::npos; from = at + 1) {
        const std::string_view line = std::string_view(child_line_).substr(from, at - from);
        send(server_.plan().coding == Coding::text && is_utf8(line), line);
    }
    child_line_.erase(0, from);
    if (child_line_.size() > server_.plan().limits.message) {
        server_.output().warn("a line of the command is larger than --max-message allows");
        return child_ended();
    }
    if (call_ != nullptr) from_child_.await_readable(net::callback<&Peer::on_child_readable>(this));
}

void Peer::child_ended() {
    const std::string line = std::exchange(child_line_, {});
    if (!line.empty()) send(server_.plan().coding == Coding::text && is_utf8(line), line);
    from_child_.cancel();
    close(server_.plan().farewell.code, server_.plan().farewell.reason);
}

}  // namespace gw::wscat
