#pragma once
// Configuration in one argument of a command line: ROUTE, --group, and the small ones. They build the same model as a
// file, through the same declaration, and tell what is wrong in the same way.

#include <string>
#include <string_view>

#include "libgw/base/diagnostic.h"
#include "libgw/config/model.h"
#include "libgw/config/reader.h"
#include "libgw/config/sources.h"

namespace gw::config {

/// What the arguments of a command line are called in diagnostics, and values that the environment gives to its
/// options.
inline constexpr std::string_view kCommandLine = "command line";
inline constexpr std::string_view kEnvironment = "environment";

/// Whether something was said by an option or an argument, or by nobody, rather than in a file.
bool is_from_options(const Location& where);

/// The place of an option of the command line, written as it was given; its value may be left out.
inline Location at_option(Diagnostics& diagnostics, std::string_view line) {
    const std::string place(kCommandLine);
    return {place, diagnostics.add_line(place, line), 1};
}

/// Adds the routes of one ROUTE: `[METHOD ]PATH=TARGET[;option=value...]`, or a TARGET alone, which means ANY
/// `/{proxy+}` and `/`. The first '=' splits PATH from TARGET; ';' splits before `name=` of an option (timeout, host,
/// max-body, delay, fail, auth, cache) and nowhere else; `\;` is a literal one. A name that is nearly that of an
/// option, or that of one that does not exist in this version, is an error, so that no option is lost in a target.
void read_route_argument(std::string_view text, Api& api, const Sources& sources, Diagnostics& diagnostics);

/// Reads the value of an option ("--jwt-audience") as a key of an authorizer ("audience"); a list gets one more item.
void read_authorizer_option(std::string_view name, std::string_view key, std::string_view text, Authorizer& into,
                            const Sources& sources, Diagnostics& diagnostics);

/// Reads --rate, --burst or --throttle-by as a key of a throttle.
void read_throttle_option(std::string_view name, std::string_view key, std::string_view text, Throttle& into,
                          const Sources& sources, Diagnostics& diagnostics);

/// Reads --plan: `NAME:rate=10/s[,burst=20][,quota=10000/day]`.
void read_plan_argument(std::string_view text, Model& model, const Sources& sources, Diagnostics& diagnostics);

/// Reads --cognito: `POOL_ID[,client=ID][,use=access|id][,endpoint=URL]`.
void read_cognito_argument(std::string_view text, Authorizer& into, const Sources& sources, Diagnostics& diagnostics);

/// Reads --canary: `10%=TARGET`. finish_canary() (schema.h) works out what it means for each route.
void read_canary_argument(std::string_view text, Canary& into, const Sources& sources, Diagnostics& diagnostics);

/// Reads --sticky or --canary-header as a key of canarySettings.
void read_canary_option(std::string_view name, std::string_view key, std::string_view text, Canary& into,
                        const Sources& sources, Diagnostics& diagnostics);

/// --cors and --cors-…: one key of corsConfiguration. Lists are split at commas and added to what is there.
void read_cors_option(std::string_view name, std::string_view key, std::string_view text, cors::PolicySpec& into,
                      const Sources& sources, Diagnostics& diagnostics);

/// Reads --policy: the file of the api's resource policy.
void read_policy_option(std::string_view file, Api& into, const Sources& sources, Diagnostics& diagnostics);

/// Adds one group:
/// `NAME=HOST:PORT[,HOST:PORT...][;algo=..][;health=PATH][;interval=..][;timeout=..][;fall=N][;rise=N][;max=N]`.
void read_group_argument(std::string_view text, Model& model, const Sources& sources, Diagnostics& diagnostics);

/// Reads a value as the key `path` of a file would ("limits.timeout", "trustProxy", "requestHeaders"); for an option
/// `name` ("--timeout", or "GW_SERVE_TIMEOUT" where the environment says it), which diagnostics name. A list gets one
/// more item ("listeners", "trustProxy", "requestHeaders.set"). `places`, when given, receives where the key was said.
/// Requires: `path` is a key of the document that a single string or number can say.
void read_option(std::string_view name, std::string_view path, std::string_view text, Model& model,
                 const Sources& sources, Diagnostics& diagnostics, Places* places = nullptr);

}  // namespace gw::config
