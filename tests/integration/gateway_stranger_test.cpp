// gw-serve before issuers, signers and clients of other hands.

#include <algorithm>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/auth/algorithm.h"
#include "libgw/wire/http/uri.h"
#include "tests/integration/issuer.h"
#include "tests/integration/stranger.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace gw::test;

namespace {

constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr const char* kSession = "TOKEN/EXAMPLE+abc==";

std::string text_of(const Value& value, std::string_view name) {
    const std::string* const text = value.find_string(name);
    return text == nullptr ? std::string() : *text;
}

std::vector<Value> ask(std::string_view script, const std::vector<Object>& tasks) {
    std::string lines;
    for (const Object& task : tasks) lines += to_json(Value(task)) + "\n";
    const std::string said = ask_stranger(script, lines);
    std::vector<Value> answers;
    for (const std::string_view line : split(said, '\n'))
        if (!line.empty()) answers.push_back(must(parse_json(line)));
    REQUIRE(answers.size() == tasks.size());
    return answers;
}

/// The same text with another character in the middle of what follows its last `mark`.
std::string changed(std::string text, char mark) {
    const auto at = (text.rfind(mark) + text.size()) / 2;
    text[at] = text[at] == 'a' ? 'b' : 'a';
    return text;
}

Value first_line(Process& process) {
    const std::string said = must(process.wait_for_output("{\"url\"", std::chrono::seconds(60)));
    const auto begin = said.find("{\"url\"");
    return must(parse_json(said.substr(begin, said.find('\n', begin) - begin)));
}

/// Waits for the keys.
int status_of(const Gateway& gateway, const std::string& token) {
    static_cast<void>(eventually([&] { return gateway.get("/", bearer(token)).status != 503; }));
    return gateway.get("/", bearer(token)).status;
}

struct Signed {
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;

    explicit Signed(const Value& from)
        : method(text_of(from, "method")), target(text_of(from, "target")), body(text_of(from, "body")) {
        for (const Value& field : *from.find("fields")->if_array())
            fields.emplace_back(*(*field.if_array())[0].if_string(), *(*field.if_array())[1].if_string());
    }
    [[nodiscard]] std::string bytes() const {
        std::string out = method + " " + target + " HTTP/1.1\r\n";
        bool has_length = false;
        for (const auto& [name, value] : fields) {
            out += name + ": " + value + "\r\n";
            has_length = has_length || equals_ignoring_case(name, "content-length");
        }
        if (!body.empty() && !has_length) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        return out + "\r\n" + body;
    }
    [[nodiscard]] std::string field(std::string_view wanted) const {
        for (const auto& [name, value] : fields)
            if (equals_ignoring_case(name, wanted)) return value;
        return {};
    }
    void set_field(std::string_view wanted, const std::string& value) {
        for (auto& field : fields)
            if (equals_ignoring_case(field.first, wanted)) field.second = value;
    }
};

/// A gateway that knows the signers of these tests, before a target that records.
struct Place {
    Place() {
        const std::string keys = directory.write(
            "keys.json",
            std::string(R"({"AKIDEXAMPLE":{"secret":")") + kSecret + R"("},"ASIAEXAMPLE":{"secret":")" + kSecret +
                R"(","session_token":")" + kSession +
                R"(","expires":"2099-01-01T00:00:00Z","principal":"arn:aws:sts::123456789012:assumed-role/r/s"}})");
        gateway.emplace(std::vector<std::string>{target.url(), "--iam", "--iam-keys", keys, "--api", "rest"});
    }
    TemporaryDirectory directory;
    ScriptedUpstream target{{{read_request(), answer(200, "reached", "Connection: close\r\n")}}};
    std::optional<Gateway> gateway;
};

}  // namespace

TEST_CASE("gw-serve lets in what jose signs, whatever the algorithm, and nothing that was changed") {
    if (!has_strangers()) GW_SKIP("there is no node, or npm could not install its packages");
    std::vector<Object> tasks;
    for (const auth::Algorithm algorithm : auth::kAlgorithms)
        tasks.push_back({{"do", "sign"}, {"alg", auth::to_text(algorithm)}});
    const auto answers = ask("tokens.mjs", tasks);
    const TemporaryDirectory directory;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const std::string name(auth::to_text(auth::kAlgorithms[i]));
        INFO(name);
        const std::string keys =
            directory.write(name + ".json", to_json(Value(Object{{"keys", Array{*answers[i].find("jwk")}}})));
        const Gateway gateway({"mock:200:in", "--jwt", "https://issuer.example", "--jwt-jwks", "@" + keys, "--jwt-alg",
                               name, "--jwt-audience", "app", "--jwt-scope", "b"});
        const std::string token = text_of(answers[i], "token");
        CHECK(gateway.get("/", bearer(token)).status == 200);
        CHECK(gateway.get("/", bearer(changed(token, '.'))).status == 401);
        // the key does not make the algorithm
        const std::string other = name == "PS512" ? "PS256" : "PS512";
        if (is_symmetric(auth::kAlgorithms[i])) continue;
        const Gateway strict(
            {"mock:200:in", "--jwt", "https://issuer.example", "--jwt-jwks", "@" + keys, "--jwt-alg", other});
        CHECK(strict.get("/", bearer(token)).status == 401);
    }
    CHECK(answers.size() == auth::kAlgorithms.size());
}

