#pragma once
// One exchange in the world: between a client's call and the fetch from a target. It drives the pipeline, performs what
// the stages ask for, and pumps the bytes both ways with back-pressure.

#include <cstdint>
#include <memory>
#include <optional>

#include "libgw/gateway/exchange.h"
#include "libgw/gateway/step.h"
#include "libgw/io/net/http_client.h"
#include "libgw/io/net/http_server.h"

namespace gw::gateway {

class Worker;

class Transfer final : public net::CallEvents, public net::FetchEvents {
  public:
    explicit Transfer(Worker& worker);
    ~Transfer();

    /// A request's head is complete.
    void begin(net::Call& call);
    /// The client broke the rules: only an answer in the api's manner is owed.
    void refuse(net::Call& call, const http::Refused& refused);

  private:
    friend class Worker;
    enum class State : std::uint8_t { idle, deciding, waiting, collecting, fetching, answering };

    void prepare(net::Call& call);
    void await_answer();
    void run(Step step);
    void perform(const Step& step);  // perform.cpp: the only switch over effects
    void reply(Reply& reply);
    void ask_for_keys();
    void await_flight(Nanoseconds patience);
    void on_landed(std::uint64_t ticket);
    void await_counts(Nanoseconds patience);
    void on_counted(std::uint64_t ticket);
    void on_keys(std::uint64_t ticket);
    void collect();
    void keep_body(std::string_view bytes);
    void release_body();
    void send_held();
    void answer();
    void answer_from_target();
    void answer_from_gateway();
    void answer_from_cache();
    void pump_from_cache();
    void count_target(bool failed);
    void count_waiting(bool waits);
    void stop_fetch(balance::Outcome outcome);
    void arm(Instant deadline);
    void on_timer();
    void on_flush();
    void on_fault() noexcept;

    // net::CallEvents
    void on_body(std::string_view bytes) override;
    void on_body_end() override;
    void on_drained() override;
    void on_refused(const http::Refused& refused) override;
    void on_finished(bool complete) override;
    // net::FetchEvents
    void on_ready() override;
    void on_answer_head(http::ResponseHead& head) override;
    void on_answer_body(std::string_view bytes) override;
    void on_answer_end() override;
    void on_turn_end() override;
    void on_sendable() override;
    void on_failed(const net::FetchFailure& failure) override;

    Worker& worker_;
    net::Fetch fetch_;
    net::Timer timer_;
    net::Call* call_ = nullptr;
    struct RuntimeUse* runtime_ = nullptr;
    Exchange exchange_;
    Step asked_;
    std::string client_text_;
    Instant deadline_ = Instant::max();
    Instant head_sent_;
    Nanoseconds integration_latency_{0};
    std::uint16_t target_status_ = 0;
    std::string target_text_;
    std::optional<telemetry::Gauge> waits_for_;  // counted as waiting for a target
    HeldBody body_;                              // of the request, where it was collected
    std::string holder_;                         // whose it is, for Shared::held
    std::uint64_t charged_ = 0;                  // what of it is counted there
    std::size_t next_piece_ = 0;                 // of it, to the target
    std::uint64_t ticket_ = 0;                   // counts exchanges: whoever replies to an old one is not heard
    State state_ = State::idle;
    bool fetch_ready_ = false;
    bool chunk_up_ = false;  // the request's body goes up chunked
    bool flush_deferred_ = false;
    bool refused_early_ = false;
    bool answer_follows_ = false;  // from memory, when the target's has come to its end
    Transfer* next_free_ = nullptr;
};

}  // namespace gw::gateway
