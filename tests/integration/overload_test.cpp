// More than a gateway's memory holds: what does not fit is turned away, nobody is killed for it, and all of it is over
// when the crowd has gone.

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "libgw/policy/auth/sigv4/sign.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/faults.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace gw::test;

namespace {

/// A control group whose processes may have so much memory together; gone with the scope, when they are.
class MemoryGroup {
  public:
    explicit MemoryGroup(std::size_t bytes) {
        std::error_code problem;
        const std::filesystem::path folder =
            "/sys/fs/cgroup/memory/gw-test-" + std::to_string(::getpid()) + "-" + std::to_string(bytes);
        if (!std::filesystem::create_directory(folder, problem)) return;
        path_ = folder;
        std::ofstream limit(folder / "memory.limit_in_bytes");
        limit << bytes << std::flush;
        good_ = limit.good() && std::filesystem::exists(folder / "memory.oom_control");
    }
    ~MemoryGroup() {
        std::error_code problem;
        if (!path_.empty()) eventually([&] { return std::filesystem::remove(path_, problem); });
    }
    MemoryGroup(const MemoryGroup&) = delete;
    MemoryGroup& operator=(const MemoryGroup&) = delete;

    [[nodiscard]] bool is_there() const { return good_; }
    /// A command that runs what follows it in the group.
    [[nodiscard]] std::vector<std::string> before() const {
        return {"/bin/sh", "-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"", path_.string()};
    }
    [[nodiscard]] std::size_t figure(const std::string& file) const { return std::stoull(read_file(path_ / file)); }
    /// How many processes were killed for want of memory.
    [[nodiscard]] std::size_t killed() const {
        const std::string text = read_file(path_ / "memory.oom_control");
        const std::size_t at = text.find("oom_kill ");
        return at == std::string::npos ? 0 : std::stoull(text.substr(at + 9));
    }

  private:
    std::filesystem::path path_;
    bool good_ = false;
};

/// A signed POST of `body`, as a trusted proxy hands it on for client number `client`.
std::string signed_post(const std::string& body, std::size_t client) {
    const sigv4::Credential credential{"AKIDCROWD", Secret(std::string("crowd-secret-0123456789")),
                                       Secret(std::string()), std::nullopt};
    const std::vector<sigv4::Field> fields = {{"host", "h"}};
    const auto made =
        must(sigv4::sign({"POST", "/p", {}, fields, sha256(body)}, credential, {}, std::chrono::system_clock::now()));
    std::string lines = "X-Forwarded-For: 192.0.2." + std::to_string(client) + "\r\n";
    for (const auto& [name, value] : made.fields) lines += name + ": " + value + "\r\n";
    return post_request("/p", body, lines);
}

}  // namespace

TEST_CASE("in a control group of 256 MiB twice of what fits is turned away, nobody is killed, and service returns") {
    if (!Faults::available()) GW_SKIP("sanitizers need more memory than the group has");
    constexpr std::size_t kLimit = std::size_t{256} << 20U;
    const MemoryGroup group(kLimit);
    if (!group.is_there()) GW_SKIP("no control group can be made here");
    const TemporaryDirectory directory;
    const std::string keys =
        directory.write("keys.json", R"({"AKIDCROWD": {"secret": "crowd-secret-0123456789", "principal":
        "arn:aws:iam::123456789012:user/crowd"}})");
    ScriptedUpstream target({{read_request(), answer(200, "reached", "Connection: close\r\n")}});
    Start how;
    how.before = group.before();
    Gateway gateway({"POST /p=" + target.url() + ";max-body=16MiB", "GET /open=mock:200:open;auth=none", "--iam",
                     "--iam-keys", keys, "--trust-proxy", "127.0.0.0/8", "--workers", "2"},
                    how);
    CHECK(gateway.get("/open").body == "open");
    const std::string body(std::size_t{16} << 20U, 'x');
    std::vector<RawClient> clients;
    std::size_t served = 0;
    constexpr std::size_t kClients = 2 * kLimit / (std::size_t{16} << 20U);
    for (std::size_t i = 0; i < kClients; ++i) {
        const std::string whole = signed_post(body, i + 1);
        clients.push_back(gateway.connect());
        // all but the last byte, so that the gateway has to keep it
        static_cast<void>(clients.back().send(std::string_view(whole).substr(0, whole.size() - 1)));
        REQUIRE(gateway.process().is_running());
        const auto other = raw_exchange(gateway.port(), get_request("/open"));
        served += other && other->status == 200 ? 1 : 0;
    }
    CHECK(served == kClients);  // nobody else is shut out for it
    CHECK(group.killed() == 0);
    std::size_t taken = 0;
    std::size_t turned_away = 0;
    for (RawClient& client : clients) {
        static_cast<void>(client.send("x"));
        const auto response = client.read_response();
        taken += response && response->status == 200 ? 1 : 0;
        turned_away += response && response->status == 503 ? 1 : 0;
    }
    std::printf("%zu bodies of 16 MiB taken, %zu turned away; at most %zu of 256 MiB in use\n", taken, turned_away,
                group.figure("memory.max_usage_in_bytes") >> 20U);
    CHECK(taken >= 4);
    CHECK(turned_away >= kClients / 2);
    CHECK(taken + turned_away == kClients);
    CHECK(group.killed() == 0);
    clients.clear();
    const auto is_served = [&](const std::string& request) {
        const auto answer = raw_exchange(gateway.port(), request);
        return answer && answer->status == 200;
    };
    CHECK(eventually([&] { return is_served(get_request("/open")); }));
    CHECK(eventually([&] { return is_served(signed_post(body, 1)); }));
    CHECK(eventually([&] { return gateway.metric("gw_overload_percent") == 0; }));
    CHECK(gateway.stop().code == 0);
}
