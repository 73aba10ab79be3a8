#pragma once
// Issuers of tokens for a gw-serve under test: one that says whatever the test wants, and the real one of gw-token.

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/value.h"
#include "libgw/policy/auth/keyset.h"
#include "tests/integration/gateway.h"
#include "tests/support/peer.h"

namespace gw::test {

/// A key that signs RS256, one for each name, made when it is first asked for.
const auth::Key& signing_key(const std::string& kid = "k1");
/// A key set with the public halves of these keys.
std::string key_set(const std::vector<std::string>& kids = {"k1"});

/// Claims of a good token: iss, sub alice, exp in ten minutes, then `more`.
Object good_claims(const std::string& issuer, const Object& more = {});
/// Signed by the key of that name; `header` adds members to the header.
std::string sign(const Object& claims, const std::string& kid = "k1", const Object& header = {});
/// Both at once.
std::string token_of(const std::string& issuer, const Object& more = {}, const std::string& kid = "k1");

/// "Authorization: Bearer TOKEN" and its line end.
std::string bearer(std::string_view token);

/// An issuer on a free port: discovery and a key set, as the test last said.
class Issuer {
  public:
    Issuer() = default;
    [[nodiscard]] const std::string& url() const { return url_; }
    /// What the key set is from now on; the status of all answers with it.
    void publish(std::string set, int status = 200);
    /// What it calls itself in its discovery document, in place of its URL.
    void call_itself(std::string name);
    /// How many requests for `path` came so far.
    [[nodiscard]] std::size_t count(std::string_view path) const;
    /// How many key sets were asked for.
    [[nodiscard]] std::size_t fetches() const { return count("/keys"); }

  private:
    PeerResponse answer(const PeerRequest& request);
    mutable std::mutex mutex_;
    std::string set_ = key_set();
    std::string name_;
    int status_ = 200;
    PeerServer server_{[this](const PeerRequest& request) { return answer(request); }};
    std::string url_ = server_.url();
};

/// gw-token serve on a free port, killed at the end of the scope.
class RunningIssuer {
  public:
    /// Throws std::runtime_error when it does not come up.
    explicit RunningIssuer(std::vector<std::string> arguments = {});

    /// The issuer's URL, as the ready file has it.
    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] const std::string& base() const { return base_; }
    [[nodiscard]] std::string path() const { return url_.substr(base_.size()); }
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] Process& process() { return *process_; }
    [[nodiscard]] bool is_ready_file_there() const;

    [[nodiscard]] PeerResponse ask(const PeerRequest& request) const { return must(PeerClient(base_).fetch(request)); }
    [[nodiscard]] PeerResponse get(const std::string& target, PeerFields fields = {}) const {
        return ask({"GET", target, std::move(fields), {}});
    }
    [[nodiscard]] PeerResponse post(const std::string& target, const std::string& form, PeerFields fields = {}) const;
    [[nodiscard]] auth::KeySet keys() const;

  private:
    TemporaryDirectory directory_;
    std::optional<Process> process_;
    std::string url_;
    std::string base_;
};

}  // namespace gw::test
