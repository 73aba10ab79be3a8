#include "libgw/policy/throttle/simulate.h"

#include <algorithm>
#include <array>

namespace gw::throttle {
namespace {

constexpr std::size_t kBatch = 256;
constexpr std::size_t kAhead = 16;
constexpr std::uint64_t kTold = 1U << 20U;

/// 1, 2, 10, 20, 100, …: each holds a whole number of the one before
Nanoseconds next_bin(Nanoseconds bin) {
    std::int64_t leading = bin.count();
    while (leading % 10 == 0) leading /= 10;
    return leading == 2 ? bin * 5 : bin * 2;
}

}  // namespace

Recorder::Recorder(Instant start, Nanoseconds bin) : grows_(bin.count() == 0) {
    figures_.start = start;
    figures_.bin = grows_ ? Nanoseconds(std::chrono::milliseconds(1)) : bin;
    figures_.bins.resize(1);
    bin_begins_ = start;
    bin_ends_ = start + figures_.bin;
}

void Recorder::widen() {
    const Nanoseconds wider = next_bin(figures_.bin);
    std::vector<Count> bins(
        static_cast<std::size_t>(static_cast<std::int64_t>(figures_.bins.size()) * figures_.bin / wider) + 1);
    for (std::size_t i = 0; i < figures_.bins.size(); ++i) {
        Count& into = bins[static_cast<std::size_t>(static_cast<std::int64_t>(i) * figures_.bin / wider)];
        into.offered += figures_.bins[i].offered;
        into.rejected += figures_.bins[i].rejected;
    }
    figures_.bins = std::move(bins);
    figures_.bin = wider;
}

std::size_t Recorder::bin_of(Instant at) {
    const std::size_t most = grows_ ? kMostBins : kLimit;
    if (at < figures_.start) at = figures_.start;
    std::int64_t index = (at - figures_.start) / figures_.bin;
    while (grows_ && index >= static_cast<std::int64_t>(most)) {
        widen();
        index = (at - figures_.start) / figures_.bin;
    }
    bin_ = static_cast<std::size_t>(std::min<std::int64_t>(index, static_cast<std::int64_t>(most) - 1));
    if (bin_ >= figures_.bins.size()) figures_.bins.resize(bin_ + 1);
    bin_begins_ = figures_.start + static_cast<std::int64_t>(bin_) * figures_.bin;
    bin_ends_ = bin_begins_ + figures_.bin;
    return bin_;
}

void Recorder::record(const Arrival& arrival, const Decision& decision) {
    if (figures_.all.offered++ == 0) figures_.first = figures_.last = arrival.at;
    figures_.first = std::min(figures_.first, arrival.at);
    figures_.last = std::max(figures_.last, arrival.at);
    figures_.repeated += arrival.repeated ? 1 : 0;
    Count& bin = figures_.bins[arrival.at >= bin_begins_ && arrival.at < bin_ends_ ? bin_ : bin_of(arrival.at)];
    Count& member = figures_.members[arrival.group][arrival.member];
    ++bin.offered;
    ++member.offered;
    if (decision.admitted) return;
    if (figures_.all.rejected++ == 0) figures_.first_rejected = arrival.at;
    figures_.last_rejected = arrival.at;
    ++figures_.layers[decision.layer];
    ++bin.rejected;
    ++member.rejected;
}

bool simulate(Source& source, Judge& judge, Recorder& recorder, const Progress& progress, const Observer& observer) {
    std::array<Arrival, kBatch> arrivals;
    std::array<Decision, kBatch> decisions;
    const bool listens = source.listens();
    std::uint64_t untold = 0;
    while (const std::size_t count = source.next(arrivals)) {
        judge.judge(std::span(arrivals).first(count), std::span(decisions).first(count));
        for (std::size_t i = 0; i < count; ++i) {
            if (i + kAhead < count) recorder.prefetch(arrivals[i + kAhead]);
            recorder.record(arrivals[i], decisions[i]);
            if (observer) observer(arrivals[i], decisions[i]);
            if (listens) source.tell(arrivals[i], decisions[i].admitted);
        }
        untold += count;
        if (untold < kTold || !progress) continue;
        untold = 0;
        if (!progress(recorder.figures().all.offered, arrivals[count - 1].at)) return false;
    }
    return true;
}

}  // namespace gw::throttle
