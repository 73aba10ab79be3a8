#pragma once
// The command line of gw-wscat. Declared here and in options.cpp only; the man page and the completions are held
// against it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/support/world.h"
#include "libgw/base/result.h"

namespace gw::wscat {

struct Options {
    std::vector<std::string> words;  ///< URL MESSAGE...
    std::string connect;             ///< -c
    std::optional<std::uint16_t> listen;
    std::string host = "127.0.0.1";
    // as wscat
    std::vector<std::string> execute;  ///< -x
    std::string wait;                  ///< -w
    std::vector<std::string> headers;
    std::vector<std::string> subprotocols;
    std::string origin;
    bool no_check = false;
    bool show_ping_pong = false;
    bool follow = false;
    bool slash = false;
    std::string auth;
    std::string proxy;
    std::string ca;
    std::string cert;
    std::string key;
    bool no_color = false;
    std::string color = "auto";
    // amount
    bool one = false;
    std::optional<std::uint64_t> count;
    std::string until;
    std::string expect;
    std::string timeout;
    std::string linger;
    // format
    bool jsonl = false;
    bool pretty = false;
    bool binary = false;
    bool hex = false;
    bool base64 = false;
    bool nul = false;
    bool timestamps = false;
    bool quiet = false;
    // who calls
    std::string jwt;
    std::string token_in;
    std::string api_key;
    bool sigv4 = false;
    std::string region;
    std::string profile;
    // control
    std::string ping;
    std::string close;
    std::string reconnect;  ///< "": no; "0": for ever; else how often
    std::vector<std::string> replies;
    bool echo = false;
    std::string script;
    // load
    std::uint32_t clients = 0;
    std::string rate;
    std::string duration;
    std::optional<std::uint64_t> seed;
    // limits
    std::string max_message;
    bool aws_limits = false;
    bool deflate = false;
    // of a server
    bool broadcast = false;
    std::string exec;
    bool no_history = false;
};

/// Fills `options`, or tells that there is nothing more to do (help, version, completions) with the exit code.
/// Errc::usage for a command line that makes no sense.
Result<std::optional<int>> parse_options(program::World& world, Options& options);

}  // namespace gw::wscat
