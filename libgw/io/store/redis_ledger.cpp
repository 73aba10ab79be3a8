#include "libgw/io/store/redis_ledger.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/wire/log/escape.h"

namespace gw::store {
namespace {

using throttle::LeaseGrant;

constexpr Nanoseconds kConnect = std::chrono::seconds(1);
constexpr Nanoseconds kFirstPause = std::chrono::milliseconds(50);
constexpr Nanoseconds kLongestPause = std::chrono::seconds(2);
/// After an answer that is an error: so long requests do not wait for another.
constexpr Nanoseconds kMistrust = std::chrono::seconds(1);
constexpr std::string_view kPrefix = "gw:";

/// What a server says, for a log: a line of bounded length.
std::string said(std::string_view answer) {
    constexpr std::size_t kMost = 200;
    std::string text;
    log::append_escaped(text, answer, log::Escape::text, kMost);
    return text;
}

/// throttle::LeasedBucket, in the database. KEYS: the bucket, which is the microsecond at which it is full. ARGV:
/// microseconds in which a token comes back, burst, tokens wanted, tokens given back, when those were granted, for how
/// many microseconds they could be given back. Answers: granted, microseconds until there is another (0 when there was
/// enough), now.
constexpr std::string_view kBucketScript = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local back, stamp, life = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local full = tonumber(redis.call('GET', KEYS[1])) or now
full = math.max(now, math.min(full, now + math.ceil(burst * interval)))
if back > 0 and now - stamp <= life then
  full = math.max(now, full - math.floor(back * interval))
end
local available = math.max(0, math.floor(burst - (full - now) / interval + 1e-9))
local granted = math.min(want, available)
full = full + math.ceil(granted * interval)
if full > now then
  redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', string.format('%.0f', math.ceil((full - now) / 1000) + 1))
else
  redis.call('DEL', KEYS[1])
end
local wait = 0
if granted < want then wait = math.max(1, math.ceil(full - now - (burst - 1) * interval)) end
return {granted, wait, now}
)lua";

/// throttle::reserve(), in the database. KEYS: the quota, a hash of first, current and used. ARGV: the period, when it
/// begins and ends in microseconds, limit, offset, requests wanted, given back, the period in which those were granted,
/// owed. Answers: granted, left, now, the period that counts; or -1, 0, now, 0 when the period is not now.
constexpr std::string_view kQuotaScript = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local period, limit, offset = tonumber(ARGV[1]), tonumber(ARGV[4]), tonumber(ARGV[5])
local want, back, stamp, owed = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
if now < tonumber(ARGV[2]) or now >= tonumber(ARGV[3]) then return {-1, 0, now, 0} end
local entry = redis.call('HMGET', KEYS[1], 'first', 'current', 'used')
local first = tonumber(entry[1]) or period
local current = tonumber(entry[2]) or period
local used = tonumber(entry[3]) or 0
if period > current then
  current = period
  used = 0
end
if stamp == current then used = math.max(0, used - back) end
used = math.min(used + owed, 1099511627775)
local allowed = limit
if current == first then allowed = math.max(0, limit - offset) end
local left = math.max(0, allowed - used)
local granted = math.min(want, math.max(1, math.floor(left / 8)), left)
used = used + granted
redis.call('HSET', KEYS[1], 'first', string.format('%.0f', first), 'current', string.format('%.0f', current), 'used',
  string.format('%.0f', used))
redis.call('PEXPIRE', KEYS[1], '8640000000')
return {granted, left - granted, now, current}
)lua";

/// Why AUTH was refused. Of an answer that is not known only its first word is told: the rest may hold what was sent
/// ("ERR unknown command 'AUTH', with args beginning with: …").
std::string why_refused(std::string_view answer) {
    if (answer.starts_with("WRONGPASS") || answer.starts_with("ERR invalid password"))
        return "user or password is wrong";
    if (answer.find("without any password configured") != std::string_view::npos)
        return "it asks for no password, and was shown one";
    return "AUTH is refused: " + said(answer.substr(0, answer.find(' ')));
}

