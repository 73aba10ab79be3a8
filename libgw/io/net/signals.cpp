#include "libgw/io/net/signals.h"

#include <csignal>

#include <sys/signalfd.h>
#include <unistd.h>

namespace gw::net {
namespace {

int open_signals(std::initializer_list<int> numbers) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : numbers) sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

}  // namespace

Signals::Signals(Loop& loop, std::initializer_list<int> numbers, std::function<void(int)> received)
    : watch_(loop, open_signals(numbers)), received_(std::move(received)) {
    watch_.await_readable(callback<&Signals::on_readable>(this));
}

void Signals::on_readable() {
    signalfd_siginfo info{};
    while (::read(watch_.fd(), &info, sizeof info) == sizeof info) received_(static_cast<int>(info.ssi_signo));
    watch_.await_readable(callback<&Signals::on_readable>(this));
}

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

}  // namespace gw::net
