#pragma once
// A line that is edited on a terminal while messages appear above it. prompt.cpp is the only file that knows libedit.

#include <functional>
#include <memory>
#include <string>

#include "apps/support/world.h"
#include "libgw/base/result.h"
#include "libgw/term/style.h"

namespace gw::wscat {

class Prompt {
  public:
    /// Reads on a thread of its own; `typed` and `ended` (Ctrl-D) are called there. History is kept in
    /// ${XDG_STATE_HOME:-~/.local/state}/gw/wscat_history, mode 0600, unless `no_history`. Errc::io: no terminal.
    static Result<std::unique_ptr<Prompt>> open(program::World& world, bool no_history, const term::Style& style,
                                                std::function<void(std::string)> typed, std::function<void()> ended);
    ~Prompt();
    Prompt(const Prompt&) = delete;
    Prompt& operator=(const Prompt&) = delete;

    /// Shows a line above the one that is edited. From any thread.
    void print(const std::string& line);

  private:
    Prompt();
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gw::wscat
