#pragma once
// The command line of gw-serve. Declared here and in options.cpp only; the man page and the completions are held
// against it.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/support/world.h"

namespace gw::serve {

/// What gw-serve is asked to do.
enum class Command : std::uint8_t { serve, check, routes, explain, print_config, reload, stop, status };

struct Options {
    Command command = Command::serve;
    std::vector<std::string> routes;   ///< ROUTE...
    std::vector<std::string> backend;  ///< -- CMD ARG...
    std::string config;                ///< -c
    std::string config_text;           ///< what standard input holds, for -c -
    /// Flags that say what a key of the file says: (flag, key, value), in the order of the command line.
    struct Setting {
        std::string flag;  ///< or the environment variable that stood in for it
        std::string key;
        std::string value;
    };
    std::vector<Setting> settings;
    std::vector<std::string> listen;
    std::optional<std::uint16_t> port;
    std::string tls_cert;
    std::string tls_key;
    bool tls_self_signed = false;
    std::string tls_client_ca;
    std::string stage;
    std::string api;  ///< http or rest
    std::string api_id;
    std::vector<std::string> groups;
    std::string access_log;
    std::vector<std::pair<bool, std::string>> headers;  ///< (remove, text)
    bool insecure = false;
    bool explain_answers = false;  ///< --explain
    // who may call
    std::vector<Setting> tokens;  ///< --jwt and --jwt-…: keys of an authorizer
    std::vector<std::string> scopes;
    std::string cognito;
    bool iam = false;
    std::string policy;
    std::vector<std::string> api_keys;
    std::vector<Setting> throttle;  ///< --rate, --burst, --throttle-by
    std::vector<std::string> plans;
    bool throttle_shadow = false;
    bool no_auth = false;
    std::vector<Setting> cors;  ///< --cors and --cors-…: keys of corsConfiguration
    bool cors_credentials = false;
    std::string canary;                    ///< --canary: SHARE=TARGET
    std::vector<Setting> canary_settings;  ///< keys of canarySettings
    bool offline = false;                  ///< explain: fetch no keys
    bool demo = false;
    std::uint16_t demo_port = 0;  ///< where the demo's backend listens
    bool watch = false;
    std::string run;         ///< --run
    std::string stop_after;  ///< --for
    std::string ready_file;
    std::optional<std::uint64_t> seed;
    std::string color = "auto";
    // check
    bool strict = false;
    bool schema = false;
    // explain
    std::string method;
    std::string path;
    std::vector<std::string> request_headers;
    std::string data;
    bool json = false;
    bool wait = false;  ///< stop: --wait
    /// Variables that begin with GW_SERVE_ and stand for no option: what is told, and what was likely meant.
    std::vector<std::pair<std::string, std::string>> stray_variables;
};

/// Whether the command asks a gateway that runs.
bool is_remote(Command command);

/// The name of the file of -c in messages; empty without one.
std::string config_name(const Options& options);

/// Fills `options`, or tells that there is nothing more to do (help, version, completions) with the exit code.
/// Errc::usage for a command line that makes no sense.
Result<std::optional<int>> parse_options(program::World& world, Options& options);

}  // namespace gw::serve
