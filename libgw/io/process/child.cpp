#include "libgw/io/process/child.h"

#include <cerrno>
#include <csignal>
#include <utility>

#include <fmt/format.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace gw::process {
namespace {

std::vector<std::string> make_environment(const ChildOptions& options) {
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        bool replaced = false;
        for (const auto& [name, value] : options.environment)
            replaced |= text.starts_with(name) && text.substr(name.size()).starts_with('=');
        if (!replaced) result.emplace_back(text);
    }
    for (const auto& [name, value] : options.environment) result.push_back(fmt::format("{}={}", name, value));
    return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

}  // namespace

Result<std::unique_ptr<Child>> Child::start(net::Loop& loop, const ChildOptions& options,
                                            std::function<void(int)> ended) {
    std::vector<std::string> arguments = options.arguments;
    std::vector<std::string> variables = make_environment(options);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (options.output_to_stderr) posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    if (options.input >= 0) posix_spawn_file_actions_adddup2(&actions, options.input, STDIN_FILENO);
    if (options.output >= 0) posix_spawn_file_actions_adddup2(&actions, options.output, STDOUT_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    pid_t pid = -1;
    const int failed = ::posix_spawnp(&pid, arguments.front().c_str(), &actions, &attributes,
                                      pointers(arguments).data(), pointers(variables).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) return from_errno(Errc::io, "starting " + options.arguments.front(), failed);
    const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (pidfd < 0) {
        const int number = errno;
        ::kill(-pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return from_errno(Errc::io, "watching " + options.arguments.front(), number);
    }
    return std::unique_ptr<Child>(new Child(loop, pid, pidfd, std::move(ended)));
}

Child::Child(net::Loop& loop, int pid, int pidfd, std::function<void(int)> ended)
    : watch_(loop, pidfd), ended_(std::move(ended)), pid_(pid) {
    watch_.await_readable(net::callback<&Child::on_end>(this));
}

Child::~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void Child::signal(int number) {
    if (pid_ > 0) ::kill(-pid_, number);
}

void Child::on_end() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == 0) {
        watch_.await_readable(net::callback<&Child::on_end>(this));
        return;
    }
    ::kill(-pid_, SIGTERM);  // what it left behind in its group
    pid_ = -1;
    watch_.close();
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    std::exchange(ended_, nullptr)(code);
}

}  // namespace gw::process
