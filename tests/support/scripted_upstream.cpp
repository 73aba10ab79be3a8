#include "tests/support/scripted_upstream.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gw::test {
namespace {

/// The value of a field in a head, "" when absent. Names are compared without case.
std::string_view find_field(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
        const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
        if (line.size() <= name.size() || line[name.size()] != ':') continue;
        const bool same = std::equal(name.begin(), name.end(), line.begin(), [](char wanted, char c) {
            return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
        });
        if (!same) continue;
        std::string_view value = line.substr(name.size() + 1);
        while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
        return value;
    }
    return {};
}

/// Where the chunked body that starts at `from` ends, or nothing when it is not complete yet.
std::optional<std::size_t> find_end_of_chunks(std::string_view bytes, std::size_t from) {
    for (;;) {
        const std::size_t line_end = bytes.find("\r\n", from);
        if (line_end == std::string_view::npos) return std::nullopt;
        std::size_t size = 0;
        std::from_chars(bytes.data() + from, bytes.data() + line_end, size, 16);
        from = line_end + 2;
        if (size == 0) {
            while (bytes.substr(from, 2) != "\r\n") {  // trailers
                const std::size_t end = bytes.find("\r\n", from);
                if (end == std::string_view::npos) return std::nullopt;
                from = end + 2;
            }
            return from + 2;
        }
        if (bytes.size() - from < size + 2) return std::nullopt;
        from += size + 2;
    }
}

/// Where the request that starts at `from` ends, or nothing when it is not complete yet.
std::optional<std::size_t> find_end_of_request(std::string_view bytes, std::size_t from, bool head_only) {
    const std::size_t end = bytes.find("\r\n\r\n", from);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view head = bytes.substr(from, end + 2 - from);
    const std::size_t body = end + 4;
    if (head_only) return body;
    if (!find_field(head, "transfer-encoding").empty()) return find_end_of_chunks(bytes, body);
    const std::string_view length_text = find_field(head, "content-length");
    std::size_t length = 0;
    std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
    if (bytes.size() - body < length) return std::nullopt;
    return body + length;
}

void signal_event(int event) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t ignored = ::write(event, &one, sizeof one);
}

}  // namespace

Act read_request() { return {Act::Kind::read_request, {}, 0}; }
Act read_head() { return {Act::Kind::read_head, {}, 0}; }
Act read_bytes(std::size_t count) { return {Act::Kind::read_bytes, {}, count}; }
Act send_bytes(std::string bytes) { return {Act::Kind::send, std::move(bytes), 0}; }
Act send_in_pieces(std::string bytes, std::size_t size) { return {Act::Kind::send_slowly, std::move(bytes), size}; }
Act hold() { return {Act::Kind::hold, {}, 0}; }
Act half_close() { return {Act::Kind::half_close, {}, 0}; }
Act close_connection() { return {Act::Kind::close, {}, 0}; }
Act reset_connection() { return {Act::Kind::reset, {}, 0}; }

