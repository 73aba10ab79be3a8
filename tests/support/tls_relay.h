#pragma once
// The client's side of TLS, from OpenSSL itself: shares no code with the project's streams.

#include <cstdint>
#include <memory>
#include <string>

#include "libgw/base/result.h"

namespace gw::test {

/// Handshakes with 127.0.0.1:`port` without verifying anything, sends a GET of "/", reads to the end of the answer's
/// head, and tells the common name of the certificate that was shown. Errc::tls or Errc::closed when any of that fails.
Result<std::string> shake_hands(std::uint16_t port);

/// Listens on a free port in the clear and passes every connection on over TLS: what a raw client writes in one piece
/// becomes one record. So everything that is tested in the clear can be tested over TLS.
class TlsRelay {
  public:
    explicit TlsRelay(std::uint16_t to);
    ~TlsRelay();
    TlsRelay(const TlsRelay&) = delete;
    TlsRelay& operator=(const TlsRelay&) = delete;
    [[nodiscard]] std::uint16_t port() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gw::test