std::int64_t microseconds(Date date) {
    return std::chrono::floor<std::chrono::microseconds>(date.time_since_epoch()).count();
}

}  // namespace

RedisLedger::RedisLedger(net::Loop& loop, RedisPlace place)
    : loop_(loop),
      place_(std::move(place)),
      name_(fmt::format("{}://{}:{}/{}", place_.tls == nullptr ? "redis" : "rediss",
                        place_.host.find(':') == std::string::npos ? place_.host : "[" + place_.host + "]", place_.port,
                        place_.database)),
      resolver_(loop),
      endpoint_(std::make_shared<net::Endpoint>()),
      outbox_(loop),
      timer_(net::guarded<&RedisLedger::on_timer, &RedisLedger::on_fault>(this)) {
    endpoint_->key = name_;
    endpoint_->host = place_.host;
    endpoint_->port = place_.port;
    endpoint_->secure = place_.tls != nullptr;
    endpoint_->tls = place_.tls;
}

RedisLedger::~RedisLedger() { stream_.close(); }

std::string RedisLedger::problem() const {
    const std::lock_guard hold(mutex_);
    return problem_;
}

void RedisLedger::tell_problem(std::string why) {
    const std::lock_guard hold(mutex_);
    problem_ = std::move(why);
}

void RedisLedger::settle() {
    if (const auto settled = std::exchange(settled_, nullptr)) settled();
}

// ── the connection ──────────────────────────────────────────────────────────

void RedisLedger::start(Told told, std::function<void()> settled) {
    told_ = std::move(told);
    settled_ = std::move(settled);
    connect();
}

void RedisLedger::connect() {
    connector_ = std::make_unique<net::Connector>(
        loop_, resolver_, net::guarded<&RedisLedger::on_connected, &RedisLedger::on_fault>(this));
    connector_->start(endpoint_, kConnect);
}

void RedisLedger::on_connected() {
    if (!connector_->connected()) return drop(to_string(connector_->error()));
    stream_ = connector_->take();
    decoder_ = std::make_unique<resp::Decoder>();
    greet();
    stream_.await_readable(net::guarded<&RedisLedger::on_readable, &RedisLedger::on_fault>(this));
    flush();
    if (stream_) loop_.arm_after(timer_, kPatience / 2);
}

/// Who we are, where we count, and the scripts; the questions may follow at once, but nobody waits for them yet.
void RedisLedger::greet() {
    if (!place_.password.empty()) {
        const std::array<std::string_view, 3> as_user = {"AUTH", place_.user, place_.password.expose()};
        const std::array<std::string_view, 2> as_default = {"AUTH", place_.password.expose()};
        place_.user.empty() ? command(as_default, Expects::entry) : command(as_user, Expects::entry);
    }
    if (place_.database != 0)
        command(std::array<std::string_view, 2>{"SELECT", fmt::format("{}", place_.database)}, Expects::ok);
    bucket_digest_.clear();
    quota_digest_.clear();
    command(std::array<std::string_view, 3>{"SCRIPT", "LOAD", kBucketScript}, Expects::digest);
    command(std::array<std::string_view, 3>{"SCRIPT", "LOAD", kQuotaScript}, Expects::digest);
}

void RedisLedger::command(std::span<const std::string_view> parts, Expects expects) {
    resp::append_command(outbox_.text(), parts);
    sent_.push_back({expects, {}, loop_.now(), 0, false});
}

void RedisLedger::flush() {
    if (!stream_ || outbox_.empty() || is_writing_) return;
    switch (outbox_.flush(stream_)) {
        case net::Outbox::State::empty: break;
        case net::Outbox::State::waiting:
            is_writing_ = true;
            stream_.await_writable(net::guarded<&RedisLedger::on_writable, &RedisLedger::on_fault>(this));
            break;
        case net::Outbox::State::broken: drop("the connection broke"); break;
    }
}

void RedisLedger::on_writable() {
    is_writing_ = false;
    flush();
}