Act answer(int status, std::string_view body, std::string_view more_header_lines) {
    return send_bytes("HTTP/1.1 " + std::to_string(status) +
                      " Scripted\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                      std::string(more_header_lines) + "\r\n" + std::string(body));
}

struct ScriptedUpstream::State {
    struct Connection {
        Descriptor socket;
        std::string seen;
        bool ended = false;
        std::thread thread;
    };

    Listener listener;
    std::vector<Script> scripts;
    Descriptor stop{::eventfd(0, EFD_CLOEXEC)};
    Descriptor released{::eventfd(0, EFD_CLOEXEC)};
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Connection> connections;  // a deque: the threads hold references
    std::thread acceptor;

    State(std::vector<Script> acts, Result<Listener> opened) : scripts(std::move(acts)) {
        if (!opened) throw std::runtime_error(to_string(opened.error()));
        if (scripts.empty()) scripts.emplace_back();
        listener = std::move(*opened);
        acceptor = std::thread([this] { accept_connections(); });
    }

    ~State() {
        signal_event(stop.get());
        ::shutdown(listener.socket.get(), SHUT_RDWR);
        acceptor.join();
        for (Connection& connection : connections) connection.thread.join();
    }

    void accept_connections() {
        for (;;) {
            Descriptor socket(::accept4(listener.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!socket) return;
            const int on = 1;
            ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            const std::lock_guard lock(mutex);
            const Script& script = scripts[std::min(connections.size(), scripts.size() - 1)];
            Connection& connection = connections.emplace_back();
            connection.socket = std::move(socket);
            connection.thread = std::thread([this, &connection, &script] { follow(connection, script); });
            changed.notify_all();
        }
    }

    /// Reads some bytes into the record. `wake` ends the wait as well.
    Got receive(Connection& connection, std::size_t most, int wake) {
        std::string bytes;
        const Got got = read_some(connection.socket.get(), bytes, most, within(std::chrono::hours(1)), wake);
        const std::lock_guard lock(mutex);
        connection.seen += bytes;
        changed.notify_all();
        return got;
    }

    /// Reads until the request at `position` is complete and moves `position` behind it.
    bool read_one(Connection& connection, std::size_t& position, bool head_only) {
        for (;;) {
            {
                const std::lock_guard lock(mutex);
                if (const auto end = find_end_of_request(connection.seen, position, head_only)) {
                    position = *end;
                    return true;
                }
            }
            if (receive(connection, 65536, stop.get()) != Got::bytes) return false;
        }
    }

    bool read_count(Connection& connection, std::size_t& position, std::size_t count) {
        for (;;) {
            std::size_t there = 0;
            {
                const std::lock_guard lock(mutex);
                there = connection.seen.size() - position;
            }
            if (there >= count) break;
            if (receive(connection, count - there, stop.get()) != Got::bytes) return false;
        }
        position += count;
        return true;
    }

    bool send(Connection& connection, std::string_view bytes) {
        return write_all(connection.socket.get(), bytes, within(std::chrono::hours(1)), stop.get());
    }

    bool perform(Connection& connection, const Act& act, std::size_t& position) {
        switch (act.kind) {
            case Act::Kind::read_request: return read_one(connection, position, false);
            case Act::Kind::read_head: return read_one(connection, position, true);
            case Act::Kind::read_bytes: return read_count(connection, position, act.count);
            case Act::Kind::send: return send(connection, act.bytes);
            case Act::Kind::send_slowly: {
                const std::size_t size = std::max<std::size_t>(act.count, 1);
                for (std::string_view left = act.bytes; !left.empty(); left.remove_prefix(std::min(size, left.size())))
                    if (!send(connection, left.substr(0, size))) return false;
                return true;
            }
            case Act::Kind::hold:
                for (;;) {
                    const Got got = receive(connection, 65536, released.get());
                    if (got == Got::woken) return true;
                    if (got != Got::bytes) return false;
                }
            case Act::Kind::half_close: ::shutdown(connection.socket.get(), SHUT_WR); return true;
            case Act::Kind::reset: reset_on_close(connection.socket.get()); return false;
            case Act::Kind::close: return false;
        }
        return false;
    }

    void follow(Connection& connection, const Script& script) {
        std::size_t position = 0;
        for (const Act& act : script)
            if (!perform(connection, act, position)) break;
        const std::lock_guard lock(mutex);
        connection.socket.close();
        connection.ended = true;
        changed.notify_all();
    }
};

ScriptedUpstream::ScriptedUpstream(std::vector<Script> scripts)
    : state_(std::make_unique<State>(std::move(scripts), listen_on_loopback())) {}
ScriptedUpstream::ScriptedUpstream(std::vector<Script> scripts, const std::string& unix_path)
    : state_(std::make_unique<State>(std::move(scripts), listen_on_unix(unix_path))) {}
ScriptedUpstream::~ScriptedUpstream() { release(); }

std::uint16_t ScriptedUpstream::port() const { return state_->listener.port; }
std::string ScriptedUpstream::url() const { return "http://127.0.0.1:" + std::to_string(port()); }

std::size_t ScriptedUpstream::connections() const {
    const std::lock_guard lock(state_->mutex);
    return state_->connections.size();
}

std::string ScriptedUpstream::seen(std::size_t index) const {
    const std::lock_guard lock(state_->mutex);
    return index < state_->connections.size() ? state_->connections[index].seen : std::string();
}

Result<std::string> ScriptedUpstream::wait_for(std::string_view mark, std::size_t index,
                                               std::chrono::milliseconds patience) {
    std::unique_lock lock(state_->mutex);
    const auto& connections = state_->connections;
    if (state_->changed.wait_for(lock, patience, [&] {
            return index < connections.size() && connections[index].seen.find(mark) != std::string::npos;
        }))
        return connections[index].seen;
    const std::string seen = index < connections.size() ? connections[index].seen : "(no such connection)";
    return Error{Errc::timeout, "no '" + std::string(mark) + "' in: " + seen, {}, {}};
}

Result<void> ScriptedUpstream::wait_for_connections(std::size_t count, std::chrono::milliseconds patience) {
    std::unique_lock lock(state_->mutex);
    if (state_->changed.wait_for(lock, patience, [&] { return state_->connections.size() >= count; })) return ok();
    return Error{Errc::timeout, "only " + std::to_string(state_->connections.size()) + " connections came", {}, {}};
}

Result<void> ScriptedUpstream::wait_for_end(std::size_t index, std::chrono::milliseconds patience) {
    std::unique_lock lock(state_->mutex);
    const auto& connections = state_->connections;
    if (state_->changed.wait_for(lock, patience,
                                 [&] { return index < connections.size() && connections[index].ended; }))
        return ok();
    return Error{Errc::timeout, "the script of connection " + std::to_string(index) + " is not at its end", {}, {}};
}

void ScriptedUpstream::release() { signal_event(state_->released.get()); }

}  // namespace gw::test
