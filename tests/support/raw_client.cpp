#include "tests/support/raw_client.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace gw::test {
namespace {

std::string to_lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return lower;
}

std::vector<std::pair<std::string, std::string>> parse_fields(std::string_view lines) {
    std::vector<std::pair<std::string, std::string>> fields;
    while (!lines.empty()) {
        const std::size_t end = lines.find("\r\n");
        const std::string_view line = lines.substr(0, end);
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos) {
            std::string_view value = line.substr(colon + 1);
            while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
            while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
            fields.emplace_back(to_lower(line.substr(0, colon)), std::string(value));
        }
        if (end == std::string_view::npos) break;
        lines.remove_prefix(end + 2);
    }
    return fields;
}

template <class Integer>
bool parse_number(std::string_view text, Integer& number, int base) {
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return problem == std::errc() && end == text.data() + text.size();
}

Result<Descriptor> connect_to(int family, const sockaddr* address, socklen_t length, const std::string& name) {
    Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket || ::connect(socket.get(), address, length) != 0)
        return from_errno(Errc::connect, "connect " + name, errno);
    return socket;
}

Error malformed(std::string_view what, std::string_view bytes) {
    return Error{Errc::parse, std::string(what) + " in: " + std::string(bytes.substr(0, 200)), {}, {}};
}

}  // namespace

std::string_view RawResponse::field(std::string_view name) const {
    for (const auto& [key, value] : fields)
        if (key == name) return value;
    return {};
}

std::size_t RawResponse::count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::count_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; }));
}

Result<RawClient> RawClient::connect(std::uint16_t port, std::chrono::milliseconds patience) {
    return connect("127.0.0.1", port, patience);
}

Result<RawClient> RawClient::connect(const std::string& address, std::uint16_t port,
                                     std::chrono::milliseconds patience) {
    const std::string name = address + ":" + std::to_string(port);
    sockaddr_in four{};
    sockaddr_in6 six{};
    Descriptor socket;
    if (::inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1) {
        four.sin_family = AF_INET;
        four.sin_port = htons(port);
        socket = TRY(connect_to(AF_INET, reinterpret_cast<const sockaddr*>(&four), sizeof four, name));
    } else if (::inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) == 1) {
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(port);
        socket = TRY(connect_to(AF_INET6, reinterpret_cast<const sockaddr*>(&six), sizeof six, name));
    } else {
        return Error{Errc::usage, "not an address: " + address, {}, {}};
    }
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return RawClient(std::move(socket), patience);
}

Result<RawClient> RawClient::connect_unix(const std::string& path, std::chrono::milliseconds patience) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return Error{Errc::limit, "socket path too long: " + path, {}, {}};
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    Descriptor socket = TRY(connect_to(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address, path));
    return RawClient(std::move(socket), patience);
}

Result<void> RawClient::send(std::string_view bytes) {
    if (!write_all(socket_.get(), bytes, within(patience_)))
        return Error{Errc::closed, "the peer takes no bytes", {}, {}};
    return ok();
}

Result<void> RawClient::send_in_pieces(std::string_view bytes, std::size_t size) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) TRY(send(bytes.substr(0, size)));
    return ok();
}

Result<void> RawClient::fill(Deadline deadline) {
    switch (read_some(socket_.get(), pending_, 65536, deadline)) {
        case Got::bytes: return ok();
        case Got::end: return Error{Errc::closed, "the peer ended the stream after: " + pending_, {}, {}};
        case Got::reset: return Error{Errc::closed, "the peer reset the connection", {}, {}};
        default: return Error{Errc::timeout, "nothing more came in time after: " + pending_, {}, {}};
    }
}

Result<std::string> RawClient::take_until(std::string_view mark, Deadline deadline) {
    std::size_t searched = 0;
    for (;;) {
        const std::size_t at = pending_.find(mark, searched);
        if (at != std::string::npos) {
            std::string taken = pending_.substr(0, at + mark.size());
            pending_.erase(0, at + mark.size());
            return taken;
        }
        searched = pending_.size() < mark.size() ? 0 : pending_.size() - mark.size() + 1;
        TRY(fill(deadline));
    }
}

