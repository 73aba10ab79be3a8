// split: whether gw-serve's splitter does what it says.

#include "libgw/policy/canary/split.h"

#include <algorithm>
#include <cmath>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-canary/commands.h"
#include "apps/support/progress.h"
#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "libgw/base/random.h"
#include "libgw/config/sticky.h"
#include "libgw/policy/canary/statistics/chance.h"
#include "libgw/policy/canary/statistics/ratio.h"
#include "libgw/term/table.h"

namespace gw::release {
namespace {

using canary::Arm;
using canary::Share;

constexpr std::string_view kScope = "default/$default";
constexpr std::size_t kDrawn = 16;

/// What came of asking it for so many clients, or requests.
struct Outcome {
    std::uint64_t all = 0;
    std::uint64_t canary = 0;
    double log_split = 0;
    std::uint64_t strayed = 0;   ///< clients who came again and met the other version
    std::uint64_t back = 0;      ///< who met the canary, and would not with more share
    std::uint64_t believed = 0;  ///< cookies that nobody made, taken for ours
    bool broken = false;         ///< the sample ratio is not the share
};

std::string draw(Random& random) {
    std::array<std::uint8_t, kDrawn> drawn{};
    random.fill(drawn);
    return {reinterpret_cast<const char*>(drawn.data()), drawn.size()};
}

/// The same for who is told by an address, a claim or a field.
std::string name_of(config::Canary::Sticky::Kind kind, std::uint64_t number, Random& random) {
    if (kind != config::Canary::Sticky::Kind::ip) return fmt::format("user-{}", number);
    const std::uint64_t address = random() >> 32U;
    return fmt::format("{}.{}.{}.{}", address >> 24U, address >> 16U & 255U, address >> 8U & 255U, address & 255U);
}

class Trial {
  public:
    Trial(double part, Share share, Share more, std::uint64_t seed)
        : part_(part), share_(share), more_(more), random_(seed), key_(draw(random_) + draw(random_)) {}

    Outcome run(const std::optional<config::Canary::Sticky>& sticky, std::uint64_t count, program::ProgressBar& bar) {
        canary::SplitEvidence evidence;
        Outcome out;
        std::uint64_t stable = 0;
        std::uint64_t canary = 0;
        double peak = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t place = sticky ? client(sticky->kind, i, out) : random_();
            const bool is_canary = share_.holds(place);
            if (is_canary && !more_.holds(place)) ++out.back;
            ++(is_canary ? canary : stable);
            // a look for each hundredth
            if ((i + 1) % std::max<std::uint64_t>(1, count / 100) != 0 && i + 1 != count) continue;
            evidence.add(stable, canary, part_);
            peak = std::max(peak, evidence.log_value());
            out.all += stable + canary;
            out.canary += canary;
            stable = canary = 0;
            bar.show(static_cast<double>(i + 1) / static_cast<double>(count),
                     [&](double) { return fmt::format("{} of {}", i + 1, count); });
        }
        out.log_split = evidence.log_value();
        out.broken = peak >= -std::log(canary::Settings().split_alpha);
        return out;
    }

  private:
    /// The place of one client, who comes twice.
    std::uint64_t client(config::Canary::Sticky::Kind kind, std::uint64_t number, Outcome& out) {
        const bool by_cookie = kind == config::Canary::Sticky::Kind::cookie;
        const std::string name = by_cookie ? draw(random_) : name_of(kind, number, random_);
        const std::uint64_t place = key_.place_of(kScope, name);
        std::optional<std::string> again = name;
        if (by_cookie) {
            std::string cookie = key_.make_cookie(kScope, name);
            again = key_.client_of(kScope, cookie);
            // one digit is another one
            const std::size_t at = random_.below(cookie.size() - 1);
            cookie[at] = cookie[at] == 'A' ? 'B' : 'A';
            if (key_.client_of(kScope, cookie)) ++out.believed;
        }
        if (!again || share_.holds(key_.place_of(kScope, *again)) != share_.holds(place)) ++out.strayed;
        return place;
    }

    double part_;
    Share share_;
    Share more_;
    Random random_;
    canary::SplitKey key_;
};

}  // namespace

Result<int> split_command(program::World& world, const Options& options) {
    const double part = TRY(parse_part("--weight", options.weight));
    const Share share = TRY(Share::make(part * 100));
    // half as much again, or all there is
    const Share more = TRY(Share::make(std::min(100.0, part * 150)));
    std::optional<config::Canary::Sticky> sticky;
    if (!options.sticky.empty()) {
        auto parsed = config::parse_sticky(options.sticky).in("--sticky");
        if (!parsed) {
            Error error = std::move(parsed).error();
            error.code = Errc::usage;
            return error;
        }
        sticky = *std::move(parsed);
    }
    const std::uint64_t seed = TRY(seed_of(options));
    program::ProgressBar bar(world);
    const Outcome out = Trial(part, share, more, seed).run(sticky, options.clients, bar);
    bar.clear();
    const double met = static_cast<double>(out.canary) / static_cast<double>(out.all);
    const canary::Limits limits = canary::binomial_limits(out.all, out.canary, 0.05);
    const bool stays = out.strayed == 0 && out.back == 0 && out.believed == 0;
    const int code = out.broken ? program::kRefused : stays ? program::kYes : program::kNo;
    if (options.json) {
        *world.out << to_json(Value(Object{{"schema", Value("gw-canary/1")},
                                           {"command", Value("split")},
                                           {"weight", number(part)},
                                           {"sticky", sticky ? Value(to_text(*sticky)) : Value()},
                                           {"seed", Value(seed)},
                                           {"n", Value(out.all)},
                                           {"canary", Value(out.canary)},
                                           {"share", number(met)},
                                           {"low", number(limits.low)},
                                           {"high", number(limits.high)},
                                           {"split_evidence", number(out.log_split)},
                                           {"mismatch", Value(out.broken)},
                                           {"strayed", Value(out.strayed)},
                                           {"moved_back", Value(out.back)},
                                           {"forged", Value(out.believed)}}))
                   << '\n';
        return code;
    }
    *world.out << fmt::format("{} {}   seed {}\n", out.all, sticky ? "clients, " + to_text(*sticky) : "requests", seed)
               << fmt::format("share     {:.4g}% met the canary (95%: {:.4g} to {:.4g}), {} were to\n", met * 100,
                              limits.low * 100, limits.high * 100, part_text(part))
               << fmt::format("ratio     {}; evidence against it {} (of {})\n",
                              out.broken ? "BROKEN" : "as it should be", canary::to_odds_text(out.log_split),
                              canary::to_odds_text(-std::log(canary::Settings().split_alpha)));
    if (sticky) {
        *world.out << fmt::format("sticky    {}\n", out.strayed == 0
                                                        ? "who comes again meets the same version"
                                                        : fmt::format("{} met the other version", out.strayed))
                   << fmt::format("raising   {}\n", out.back == 0 ? fmt::format("to {}: nobody goes back to stable",
                                                                                part_text(more.percent() / 100))
                                                                  : fmt::format("{} go back to stable", out.back));
        if (sticky->kind == config::Canary::Sticky::Kind::cookie)
            *world.out << fmt::format(
                "cookies   {}\n", out.believed == 0 ? "one that was changed is not believed"
                                                    : fmt::format("{} that were changed are believed", out.believed));
    }
    return code;
}

}  // namespace gw::release
