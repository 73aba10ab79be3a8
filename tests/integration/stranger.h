#pragma once
// Programs of other hands, as npm packages: what two ends of our own would agree on wrongly shows against these.

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/process.h"

namespace gw::test {

/// True when the packages of strangers/package-lock.json are there: they are installed once a build, into a folder of
/// the build. False, and the reason on standard error, without npm or its registry.
bool has_strangers();

/// Runs strangers/SCRIPT with node to its end. Requires: has_strangers(). Throws std::runtime_error with
/// its words when it does not end with 0.
std::string ask_stranger(std::string_view script, std::string input);

/// The Chromium to drive: GW_CHROMIUM, or Debian's; "" when there is none.
std::string find_browser();
/// The same for cors/, whose scripts drive a Chromium.
bool has_browser_driver();
/// Runs cors/browse.mjs with this Chromium over the cases, to its end. Requires: has_browser_driver(). Throws
/// std::runtime_error with its words when it does not end with 0.
std::string ask_browser(const std::string& chromium, std::string cases);
/// Starts cors/page.mjs: pages that sign in at a gateway. Requires: has_browser_driver().
Process start_page(const std::string& chromium);

/// The same for issuers/, apart because they are many.
bool has_issuers();
/// Starts issuers/SCRIPT with node. Requires: has_issuers().
Process start_issuer(std::string_view script, const std::vector<std::string>& arguments, const std::string& directory);

/// The same for sockets/: npm's ws and wscat. `script`: one of them, or node_modules/wscat/bin/wscat.
bool has_sockets();
Process start_socket(std::string_view script, const std::vector<std::string>& arguments);

/// The same for caches/, the public suite of HTTP caching tests. Requires: has_cache_suite().
bool has_cache_suite();
Process start_cache_suite();

}  // namespace gw::test
