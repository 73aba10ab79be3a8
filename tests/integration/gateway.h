#pragma once
// A gw-serve under test: the real program on a free port, with everything it writes kept in a directory of its own.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/raw_client.h"
#include "tests/support/temporary.h"

namespace gw::test {

/// The path of a program of this build: "gw-serve". The environment's GW_PROGRAMS names another folder to take them
/// from: a release build under the tests of a debug build.
std::string program_path(std::string_view name);
/// What starts it with these arguments.
Command our(std::string_view program, std::vector<std::string> arguments, std::optional<std::string> input = "");

/// How to start it, beyond its arguments.
struct Start {
    std::string config;                                            ///< written to gw.yaml and given with -c; "": none
    std::vector<std::string> before;                               ///< a command that runs it, such as prlimit
    std::vector<std::pair<std::string, std::string>> environment;  ///< set on top of ours
    std::vector<std::string> backend;                              ///< behind "--"
    bool port_option = true;                                       ///< "-p 0"; not where a file has the listeners
    bool log_to_file = true;                                       ///< the access log is access.log in its directory
};

/// A running gateway, killed at the end of the scope unless it has ended before. Throws std::runtime_error with its
/// words when it does not come up.
class Gateway {
  public:
    explicit Gateway(const std::vector<std::string>& arguments, const Start& how = {});

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] Process& process() { return *process_; }
    [[nodiscard]] const TemporaryDirectory& directory() const { return *directory_; }
    [[nodiscard]] std::string admin_socket() const { return directory_->file("admin.sock"); }

    /// A connection to it. Throws std::runtime_error when there is none.
    [[nodiscard]] RawClient connect() const;
    /// Sends `request` on a connection of its own and reads one answer. Throws std::runtime_error when there is none.
    [[nodiscard]] RawResponse ask(std::string_view request) const;
    /// GET of `target` on a connection of its own.
    [[nodiscard]] RawResponse get(std::string_view target, std::string_view more_lines = {}) const;
    /// The configuration file is replaced in one step.
    void write_config(std::string_view text) const;
    /// What the access log holds. Lines are written a moment after their answers.
    [[nodiscard]] std::string log() const;
    /// Waits until the access log holds `count` lines and returns it. Throws std::runtime_error when it does not.
    [[nodiscard]] std::string wait_for_log(std::size_t count) const;
    /// Asks the admin API over its socket.
    [[nodiscard]] RawResponse admin(std::string_view request) const;
    /// A metric, all its series added up; 0 when there is none of this name.
    [[nodiscard]] std::uint64_t metric(std::string_view name) const;
    /// POST of an order, as the admin API wants it: "/reload".
    [[nodiscard]] RawResponse order(std::string_view path) const;
    /// Sends SIGTERM and waits for the end. Throws std::runtime_error when it does not come.
    Ending stop();

  private:
    std::unique_ptr<TemporaryDirectory> directory_;
    std::unique_ptr<Process> process_;
    std::string url_;
    std::uint16_t port_ = 0;
};

/// Looks again and again until `holds` is true or the patience is over; says whether it came true.
bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds patience = kPatience);

/// The value, or std::runtime_error with the error's words.
template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(to_string(result.error()));
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The number in an environment variable, or `usual` when it is not set. Throws std::runtime_error when it is none.
std::size_t wished_size(const char* variable, std::size_t usual);

/// "GET target HTTP/1.1", Host, the lines, the empty line.
std::string get_request(std::string_view target, std::string_view more_lines = {});
/// "POST target HTTP/1.1", Host, Content-Length, the lines, the empty line, the body.
std::string post_request(std::string_view target, std::string_view body, std::string_view more_lines = {});

}  // namespace gw::test
