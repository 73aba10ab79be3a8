#include "libgw/io/store/sqlite_ledger.h"

#include <utility>

namespace gw::store {
namespace {

constexpr Nanoseconds kRetry = std::chrono::seconds(1);

}  // namespace

SqliteLedger::SqliteLedger(net::Loop& loop, std::string name, std::unique_ptr<QuotaFile> file,
                           QuotaFile::Entries entries)
    : loop_(loop),
      name_(std::move(name)),
      file_(std::move(file)),
      retry_(net::callback<&SqliteLedger::on_retry>(this)),
      entries_(std::move(entries)) {}

Result<std::unique_ptr<Ledger>> SqliteLedger::open(net::Loop& loop, const std::string& path) {
    auto file = TRY(QuotaFile::open(path));
    auto entries = TRY(file->load(loop.date()));
    return std::unique_ptr<Ledger>(new SqliteLedger(loop, "sqlite:" + path, std::move(file), std::move(entries)));
}

std::string SqliteLedger::problem() const {
    const std::lock_guard hold(mutex_);
    return problem_;
}

std::optional<throttle::Reserved> SqliteLedger::remembered(const std::string& name) const {
    const std::lock_guard hold(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) return std::nullopt;
    return found->second;
}

void SqliteLedger::start(Told told, std::function<void()> settled) {
    told_ = std::move(told);
    settled();
}

void SqliteLedger::ask(Question question) {
    if (!is_up()) return told_(question, std::nullopt);
    asked_.push_back(std::move(question));
}

void SqliteLedger::flush() {
    while (!asked_.empty()) {
        std::vector<Question> questions;
        questions.swap(asked_);
        const Date date = loop_.date();
        QuotaFile::Entries changed;
        std::vector<throttle::LeaseGrant> grants;
        for (const Question& question : questions) {
            const throttle::Quota& quota = question.subject->quota;
            const std::uint32_t period = throttle::period_of(quota.period, date);
            auto& entry = changed.try_emplace(question.name(), begun(question.name(), period)).first->second;
            grants.push_back(throttle::reserve(entry, quota, period, question.wish));
            grants.back().life = throttle::end_of_period(quota.period, date) - date;
        }
        const bool saved = save(changed);
        for (std::size_t i = 0; i < questions.size(); ++i)
            told_(questions[i], saved ? std::optional(grants[i]) : std::nullopt);
    }
}

/// The entry as it is, or a new one: nothing used is no more than none on the disk.
throttle::Reserved SqliteLedger::begun(const std::string& name, std::uint32_t period) {
    const std::lock_guard hold(mutex_);
    return entries_.try_emplace(name, throttle::begin_quota(period)).first->second;
}

bool SqliteLedger::save(const QuotaFile::Entries& changed) {
    const auto saved = file_->save(changed, loop_.date());
    loop_.refresh_clock();
    {
        const std::lock_guard hold(mutex_);
        problem_ = saved ? std::string() : to_string(saved.error());
        if (saved)
            for (const auto& [name, entry] : changed) entries_[name] = entry;
    }
    is_up_.store(static_cast<bool>(saved), std::memory_order_relaxed);
    if (!saved) loop_.arm_after(retry_, kRetry);
    return static_cast<bool>(saved);
}

/// Everything is written once more: what takes nothing will say so.
void SqliteLedger::on_retry() {
    if (!is_up()) save(entries_);
}

}  // namespace gw::store