void RedisLedger::on_readable() {
    while (true) {
        const net::IoResult got = stream_.read(loop_.scratch());
        if (got.kind == net::IoResult::Kind::again) break;
        if (got.kind != net::IoResult::Kind::done) return drop("the connection was closed");
        decoder_->feed({loop_.scratch().data(), got.size});
        while (true) {
            auto next = decoder_->next();
            if (!next) return drop(next.error().message);
            if (!*next) break;
            on_reply(**next);
            if (!stream_) return;
        }
    }
    flush();
    if (!stream_) return;
    judge();
    stream_.await_readable(net::guarded<&RedisLedger::on_readable, &RedisLedger::on_fault>(this));
}

void RedisLedger::on_fault() noexcept {
    loop_.fault();
    try {
        drop("memory is not there");
    } catch (...) {
        loop_.fault();
    }
}

/// All that was asked is not answered. It is tried again after a pause that grows.
void RedisLedger::drop(std::string why) {
    is_ready_ = is_writing_ = false;
    is_up_.store(false, std::memory_order_relaxed);
    tell_problem(std::move(why));
    stream_ = net::Stream();
    outbox_.clear();
    pause_ = pause_ == Nanoseconds(0) ? kFirstPause : std::min(pause_ * 2, kLongestPause);
    retry_at_ = loop_.now() + pause_;
    loop_.arm(timer_, retry_at_);
    settle();
    std::deque<Sent> lost;
    lost.swap(sent_);
    for (const Sent& sent : lost)
        if (sent.expects == Expects::grant) told_(sent.question, std::nullopt);
}

void RedisLedger::on_timer() {
    if (!stream_) return connect();
    const Instant now = loop_.now();
    if (!sent_.empty() && now - sent_.front().at >= kDead)
        return drop(fmt::format("no answer within {} s", kDead / std::chrono::seconds(1)));
    for (Sent& sent : sent_) {
        if (now - sent.at < kPatience) break;
        if (!std::exchange(sent.is_late, true) && sent.expects == Expects::grant)
            late_.fetch_add(1, std::memory_order_relaxed);
    }
    judge();
    if (!sent_.empty() || !is_up()) loop_.arm_after(timer_, kPatience / 2);
}

/// Whether it is worth waiting for an answer.
void RedisLedger::judge() {
    const Instant now = loop_.now();
    const bool is_late = !sent_.empty() && now - sent_.front().at >= kPatience;
    const bool is_up = is_ready_ && !is_late && now >= trusted_at_;
    if (is_up_.exchange(is_up, std::memory_order_relaxed) == is_up) return;
    if (is_up) tell_problem({});
    if (!is_up && is_late)
        tell_problem(fmt::format("answers take longer than {} ms", kPatience / std::chrono::milliseconds(1)));
}

void RedisLedger::mistrust(std::string why) {
    trusted_at_ = loop_.now() + kMistrust;
    is_up_.store(false, std::memory_order_relaxed);
    tell_problem(std::move(why));
    loop_.arm_after(timer_, kPatience / 2);
}

// ── questions and answers ───────────────────────────────────────────────────

void RedisLedger::ask(Question question) {
    if (!is_ready_) return told_(question, std::nullopt);
    send(std::move(question), false, 0);
}

