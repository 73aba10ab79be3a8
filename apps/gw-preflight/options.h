#pragma once
// The command line of gw-preflight. Declared here and in options.cpp only; the man page and the completions are held
// against it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/support/world.h"
#include "libgw/base/clock.h"
#include "libgw/policy/cors/browser.h"

namespace gw::preflight {

struct Options {
    std::vector<std::string> urls;
    std::string urls_file;
    std::vector<std::string> origins;  ///< -o
    std::string origins_file;
    std::string from_curl;             ///< the command, @FILE or -
    std::string from_fetch;            ///< the call, @FILE or -
    std::string method;                ///< -X
    std::vector<std::string> headers;  ///< -H
    std::vector<std::string> data;     ///< -d
    std::string content_type;
    std::string credentials;  ///< "": same-origin, or what a clip says
    std::vector<std::string> expose;
    bool no_actual = false;
    bool actual = false;
    std::string browser = "all";
    std::string expect = "allow";
    bool errors = false;
    bool audit = false;
    std::string fix;  ///< --fix; "": none
    bool json = false;
    std::string sarif;  ///< a file
    std::string junit;  ///< a file
    bool matrix = false;
    std::uint32_t jobs = 1;  ///< -j
    bool insecure = false;   ///< -k
    std::string ca;          ///< --cacert
    std::string proxy;       ///< -x
    std::vector<std::string> resolve;
    std::vector<std::string> connect_to;
    std::string max_time;
    bool verbose = false;
    std::string color = "auto";
};

/// Fills `options`, or tells that there is nothing more to do (help, version, completions) with the exit code.
/// Errc::usage for a command line that makes no sense.
Result<std::optional<int>> parse_options(program::World& world, Options& options);

/// A text as fetch() turns it into bytes: a character a byte (Web IDL, "ByteString"); what is not UTF-8 stays as it is.
/// Errc::usage for a character above U+00FF, at which fetch() throws.
Result<std::string> to_byte_string(std::string_view text);

/// A request of a page, and its body.
struct Wanted {
    cors::PageRequest request;
    std::string body;
    bool sends_actual = false;  ///< the request itself too, not the preflight alone
};

/// What the options ask for, checked.
struct Plan {
    std::vector<Wanted> wanted;         ///< URL by URL, and of each origin by origin
    std::vector<cors::Origin> origins;  ///< in the order in which they were given
    std::vector<cors::Engine> engines;
    Nanoseconds max_time{0};
    bool expects_allow = true;
    std::string stranger;  ///< letters that nobody else has thought of
};
/// Errc::usage, naming the option; what a file holds too. Takes out of a curl command how it connects, into `options`.
Result<Plan> make_plan(program::World& world, Options& options);

}  // namespace gw::preflight
