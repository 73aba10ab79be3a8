// mint: tokens, good ones and bad ones.

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-token/claims.h"
#include "apps/gw-token/commands.h"
#include "apps/gw-token/fetch.h"
#include "apps/gw-token/input.h"
#include "apps/gw-token/keys.h"
#include "apps/gw-token/moment.h"
#include "apps/gw-token/output.h"
#include "libgw/base/crypto.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/forge.h"
#include "libgw/policy/auth/jws.h"

namespace gw::token {
namespace {

Result<void> check_options(const MintOptions& asked) {
    if (!asked.issuer.empty()) {
        const auto refuse = [](std::string_view option, std::string_view why) {
            return Error{Errc::usage, fmt::format("{} and --issuer do not go together", option), std::string(why), {}};
        };
        if (!asked.key.empty()) return refuse("-k", "the issuer signs with its own key");
        if (!asked.algorithm.empty()) return refuse("--alg", "the issuer signs with its own key");
        if (!asked.kid.empty()) return refuse("--kid", "the issuer signs with its own key");
        if (!asked.bad.empty()) return refuse("--bad", "an issuer makes no bad tokens; with its key, -k does");
    } else if (!asked.ca.empty()) {
        return Error{Errc::usage, "--cacert has no meaning without --issuer", {}, {}};
    }
    if (asked.seed && asked.like.empty())
        return Error{Errc::usage, "--seed has no meaning without --like", "only samples are drawn by chance", {}};
    if (asked.bad.empty() || asked.bad == "all") return ok();
    std::vector<std::string_view> names = {"all"};
    for (const auth::ForgeryKind& kind : auth::kForgeries) {
        if (kind.name == asked.bad) return ok();
        names.push_back(kind.name);
    }
    const std::string_view near = closest(asked.bad, names);
    return Error{Errc::usage,
                 fmt::format("--bad: there is no '{}'", asked.bad),
                 near.empty() ? join(names, " ") : fmt::format("did you mean {}?", near),
                 {}};
}

/// The key to sign with, for the algorithm that was asked for.
Result<auth::Key> find_key(program::World& world, const MintOptions& asked, std::optional<auth::Algorithm> algorithm) {
    auth::Key key =
        asked.key.empty() ? TRY(test_key(world, algorithm)) : TRY(read_key(world, asked.key, "-k", algorithm)).key;
    if (asked.kid.size() > auth::kMaxKid)
        return Error{Errc::usage, fmt::format("--kid is longer than {} bytes", auth::kMaxKid), {}, {}};
    if (!asked.kid.empty()) key = key.named(asked.kid);
    if (!key.signs())
        return Error{Errc::usage,
                     key.signing_key().has_private() ? "-k: the key is not for signing (use, key_ops)"
                                                     : "-k: this is a public key, which cannot sign",
                     "give the private key",
                     {}};
    return key;
}

Result<int> print_bad(program::World& world, const Options& options, const auth::ForgeryInput& input,
                      const auth::Key& key, Date date) {
    const std::string& which = options.mint.bad;
    for (const auth::ForgeryKind& kind : auth::kForgeries) {
        if (which != "all" && which != kind.name) continue;
        auto token = TRY(auth::forge(kind.name, input, key, date));
        if (which == "all" || options.json) {
            Object line{{"name", kind.name}, {"token", std::move(token)}, {"expect", kind.expect}};
            if (options.json)
                print_document(world, std::move(line));
            else
                *world.out << safe_json(Value(std::move(line))) << '\n';
        } else {
            *world.err << fmt::format("{}: bad ({}): {}; expect {}\n", world.name, kind.name, kind.meaning,
                                      kind.expect);
            *world.out << token << '\n';
        }
    }
    return program::kYes;
}

Result<int> print_good(program::World& world, const Options& options, std::string token, const Object& claims) {
    if (!options.json)
        *world.out << token << '\n';
    else
        print_document(world, {{"token", std::move(token)}, {"claims", claims}});
    return program::kYes;
}

/// A running issuer signs.
Result<int> ask_issuer(program::World& world, const Options& options, const Object& claims) {
    const MintOptions& asked = options.mint;
    const http::Url url = TRY(parse_sign_url(asked.issuer));
    Web web(TRY(Web::Options::read(asked.ca)));
    auto answer = web.post(url, to_json(Value(claims)));
    if (!answer) return std::move(answer).error().in(fmt::format("asking {} to sign", asked.issuer));
    const auto document = parse_json(answer->body, {.depth = 8, .nodes = 64});
    const std::string* const token = document ? document->find_string("token") : nullptr;
    if (answer->status == 200 && token != nullptr && std::count(token->begin(), token->end(), '.') == 2 &&
        std::all_of(token->begin(), token->end(), [](char c) { return c > ' ' && c < 0x7f; }))
        return print_good(world, options, *token, claims);
    const std::string* const error = document ? document->find_string("error") : nullptr;
    const bool is_refusal = answer->status >= 400 && answer->status < 500;
    program::tell(world,
                  Error{Errc::io,
                        answer->status == 200 ? fmt::format("{} answered without a token", asked.issuer)
                                              : fmt::format("{} answered {}{}{}", asked.issuer, answer->status,
                                                            error ? ": " : "", error ? *error : std::string()),
                        "--issuer wants a running gw-token serve",
                        {}},
                  talk_style(world, options));
    return is_refusal ? program::kRefused : program::kNetwork;
}

}  // namespace

Result<int> mint(program::World& world, const Options& options) {
    const MintOptions& asked = options.mint;
    TRY(check_options(asked));
    const Date now = TRY(parse_date_option(asked.date));
    Draft draft = TRY(draft_claims(world, asked, now));
    if (draft.seed && !asked.seed)
        *world.err << fmt::format("{}: seed {} (--seed makes the same ids again)\n", world.name, *draft.seed);
    if (!asked.issuer.empty()) return ask_issuer(world, options, draft.claims);
    std::optional<auth::Algorithm> algorithm;
    if (!asked.algorithm.empty()) algorithm = TRY(parse_algorithm_option(asked.algorithm));
    const auth::Key key = TRY(find_key(world, asked, algorithm));
    // the one name that the algorithm does not write itself
    if (asked.algorithm == auth::kEd25519) draft.header.push_back({"alg", asked.algorithm});
    if (!asked.bad.empty())
        return print_bad(world, options, {std::move(draft.header), std::move(draft.claims), algorithm}, key, now);
    auto token = TRY(auth::sign_jws(to_json(Value(draft.claims)), key, draft.header, algorithm));
    if (token.size() > auth::kMaxToken)
        program::warn(world,
                      fmt::format("the token has {} bytes, more than the {} that are commonly taken", token.size(),
                                  auth::kMaxToken),
                      talk_style(world, options));
    return print_good(world, options, std::move(token), draft.claims);
}

}  // namespace gw::token
