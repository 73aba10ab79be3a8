#include "libgw/io/net/connector.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace gw::net {
namespace {

/// RFC 8305 §5: the next address is tried when the one before has not answered for this long.
constexpr Nanoseconds kStagger = std::chrono::milliseconds(250);

}  // namespace

Connector::Connector(Loop& loop, Resolver& resolver, Callback done)
    : loop_(loop),
      resolver_(resolver),
      done_(done),
      stagger_(guarded<&Connector::on_stagger, &Connector::on_fault>(this)),
      deadline_(guarded<&Connector::on_deadline, &Connector::on_fault>(this)) {}

Connector::~Connector() {
    resolver_.cancel(this);
    loop_.forget(this);
}

void Connector::start(std::shared_ptr<const Endpoint> to, Nanoseconds timeout) {
    to_ = std::move(to);
    loop_.arm_after(deadline_, timeout);
    if (!to_->unix_path.empty()) {
        stage_ = Stage::connect;
        auto address = Address::unix_path(to_->unix_path);
        if (!address) {
            fail(std::move(address).error());
            return;
        }
        addresses_.push_back(std::move(*address));
        next_address();
        return;
    }
    const bool elsewhere = !to_->connect_host.empty();
    resolver_.resolve(elsewhere ? to_->connect_host : to_->host, elsewhere ? to_->connect_port : to_->port, this,
                      [this](const Result<std::vector<Address>>& found) { on_addresses(found); });
}

void Connector::on_fault() noexcept {
    loop_.fault();
    fail(Error());
}

void Connector::on_addresses(const Result<std::vector<Address>>& addresses) try {
    if (!addresses) {
        fail(addresses.error());
        return;
    }
    stage_ = Stage::connect;
    addresses_ = *addresses;
    if (to_->outward_only) {
        const auto inside = std::remove_if(addresses_.begin(), addresses_.end(),
                                           [](const Address& address) { return address.is_internal(); });
        if (inside == addresses_.begin()) {
            fail(Error{Errc::connect,
                       fmt::format("{} leads to {}, an address of this machine or its link that may not be asked",
                                   to_->host, addresses->front().host()),
                       {},
                       {}});
            return;
        }
        addresses_.erase(inside, addresses_.end());
    }
    next_address();
} catch (...) {
    on_fault();
}

void Connector::next_address() {
    while (next_ < addresses_.size()) {
        const Address& address = addresses_[next_++];
        auto stream = start_connect(loop_, address);
        if (!stream) {
            error_ = std::move(stream).error();
            continue;
        }
        auto attempt = std::make_unique<Attempt>();
        attempt->stream = std::move(*stream);
        attempt->owner = this;
        attempt->index = next_ - 1;
        attempt->stream.await_writable({&Connector::on_connected, attempt.get()});
        attempts_.push_back(std::move(attempt));
        if (next_ < addresses_.size()) loop_.arm_after(stagger_, kStagger);
        return;
    }
    if (attempts_.empty())
        fail(error_.message.empty() ? Error{Errc::connect, to_->host + " has no address", {}, {}} : error_);
}

void Connector::on_stagger() { next_address(); }

void Connector::on_connected(void* pointer) {
    auto* attempt = static_cast<Attempt*>(pointer);
    Connector& self = *attempt->owner;
    try {
        self.on_attempt(attempt);
    } catch (...) {
        self.on_fault();
    }
}

void Connector::on_attempt(Attempt* attempt) {
    const int number = connect_error(attempt->stream);
    if (number != 0) {
        error_ = from_errno(Errc::connect, "connecting to " + attempt->stream.peer().text(), number);
        std::erase_if(attempts_, [&](const auto& each) { return each.get() == attempt; });
        stagger_.cancel();
        next_address();
        return;
    }
    pending_ = std::move(attempt->stream);
    attempts_.clear();
    stagger_.cancel();
    if (!to_->tunnel.empty())
        ask_for_tunnel();
    else
        begin_tls();
}

/// A few hundred bytes on a fresh connection: what the kernel does not take at once it never will.
void Connector::ask_for_tunnel() {
    const iovec part{const_cast<char*>(to_->tunnel.data()), to_->tunnel.size()};
    const IoResult sent = pending_.write({&part, 1});
    if (sent.kind != IoResult::Kind::done || sent.size != to_->tunnel.size())
        return fail(Error{Errc::closed, fmt::format("the proxy {} takes nothing", to_->connect_host), {}, {}});
    pending_.await_readable(guarded<&Connector::on_tunnel_readable, &Connector::on_fault>(this));
}

void Connector::on_tunnel_readable() {
    constexpr std::size_t kMostAnswer = 16384;
    char bytes[1024];
    const IoResult got = pending_.read(bytes);
    if (got.kind == IoResult::Kind::done) answer_.append(bytes, got.size);
    const std::size_t end = answer_.find("\r\n\r\n");
    if (end == std::string::npos) {
        if ((got.kind != IoResult::Kind::done && got.kind != IoResult::Kind::again) || answer_.size() > kMostAnswer)
            return fail(Error{
                Errc::connect, fmt::format("the proxy {} gives no answer to CONNECT", to_->connect_host), {}, {}});
        pending_.await_readable(guarded<&Connector::on_tunnel_readable, &Connector::on_fault>(this));
        return;
    }
    const bool is_http = answer_.starts_with("HTTP/1.") && answer_.size() > 12 && answer_[8] == ' ';
    if (!is_http || answer_[9] != '2')
        return fail(Error{Errc::connect,
                          fmt::format("the proxy {} refuses to connect to {}:{}: {}", to_->connect_host, to_->host,
                                      to_->port, is_http ? answer_.substr(9, 3) : "no HTTP"),
                          {},
                          {}});
    // a client speaks first in TLS: whatever stands behind the head is not from there
    if (answer_.size() != end + 4)
        return fail(
            Error{Errc::connect, fmt::format("the proxy {} sends bytes behind its answer", to_->connect_host), {}, {}});
    begin_tls();
}

void Connector::begin_tls() {
    if (!to_->secure) return succeed();
    stage_ = Stage::tls;
    pending_.connect_tls(to_->tls, to_->host, guarded<&Connector::on_handshake, &Connector::on_fault>(this));
}

void Connector::on_handshake() {
    if (!pending_.handshake_error().empty()) {
        fail(Error{Errc::tls, fmt::format("TLS with {}: {}", to_->host, pending_.handshake_error()), {}, {}});
        return;
    }
    succeed();
}

void Connector::on_deadline() {
    fail(Error{Errc::timeout,
               fmt::format("{} {} took too long",
                           stage_ == Stage::resolve ? "resolving"
                           : stage_ == Stage::tls   ? "the TLS handshake with"
                                                    : "connecting to",
                           to_->unix_path.empty() ? to_->host : to_->unix_path),
               {},
               {}});
}

void Connector::succeed() {
    stream_ = std::move(pending_);
    finish();
}

void Connector::fail(Error error) {
    error_ = std::move(error);
    pending_ = Stream();
    attempts_.clear();
    finish();
}

void Connector::finish() {
    if (std::exchange(finished_, true)) return;
    stagger_.cancel();
    deadline_.cancel();
    resolver_.cancel(this);
    loop_.defer(callback<&Connector::report>(this));
}

void Connector::report() { done_(); }

}  // namespace gw::net
