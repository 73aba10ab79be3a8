// gw_idle plain|tls PORT COUNT PID LABEL: opens COUNT connections to 127.0.0.1:PORT, asks once on each, keeps them, and
// prints what the process PID has grown by, resident, for each of them.

#include <charconv>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "libgw/io/net/loop.h"
#include "libgw/io/net/stream.h"
#include "libgw/io/net/tls.h"

namespace {

using namespace gw::net;

long resident(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/status");
    std::string word;
    while (file >> word) {
        if (word != "VmRSS:") continue;
        long kib = 0;
        file >> kib;
        return kib;
    }
    return 0;
}

/// Connections are opened one after the other; each is answered before the next begins.
class Holder {
  public:
    Holder(Loop& loop, Address to, std::shared_ptr<const TlsContext> tls, std::size_t count)
        : loop_(loop), to_(std::move(to)), tls_(std::move(tls)), count_(count) {}
    void next() {
        if (streams_.size() == count_) {
            loop_.stop();
            return;
        }
        auto stream = start_connect(loop_, to_);
        if (!stream) {
            std::fprintf(stderr, "gw_idle: %s\n", stream.error().message.c_str());
            loop_.stop();
            return;
        }
        streams_.push_back(std::make_unique<Stream>(std::move(*stream)));
        streams_.back()->await_writable(callback<&Holder::connected>(this));
    }
    [[nodiscard]] std::size_t held() const { return streams_.size(); }

  private:
    void connected() {
        if (tls_ == nullptr)
            ask();
        else
            streams_.back()->connect_tls(tls_, "localhost", callback<&Holder::ask>(this));
    }
    void ask() {
        static constexpr char kRequest[] = "GET /pets/1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
        const iovec part{const_cast<char*>(kRequest), sizeof kRequest - 1};
        if (!streams_.back()->handshake_error().empty())
            std::fprintf(stderr, "gw_idle: %s\n", streams_.back()->handshake_error().c_str());
        streams_.back()->write(std::span(&part, 1));
        streams_.back()->await_readable(callback<&Holder::answered>(this));
    }
    void answered() {
        if (streams_.back()->read(loop_.scratch()).kind == IoResult::Kind::again) {
            streams_.back()->await_readable(callback<&Holder::answered>(this));
            return;
        }
        next();
    }

    Loop& loop_;
    Address to_;
    std::shared_ptr<const TlsContext> tls_;
    std::size_t count_;
    std::vector<std::unique_ptr<Stream>> streams_;
};

std::size_t number(const char* text) {
    std::size_t value = 0;
    std::from_chars(text, text + std::char_traits<char>::length(text), value);
    return value;
}

void hold(Holder& holder, Loop& loop) {
    holder.next();
    loop.run();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) return 2;
    const bool secure = std::string(argv[1]) == "tls";
    const std::size_t count = number(argv[3]);
    Loop loop;
    std::shared_ptr<const TlsContext> tls;
    if (secure) {
        TlsClientOptions options;
        options.insecure = true;
        auto made = TlsContext::make_client(options);
        if (!made) return 1;
        tls = *made;
    }
    const auto to = Address::literal("127.0.0.1", static_cast<std::uint16_t>(number(argv[2])));
    // the first hundred warm up what the process keeps in any case
    Holder warm(loop, *to, tls, 100);
    hold(warm, loop);
    const long before = resident(argv[4]);
    Holder holder(loop, *to, tls, count);
    hold(holder, loop);
    const long after = resident(argv[4]);
    std::printf("  %-6s %6zu connections: %8ld KiB before, %8ld KiB with them, %6.2f KiB each\n", argv[5],
                holder.held(), before, after, static_cast<double>(after - before) / static_cast<double>(holder.held()));
    return holder.held() == count ? 0 : 1;
}
