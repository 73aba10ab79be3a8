#pragma once
// What OpenSSL itself does in the same time, measured as `openssl speed` measures it: a context that is ready, and a
// digest that is there already. Only gw-token bench looks at it.

#include <memory>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/policy/auth/algorithm.h"

namespace gw::token {

/// OpenSSL's own signatures with one key. Belongs to one thread.
class Reference {
  public:
    /// `private_pem`: the key as PKCS#8. Errc::usage for HS*, which `openssl speed` measures over long messages only;
    /// Errc::internal when OpenSSL does not take the key.
    static Result<Reference> make(std::string_view private_pem, auth::Algorithm algorithm);
    ~Reference();
    Reference(Reference&&) noexcept;
    Reference& operator=(Reference&&) noexcept;

    /// False when it failed.
    bool sign();
    bool verify();

  private:
    struct State;
    explicit Reference(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace gw::token
