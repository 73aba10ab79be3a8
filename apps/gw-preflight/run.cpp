#include <algorithm>
#include <memory>
#include <ostream>
#include <vector>

#include <fmt/format.h>

#include "apps/gw-preflight/check.h"
#include "apps/gw-preflight/inspection.h"
#include "apps/gw-preflight/matrix.h"
#include "apps/gw-preflight/options.h"
#include "apps/gw-preflight/pool.h"
#include "apps/gw-preflight/records.h"
#include "apps/gw-preflight/report.h"
#include "apps/gw-preflight/wire.h"
#include "apps/support/progress.h"
#include "libgw/base/text.h"
#include "libgw/io/process/file.h"
#include "libgw/policy/cors/recipe/recipe.h"
#include "libgw/policy/cors/safelist.h"
#include "libgw/term/style.h"

namespace gw::preflight {
namespace {

/// A no is worse than not knowing, and no network worse than both.
int worse(int one, int other) {
    const auto weight = [](int code) {
        return code == program::kNetwork ? 3 : code == program::kNo ? 2 : code == program::kCannotTell ? 1 : 0;
    };
    return weight(other) > weight(one) ? other : one;
}

int exit_of(const Inspected& inspected, bool /*expects_allow*/) { return exit_of(inspected); }
Record record_of(const Inspected& inspected, bool /*expects_allow*/) { return record_of(inspected); }

/// All checks, or all audits, and how they are told.
class Session {
  public:
    Session(program::World& world, const Options& options, const Plan& plan, Wire& wire)
        : world_(world), options_(options), plan_(plan), wire_(wire), bar_(world) {}

    Result<int> run() {
        if (options_.audit)
            run_all<Inspection, Inspected>([this](std::size_t index, Inspection::Done done) {
                return std::make_unique<Inspection>(wire_, plan_, plan_.wanted[index], std::move(done));
            });
        else
            run_all<Check, Report>([this](std::size_t index, Check::Done done) {
                return std::make_unique<Check>(wire_, plan_, options_, plan_.wanted[index], std::move(done));
            });
        if (options_.matrix) *world_.out << matrix_.text({world_.out_is_terminal ? world_.width : 0, style()});
        if (!options_.sarif.empty()) TRY(process::write_file(options_.sarif, to_sarif(records_)).in("--sarif"));
        if (!options_.junit.empty()) TRY(process::write_file(options_.junit, to_junit(records_)).in("--junit"));
        if (!options_.fix.empty()) *world_.out << TRY(recipe());
        return code_;
    }

  private:
    template <class Work, class Outcome>
    void run_all(typename Pool<Work, Outcome>::Make make) {
        Pool<Work, Outcome> pool(wire_.loop(), plan_.wanted.size(), options_.jobs, std::move(make),
                                 [this](Outcome& outcome) { tell(outcome); });
        const bool shows =
            world_.err_is_terminal && plan_.wanted.size() > 1 && !options_.verbose && options_.fix.empty();
        // where both are the same terminal, what is told stands above
        if (shows)
            pool.on_progress([this](std::size_t done, const Outcome& outcome) {
                if (exit_of(outcome, plan_.expects_allow) != program::kYes) ++bad_;
                const std::size_t all = plan_.wanted.size();
                bar_.show(static_cast<double>(done) / static_cast<double>(all),
                          [&](double) { return fmt::format("checked {}/{}, {} not as wanted", done, all, bad_); });
            });
        pool.run();
        bar_.clear();
    }

    template <class Outcome>
    void tell(const Outcome& outcome) {
        code_ = worse(code_, exit_of(outcome, plan_.expects_allow));
        if (!options_.sarif.empty() || !options_.junit.empty())
            records_.push_back(record_of(outcome, plan_.expects_allow));
        if (options_.verbose) print_exchanges(*world_.err, outcome.exchanges);
        if constexpr (std::is_same_v<Outcome, Report>) {
            if (options_.matrix) return matrix_.add(outcome);
        }
        if (world_.out_is_terminal) bar_.clear();
        if (options_.json)
            print_json(*world_.out, outcome);
        else
            print_text(options_.fix.empty() ? *world_.out : *world_.err, outcome, style());
    }

    /// What all that was asked for would take.
    [[nodiscard]] Result<std::string> recipe() const {
        cors::Wish wish;
        const auto add = [](std::vector<std::string>& list, const std::string& name) {
            if (!cors::contains(list, name)) list.push_back(name);
        };
        for (const cors::Origin& origin : plan_.origins) add(wish.origins, origin.text());
        for (const Wanted& wanted : plan_.wanted) {
            if (!options_.audit) add(wish.origins, wanted.request.origin.text());
            add(wish.methods, cors::normalize_method(wanted.request.method));
            std::vector<cors::Field> headers;
            for (const cors::Field& field : wanted.request.headers)
                if (!cors::is_forbidden_request_header(field)) headers.push_back(field);
            const auto is_type = [](const cors::Field& field) {
                return equals_ignoring_case(field.name, "content-type");
            };
            if (!wanted.request.body_type.empty() && std::none_of(headers.begin(), headers.end(), is_type))
                headers.push_back({"Content-Type", wanted.request.body_type});
            for (const std::string& name : cors::unsafe_header_names(headers, cors::Engine::standard))
                add(wish.headers, name);
            wish.credentials = wish.credentials || wanted.request.credentials == cors::Credentials::include;
        }
        wish.expose = options_.expose;
        return cors::write_recipe(*cors::parse_server(options_.fix), wish);
    }

    [[nodiscard]] term::Style style() const {
        return term::Style(program::wants_colour(
            world_, options_.color, options_.fix.empty() ? world_.out_is_terminal : world_.err_is_terminal));
    }

    program::World& world_;
    const Options& options_;
    const Plan& plan_;
    Wire& wire_;
    program::ProgressBar bar_;
    Matrix matrix_;
    std::vector<Record> records_;
    std::size_t bad_ = 0;
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
    return preflight::Session(world, options, plan, *wire).run();
}

}  // namespace gw::program
