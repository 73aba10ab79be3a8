#pragma once
// The command line of gw-token. Declared here and in options*.cpp only; the man page and the completions are held
// against it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/support/world.h"

namespace gw::token {

/// What gw-token is asked to do.
enum class Command : std::uint8_t { none, mint, verify, decode, key, bench };

struct MintOptions {
    std::string json;       ///< CLAIMS-JSON
    std::string key;        ///< -k
    std::string algorithm;  ///< --alg
    std::string kid;
    std::string like;
    std::vector<std::string> claims;  ///< -c
    std::string expires;              ///< --exp
    std::string bad;
    std::string issuer;
    std::string ca;    ///< --cacert
    std::string date;  ///< the moment that counts as now
    std::optional<std::uint64_t> seed;
};

struct VerifyOptions {
    std::optional<std::string> token;
    std::string issuer;
    std::string jwks;
    std::string key;                      ///< -k
    std::vector<std::string> algorithms;  ///< --alg
    std::vector<std::string> audiences;
    std::vector<std::string> scopes;
    std::vector<std::string> claims;  ///< --claim
    std::string leeway;
    std::string type;  ///< --typ
    std::string use;   ///< --token-use
    std::string date;  ///< the moment that counts as now
    std::string ca;    ///< --cacert
    bool jws = false;
    bool batch = false;
};

struct DecodeOptions {
    std::string token;
    std::string zone;  ///< --date: utc, local, +02:00
};

struct KeyOptions {
    std::string action;
    std::vector<std::string> keys;
    std::vector<std::string> option_keys;  ///< -k
    std::string algorithm;                 ///< --alg
    std::string kid;
    bool pem = false;
    bool jwk = false;
    std::string output;  ///< -o
};

struct BenchOptions {
    std::vector<std::string> algorithms;  ///< --alg
};

struct Options {
    Command command = Command::none;
    bool json = false;
    std::string color = "auto";
    MintOptions mint;
    VerifyOptions verify;
    DecodeOptions decode;
    KeyOptions key;
    BenchOptions bench;
};

/// Fills `options`, or tells that there is nothing more to do (help, version, completions) with the exit code.
/// Errc::usage for a command line that makes no sense.
Result<std::optional<int>> parse_options(program::World& world, Options& options);

}  // namespace gw::token
