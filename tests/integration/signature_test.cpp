// gw-token sigv4: the signing test suite of aws-c-auth through the program, and curl as another signer.

#include <algorithm>
#include <filesystem>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace gw::test;

namespace {

constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// Nothing of whoever runs the tests is taken: neither keys nor profiles.
Ending run_token(std::vector<std::string> arguments, std::string input = {}, std::string session_token = {}) {
    Command command;
    command.arguments = {program_path("gw-token")};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    command.environment = {
        {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"}, {"AWS_SECRET_ACCESS_KEY", kSecret}, {"HOME", "/nowhere"}};
    if (!session_token.empty()) command.environment.emplace_back("AWS_SESSION_TOKEN", session_token);
    command.without = {"AWS_SESSION_TOKEN",  "AWS_PROFILE",     "AWS_REGION",
                       "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"};
    command.input = std::move(input);
    return must(run(command));
}

std::string text_of(const Value& value, std::string_view name) {
    const std::string* text = value.find_string(name);
    return text == nullptr ? "" : *text;
}

const std::filesystem::path& folder() {
    static const std::filesystem::path path = source_root() / "../shared/vectors/sigv4";
    return path;
}

/// One case of the suite as a command line.
struct Vector {
    std::string name;
    std::filesystem::path path;
    std::vector<std::string> arguments;  ///< behind the action
    std::string token;
    bool is_for_urls = true;  ///< the target can stand in a URL as it is

    [[nodiscard]] std::string text(std::string_view file) const { return read_file(path / file); }
};

Vector read_vector(const std::filesystem::path& path) {
    Vector out;
    out.name = path.filename();
    out.path = path;
    const Value context = must(parse_json(out.text("context.json")));
    out.token = text_of(*context.find("credentials"), "token");
    std::string when = text_of(context, "timestamp");
    std::erase_if(when, [](char c) { return c == '-' || c == ':'; });
    out.arguments = {"--region", text_of(context, "region"), "--service", text_of(context, "service"), "--date", when};
    const auto is = [&](std::string_view member, bool value) {
        const Value* found = context.find(member);
        return found != nullptr && found->if_bool() != nullptr && *found->if_bool() == value;
    };
    if (is("normalize", false)) out.arguments.emplace_back("--raw-path");
    if (is("sign_body", true)) out.arguments.emplace_back("--payload-header");
    if (is("omit_session_token", true)) out.arguments.emplace_back("--unsigned-token");

    const std::string request = out.text("request.txt");
    const auto head_end = std::min(request.find("\n\n"), request.size());
    const std::string head = request.substr(0, head_end);
    const auto lines = split(head, '\n');
    const std::string_view first = lines.front();
    const auto space = first.find(' ');
    const std::string target(first.substr(space + 1, first.rfind(' ') - space - 1));
    out.is_for_urls = std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < 0x7f; });
    std::vector<std::string> fields;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        if (lines[i].empty()) continue;
        if (lines[i].starts_with(' '))
            fields.back() += " " + std::string(trim_ows(lines[i]));
        else
            fields.emplace_back(lines[i]);
    }
    for (const std::string& field : fields) {
        out.arguments.emplace_back("-H");
        // a field without a value is written as curl has it
        out.arguments.push_back(field.ends_with(':') ? field.substr(0, field.size() - 1) + ";" : field);
    }
    if (head_end < request.size() && request.size() > head_end + 2) {
        out.arguments.emplace_back("--data-binary");
        out.arguments.push_back(request.substr(head_end + 2));
    }
    out.arguments.emplace_back(first.substr(0, space));
    out.arguments.push_back("https://example.amazonaws.com" + target);
    return out;
}

std::vector<Vector> vectors() {
    std::vector<Vector> all;
    if (!std::filesystem::exists(folder())) return all;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) all.push_back(read_vector(entry.path()));
    return all;
}

std::vector<std::string> arguments_of(const char* action, const Vector& vector) {
    std::vector<std::string> arguments{"sigv4", action, "--json"};
    arguments.insert(arguments.end(), vector.arguments.begin(), vector.arguments.end());
    return arguments;
}

std::string trimmed(std::string text) {
    while (text.ends_with('\n')) text.pop_back();
    return text;
}

}  // namespace

TEST_CASE("gw-token sigv4 sign gives every signature of the signing test suite, and all that leads to it") {
    const auto all = vectors();
    if (all.empty()) GW_SKIP("../shared/vectors/sigv4 is not here");
    for (const Vector& vector : all) {
        INFO(vector.name);
        const Ending ending = run_token(arguments_of("sign", vector), {}, vector.token);
        INFO(ending.errors);
        REQUIRE(ending.code == 0);
        const Value document = must(parse_json(ending.output));
        CHECK(text_of(document, "canonical_request") == vector.text("header-canonical-request.txt"));
        CHECK(text_of(document, "string_to_sign") == vector.text("header-string-to-sign.txt"));
        CHECK(text_of(document, "signature") == trimmed(vector.text("header-signature.txt")));
        CHECK(text_of(document, "schema") == "gw-token/1");
    }
    CHECK(all.size() == 38);
}

