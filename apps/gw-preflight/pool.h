#pragma once
// Pieces of work, so many at once, told in the order in which they were asked for.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "libgw/io/net/loop.h"

namespace gw::preflight {

/// `Work` has a start(), and calls what it was made with once, with its `Outcome`.
template <class Work, class Outcome>
class Pool {
  public:
    using Done = std::function<void(Outcome)>;
    using Make = std::function<std::unique_ptr<Work>(std::size_t index, Done done)>;
    using Tell = std::function<void(Outcome& outcome)>;

    Pool(net::Loop& loop, std::size_t count, std::size_t at_once, Make make, Tell tell)
        : loop_(loop),
          at_once_(at_once),
          make_(std::move(make)),
          tell_(std::move(tell)),
          works_(count),
          outcomes_(count) {}

    /// Called for each that has ended, before it is its turn to be told.
    void on_progress(std::function<void(std::size_t done, const Outcome& outcome)> callback) {
        progress_ = std::move(callback);
    }

    /// Returns when all is done.
    void run() {
        begin_some();
        if (done_ < works_.size()) loop_.run();
    }

  private:
    void begin_some() {
        while (next_ < works_.size() && running_ < at_once_) {
            const std::size_t index = next_++;
            ++running_;
            works_[index] = make_(index, [this, index](Outcome outcome) { end(index, std::move(outcome)); });
            works_[index]->start();
        }
    }

    /// Called by the work itself: the next begins, and it goes, when it has returned.
    void end(std::size_t index, Outcome outcome) {
        --running_;
        ++done_;
        if (progress_) progress_(done_, outcome);
        outcomes_[index] = std::move(outcome);
        for (; told_ < outcomes_.size() && outcomes_[told_]; ++told_) {
            tell_(*outcomes_[told_]);
            spent_.push_back(std::move(works_[told_]));
            outcomes_[told_].emplace();
        }
        loop_.mailbox().send([this] {
            spent_.clear();
            begin_some();
            if (done_ == works_.size()) loop_.stop();
        });
    }

    net::Loop& loop_;
    std::size_t at_once_;
    Make make_;
    Tell tell_;
    std::function<void(std::size_t, const Outcome&)> progress_;
    std::vector<std::unique_ptr<Work>> works_;
    std::vector<std::unique_ptr<Work>> spent_;  // told, and perhaps still on the stack
    std::vector<std::optional<Outcome>> outcomes_;
    std::size_t next_ = 0;
    std::size_t running_ = 0;
    std::size_t done_ = 0;
    std::size_t told_ = 0;
};

}  // namespace gw::preflight
