#include "apps/gw-wscat/conversation.h"
#include "apps/gw-wscat/dialer.h"
#include "apps/gw-wscat/load.h"
#include "apps/gw-wscat/options.h"
#include "apps/gw-wscat/plan.h"
#include "apps/gw-wscat/script.h"
#include "apps/gw-wscat/server.h"

namespace gw::program {

Result<int> run(World& world) {
    wscat::Options options;
    if (const auto done = TRY(wscat::parse_options(world, options))) return *done;
    const wscat::Plan plan = TRY(wscat::make_plan(world, options));
    if (options.listen) return wscat::serve(world, options, plan);
    std::vector<wscat::ScriptStep> steps;
    if (!options.script.empty()) {
        const std::string text = options.script == "-"
                                     ? TRY(read_input(world))
                                     : TRY(WorldSources(world).read_file(options.script).in("--script"));
        steps = TRY(wscat::parse_script(text, options.script == "-" ? "standard input" : options.script, plan.coding,
                                        plan.timeout));
    }
    const auto dialer = TRY(wscat::Dialer::open(world, options, plan));
    if (options.clients > 0) return wscat::run_load(world, options, plan, *dialer);
    wscat::Conversation conversation(world, options, plan, *dialer, std::move(steps));
    return conversation.run();
}

}  // namespace gw::program
