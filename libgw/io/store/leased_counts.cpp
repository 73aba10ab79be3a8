#include "libgw/io/store/leased_counts.h"

#include <algorithm>
#include <csignal>
#include <future>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"

namespace gw::store {
namespace {

using Answer = throttle::Lease::Answer;

/// So long is waited for the ledger to be there at the beginning, and to take everything back at the end.
constexpr Nanoseconds kOpening = std::chrono::seconds(2);
constexpr Nanoseconds kClosing = std::chrono::milliseconds(500);
/// When what was spent without the ledger is told to it.
constexpr Nanoseconds kOwed = std::chrono::seconds(1);
constexpr Nanoseconds kClosingLook = std::chrono::milliseconds(2);

/// Keys may be addresses or secrets of clients, and of any length: the book has half of their digest.
std::string book_key(std::string_view key) {
    return key.empty() ? std::string() : to_hex(sha256(key).view().substr(0, 16));
}

std::string_view to_text(throttle::Period period) {
    switch (period) {
        case throttle::Period::day: return "day";
        case throttle::Period::week: return "week";
        case throttle::Period::month: break;
    }
    return "month";
}

}  // namespace

class LeasedCounts::Bucket : public Meter {
  public:
    using Meter::Meter;
    std::shared_ptr<Meter> local;
    std::shared_ptr<Meter> share;  ///< null: nobody shares it
    std::shared_ptr<const Subject> subject;
    std::uint64_t id = 0;
};

class LeasedCounts::Count : public Tally {
  public:
    using Tally::Tally;
    std::shared_ptr<Tally> local;
    std::shared_ptr<Tally> share;
    std::shared_ptr<const Subject> subject;
    std::uint64_t slot = 0;
};

LeasedCounts::LeasedCounts(HashSeed seed, const Settings& settings)
    : seed_(seed),
      settings_(settings),
      local_(seed, settings.keys),
      most_slots_(std::max<std::size_t>(64, 2 * settings.keys / kShards)),
      loop_(settings.clock == nullptr ? net::Loop() : net::Loop(*settings.clock)),
      due_timer_(net::callback<&LeasedCounts::on_due>(this)),
      stop_timer_(net::callback<&LeasedCounts::stop_when_answered>(this)) {
    if (settings.gateways > 1) share_ = std::make_unique<MemoryCounts>(seed, settings.keys);
    for (auto& shard : shards_) shard = std::make_unique<Shard>();
}

Result<std::shared_ptr<LeasedCounts>> LeasedCounts::open(HashSeed seed, const Settings& settings,
                                                         const MakeLedger& make_ledger) {
    std::shared_ptr<LeasedCounts> counts(new LeasedCounts(seed, settings));
    counts->ledger_ = TRY(make_ledger(counts->loop_));
    // signals are the house loop's: a thread inherits what is blocked
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    counts->thread_ = std::thread([self = counts.get()] { self->loop_.run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    // who comes while nothing is known would be decided alone
    const auto settled = std::make_shared<std::promise<void>>();
    counts->loop_.mailbox().send([self = counts.get(), settled] {
        self->ledger_->start([self](const Question& question,
                                    const std::optional<throttle::LeaseGrant>& grant) { self->told(question, grant); },
                             [settled] { settled->set_value(); });
    });
    settled->get_future().wait_for(kOpening);
    return counts;
}

LeasedCounts::~LeasedCounts() { close(); }

// ── whoever builds a Runtime ────────────────────────────────────────────────

std::shared_ptr<Meter> LeasedCounts::meter(const std::string& name, const throttle::Limit& limit, bool keyed,
                                           Instant now) {
    std::erase_if(meters_, [](const auto& entry) { return entry.second.expired(); });
    const auto known = meters_[name].lock();
    if (known != nullptr && known->is_keyed() == keyed && known->limit() == limit) return known;
    auto made = std::make_shared<Bucket>(name, limit, keyed);
    made->local = local_.meter(name, limit, keyed, now);
    if (share_ != nullptr) made->share = share_->meter(name, throttle::share_of(limit, settings_.gateways), keyed, now);
    auto subject = std::make_shared<Subject>();
    subject->name = "bucket/" + name;
    subject->limit = limit;
    subject->terms = throttle::LeaseTerms::of(limit);
    made->id = siphash(subject->name, seed_);
    made->subject = std::move(subject);
    meters_[name] = made;
    return made;
}

std::shared_ptr<Tally> LeasedCounts::tally(const std::string& name, const throttle::Quota& quota, Date date) {
    std::erase_if(tallies_, [](const auto& entry) { return entry.second.expired(); });
    const auto known = tallies_[name].lock();
    if (known != nullptr && known->quota() == quota) return known;
    auto made = std::make_shared<Count>(name, quota);
    auto subject = std::make_shared<Subject>();
    // the numbers of days and months are not to be compared
    subject->name = fmt::format("quota/{}/{}", to_text(quota.period), name);
    subject->is_quota = true;
    subject->quota = quota;
    subject->terms = throttle::block_terms();
    // which period was the first only the book knows, unless this process began it
    throttle::Quota whole = quota;
    if (ledger_->has_buckets()) whole.offset = 0;
    made->local = local_.tally(name, whole, date);
    if (known == nullptr || known->quota().period != quota.period)
        if (const auto entry = ledger_->remembered(subject->name))
            MemoryCounts::remember(*made->local, entry->first, entry->current, entry->used);
    if (share_ != nullptr) {
        throttle::Quota part = quota;
        part.limit /= settings_.gateways;
        part.offset = std::min(part.limit, (quota.offset + settings_.gateways - 1) / settings_.gateways);
        made->share = share_->tally(name, part, date);
    }
    made->slot = siphash(subject->name, seed_);
    made->subject = std::move(subject);
    tallies_[name] = made;
    return made;
}

// ── any worker ──────────────────────────────────────────────────────────────

void LeasedCounts::prepare(Ask& ask) const {
    Ask inner{static_cast<Bucket&>(*ask.meter).local.get(), ask.key, 0};
    local_.prepare(inner);
    ask.tag = inner.tag;
}

std::uint64_t LeasedCounts::slot_of(const Bucket& bucket, std::string_view key) const {
    return siphash(bucket.is_keyed() ? key : std::string_view(), {seed_.first ^ bucket.id, seed_.second});
}

Outcome LeasedCounts::take(std::span<const Ask> asks, Tally* quota, Instant now, Date date) {
    return decide(asks, quota, now, date, true);
}

Outcome LeasedCounts::take_alone(std::span<const Ask> asks, Tally* quota, Instant now, Date date) {
    return decide(asks, quota, now, date, false);
}

Outcome LeasedCounts::decide(std::span<const Ask> asks, Tally* quota, Instant now, Date date, bool may_wait) {
    std::array<Ask, kMostAsks> inner;
    for (std::size_t i = 0; i < std::min(asks.size(), kMostAsks); ++i)
        inner[i] = {static_cast<Bucket&>(*asks[i].meter).local.get(), asks[i].key, asks[i].tag};
    auto* count = static_cast<Count*>(quota);
    Tally* local_quota = count == nullptr ? nullptr : count->local.get();
    if (asks.size() > kMostAsks) return {.admitted = false};
    const std::span<const Ask> inside = std::span(inner).first(asks.size());
    MemoryCounts::Receipt receipt;
    Outcome outcome = local_.take(inside, local_quota, now, date, receipt);
    if (!outcome.admitted) return outcome;

    const bool is_up = ledger_->is_up();
    std::array<Spent, kMostAsks> spent;
    std::array<Ask, kMostAsks> alone;  // what this gateway decides for itself, and which of the asks that is
    std::array<std::size_t, kMostAsks> which{};
    std::size_t alone_count = 0;
    if (ledger_->has_buckets()) {
        for (std::size_t i = 0; i < asks.size() && outcome.admitted; ++i) {
            const auto& bucket = static_cast<const Bucket&>(*asks[i].meter);
            spent[i] = spend(slot_of(bucket, asks[i].key), bucket.subject, asks[i].key, now, is_up);
            if (spent[i].taken.answer == Answer::refused) {
                const throttle::Limit& limit = bucket.limit();
                outcome.admitted = false;
                outcome.refused = i;
                const auto wait =
                    static_cast<std::uint64_t>(std::min(spent[i].wait, limit.until_full(limit.cost())).count());
                outcome.missing = std::min(limit.depth(), limit.depth() - limit.cost() + wait * limit.parts());
            } else if (spent[i].taken.answer == Answer::unknown) {
                if (may_wait && is_up && spent[i].is_asked) outcome.unknown = true;
                which[alone_count] = i;
                alone[alone_count++] = {bucket.share.get(), asks[i].key, 0};
            }
        }
    }
    Spent block;
    const bool has_quota = outcome.admitted && count != nullptr;
    if (has_quota) {
        block = spend(count->slot, count->subject, {}, now, is_up);
        if (block.taken.answer == Answer::refused) outcome.admitted = false;
        if (block.taken.answer == Answer::unknown && may_wait && is_up && block.is_asked) outcome.unknown = true;
    }
    if (outcome.admitted && outcome.unknown)
        outcome.admitted = false;
    else if (!outcome.admitted)
        outcome.unknown = false;
    const bool quota_alone = has_quota && block.taken.answer == Answer::unknown;
    if (outcome.admitted && share_ != nullptr && (alone_count > 0 || quota_alone)) {
        const Outcome part =
            share_->take(std::span(alone).first(alone_count), quota_alone ? count->share.get() : nullptr, now, date);
        outcome.admitted = part.admitted;
        if (!part.admitted && part.refused != Outcome::kNone) {
            outcome.refused = which[part.refused];
            outcome.missing = part.missing;
        }
    }
    if (outcome.admitted) {
        if (quota_alone) owe(*count);
        if (alone_count > 0 || quota_alone) alone_.fetch_add(1, std::memory_order_relaxed);
        // not before: who is refused would have others' tokens asked for
        for (std::size_t i = 0; i < asks.size(); ++i)
            if (spent[i].is_low) refill(slot_of(static_cast<const Bucket&>(*asks[i].meter), asks[i].key), now);
        if (block.is_low) refill(count->slot, now);
        return outcome;
    }
    for (std::size_t i = 0; i < asks.size(); ++i)
        if (spent[i].taken.answer == Answer::taken)
            unspend(slot_of(static_cast<const Bucket&>(*asks[i].meter), asks[i].key), spent[i].taken);
    if (has_quota && block.taken.answer == Answer::taken) unspend(count->slot, block.taken);
    local_.put_back(inside, local_quota, date, receipt);
    return outcome;
}

LeasedCounts::Spent LeasedCounts::spend(std::uint64_t id, const std::shared_ptr<const Subject>& subject,
                                        std::string_view key, Instant now, bool may_ask) {
    Shard& shard = shard_of(id);
    std::unique_lock hold(shard.mutex);
    auto found = shard.slots.find(id);
    if (found == shard.slots.end()) {
        if (!may_ask || shard.slots.size() >= most_slots_) return {};
        found = shard.slots.try_emplace(id).first;
        found->second.key = book_key(key);
    }
    Slot& slot = found->second;
    if (slot.subject != subject) slot.subject = subject;
    const throttle::Lease::Taken taken = slot.lease.take(now);
    std::optional<Question> question;
    if (may_ask && taken.answer == Answer::unknown && !slot.lease.is_asked()) question = ask(id, slot, now);
    const bool is_low = may_ask && taken.answer == Answer::taken && slot.lease.is_low(subject->terms, now);
    const Spent spent{taken, slot.lease.wait(now), slot.lease.is_asked(), is_low};
    hold.unlock();
    if (question) send(std::move(*question));
    return spent;
}

void LeasedCounts::unspend(std::uint64_t id, const throttle::Lease::Taken& taken) {
    Shard& shard = shard_of(id);
    std::unique_lock hold(shard.mutex);
    const auto found = shard.slots.find(id);
    if (found == shard.slots.end() || found->second.lease.give_back(taken.asked)) return;
    Question question{id, found->second.subject, found->second.key, {0, 1, taken.stamp, 0}};
    hold.unlock();
    send(std::move(question));
}

void LeasedCounts::refill(std::uint64_t id, Instant now) {
    Shard& shard = shard_of(id);
    std::unique_lock hold(shard.mutex);
    const auto found = shard.slots.find(id);
    if (found == shard.slots.end() || !found->second.lease.is_low(found->second.subject->terms, now)) return;
    Question question = ask(id, found->second, now);
    hold.unlock();
    send(std::move(question));
}

void LeasedCounts::owe(const Count& count) {
    Shard& shard = shard_of(count.slot);
    const std::lock_guard hold(shard.mutex);
    Slot& slot = shard.slots[count.slot];
    slot.subject = count.subject;
    // what nobody asks for any more is written down all the same, once the ledger answers
    if (++slot.owed == 1) loop_.mailbox().send([this, id = count.slot] { look_later(id); });
}

/// Requires: the lock of its shard.
Question LeasedCounts::ask(std::uint64_t id, Slot& slot, Instant now) {
    Question question{id, slot.subject, slot.key, {}};
    question.wish.want = slot.lease.ask(slot.subject->terms, now);
    question.wish.owed = std::exchange(slot.owed, 0);
    return question;
}

void LeasedCounts::send(Question question) {
    bool was_empty = false;
    {
        const std::lock_guard hold(questions_mutex_);
        was_empty = questions_.empty();
        questions_.push_back(std::move(question));
    }
    if (was_empty) loop_.mailbox().send([this] { drain(); });
}

void LeasedCounts::await(std::span<const Ask> asks, Tally* quota, std::function<void()> told) {
    waited_.fetch_add(1, std::memory_order_relaxed);
    auto waiter = std::make_shared<Waiter>();
    waiter->told = std::move(told);
    bool waits = false;
    const auto wait_for = [&](std::uint64_t id) {
        Shard& shard = shard_of(id);
        const std::lock_guard hold(shard.mutex);
        const auto found = shard.slots.find(id);
        if (found == shard.slots.end() || !found->second.lease.is_asked()) return;
        found->second.waiting.push_back(waiter);
        waits = true;
    };
    if (ledger_->has_buckets())
        for (const Ask& ask : asks) wait_for(slot_of(static_cast<const Bucket&>(*ask.meter), ask.key));
    if (quota != nullptr) wait_for(static_cast<const Count&>(*quota).slot);
    // what was asked has been answered in between
    if (!waits) waiter->tell();
}

std::uint64_t LeasedCounts::missing(const Ask& ask, Instant now) const {
    return local_.missing({static_cast<const Bucket&>(*ask.meter).local.get(), ask.key, 0}, now);
}

std::uint64_t LeasedCounts::left(const Tally& quota, Date date) const {
    const auto& count = static_cast<const Count&>(quota);
    const std::uint64_t here = local_.left(*count.local, date);
    const Shard& shard = shard_of(count.slot);
    const std::lock_guard hold(shard.mutex);
    const auto found = shard.slots.find(count.slot);
    if (found == shard.slots.end() || found->second.left == UINT64_MAX) return here;
    return std::min(here, found->second.left + found->second.lease.held());
}

CountsStanding LeasedCounts::standing() const {
    CountsStanding standing;
    standing.place = ledger_->place();
    standing.is_up = ledger_->is_up();
    standing.problem = ledger_->problem();
    standing.answered = answered_.load(std::memory_order_relaxed);
    standing.failed = failed_.load(std::memory_order_relaxed);
    standing.late = ledger_->late();
    standing.alone = alone_.load(std::memory_order_relaxed);
    standing.waited = waited_.load(std::memory_order_relaxed);
    return standing;
}

// ── the ledger's thread ─────────────────────────────────────────────────────

void LeasedCounts::drain() {
    std::vector<Question> questions;
    {
        const std::lock_guard hold(questions_mutex_);
        questions.swap(questions_);
    }
    for (Question& question : questions) ledger_->ask(std::move(question));
    ledger_->flush();
}

void LeasedCounts::told(const Question& question, const std::optional<throttle::LeaseGrant>& grant) {
    (grant ? answered_ : failed_).fetch_add(1, std::memory_order_relaxed);
    std::vector<std::shared_ptr<Waiter>> waiting;
    {
        Shard& shard = shard_of(question.slot);
        const std::lock_guard hold(shard.mutex);
        const auto found = shard.slots.find(question.slot);
        if (found == shard.slots.end()) return;
        Slot& slot = found->second;
        if (!grant && question.wish.owed > 0) {
            slot.owed += question.wish.owed;
            due_.emplace(loop_.now() + kOwed, Due{question.slot, Instant::min()});
        }
        if (question.wish.want > 0) {
            const Instant asked = slot.lease.asked_at();
            // at the end it is given back below, and nobody has it
            if (!grant || is_closing_)
                slot.lease.fail();
            else if (slot.lease.tell(question.subject->terms, *grant))
                due_.emplace(slot.lease.dry_until(), Due{question.slot, Instant::min()});
            if (grant && question.subject->is_quota) slot.left = grant->left;
            // also where nothing was granted: then it may be forgotten
            due_.emplace(asked + question.subject->terms.idle(), Due{question.slot, asked});
            waiting.swap(slot.waiting);
        }
    }
    for (const auto& waiter : waiting) waiter->tell();
    if (is_closing_ && grant && grant->granted > 0)
        ledger_->ask({question.slot, question.subject, question.key, {0, grant->granted, grant->stamp, 0}});
    arm();
}

void LeasedCounts::look_later(std::uint64_t slot) {
    due_.emplace(loop_.now() + kOwed, Due{slot, Instant::min()});
    arm();
}

void LeasedCounts::arm() {
    if (due_.empty() || is_closing_) return;
    const Instant first = due_.begin()->first;
    if (!due_timer_.armed() || first < due_timer_.at()) loop_.arm(due_timer_, first);
}

void LeasedCounts::on_due() {
    const Instant now = loop_.now();
    while (!due_.empty() && due_.begin()->first <= now) {
        const Due due = due_.begin()->second;
        due_.erase(due_.begin());
        look_at(due, now);
    }
    ledger_->flush();
    arm();
}

void LeasedCounts::look_at(const Due& due, Instant now) {
    std::vector<Question> questions;
    {
        Shard& shard = shard_of(due.slot);
        const std::lock_guard hold(shard.mutex);
        const auto found = shard.slots.find(due.slot);
        if (found == shard.slots.end()) return;
        Slot& slot = found->second;
        while (true) {
            const throttle::Lease::Rest rest = slot.lease.take_rest(due.asked);
            if (rest.tokens == 0) break;
            questions.push_back({due.slot, slot.subject, slot.key, {0, rest.tokens, rest.stamp, 0}});
        }
        if (slot.lease.wake(slot.subject->terms, now)) questions.push_back(ask(due.slot, slot, now));
        if (slot.owed > 0 && !ledger_->is_up()) due_.emplace(now + kOwed, Due{due.slot, Instant::min()});
        if (slot.owed > 0 && ledger_->is_up())
            questions.push_back({due.slot, slot.subject, slot.key, {0, 0, 0, std::exchange(slot.owed, 0)}});
        if (slot.lease.is_idle() && slot.owed == 0 && slot.waiting.empty()) shard.slots.erase(found);
    }
    for (Question& question : questions) ledger_->ask(std::move(question));
}

void LeasedCounts::close() {
    if (!thread_.joinable()) return;
    loop_.mailbox().send([this] { give_all_back(); });
    thread_.join();
}

void LeasedCounts::give_all_back() {
    is_closing_ = true;
    due_.clear();
    drain();
    for (const auto& shard : shards_) {
        std::vector<Question> questions;
        {
            const std::lock_guard hold(shard->mutex);
            for (auto& [id, slot] : shard->slots) {
                while (true) {
                    const throttle::Lease::Rest rest = slot.lease.take_rest(Instant::max());
                    const std::uint64_t owed = std::exchange(slot.owed, 0);
                    if (rest.tokens == 0 && owed == 0) break;
                    questions.push_back({id, slot.subject, slot.key, {0, rest.tokens, rest.stamp, owed}});
                }
            }
        }
        for (Question& question : questions) ledger_->ask(std::move(question));
    }
    ledger_->flush();
    closing_until_ = loop_.now() + kClosing;
    stop_when_answered();
}

void LeasedCounts::stop_when_answered() {
    if (ledger_->open_questions() == 0 || loop_.now() >= closing_until_) return loop_.stop();
    loop_.arm_after(stop_timer_, kClosingLook);
}

}  // namespace gw::store
