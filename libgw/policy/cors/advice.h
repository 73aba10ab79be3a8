#pragma once
// Why a browser keeps an answer from a page, and what to change: the cause, not the symptom.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libgw/policy/cors/check.h"

namespace gw::cors {

/// What is known when a verdict has been reached.
struct Symptom {
    Judgement verdict;
    std::string origin;
    std::string method;                   ///< as it is sent
    std::vector<std::string> asked;       ///< the names that the preflight asks for
    bool credentials = false;             ///< mode "include"
    bool preflight = false;               ///< the answer below is the preflight's
    std::uint16_t status = 0;             ///< of the answer that was judged; 0: there was none
    std::string url;                      ///< that was asked
    std::optional<std::string> location;  ///< where the answer leads
};

/// Sentences of the cause, and lines of the fix. Both empty for Code::none.
struct Advice {
    std::string cause;
    std::vector<std::string> fix;
};

Advice advise(const Symptom& symptom);

}  // namespace gw::cors
