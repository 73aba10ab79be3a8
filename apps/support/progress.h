#pragma once
// How far long work has come, for who waits at a terminal.

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "apps/support/world.h"

namespace gw::program {

/// A line on stderr for work that takes over a second, where that is a terminal. Gone when it is.
class ProgressBar {
  public:
    explicit ProgressBar(World& world);
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    /// Whenever something was done: it is shown ten times a second. `share`: 0 … 1, or nothing when the end is not
    /// known. `text` is called when it is shown, with the seconds since the beginning.
    void show(std::optional<double> share, const std::function<std::string(double seconds)>& text);
    /// Takes the line away, so that something else can be told; show() brings it again.
    void clear();

  private:
    using Clock = std::chrono::steady_clock;
    World& world_;
    Clock::time_point began_;
    Clock::time_point next_;
    bool shown_ = false;
};

}  // namespace gw::program
