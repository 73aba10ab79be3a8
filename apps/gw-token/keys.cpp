#include "apps/gw-token/keys.h"

#include <cerrno>
#include <ostream>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/gw-token/input.h"
#include "libgw/base/crypto.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"

namespace gw::token {
namespace {

constexpr std::size_t kMaxKeyFile = std::size_t{256} << 10U;

bool is_pem(std::string_view text) { return text.find("-----BEGIN ") != text.npos; }

bool is_json(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    return first != text.npos && text[first] == '{';
}

/// Whether a text that named no file was meant as the name of one, so that a message may repeat it: a secret must not
/// be repeated.
bool is_like_a_path(std::string_view text) {
    for (const std::string_view end : {".pem", ".jwk", ".json", ".key", ".jwks", ".pub", ".crt", ".der", ".txt"})
        if (text.ends_with(end)) return true;
    return text.starts_with("./") || text.starts_with("../") || text.starts_with('/');
}

Result<Given> read_text(const program::World& world, std::string_view text, std::string_view name) {
    auto given = TRY(read_given(world, text, name, kMaxKeyFile));
    if (!given.is_literal || given.is_encoded || is_json(text) || is_pem(text)) return given;
    auto file = read_given(world, "@" + std::string(text), name, kMaxKeyFile);
    if (!file && file.error().code == Errc::not_found && !is_like_a_path(text))
        return Error{Errc::usage,
                     fmt::format("{}: this is neither a key nor a file", name),
                     "@FILE, -, env:NAME, or a public key; a shared secret is never taken from the command line",
                     {}};
    return file;
}

Result<GivenKey> make_key(const Given& given, std::string_view name, std::optional<auth::Algorithm> algorithm) {
    if (is_pem(given.bytes)) return GivenKey{TRY(auth::Key::parse(given.bytes).in(name)), KeyFormat::pem};
    if (is_json(given.bytes)) return GivenKey{TRY(auth::Key::parse(given.bytes).in(name)), KeyFormat::jwk};
    if (!algorithm || !auth::is_symmetric(*algorithm))
        return Error{Errc::usage,
                     fmt::format("{}: this is neither a JWK nor PEM", name),
                     "if these are the bytes of a shared secret, say so with --alg HS256",
                     {}};
    KeyParts parts;
    parts.secret = given.bytes;
    auto secret = TRY(SigningKey::make(parts).in(name));
    return GivenKey{TRY(auth::Key::make(std::move(secret), {}, algorithm).in(name)), KeyFormat::secret};
}

/// Nothing is there.
bool is_absent(const char* path) {
    struct stat what{};
    return ::lstat(path, &what) != 0 && errno == ENOENT;
}

/// Errc::io unless it is a file of our own: whoever can choose the file could choose the key.
Result<void> check_own(const char* path) {
    struct stat what{};
    if (::lstat(path, &what) != 0) return from_errno(Errc::io, path, errno);
    if (S_ISREG(what.st_mode) && what.st_uid == ::geteuid()) return ok();
    return Error{Errc::io,
                 fmt::format("{} is {}, and may hold a key of somebody else", path,
                             S_ISREG(what.st_mode) ? "another user's" : "no regular file"),
                 "give a key with -k",
                 {}};
}

Result<auth::Key> make_test_key(program::World& world, auth::Algorithm algorithm) {
    auth::Key key = TRY(new_key(algorithm, {}));
    std::string text = to_pretty_json(key.to_jwk(auth::Key::Half::all)) + "\n";
    auto written = write_private_file(kTestKey, text);
    cleanse(text);
    if (!written) return std::move(written).error();
    *world.err << fmt::format("{}: made a key for tests, ./{} ({}); gw-token key jwks {} prints its public half\n",
                              world.name, kTestKey, to_text(algorithm), kTestKey);
    return key;
}

}  // namespace

Result<auth::Algorithm> parse_algorithm_option(std::string_view text, std::string_view name) {
    if (const auto algorithm = auth::parse_algorithm(text)) return *algorithm;
    std::vector<std::string_view> names;
    names.reserve(auth::kAlgorithms.size());
    for (const auth::Algorithm algorithm : auth::kAlgorithms) names.push_back(to_text(algorithm));
    if (equals_ignoring_case(text, "none"))
        return Error{Errc::usage, fmt::format("{}: none is no algorithm", name), "mint --bad alg-none makes one", {}};
    const std::string_view near = closest(text, names);
    return Error{Errc::usage,
                 fmt::format("{}: there is no algorithm '{}'", name, text),
                 near.empty() ? join(names, " ") : fmt::format("did you mean {}?", near),
                 {}};
}

Result<GivenKey> read_key(const program::World& world, std::string_view text, std::string_view name,
                          std::optional<auth::Algorithm> algorithm) {
    auto given = TRY(read_text(world, text, name));
    auto key = make_key(given, name, algorithm);
    const bool is_literal = given.is_literal;
    cleanse(given.bytes);
    if (key && is_literal) {
        const SigningKey& signing_key = key->key.signing_key();
        if (signing_key.kind() == KeyKind::octets) return secret_in_arguments(name, "a shared secret");
        if (signing_key.has_private()) return secret_in_arguments(name, "a private key");
    }
    return key;
}

Result<auth::Key> bind_key(const auth::Key& key, auth::Algorithm algorithm) {
    if (key.algorithm() == algorithm) return key;
    if (key.algorithm())
        return Error{Errc::usage,
                     fmt::format("the key is for {} and not for {}", to_text(*key.algorithm()), to_text(algorithm)),
                     {},
                     {}};
    return auth::Key::make(key.signing_key(), key.kid(), algorithm);
}

Result<auth::Key> new_key(auth::Algorithm algorithm, const std::string& kid) {
    const KeyKind kind = auth::kind_of(algorithm);
    unsigned bits = 0;
    if (algorithm == auth::Algorithm::hs384) bits = 384;
    if (algorithm == auth::Algorithm::hs512) bits = 512;
    auto made = TRY(SigningKey::generate(kind, bits));
    auto key = TRY(auth::Key::make(std::move(made), kid, algorithm));
    return kid.empty() && kind != KeyKind::octets ? key.named(key.thumbprint()) : key;
}

Result<auth::Key> test_key(program::World& world, std::optional<auth::Algorithm> algorithm) {
    if (is_absent(kTestKey)) {
        auto made = make_test_key(world, algorithm.value_or(auth::Algorithm::rs256));
        // somebody may have made it at the same moment
        if (made || is_absent(kTestKey)) return made;
    }
    TRY(check_own(kTestKey));
    auto key = TRY(read_key(world, std::string("@") + kTestKey, kTestKey, {})).key;
    const auto own = key.signs();
    if (algorithm && own && *own != *algorithm)
        return Error{
            Errc::usage,
            fmt::format("./{} is for {} and not for {}", kTestKey, to_text(*own), to_text(*algorithm)),
            fmt::format("gw-token key new --alg {} -o other.jwk makes one for -k other.jwk", to_text(*algorithm)),
            {}};
    return key;
}

Result<auth::KeySet> read_key_set(std::string_view text) {
    if (is_pem(text)) return auth::KeySet::of(TRY(auth::Key::parse(text)));
    return auth::KeySet::parse(text, auth::KeySet::Source::configured);
}

}  // namespace gw::token
