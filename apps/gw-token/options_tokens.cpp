// mint, verify, decode, key, bench

#include <fmt/format.h>

#include "apps/gw-token/declare.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/forge.h"
#include "libgw/policy/auth/sample.h"

namespace gw::token {
namespace {

// What mint and verify have in common.
void add_authorities(CLI::App& command, std::string& file) {
    program::last_counts(
        command.add_option("--cacert", file, "certificates to verify the issuer with, PEM; not the system's"))
        ->type_name("FILE");
}
void add_moment(CLI::App& command, std::string& date) {
    command.add_option("--date", date, "the moment that counts as now")->type_name("WHEN");
}
void add_key(CLI::App& command, std::string& key, const std::string& what) {
    command.add_option("-k,--key", key, what + ": @FILE, its path, -, env:NAME")->type_name("KEY");
}

void declare_mint(CLI::App& app, Options& options, program::Manual& manual) {
    MintOptions& mint = options.mint;
    CLI::App* command =
        program::add_command(app, options.command, "mint", "make a token, a good or a bad one", Command::mint);
    command->add_option("CLAIMS-JSON", mint.json);
    add_key(*command, mint.key, "the key to sign with");
    command->add_option("--alg", mint.algorithm, "the algorithm (that of the key; RS256)")->type_name("ALG");
    command->add_option("--kid", mint.kid, "the key's name in the header")->type_name("NAME");
    command->add_option("--like", mint.like, "claims in the shape of a well-known issuer's")->type_name("KIND");
    command->add_option("-c,--claim", mint.claims, "a claim; the value is JSON when it reads as JSON, else a string")
        ->type_name("NAME=VALUE")
        ->take_all();
    command->add_option("--exp", mint.expires, "when it ends: +1h, a date, seconds since 1970, none (+1h)")
        ->type_name("WHEN");
    command->add_option("--bad", mint.bad, "a token that must be refused, or all of them with what to expect")
        ->type_name("NAME|all");
    command->add_option("--issuer", mint.issuer, "let a running gw-token serve sign it")->type_name("URL");
    add_authorities(*command, mint.ca);
    add_moment(*command, mint.date);
    command->add_option("--seed", program::to_number(mint.seed), "of the ids that --like draws")->type_name("N");
    static const std::string synopsis = [] {
        std::vector<std::string_view> bad;
        bad.reserve(auth::kForgeries.size());
        for (const auth::ForgeryKind& kind : auth::kForgeries) bad.push_back(kind.name);
        const auto half = static_cast<std::ptrdiff_t>(bad.size() / 2);
        return fmt::format(
            "  gw-token mint [CLAIMS-JSON] [OPTIONS]\n"
            "CLAIMS-JSON: an object, @FILE or -. Without -k the key is ./gw-test-key.jwk, made when it is not there.\n"
            "KIND: {}\nNAME: {}\n      {}",
            join(auth::kSampleNames, " "), join(std::vector(bad.begin(), bad.begin() + half), " "),
            join(std::vector(bad.begin() + half, bad.end()), " "));
    }();
    manual.commands.push_back(
        {"mint",
         synopsis,
         {"gw-token mint -c sub=alice -c 'roles=[\"admin\"]' --exp +8h",
          "gw-token mint --like cognito-access -c client_id=web -k key.jwk", "gw-token mint --bad all > bad.ndjson"}});
}

void declare_verify(CLI::App& app, Options& options, program::Manual& manual) {
    VerifyOptions& verify = options.verify;
    CLI::App* command =
        program::add_command(app, options.command, "verify", "judge a token, with a check list", Command::verify);
    command->add_option("TOKEN", verify.token);
    command->add_option("--issuer", verify.issuer, "iss has to be this; keys by its discovery, unless given")
        ->type_name("URL");
    command->add_option("--jwks", verify.jwks, "the key set: a URL, @FILE, a path")->type_name("URL|@FILE");
    add_key(*command, verify.key, "the key");
    command->add_option("--alg", verify.algorithms, "an algorithm that is allowed (those that the keys are for)")
        ->type_name("ALG")
        ->take_all();
    command->add_option("--aud", verify.audiences, "aud has one of these, or client_id when there is no aud")
        ->type_name("NAME")
        ->take_all();
    command->add_option("--scope", verify.scopes, "the token has one of these scopes")->type_name("NAME")->take_all();
    command->add_option("--claim", verify.claims, "a claim that has this value, or an array that holds it")
        ->type_name("NAME=VALUE")
        ->take_all();
    command->add_option("--token-use", verify.use, "token_use, as Cognito has it")->type_name("access|id");
    command->add_option("--typ", verify.type, "typ of the header, such as at+jwt")->type_name("TYPE");
    command->add_option("--leeway", verify.leeway, "how far clocks may be apart (30s)")->type_name("TIME");
    add_moment(*command, verify.date);
    add_authorities(*command, verify.ca);
    command->add_flag("--jws", verify.jws, "the signature alone, whatever the payload is");
    command->add_flag("--batch", verify.batch, "one token a line of standard input, one verdict a line");
    manual.commands.push_back({"verify",
                               "  gw-token verify TOKEN|- [--issuer URL | --jwks URL|@FILE | -k KEY] [OPTIONS]\n"
                               "  gw-token verify --batch ... < TOKENS\n"
                               "Exit: 0 valid, 1 not, 4 no keys could be fetched, 5 their server refused.",
                               {"gw-token verify - --issuer https://issuer.example --aud web < token.txt",
                                "gw-token verify env:TOKEN --jwks jwks.json --scope orders:read",
                                "gw-token verify --batch -k gw-test-key.jwk < tokens.txt"}});
}

void declare_decode(CLI::App& app, Options& options, program::Manual& manual) {
    CLI::App* command = program::add_command(app, options.command, "decode",
                                             "show what a token says, without judging it", Command::decode);
    command->add_option("TOKEN", options.decode.token);
    command->add_option("--date", options.decode.zone, "where the dates are told (utc)")->type_name("utc|local|+02:00");
    manual.commands.push_back({"decode",
                               "  gw-token decode TOKEN|-    TOKEN: the text, -, @FILE or env:NAME",
                               {"gw-token decode - < token.txt", "gw-token decode @token.txt --date=local",
                                "gw-token decode env:TOKEN --json"}});
}

void declare_key(CLI::App& app, Options& options, program::Manual& manual) {
    KeyOptions& key = options.key;
    CLI::App* command =
        program::add_command(app, options.command, "key", "make keys, and show them in other forms", Command::key);
    command->add_option("ACTION", key.action);
    command->add_option("KEY", key.keys)->take_all();
    command->add_option("-k", key.option_keys, "the same as KEY")->type_name("KEY")->take_all();
    command->add_option("--alg", key.algorithm, "what a new key is for (RS256), or a given one is bound to")
        ->type_name("ALG");
    command->add_option("--kid", key.kid, "its name (the thumbprint)")->type_name("NAME");
    command->add_flag("--pem", key.pem, "written as PEM");
    command->add_flag("--jwk", key.jwk, "written as a JSON Web Key");
    command->add_option("-o,--output", key.output, "to a new file that only you can read")->type_name("FILE");
    manual.commands.push_back(
        {"key",
         "  gw-token key new               a new private key\n"
         "  gw-token key pub KEY           its public half\n"
         "  gw-token key jwks KEY...       the public halves as a key set\n"
         "  gw-token key convert KEY       JWK to PEM, PEM to JWK\n"
         "  gw-token key thumb KEY         its thumbprint (RFC 7638)\n"
         "KEY: @FILE, its path, -, env:NAME; a public key may stand here itself. Without it: standard input.",
         {"gw-token key new --alg ES256 -o key.jwk", "gw-token key jwks key.jwk old.pem > jwks.json",
          "gw-token key pub key.jwk --pem"}});
}

void declare_bench(CLI::App& app, Options& options, program::Manual& manual) {
    CLI::App* command = program::add_command(app, options.command, "bench",
                                             "signatures and verifications a second, beside OpenSSL's", Command::bench);
    command->add_option("--alg", options.bench.algorithms, "only this algorithm")->type_name("ALG")->take_all();
    manual.commands.push_back({"bench",
                               "  gw-token bench [--alg ALG]...",
                               {"gw-token bench", "gw-token bench --alg ES256 --alg RS256",
                                "gw-token bench --json | jq '.algorithms[].verify_per_second'"}});
}

}  // namespace

void declare_tokens(CLI::App& app, Options& options, program::Manual& manual) {
    declare_mint(app, options, manual);
    declare_verify(app, options, manual);
    declare_decode(app, options, manual);
    declare_key(app, options, manual);
    declare_bench(app, options, manual);
}

}  // namespace gw::token
