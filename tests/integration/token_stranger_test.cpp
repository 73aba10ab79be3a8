// gw-token's tokens and keys beside jose's and aws-jwt-verify's.

#include <algorithm>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/algorithm.h"
#include "libgw/policy/auth/forge.h"
#include "tests/integration/gateway.h"
#include "tests/integration/issuer.h"
#include "tests/integration/stranger.h"
#include "tests/support/catch.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace gw::test;

namespace {

/// gw-token in a directory of its own.
class Token {
  public:
    std::string run(const std::vector<std::string>& arguments, std::string input = {}, int code = 0) const {
        Command command;
        command.arguments = {program_path("gw-token")};
        command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
        command.directory = directory_.path().string();
        command.input = std::move(input);
        const Ending ending = must(test::run(command));
        INFO(ending.errors);
        REQUIRE(ending.code == code);
        std::string output = ending.output;
        if (output.ends_with('\n')) output.pop_back();
        return output;
    }
    std::string write(const std::string& name, const std::string& text) const { return directory_.write(name, text); }

  private:
    TemporaryDirectory directory_;
};

Value read(const std::string& text) { return must(parse_json(text)); }

std::vector<Value> ask(const std::vector<Object>& tasks) {
    std::string lines;
    for (const Object& task : tasks) lines += to_json(Value(task)) + "\n";
    std::vector<Value> answers;
    const std::string said = ask_stranger("tokens.mjs", lines);
    for (const std::string_view line : split(said, '\n'))
        if (!line.empty()) answers.push_back(read(std::string(line)));
    REQUIRE(answers.size() == tasks.size());
    return answers;
}

std::string text_of(const Value& value, std::string_view name) {
    const std::string* const text = value.find_string(name);
    return text == nullptr ? std::string() : *text;
}

/// The key set of a key file; of a shared secret the secret itself.
Value set_of(const Token& token, const std::string& file, bool is_secret) {
    if (!is_secret) return read(token.run({"key", "jwks", file}));
    return Object{{"keys", Array{read(token.run({"key", "convert", file, "--jwk"}))}}};
}

}  // namespace

TEST_CASE("jose believes the tokens that gw-token mints, whatever the algorithm") {
    if (!has_strangers()) GW_SKIP("there is no node, or npm could not install its packages");
    const Token token;
    std::vector<Object> tasks;
    for (const auth::Algorithm algorithm : auth::kAlgorithms) {
        const std::string name(to_text(algorithm));
        token.run({"key", "new", "--alg", name, "--kid", "k1", "-o", name + ".jwk"});
        tasks.push_back({{"do", "verify"},
                         {"jwks", set_of(token, name + ".jwk", is_symmetric(algorithm))},
                         {"token", token.run({"mint", "-k", name + ".jwk", "-c", "sub=" + name, "-c", "aud=web"})},
                         {"options", Object{{"audience", "web"}}}});
    }
    const auto answers = ask(tasks);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        INFO(to_json(answers[i]));
        const Value* const payload = answers[i].find("payload");
        REQUIRE(payload != nullptr);
        CHECK(text_of(*payload, "sub") == to_text(auth::kAlgorithms[i]));
    }
}

TEST_CASE("jose refuses the bad tokens that gw-token mints, as far as it looks") {
    if (!has_strangers()) GW_SKIP("there is no node, or npm could not install its packages");
    const Token token;
    token.run({"key", "new", "--kid", "k1", "-o", "key.jwk"});
    const Value jwks = set_of(token, "key.jwk", false);
    const std::vector<std::string> like = {"--like", "cognito-id", "-k", "key.jwk", "-c", "iss=https://issuer.example",
                                           "-c",     "aud=web"};
    std::vector<std::string> good = {"mint"};
    good.insert(good.end(), like.begin(), like.end());
    std::vector<std::string> bad = good;
    bad.insert(bad.end(), {"--bad", "all"});
    std::vector<std::string> names = {"good"};
    const Object options{{"issuer", "https://issuer.example"}, {"audience", "web"}};
    std::vector<Object> tasks = {{{"do", "verify"}, {"jwks", jwks}, {"token", token.run(good)}, {"options", options}}};
    const std::string all = token.run(bad);
    for (const std::string_view line : split(all, '\n')) {
        const Value made = read(std::string(line));
        names.push_back(text_of(made, "name"));
        tasks.push_back({{"do", "verify"}, {"jwks", jwks}, {"token", text_of(made, "token")}, {"options", options}});
    }
    REQUIRE(names.size() == auth::kForgeries.size() + 1);
    const auto answers = ask(tasks);
    // what it is not asked about, and what JavaScript reads without a word
    const std::vector<std::string> believed = {"good", "scope", "token-use", "dup-claim", "huge"};
    for (std::size_t i = 0; i < answers.size(); ++i) {
        INFO(names[i] << " " << to_json(answers[i]).substr(0, 200));
        const bool is_believed = std::find(believed.begin(), believed.end(), names[i]) != believed.end();
        CHECK((answers[i].find("payload") != nullptr) == is_believed);
    }
}