/// `whole`: with the script itself, for a server that has forgotten it.
void RedisLedger::send(Question question, bool whole, std::uint8_t tries) {
    const Subject& subject = *question.subject;
    const throttle::LeaseWish& wish = question.wish;
    const std::string key = fmt::format("{}{}", kPrefix, question.name());
    std::array<std::string, 9> arguments;
    std::size_t count = 0;
    const auto add = [&](auto value) { arguments[count++] = fmt::format("{}", value); };
    if (subject.is_quota) {
        const Date date = its_date();
        add(throttle::period_of(subject.quota.period, date));
        add(microseconds(throttle::begin_of_period(subject.quota.period, date)));
        add(microseconds(throttle::end_of_period(subject.quota.period, date)));
        add(subject.quota.limit);
        add(subject.quota.offset);
        add(wish.want);
        add(wish.back);
        add(wish.stamp);
        add(wish.owed);
    } else {
        add(throttle::LeasedBucket::interval_of(subject.limit));
        add(subject.limit.admits_nothing() ? 0 : subject.limit.burst());
        add(wish.want);
        add(wish.back);
        add(wish.stamp);
        add(subject.terms.life / std::chrono::microseconds(1));
    }
    std::array<std::string_view, 13> parts;
    parts[0] = whole ? "EVAL" : "EVALSHA";
    parts[1] = subject.is_quota ? (whole ? kQuotaScript : quota_digest_) : (whole ? kBucketScript : bucket_digest_);
    parts[2] = "1";
    parts[3] = key;
    for (std::size_t i = 0; i < count; ++i) parts[4 + i] = arguments[i];
    resp::append_command(outbox_.text(), std::span(parts).first(4 + count));
    sent_.push_back({Expects::grant, std::move(question), loop_.now(), tries, false});
    if (!timer_.armed()) loop_.arm_after(timer_, kPatience / 2);
}

void RedisLedger::on_reply(const resp::Reply& reply) {
    if (sent_.empty()) return drop("an answer that nobody asked for");
    Sent sent = std::move(sent_.front());
    sent_.pop_front();
    switch (sent.expects) {
        case Expects::grant: return on_grant(std::move(sent), reply);
        case Expects::ok:
            if (reply.kind == resp::Reply::Kind::error) return drop(said(reply.text));
            return;
        case Expects::entry:
            if (reply.kind == resp::Reply::Kind::error) return drop(why_refused(reply.text));
            return;
        case Expects::digest: break;
    }
    if (reply.kind != resp::Reply::Kind::text)
        return drop(reply.kind == resp::Reply::Kind::error ? said(reply.text) : "scripts cannot be loaded");
    (bucket_digest_.empty() ? bucket_digest_ : quota_digest_) = reply.text;
    if (quota_digest_.empty()) return;
    is_ready_ = true;
    pause_ = Nanoseconds(0);
    judge();
    settle();
}

void RedisLedger::on_grant(Sent sent, const resp::Reply& reply) {
    constexpr std::uint8_t kTries = 2;
    const bool is_quota = sent.question.subject->is_quota;
    if (reply.kind == resp::Reply::Kind::error) {
        if (reply.text.starts_with("NOSCRIPT") && sent.tries < kTries)
            return send(std::move(sent.question), true, static_cast<std::uint8_t>(sent.tries + 1));
        mistrust(said(reply.text));
        return told_(sent.question, std::nullopt);
    }
    const auto number = [&](std::size_t i) {
        return i < reply.items.size() && reply.items[i].kind == resp::Reply::Kind::integer ? reply.items[i].integer
                                                                                           : -2;
    };
    const std::int64_t granted = number(0);
    const std::int64_t second = number(1);  // wait or left
    const std::int64_t now = number(2);
    const throttle::LeaseWish& wish = sent.question.wish;
    if (is_quota && granted == -1 && sent.tries < kTries) {
        // our clock is in another period than the server's, which counts
        skew_ = Date(std::chrono::microseconds(now)) - loop_.date();
        return send(std::move(sent.question), false, static_cast<std::uint8_t>(sent.tries + 1));
    }
    if (granted < 0 || second < 0 || now < 0 || std::cmp_greater(granted, wish.want) ||
        reply.items.size() != (is_quota ? 4U : 3U)) {
        mistrust("an answer makes no sense");
        return told_(sent.question, std::nullopt);
    }
    LeaseGrant grant;
    grant.granted = static_cast<std::uint64_t>(granted);
    if (is_quota) {
        const Date its_now = Date(std::chrono::microseconds(now));
        grant.stamp = number(3);
        grant.left = static_cast<std::uint64_t>(second);
        grant.life = throttle::end_of_period(sent.question.subject->quota.period, its_now) - its_now;
        if (grant.granted == 0 && wish.want > 0) grant.wait = throttle::kQuotaWait;
    } else {
        grant.stamp = now;
        grant.wait = std::chrono::microseconds(second);
    }
    told_(sent.question, grant);
}

}  // namespace gw::store
