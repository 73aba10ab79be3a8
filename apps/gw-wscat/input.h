#pragma once
// Standard input as records. A file, a pipe or a terminal cannot all be waited for by a loop, so a thread reads; it
// reads on only when what it read was taken.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "libgw/io/net/loop.h"

namespace gw::wscat {

class Input {
  public:
    /// `end`: of each record, '\n' or NUL; the last needs none. A '\r' before '\n' does not belong to the record.
    /// `available` is called on the loop when next() or over() may say something new.
    Input(net::Loop& loop, char end, std::function<void()> available);
    ~Input();
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    void start();
    /// The next record; nothing: wait for `available`.
    std::optional<std::string> next();
    /// There will be no more.
    [[nodiscard]] bool over() const { return ended_ && held_.empty(); }

  private:
    void read();
    void take(std::string bytes, bool ended);

    net::Loop& loop_;
    char end_;
    std::function<void()> available_;
    std::string held_;
    std::size_t scanned_ = 0;
    bool ended_ = false;
    std::thread thread_;
    std::mutex mutex_;
    std::condition_variable wanted_;
    bool wants_ = true;
    bool stops_ = false;
    int stop_[2] = {-1, -1};
};

}  // namespace gw::wscat
