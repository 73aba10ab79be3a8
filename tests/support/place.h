#pragma once

#include <filesystem>

/// Where this build lies; compiled into one file only, so that the others are the same in every checkout.
namespace gw::test {

/// The root of the sources that were built.
std::filesystem::path source_root();
/// The folder of the build, where the programs are.
std::filesystem::path build_root();

}  // namespace gw::test
