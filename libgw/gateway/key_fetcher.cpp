#include "libgw/gateway/key_fetcher.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libgw/io/net/inquiry.h"
#include "libgw/io/telemetry/catalogue.h"
#include "libgw/policy/auth/discovery.h"
#include "libgw/wire/log/escape.h"

namespace gw::gateway {
namespace {

constexpr std::size_t kToldKeys = 4;

/// What a peer says goes to the operator's terminal or log without its control characters.
std::string safe(std::string_view text) {
    std::string out;
    log::append_escaped(out, text, log::Escape::text, 256);
    return out;
}

}  // namespace

/// The keys of one issuer: its schedule, and the fetch that is under way.
class KeyFetcher::Job {
  public:
    Job(KeyFetcher& owner, std::shared_ptr<Issuer> issuer)
        : owner_(owner),
          issuer_(std::move(issuer)),
          schedule_(owner.settings_),
          inquiry_(owner.loop_, owner.client_),
          timer_(net::callback<&Job::on_timer>(this)) {
        if (owner_.metrics_ != nullptr) metrics_ = telemetry::IssuerMetrics::in(*owner_.metrics_, issuer_->issuer());
        arm();
    }

    [[nodiscard]] const std::shared_ptr<Issuer>& issuer() const { return issuer_; }
    [[nodiscard]] bool was_tried() const { return tried_; }

    void want(const std::string& kid, std::function<void()> told) {
        const Instant now = owner_.loop_.now();
        const bool wait = schedule_.keys(now) == nullptr
                              ? schedule_.is_under_way() || !tried_
                              : schedule_.unknown_kid(kid, now) == auth::KeySchedule::Advice::wait;
        if (!wait) {
            arm();  // the name may have asked for a fetch later on
            return told();
        }
        waiting_.push_back(std::move(told));
        arm();
    }

  private:
    void arm() {
        if (const auto due = schedule_.due()) owner_.loop_.arm(timer_, std::max(*due, owner_.loop_.now()));
    }

    void on_timer() {
        const Instant now = owner_.loop_.now();
        if (!schedule_.begin(now)) return arm();
        if (!issuer_->jwks_url().empty()) return fetch_keys(issuer_->jwks_url(), true);
        const std::string url = auth::discovery_url(issuer_->issuer());
        ask(url, true, [this](Result<std::string> document) {
            auto found = document ? auth::parse_discovery(*document, issuer_->issuer())
                                  : Result<auth::Discovery>(std::move(document).error());
            if (!found) return failed(std::move(found).error().in("discovery"), true);
            fetch_keys(found->jwks_uri, may_be_here(found->jwks_uri));
        });
    }

    /// The document that leads there was asked of the issuer, which the operator chose.
    [[nodiscard]] bool may_be_here(const std::string& url) const {
        const auto keys = http::Url::parse(url);
        const auto issuer = http::Url::parse(issuer_->issuer());
        return keys && issuer && net::may_be_inside(*keys, *issuer);
    }

    void fetch_keys(const std::string& url, bool chosen_by_operator) {
        ask(url, chosen_by_operator, [this](Result<std::string> document) {
            auto keys = document ? auth::KeySet::parse(*document, auth::KeySet::Source::fetched)
                                 : Result<auth::KeySet>(std::move(document).error());
            if (!keys) return failed(std::move(keys).error().in("keys"), false);
            succeeded(*std::move(keys));
        });
    }

    /// `chosen_by_operator`: the host stands in the configuration, so that it may be on this machine.
    void ask(const std::string& text, bool chosen_by_operator, std::function<void(Result<std::string>)> done) {
        const auto url = http::Url::parse(text);
        if (!url) return done(Error{Errc::parse, fmt::format("'{}' is not a URL", safe(text)), {}, {}});
        auto endpoint = net::endpoint_of(*url, owner_.tls_);
        if (url->secure() && endpoint->tls == nullptr)
            return done(Error{Errc::tls, fmt::format("{} asks for TLS, and the issuer does not", safe(text)), {}, {}});
        endpoint->outward_only = !chosen_by_operator;
        endpoint->key.insert(0, chosen_by_operator ? "keys " : "outward keys ");
        net::Question question;
        question.target = net::target_of(*url);
        question.host = net::host_of(*url);
        question.fields = {{"accept", "application/json"}, {"user-agent", "gw-serve"}};
        question.most = auth::KeySet::kMaxSize;
        inquiry_.ask(std::move(endpoint), std::move(question),
                     [done = std::move(done), url = safe(text)](Result<net::Answered> answer) {
                         if (!answer) return done(std::move(answer).error().in(url));
                         if (answer->status != 200)
                             return done(Error{Errc::io, fmt::format("{}: status {}", url, answer->status), {}, {}});
                         done(std::move(answer->body));
                     });
    }

