#pragma once
// Faults for a gw-serve under test that no client and no target can cause: a library is preloaded into it that takes
// its wishes from a Board.

#include <string>
#include <utility>
#include <vector>

#include "tests/support/board.h"
#include "tests/support/temporary.h"

namespace gw::test {

/// A board, and the environment that makes a program look at it. Lives longer than the program.
class Faults {
  public:
    /// False when the library was not built: under sanitizers, which have an operator new of their own.
    static bool available();

    /// Throws std::runtime_error when the board cannot be made.
    Faults();
    ~Faults();
    Faults(const Faults&) = delete;
    Faults& operator=(const Faults&) = delete;

    [[nodiscard]] Board& board() const { return *board_; }
    /// What to set for the program.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> environment() const;

  private:
    TemporaryDirectory directory_;
    Board* board_ = nullptr;
};

}  // namespace gw::test
