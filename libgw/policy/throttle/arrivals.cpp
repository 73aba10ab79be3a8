#include "libgw/policy/throttle/arrivals.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <queue>

namespace gw::throttle {
namespace {

constexpr double kNanosecond = 1e-9;

/// Evenly spaced, exactly: whole nanoseconds and what is left over.
class Even {
  public:
    explicit Even(const Shape& shape) {
        // millionths of a request a second, and ten-thousandths of one a day, an hour or a minute, are whole here
        constexpr std::uint64_t kParts = 864'000'000;
        divisor_ = static_cast<std::uint64_t>(std::llround(shape.first * static_cast<double>(kParts)));
        constexpr std::uint64_t second = 1'000'000'000 * kParts;
        if (divisor_ == 0) return;
        step_ = static_cast<std::int64_t>(second / divisor_);
        rest_step_ = second % divisor_;
    }
    /// The next moment after the beginning of the shape; -1: there is none.
    std::int64_t next() {
        if (divisor_ == 0) return -1;
        const std::int64_t at = at_;
        at_ += step_;
        rest_ += rest_step_;
        if (rest_ >= divisor_) {
            rest_ -= divisor_;
            ++at_;
        }
        return at;
    }

  private:
    std::uint64_t divisor_ = 0;
    std::int64_t step_ = 0;
    std::uint64_t rest_step_ = 0;
    std::int64_t at_ = 0;
    std::uint64_t rest_ = 0;
};

/// Seconds at which the integral of a sine's rate is `wanted`, from `from` on.
double sine_moment(const Shape& shape, double from, double wanted) {
    const double period = static_cast<double>(shape.period.count()) * kNanosecond;
    const double turn = 2 * std::numbers::pi / period;
    const auto total = [&](double t) { return shape.first * t + shape.second / turn * (1 - std::cos(turn * t)); };
    // the rate is never negative, so the integral grows: the moment lies between these
    double low = from;
    double high = from + (wanted - total(from)) / shape.first + period;
    for (int i = 0; i < 100 && high - low > kNanosecond / 4; ++i) {
        const double middle = (low + high) / 2;
        (total(middle) < wanted ? low : high) = middle;
    }
    return high;
}

}  // namespace

class Arrivals::Stream {
  public:
    Stream(const std::vector<Shape>& shapes, std::uint32_t index, std::uint32_t first_group, Random random)
        : shapes_(shapes), index_(index), first_group_(first_group), random_(random) {
        begin_shape();
        find();
    }

    [[nodiscard]] bool is_done() const { return done_; }
    [[nodiscard]] const Arrival& head() const { return head_; }
    /// Goes on to the next; where a client waits for its answer, tell() does.
    void pop() {
        if (shapes_[shape_].kind != Shape::Kind::clients) find();
    }

    void tell(const Arrival& arrival, bool admitted) {
        // the answer to the last of another shape comes when this one has begun
        if (shapes_[shape_].kind != Shape::Kind::clients || arrival.group != head_.group) return;
        const Shape& shape = shapes_[shape_];
        std::uint32_t& tries = tries_[arrival.client];
        Nanoseconds wait = shape.think;
        if (!admitted && tries < shape.retries) {
            double most = static_cast<double>(shape.backoff.count()) * std::pow(shape.growth, tries);
            most = std::min(most, 3.6e12);  // nobody waits longer than an hour
            wait = Nanoseconds(static_cast<std::int64_t>(shape.jitter ? most * random_.unit() : most));
            ++tries;
        } else {
            if (!admitted) ++given_up_;
            tries = 0;
        }
        events_.push({arrival.at + wait, arrival.client});
        find();
    }
    [[nodiscard]] std::uint64_t given_up() const { return given_up_; }

  private:
    struct Event {
        Instant at;
        std::uint32_t client;
        friend bool operator>(const Event& a, const Event& b) {
            return a.at != b.at ? a.at > b.at : a.client > b.client;
        }
    };

    void begin_shape() {
        const Shape& shape = shapes_[shape_];
        even_ = Even(shape);
        sent_ = 0;
        operational_ = 0;
        moment_ = 0;
        if (shape.kind != Shape::Kind::clients) return;
        events_ = {};
        tries_.assign(shape.count, 0);
        for (std::uint32_t client = 0; client < shape.count; ++client)
            events_.push({began_ + Nanoseconds(static_cast<std::int64_t>(
                                       random_.below(static_cast<std::uint64_t>(shape.think.count())))),
                          client});
    }

