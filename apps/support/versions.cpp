#include <ares.h>
#include <boost/version.hpp>
#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <openssl/crypto.h>
#include <sqlite3.h>

#include "apps/support/world.h"

namespace gw::program {

std::string library_versions() {
    return fmt::format("  Boost {}.{}.{}\n  c-ares {}\n  fmt {}.{}.{}\n  hiredis {}.{}.{}\n  {}\n  SQLite {}\n",
                       BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100, ares_version(nullptr),
                       FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100, HIREDIS_MAJOR, HIREDIS_MINOR,
                       HIREDIS_PATCH, OpenSSL_version(OPENSSL_VERSION), sqlite3_libversion());
}

}  // namespace gw::program
