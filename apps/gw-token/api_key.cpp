// apikey: new keys, digests of keys, and whether a key is one of those that are kept.

#include "libgw/policy/auth/api_key.h"

#include <array>
#include <optional>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-token/commands.h"
#include "apps/gw-token/input.h"
#include "apps/gw-token/output.h"
#include "libgw/base/crypto.h"
#include "libgw/base/text.h"

namespace gw::token {
namespace {

bool is_plan(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
    });
}

Result<std::string> read_key(program::World& world, const ApiKeyOptions& options) {
    if (options.key.empty())
        return Error{Errc::usage,
                     "KEY is missing",
                     fmt::format("gw-token apikey {} - reads it from standard input", options.action),
                     {}};
    std::string key = TRY(read_token(world, options.key, "KEY", 4096));
    if (!auth::is_api_key(key))
        return Error{Errc::parse,
                     "KEY is not 20 to 128 visible characters without commas and quotes",
                     "gw-token apikey new makes one",
                     {}};
    return key;
}

Object describe(const ApiKeyOptions& options, const std::string& hash) {
    const auto digest = auth::parse_api_key_hash(hash);
    return {{"hash", hash},
            {"id", auth::make_api_key_id(*digest)},
            {"plan", options.plan.empty() ? Value() : Value(options.plan)}};
}

Result<int> make(program::World& world, const Options& options) {
    const ApiKeyOptions& wanted = options.api_key;
    if (!wanted.key.empty()) return Error{Errc::usage, "unexpected argument behind new", {}, {}};
    std::array<std::uint8_t, auth::kApiKeyRandom> random{};
    TRY(random_bytes(random));
    const std::string key = auth::make_api_key(random);
    const std::string suffix = wanted.plan.empty() ? "" : "=" + wanted.plan;
    if (options.json) {
        Object document{{"key", key}};
        for (Member& member : describe(wanted, auth::to_api_key_hash(key))) document.push_back(std::move(member));
        print_document(world, std::move(document));
        return program::kYes;
    }
    *world.out << key << suffix << '\n';
    *world.err << "digest, for whoever only checks it: " << auth::to_api_key_hash(key) << suffix << '\n';
    return program::kYes;
}

Result<int> hash(program::World& world, const Options& options) {
    const ApiKeyOptions& wanted = options.api_key;
    if (!wanted.hash.empty()) return Error{Errc::usage, "unexpected argument behind KEY", {}, {}};
    const std::string text = auth::to_api_key_hash(TRY(read_key(world, wanted)));
    if (options.json)
        print_document(world, describe(wanted, text));
    else
        *world.out << text << (wanted.plan.empty() ? "" : "=" + wanted.plan) << '\n';
    return program::kYes;
}

/// A key that is kept: its digest, and the plan behind '='.
struct Kept {
    Digest digest;
    std::string plan;
};

Result<Kept> read_kept(std::string_view line) {
    const auto last = line.rfind('=');
    Kept kept;
    if (last != line.npos && is_plan(line.substr(last + 1))) {
        kept.plan = std::string(line.substr(last + 1));
        line = line.substr(0, last);
    }
    if (line.starts_with("sha256:")) {
        kept.digest = TRY(auth::parse_api_key_hash(line));
        return kept;
    }
    if (!auth::is_api_key(line)) return Error{Errc::parse, "is neither an API key nor sha256: and 64 digits", {}, {}};
    kept.digest = sha256(line);
    return kept;
}

Result<int> check(program::World& world, const Options& options) {
    const ApiKeyOptions& wanted = options.api_key;
    if (wanted.hash.empty())
        return Error{
            Errc::usage, "HASH is missing", "sha256:... as gw-token apikey hash prints it, or @FILE of such lines", {}};
    const std::string key = TRY(read_key(world, wanted));
    const std::string list =
        wanted.hash.starts_with("sha256:") ? wanted.hash : TRY(read_value(world, wanted.hash, "HASH"));
    std::optional<Kept> found;
    std::size_t number = 0;
    for (std::string_view line : split(list, '\n')) {
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        line = trim_ows(line);
        if (line.empty() || line.starts_with('#')) continue;
        // never quoted: a line may be a key
        const Kept kept = TRY(read_kept(line).in(fmt::format("HASH: line {}", number)));
        const bool is_plan_right = wanted.plan.empty() || kept.plan == wanted.plan;
        if (auth::is_api_key_of(key, kept.digest) && is_plan_right && !found) found = kept;
    }
    if (options.json) {
        print_document(world, Object{{"known", found.has_value()},
                                     {"id", found ? Value(auth::make_api_key_id(found->digest)) : Value()},
                                     {"plan", found && !found->plan.empty() ? Value(found->plan) : Value()}});
    } else {
        const term::Style style = output_style(world, options);
        if (found)
            *world.out << style.paint(term::Paint::green, "known") << ' ' << auth::make_api_key_id(found->digest)
                       << (found->plan.empty() ? "" : ", plan " + found->plan) << '\n';
        else
            *world.out << style.paint(term::Paint::red, "unknown") << '\n';
    }
    return found ? program::kYes : program::kNo;
}

}  // namespace

Result<int> apikey(program::World& world, const Options& options) {
    const ApiKeyOptions& wanted = options.api_key;
    if (!wanted.plan.empty() && !is_plan(wanted.plan))
        return Error{Errc::usage,
                     fmt::format("'{}' is not the name of a plan", wanted.plan),
                     "letters, digits, '-', '_' and '.'",
                     {}};
    if (wanted.action == "new") return make(world, options);
    if (wanted.action == "hash") return hash(world, options);
    if (wanted.action == "check") return check(world, options);
    return Error{Errc::usage,
                 wanted.action.empty() ? "ACTION is missing" : fmt::format("there is no action '{}'", wanted.action),
                 "new, hash or check",
                 {}};
}

}  // namespace gw::token
