// The one main() of all programs.

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>

#include <sys/ioctl.h>
#include <unistd.h>

#include "apps/support/world.h"

namespace {

std::size_t columns() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

}  // namespace

int main(int count, char** values) {
    std::ios::sync_with_stdio(false);  // nobody here uses stdio, which it would be slowed down for
    gw::program::World world;
    world.name = GW_PROGRAM;
    world.arguments.assign(values + (count > 0 ? 1 : 0), values + count);
    world.in = &std::cin;
    world.out = &std::cout;
    world.err = &std::cerr;
    world.environment = [](std::string_view name) -> std::optional<std::string> {
        const char* value = std::getenv(std::string(name).c_str());
        if (value == nullptr) return std::nullopt;
        return std::string(value);
    };
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
        if (const char* end = std::strchr(*variable, '='); end != nullptr)
            world.variables.emplace_back(*variable, static_cast<std::size_t>(end - *variable));
    world.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
    world.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
    world.width = world.err_is_terminal ? columns() : 0;
    int code = gw::program::kInternal;
    try {
        auto result = gw::program::run(world);
        if (result) {
            code = *result;
        } else {
            gw::program::tell(world, result.error());
            const bool names_help = result.error().hint.find("--help") != std::string::npos ||
                                    result.error().hint.find(" -h") != std::string::npos;
            if (result.error().code == gw::Errc::usage && !names_help)
                std::cerr << world.name << ": see " << world.name << " --help\n";
            code = gw::program::exit_of(result.error().code);
        }
    } catch (const std::exception& fault) {
        std::cerr << world.name << ": error: a fault of " << world.name << " itself: " << fault.what() << '\n';
    }
    errno = 0;
    std::cout.flush();
    if (!std::cout && code == gw::program::kYes) {
        // what was asked for has not arrived
        gw::program::tell(world, gw::from_errno(gw::Errc::io, "writing standard output", errno != 0 ? errno : EIO));
        code = gw::program::kNetwork;
    }
    std::cerr.flush();
    return code;
}
