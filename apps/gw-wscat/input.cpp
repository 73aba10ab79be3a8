#include "apps/gw-wscat/input.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

namespace gw::wscat {

Input::Input(net::Loop& loop, char end, std::function<void()> available)
    : loop_(loop), end_(end), available_(std::move(available)) {}

Input::~Input() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stops_ = true;
    }
    wanted_.notify_one();
    ::close(stop_[1]);
    thread_.join();
    ::close(stop_[0]);
}

void Input::start() {
    if (::pipe2(stop_, O_CLOEXEC) != 0) return take({}, true);
    thread_ = std::thread([this] { read(); });
}

void Input::read() {
    std::string buffer(65536, '\0');
    while (true) {
        {
            std::unique_lock lock(mutex_);
            wanted_.wait(lock, [this] { return wants_ || stops_; });
            if (stops_) return;
            wants_ = false;
        }
        pollfd waits[2] = {{STDIN_FILENO, POLLIN, 0}, {stop_[0], 0, 0}};
        while (::poll(waits, 2, -1) < 0 && errno == EINTR) {
        }
        if (waits[1].revents != 0) return;
        ssize_t got = 0;
        while ((got = ::read(STDIN_FILENO, buffer.data(), buffer.size())) < 0 && errno == EINTR) {
        }
        const bool ended = got <= 0;
        loop_.mailbox().send([this, ended, bytes = std::string(buffer, 0, ended ? 0 : static_cast<std::size_t>(got))] {
            take(bytes, ended);
        });
        if (ended) return;
    }
}

void Input::take(std::string bytes, bool ended) {
    held_ += bytes;
    ended_ = ended;
    available_();
}

std::optional<std::string> Input::next() {
    const std::size_t at = held_.find(end_, scanned_);
    if (at == std::string::npos) {
        scanned_ = held_.size();
        if (ended_) {
            if (held_.empty()) return std::nullopt;
            scanned_ = 0;
            return std::exchange(held_, {});
        }
        const std::lock_guard lock(mutex_);
        wants_ = true;
        wanted_.notify_one();
        return std::nullopt;
    }
    std::string record = held_.substr(0, at);
    held_.erase(0, at + 1);
    scanned_ = 0;
    if (end_ == '\n' && record.ends_with('\r')) record.pop_back();
    return record;
}

}  // namespace gw::wscat
