#include "libgw/policy/throttle/traffic.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/base/units.h"

namespace gw::throttle {
namespace {

constexpr std::uint64_t kMostClients = 10'000'000;
constexpr std::uint64_t kMostSpike = 10'000'000'000;
constexpr std::uint64_t kMostKeys = 100'000'000;
constexpr double kMostRate = 1e9;
constexpr std::array<std::string_view, 16> kWords = {"poisson", "ramp", "sine",    "spike",  "clients", "think",
                                                     "retry",   "at",   "backoff", "jitter", "period",  "key",
                                                     "keys",    "plan", "route",   "for"};

struct Word {
    std::string_view text;
    std::size_t at = 0;
};

/// Reads one shape, word by word.
class ShapeReader {
  public:
    ShapeReader(std::string_view text, std::size_t at) : text_(text), offset_(at) {
        std::size_t i = 0;
        while (i < text.size()) {
            if (text[i] == ' ' || text[i] == '\t') {
                ++i;
                continue;
            }
            std::size_t end = i;
            // "@5m" is a word, whether a space stands before it or not
            do ++end;
            while (end < text.size() && text[end] != ' ' && text[end] != '\t' && text[end] != '@');
            words_.push_back({text.substr(i, end - i), i});
            i = end;
        }
    }

    Result<Shape> read() {
        if (words_.empty()) return bad({text_, 0}, "there is no traffic between the separators", "50/s@30s");
        TRY(read_kind());
        while (next_ < words_.size()) TRY(read_more(words_[next_++]));
        return finish();
    }

  private:
    [[nodiscard]] Error bad(const Word& word, std::string message, std::string hint) const {
        return Error{Errc::usage, std::move(message), std::move(hint),
                     Location{"--traffic", 1, static_cast<std::uint32_t>(offset_ + word.at + 1)}};
    }
    /// The word behind `word`, which needs one.
    Result<Word> value_of(const Word& word, std::string_view example) {
        if (next_ >= words_.size())
            return bad(word, fmt::format("'{}' needs a value", word.text), fmt::format("{} {}", word.text, example));
        return words_[next_++];
    }
    Result<double> rate(const Word& word, std::string_view text) const {
        auto rate = parse_rate(text);
        if (!rate) return bad(word, std::move(rate.error().message), "100/s, 600/m");
        if (rate->per_second() > kMostRate) return bad(word, fmt::format("'{}' is too much", text), "at most 10^9/s");
        return rate->per_second();
    }
    Result<Nanoseconds> duration(const Word& word, std::string_view text) const {
        auto read = parse_duration(text);
        if (!read) return bad(word, std::move(read.error().message), "250ms, 30s, 5m");
        constexpr Nanoseconds kMost = std::chrono::hours(24 * 366 * 10);
        if (*read > kMost) return bad(word, fmt::format("'{}' is too long", text), "at most ten years");
        return *read;
    }
    Result<std::uint64_t> count(const Word& word, std::uint64_t most) const {
        const auto read = parse_unsigned(word.text, most);
        if (!read || *read == 0)
            return bad(word, fmt::format("'{}' is not a number from 1 to {}", word.text, most), {});
        return *read;
    }

    Result<std::uint64_t> count_behind(const Word& word, std::string_view example, std::uint64_t most) {
        const Word value = TRY(value_of(word, example));
        return count(value, most);
    }

    Result<void> read_kind() {
        if (words_.front().text == "poisson") {
            shape_.poisson = true;
            ++next_;
            if (next_ == words_.size()) return bad(words_.front(), "'poisson' needs a rate", "poisson 80/s@5m");
        }
        const Word word = words_[next_++];
        const bool chance = shape_.poisson;
        if (word.text == "ramp") {
            shape_.kind = Shape::Kind::ramp;
            const Word value = TRY(value_of(word, "0..500/s"));
            const auto dots = value.text.find("..");
            if (dots == std::string_view::npos)
                return bad(value, fmt::format("'{}' is not a ramp", value.text), "ramp 0..500/s@2m");
            const std::string_view low = value.text.substr(0, dots);
            const std::string_view high = value.text.substr(dots + 2);
            shape_.second = TRY(rate(value, high));
            const auto slash = high.find('/');
            shape_.first = TRY(rate(value, low.find('/') == std::string_view::npos
                                               ? std::string(low) + std::string(high.substr(slash))
                                               : std::string(low)));
        } else if (word.text == "sine") {
            shape_.kind = Shape::Kind::sine;
            const Word value = TRY(value_of(word, "100/s +-50/s"));
            shape_.first = TRY(rate(value, value.text));
            const Word swing = TRY(value_of(word, "100/s +-50/s"));
            if (!swing.text.starts_with("+-"))
                return bad(swing, fmt::format("'{}' is not how far it swings", swing.text), "sine 100/s +-50/s");
            shape_.second = TRY(rate(swing, swing.text.substr(2)));
            if (shape_.second > shape_.first)
                return bad(swing, "it swings below nothing", "at most as far as the rate before it");
        } else if (word.text == "spike" && !chance) {
            shape_.kind = Shape::Kind::spike;
            shape_.count = TRY(count_behind(word, "1000 at 60s", kMostSpike));
        } else if (word.text == "clients" && !chance) {
            shape_.kind = Shape::Kind::clients;
            shape_.count = TRY(count_behind(word, "50 think 1s", kMostClients));
        } else if (!word.text.empty() && is_digit(word.text.front())) {
            shape_.first = TRY(rate(word, word.text));
        } else {
            const std::string_view near = closest(word.text, kWords);
            return bad(word, fmt::format("'{}' is no shape of traffic", word.text),
                       near.empty() ? "50/s@30s, poisson 80/s@5m, ramp 0..500/s@2m, sine, spike, clients"
                                    : fmt::format("did you mean {}?", near));
        }
        return ok();
    }

