#pragma once
// Two ends of a TLS connection in one loop, and the certificates that they trust.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/io/net/tls.h"
#include "tests/support/catch.h"
#include "tests/support/loop.h"

namespace gw::test {

using ContextPtr = std::shared_ptr<const net::TlsContext>;

inline constexpr auto kDay = std::chrono::hours(24);

inline Date today() { return net::SystemClock().date(); }

inline net::TlsKeyPair self_signed(const std::vector<std::string>& names, Date date = today()) {
    auto pair = net::make_self_signed(names, date);
    REQUIRE(pair);
    return std::move(*pair);
}

inline ContextPtr server_of(net::TlsServerOptions options) {
    auto context = net::TlsContext::make_server(options, today());
    if (!context) FAIL(context.error().message);
    return std::move(*context);
}

inline ContextPtr client_of(net::TlsClientOptions options) {
    auto context = net::TlsContext::make_client(options);
    if (!context) FAIL(context.error().message);
    return std::move(*context);
}

/// A certificate for localhost, and a client that trusts it.
struct Contexts {
    net::TlsKeyPair pair = self_signed({"localhost", "127.0.0.1"});
    ContextPtr server = server_of({.key_pairs = {pair}, .client_ca_pem = {}, .client_ca_name = {}, .previous = {}});
    ContextPtr client = client_of({.ca_pem = pair.cert_pem, .ca_name = {}, .insecure = false, .client = {}});
};

inline const Contexts& contexts() {
    static const Contexts made;
    return made;
}

/// A server and a client in one loop.
struct Both {
    net::Loop loop;
    Talker server;
    Talker client;

    explicit Both(int buffer = 0) {
        const auto [a, b] = socket_pair(buffer);
        server.stream = net::Stream(loop, a, {});
        client.stream = net::Stream(loop, b, {});
    }
    Both(const ContextPtr& server_context, const ContextPtr& client_context, std::string_view name) : Both() {
        shake(server_context, client_context, name);
    }
    void shake(const ContextPtr& server_context = contexts().server,
               const ContextPtr& client_context = contexts().client, std::string_view name = "localhost") {
        server.stream.accept_tls(server_context, net::callback<&Talker::on_shaken>(&server));
        client.stream.connect_tls(client_context, name, net::callback<&Talker::on_shaken>(&client));
        REQUIRE(run_until(loop, [&] { return client.shook && (server.shook || !client.stream.tls()); }));
        if (!client.stream.tls()) {
            client.stream.close();
            REQUIRE(run_until(loop, [&] { return server.shook; }));
        }
    }
    [[nodiscard]] bool fine() const { return server.stream.tls() != nullptr && client.stream.tls() != nullptr; }
    /// After TLS 1.3 a client hears only with its first read that the server refused it.
    std::string client_hears() {
        client.listen();
        REQUIRE(run_until(loop, [&] { return client.over.has_value(); }));
        CHECK(client.over->kind == net::IoResult::Kind::error);
        return client.stream.handshake_error();
    }
};

inline std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 12345;
    for (char& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    return text;
}

}  // namespace gw::test
