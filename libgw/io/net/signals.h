#pragma once

#include <functional>
#include <initializer_list>

#include "libgw/io/net/loop.h"

namespace gw::net {

/// Signals as events of a loop. They are blocked in the calling thread, and so in the threads it starts afterwards.
class Signals {
  public:
    Signals(Loop& loop, std::initializer_list<int> numbers, std::function<void(int)> received);

  private:
    void on_readable();
    Watch watch_;
    std::function<void(int)> received_;
};

/// A peer that goes away while we write is an error of that write, not a signal.
void ignore_broken_pipes();

}  // namespace gw::net
