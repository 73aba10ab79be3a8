#include "libgw/config/counts_place.h"

#include <algorithm>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/wire/http/uri.h"

namespace gw::config {
namespace {

constexpr std::uint16_t kRedisPort = 6379;
constexpr std::uint32_t kMostDatabase = 65535;
constexpr std::string_view kForms = "memory, sqlite:FILE, redis://HOST[:PORT][/DATABASE] or rediss://HOST for TLS";

Error wrong(std::string message, std::string_view hint = kForms) {
    return Error{Errc::config, std::move(message), std::string(hint), {}};
}

/// Nothing of the text is said again: it may hold a password.
Result<CountsPlace> parse_redis(std::string_view text, bool secure) {
    CountsPlace place;
    place.kind = CountsPlace::Kind::redis;
    place.secure = secure;
    if (const auto at = text.rfind('@'); at != std::string_view::npos) {
        place.user = std::string(text.substr(0, at));
        if (place.user.find(':') != std::string::npos)
            return wrong("a password does not stand in an address",
                         "countsPassword (--limits-password): env:NAME or file:PATH");
        const auto odd = [](char c) {
            return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '/' || c == '@';
        };
        if (place.user.empty() || std::any_of(place.user.begin(), place.user.end(), odd))
            return wrong("the user of the database cannot be read");
        text.remove_prefix(at + 1);
    }
    if (const auto slash = text.find('/'); slash != std::string_view::npos) {
        const std::string_view number = text.substr(slash + 1);
        const auto database = number.empty() ? std::optional<std::uint64_t>(0) : parse_unsigned(number, kMostDatabase);
        if (!database) return wrong("the number of the database cannot be read", "redis://HOST/0");
        place.database = static_cast<std::uint32_t>(*database);
        text = text.substr(0, slash);
    }
    const auto authority = http::Authority::parse(text);
    if (!authority) return wrong("the host of the database cannot be read");
    place.host = authority->host;
    place.port = authority->port.value_or(kRedisPort);
    return place;
}

}  // namespace

Result<CountsPlace> parse_counts_place(std::string_view text) {
    CountsPlace place;
    if (text == "memory") return place;
    constexpr std::string_view kFile = "sqlite:";
    if (text.starts_with(kFile)) {
        place.kind = CountsPlace::Kind::sqlite;
        place.path = std::string(text.substr(kFile.size()));
        if (place.path.empty()) return wrong("the file of counts has no name", "sqlite:/var/lib/gw/counts.db");
        // these are no files to SQLite
        if (place.path.starts_with(':') || place.path.starts_with("file:"))
            return wrong("the file of counts is written as a path", "sqlite:/var/lib/gw/counts.db");
        return place;
    }
    for (const std::string_view scheme : {"redis://", "rediss://"})
        if (text.starts_with(scheme)) return parse_redis(text.substr(scheme.size()), scheme.size() > 8);
    if (text.find('@') != std::string_view::npos) return wrong("this is no place for counts");
    return wrong(fmt::format("'{}' is no place for counts", text));
}

std::string to_text(const CountsPlace& place) {
    switch (place.kind) {
        case CountsPlace::Kind::memory: return "memory";
        case CountsPlace::Kind::sqlite: return "sqlite:" + place.path;
        case CountsPlace::Kind::redis: break;
    }
    const http::Authority authority{place.host, place.port, place.host.find(':') != std::string::npos};
    return fmt::format("{}://{}{}{}{}", place.secure ? "rediss" : "redis", place.user, place.user.empty() ? "" : "@",
                       authority.text(kRedisPort), place.database == 0 ? "" : fmt::format("/{}", place.database));
}

}  // namespace gw::config
