#pragma once
// The socket of the test issuer: the wall around cpp-httplib. On 127.0.0.1 only, and for peers that are trusted.

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/policy/auth/issuer/issuer.h"

namespace gw::token {

/// Serves an issuer from a few threads of its own.
class IssuerServer {
  public:
    /// What is told of each request, from any thread, one at a time.
    using Told = std::function<void(const issuer::Request&, const issuer::Answer&)>;

    /// Listens on 127.0.0.1. `port` 0: any free one. Errc::io when it is taken.
    static Result<IssuerServer> open(issuer::Issuer issuer, std::uint16_t port, Told told);
    /// Ends what is under way.
    ~IssuerServer();
    IssuerServer(IssuerServer&&) noexcept;
    IssuerServer& operator=(IssuerServer&&) noexcept;

    /// Begins to answer. Requires: was not called before.
    void start();
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] const issuer::Issuer& issuer() const;

  private:
    struct State;
    explicit IssuerServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace gw::token
