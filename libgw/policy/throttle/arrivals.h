#pragma once
// Traffic as single requests, in the order of time.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/random.h"
#include "libgw/policy/throttle/traffic.h"

namespace gw::throttle {

/// Who sends: a group, and which of its members.
struct Sender {
    std::uint32_t group = 0;
    std::uint32_t member = 0;
};

/// One request.
struct Arrival {
    Instant at;
    std::uint32_t group = 0;   ///< of senders
    std::uint32_t member = 0;  ///< which of the group
    std::uint32_t stream = 0;
    std::uint32_t client = 0;  ///< of those that wait for their answer; of a log: the status it was answered with
    bool repeated = false;     ///< sent before, and refused
};

/// Where requests come from.
class Source {
  public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;
    /// Fills the front of `into` and tells how many there are: none at the end. All of them have to be decided, in
    /// order, before it is asked again.
    virtual std::size_t next(std::span<Arrival> into) = 0;
    /// What became of one: for clients that act upon it.
    virtual void tell(const Arrival& arrival, bool admitted) {
        static_cast<void>(arrival);
        static_cast<void>(admitted);
    }
    /// Requires that tell() is called for each.
    [[nodiscard]] virtual bool listens() const { return false; }
};

/// The requests of a traffic that begins at Instant(). Groups of senders are numbered as their shapes are: stream by
/// stream. Requests at one moment come in the order of the streams.
///
/// Evenly spaced ones come at exactly i/rate, the first at the beginning, cut to the nanosecond. For other shapes the
/// moment of the i-th is where the integral of the rate is i; by chance, where it is the sum of i exponential
/// distances (a Poisson process, its time stretched by the rate: Çinlar, Introduction to Stochastic Processes, §4.7).
/// Clients begin at moments spread over their thinking time, and get their answers at once.
class Arrivals final : public Source {
  public:
    Arrivals(const Traffic& traffic, Random& random);
    ~Arrivals() override;
    std::size_t next(std::span<Arrival> into) override;
    void tell(const Arrival& arrival, bool admitted) override;
    [[nodiscard]] bool listens() const override { return listens_; }
    /// Requests of clients that were given up.
    [[nodiscard]] std::uint64_t given_up() const;

  private:
    class Stream;
    std::vector<std::unique_ptr<Stream>> streams_;
    bool listens_ = false;
};

}  // namespace gw::throttle
