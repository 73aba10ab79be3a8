#pragma once
// From the answers to what is wrong.

#include <vector>

#include "libgw/policy/cors/audit/finding.h"

namespace gw::cors {

struct Audit {
    std::vector<Finding> findings;   ///< the gravest first
    std::vector<std::string> notes;  ///< what is worth knowing and no mistake
    /// False: the server failed or sent elsewhere each time, so that finding nothing means nothing.
    bool conclusive = true;
};

/// Judges the answers to make_probes(). What guards against a false alarm stands on top of judge.cpp.
Audit judge(const std::vector<Reaction>& reactions);

}  // namespace gw::cors
