#pragma once
// A real redis-server (or valkey-server) under test, alone with its test.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/io/net/tls.h"
#include "tests/support/process.h"
#include "tests/support/temporary.h"

namespace gw::test {

/// What the server asks of its clients.
struct RedisWish {
    std::string password;                  ///< of the default user; "": none
    std::string user;                      ///< another user, who has this password, while the default one has none
    const net::TlsKeyPair* tls = nullptr;  ///< not null: it speaks TLS only, and shows this
    std::string more;                      ///< further lines of its configuration
};

/// Listens on 127.0.0.1, keeps nothing on a disk, and is gone with the scope. Throws std::runtime_error with its words
/// when it does not come up.
class RedisServer {
  public:
    /// Whether there is one to start; tests without it are skipped.
    static bool is_installed();

    explicit RedisServer(RedisWish wish = {});

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// "redis://127.0.0.1:PORT", or "rediss://localhost:PORT".
    [[nodiscard]] std::string url() const;

    /// One command on a connection of its own, in the clear: the words, and the first line of the reply, or the text
    /// that it announces.
    [[nodiscard]] std::string say(std::string_view words) const;

    /// It accepts, for the kernel does, and answers nothing.
    void freeze();
    void thaw();
    /// As kill -9: what it knew is gone.
    void kill();
    /// On the same port, empty.
    void start_again();

  private:
    bool start();

    RedisWish wish_;
    TemporaryDirectory directory_;
    std::unique_ptr<Process> process_;
    std::uint16_t port_ = 0;
    std::string words_;
};

}  // namespace gw::test
