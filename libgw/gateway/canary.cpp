#include "libgw/gateway/canary.h"

#include <utility>

#include <fmt/format.h>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "libgw/base/units.h"

namespace gw::gateway {
namespace {

Value to_value(const canary::Sample& sample) {
    gw::Object statuses;
    for (const auto& [status, count] : sample.statuses) statuses.push_back({std::to_string(status), Value(count)});
    Array latencies;
    for (const auto& [bucket, count] : sample.latencies)
        latencies.push_back(Value(Array{
            Value(canary::Latencies::bound_of(bucket) / std::chrono::microseconds(1)),
            Value(count),
        }));
    return Value(gw::Object{{"requests", Value(sample.requests)},
                            {"errors", Value(sample.errors())},
                            {"broken", Value(sample.broken)},
                            {"statuses", Value(std::move(statuses))},
                            {"latencies", Value(std::move(latencies))}});
}

Result<canary::SplitKey> draw_key() {
    std::array<std::uint8_t, canary::SplitKey::kBytes> drawn{};
    TRY(random_bytes(drawn));
    return canary::SplitKey({reinterpret_cast<const char*>(drawn.data()), drawn.size()});
}

}  // namespace

std::string_view to_text(Phase phase) {
    switch (phase) {
        case Phase::running: return "running";
        case Phase::promoted: return "promoted";
        case Phase::aborted: break;
    }
    return "aborted";
}

void ArmCounts::add(std::uint16_t status, Nanoseconds latency) {
    if (status < 100 || status >= 600) {
        broken_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    statuses_[status - 100U].fetch_add(1, std::memory_order_relaxed);
    latencies_[canary::Latencies::bucket_of(latency)].fetch_add(1, std::memory_order_relaxed);
}

canary::Sample ArmCounts::sample() const {
    canary::Sample sample;
    sample.broken = sample.requests = broken_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < statuses_.size(); ++i)
        if (const std::uint64_t count = statuses_[i].load(std::memory_order_relaxed); count != 0) {
            sample.statuses[static_cast<std::uint16_t>(i + 100)] = count;
            sample.requests += count;
        }
    for (std::size_t i = 0; i < latencies_.size(); ++i)
        if (const std::uint64_t count = latencies_[i].load(std::memory_order_relaxed); count != 0)
            sample.latencies[i] = count;
    return sample;
}

CanaryState::CanaryState(std::string scope, std::string section, canary::Share share, canary::SplitKey key)
    : scope_(std::move(scope)),
      section_(std::move(section)),
      key_(std::move(key)),
      places_(share.places()),
      percent_(share.percent()) {}

void CanaryState::set(canary::Share share) {
    percent_ = share.percent();
    places_.store(share.places(), std::memory_order_relaxed);
    phase_.store(Phase::running, std::memory_order_relaxed);
}

void CanaryState::promote() {
    percent_ = 100;
    phase_.store(Phase::promoted, std::memory_order_relaxed);
    places_.store(canary::Share::kAll, std::memory_order_relaxed);
}

void CanaryState::abort() {
    percent_ = 0;
    phase_.store(Phase::aborted, std::memory_order_relaxed);
    places_.store(0, std::memory_order_relaxed);
}

Result<std::shared_ptr<CanaryState>> make_canary_state(const config::Api& api,
                                                       const std::shared_ptr<CanaryState>& previous,
                                                       const CanaryFile* kept) {
    const config::Canary& settings = *api.canary;
    const std::string section = to_hex(sha256(config::section_text(settings)).view());
    if (previous != nullptr && previous->section() == section) return previous;
    const std::string scope = fmt::format("{}/{}", api.name, api.stage);
    const CanaryFile::Entry* entry = kept == nullptr ? nullptr : kept->find(scope);
    canary::SplitKey key = !settings.key_value.empty() ? canary::SplitKey::of(settings.key_value)
                           : previous != nullptr       ? previous->key()
                           : entry != nullptr          ? canary::SplitKey(entry->key)
                                                       : TRY(draw_key());
    auto state =
        std::make_shared<CanaryState>(scope, section, TRY(canary::Share::make(settings.percent)), std::move(key));
    if (previous != nullptr || entry == nullptr || entry->section != section) return state;
    switch (entry->phase) {
        case Phase::running: state->set(TRY(canary::Share::make(entry->percent))); break;
        case Phase::promoted: state->promote(); break;
        case Phase::aborted: state->abort(); break;
    }
    return state;
}

Value to_value(const CanaryState& state) {
    return Value(gw::Object{{"api", Value(state.scope())},
                            {"percentTraffic", Value(state.percent())},
                            {"phase", Value(to_text(state.phase()))},
                            {"section", Value(state.section())},
                            {"stable", to_value(state.arm(canary::Arm::stable).sample())},
                            {"canary", to_value(state.arm(canary::Arm::canary).sample())}});
}

}  // namespace gw::gateway
