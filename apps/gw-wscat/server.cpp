#include "apps/gw-wscat/server.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include <fmt/format.h>

#include "apps/gw-wscat/input.h"
#include "apps/gw-wscat/peer.h"
#include "libgw/base/text.h"
#include "libgw/io/net/listener.h"
#include "libgw/io/net/signals.h"
#include "libgw/term/width.h"

namespace gw::wscat {
namespace {

net::ServerLimits limits_of() {
    constexpr Nanoseconds kForEver = std::chrono::hours(24 * 365);
    net::ServerLimits limits;
    limits.age = kForEver;
    limits.tunnel_idle = kForEver;
    return limits;
}

void answer(net::Call& call, std::uint16_t status, std::string_view text, bool tells_version = false) {
    auto writer = call.begin(status);
    writer.field(http::FieldName::content_type, "text/plain");
    if (status == 426) writer.field(http::FieldName::upgrade, "websocket");
    if (tells_version) writer.field("Sec-WebSocket-Version", "13");
    if (!call.end_head(writer, text.size())) return call.abort();
    call.write(text);
    call.end();
    call.flush();
}

}  // namespace

WsServer::WsServer(program::World& world, const Options& options, const Plan& plan)
    : world_(world),
      options_(options),
      plan_(plan),
      output_(world, options, plan.coding),
      http_(loop_, limits_of(), *this, plan.seed),
      input_(loop_, options.nul ? '\0' : '\n', [this] { pump(); }) {}

Result<int> WsServer::run() {
    const net::Signals signals(loop_, {SIGINT, SIGTERM}, [this](int number) { on_signal(number); });
    net::ignore_broken_pipes();
    if (!plan_.server_key.cert_pem.empty()) {
        net::TlsServerOptions tls;
        tls.key_pairs = {plan_.server_key};
        tls_ = TRY(net::TlsContext::make_server(tls, loop_.date()));
        for (const std::string& warning : tls_->warnings()) program::warn(world_, warning);
    }
    const std::string where = fmt::format("{}:{}", options_.host, *options_.listen);
    auto address = net::Address::parse_listen(where);
    if (!address) return Error{Errc::usage, "--host: " + address.error().message, "127.0.0.1, [::1], 0.0.0.0", {}};
    const int fd = TRY(net::listen_on(*address));
    listener_ = std::make_unique<net::Listener>(loop_, fd,
                                                [this](net::Stream stream) { http_.adopt(std::move(stream), tls_); });
    const net::Address bound = TRY(net::local_address(fd));
    output_.say(fmt::format("{}: listening on {}://{}", world_.name, tls_ ? "wss" : "ws", bound.text()));
    if (!address->is_loopback()) program::warn(world_, "anybody who reaches this address may connect");
    // what is typed goes to everybody
    if (!options_.echo && !options_.broadcast && options_.exec.empty()) input_.start();
    loop_.run();
    output_.flush();
    return code_;
}

void WsServer::on_call(net::Call& call) {
    const http::RequestHead& head = call.head();
    if (!head.upgrade_websocket) return answer(call, 426, "this is a WebSocket server\n");
    if (const http::Refused refused = websocket::judge_request(head))
        return answer(call, refused.status, fmt::format("{}\n", refused.reason), refused.status == 426);
    std::string protocol;
    for (const std::string_view offered : websocket::offered_protocols(head.fields))
        if (protocol.empty() &&
            std::find(plan_.protocols.begin(), plan_.protocols.end(), offered) != plan_.protocols.end())
            protocol = offered;
    std::optional<websocket::DeflateAnswer> deflate;
    if (options_.deflate) {
        auto accepted = websocket::accept_deflate(head.fields, {.no_context_takeover = false, .max_window_bits = 15});
        if (!accepted) return answer(call, 400, accepted.error().message + "\n");
        deflate = *std::move(accepted);
    }
    auto writer = call.begin(101);
    websocket::write_answer(writer, *head.fields.find(http::FieldName::sec_websocket_key), protocol,
                            deflate ? deflate->text : "");
    if (!call.end_head(writer, std::nullopt)) return call.abort();
    const std::uint64_t number = ++count_;
    auto peer = std::make_unique<Peer>(*this, call, number);
    Peer& made = *peer;
    peers_[number] = std::move(peer);
    output_.say(fmt::format("client {} connected from {}: {}{}{}", number, call.peer().text(),
                            term::printable(head.path.sent()), protocol.empty() ? "" : ", " + protocol,
                            deflate ? ", permessage-deflate" : ""));
    if (options_.jsonl)
        output_.tell(
            {.incoming = true, .op = "open", .data = protocol, .round_trip = {}, .code = 101, .peer = made.name()},
            loop_.date());
    made.begin(deflate ? std::optional(deflate->parameters) : std::nullopt);
}

void WsServer::on_message(Peer& from, bool text, std::string_view message) {
    if (options_.echo) return from.send(text, message);
    if (options_.broadcast) {
        for (const auto& [number, peer] : peers_)
            if (peer.get() != &from) peer->send(text, message);
        return;
    }
    if (!options_.exec.empty()) return from.feed_child(message);
    output_.tell({.incoming = true,
                  .op = text ? "text" : "binary",
                  .data = message,
                  .round_trip = {},
                  .code = {},
                  .peer = from.name()},
                 loop_.date());
    output_.flush();
}

void WsServer::on_gone(Peer& peer, websocket::CloseCode code, std::string_view reason) {
    const auto number = static_cast<std::uint16_t>(code);
    const std::string_view words = websocket::to_words(code);
    output_.say(fmt::format("client {} closed: {} {}{}{}", peer.name(), number, words,
                            words.empty() || reason.empty() ? "" : ": ", term::printable(reason)));
    if (options_.jsonl)
        output_.tell(
            {.incoming = true, .op = "close", .data = reason, .round_trip = {}, .code = number, .peer = peer.name()},
            loop_.date());
    output_.flush();
    gone_.push_back(peer.number());
    loop_.defer(net::callback<&WsServer::reap>(this));
}

void WsServer::reap() {
    for (const std::uint64_t number : gone_) peers_.erase(number);
    gone_.clear();
    if (stopping_ && peers_.empty()) loop_.stop();
}

void WsServer::pump() {
    while (auto line = input_.next()) {
        auto payload = decode_line(*line, plan_.coding);
        if (!payload) {
            output_.warn(payload.error().message);
            continue;
        }
        for (const auto& [number, peer] : peers_) peer->send(plan_.coding == Coding::text, *payload);
    }
}

void WsServer::on_signal(int number) {
    code_ = 128 + number;
    if (std::exchange(stopping_, true) || peers_.empty()) return loop_.stop();
    listener_->pause();
    const Farewell farewell = options_.close.empty() ? Farewell{websocket::CloseCode::going_away, {}} : plan_.farewell;
    for (const auto& [client, peer] : peers_) peer->close(farewell.code, farewell.reason);
}

Result<int> serve(program::World& world, const Options& options, const Plan& plan) {
    return WsServer(world, options, plan).run();
}

}  // namespace gw::wscat
