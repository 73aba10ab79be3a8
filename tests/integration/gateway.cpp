#include "tests/integration/gateway.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <poll.h>

#include "tests/support/place.h"

namespace gw::test {

std::string program_path(std::string_view name) {
    const char* elsewhere = std::getenv("GW_PROGRAMS");
    return std::filesystem::absolute((elsewhere != nullptr ? elsewhere : build_root()) / name).string();
}

Command our(std::string_view program, std::vector<std::string> arguments, std::optional<std::string> input) {
    Command command;
    command.arguments = std::move(arguments);
    command.arguments.insert(command.arguments.begin(), program_path(program));
    command.input = std::move(input);
    return command;
}

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds patience) {
    const Deadline deadline = within(patience);
    for (;;) {
        if (holds()) return true;
        if (std::chrono::steady_clock::now() >= deadline) return false;
        ::poll(nullptr, 0, 2);
    }
}

std::size_t wished_size(const char* variable, std::size_t usual) {
    const char* wished = std::getenv(variable);
    if (wished == nullptr) return usual;
    const std::string_view text(wished);
    std::size_t size = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (problem != std::errc() || end != text.data() + text.size())
        throw std::runtime_error(std::string(variable) + " is no number: " + wished);
    return size;
}

std::string get_request(std::string_view target, std::string_view more_lines) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(more_lines) + "\r\n";
}

std::string post_request(std::string_view target, std::string_view body, std::string_view more_lines) {
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + std::string(more_lines) + "\r\n" + std::string(body);
}

Gateway::Gateway(const std::vector<std::string>& arguments, const Start& how) : directory_(new TemporaryDirectory) {
    const std::string ready = directory_->file("ready");
    Command command;
    command.arguments = how.before;
    command.arguments.push_back(program_path("gw-serve"));
    const auto add = [&](std::initializer_list<std::string> more) {
        command.arguments.insert(command.arguments.end(), more.begin(), more.end());
    };
    if (how.port_option) add({"-p", "0"});
    add({"--ready-file", ready});
    const auto add_unless_given = [&](const std::string& option, const std::string& value) {
        const auto is_this = [&](const std::string& given) {
            return given == option || given.starts_with(option + "=");
        };
        if (std::none_of(arguments.begin(), arguments.end(), is_this)) add({option + "=" + value});
    };
    add_unless_given("--admin", "unix:" + admin_socket());
    add_unless_given("--access-log", "json");
    if (how.log_to_file) add_unless_given("--log", directory_->file("access.log"));
    if (!how.config.empty()) {
        write_config(how.config);
        command.arguments.push_back("-c");
        command.arguments.push_back(directory_->file("gw.yaml"));
    }
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    if (!how.backend.empty()) {
        command.arguments.push_back("--");
        command.arguments.insert(command.arguments.end(), how.backend.begin(), how.backend.end());
    }
    command.environment = how.environment;
    process_ = std::make_unique<Process>(must(Process::start(command)));
    const bool came =
        eventually([&] { return std::filesystem::exists(ready) || !process_->is_running(); }, 3 * kPatience);
    if (!came || !std::filesystem::exists(ready))
        throw std::runtime_error("gw-serve did not come up: " + process_->errors());
    url_ = read_file(ready);
    while (!url_.empty() && url_.back() == '\n') url_.pop_back();
    const char* end = url_.data() + url_.size();
    std::from_chars(url_.data() + url_.rfind(':') + 1, end, port_);
}

RawClient Gateway::connect() const { return must(RawClient::connect(port_)); }

RawResponse Gateway::ask(std::string_view request) const {
    RawClient client = connect();
    must(client.send(request));
    return must(client.read_response(request.starts_with("HEAD ")));
}

RawResponse Gateway::get(std::string_view target, std::string_view more_lines) const {
    return ask(get_request(target, more_lines));
}

void Gateway::write_config(std::string_view text) const {
    write_file(directory_->path() / "gw.yaml.new", text);
    std::filesystem::rename(directory_->path() / "gw.yaml.new", directory_->path() / "gw.yaml");
}

std::string Gateway::log() const {
    const std::string path = directory_->file("access.log");
    return std::filesystem::exists(path) ? read_file(path) : std::string();
}

std::string Gateway::wait_for_log(std::size_t count) const {
    std::string text;
    const bool came = eventually([&] {
        text = log();
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) >= count;
    });
    if (!came)
        throw std::runtime_error("the access log holds fewer lines than " + std::to_string(count) + ":\n" + text);
    return text;
}

RawResponse Gateway::admin(std::string_view request) const {
    RawClient client = must(RawClient::connect_unix(admin_socket()));
    must(client.send(request));
    return must(client.read_response());
}

std::uint64_t Gateway::metric(std::string_view name) const {
    const std::string page = admin("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").body;
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at < page.size();) {
        const std::size_t end = std::min(page.find('\n', at), page.size());
        const std::string_view line = std::string_view(page).substr(at, end - at);
        at = end + 1;
        if (!line.starts_with(name) || line.size() <= name.size() ||
            (line[name.size()] != ' ' && line[name.size()] != '{'))
            continue;
        std::uint64_t value = 0;
        const std::string_view digits = line.substr(line.rfind(' ') + 1);
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        sum += value;
    }
    return sum;
}

RawResponse Gateway::order(std::string_view path) const {
    return admin("POST " + std::string(path) +
                 " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-GW-Admin: 1\r\nContent-Length: "
                 "2\r\n\r\n{}");
}

Ending Gateway::stop() {
    must(process_->signal(SIGTERM));
    return must(process_->wait(4 * kPatience));
}

}  // namespace gw::test
