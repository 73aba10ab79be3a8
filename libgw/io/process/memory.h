#pragma once

#include <cstdint>

namespace gw::process {

/// Bytes of this process in physical memory (/proc/self/statm). 0 when it cannot be read.
std::uint64_t resident_memory();
/// What this process may use: the smallest limit of its cgroup (v1 or v2) and of the machine.
std::uint64_t memory_limit();
/// What was freed and the allocator keeps for later goes back to the system. Takes milliseconds; safe on any thread.
void give_back_freed_memory();

}  // namespace gw::process