    Result<void> read_more(const Word& word) {
        if (word.text.starts_with('@')) {
            if (has_length_) return bad(word, "how long it lasts is said twice", {});
            Word value = word;
            if (word.text.size() == 1) {
                value = TRY(value_of(word, "30s"));
            } else {
                value.text.remove_prefix(1);
                ++value.at;
            }
            shape_.length = TRY(duration(value, value.text));
            has_length_ = true;
            return ok();
        }
        const bool clients = shape_.kind == Shape::Kind::clients;
        if (word.text == "period" && shape_.kind == Shape::Kind::sine) {
            const Word value = TRY(value_of(word, "1m"));
            shape_.period = TRY(duration(value, value.text));
        } else if (word.text == "at" && shape_.kind == Shape::Kind::spike) {
            const Word value = TRY(value_of(word, "60s"));
            shape_.length = TRY(duration(value, value.text));
            has_length_ = true;
        } else if (word.text == "think" && clients) {
            const Word value = TRY(value_of(word, "1s"));
            shape_.think = TRY(duration(value, value.text));
        } else if (word.text == "retry" && clients) {
            shape_.retries = static_cast<std::uint32_t>(TRY(count_behind(word, "3", 1000)));
        } else if (word.text == "backoff" && clients) {
            const Word value = TRY(value_of(word, "100ms*2"));
            TRY(read_backoff(value));
        } else if (word.text == "jitter" && clients) {
            shape_.jitter = true;
        } else {
            return read_senders(word);
        }
        return ok();
    }

    Result<void> read_backoff(const Word& value) {
        const auto parts = split_once(value.text, '*');
        shape_.backoff = TRY(duration(value, parts ? parts->first : value.text));
        if (!parts) return ok();
        const std::string_view growth = parts->second;
        const auto [end, fault] = std::from_chars(growth.data(), growth.data() + growth.size(), shape_.growth);
        if (fault != std::errc() || end != growth.data() + growth.size() || !(shape_.growth >= 1) ||
            shape_.growth > 100)
            return bad(value, fmt::format("'{}' is not how back-off grows", growth), "100ms*2, from 1 to 100");
        return ok();
    }

    Result<void> read_senders(const Word& word) {
        Senders& senders = shape_.senders;
        if (word.text == "key") {
            const Word value = TRY(value_of(word, "alice"));
            senders.key = std::string(value.text);
        } else if (word.text == "keys") {
            senders.count = static_cast<std::uint32_t>(TRY(count_behind(word, "1000", kMostKeys)));
        } else if (word.text == "plan") {
            const Word value = TRY(value_of(word, "gold"));
            senders.plan = std::string(value.text);
        } else if (word.text == "route") {
            const Word value = TRY(value_of(word, "GET /a"));
            senders.route = std::string(value.text);
            if (!senders.route.starts_with('$') && !senders.route.starts_with('/')) {
                const Word path = TRY(value_of(word, "GET /a"));
                senders.route += ' ';
                senders.route += path.text;
            }
        } else {
            const std::string_view near = closest(word.text, kWords);
            return bad(word, fmt::format("'{}' says nothing of this traffic", word.text),
                       near.empty() || near == word.text ? "each shape's words are in gw-throttle-sim(1)"
                                                         : fmt::format("did you mean {}?", near));
        }
        return ok();
    }

    Result<Shape> finish() {
        const Word end{text_, words_.back().at + words_.back().text.size()};
        if (!has_length_)
            return shape_.kind == Shape::Kind::spike ? bad(end, "a spike needs its moment", "spike 1000 at 60s")
                                                     : bad(end, "how long does it last?", "@30s at its end");
        if (shape_.length.count() == 0 && shape_.kind != Shape::Kind::spike)
            return bad(end, "it lasts no time at all", "@30s");
        if (shape_.kind == Shape::Kind::sine && shape_.period.count() == 0)
            return bad(end, "a sine needs its period", "period 1m");
        if (shape_.kind == Shape::Kind::clients) {
            if (shape_.think.count() == 0) return bad(end, "clients need time to think", "think 1s");
            if (shape_.retries > 0 && shape_.backoff.count() == 0)
                return bad(end, "retries need a back-off", "backoff 100ms*2");
            if (shape_.retries == 0 && (shape_.backoff.count() != 0 || shape_.jitter))
                return bad(end, "back-off is for retries", "retry 3");
        }
        return std::move(shape_);
    }

    std::string_view text_;
    std::size_t offset_;
    std::vector<Word> words_;
    std::size_t next_ = 0;
    Shape shape_;
    bool has_length_ = false;
};

}  // namespace

Result<Traffic> parse_traffic(std::string_view text) {
    Traffic traffic;
    traffic.streams.emplace_back();
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const bool plus = i < text.size() && text[i] == '+' && (i + 1 == text.size() || text[i + 1] != '-');
        if (i < text.size() && !plus && text[i] != ',') continue;
        traffic.streams.back().push_back(TRY(ShapeReader(text.substr(begin, i - begin), begin).read()));
        begin = i + 1;
        if (plus) traffic.streams.emplace_back();
    }
    return traffic;
}

Nanoseconds length_of(const Traffic& traffic) {
    Nanoseconds longest{0};
    for (const auto& stream : traffic.streams) {
        Nanoseconds length{0};
        for (const Shape& shape : stream) length += shape.length;
        longest = std::max(longest, length);
    }
    return longest;
}

}  // namespace gw::throttle
