#pragma once
// The book in Redis or Valkey: what several gateways share. Two scripts, each one atomic step on the server's own
// clock.
//
// One connection, on which questions are pipelined. A question that is not answered in 20 ms is late: from then on
// requests do not wait, until answers come again. After a second without any the connection is given up and made anew.

#include <atomic>
#include <deque>
#include <mutex>

#include "libgw/base/secret.h"
#include "libgw/io/net/connector.h"
#include "libgw/io/net/outbox.h"
#include "libgw/io/store/ledger.h"
#include "libgw/wire/resp/resp.h"

namespace gw::store {

/// Where it is, and as whom.
struct RedisPlace {
    std::string host;
    std::uint16_t port = 6379;
    std::uint32_t database = 0;
    std::shared_ptr<const net::TlsContext> tls;  ///< null: in the clear
    std::string user;                            ///< "": the default one
    Secret password;                             ///< empty: none
};

class RedisLedger final : public Ledger {
  public:
    RedisLedger(net::Loop& loop, RedisPlace place);
    ~RedisLedger() override;

    [[nodiscard]] const std::string& place() const override { return name_; }
    [[nodiscard]] bool has_buckets() const override { return true; }
    [[nodiscard]] Nanoseconds patience() const override { return kPatience; }
    void start(Told told, std::function<void()> settled) override;
    void ask(Question question) override;
    void flush() override;
    [[nodiscard]] std::size_t open_questions() const override { return sent_.size(); }
    [[nodiscard]] bool is_up() const override { return is_up_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::string problem() const override;
    [[nodiscard]] std::uint64_t late() const override { return late_.load(std::memory_order_relaxed); }

    /// What a request waits for an answer, and when a connection that gives none is given up.
    static constexpr Nanoseconds kPatience = std::chrono::milliseconds(20);
    static constexpr Nanoseconds kDead = std::chrono::seconds(1);

  private:
    enum class Expects : std::uint8_t { entry, ok, digest, grant };
    struct Sent {
        Expects expects = Expects::ok;
        Question question;
        Instant at;
        std::uint8_t tries = 0;
        bool is_late = false;
    };

    void connect();
    void on_connected();
    void on_readable();
    void on_writable();
    void on_fault() noexcept;
    void on_timer();
    void greet();
    void command(std::span<const std::string_view> parts, Expects expects);
    void send(Question question, bool whole, std::uint8_t tries);
    void on_reply(const resp::Reply& reply);
    void on_grant(Sent sent, const resp::Reply& reply);
    void judge();
    void mistrust(std::string why);
    void settle();
    void drop(std::string why);
    void tell_problem(std::string why);
    [[nodiscard]] Date its_date() { return loop_.date() + skew_; }

    net::Loop& loop_;
    RedisPlace place_;
    std::string name_;
    Told told_;
    std::function<void()> settled_;
    net::Resolver resolver_;
    std::shared_ptr<net::Endpoint> endpoint_;
    std::unique_ptr<net::Connector> connector_;
    net::Stream stream_;
    net::Outbox outbox_;
    std::unique_ptr<resp::Decoder> decoder_;
    net::Timer timer_;
    std::deque<Sent> sent_;  ///< in the order in which they are answered
    std::string bucket_digest_;
    std::string quota_digest_;
    Instant retry_at_;
    Nanoseconds pause_{0};
    Nanoseconds skew_{0};    ///< the server's clock against ours
    Instant trusted_at_;     ///< after an error that it answered with: when it is believed again
    bool is_ready_ = false;  ///< greeted
    bool is_writing_ = false;
    std::atomic<bool> is_up_{false};
    std::atomic<std::uint64_t> late_{0};
    mutable std::mutex mutex_;
    std::string problem_;
};

}  // namespace gw::store
