#include "apps/gw-wscat/load.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <memory>
#include <ostream>
#include <vector>

#include <fmt/format.h>

#include "apps/gw-wscat/link.h"
#include "apps/support/progress.h"
#include "libgw/base/json.h"
#include "libgw/io/net/signals.h"
#include "libgw/term/width.h"

namespace gw::wscat {
namespace {

/// So many handshakes are under way at once: more would only wait in the server's queue.
constexpr std::size_t kDialing = 64;
constexpr std::string_view kMessage = "................................................................";  // 64 bytes
constexpr Nanoseconds kLook = std::chrono::milliseconds(5);
constexpr std::size_t kSamples = std::size_t{1} << 22U;

class Load;

/// One connection: sends, waits for the echo, sends again when it may.
class Client final : private LinkEvents {
  public:
    Client(Load& load, Dialer& dialer) : load_(load), link_(dialer, *this) {}
    void open(const Dial& dial) { link_.open(dial); }
    void send(std::string_view message, Instant now);
    /// Whether there was anything to close.
    bool close() {
        if (!link_.is_open()) return false;
        link_.close(websocket::CloseCode::normal, {});
        return true;
    }
    [[nodiscard]] bool is_idle() const { return link_.is_open() && !waiting_; }

  private:
    void on_open(const websocket::Agreement&) override;
    void on_message(bool text, std::string_view message) override;
    void on_ping(std::string_view) override {}
    void on_pong(std::string_view) override {}
    void on_sendable() override {}
    void on_turn_end() override {}
    void on_end(const Ending& ending) override;

    Load& load_;
    Link link_;
    Instant sent_;
    bool waiting_ = false;
    bool opened_ = false;
};

class Load {
  public:
    Load(program::World& world, const Options& options, const Plan& plan, Dialer& dialer)
        : world_(world),
          options_(options),
          plan_(plan),
          dialer_(dialer),
          loop_(dialer.loop()),
          bar_(world),
          tick_(net::callback<&Load::on_tick>(this)),
          message_(plan.messages.empty() ? std::string(kMessage) : plan.messages.front()) {}

    Result<int> run() {
        message_ = TRY(decode_line(message_, plan_.coding));
        const net::Signals signals(loop_, {SIGINT, SIGTERM}, [this](int number) {
            if (signal_ != 0) return loop_.stop();
            signal_ = number;
            finish();
        });
        net::ignore_broken_pipes();
        for (std::uint32_t i = 0; i < options_.clients; ++i)
            clients_.push_back(std::make_unique<Client>(*this, dialer_));
        began_ = loop_.now();
        dial_some();
        on_tick();
        loop_.run();
        bar_.clear();
        report();
        if (signal_ != 0) return 128 + signal_;
        if (opened_ == 0) return first_status_ != 0 ? program::kRefused : program::kNetwork;
        return failed_ == 0 && lost_ == 0 && unanswered_ == 0 ? program::kYes : program::kNo;
    }

    void opened(Client& client) {
        ++opened_;
        --dialing_;
        if (finishing_) {
            leaving_ += client.close() ? 1 : 0;
            return;
        }
        dial_some();
        begin_measuring();
    }
    void ended(const Ending& ending, bool was_open, bool waited) {
        if (waited && !finishing_) ++unanswered_;
        if (was_open) {
            if (!finishing_ || ending.kind != Ending::Kind::closed) ++lost_;
        } else {
            --dialing_;
            ++failed_;
            dial_some();
        }
        if (ending.status != 0) first_status_ = ending.status;
        const std::string why = ending.kind == Ending::Kind::refused ? ending.status_text
                                : ending.kind == Ending::Kind::failed
                                    ? ending.error.message
                                    : fmt::format("{} {}", static_cast<unsigned>(ending.code), ending.reason);
        if (!finishing_ || ending.kind != Ending::Kind::closed) ++reasons_[why];
        ++over_;
        begin_measuring();
        if (finishing_ && was_open && leaving_ > 0) --leaving_;
        close_some();
        if (over_ == (finishing_ ? next_ : clients_.size())) loop_.stop();
    }
    void answered(Client& client, Nanoseconds took, bool same) {
        ++came_;
        if (!same) ++wrong_;
        if (samples_.size() < kSamples) samples_.push_back(took.count());
        if (plan_.rate == 0 && !finishing_) say(client);
    }

  private:
    void dial_some() {
        while (!finishing_ && next_ < clients_.size() && dialing_ < kDialing) {
            auto dial = dialer_.dial(plan_.url);
            if (!dial) {
                program::tell(world_, dial.error());
                return loop_.stop();
            }
            ++dialing_;
            clients_[next_++]->open(*dial);
        }
    }

    /// When all are there, or have failed to be.
    void begin_measuring() {
        if (measuring_ || finishing_ || opened_ + failed_ < clients_.size()) return;
        measuring_ = true;
        loop_.refresh_clock();
        connected_ = loop_.now() - began_;
        start_ = loop_.now();
        if (plan_.rate == 0)
            for (const auto& client : clients_)
                if (client->is_idle()) say(*client);
    }

    void say(Client& client) {
        client.send(message_, loop_.now());
        ++sent_;
    }

