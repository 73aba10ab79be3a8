#pragma once
// All checks on one page: requests down, origins across.

#include <string>
#include <vector>

#include "apps/gw-preflight/check.h"
#include "libgw/term/table.h"

namespace gw::preflight {

/// Cells say "allowed", the code, "unknown" or "no answer"; "" where nothing was asked.
class Matrix {
  public:
    void add(const Report& report);
    [[nodiscard]] std::string text(const term::Screen& screen) const;

  private:
    struct Row {
        std::string name;
        std::vector<term::Cell> cells;
    };
    std::vector<std::string> origins_;
    std::vector<Row> rows_;
};

}  // namespace gw::preflight
