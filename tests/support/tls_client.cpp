#include "tests/support/tls_client.h"

#include <stdexcept>

#include "tests/support/process.h"

namespace gw::test {

std::string ask_with_openssl(std::uint16_t port, std::string_view request, const std::vector<std::string>& more) {
    Command command;
    command.arguments = {"openssl", "s_client", "-connect", "127.0.0.1:" + std::to_string(port), "-ign_eof"};
    command.arguments.insert(command.arguments.end(), more.begin(), more.end());
    command.input = std::string(request);
    const auto ending = run(command);
    if (!ending) throw std::runtime_error("openssl s_client: " + to_string(ending.error()));
    return ending->output + ending->errors;
}

}  // namespace gw::test
