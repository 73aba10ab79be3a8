#pragma once
// The book in a file: quotas outlive the process, however it ends. A block is on the disk before a request of it
// passes.

#include <atomic>
#include <mutex>
#include <vector>

#include "libgw/io/net/loop.h"
#include "libgw/io/store/ledger.h"
#include "libgw/io/store/sqlite.h"

namespace gw::store {

/// Writes on the loop's thread, all questions of a batch at once. Buckets are not in it: a process that starts has
/// full ones. While the disk takes nothing (no space is left, say) quotas are counted in memory, and are written down
/// when it does again; it is tried every second.
class SqliteLedger final : public Ledger {
  public:
    /// As QuotaFile::open().
    static Result<std::unique_ptr<Ledger>> open(net::Loop& loop, const std::string& path);

    [[nodiscard]] const std::string& place() const override { return name_; }
    [[nodiscard]] bool has_buckets() const override { return false; }
    [[nodiscard]] Nanoseconds patience() const override { return std::chrono::seconds(2); }
    void start(Told told, std::function<void()> settled) override;
    void ask(Question question) override;
    void flush() override;
    [[nodiscard]] std::size_t open_questions() const override { return asked_.size(); }
    [[nodiscard]] bool is_up() const override { return is_up_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::string problem() const override;
    [[nodiscard]] std::optional<throttle::Reserved> remembered(const std::string& name) const override;

  private:
    SqliteLedger(net::Loop& loop, std::string name, std::unique_ptr<QuotaFile> file, QuotaFile::Entries entries);
    void on_retry();
    throttle::Reserved begun(const std::string& name, std::uint32_t period);
    bool save(const QuotaFile::Entries& changed);

    net::Loop& loop_;
    std::string name_;
    std::unique_ptr<QuotaFile> file_;
    net::Timer retry_;
    Told told_;
    std::vector<Question> asked_;
    std::atomic<bool> is_up_{true};
    mutable std::mutex mutex_;
    QuotaFile::Entries entries_;  ///< as they are on the disk, and those of which nothing is used
    std::string problem_;
};

}  // namespace gw::store