    void succeeded(auth::KeySet keys) {
        count(metrics_.fetched);
        const Instant now = owner_.loop_.now();
        const std::uint64_t before = schedule_.version();
        const bool failed_before = !schedule_.failure().empty();
        const auto set = std::make_shared<const auth::KeySet>(std::move(keys));
        schedule_.succeeded(set, now);
        if (schedule_.version() != before || failed_before) {
            owner_.log_.info(fmt::format("issuer {}: {}", safe(issuer_->issuer()), keys_text(*set)));
            for (const std::string& note : set->notes())
                owner_.log_.warn(fmt::format("issuer {}: {}", safe(issuer_->issuer()), safe(note)));
        }
        publish(false);
        if (schedule_.version() != before && owner_.keys_told_) owner_.keys_told_(*issuer_);
    }

    void failed(const Error& error, bool no_discovery) {
        count(metrics_.failed);
        const bool is_news = schedule_.failure() != error.message;
        schedule_.failed(error.message, owner_.loop_.now());
        if (is_news)
            owner_.log_.warn(fmt::format("issuer {}: {}{}", safe(issuer_->issuer()), safe(error.message),
                                         schedule_.keys(owner_.loop_.now()) == nullptr
                                             ? "; its routes answer 503 until keys come"
                                             : "; the keys from before go on"));
        publish(no_discovery);
    }

    void count(telemetry::Counter counter) const {
        if (owner_.sheet_ != nullptr) owner_.sheet_->add(counter);
    }

    void publish(bool no_discovery) {
        tried_ = true;
        IssuerKeys keys;
        keys.set = schedule_.keys(owner_.loop_.now());
        keys.version = schedule_.version();
        keys.failure = schedule_.failure();
        keys.no_discovery = no_discovery;
        keys.was_tried = true;
        issuer_->publish(std::move(keys));
        arm();
        for (auto& told : std::exchange(waiting_, {})) told();
        if (owner_.told_) owner_.told_();
    }

    KeyFetcher& owner_;
    std::shared_ptr<Issuer> issuer_;
    auth::KeySchedule schedule_;
    net::Inquiry inquiry_;
    net::Timer timer_;
    telemetry::IssuerMetrics metrics_;
    std::vector<std::function<void()>> waiting_;
    bool tried_ = false;
};

KeyFetcher::KeyFetcher(net::Loop& loop, net::HttpClient& client, Log& log, auth::KeySchedule::Settings settings)
    : loop_(loop), client_(client), log_(log), settings_(settings) {}
KeyFetcher::~KeyFetcher() = default;

void KeyFetcher::adopt(const std::vector<std::shared_ptr<Issuer>>& issuers,
                       std::shared_ptr<const net::TlsContext> tls) {
    tls_ = std::move(tls);
    std::vector<std::unique_ptr<Job>> before = std::exchange(jobs_, {});
    for (const auto& issuer : issuers) {
        if (!issuer->is_fetched()) continue;
        const auto known = std::find_if(before.begin(), before.end(),
                                        [&](const auto& job) { return job != nullptr && job->issuer() == issuer; });
        jobs_.push_back(known == before.end() ? std::make_unique<Job>(*this, issuer) : std::move(*known));
    }
}

void KeyFetcher::want(const std::shared_ptr<Issuer>& issuer, const std::string& kid, std::function<void()> told) {
    for (const auto& job : jobs_)
        if (job->issuer() == issuer) return job->want(kid, std::move(told));
    told();  // a configuration from before: nobody fetches for it any more
}

void KeyFetcher::count(telemetry::Metrics& metrics, telemetry::Sheet& sheet) {
    metrics_ = &metrics;
    sheet_ = &sheet;
}

bool KeyFetcher::were_all_tried() const {
    return std::all_of(jobs_.begin(), jobs_.end(), [](const auto& job) { return job->was_tried(); });
}

std::string keys_text(const auth::KeySet& keys) {
    std::string text = fmt::format("{} key{}", keys.keys().size(), keys.keys().size() == 1 ? "" : "s");
    std::string names;
    for (std::size_t i = 0; i < keys.keys().size() && i < kToldKeys; ++i) {
        const auth::Key& key = keys.keys()[i];
        if (!names.empty()) names += ", ";
        names += key.algorithm() ? std::string(auth::to_text(*key.algorithm())) : key.verifies().text();
        if (!key.kid().empty()) names += " kid=" + safe(key.kid());
    }
    if (keys.keys().size() > kToldKeys) names += ", …";
    return names.empty() ? text : fmt::format("{} ({})", text, names);
}

}  // namespace gw::gateway
