// A worker of the gateway between a client and a target that may say anything, in this process: what the target is sent
// is well-formed and was asked for by the client, request by request; what the client is sent is well-formed and no
// more than it asked for; and nothing is left behind. The text is a script: "|c|" the client sends what follows, "|u|"
// the target does, "|C|" the client sends no more, "|R|" it goes away, "|U|" the target closes, "|D|" the client reads
// late.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libgw/config/document.h"
#include "libgw/gateway/telemetry.h"
#include "libgw/gateway/worker.h"
#include "tests/fuzz/plain_reader.h"
#include "tests/fuzz/require.h"
#include "tests/support/map_sources.h"

using namespace gw;
using namespace gw::fuzz;

namespace {

// Takes what a socket has; true when its other end has closed.
bool drain(int fd, std::string& into) {
    char buffer[16384];
    for (;;) {
        const ssize_t size = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (size > 0) into.append(buffer, static_cast<std::size_t>(size));
        if (size <= 0) return size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
    }
}

void send_all(int fd, std::string_view bytes) {
    if (fd >= 0) [[maybe_unused]]
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void shut(int& fd) {
    if (fd >= 0) ::close(std::exchange(fd, -1));
}

// The target: a socket file whose connections are played by the script. Bytes that come before there is a connection go
// to the next one.
class Target {
  public:
    Target() {
        char folder[] = "/tmp/gw-fuzz-XXXXXX";
        REQUIRE_THAT_IT_HOLDS(::mkdtemp(folder) != nullptr);
        folder_ = folder;
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path().copy(address.sun_path, sizeof address.sun_path - 1);
        listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        REQUIRE_THAT_IT_HOLDS(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        REQUIRE_THAT_IT_HOLDS(::listen(listener_, 64) == 0);
    }
    ~Target() {
        reset();
        shut(listener_);
        ::unlink(path().c_str());
        ::rmdir(folder_.c_str());
    }
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    [[nodiscard]] std::string path() const { return folder_ + "/target"; }

    void look() {
        for (int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); fd >= 0;
             fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) {
            connections_.push_back({fd, {}});
            if (!waiting_.empty()) say(std::exchange(waiting_, {}));
        }
        for (auto& [fd, heard] : connections_)
            if (fd >= 0 && drain(fd, heard)) shut(fd);
    }
    void say(std::string_view bytes) {
        if (connections_.empty() || connections_.back().first < 0) {
            waiting_ += bytes;
        } else {
            send_all(connections_.back().first, bytes);
        }
    }
    void hang_up() {
        if (!connections_.empty()) shut(connections_.back().first);
    }
    std::vector<std::string> heard() const {
        std::vector<std::string> all;
        for (const auto& connection : connections_) all.push_back(connection.second);
        return all;
    }
    void reset() {
        for (auto& connection : connections_) shut(connection.first);
        connections_.clear();
        waiting_.clear();
    }

  private:
    std::string folder_;
    int listener_ = -1;
    std::vector<std::pair<int, std::string>> connections_;
    std::string waiting_;
};

// Lives as long as the process: what one script leaves behind the next one would meet.
struct World {
    World() {
        const test::MapSources sources;
        Diagnostics diagnostics;
        const std::string document =
            "version: 1\napis:\n  - {name: a, routes: [{routeKey: $default, integration: 'http+unix:" + target.path() +
            "'}]}\nlogs: {format: off}\n";
        auto model = std::make_shared<config::Model>(config::read_document(document, "f.yaml", sources, diagnostics));
        REQUIRE_THAT_IT_HOLDS(!diagnostics.has_errors());
        const auto no_file = [](const std::string&) -> Result<std::string> {
            return Error{Errc::io, "no file", {}, {}};
        };
        auto runtime = gateway::Runtime::build(model, nullptr, no_file, &telemetry.metrics(), Instant(), Date());
        REQUIRE_THAT_IT_HOLDS(runtime.has_value());
        worker.adopt(*runtime);
    }

    // Lets happen what is going to, without waiting.
    void turn(int turns) {
        struct Turner {
            World& world;
            int left;
            void on_turn() {
                world.target.look();
                if (--left <= 0) {
                    world.worker.loop().stop();
                } else {
                    world.worker.loop().defer(net::callback<&Turner::on_turn>(this));
                }
            }
        } turner{*this, turns};
        worker.loop().defer(net::callback<&Turner::on_turn>(&turner));
        worker.loop().run();
        worker.loop().forget(&turner);
    }

    Target target;
    SilentLog log;
    gateway::Shared shared;
    gateway::Telemetry telemetry{log, 1};
    gateway::Worker worker{0, shared, telemetry, 1};
};

// Where the next "|x|" stands, or the end.
std::size_t next_mark(std::string_view script) {
    for (std::size_t at = 0; at + 2 < script.size(); ++at)
        if (script[at] == '|' && script[at + 2] == '|') return at;
    return script.size();
}

struct Asked {
    std::string method;
    std::string body;
    bool upgrade = false;
};

// The requests in what the client sent, as long as they are well-formed; the last one may be cut.
std::vector<Asked> read_asked(std::string_view sent) {
    std::vector<Asked> asked;
    for (std::size_t at = 0; at < sent.size();) {
        Message message;
        const Sight sight = read_request(sent.substr(at), {}, message);
        if (sight == Sight::broken) break;
        asked.push_back({message.first, message.body, message.count("upgrade") > 0});
        if (sight == Sight::cut) break;
        at += message.size;
    }
    return asked;
}

// Each request that the target was sent was asked for, in this order; one that was sent again counts once.
void check_target(const std::vector<std::string>& heard, const std::vector<Asked>& asked) {
    std::size_t next = 0;
    Asked last;
    for (const std::string& text : heard) {
        for (std::size_t at = 0; at < text.size();) {
            Message message;
            const Sight sight = read_request(std::string_view(text).substr(at), {}, message);
            if (sight == Sight::cut) break;  // the client went away; nothing follows on this connection
            if (sight == Sight::broken && next > 0 && asked[next - 1].upgrade) break;  // a tunnel's bytes
            REQUIRE_THAT_IT_HOLDS(sight == Sight::whole);
            REQUIRE_THAT_IT_HOLDS(message.count("host") == 1 && message.count("via") >= 1 &&
                                  message.third == "HTTP/1.1");
            REQUIRE_THAT_IT_HOLDS(message.count("content-length") + message.count("transfer-encoding") <= 1);
            at += message.size;
            if (next > 0 && last.method == message.first && last.body == message.body &&
                (next == asked.size() || asked[next].method != message.first || asked[next].body != message.body)) {
                continue;
            }
            while (next < asked.size() && (asked[next].method != message.first || asked[next].body != message.body))
                ++next;
            REQUIRE_THAT_IT_HOLDS(next < asked.size());
            last = asked[next++];
            if (last.upgrade) break;
        }
    }
}

void check_client(std::string_view got, const std::vector<Asked>& asked) {
    std::size_t answers = 0;
    for (std::size_t at = 0; at < got.size();) {
        REQUIRE_THAT_IT_HOLDS(answers <= asked.size());
        const bool known = answers < asked.size();
        Message message;
        const Sight sight = read_response(got.substr(at), {}, known ? asked[answers].method : "GET", message);
        REQUIRE_THAT_IT_HOLDS(sight != Sight::broken || !known);
        REQUIRE_THAT_IT_HOLDS(message.first == "HTTP/1.1" || message.first.size() < 8);
        if (sight != Sight::whole || message.second == "101") return;
        REQUIRE_THAT_IT_HOLDS(message.count("content-length") + message.count("transfer-encoding") <= 1);
        at += message.size;
        if (message.second == "100") continue;
        ++answers;
        if (known && lower(message.value("connection")).find("close") != std::string::npos)
            REQUIRE_THAT_IT_HOLDS(at == got.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static World world;
    if (size > 4096) return 0;
    std::string_view script(reinterpret_cast<const char*>(data), size);
    int fds[2];
    REQUIRE_THAT_IT_HOLDS(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    int client = fds[0];
    world.shared.connections.fetch_add(1);
    world.worker.server().adopt(net::Stream(world.worker.loop(), fds[1], {}), nullptr);
    std::string sent;
    std::string got;
    bool late = false;
    unsigned operations = 0;
    while (!script.empty() && ++operations <= 24) {
        const std::size_t mark = script.size() >= 3 && script[0] == '|' && script[2] == '|' ? 3 : 0;
        const char what = mark == 3 ? script[1] : 'c';
        script.remove_prefix(mark);
        const std::size_t end = next_mark(script);
        const std::string_view bytes = script.substr(0, end);
        script.remove_prefix(end);
        if (what == 'c' && client >= 0) {
            sent += bytes;
            send_all(client, bytes);
        }
        if (what == 'u') world.target.say(bytes);
        if (what == 'C' && client >= 0) ::shutdown(client, SHUT_WR);
        if (what == 'R') shut(client);
        if (what == 'U') world.target.hang_up();
        if (what == 'D') late = true;
        world.turn(6);
        if (client >= 0 && !late) drain(client, got);
    }
    world.turn(12);
    if (client >= 0) drain(client, got);
    const std::vector<Asked> asked = read_asked(sent);
    check_target(world.target.heard(), asked);
    check_client(got, asked);

    shut(client);
    world.turn(2);
    world.worker.server().close_all();
    world.worker.client().close_idle();
    world.target.reset();
    world.turn(4);
    world.target.reset();
    REQUIRE_THAT_IT_HOLDS(world.worker.server().connections() == 0 && world.worker.calls() == 0);
    REQUIRE_THAT_IT_HOLDS(world.worker.client().open() == 0 && world.worker.client().pending() == 0);
    REQUIRE_THAT_IT_HOLDS(world.worker.loop().borrowed() == 0 && world.shared.connections.load() == 0);
    return 0;
}
