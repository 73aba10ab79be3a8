#pragma once
// A target whose answers show how often it was asked.

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/peer.h"

namespace gw::test {

/// Answers as it was last told, with a body that counts: "GET /a #1".
class Counter {
  public:
    explicit Counter(PeerFields fields)
        : fields_(std::move(fields)), server_([this](const PeerRequest& request) {
              PeerResponse response;
              std::lock_guard hold(mutex_);
              response.status = status_;
              response.fields = fields_;
              ++asked_;
              if (status_ == 304 || (!etag_.empty() && find_peer_field(request.fields, "if-none-match") == etag_)) {
                  response.status = 304;
                  return response;
              }
              response.body = request.method + " " + request.target + " #" + std::to_string(asked_);
              return response;
          }) {}

    [[nodiscard]] std::string url() const { return server_.url(); }
    [[nodiscard]] int asked() {
        std::lock_guard hold(mutex_);
        return asked_;
    }
    void answer(int status, PeerFields fields) {
        std::lock_guard hold(mutex_);
        status_ = status;
        fields_ = std::move(fields);
    }
    /// 304 to whoever brings this.
    void validates(std::string etag) {
        std::lock_guard hold(mutex_);
        etag_ = std::move(etag);
    }
    [[nodiscard]] std::vector<PeerRequest> requests() const { return server_.requests(); }

  private:
    std::mutex mutex_;
    PeerFields fields_;
    std::string etag_;
    int status_ = 200;
    int asked_ = 0;
    PeerServer server_;
};

inline PeerFields control(const char* value, PeerFields more = {}) {
    more.emplace_back("Cache-Control", value);
    return more;
}

}  // namespace gw::test
