#pragma once
// The connections of a server that reads and writes like a file: a thread for each.

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace gw::token {

/// Invariant: at most kMost connections. When one more comes, the oldest hears no more from its client and so makes
/// room; an answer that is on its way to it still goes out.
class Crowd {
  public:
    static constexpr std::size_t kMost = 512;

    Crowd() = default;
    ~Crowd() { end(); }
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;

    /// Serves a connection in a thread of its own, and closes its socket then; at once when there is no thread to have.
    /// Waits for room when there is none.
    void serve(int socket, std::function<void(int)> how);
    /// Nobody hears any more from his client. Waits until all are served.
    void end();

  private:
    struct Guest {
        int socket = -1;  ///< -1: closed
        bool was_cut = false;
        std::thread thread{};
    };
    /// Requires: mutex_ is held.
    void cut(Guest& guest);
    void leave(Guest& guest);

    std::mutex mutex_;
    std::condition_variable left_;
    std::list<Guest> guests_;  // the oldest first
    std::list<Guest> gone_;    // whose threads only have to be joined
};

}  // namespace gw::token