TEST_CASE("gw-serve believes the tokens of oidc-provider by its discovery") {
    if (!has_issuers()) GW_SKIP("there is no node, or npm could not install its packages");
    const TemporaryDirectory directory;
    Process issuer = start_issuer("issuer.mjs", {"oidc"}, directory.path().string());
    const Value told = first_line(issuer);
    const std::string url = text_of(told, "url");
    const Gateway gateway({"mock:200:in", "--jwt", url, "--jwt-audience", "web", "--jwt-scope", "read", "--jwt-alg",
                           "RS256", "--jwt-alg", "PS256", "--jwt-alg", "ES256", "--jwt-alg", "EdDSA"});
    const Gateway rsa({"mock:200:in", "--jwt", url});
    const Gateway other({"mock:200:in", "--jwt", url, "--jwt-audience", "app"});
    const Gateway write({"mock:200:in", "--jwt", url, "--jwt-scope", "write"});
    for (const char* name : {"RS256", "PS256", "ES256", "EdDSA"}) {
        INFO(name);
        const std::string token = text_of(*told.find("tokens"), name);
        REQUIRE_FALSE(token.empty());
        CHECK(status_of(gateway, token) == 200);
        CHECK(status_of(gateway, changed(token, '.')) == 401);
        CHECK(status_of(rsa, token) == (std::string_view(name) == "RS256" ? 200 : 401));
    }
    const std::string token = text_of(*told.find("tokens"), "RS256");
    CHECK(status_of(other, token) == 401);
    CHECK(status_of(write, token) == 403);
}

TEST_CASE("gw-serve --cognito believes the tokens of cognito-local") {
    if (!has_issuers()) GW_SKIP("there is no node, or npm could not install its packages");
    const TemporaryDirectory directory;
    Process issuer = start_issuer("issuer.mjs", {"cognito"}, directory.path().string());
    const Value told = first_line(issuer);
    const std::string pool = text_of(told, "pool") + ",endpoint=" + text_of(told, "url");
    const std::string access = text_of(told, "access");
    const std::string id = text_of(told, "id");
    const Gateway any({"mock:200:in", "--cognito", pool});
    CHECK(status_of(any, access) == 200);
    CHECK(status_of(any, id) == 200);
    CHECK(status_of(any, changed(access, '.')) == 401);
    const Gateway client({"mock:200:in", "--cognito", pool + ",client=" + text_of(told, "client") + ",use=access"});
    CHECK(status_of(client, access) == 200);
    CHECK(status_of(client, id) == 401);
    const Gateway stranger({"mock:200:in", "--cognito", pool + ",client=another"});
    CHECK(status_of(stranger, access) == 401);
    CHECK(status_of(stranger, id) == 401);
    // REST: ID tokens, unless scopes are asked for
    const Gateway rest({"mock:200:in", "--api", "rest", "--cognito", pool});
    CHECK(status_of(rest, id) == 200);
    CHECK(status_of(rest, access) == 401);
}

TEST_CASE("gw-serve --iam takes what @smithy/signature-v4 and aws4 sign, and nothing that was changed") {
    if (!has_strangers()) GW_SKIP("there is no node, or npm could not install its packages");
    std::vector<Object> tasks;
    for (int seed = 1; seed <= 120; ++seed)
        for (const char* with : {"smithy", "aws4"}) {
            Object task{{"with", with}, {"seed", seed}, {"secret", kSecret}, {"region", "us-east-1"}};
            task.push_back({"key", seed % 3 == 0 ? "ASIAEXAMPLE" : "AKIDEXAMPLE"});
            if (seed % 3 == 0) task.push_back({"session", kSession});
            tasks.push_back(task);
        }
    const auto answers = ask("wire_requests.mjs", tasks);
    const Place place;
    std::size_t reached = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const Signed request(answers[i]);
        INFO(to_json(tasks[i]) << "\n" << request.bytes());
        const RawResponse response = place.gateway->ask(request.bytes());
        INFO(response.body);
        CHECK(response.status == 200);
        if (response.status == 200) ++reached;
        Signed other = request;
        switch (i % 4) {
            case 0: other.target += other.target.find('?') == std::string::npos ? "?x=1" : "&x=1"; break;
            case 1: other.set_field("authorization", changed(request.field("authorization"), '=')); break;
            case 2: other.method = request.method == "PUT" ? "POST" : "PUT"; break;
            default: other.body += "x"; other.set_field("content-length", std::to_string(other.body.size()));
        }
        INFO(other.bytes());
        CHECK(place.gateway->ask(other.bytes()).status == 403);
        CHECK(place.target.connections() == reached);
    }
}