    /// Nanoseconds after the beginning of the shape; -1: no more.
    std::int64_t next_moment(const Shape& shape) {
        if (shape.kind == Shape::Kind::constant && !shape.poisson) return even_.next();
        if (shape.kind == Shape::Kind::spike) return sent_++ < shape.count ? shape.length.count() : -1;
        if (shape.poisson)
            operational_ -= std::log1p(-random_.unit());
        else
            operational_ = static_cast<double>(sent_++);
        const double wanted = operational_;
        const double length = static_cast<double>(shape.length.count()) * kNanosecond;
        switch (shape.kind) {
            case Shape::Kind::constant:
                if (shape.first <= 0) return -1;
                moment_ = wanted / shape.first;
                break;
            case Shape::Kind::ramp: {
                if (shape.first + shape.second <= 0) return -1;
                const double growth = (shape.second - shape.first) / length;
                const double inside = shape.first * shape.first + 2 * growth * wanted;
                if (inside < 0) return -1;
                const double below = shape.first + std::sqrt(inside);
                if (below <= 0 && wanted > 0) return -1;
                moment_ = wanted <= 0 ? 0 : 2 * wanted / below;
                break;
            }
            case Shape::Kind::sine:
                if (shape.first <= 0) return -1;
                moment_ = sine_moment(shape, moment_, wanted);
                break;
            case Shape::Kind::spike:
            case Shape::Kind::clients: return -1;
        }
        return moment_ > length ? -1 : static_cast<std::int64_t>(moment_ / kNanosecond);
    }

    void find() {
        while (true) {
            const Shape& shape = shapes_[shape_];
            if (shape.kind == Shape::Kind::clients) {
                if (!events_.empty() && events_.top().at < began_ + shape.length) {
                    const Event event = events_.top();
                    events_.pop();
                    fill(event.at);
                    head_.client = event.client;
                    head_.member = event.client % shape.senders.count;
                    head_.repeated = tries_[event.client] > 0;
                    return;
                }
            } else {
                const std::int64_t moment = next_moment(shape);
                if (moment >= 0 && (moment < shape.length.count() || shape.kind == Shape::Kind::spike)) {
                    fill(began_ + Nanoseconds(moment));
                    return;
                }
            }
            began_ += shape.length;
            if (shape_ + 1 == shapes_.size()) {
                done_ = true;
                return;
            }
            ++shape_;
            begin_shape();
        }
    }

    void fill(Instant at) {
        const std::uint32_t count = shapes_[shape_].senders.count;
        head_.at = at;
        head_.stream = index_;
        head_.group = first_group_ + static_cast<std::uint32_t>(shape_);
        head_.member = count == 1 ? 0 : static_cast<std::uint32_t>(random_.below(count));
        head_.repeated = false;
    }

    const std::vector<Shape>& shapes_;
    std::uint32_t index_;
    std::uint32_t first_group_;
    Random random_;
    std::size_t shape_ = 0;
    Instant began_;
    Even even_{Shape{}};
    std::uint64_t sent_ = 0;
    double operational_ = 0;
    double moment_ = 0;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::vector<std::uint32_t> tries_;  ///< by client
    std::uint64_t given_up_ = 0;
    Arrival head_;
    bool done_ = false;
};

Arrivals::Arrivals(const Traffic& traffic, Random& random) {
    std::uint32_t group = 0;
    for (const auto& shapes : traffic.streams) {
        streams_.push_back(
            std::make_unique<Stream>(shapes, static_cast<std::uint32_t>(streams_.size()), group, random.fork()));
        group += static_cast<std::uint32_t>(shapes.size());
        for (const Shape& shape : shapes) listens_ = listens_ || shape.kind == Shape::Kind::clients;
    }
}

Arrivals::~Arrivals() = default;

std::size_t Arrivals::next(std::span<Arrival> into) {
    const std::size_t most = listens_ ? std::min<std::size_t>(1, into.size()) : into.size();
    std::size_t count = 0;
    if (streams_.size() == 1) {
        Stream& stream = *streams_.front();
        for (; count < most && !stream.is_done(); stream.pop()) into[count++] = stream.head();
        return count;
    }
    while (count < most) {
        Stream* first = nullptr;
        for (const auto& stream : streams_)
            if (!stream->is_done() && (first == nullptr || stream->head().at < first->head().at)) first = stream.get();
        if (first == nullptr) break;
        into[count++] = first->head();
        first->pop();
    }
    return count;
}

void Arrivals::tell(const Arrival& arrival, bool admitted) { streams_[arrival.stream]->tell(arrival, admitted); }

std::uint64_t Arrivals::given_up() const {
    std::uint64_t sum = 0;
    for (const auto& stream : streams_) sum += stream->given_up();
    return sum;
}

}  // namespace gw::throttle
