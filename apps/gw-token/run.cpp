// gw-token: one command after the other.

#include "apps/gw-token/commands.h"

namespace gw::program {

Result<int> run(World& world) {
    token::Options options;
    const auto done = TRY(token::parse_options(world, options));
    if (done) return *done;
    switch (options.command) {
        case token::Command::none: break;
        case token::Command::mint: return token::mint(world, options);
        case token::Command::verify: return token::verify(world, options);
        case token::Command::decode: return token::decode(world, options);
        case token::Command::key: return token::key(world, options);
        case token::Command::bench: return token::bench(world, options);
        case token::Command::serve: return token::serve(world, options);
        case token::Command::sigv4: return token::sigv4(world, options);
        case token::Command::apikey: return token::apikey(world, options);
        case token::Command::policy: return token::policy(world, options);
    }
    return kInternal;
}

}  // namespace gw::program