TEST_CASE("gw-token believes the tokens that jose signs, and reads its keys in every form") {
    if (!has_strangers()) GW_SKIP("there is no node, or npm could not install its packages");
    const Token token;
    std::vector<Object> tasks;
    for (const auth::Algorithm algorithm : auth::kAlgorithms)
        tasks.push_back({{"do", "sign"}, {"alg", to_text(algorithm)}});
    const auto answers = ask(tasks);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const std::string name(to_text(auth::kAlgorithms[i]));
        INFO(name << " " << to_json(answers[i]));
        const std::string text = text_of(answers[i], "token");
        const Value jwk = *answers[i].find("jwk");
        token.write("set.json", to_json(Value(Object{{"keys", Array{jwk}}})));
        const std::vector<std::string> rules = {
            "--issuer", "https://issuer.example",       "--aud", "app", "--scope", "b",
            "--claim",  "https://example.com/roles=dev"};
        std::vector<std::string> verify = {"verify", "-", "--jwks", "set.json", "--alg", name};
        verify.insert(verify.end(), rules.begin(), rules.end());
        CHECK(text_of(read(token.run(verify, text)), "iss") == "https://issuer.example");
        std::string changed = text;
        changed[text.rfind('.') + 5] = changed[text.rfind('.') + 5] == 'A' ? 'B' : 'A';
        token.run(verify, changed, 1);
        token.write("key.jwk", to_json(jwk));
        CHECK(token.run({"key", "thumb", "key.jwk"}) == text_of(answers[i], "thumbprint"));
        if (is_symmetric(auth::kAlgorithms[i])) continue;
        token.write("public.pem", text_of(answers[i], "spki"));
        token.run({"verify", "-", "-k", "public.pem"}, text);
        token.write("private.pem", text_of(answers[i], "pkcs8"));
        CHECK(token.run({"key", "thumb", "private.pem"}) == text_of(answers[i], "thumbprint"));
        CHECK(token.run({"key", "pub", "private.pem"}) + "\n" == token.run({"key", "pub", "key.jwk", "--pem"}) + "\n");
    }
}

TEST_CASE("jose and gw-token agree on what Ed25519 means as an algorithm") {
    if (!has_strangers()) GW_SKIP("there is no node, or npm could not install its packages");
    const Token token;
    token.run({"key", "new", "--alg", "EdDSA", "--kid", "k1", "-o", "key.jwk"});
    Value set = set_of(token, "key.jwk", false);
    Object& key = *set.if_object()->front().value.if_array()->front().if_object();
    std::erase_if(key, [](const Member& member) { return member.key == "alg"; });
    const auto answers = ask({{{"do", "verify"},
                               {"jwks", set},
                               {"token", token.run({"mint", "-k", "key.jwk", "--alg", "Ed25519", "-c", "sub=alice"})},
                               {"options", Object{{"algorithms", Array{"Ed25519"}}}}},
                              {{"do", "sign"}, {"alg", "Ed25519"}}});
    INFO(to_json(answers[0]) << to_json(answers[1]));
    REQUIRE(answers[0].find("payload") != nullptr);
    CHECK(text_of(*answers[0].find("payload"), "sub") == "alice");
    token.write("jose.json", to_json(Value(Object{{"keys", Array{*answers[1].find("jwk")}}})));
    for (const char* alg : {"EdDSA", "Ed25519"})
        token.run({"verify", "-", "--jwks", "jose.json", "--alg", alg}, text_of(answers[1], "token"));
    token.run({"verify", "-", "--jwks", "jose.json", "--alg", "ES256"}, text_of(answers[1], "token"), 1);
}

