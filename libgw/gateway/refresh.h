#pragma once
// A request that the cache makes for itself: the client was shown what is stored once more, and the target is asked
// for the next (RFC 5861 §3).

#include <memory>
#include <string>

#include "libgw/gateway/exchange.h"
#include "libgw/io/net/http_client.h"

namespace gw::gateway {

class Worker;
struct RuntimeUse;

class Refresh final : public net::FetchEvents {
  public:
    /// What is asked for is what `shown` asked for.
    Refresh(Worker& worker, const Exchange& shown);
    ~Refresh();
    Refresh(const Refresh&) = delete;
    Refresh& operator=(const Refresh&) = delete;

    /// Asks, unless somebody does already; ends by Worker::forget(), perhaps before it returns.
    void begin();

  private:
    void run(Step step);
    void end(balance::Outcome outcome);
    void on_timer();
    void on_fault() noexcept;

    // net::FetchEvents
    void on_ready() override;
    void on_answer_head(http::ResponseHead& head) override;
    void on_answer_body(std::string_view bytes) override;
    void on_answer_end() override;
    void on_turn_end() override {}
    void on_sendable() override {}
    void on_failed(const net::FetchFailure& failure) override;

    Worker& worker_;
    const Exchange* shown_;  // only until begin() returns
    RuntimeUse* runtime_ = nullptr;
    http::RequestHead request_;
    std::string client_;
    std::string sni_;
    Exchange exchange_;
    net::Fetch fetch_;
    net::Timer timer_;
    Step asked_;
    std::uint16_t status_ = 0;
    bool begun_ = false;
    bool over_ = false;
};

}  // namespace gw::gateway
