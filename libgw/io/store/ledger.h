#pragma once
// The book that counts are kept in beyond this process: in a file, or in a database that several gateways share. It
// knows nothing of requests; it grants tokens ahead, in answer to questions.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/clock.h"
#include "libgw/policy/throttle/block.h"
#include "libgw/policy/throttle/lease.h"

namespace gw::store {

/// What tokens are of: a limit or a quota by its name.
struct Subject {
    std::string name;
    bool is_quota = false;
    throttle::Limit limit;
    throttle::Quota quota;
    throttle::LeaseTerms terms;
};

/// One question to the book.
struct Question {
    std::uint64_t slot = 0;  ///< who asks
    std::shared_ptr<const Subject> subject;
    std::string key;  ///< which bucket of the subject; "" where it has one only. Printable
    throttle::LeaseWish wish;

    /// What the book calls it.
    [[nodiscard]] std::string name() const { return key.empty() ? subject->name : subject->name + '/' + key; }
};

/// Lives on one loop's thread: all calls but is_up() and problem() come from there.
class Ledger {
  public:
    /// The answer to a question; none: there will be none.
    using Told = std::function<void(const Question&, const std::optional<throttle::LeaseGrant>&)>;

    virtual ~Ledger() = default;
    /// For people: where it is, without secrets.
    [[nodiscard]] virtual const std::string& place() const = 0;
    /// Buckets are kept in it too, and not only quotas.
    [[nodiscard]] virtual bool has_buckets() const = 0;
    /// How long a request should wait for an answer.
    [[nodiscard]] virtual Nanoseconds patience() const = 0;

    /// Opens what has to be opened on the loop; `settled` is called once, when that has come about or failed for the
    /// first time. From here on `told` is called once for each question.
    virtual void start(Told told, std::function<void()> settled) = 0;
    virtual void ask(Question question) = 0;
    /// All that was asked by one batch has been asked.
    virtual void flush() = 0;
    /// Questions that were not answered yet.
    [[nodiscard]] virtual std::size_t open_questions() const = 0;

    /// Answers come, and soon: it is worth waiting for one. Any thread.
    [[nodiscard]] virtual bool is_up() const = 0;
    /// Why not, for people. Any thread.
    [[nodiscard]] virtual std::string problem() const = 0;
    /// Questions that were answered too late to be worth waiting for. Any thread.
    [[nodiscard]] virtual std::uint64_t late() const { return 0; }

    /// What the process before this one has left of a quota. Any thread, before start(): where nobody else writes.
    [[nodiscard]] virtual std::optional<throttle::Reserved> remembered(const std::string& name) const {
        static_cast<void>(name);
        return std::nullopt;
    }
};

}  // namespace gw::store