Result<std::string> RawClient::take_exactly(std::size_t length, Deadline deadline) {
    while (pending_.size() < length) TRY(fill(deadline));
    std::string taken = pending_.substr(0, length);
    pending_.erase(0, length);
    return taken;
}

Result<std::string> RawClient::take_to_end(Deadline deadline) {
    for (;;) {
        switch (read_some(socket_.get(), pending_, 65536, deadline)) {
            case Got::bytes: continue;
            case Got::end: return std::exchange(pending_, {});
            case Got::reset: return Error{Errc::closed, "the peer reset the connection", {}, {}};
            default: return Error{Errc::timeout, "the peer did not end the stream in time", {}, {}};
        }
    }
}

Result<std::string> RawClient::read_until(std::string_view mark) { return take_until(mark, within(patience_)); }
Result<std::string> RawClient::read_exactly(std::size_t length) { return take_exactly(length, within(patience_)); }
Result<std::string> RawClient::read_to_end() { return take_to_end(within(patience_)); }

Result<RawResponse> RawClient::read_response(bool to_head_request) {
    const Deadline deadline = within(patience_);
    RawResponse response;
    response.head = TRY(take_until("\r\n\r\n", deadline));
    const std::string_view head = response.head;
    // RFC 9112 §4: HTTP-version SP status-code SP [ reason-phrase ]
    const bool known = head.starts_with("HTTP/1.1 ") || head.starts_with("HTTP/1.0 ");
    if (!known || !parse_number(head.substr(9, 3), response.status, 10) || response.status < 100 ||
        (head[12] != ' ' && head[12] != '\r'))
        return malformed("status line", head);
    response.fields = parse_fields(head.substr(head.find("\r\n") + 2));
    // RFC 9112 §6.3
    if (to_head_request || response.status < 200 || response.status == 204 || response.status == 304) return response;
    if (response.count("transfer-encoding") != 0) {
        for (;;) {
            const std::string line = TRY(take_until("\r\n", deadline));
            const std::string_view size_text = std::string_view(line).substr(0, line.find_first_of(";\r"));
            std::size_t size = 0;
            if (!parse_number(size_text, size, 16)) return malformed("chunk size", line);
            if (size == 0) break;
            response.body += TRY(take_exactly(size, deadline));
            if (TRY(take_exactly(2, deadline)) != "\r\n") return malformed("end of a chunk", line);
        }
        for (;;) {
            const std::string line = TRY(take_until("\r\n", deadline));
            if (line == "\r\n") return response;
            const auto field = parse_fields(line);
            if (field.empty()) return malformed("trailer", line);
            response.trailers.push_back(field.front());
        }
    }
    if (response.count("content-length") != 0) {
        std::size_t length = 0;
        if (!parse_number(response.field("content-length"), length, 10)) return malformed("content-length", head);
        response.body = TRY(take_exactly(length, deadline));
        return response;
    }
    response.body = TRY(take_to_end(deadline));
    return response;
}

bool RawClient::is_closed_by_peer() {
    if (!pending_.empty()) return false;
    const Got got = read_some(socket_.get(), pending_, 65536, within(patience_));
    return got == Got::end || got == Got::reset;
}

bool RawClient::stays_silent(std::chrono::milliseconds quiet) {
    return pending_.empty() && read_some(socket_.get(), pending_, 65536, within(quiet)) == Got::late;
}

void RawClient::finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }

void RawClient::reset() {
    reset_on_close(socket_.get());
    socket_.close();
}

Result<RawResponse> raw_exchange(std::uint16_t port, std::string_view request) {
    RawClient client = TRY(RawClient::connect(port));
    TRY(client.send(request));
    return client.read_response();
}

}  // namespace gw::test
