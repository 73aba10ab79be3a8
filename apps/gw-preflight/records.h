#pragma once
// What was found, in the forms that other programs read: SARIF 2.1.0 (OASIS) and JUnit's XML.

#include <cstdint>
#include <string>
#include <vector>

#include "apps/gw-preflight/check.h"
#include "apps/gw-preflight/inspection.h"

namespace gw::preflight {

/// One check or one audit, whatever it came to.
struct Record {
    enum class Result : std::uint8_t { passed, failed, unknown };
    std::string name;  ///< "PUT from https://app.example.com"
    std::string url;
    Result result = Result::passed;
    Nanoseconds took{0};
    /// What was found; empty when it passed.
    struct Fault {
        std::string rule;         ///< "AllowOriginMismatch"
        std::string description;  ///< of the rule
        std::string level;        ///< SARIF's: error, warning, note
        std::string severity;     ///< an audit's; ""
        std::string message;
    };
    std::vector<Fault> faults;
    std::string why_unknown;
};

Record record_of(const Report& report, bool expects_allow);
Record record_of(const Inspected& inspected);

std::string to_sarif(const std::vector<Record>& records);
std::string to_junit(const std::vector<Record>& records);

}  // namespace gw::preflight
