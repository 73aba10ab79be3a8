#pragma once
// What is wrong with a command line, in our words and not in those of the parser. Behind the wall around CLI11.

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "apps/support/world.h"

namespace gw::program {

/// The error for what the parser threw over `arguments`. `variable`: the environment variable that was being taken for
/// an option; empty: none.
Error complaint(const World& world, const CLI::App& app, const std::vector<std::string>& arguments,
                const CLI::ParseError& fault, const std::string& variable);

/// "--port", or "-c" where there is no long name.
std::string name_of(const CLI::Option& option);
/// "--port N: port to listen on"
std::string usage_of(const CLI::Option& option);

}  // namespace gw::program
