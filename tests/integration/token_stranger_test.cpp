// gw-token's tokens and keys beside jose's and aws-jwt-verify's.

#include <algorithm>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/algorithm.h"
#include "libgw/policy/auth/forge.h"
#include "tests/integration/gateway.h"
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
