#include "tests/support/process.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gw::test {
namespace {

struct Pipe {
    Descriptor read;
    Descriptor write;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return from_errno(Errc::io, "make a pipe", errno);
    return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

/// PATH is searched here and not in the child, which may only make system calls.
std::string find_program(const std::string& name, const std::string& path) {
    if (name.find('/') != std::string::npos) return name;
    for (std::size_t at = 0; at <= path.size();) {
        const std::size_t end = std::min(path.find(':', at), path.size());
        const std::string candidate = path.substr(at, end - at) + "/" + name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        at = end + 1;
    }
    return name;
}

std::vector<std::string> make_environment(const Command& command) {
    std::vector<std::string> variables;
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view variable(*entry);
        const std::string_view name = variable.substr(0, variable.find('='));
        const bool replaced = std::any_of(command.environment.begin(), command.environment.end(),
                                          [&](const auto& pair) { return pair.first == name; });
        const bool removed = std::find(command.without.begin(), command.without.end(), name) != command.without.end();
        if (!replaced && !removed) variables.emplace_back(variable);
    }
    for (const auto& [name, value] : command.environment) variables.push_back(name + "=" + value);
    return variables;
}

std::vector<char*> to_pointers(std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    for (std::string& string : strings) pointers.push_back(string.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::string variable_of(const std::vector<std::string>& environment, std::string_view name) {
    for (const std::string& entry : environment)
        if (entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=')
            return entry.substr(name.size() + 1);
    return "/usr/local/bin:/usr/bin:/bin";
}

std::chrono::nanoseconds to_nanoseconds(const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

struct Process::State {
    pid_t id = -1;
    Descriptor input;
    std::array<Descriptor, 2> outputs;
    Descriptor wake{::eventfd(0, EFD_CLOEXEC)};
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::array<std::string, 2> written;
    std::array<bool, 2> ended{};
    bool reaped = false;
    Ending ending;
    std::thread reader;
    std::thread waiter;

    ~State() {
        {
            const std::lock_guard lock(mutex);
            if (id > 0) ::kill(-id, SIGKILL);
            if (id > 0 && !reaped) ::kill(id, SIGKILL);
        }
        if (waiter.joinable()) waiter.join();
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t ignored = ::write(wake.get(), &one, sizeof one);
        if (reader.joinable()) reader.join();
    }

    /// Reads both outputs until both have ended or the owner goes.
    void read_outputs() {
        std::string bytes;
        for (;;) {
            std::array<pollfd, 3> watched{
                {{outputs[0].get(), POLLIN, 0}, {outputs[1].get(), POLLIN, 0}, {wake.get(), POLLIN, 0}}};
            if (!outputs[0] && !outputs[1]) return;
            if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return;
            if (watched[2].revents) return;
            for (std::size_t i = 0; i < 2; ++i) {
                if (!watched[i].revents) continue;
                std::array<char, 65536> buffer;
                const ssize_t count = ::read(outputs[i].get(), buffer.data(), buffer.size());
                if (count < 0 && errno == EINTR) continue;
                const std::lock_guard lock(mutex);
                if (count > 0) {
                    written[i].append(buffer.data(), static_cast<std::size_t>(count));
                } else {
                    outputs[i].close();
                    ended[i] = true;
                }
                changed.notify_all();
            }
        }
    }

    /// Waits for the end without reaping, then reaps under the lock, so that signal() never meets a stranger's id.
    void wait_for_end() {
        siginfo_t info{};
        while (::waitid(P_PID, static_cast<id_t>(id), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
        }
        const std::lock_guard lock(mutex);
        int status = 0;
        rusage usage{};
        while (::wait4(id, &status, 0, &usage) < 0 && errno == EINTR) {
        }
        ending.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        ending.code = WIFSIGNALED(status) ? 128 + ending.signal : WEXITSTATUS(status);
        ending.cpu = to_nanoseconds(usage.ru_utime) + to_nanoseconds(usage.ru_stime);
        ending.peak_rss_bytes = static_cast<std::size_t>(usage.ru_maxrss) * 1024;
        reaped = true;
        changed.notify_all();
    }

    Result<std::string> wait_for_mark(std::size_t stream, std::string_view mark, std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex);
        std::size_t end = std::string::npos;
        changed.wait_for(lock, patience, [&] {
            const std::size_t at = written[stream].find(mark);
            if (at == std::string::npos) return ended[stream];
            end = written[stream].find('\n',
                                       mark.empty() || mark.back() != '\n' ? at + mark.size() : at + mark.size() - 1);
            return end != std::string::npos || ended[stream];
        });
        if (end != std::string::npos) return written[stream].substr(0, end + 1);
        const std::string what = "no '" + std::string(mark) + "' in: " + written[stream];
        return Error{ended[stream] ? Errc::closed : Errc::timeout, what, {}, {}};
    }
};

Process::Process(std::unique_ptr<State> state) : state_(std::move(state)) {}
Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&&) noexcept = default;
Process::~Process() = default;

Result<Process> Process::start(const Command& command) {
    if (command.arguments.empty()) return Error{Errc::usage, "a command without a program", {}, {}};
    auto state = std::make_unique<State>();
    Pipe input = TRY(make_pipe());
    Pipe output = TRY(make_pipe());
    Pipe errors = TRY(make_pipe());
    Pipe failure = TRY(make_pipe());  // closed by exec; carries errno when there was none
    std::vector<std::string> environment = make_environment(command);
    std::vector<std::string> arguments = command.arguments;
    const std::string program = find_program(arguments.front(), variable_of(environment, "PATH"));
    const std::vector<char*> argument_pointers = to_pointers(arguments);
    const std::vector<char*> environment_pointers = to_pointers(environment);
    const pid_t parent = ::getpid();

    const pid_t child = ::fork();
    if (child < 0) return from_errno(Errc::io, "fork", errno);
    if (child == 0) {
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(127);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::signal(SIGPIPE, SIG_DFL);
        ::dup2(input.read.get(), 0);
        ::dup2(output.write.get(), 1);
        ::dup2(errors.write.get(), 2);
        ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // what the runner of the tests left open is not for the child
        if (command.directory.empty() || ::chdir(command.directory.c_str()) == 0)
            ::execve(program.c_str(), argument_pointers.data(), environment_pointers.data());
        const int number = errno;
        [[maybe_unused]] const ssize_t ignored = ::write(failure.write.get(), &number, sizeof number);
        ::_exit(127);
    }
    ::setpgid(child, child);
    failure.write.close();
    int number = 0;
    if (::read(failure.read.get(), &number, sizeof number) > 0) {
        ::waitpid(child, nullptr, 0);
        return from_errno(number == ENOENT ? Errc::not_found : Errc::io, "start " + program, number);
    }
    state->id = child;
    state->input = std::move(input.write);
    ::fcntl(state->input.get(), F_SETFL, O_NONBLOCK);
    state->outputs = {std::move(output.read), std::move(errors.read)};
    input.read.close();  // or else writing to a program that has ended would wait instead of fail
    output.write.close();
    errors.write.close();
    state->reader = std::thread([&shared = *state] { shared.read_outputs(); });
    state->waiter = std::thread([&shared = *state] { shared.wait_for_end(); });
    Process process(std::move(state));
    if (command.input) {
        // A program may end without reading its input: that is no failure of ours.
        [[maybe_unused]] const auto sent = process.send_input(*command.input);
        process.close_input();
    }
    return process;
}

int Process::id() const { return state_->id; }

bool Process::is_running() const {
    const std::lock_guard lock(state_->mutex);
    return !state_->reaped;
}

std::string Process::output() const {
    const std::lock_guard lock(state_->mutex);
    return state_->written[0];
}

std::string Process::errors() const {
    const std::lock_guard lock(state_->mutex);
    return state_->written[1];
}

Result<std::string> Process::wait_for_output(std::string_view mark, std::chrono::milliseconds patience) {
    return state_->wait_for_mark(0, mark, patience);
}

Result<std::string> Process::wait_for_errors(std::string_view mark, std::chrono::milliseconds patience) {
    return state_->wait_for_mark(1, mark, patience);
}

Result<void> Process::send_input(std::string_view bytes) {
    // A pipe raises SIGPIPE; it is held back on this thread, and taken away when it came.
    sigset_t broken_pipe;
    sigset_t before;
    ::sigemptyset(&broken_pipe);
    ::sigaddset(&broken_pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
    Result<void> result = ok();
    while (!bytes.empty()) {
        const ssize_t count = ::write(state_->input.get(), bytes.data(), bytes.size());
        if (count >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            pollfd watched{state_->input.get(), POLLOUT, 0};
            if (::poll(&watched, 1, static_cast<int>(kPatience.count())) > 0) continue;
            result = Error{Errc::timeout, "the program does not read its input", {}, {}};
            break;
        } else if (errno != EINTR) {
            const int number = errno;
            const timespec none{};
            if (number == EPIPE) ::sigtimedwait(&broken_pipe, nullptr, &none);
            result = from_errno(Errc::closed, "write to the program's input", number);
            break;
        }
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return result;
}

void Process::close_input() { state_->input.close(); }

Result<void> Process::signal(int number) {
    const std::lock_guard lock(state_->mutex);
    if (state_->reaped) return Error{Errc::closed, "the program has ended", {}, {}};
    if (::kill(state_->id, number) != 0) return from_errno(Errc::io, "signal the program", errno);
    return ok();
}

Result<Ending> Process::wait(std::chrono::milliseconds patience) {
    std::unique_lock lock(state_->mutex);
    State& state = *state_;
    if (!state.changed.wait_for(lock, patience, [&] { return state.reaped && state.ended[0] && state.ended[1]; }))
        return Error{
            Errc::timeout,
            (state.reaped ? "its outputs are held open; stderr: " : "it still runs; stderr: ") + state.written[1],
            {},
            {}};
    Ending ending = state.ending;
    ending.output = state.written[0];
    ending.errors = state.written[1];
    return ending;
}

Result<Usage> Process::usage() const {
    const std::lock_guard lock(state_->mutex);
    if (state_->reaped) return Error{Errc::closed, "the program has ended", {}, {}};
    const std::filesystem::path kernel = "/proc/" + std::to_string(state_->id);
    Usage usage;
    std::error_code gone;
    for (const auto& thread : std::filesystem::directory_iterator(kernel / "task", gone)) {
        ++usage.threads;
        std::int64_t nanoseconds = 0;
        std::ifstream(thread.path() / "schedstat") >> nanoseconds;
        usage.cpu += std::chrono::nanoseconds(nanoseconds);
    }
    for (auto entry = std::filesystem::directory_iterator(kernel / "fd", gone);
         entry != std::filesystem::directory_iterator(); entry.increment(gone))
        ++usage.descriptors;
    std::size_t total = 0;
    std::size_t resident = 0;
    std::ifstream(kernel / "statm") >> total >> resident;
    usage.rss_bytes = resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    if (usage.threads == 0) return Error{Errc::closed, "the program has ended", {}, {}};
    return usage;
}

Result<Ending> run(const Command& command, std::chrono::milliseconds patience) {
    Process process = TRY(Process::start(command));
    if (!command.input) process.close_input();
    return process.wait(patience);
}

}  // namespace gw::test
