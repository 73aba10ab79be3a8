#pragma once
// A program's world, so that a test can be one: arguments, streams, environment.

#include <cstdio>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"
#include "libgw/config/sources.h"
#include "libgw/term/style.h"

namespace gw::program {

/// The one exit table (gw.7).
enum Exit : int {
    kYes = 0,    ///< yes, done
    kNo = 1,     ///< the answer is no
    kUsage = 2,  ///< usage or configuration
    kCannotTell = 3,
    kNetwork = 4,  ///< network or I/O
    kRefused = 5,
    kAbnormal = 6,
    kInternal = 70,  ///< our bug
};

struct World {
    std::string name;                    ///< of the program: "gw-serve"
    std::vector<std::string> arguments;  ///< without the program's name
    std::istream* in = nullptr;
    std::ostream* out = nullptr;  ///< data
    std::ostream* err = nullptr;  ///< talk; where there are threads, through std::osyncstream
    std::function<std::optional<std::string>(std::string_view)> environment;
    std::vector<std::string> variables;  ///< the names of all variables of the environment
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    std::size_t width = 0;  ///< columns of the terminal; 0: none
};

/// What each program defines. An Error becomes "NAME: error: …" and the exit code of its Errc.
Result<int> run(World& world);

/// "gw-serve: error: …", then "gw-serve: hint: …".
void tell(World& world, const Error& error, const term::Style& style = {});
void warn(World& world, std::string_view text, const term::Style& style = {});
/// All of standard input. Errc::limit when it holds more than `most` bytes.
Result<std::string> read_input(const World& world, std::size_t most = std::size_t{16} << 20U);
/// The body that curl makes of its -d: the pieces joined with '&', of @FILE and @- what stands in it without its line
/// ends.
Result<std::string> read_curl_data(const World& world, const std::vector<std::string>& pieces);
/// Whether to colour what goes to a terminal, or does not: --color's `choice`, then NO_COLOR and TERM.
bool wants_colour(const World& world, std::string_view choice, bool terminal);
/// One indented line for each library that the programs are linked with.
std::string library_versions();
/// 2, 4 or 70.
int exit_of(Errc code);

/// Files and environment of the world, for configurations.
class WorldSources final : public config::Sources {
  public:
    explicit WorldSources(const World& world) : world_(world) {}
    [[nodiscard]] Result<std::string> read_file(const std::string& path) const override;
    [[nodiscard]] std::optional<std::string> environment(std::string_view name) const override {
        return world_.environment(name);
    }

  private:
    const World& world_;
};

}  // namespace gw::program
