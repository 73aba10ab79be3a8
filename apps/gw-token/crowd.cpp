#include "apps/gw-token/crowd.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace gw::token {

void Crowd::serve(int socket, std::function<void(int)> how) {
    std::list<Guest> gone;
    {
        std::unique_lock lock(mutex_);
        while (guests_.size() >= kMost) {
            const auto oldest =
                std::find_if(guests_.begin(), guests_.end(), [](const Guest& guest) { return !guest.was_cut; });
            if (oldest != guests_.end()) cut(*oldest);
            left_.wait(lock, [this] { return guests_.size() < kMost; });
        }
        Guest& guest = guests_.emplace_back(Guest{socket});
        try {
            guest.thread = std::thread([this, &guest, how = std::move(how)] {
                how(guest.socket);
                leave(guest);
            });
        } catch (const std::system_error&) {
            ::close(socket);
            guests_.pop_back();
        }
        gone.swap(gone_);
    }
    for (Guest& guest : gone) guest.thread.join();
}

void Crowd::cut(Guest& guest) {
    guest.was_cut = true;
    ::shutdown(guest.socket, SHUT_RD);
}

void Crowd::leave(Guest& guest) {
    const std::lock_guard lock(mutex_);
    ::shutdown(guest.socket, SHUT_RDWR);
    ::close(std::exchange(guest.socket, -1));
    const auto place = std::find_if(guests_.begin(), guests_.end(), [&](const Guest& each) { return &each == &guest; });
    gone_.splice(gone_.end(), guests_, place);
    left_.notify_all();
}

void Crowd::end() {
    std::list<Guest> gone;
    {
        std::unique_lock lock(mutex_);
        for (Guest& guest : guests_) cut(guest);
        left_.wait(lock, [this] { return guests_.empty(); });
        gone.swap(gone_);
    }
    for (Guest& guest : gone) guest.thread.join();
}

}  // namespace gw::token