TEST_CASE("gw-token sigv4 presign gives every query signature of the suite whose target can stand in a URL") {
    const auto all = vectors();
    if (all.empty()) GW_SKIP("../shared/vectors/sigv4 is not here");
    std::vector<std::string> refused;
    for (const Vector& vector : all) {
        INFO(vector.name);
        auto arguments = arguments_of("presign", vector);
        std::erase(arguments, "--payload-header");
        arguments.insert(arguments.end(), {"--expires", "1h"});
        const Ending ending = run_token(arguments, {}, vector.token);
        INFO(ending.errors);
        if (!vector.is_for_urls) {
            CHECK(ending.code == 2);
            refused.push_back(vector.name);
            continue;
        }
        REQUIRE(ending.code == 0);
        const Value document = must(parse_json(ending.output));
        CHECK(text_of(document, "canonical_request") == vector.text("query-canonical-request.txt"));
        CHECK(text_of(document, "string_to_sign") == vector.text("query-string-to-sign.txt"));
        CHECK(text_of(document, "signature") == trimmed(vector.text("query-signature.txt")));
    }
    std::sort(refused.begin(), refused.end());
    CHECK(refused == std::vector<std::string>{"get-space-normalized", "get-space-unnormalized", "get-utf8",
                                              "get-vanilla-utf8-query"});
}

TEST_CASE("gw-token sigv4 verify takes every signed request of the suite, and none with another body or time") {
    const auto all = vectors();
    if (all.empty()) GW_SKIP("../shared/vectors/sigv4 is not here");
    for (const Vector& vector : all) {
        INFO(vector.name);
        std::vector<std::string> arguments{"sigv4",    "verify",    "--service", "service",
                                           "--region", "us-east-1", "--date"};
        const auto date = std::find(vector.arguments.begin(), vector.arguments.end(), "--date");
        arguments.push_back(*(date + 1));
        for (const char* flag : {"--raw-path", "--unsigned-token"})
            if (std::find(vector.arguments.begin(), vector.arguments.end(), flag) != vector.arguments.end())
                arguments.emplace_back(flag);
        const std::string request = vector.text("header-signed-request.txt");
        const Ending ending = run_token(arguments, request, vector.token);
        INFO(ending.errors << ending.output);
        CHECK(ending.code == 0);
        CHECK(ending.output.starts_with("valid AKIDEXAMPLE, signed at 2015-08-30T12:36:00Z in the header\n"));
        if (request.find("Content-Length") == std::string::npos) {
            const bool has_end = request.find("\n\n") != std::string::npos;
            const Ending other = run_token(arguments, request + (has_end ? "x" : "\n\nx"), vector.token);
            CHECK(other.code == 1);
            CHECK(other.output.starts_with("invalid "));
        }
        std::replace(arguments.begin(), arguments.end(), *(date + 1), std::string("20150830T130000Z"));
        const Ending late = run_token(arguments, request, vector.token);
        CHECK(late.code == 1);
        CHECK(late.output.starts_with("invalid expired: Signature expired: "));
    }
}

TEST_CASE("what curl signs with --aws-sigv4 is verified by gw-token") {
    const Ending version = must(run({{"curl", "--version"}, {}, {}, {}, ""}));
    if (version.code != 0) GW_SKIP("curl is not here");
    // what older curls sign wrongly themselves (paths that are not plain, queries out of order) is left out
    for (const std::string target : {"/", "/prod/pets/1", "/prod/pets?a=1&b=2"}) {
        for (const std::string& body : {std::string(), std::string(R"({"name":"rex"})")}) {
            ScriptedUpstream upstream({{read_request(), answer(200, "ok", "Connection: close\r\n")}});
            std::vector<std::string> arguments{"curl",
                                               "-sS",
                                               "--aws-sigv4",
                                               "aws:amz:eu-west-1:execute-api",
                                               "-u",
                                               std::string("AKIDEXAMPLE:") + kSecret,
                                               "-H",
                                               "Content-Type: application/json",
                                               upstream.url() + target};
            if (!body.empty()) arguments.insert(arguments.end(), {"-d", body});
            const Ending sent = must(run({arguments, {}, {}, {}, ""}));
            INFO(sent.errors);
            REQUIRE(sent.code == 0);
            const Ending judged = run_token({"sigv4", "verify", "--region", "eu-west-1"}, upstream.seen());
            INFO(upstream.seen() << judged.output);
            CHECK(judged.code == 0);
            const Ending elsewhere = run_token({"sigv4", "verify", "--region", "us-east-1"}, upstream.seen());
            CHECK(elsewhere.code == 1);
        }
    }
}

TEST_CASE("the fields that gw-token signs go through curl, and what arrives is verified") {
    const Ending version = must(run({{"curl", "--version"}, {}, {}, {}, ""}));
    if (version.code != 0) GW_SKIP("curl is not here");
    for (const std::string target : {"/a%2Fb/c%20d?x=%20y&x=a&z", "/prod?empty=&plus=%2B&u=%E1%88%B4"}) {
        ScriptedUpstream upstream({{read_request(), answer(200, "ok", "Connection: close\r\n")}});
        const Ending made = run_token({"sigv4", "sign", "POST", upstream.url() + target, "-d", "a=1&b=2", "-H",
                                       "Content-Type: text/plain", "-H", "X-Amz-Meta: two  spaces"});
        INFO(made.errors);
        REQUIRE(made.code == 0);
        const Ending sent =
            must(run({{"curl", "-sS", "-H", "@-", "-d", "a=1&b=2", upstream.url() + target}, {}, {}, {}, made.output}));
        INFO(sent.errors);
        REQUIRE(sent.code == 0);
        const Ending judged = run_token({"sigv4", "verify"}, upstream.seen());
        INFO(upstream.seen() << judged.output);
        CHECK(judged.code == 0);
    }
}
