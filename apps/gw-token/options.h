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
enum class Command : std::uint8_t { none, mint, verify, decode, key, serve, sigv4, apikey, policy, bench };

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

struct ServeOptions {
    std::optional<std::uint16_t> port;
    std::vector<std::string> users;
    std::vector<std::string> redirects;
    std::string algorithm;
    std::string audience;
    std::string issuer;
    std::string lifetime;
    std::string pool;  ///< --cognito
    std::string ready_file;
    std::string rotate;
};

struct SignatureOptions {
    std::string action;              ///< sign, presign, verify, explain, env
    std::vector<std::string> words;  ///< [METHOD] URL
    std::string method;              ///< -X
    std::string region;
    std::string service = "execute-api";
    std::string profile;
    std::string date;
    std::string lifetime;  ///< --expires
    std::string keys;
    std::string skew;
    std::vector<std::string> headers;
    std::vector<std::string> data;
    std::string binary;  ///< --data-binary
    bool payload_field = false;
    bool unsigned_payload = false;
    bool unsigned_token = false;
    bool raw_path = false;
};

struct ApiKeyOptions {
    std::string action;  ///< new, hash, check
    std::string key;
    std::string hash;
    std::string plan;
};

struct PolicyOptions {
    std::vector<std::string> policies;
    std::string action;
    std::string resource;
    std::string principal;
    std::string account;  ///< --resource-account
    std::vector<std::string> context;
    std::string resource_policy;
    std::string session_policy;
    std::string boundary;
    bool batch = false;
    bool trace = false;
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
    ServeOptions serve;
    SignatureOptions signature;
    ApiKeyOptions api_key;
    PolicyOptions policy;
};

/// Fills `options`, or tells that there is nothing more to do (help, version, completions) with the exit code.
/// Errc::usage for a command line that makes no sense.
Result<std::optional<int>> parse_options(program::World& world, Options& options);

}  // namespace gw::token