TEST_CASE("jose believes the tokens of a running issuer, with the keys that it finds there, through a rotation") {
    if (!has_strangers()) GW_SKIP("there is no node, or npm could not install its packages");
    for (const char* algorithm : {"RS256", "ES256", "EdDSA"}) {
        const RunningIssuer issuer({"--alg", algorithm, "--user", "alice:groups=admin", "--rotate", "1h"});
        const auto post = [&](const std::string& target, const std::string& form) {
            const PeerResponse answer = issuer.post(target, form);
            REQUIRE(answer.status == 200);
            return read(answer.body);
        };
        const auto task = [&](const std::string& given, const std::string& audience) {
            return Object{{"do", "remote"}, {"issuer", issuer.url()}, {"token", given}, {"audience", audience}};
        };
        const Value first = post("/token", "grant_type=password&client_id=web&username=alice&password=x&scope=openid");
        post("/rotate", "");
        const Value second = post("/token", "grant_type=client_credentials&client_id=ci&client_secret=x&audience=api");
        const Value made = post("/sign", R"({"sub":"zoe","aud":"api"})");
        std::string damaged = text_of(second, "access_token");
        damaged[damaged.rfind('.') + 5] = damaged[damaged.rfind('.') + 5] == 'A' ? 'B' : 'A';
        const auto answers = ask({task(text_of(first, "access_token"), "web"), task(text_of(first, "id_token"), "web"),
                                  task(text_of(second, "access_token"), "api"), task(text_of(made, "token"), "api"),
                                  task(text_of(second, "access_token"), "web"), task(damaged, "api")});
        const std::vector<std::string> subjects = {"alice", "alice", "ci", "zoe", "", ""};
        for (std::size_t i = 0; i < answers.size(); ++i) {
            INFO(algorithm << " " << i << " " << to_json(answers[i]));
            const Value* const payload = answers[i].find("payload");
            CHECK((payload == nullptr ? "" : text_of(*payload, "sub")) == subjects[i]);
        }
    }
}

TEST_CASE("aws-jwt-verify believes the tokens of an issuer that runs as a user pool") {
    if (!has_strangers()) GW_SKIP("there is no node, or npm could not install its packages");
    const std::string pool = "us-east-1_Abc123456";
    // the verifier knows pools by AWS's own URL only
    const RunningIssuer issuer({"--cognito", pool, "--issuer", "https://cognito-idp.us-east-1.amazonaws.com/" + pool});
    const Value keys = read(issuer.get("/" + pool + "/.well-known/jwks.json").body);
    const Value users = read(
        issuer.post("/oauth2/token", "grant_type=password&client_id=web&username=alice&password=x&scope=openid").body);
    const Value client =
        read(issuer.post("/oauth2/token", "grant_type=client_credentials&client_id=web&client_secret=x").body);
    const auto task = [&](const Value& tokens, const std::string& name, const std::string& use,
                          const std::string& client_id) {
        return Object{{"do", "cognito"},     {"pool", pool}, {"use", use},
                      {"client", client_id}, {"jwks", keys}, {"token", text_of(tokens, name)}};
    };
    const auto answers =
        ask({task(users, "access_token", "access", "web"), task(users, "id_token", "id", "web"),
             task(client, "access_token", "access", "web"), task(users, "access_token", "id", "web"),
             task(users, "id_token", "access", "web"), task(users, "access_token", "access", "other")});
    for (std::size_t i = 0; i < answers.size(); ++i) {
        INFO(i << " " << to_json(answers[i]));
        CHECK((answers[i].find("payload") != nullptr) == (i < 3));
    }
}

TEST_CASE("aws-jwt-verify believes the Cognito tokens that gw-token mints") {
    if (!has_strangers()) GW_SKIP("there is no node, or npm could not install its packages");
    const Token token;
    token.run({"key", "new", "--kid", "k1", "-o", "key.jwk"});
    std::vector<Object> tasks;
    const auto add = [&](const std::string& kind, const std::string& use, std::vector<std::string> more = {}) {
        std::vector<std::string> mint = {"mint", "--like", kind, "-k", "key.jwk", "-c", "aud=web"};
        mint.insert(mint.end(), more.begin(), more.end());
        tasks.push_back({{"do", "cognito"},
                         {"pool", "us-east-1_Example12"},
                         {"use", use},
                         {"client", "web"},
                         {"jwks", set_of(token, "key.jwk", false)},
                         {"token", token.run(mint)}});
    };
    add("cognito-access", "access");
    add("cognito-id", "id");
    add("cognito-access", "id");
    for (const char* bad : {"expired", "iss", "aud", "token-use", "payload-tampered", "sig-stripped", "alg-none",
                            "alg-confusion", "kid-unknown"})
        add("cognito-access", "access", {"--bad", bad});
    const auto answers = ask(tasks);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        INFO(i << " " << to_json(answers[i]));
        CHECK((answers[i].find("payload") != nullptr) == (i < 2));
    }
}
