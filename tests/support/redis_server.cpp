#include "tests/support/redis_server.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "tests/support/raw_client.h"

namespace gw::test {
namespace {

std::string find_program() {
    const char* path = std::getenv("PATH");
    for (const std::string_view name : {"redis-server", "valkey-server"})
        for (const std::string_view folder : split(path == nullptr ? "" : path, ':')) {
            std::error_code error;
            const auto file = std::filesystem::path(folder) / name;
            if (std::filesystem::exists(file, error)) return file.string();
        }
    return {};
}

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(to_string(result.error()));
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace

bool RedisServer::is_installed() { return !find_program().empty(); }

/// It cannot be told to take any free port: one is looked for, and another one when it has been taken meanwhile.
RedisServer::RedisServer(RedisWish wish) : wish_(std::move(wish)) {
    for (int attempt = 0; attempt < 5; ++attempt) {
        port_ = must(listen_on_loopback()).port;
        if (start()) return;
    }
    throw std::runtime_error("redis-server does not come up: " + words_);
}

bool RedisServer::start() {
    std::string text = "bind 127.0.0.1\nsave \"\"\nappendonly no\n" + wish_.more;
    if (wish_.tls == nullptr) {
        text += fmt::format("port {}\n", port_);
    } else {
        text += fmt::format("port 0\ntls-port {}\ntls-auth-clients no\ntls-cert-file {}\ntls-key-file {}\n", port_,
                            directory_.write("cert.pem", wish_.tls->cert_pem),
                            directory_.write("key.pem", wish_.tls->key_pem));
    }
    if (!wish_.password.empty() && wish_.user.empty()) text += fmt::format("requirepass {}\n", wish_.password);
    if (!wish_.user.empty())
        text += fmt::format("user {} on >{} ~* +@all\nuser default off\n", wish_.user, wish_.password);
    Command command;
    command.arguments = {find_program(), directory_.write("redis.conf", text)};
    command.directory = directory_.path().string();
    process_ = std::make_unique<Process>(must(Process::start(command)));
    const auto ready = process_->wait_for_output("eady to accept connections");
    words_ = process_->output() + process_->errors();
    return ready.has_value();
}

std::string RedisServer::url() const {
    return wish_.tls == nullptr ? fmt::format("redis://127.0.0.1:{}", port_)
                                : fmt::format("rediss://localhost:{}", port_);
}

std::string RedisServer::say(std::string_view words) const {
    RawClient client = must(RawClient::connect(port_));
    const auto line = [&] {
        std::string text = must(client.read_until("\r\n"));
        text.resize(text.size() - 2);
        return text;
    };
    if (!wish_.password.empty()) {
        must(client.send(fmt::format("AUTH {} {}\r\n", wish_.user.empty() ? "default" : wish_.user, wish_.password)));
        if (const std::string said = line(); said != "+OK") throw std::runtime_error("redis-server: " + said);
    }
    must(client.send(fmt::format("{}\r\n", words)));
    std::string said = line();
    if (!said.starts_with('$') || said == "$-1") return said;
    const auto length = parse_unsigned(std::string_view(said).substr(1));
    if (!length) throw std::runtime_error("redis-server: " + said);
    return must(client.read_exactly(static_cast<std::size_t>(*length)));
}

void RedisServer::freeze() { must(process_->signal(SIGSTOP)); }
void RedisServer::thaw() { must(process_->signal(SIGCONT)); }

void RedisServer::kill() {
    must(process_->signal(SIGKILL));
    must(process_->wait());
}

void RedisServer::start_again() {
    if (!start()) throw std::runtime_error("redis-server does not come up again: " + words_);
}

}  // namespace gw::test
