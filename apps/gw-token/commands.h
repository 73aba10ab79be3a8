#pragma once
// What each command does. An Error becomes the exit code of its Errc; a command that has an answer returns the code.

#include "apps/gw-token/options.h"

namespace gw::token {

Result<int> mint(program::World& world, const Options& options);
Result<int> verify(program::World& world, const Options& options);
Result<int> decode(program::World& world, const Options& options);
Result<int> key(program::World& world, const Options& options);
Result<int> bench(program::World& world, const Options& options);
Result<int> serve(program::World& world, const Options& options);
Result<int> sigv4(program::World& world, const Options& options);
Result<int> apikey(program::World& world, const Options& options);
Result<int> policy(program::World& world, const Options& options);

}  // namespace gw::token
