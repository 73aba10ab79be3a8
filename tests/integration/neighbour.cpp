#include "tests/integration/neighbour.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "tests/integration/gateway.h"
#include "tests/support/place.h"

namespace gw::test {
namespace {

std::string cors_folder() { return (build_root() / "cors").string(); }
std::string cors_source(std::string_view script) {
    return (source_root() / "tests" / "integration" / "cors" / script).string();
}

std::unique_ptr<Process> start(const Command& command) {
    return std::make_unique<Process>(must(Process::start(command)));
}

}  // namespace

bool has_program(std::string_view name) {
    const char* path = std::getenv("PATH");
    for (const std::string_view folder : split(path == nullptr ? "" : path, ':')) {
        std::error_code error;
        if (std::filesystem::exists(std::filesystem::path(folder) / name, error)) return true;
    }
    return false;
}

/// They cannot be told to take any free port: one is looked for, and another one when it has been taken meanwhile.
Neighbour Neighbour::on_free_port(const std::string& file, const std::vector<std::string>& arguments,
                                  std::string_view configuration) {
    std::string words;
    for (int attempt = 0; attempt < 5; ++attempt) {
        Neighbour made;
        const std::uint16_t port = must(listen_on_loopback()).port;
        std::string text(configuration);
        for (const auto& [mark, meaning] : {std::pair<std::string, std::string>{"@PORT@", std::to_string(port)},
                                            {"@DIR@", made.directory_->path().string()}})
            for (std::size_t at = 0; (at = text.find(mark)) != std::string::npos;)
                text.replace(at, mark.size(), meaning);
        (void)made.directory_->write(file, text);
        Command command;
        command.arguments = arguments;
        command.directory = made.directory_->path().string();
        command.environment = {
            {"HOME", command.directory}, {"XDG_DATA_HOME", command.directory}, {"XDG_CONFIG_HOME", command.directory}};
        made.process_ = start(command);
        made.url_ = fmt::format("http://127.0.0.1:{}", port);
        const bool is_up = eventually(
            [&] { return !made.process_->is_running() || RawClient::connect(port, std::chrono::milliseconds(200)); });
        if (is_up && made.process_->is_running()) return made;
        words = made.process_->errors();
    }
    throw std::runtime_error(arguments.front() + " does not come up: " + words);
}

Neighbour Neighbour::nginx(std::string_view location, std::string_view more) {
    return on_free_port("nginx.conf", {"nginx", "-p", ".", "-c", "nginx.conf", "-e", "stderr"},
                        fmt::format("daemon off;\nmaster_process off;\npid @DIR@/pid;\nevents {{}}\nhttp {{\n"
                                    "access_log off;\nclient_body_temp_path @DIR@/a;\nproxy_temp_path @DIR@/b;\n"
                                    "fastcgi_temp_path @DIR@/c;\nuwsgi_temp_path @DIR@/d;\nscgi_temp_path @DIR@/e;\n"
                                    "server {{\nlisten 127.0.0.1:@PORT@;\nlocation / {{\n{}\n}}\n{}\n}}\n}}\n",
                                    location, more));
}

Neighbour Neighbour::caddy(std::string_view site) {
    return on_free_port("Caddyfile", {"caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"},
                        fmt::format("{{\nadmin off\nauto_https off\n}}\nhttp://127.0.0.1:@PORT@ {{\n{}\n}}\n", site));
}

Neighbour Neighbour::express(std::string_view text) {
    Neighbour made;
    Command command;
    command.arguments = {"node", cors_folder() + "/express.mjs", made.directory_->write("cors.js", text)};
    made.process_ = start(command);
    const std::string line = must(made.process_->wait_for_output("http://"));
    made.url_ = line.substr(0, line.find('\n'));
    return made;
}

Neighbour Neighbour::proxy() {
    Neighbour made;
    Command command;
    command.arguments = {"node", cors_source("proxy.mjs")};
    made.process_ = start(command);
    const std::string line = must(made.process_->wait_for_output("at "));
    made.url_ = "http://" + line.substr(3, line.find('\n') - 3);
    return made;
}

}  // namespace gw::test