TEST_CASE("gw-token signs as @smithy/signature-v4 and aws4 do") {
    if (!has_strangers()) GW_SKIP("there is no node, or npm could not install its packages");
    std::vector<Object> tasks;
    for (int seed = 1000; seed < 1030; ++seed)
        for (const char* with : {"smithy", "aws4"})
            tasks.push_back(
                {{"with", with}, {"seed", seed}, {"secret", kSecret}, {"key", "AKIDEXAMPLE"}, {"region", "us-east-1"}});
    for (const Value& answer : ask("wire_requests.mjs", tasks)) {
        const Signed request(answer);
        INFO(request.bytes());
        const std::string theirs = request.field("authorization");
        Command command;
        command.arguments = {program_path("gw-token"),   "sigv4", "sign", "--json", "--region", "us-east-1", "--date",
                             request.field("x-amz-date")};
        const auto begin = theirs.find("SignedHeaders=") + 14;
        const std::string names = theirs.substr(begin, theirs.find(',', begin) - begin);
        for (const auto& [name, value] : request.fields) {
            const std::string lower = to_lower(name);
            if (lower == "host" || lower == "authorization" || lower == "x-amz-date" || lower == "x-amz-content-sha256")
                continue;
            if ((";" + names + ";").find(";" + lower + ";") == std::string::npos) continue;
            command.arguments.insert(command.arguments.end(), {"-H", name + ": " + value});
        }
        if (names.find("x-amz-content-sha256") != std::string::npos) command.arguments.emplace_back("--payload-header");
        if (!request.body.empty()) {
            command.arguments.emplace_back("--data-binary");
            command.arguments.push_back("@-");
        }
        command.input = request.body;
        command.arguments.push_back(request.method);
        command.arguments.push_back("http://h" + request.target);
        command.environment = {
            {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"}, {"AWS_SECRET_ACCESS_KEY", kSecret}, {"HOME", "/nowhere"}};
        command.without = {"AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"};
        const Ending ending = must(run(command));
        INFO(ending.errors);
        REQUIRE(ending.code == 0);
        const Value ours = must(parse_json(ending.output));
        INFO(text_of(ours, "canonical_request"));
        CHECK(text_of(ours, "signature") == theirs.substr(theirs.find("Signature=") + 10));
    }
}

TEST_CASE("gw-serve --iam takes what curl signs with --aws-sigv4") {
    const Ending version = must(run({{"curl", "--version"}, {}, {}, {}, ""}));
    if (version.code != 0) GW_SKIP("curl is not here");
    const Place place;
    std::size_t reached = 0;
    // what older curls sign wrongly themselves (paths that are not plain, queries out of order) is left out
    for (const std::string target : {"/", "/prod/pets/1", "/prod/pets?a=1&b=2"}) {
        for (const std::string& body : {std::string(), std::string(R"({"name":"rex"})"), std::string(3000, 'x')}) {
            for (const std::string& region : {std::string("us-east-1"), std::string("eu-west-1")}) {
                std::vector<std::string> arguments = {"curl",
                                                      "-sS",
                                                      "-o",
                                                      "/dev/null",
                                                      "-w",
                                                      "%{http_code}",
                                                      "--aws-sigv4",
                                                      "aws:amz:" + region + ":execute-api",
                                                      "-u",
                                                      std::string("AKIDEXAMPLE:") + kSecret,
                                                      "-H",
                                                      "Content-Type: application/json",
                                                      place.gateway->url() + target};
                if (!body.empty()) arguments.insert(arguments.end(), {"-d", body});
                const Ending sent = must(run({arguments, {}, {}, {}, ""}));
                INFO(target << " " << body.size() << " " << sent.errors);
                REQUIRE(sent.code == 0);
                const bool is_ours = region == "us-east-1";
                CHECK(sent.output == (is_ours ? "200" : "403"));
                if (is_ours) ++reached;
            }
        }
    }
    CHECK(place.target.connections() == reached);
}
