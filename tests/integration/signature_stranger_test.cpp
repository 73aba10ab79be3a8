// Signatures of requests beside those of @smithy/signature-v4 (the AWS SDK's) and of aws4.

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "tests/integration/gateway.h"
#include "tests/integration/stranger.h"
#include "tests/support/catch.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace gw::test;

namespace {

constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr const char* kDate = "2026-01-02T03:04:05.000Z";

Ending run_token(std::vector<std::string> arguments, std::string input, const std::string& session_token) {
    Command command;
    command.arguments = {program_path("gw-token"), "sigv4"};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    command.arguments.insert(command.arguments.end(), {"--region", "eu-west-1", "--date", "20260102T030405Z"});
    command.environment = {
        {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"}, {"AWS_SECRET_ACCESS_KEY", kSecret}, {"HOME", "/nowhere"}};
    command.without = {"AWS_SESSION_TOKEN", "AWS_PROFILE"};
    if (!session_token.empty()) {
        command.environment.emplace_back("AWS_SESSION_TOKEN", session_token);
        command.without = {"AWS_PROFILE"};
    }
    command.input = std::move(input);
    return must(run(command));
}

std::string text_of(const Value& value, std::string_view name) {
    const std::string* const text = value.find_string(name);
    return text == nullptr ? std::string() : *text;
}

}  // namespace

TEST_CASE("what the AWS SDK's signer and aws4 sign is believed, and signed the same by gw-token") {
    if (!has_strangers()) GW_SKIP("there is no node, or npm could not install its packages");
    for (const char* session_token : {"", "TOKEN/EXAMPLE=="}) {
        const Value task =
            Object{{"seed", 20260102},     {"count", 60},       {"region", "eu-west-1"},  {"service", "execute-api"},
                   {"key", "AKIDEXAMPLE"}, {"secret", kSecret}, {"token", session_token}, {"date", kDate}};
        const std::string said = ask_stranger("requests.mjs", to_json(task));
        std::size_t seen = 0;
        for (const std::string_view line : split(said, '\n')) {
            if (line.empty()) continue;
            ++seen;
            const Value request = must(parse_json(line));
            const std::string raw = text_of(request, "raw");
            INFO(text_of(request, "by") << "\n" << raw);
            const Ending believed = run_token({"verify"}, raw, session_token);
            INFO(believed.output << believed.errors);
            CHECK(believed.code == 0);
            std::string changed = raw;
            changed.insert(changed.find(" HTTP/1.1"), raw.find('?') == raw.npos ? "?x" : "&x");
            CHECK(run_token({"verify"}, changed, session_token).code == 1);

            std::vector<std::string> sign{"sign", "--json", text_of(request, "method"), text_of(request, "url")};
            for (const Value& field : *request.find("fields")->if_array()) {
                const Array& pair = *field.if_array();
                sign.insert(sign.end(), {"-H", *pair[0].if_string() + ": " + *pair[1].if_string()});
            }
            if (const std::string body = text_of(request, "body"); !body.empty())
                sign.insert(sign.end(), {"--data-binary", body});
            const Ending made = run_token(sign, "", session_token);
            INFO(made.errors);
            REQUIRE(made.code == 0);
            const Value document = must(parse_json(made.output));
            INFO(text_of(document, "canonical_request"));
            CHECK(text_of(document, "signature") == text_of(request, "signature"));
        }
        CHECK(seen == 60);
    }
}
