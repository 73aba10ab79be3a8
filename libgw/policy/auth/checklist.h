#pragma once
// What was looked at in a token and what was found, for somebody who asked.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gw::auth {

/// One thing that was looked at.
struct Check {
    std::string name;  ///< "signature", "exp", "aud"
    bool good = false;
    std::string found;  ///< "RS256 by kid k1", "expired 5m ago"; holds text of the token, at most kMaxFound bytes
};

/// The checks of one token, in the order in which they were made.
class Checklist {
  public:
    static constexpr std::size_t kMaxFound = 256;

    void add(std::string name, bool good, std::string found) {
        if (found.size() > kMaxFound) found.replace(kMaxFound - 3, std::string::npos, "...");
        checks_.push_back({std::move(name), good, std::move(found)});
    }
    [[nodiscard]] const std::vector<Check>& checks() const { return checks_; }
    [[nodiscard]] bool good() const {
        return std::all_of(checks_.begin(), checks_.end(), [](const Check& check) { return check.good; });
    }
    /// "signature ok, exp in 54m, aud no: web" in one line.
    [[nodiscard]] std::string line() const {
        std::string text;
        for (const Check& check : checks_) {
            if (!text.empty()) text += ", ";
            text += check.name + (check.good ? " ok" : " no");
            if (!check.found.empty()) text += " (" + check.found + ")";
        }
        return text;
    }

  private:
    std::vector<Check> checks_;
};

}  // namespace gw::auth
