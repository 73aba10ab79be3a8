#include "apps/gw-preflight/wire.h"

#include <utility>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "libgw/io/net/inquiry.h"
#include "libgw/io/net/tls.h"
#include "libgw/wire/http/encoder.h"
#include "libgw/wire/http/uri.h"

namespace gw::preflight {
namespace {

std::string without_brackets(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return std::string(host);
}

/// "[::1]:443", "a.example:443"
std::string authority_of(std::string_view host, std::uint16_t port) {
    const bool ipv6 = host.find(':') != host.npos && !host.starts_with('[');
    return ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

/// The pieces between colons, those of an IPv6 address in its brackets left alone.
std::vector<std::string> pieces_of(std::string_view text) {
    std::vector<std::string> pieces(1);
    bool inside = false;
    for (const char c : text) {
        inside = c == '[' || (inside && c != ']');
        if (c == ':' && !inside)
            pieces.emplace_back();
        else
            pieces.back() += c;
    }
    return pieces;
}

net::ClientLimits limits_of(Nanoseconds max_time) {
    net::ClientLimits limits;
    limits.connect = max_time;
    limits.queue = max_time;
    limits.idle_per_host = 0;
    return limits;
}

}  // namespace

Wire::Wire(Nanoseconds max_time)
    : resolver_(loop_), client_(loop_, resolver_, limits_of(max_time)), max_time_(max_time) {}

Result<std::unique_ptr<Wire>> Wire::open(const program::World& world, const Options& options, Nanoseconds max_time) {
    std::unique_ptr<Wire> wire(new Wire(max_time));
    net::TlsClientOptions tls;
    tls.insecure = options.insecure;
    if (!options.ca.empty()) {
        tls.ca_pem = TRY(program::WorldSources(world).read_file(options.ca).in("--cacert"));
        tls.ca_name = options.ca;
    }
    wire->tls_ = TRY(net::TlsContext::make_client(tls));
    if (!options.proxy.empty()) wire->proxy_ = TRY(program::Proxy::parse(options.proxy));
    for (const std::string& text : options.resolve) {
        const auto pieces = pieces_of(text);
        const auto port = pieces.size() == 3 ? parse_unsigned_as<std::uint16_t>(pieces[1]) : std::nullopt;
        if (!port || !net::Address::literal(without_brackets(pieces[2]), *port))
            return Error{Errc::usage,
                         fmt::format("--resolve: '{}' is not HOST:PORT:ADDR", text),
                         "api.example.com:443:127.0.0.1",
                         {}};
        wire->elsewhere_[{to_lower(std::string_view(pieces[0])), *port}] = {without_brackets(pieces[2]), *port};
    }
    for (const std::string& text : options.connect_to) {
        const auto pieces = pieces_of(text);
        const auto from = pieces.size() == 4 ? parse_unsigned_as<std::uint16_t>(pieces[1]) : std::nullopt;
        const auto to = pieces.size() == 4 ? parse_unsigned_as<std::uint16_t>(pieces[3]) : std::nullopt;
        if (!from || !to || pieces[0].empty() || pieces[2].empty())
            return Error{Errc::usage,
                         fmt::format("--connect-to: '{}' is not HOST:PORT:HOST:PORT", text),
                         "api.example.com:443:localhost:8443",
                         {}};
        wire->elsewhere_[{to_lower(std::string_view(pieces[0])), *from}] = {without_brackets(pieces[2]), *to};
    }
    return wire;
}

std::shared_ptr<const net::Endpoint> Wire::endpoint_of(const cors::PageUrl& url) {
    auto& known = endpoints_[url.origin().text()];
    if (known) return known;
    auto made = std::make_shared<net::Endpoint>();
    made->key = url.origin().text();
    made->host = without_brackets(url.host);
    made->port = url.port;
    made->secure = url.scheme == "https";
    if (made->secure) made->tls = tls_;
    if (const auto place = elsewhere_.find({url.host, url.port}); place != elsewhere_.end()) {
        made->connect_host = place->second.host;
        made->connect_port = place->second.port;
    }
    if (proxy_) {
        // the proxy is told where, and asks for no name that --resolve has answered
        const std::string authority = made->connect_host.empty() ? authority_of(url.host, url.port)
                                                                 : authority_of(made->connect_host, made->connect_port);
        made->connect_host = proxy_->host;
        made->connect_port = proxy_->port;
        if (!asks_proxy(url)) made->tunnel = proxy_->connect(authority, "gw-preflight/" GW_VERSION);
    }
    known = made;
    return known;
}

Courier::Courier(Wire& wire) : wire_(wire), fetch_(*this), timer_(net::callback<&Courier::on_late>(this)) {}

void Courier::send(const cors::Outgoing& request, std::string_view body, Done done) {
    done_ = std::move(done);
    answer_.reset();
    wire_.loop().refresh_clock();
    began_ = wire_.loop().now();
    what_ = fmt::format("{} {}", request.method, request.url.text());
    body_ = request.with_body ? body : std::string_view();
    head_.clear();
    http::HeadWriter writer(head_);
    const bool asks_proxy = wire_.asks_proxy(request.url);
    writer.request_line(request.method, asks_proxy ? request.url.text() : request.url.target);
    const std::string origin = request.url.origin().text();
    writer.field(http::FieldName::host, std::string_view(origin).substr(origin.find("://") + 3));
    for (const cors::Field& field : request.fields) writer.field(field.name, field.value);
    writer.field(http::FieldName::user_agent, "gw-preflight/" GW_VERSION);
    if (asks_proxy && !wire_.proxy_authorization().empty())
        writer.field("Proxy-Authorization", wire_.proxy_authorization());
    if (request.with_body || request.method == "POST" || request.method == "PUT") writer.content_length(body_.size());
    if (!writer.end()) return end(Error{Errc::usage, what_ + ": the request cannot be written", {}, {}});
    wire_.loop().arm_after(timer_, wire_.max_time());
    fetch_.start(wire_.client(), wire_.endpoint_of(request.url), http::to_method(request.method), true);
}

void Courier::on_ready() {
    fetch_.head() += head_;
    if (!body_.empty()) fetch_.copy(body_);
    fetch_.end();
    fetch_.flush();
}

void Courier::on_answer_head(http::ResponseHead& head) {
    answer_.emplace();
    answer_->status = head.status;
    for (const http::FieldView field : head.fields) answer_->fields.add(field.name, field.value);
    answer_->took = wire_.loop().now() - began_;
    if (const net::TlsInfo* tls = fetch_.tls())
        answer_->tls = fmt::format("{}, {}; certificate of {}, issued by {}, until {}", tls->protocol, tls->cipher,
                                   tls->server_subject, tls->server_issuer, tls->server_not_after);
}

void Courier::on_turn_end() {
    if (answer_) end(*std::move(answer_));
}

void Courier::on_failed(const net::FetchFailure& failure) {
    if (answer_) return end(*std::move(answer_));
    end(Error{net::to_errc(failure.kind), fmt::format("{}: {}", what_, failure.detail), {}, {}});
}

void Courier::on_late() {
    end(Error{
        Errc::timeout, fmt::format("{}: no answer within {}", what_, to_duration_text(wire_.max_time())), {}, {}});
}

void Courier::end(Result<Answer> answer) {
    Done done = std::exchange(done_, nullptr);
    answer_.reset();
    timer_.cancel();
    fetch_.cancel();
    if (done) done(std::move(answer));
}

}  // namespace gw::preflight
