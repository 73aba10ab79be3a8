#include "libgw/policy/throttle/fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "libgw/policy/throttle/token_bucket.h"

namespace gw::throttle {
namespace {

constexpr double kSecond = 1e9;

Instant instant(std::int64_t at) { return Instant(Nanoseconds(at)); }

/// The most requests of one key within a second.
std::size_t busiest_second(const std::vector<std::int64_t>& times) {
    std::size_t most = 0;
    for (std::size_t begin = 0, end = 0; end < times.size(); ++end) {
        while (times[end] - times[begin] >= static_cast<std::int64_t>(kSecond)) ++begin;
        most = std::max(most, end - begin + 1);
    }
    return most;
}

/// Tokens that a bucket of that rate has to hold for all to pass.
double burst_for_all(const Times& times, double rate) {
    double most = 1;
    for (const auto& key : times) {
        double used = 0;
        std::int64_t last = 0;
        for (const std::int64_t at : key) {
            used = std::max(0.0, used - static_cast<double>(at - last) / kSecond * rate) + 1;
            last = at;
            most = std::max(most, used);
        }
    }
    return most;
}

/// How many are refused; stops above `most`.
std::uint64_t refused(const Times& times, const Limit& limit, std::uint64_t most) {
    std::uint64_t count = 0;
    for (const auto& key : times) {
        if (key.empty()) continue;
        TokenBucket bucket(limit, instant(key.front()));
        for (const std::int64_t at : key) count += bucket.take(instant(at)).admitted ? 0 : 1;
        if (count > most) return count;
    }
    return count;
}

/// Round rates from `low` to the first that is not below `high`.
std::vector<double> round_rates(double low, double high) {
    constexpr std::array<double, 10> kSteps = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8};
    std::vector<double> rates;
    for (int power = static_cast<int>(std::floor(std::log10(low))); power < 10; ++power)
        for (const double step : kSteps) {
            // as a person would write it: 0.12 and not 0.12000000000000001
            const double rate = power >= 0 ? step * std::pow(10, power) : step / std::pow(10, -power);
            if (rate < low * 0.8) continue;
            rates.push_back(rate);
            if (rate >= high) return rates;
        }
    return rates;
}

/// How many answers speak against a bucket, which is led by them: refused although it had a token, admitted without
/// one. It is not counted much further than `enough`.
std::uint64_t hold_against(const std::vector<Answer>& answers, double rate, double burst, std::uint64_t enough) {
    std::uint64_t against = 0;
    double tokens = burst;
    std::int64_t last = answers.front().at;
    constexpr double kNearly = 1e-6;
    for (const Answer& answer : answers) {
        tokens = std::min(burst, tokens + static_cast<double>(answer.at - last) / kSecond * rate);
        last = answer.at;
        if (answer.refused) {
            if (tokens >= 1 + kNearly || tokens >= burst) ++against;
            tokens = std::min(tokens, 1 - kNearly);
        } else {
            if (tokens < 1 - kNearly) ++against;
            tokens = std::max(0.0, tokens - 1);
        }
        if (against > enough) break;
    }
    return against;
}

struct Guess {
    double rate = 0;
    double burst = 1;
    std::uint64_t against = UINT64_MAX;
};

/// The burst that goes best with a rate: among those that grow by a quarter, then between the neighbours of the best.
Guess with_rate(const std::vector<Answer>& answers, double rate, double most) {
    Guess best;
    const auto try_one = [&](double burst) {
        const std::uint64_t against = hold_against(answers, rate, burst, best.against);
        if (against < best.against || (against == best.against && burst < best.burst)) best = {rate, burst, against};
    };
    for (double burst = 1; burst <= most; burst = std::max(burst + 1, std::floor(burst * 1.25))) try_one(burst);
    double step = std::floor(best.burst / 4);
    while (step >= 1) {
        const double middle = best.burst;
        for (const double burst : {middle - step, middle + step})
            if (burst >= 1 && burst <= most) try_one(burst);
        if (best.burst == middle) step = std::floor(step / 2);
    }
    return best;
}

/// The number within the bounds that has the fewest digits, nearest to their middle.
double roundest(double low, double high) {
    const double middle = std::sqrt(low * high);
    for (int digits = 1; digits < 7; ++digits) {
        const int power = static_cast<int>(std::floor(std::log10(middle))) - digits + 1;
        const double unit = std::pow(10, std::abs(power));
        const double rounded = power >= 0 ? std::round(middle / unit) * unit : std::round(middle * unit) / unit;
        if (rounded >= low * 0.999999 && rounded <= high * 1.000001) return rounded;
    }
    return middle;
}

}  // namespace

