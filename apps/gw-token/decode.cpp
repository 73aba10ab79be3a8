// decode: what a token says. Nothing is verified, and nothing is refused that can be shown.

#include <ostream>

#include <fmt/format.h>

#include "apps/gw-token/commands.h"
#include "apps/gw-token/input.h"
#include "apps/gw-token/moment.h"
#include "apps/gw-token/output.h"
#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"

namespace gw::token {
namespace {

constexpr std::size_t kMaxShown = std::size_t{1} << 20U;

/// A token taken apart, as far as it goes.
struct Shown {
    Value header;
    std::optional<Value> claims;  ///< nothing: the payload is no JSON
    std::string payload;
    std::size_t signature = 0;  ///< bytes
    bool is_encrypted = false;
};

Error no_token(std::string why, std::string hint = {}) {
    return Error{Errc::parse, "this is no token: " + std::move(why), std::move(hint), {}};
}

Result<Shown> take_apart(std::string_view token) {
    const auto parts = split(token, '.');
    const bool is_encrypted = parts.size() == 5;
    if (parts.size() != 3 && !is_encrypted)
        return no_token(
            fmt::format("it has {} part{} between dots, and not three", parts.size(), parts.size() == 1 ? "" : "s"));
    Shown shown;
    shown.is_encrypted = is_encrypted;
    const std::string header = TRY(parse_base64url(parts[0]).in("this is no token: header"));
    shown.header = TRY(parse_json(header, {.size = kMaxShown}).in("this is no token: header"));
    if (shown.header.if_object() == nullptr) return no_token("its header is not an object");
    if (is_encrypted) return shown;
    shown.payload = TRY(parse_base64url(parts[1]).in("this is no token: payload"));
    if (auto claims = parse_json(shown.payload, {.size = kMaxShown})) shown.claims = std::move(*claims);
    const std::string signature = TRY(parse_base64url(parts[2]).in("this is no token: signature"));
    shown.signature = signature.size();
    return shown;
}

/// The claims that are dates, by name.
std::vector<std::pair<std::string, Date>> dates_of(const Shown& shown) {
    std::vector<std::pair<std::string, Date>> dates;
    const Object* const claims = shown.claims ? shown.claims->if_object() : nullptr;
    if (claims == nullptr) return dates;
    for (const char* const name : {"iat", "nbf", "auth_time", "exp"})
        for (const Member& member : *claims) {
            const auto seconds = member.key == name ? member.value.to_double() : std::nullopt;
            const auto date = seconds ? to_date(*seconds) : std::nullopt;
            if (date) dates.emplace_back(name, *date);
        }
    return dates;
}

void print_text(program::World& world, const Shown& shown, const Zone& zone, const term::Style& style) {
    std::ostream& out = *world.out;
    out << style.bold("header") << '\n' << safe_pretty_json(shown.header) << '\n';
    if (shown.is_encrypted) {
        out << "the rest is encrypted (JWE)\n";
        return;
    }
    if (shown.claims)
        out << style.bold(shown.claims->if_object() != nullptr ? "claims" : "payload") << '\n'
            << safe_pretty_json(*shown.claims) << '\n';
    else
        out << style.bold("payload") << "  " << shown.payload.size() << " bytes, not JSON\n"
            << safe_json(Value(is_utf8(shown.payload) ? shown.payload : to_base64(shown.payload))) << '\n';
    const Date now = current_date();
    for (const auto& [name, date] : dates_of(shown))
        out << fmt::format("{:<10} {}  {}\n", name, zone.text(date), style.dim(distance_text(date, now)));
    if (shown.signature == 0)
        out << "signature  none: anybody can have written this\n";
    else
        out << fmt::format("signature  {} bytes, not looked at: gw-token verify does\n", shown.signature);
}

void print_json(program::World& world, const Shown& shown, const Zone& zone) {
    Object document{{"header", shown.header}};
    if (shown.is_encrypted) {
        document.push_back({"encrypted", true});
    } else {
        document.push_back({"claims", shown.claims ? *shown.claims : Value()});
        if (!shown.claims) document.push_back({"payload", to_base64(shown.payload)});
        Object dates;
        for (const auto& [name, date] : dates_of(shown)) dates.push_back({name, zone.text(date)});
        document.push_back({"dates", std::move(dates)});
        document.push_back({"signature_bytes", shown.signature});
    }
    document.push_back({"verified", false});
    print_document(world, std::move(document));
}

}  // namespace

Result<int> decode(program::World& world, const Options& options) {
    if (options.decode.token.empty())
        return Error{Errc::usage, "TOKEN is missing", "gw-token decode - reads it from standard input", {}};
    const Zone zone = TRY(Zone::parse(options.decode.zone.empty() ? "utc" : options.decode.zone).in("--date"));
    const std::string text = TRY(read_token(world, options.decode.token, "TOKEN", kMaxShown));
    std::string_view token = trim_ows(text);
    if (starts_with_ignoring_case(token, "bearer ")) token = trim_ows(token.substr(7));
    auto shown = take_apart(token);
    if (!shown) {
        program::tell(world, shown.error(), talk_style(world, options));
        return program::kNo;
    }
    if (options.json)
        print_json(world, *shown, zone);
    else
        print_text(world, *shown, zone, output_style(world, options));
    return program::kYes;
}

}  // namespace gw::token
