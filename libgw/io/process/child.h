#pragma once
// Child processes as events of a loop.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libgw/base/result.h"
#include "libgw/io/net/loop.h"

namespace gw::process {

struct ChildOptions {
    std::vector<std::string> arguments;                            ///< the program (found in PATH) and its arguments
    std::vector<std::pair<std::string, std::string>> environment;  ///< added to our own
    bool output_to_stderr = false;                                 ///< its standard output goes where our talk goes
    int input = -1;                                                ///< becomes its standard input; ours stays open
    int output = -1;                                               ///< becomes its standard output; ours stays open
};

/// One child, in a process group of its own. It is killed with its owner.
class Child {
  public:
    /// `ended` is called once with the exit code: the child's own, or 128 + the signal that ended it.
    static Result<std::unique_ptr<Child>> start(net::Loop& loop, const ChildOptions& options,
                                                std::function<void(int)> ended);
    ~Child();
    /// Signals the whole group.
    void signal(int number);
    [[nodiscard]] int pid() const { return pid_; }
    [[nodiscard]] bool running() const { return pid_ > 0; }

  private:
    Child(net::Loop& loop, int pid, int pidfd, std::function<void(int)> ended);
    void on_end();
    net::Watch watch_;
    std::function<void(int)> ended_;
    int pid_;
};

}  // namespace gw::process
