#include "libgw/gateway/health.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libgw/wire/http/encoder.h"

namespace gw::gateway {

/// The checks of one target, one after the other.
class HealthChecker::Check final : public net::FetchEvents {
  public:
    Check(HealthChecker& owner, const GroupRuntime& group, std::size_t target)
        : owner_(owner), group_(&group), target_(target), fetch_(*this), timer_(net::callback<&Check::on_timer>(this)) {
        schedule_first();
    }

    [[nodiscard]] bool is_of(const GroupRuntime& group, std::size_t target) const {
        return group_->name == group.name && endpoint()->key == group.endpoints[target]->key;
    }
    /// The same target after a reload. Requires: what it had before still exists.
    void follow(const GroupRuntime& group, std::size_t target) {
        const bool same = settings() == *group.settings->health;
        group_ = &group;
        target_ = target;
        if (same) return;
        fetch_.cancel();
        schedule_first();
    }
    [[nodiscard]] Instant due() const { return timer_.armed() ? timer_.at() : Instant::max(); }

  private:
    [[nodiscard]] const config::HealthCheck& settings() const { return *group_->settings->health; }
    [[nodiscard]] const std::shared_ptr<const net::Endpoint>& endpoint() const { return group_->endpoints[target_]; }
    void schedule_first() {
        owner_.loop_.arm(
            timer_, balance::first_check_at(*group_->group->settings().health, owner_.random_(), owner_.loop_.now()));
    }

    void on_timer() {
        if (fetch_.active()) {
            fetch_.cancel();
            finish(false, "no answer in time");
            return;
        }
        status_ = 0;
        owner_.loop_.arm_after(timer_, settings().timeout);
        fetch_.start(owner_.client_, endpoint(), http::Method::get, true);
    }

    void on_ready() override {
        const net::Endpoint& to = *endpoint();
        http::HeadWriter writer(fetch_.head());
        writer.request_line("GET", settings().path);
        writer.field(http::FieldName::host,
                     to.unix_path.empty() ? fmt::format("{}:{}", to.host, to.port) : "localhost");
        writer.field(http::FieldName::user_agent, "gw-serve health check");
        writer.field(http::FieldName::connection, "close");
        if (!writer.end()) {
            fetch_.cancel();
            finish(false, "the path cannot be written");
            return;
        }
        fetch_.end();
        fetch_.flush();
    }
    void on_answer_head(http::ResponseHead& head) override { status_ = head.status; }
    void on_answer_body(std::string_view) override {}
    void on_answer_end() override {}
    void on_turn_end() override {
        if (status_ == 0) return;
        fetch_.cancel();
        finish(status_ >= 200 && status_ < 400, fmt::format("status {}", status_));
    }
    void on_sendable() override {}
    void on_failed(const net::FetchFailure& failure) override { finish(false, failure.detail); }

    void finish(bool passed, std::string_view why) {
        const Instant now = owner_.loop_.now();
        if (group_->group->on_health(target_, passed, now)) {
            const auto view = group_->group->view(target_, now);
            owner_.log_.info(fmt::format("group {}: {} is {} ({})", group_->name, view.address,
                                         view.usable ? "healthy" : "unhealthy", why));
        }
        owner_.loop_.arm(timer_, balance::next_check_at(*group_->group->settings().health, owner_.random_(), now));
    }

    HealthChecker& owner_;
    const GroupRuntime* group_;
    std::size_t target_;
    net::Fetch fetch_;
    net::Timer timer_;
    std::uint16_t status_ = 0;
};

HealthChecker::HealthChecker(net::Loop& loop, net::HttpClient& client, Log& log, std::uint64_t seed)
    : loop_(loop), client_(client), log_(log), random_(seed ^ 0x6865616c7468ULL) {}
HealthChecker::~HealthChecker() = default;

void HealthChecker::adopt(const std::shared_ptr<const Runtime>& runtime) {
    std::vector<std::unique_ptr<Check>> before = std::exchange(checks_, {});
    for (const auto& group : runtime->groups) {
        if (!group->settings->health) continue;
        for (std::size_t i = 0; i < group->endpoints.size(); ++i) {
            const auto known = std::find_if(before.begin(), before.end(), [&](const std::unique_ptr<Check>& check) {
                return check != nullptr && check->is_of(*group, i);
            });
            if (known == before.end()) {
                checks_.push_back(std::make_unique<Check>(*this, *group, i));
            } else {
                (*known)->follow(*group, i);
                checks_.push_back(std::move(*known));
            }
        }
    }
    before.clear();
    runtime_ = runtime;  // from here on the old one may go
}

Instant HealthChecker::next() const {
    Instant next = Instant::max();
    for (const auto& check : checks_) next = std::min(next, check->due());
    return next;
}

}  // namespace gw::gateway
