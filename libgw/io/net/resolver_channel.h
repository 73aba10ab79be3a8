#pragma once
// DNS queries over the loop: one c-ares channel with its sockets and its alarm. Only the files io/net/resolver*.cpp
// include this.

#include <cstddef>
#include <memory>
#include <unordered_map>

#include "libgw/io/net/loop.h"
#include "libgw/io/net/resolver.h"

struct ares_channeldata;

namespace gw::net {

/// Asks the servers that it was opened with, to its end: a change of configuration takes a new channel.
class ResolverChannel {
  public:
    /// How a query ended: a status of c-ares, and the answer's bytes. As c-ares calls back.
    using Answered = void (*)(void* self, int status, int timeouts, unsigned char* bytes, int size);

    /// Errc::config: `options.servers` is not a list of addresses; Errc::io: c-ares could not be started.
    static Result<std::unique_ptr<ResolverChannel>> open(Loop& loop, const ResolverOptions& options);
    /// Queries under way are answered as cut off. Requires: not inside an Answered of this channel.
    ~ResolverChannel();
    ResolverChannel(const ResolverChannel&) = delete;
    ResolverChannel& operator=(const ResolverChannel&) = delete;

    /// Asks for both families of addresses; each answer comes once, perhaps before this returns.
    void ask(const char* name, Answered answered, void* for_ipv6, void* for_ipv4);

    std::size_t flights = 0;  ///< counted by the owner: names that are being looked up here

  private:
    struct Socket;
    explicit ResolverChannel(Loop& loop);
    void process(int readable, int writable);
    void set_alarm();
    void on_alarm();
    void on_state(int fd, bool readable, bool writable);

    Loop& loop_;
    ares_channeldata* handle_ = nullptr;
    Timer alarm_{callback<&ResolverChannel::on_alarm>(this)};
    std::unordered_map<int, std::unique_ptr<Socket>> sockets_;
};

}  // namespace gw::net