Fitted fit(const Times& times, double share, const FitProgress& progress) {
    std::uint64_t offered = 0;
    std::size_t busiest = 0;
    std::size_t second = 1;
    std::int64_t first = INT64_MAX;
    std::int64_t last = INT64_MIN;
    for (const auto& key : times) {
        offered += key.size();
        busiest = std::max(busiest, key.size());
        second = std::max(second, busiest_second(key));
        if (key.empty()) continue;
        first = std::min(first, key.front());
        last = std::max(last, key.back());
    }
    const auto allowed = static_cast<std::uint64_t>(std::floor(share * static_cast<double>(offered)));
    const double length = std::max(1.0, static_cast<double>(last - first) / kSecond);
    const std::vector<double> rates =
        round_rates(std::max(1e-4, static_cast<double>(busiest) / length), static_cast<double>(second));
    Fitted fitted;
    for (std::size_t i = 0; i < rates.size(); ++i) {
        if (progress) progress(static_cast<double>(i) / static_cast<double>(rates.size()));
        const Rate rate{rates[i], std::chrono::seconds(1)};
        std::uint64_t low = 1;
        auto high = static_cast<std::uint64_t>(std::ceil(burst_for_all(times, rates[i]))) + 1;
        while (low < high) {
            const std::uint64_t middle = (low + high) / 2;
            const auto limit = Limit::make(rate, middle);
            if (!limit || refused(times, *limit, allowed) > allowed)
                low = middle + 1;
            else
                high = middle;
        }
        const auto limit = Limit::make(rate, low);
        if (!limit) continue;
        Fit one{*limit, {offered, refused(times, *limit, UINT64_MAX)}};
        if (one.count.rejected > allowed) continue;
        fitted.all.push_back(std::move(one));
    }
    for (std::size_t i = 0; i < fitted.all.size(); ++i)
        if (fitted.all[i].in_a_minute() < fitted.all[fitted.best].in_a_minute()) fitted.best = i;
    return fitted;
}

std::optional<Probed> probe(const std::vector<Answer>& answers, const FitProgress& progress) {
    std::uint64_t refusals = 0;
    std::uint64_t between = 0;  // admitted between the first and the last refusal
    std::uint64_t since = 0;
    std::int64_t first = 0;
    std::int64_t last = 0;
    for (const Answer& answer : answers) {
        if (!answer.refused) {
            ++since;
            continue;
        }
        if (refusals++ == 0)
            first = answer.at;
        else
            between += since;
        since = 0;
        last = answer.at;
    }
    const std::uint64_t admitted = answers.size() - refusals;
    if (refusals < kLeastAnswers || admitted < kLeastAnswers || last == first) return std::nullopt;
    // between two moments without a token no more passes than the rate brings
    const double length = static_cast<double>(last - first) / kSecond;
    const double least = std::max(1e-6, (static_cast<double>(between) - 1) / length);
    const double most = std::max(100 * least, 100 / length);
    const auto most_burst = static_cast<double>(admitted) + 1;
    constexpr int kRounds = 4;
    constexpr int kSteps = 48;
    constexpr int kHalvings = 40;
    int done = 0;
    const auto guess_at = [&](double rate) {
        if (progress) progress(static_cast<double>(done++) / (kRounds * (kSteps + 1) + 2 * kHalvings));
        return with_rate(answers, rate, most_burst);
    };
    Guess best;
    double low = least * 0.9;
    double high = most;
    for (int round = 0; round < kRounds; ++round) {
        const double step = std::pow(high / low, 1.0 / kSteps);
        double rate = low;
        for (int i = 0; i <= kSteps; ++i, rate *= step) {
            const Guess guess = guess_at(rate);
            if (guess.against < best.against) best = guess;
        }
        low = best.rate / step;
        high = best.rate * step;
    }
    // how far one can go to either side without explaining less
    const auto edge = [&](double towards) {
        double inside = best.rate;
        double outside = towards;
        if (guess_at(outside).against <= best.against) return outside;
        for (int i = 1; i < kHalvings && std::abs(outside / inside - 1) > 1e-6; ++i) {
            const double middle = std::sqrt(inside * outside);
            (guess_at(middle).against <= best.against ? inside : outside) = middle;
        }
        return inside;
    };
    Probed probed;
    probed.low = edge(best.rate / 4);
    probed.high = edge(best.rate * 4);
    double rate = roundest(probed.low, probed.high);
    Guess chosen = with_rate(answers, rate, most_burst);
    if (chosen.against > best.against) chosen = best;
    const auto limit = Limit::make({chosen.rate, std::chrono::seconds(1)}, static_cast<std::uint64_t>(chosen.burst));
    if (!limit) return std::nullopt;
    probed.limit = *limit;
    TokenBucket bucket(*limit, instant(answers.front().at));
    for (const Answer& answer : answers) {
        const bool same = bucket.take(instant(answer.at)).admitted != answer.refused;
        ++(same ? probed.agree : probed.differ);
    }
    return probed;
}

}  // namespace gw::throttle