    void on_tick() {
        loop_.refresh_clock();
        const Instant now = loop_.now();
        if (measuring_ && !finishing_) {
            if (now - start_ >= plan_.duration) {
                finish();
            } else if (plan_.rate > 0) {
                const double due = plan_.rate * std::chrono::duration<double>(now - start_).count();
                // who is still waiting is passed over; when all are, the rate is not reached
                for (std::size_t tried = 0; static_cast<double>(sent_) < due && tried < clients_.size(); ++tried) {
                    Client& client = *clients_[turn_++ % clients_.size()];
                    if (!client.is_idle()) continue;
                    say(client);
                    tried = 0;
                }
            }
        }
        const double share = measuring_ ? std::chrono::duration<double>(now - start_).count() /
                                              std::chrono::duration<double>(plan_.duration).count()
                                        : static_cast<double>(opened_) / static_cast<double>(clients_.size());
        bar_.show(std::min(share, 1.0), [&](double) {
            return measuring_ ? fmt::format("{} messages", came_)
                              : fmt::format("{} of {} connected", opened_, clients_.size());
        });
        loop_.arm_after(tick_, kLook);
    }

    void finish() {
        if (std::exchange(finishing_, true)) return;
        loop_.refresh_clock();
        took_ = measuring_ ? loop_.now() - start_ : Nanoseconds::zero();
        close_some();
        if (over_ == next_) loop_.stop();
    }

    /// Not all at once either: who waits for the answer to his close frame shall not wait for ten thousand others.
    void close_some() {
        while (finishing_ && closed_ < next_ && leaving_ < kDialing) leaving_ += clients_[closed_++]->close() ? 1 : 0;
    }

    [[nodiscard]] double quantile(double share) {
        if (samples_.empty()) return 0;
        const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(samples_.size() - 1));
        std::nth_element(samples_.begin(), samples_.begin() + at, samples_.end());
        return static_cast<double>(samples_[static_cast<std::size_t>(at)]) / 1e6;
    }

    void report() {
        if (took_ <= Nanoseconds::zero() && measuring_) took_ = loop_.now() - start_;
        const double seconds = std::max(std::chrono::duration<double>(took_).count(), 1e-9);
        const double rate = measuring_ ? static_cast<double>(came_) / seconds : 0;
        const double p50 = quantile(0.5);
        const double p90 = quantile(0.9);
        const double p99 = quantile(0.99);
        const double most = quantile(1);
        if (options_.jsonl) {
            *world_.out << to_json(Value(Object{{"schema", "gw-wscat/1"},
                                                {"op", "load"},
                                                {"clients", clients_.size()},
                                                {"connected", opened_},
                                                {"failed", failed_},
                                                {"lost", lost_},
                                                {"seconds", seconds},
                                                {"sent", sent_},
                                                {"received", came_},
                                                {"wrong", wrong_},
                                                {"rate", rate},
                                                {"p50", p50},
                                                {"p90", p90},
                                                {"p99", p99},
                                                {"max", most}}))
                        << '\n';
            return;
        }
        *world_.out << fmt::format("connected {} of {} in {:.2f} s\n", opened_, clients_.size(),
                                   std::chrono::duration<double>(connected_).count())
                    << fmt::format("messages  {} sent, {} received in {:.2f} s: {:.0f}/s\n", sent_, came_, seconds,
                                   rate)
                    << fmt::format("rtt       p50 {:.3f} ms, p90 {:.3f} ms, p99 {:.3f} ms, max {:.3f} ms\n", p50, p90,
                                   p99, most);
        if (failed_ + lost_ + wrong_ > 0)
            *world_.out << fmt::format("trouble   {} not connected, {} lost, {} answered otherwise\n", failed_, lost_,
                                       wrong_);
        for (const auto& [why, count] : reasons_)
            *world_.err << fmt::format("{:>8}  {}\n", count, term::printable(why));
    }

    program::World& world_;
    const Options& options_;
    const Plan& plan_;
    Dialer& dialer_;
    net::Loop& loop_;
    program::ProgressBar bar_;
    net::Timer tick_;
    std::string message_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<std::int64_t> samples_;
    std::map<std::string, std::uint64_t> reasons_;
    Instant began_;
    Instant start_;
    Nanoseconds connected_{0};
    Nanoseconds took_{0};
    std::size_t next_ = 0;
    std::size_t dialing_ = 0;
    std::size_t opened_ = 0;
    std::size_t failed_ = 0;
    std::size_t lost_ = 0;
    std::size_t over_ = 0;
    std::size_t turn_ = 0;
    std::size_t closed_ = 0;
    std::size_t leaving_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t came_ = 0;
    std::uint64_t wrong_ = 0;
    std::uint64_t unanswered_ = 0;
    std::uint16_t first_status_ = 0;
    int signal_ = 0;
    bool measuring_ = false;
    bool finishing_ = false;

  public:
    [[nodiscard]] const std::string& message() const { return message_; }
    [[nodiscard]] net::Loop& loop() { return loop_; }
    [[nodiscard]] bool text() const { return plan_.coding == Coding::text; }
};

void Client::send(std::string_view message, Instant now) {
    sent_ = now;
    waiting_ = true;
    link_.send(load_.text(), message);
    link_.flush();
}

void Client::on_open(const websocket::Agreement&) {
    opened_ = true;
    load_.opened(*this);
}

void Client::on_message(bool, std::string_view message) {
    if (!std::exchange(waiting_, false)) return;
    load_.loop().refresh_clock();
    load_.answered(*this, load_.loop().now() - sent_, message == load_.message());
}

void Client::on_end(const Ending& ending) { load_.ended(ending, opened_, waiting_); }

}  // namespace

Result<int> run_load(program::World& world, const Options& options, const Plan& plan, Dialer& dialer) {
    return Load(world, options, plan, dialer).run();
}

}  // namespace gw::wscat
