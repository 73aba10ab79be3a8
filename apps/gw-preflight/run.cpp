#include <algorithm>
#include <memory>
#include <vector>

#include "apps/gw-preflight/check.h"
#include "apps/gw-preflight/options.h"
#include "apps/gw-preflight/report.h"
#include "apps/gw-preflight/wire.h"
#include "libgw/term/style.h"

namespace gw::preflight {
namespace {

/// Checks, so many at once, told in the order in which they were asked for.
class Runner {
  public:
    Runner(program::World& world, const Options& options, const Plan& plan, Wire& wire)
        : world_(world), options_(options), plan_(plan), wire_(wire), reports_(plan.requests.size()) {}

    int run() {
        while (next_ < plan_.requests.size() && running_ < options_.jobs) begin();
        if (done_ < plan_.requests.size()) wire_.loop().run();
        return code_;
    }

  private:
    void begin() {
        const std::size_t index = next_++;
        ++running_;
        checks_.push_back(std::make_unique<Check>(wire_, plan_, options_, plan_.requests[index],
                                                  [this, index](Report report) { end(index, std::move(report)); }));
        checks_.back()->start();
    }

    /// Called by the check itself: the next begins, and it goes, when it has returned.
    void end(std::size_t index, Report report) {
        reports_[index] = std::move(report);
        --running_;
        ++done_;
        tell();
        wire_.loop().mailbox().send([this] {
            spent_.clear();
            while (next_ < plan_.requests.size() && running_ < options_.jobs) begin();
            if (done_ == plan_.requests.size()) wire_.loop().stop();
        });
    }

    void tell() {
        for (; told_ < reports_.size() && reports_[told_]; ++told_) {
            const Report& report = *reports_[told_];
            if (options_.verbose) print_exchanges(world_, report);
            if (options_.json)
                print_json(world_, report);
            else
                print_text(world_, report, style());
            // a no is worse than not knowing, and no network worse than both
            const int code = exit_of(report, plan_.expects_allow);
            const auto weight = [](int each) {
                return each == program::kNetwork ? 3 : each == program::kNo ? 2 : each == program::kCannotTell ? 1 : 0;
            };
            if (weight(code) > weight(code_)) code_ = code;
            spent_.push_back(std::move(checks_[told_]));
            reports_[told_].emplace();
        }
    }

    [[nodiscard]] term::Style style() const {
        const auto no_color = world_.environment("NO_COLOR");
        const auto term_name = world_.environment("TERM");
        return term::Style(term::use_colour(
            term::parse_colour_choice(options_.color).value_or(term::ColourChoice::automatic), world_.out_is_terminal,
            no_color ? std::optional<std::string_view>(*no_color) : std::nullopt,
            term_name ? std::optional<std::string_view>(*term_name) : std::nullopt));
    }

    program::World& world_;
    const Options& options_;
    const Plan& plan_;
    Wire& wire_;
    std::vector<std::unique_ptr<Check>> checks_;
    std::vector<std::unique_ptr<Check>> spent_;  // told, and perhaps still on the stack
    std::vector<std::optional<Report>> reports_;
    std::size_t next_ = 0;
    std::size_t running_ = 0;
    std::size_t done_ = 0;
    std::size_t told_ = 0;
    int code_ = program::kYes;
};

}  // namespace
}  // namespace gw::preflight

namespace gw::program {

Result<int> run(World& world) {
    preflight::Options options;
    if (const auto done = TRY(preflight::parse_options(world, options))) return *done;
    const preflight::Plan plan = TRY(preflight::make_plan(world, options));
    const auto wire = TRY(preflight::Wire::open(world, options, plan.max_time));
    return preflight::Runner(world, options, plan, *wire).run();
}

}  // namespace gw::program
