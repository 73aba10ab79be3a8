// key: new, pub, jwks, convert, thumb

#include <cerrno>
#include <ostream>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/gw-token/commands.h"
#include "apps/gw-token/input.h"
#include "apps/gw-token/keys.h"
#include "apps/gw-token/output.h"
#include "libgw/base/crypto.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"

namespace gw::token {
namespace {

enum class Action : std::uint8_t { make, pub, jwks, convert, thumb };

struct ActionName {
    std::string_view name;
    Action action;
};
constexpr ActionName kActions[] = {{"new", Action::make},
                                   {"pub", Action::pub},
                                   {"jwks", Action::jwks},
                                   {"convert", Action::convert},
                                   {"thumb", Action::thumb}};

Result<Action> parse_action(const std::string& text) {
    std::vector<std::string_view> names;
    for (const ActionName& each : kActions) {
        if (each.name == text) return each.action;
        names.push_back(each.name);
    }
    if (text.empty()) return Error{Errc::usage, "ACTION is missing", "new, pub, jwks, convert or thumb", {}};
    const std::string_view near = closest(text, names);
    return Error{Errc::usage,
                 fmt::format("there is no 'key {}'", text),
                 near.empty() ? "new, pub, jwks, convert or thumb" : fmt::format("did you mean {}?", near),
                 {}};
}

/// An option that the action would not look at is a mistake.
Result<void> check_options(Action action, const KeyOptions& options) {
    const auto refuse = [&](std::string_view option, std::string_view hint) {
        return Error{
            Errc::usage, fmt::format("{} has no meaning for key {}", option, options.action), std::string(hint), {}};
    };
    if (options.pem && options.jwk) return Error{Errc::usage, "--pem and --jwk are two formats", "choose one", {}};
    if (action == Action::make && !options.keys.empty())
        return Error{Errc::usage, "key new takes no key", "-o FILE writes the new one to a file", {}};
    if (action != Action::make && options.keys.empty() && ::isatty(STDIN_FILENO) == 1)
        return Error{Errc::usage, "KEY is missing", fmt::format("gw-token key {} @FILE", options.action), {}};
    if (action != Action::jwks && options.keys.size() > 1)
        return Error{Errc::usage, fmt::format("key {} takes one key", options.action), "key jwks takes several", {}};
    if (action == Action::jwks && options.pem) return refuse("--pem", "a key set is JSON");
    if (action == Action::jwks && options.keys.size() > 1 && !options.kid.empty())
        return Error{Errc::usage, "--kid names one key", "several keys need names of their own", {}};
    if (action == Action::thumb) {
        if (options.pem) return refuse("--pem", "it prints a thumbprint");
        if (options.jwk) return refuse("--jwk", "it prints a thumbprint");
        if (!options.kid.empty()) return refuse("--kid", "a thumbprint is of the key alone");
        if (!options.output.empty()) return refuse("--output", "it prints a thumbprint");
    }
    if (options.pem && !options.kid.empty()) return refuse("--kid", "PEM has no place for a name");
    return ok();
}

/// Standard output is a file that others can read: a private key that goes there would be theirs too.
Result<void> close_output_to_others(program::World& world) {
    struct stat what{};
    if (::fstat(STDOUT_FILENO, &what) != 0 || !S_ISREG(what.st_mode) || (what.st_mode & 077U) == 0) return ok();
    if (::fchmod(STDOUT_FILENO, what.st_mode & 0700U) != 0)
        return from_errno(Errc::io, "standard output is a file that others can read", errno);
    *world.err << world.name << ": standard output is a file, which only you can read now\n";
    return ok();
}

/// Prints it, or makes the file of -o.
Result<int> put(program::World& world, const KeyOptions& options, std::string text, bool is_private) {
    if (!text.ends_with('\n')) text += '\n';
    Result<void> done = ok();
    if (!options.output.empty() && options.output != "-") {
        done = write_private_file(options.output, text);
    } else {
        if (is_private) done = close_output_to_others(world);
        if (done) *world.out << text << std::flush;
    }
    cleanse(text);
    TRY(std::move(done));
    return program::kYes;
}

/// A key as text in the format that was asked for.
Result<std::string> write_key(const auth::Key& key, auth::Key::Half half, KeyFormat format, bool is_json) {
    const bool is_private = half == auth::Key::Half::all && key.signing_key().has_private();
    Object members;
    if (is_json) {
        members.push_back({"schema", kSchema});
        members.push_back({"private", is_private});
    }
    if (format == KeyFormat::pem) {
        auto pem = TRY(is_private ? key.signing_key().private_pem() : key.signing_key().public_pem());
        if (!is_json) return pem;
        members.push_back({"pem", std::move(pem)});
        return safe_json(Value(std::move(members)));
    }
    Value jwk = key.to_jwk(half);
    if (jwk.is_null())
        return Error{Errc::usage, "a shared secret has no public half", "who can verify with it can sign with it", {}};
    if (!is_json) return safe_pretty_json(jwk);
    members.push_back({"jwk", std::move(jwk)});
    return safe_json(Value(std::move(members)));
}

Result<int> make_new(program::World& world, const Options& options) {
    const KeyOptions& asked = options.key;
    const auto algorithm = TRY(parse_algorithm_option(asked.algorithm.empty() ? "RS256" : asked.algorithm));
    if (asked.pem && auth::is_symmetric(algorithm))
        return Error{Errc::usage, "a shared secret is not written as PEM", "leave --pem out: a JWK", {}};
    const auth::Key key = TRY(new_key(algorithm, asked.kid));
    return put(world, asked,
               TRY(write_key(key, auth::Key::Half::all, asked.pem ? KeyFormat::pem : KeyFormat::jwk, options.json)),
               true);
}

/// One key of the command line, by the name and for the algorithm that were asked for.
Result<GivenKey> take_key(const program::World& world, const KeyOptions& asked, const std::string& text) {
    std::optional<auth::Algorithm> algorithm;
    if (!asked.algorithm.empty()) algorithm = TRY(parse_algorithm_option(asked.algorithm));
    auto given = TRY(read_key(world, text, "KEY", algorithm));
    if (algorithm) given.key = TRY(bind_key(given.key, *algorithm));
    if (asked.kid.size() > auth::kMaxKid)
        return Error{Errc::usage, fmt::format("--kid is longer than {} bytes", auth::kMaxKid), {}, {}};
    if (!asked.kid.empty()) given.key = given.key.named(asked.kid);
    return given;
}

Result<int> write_set(program::World& world, const Options& options) {
    std::vector<auth::Key> keys;
    for (const std::string& text : options.key.keys) {
        auth::Key key = TRY(take_key(world, options.key, text)).key;
        if (key.signing_key().kind() == KeyKind::octets)
            return Error{Errc::usage, "a shared secret has no place in a key set", "it would be published", {}};
        // a set whose keys have no names cannot be told apart
        keys.push_back(key.kid().empty() ? key.named(key.thumbprint()) : std::move(key));
    }
    static_cast<void>(TRY(auth::KeySet::make(keys)));  // no two of one name
    Value set = auth::to_jwks(keys);
    if (options.json) {
        set.if_object()->insert(set.if_object()->begin(), {"schema", kSchema});
        return put(world, options.key, safe_json(set), false);
    }
    return put(world, options.key, safe_pretty_json(set), false);
}

Result<int> print_thumbprint(program::World& world, const Options& options) {
    const auth::Key key = TRY(take_key(world, options.key, options.key.keys.front())).key;
    if (key.signing_key().kind() == KeyKind::octets)
        program::warn(world, "the thumbprint of a shared secret is a hash of it: do not publish it",
                      talk_style(world, options));
    if (options.json)
        print_document(world, {{"thumbprint", key.thumbprint()}, {"hash", "sha-256"}});
    else
        *world.out << key.thumbprint() << '\n';
    return program::kYes;
}

}  // namespace

Result<int> key(program::World& world, const Options& given_options) {
    Options options = given_options;
    const KeyOptions& asked = options.key;
    options.key.keys.insert(asked.keys.end(), asked.option_keys.begin(), asked.option_keys.end());
    const Action action = TRY(parse_action(asked.action));
    TRY(check_options(action, asked));
    if (action != Action::make && asked.keys.empty()) options.key.keys = {"-"};  // gw-token key new | gw-token key pub
    if (action == Action::make) return make_new(world, options);
    if (action == Action::jwks) return write_set(world, options);
    if (action == Action::thumb) return print_thumbprint(world, options);
    const GivenKey given = TRY(take_key(world, asked, asked.keys.front()));
    const bool is_convert = action == Action::convert;
    KeyFormat format = given.format == KeyFormat::pem ? KeyFormat::pem : KeyFormat::jwk;
    if (is_convert) format = format == KeyFormat::pem ? KeyFormat::jwk : KeyFormat::pem;
    if (is_convert && given.format == KeyFormat::secret) format = KeyFormat::jwk;
    if (asked.pem) format = KeyFormat::pem;
    if (asked.jwk) format = KeyFormat::jwk;
    if (format == KeyFormat::pem && !asked.kid.empty())
        return Error{Errc::usage, "PEM has no place for a name", "leave --kid out, or give --jwk", {}};
    const auto half = is_convert ? auth::Key::Half::all : auth::Key::Half::public_only;
    const bool is_private = is_convert && given.key.signing_key().has_private();
    return put(world, asked, TRY(write_key(given.key, half, format, options.json)), is_private);
}

}  // namespace gw::token
