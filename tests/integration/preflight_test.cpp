// gw-preflight against servers of other hands: what it audits, what it says to change, and whether that helps.

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "tests/integration/gateway.h"
#include "tests/integration/issuer.h"
#include "tests/integration/neighbour.h"
#include "tests/integration/stranger.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"
#include "tests/support/skip.h"

using namespace gw;
using namespace gw::test;

namespace {

using Words = std::vector<std::string>;

Ending preflight(Words arguments, std::optional<std::string> input = "") {
    return must(run(our("gw-preflight", std::move(arguments), std::move(input))));
}

std::string found(const Ending& audited) {
    const auto document = must(parse_json(std::string_view(audited.output).substr(0, audited.output.find('\n'))));
    std::string all;
    for (const Value& finding : *document.find("audit")->find("findings")->if_array())
        all += (all.empty() ? "" : " ") + *finding.find("code")->if_string() + ":" +
               *finding.find("severity")->if_string();
    return all;
}

bool says(const Ending& ending, std::string_view words) { return ending.output.find(words) != std::string::npos; }

constexpr const char* kApp = "https://app.example.com";

/// What the recipe is asked for: a page that changes something with a token and with cookies, and reads an ETag.
Words change(std::string_view kind) {
    return {"-o",
            kApp,
            "-o",
            "http://localhost:5173",
            "-X",
            "PUT",
            "-H",
            "authorization: Bearer right",
            "-H",
            "content-type: application/json",
            "--credentials",
            "include",
            "--expose",
            "etag",
            "--fix",
            std::string(kind)};
}

std::string recipe(std::string_view kind) {
    Words words = change(kind);
    words.emplace_back("http://127.0.0.1:1/items");  // nobody is there: what to write does not depend on it
    const Ending ending = preflight(words);
    CHECK(ending.code == 4);
    REQUIRE_FALSE(ending.output.empty());
    return ending.output;
}

/// The server at `url` asks who calls at /items and answers the right token; CORS has been mended.
void check_mended(const std::string& url) {
    INFO(url);
    for (const char* origin : {kApp, "http://localhost:5173"}) {
        const Ending allowed = preflight({"-o", origin, "-X", "PUT", "-H", "authorization: Bearer right", "-H",
                                          "content-type: application/json", "--credentials", "include", "--expose",
                                          "etag", "--actual", "--errors", "--json", url + "/items"});
        INFO(allowed.output << allowed.errors);
        CHECK(allowed.code == 0);
        CHECK(says(allowed, "\"preflight\":{\"needed\":true,\"sent\":true,\"status\":204,\"allowed\":true}"));
        CHECK(says(allowed, "\"actual\":{\"sent\":true,\"status\":200,\"allowed\":true}"));
        CHECK(says(allowed,
                   "{\"wanted\":401,\"how\":\"without credentials\",\"status\":401,\"readable\":true,\"code\":\"\"}") ==
              false);
        CHECK(says(allowed, "\"status\":401,\"readable\":true"));
    }
    const Ending refused = preflight({"-o", "https://evil.example", "-X", "PUT", "--expect", "deny", url + "/items"});
    INFO(refused.output);
    CHECK(refused.code == 0);
    const Ending audited = preflight({"--audit", "--json", "-o", kApp, "-o", "http://localhost:5173", "-H",
                                      "authorization: Bearer right", url + "/items"});
    INFO(audited.output);
    CHECK(audited.code == 0);
    CHECK(found(audited).empty());
}

}  // namespace

TEST_CASE("an audit finds that a real nginx reflects the origin, and nothing where it does not") {
    if (!has_program("nginx")) GW_SKIP("there is no nginx: apt-get install nginx-light");
    const auto with = [](std::string_view lines) {
        const Neighbour server = Neighbour::nginx(std::string(lines) + "return 200 x;");
        return preflight({"--audit", "--json", "-o", kApp, server.url() + "/"});
    };
    const Ending reflected = with(
        "add_header Access-Control-Allow-Origin $http_origin always;\n"
        "add_header Access-Control-Allow-Credentials true always;\nadd_header Vary Origin always;\n");
    CHECK(reflected.code == 1);
    CHECK(found(reflected) == "ReflectedOrigin:critical");
    CHECK(found(with("add_header Access-Control-Allow-Origin $http_origin;\n")) ==
          "ReflectedOrigin:medium MissingVary:low");
    const auto pattern = [&](std::string_view regular) {
        return found(
            with(fmt::format("set $allowed \"\";\nif ($http_origin ~ \"{}\") {{ set $allowed $http_origin; }}\n"
                             "add_header Access-Control-Allow-Origin $allowed;\n"
                             "add_header Access-Control-Allow-Credentials true;\nadd_header Vary Origin;\n",
                             regular)));
    };
    CHECK(pattern("^https://app\\.example\\.com") == "PrefixMatch:high");
    CHECK(pattern("^https://.*example\\.com$") == "SuffixMatch:high");
    CHECK(pattern("^https://app.example\\.com$") == "UnescapedDot:high");
    CHECK(pattern("^https?://app\\.example\\.com$") == "HttpDowngrade:medium");
    CHECK(pattern("^(https://app\\.example\\.com|null)$") == "NullOrigin:high");
    CHECK(pattern("^https://(app\\.example\\.com|[a-z]+\\.github\\.io)$") == "ThirdParty:high");
    CHECK(pattern("^https://app\\.example\\.com$").empty());
    CHECK(found(with("add_header Access-Control-Allow-Origin *;\n")).empty());
    CHECK(
        found(with("add_header Access-Control-Allow-Origin *;\nadd_header Access-Control-Allow-Credentials true;\n")) ==
        "WildcardWithCredentials:medium");
    CHECK(found(with("")).empty());
}

TEST_CASE("what gw-preflight writes for nginx lets the page in and nobody else") {
    if (!has_program("nginx")) GW_SKIP("there is no nginx: apt-get install nginx-light");
    ScriptedUpstream target({{read_request(), answer(200, "x",
                                                     "ETag: \"1\"\r\nAccess-Control-Allow-Origin: *\r\n"
                                                     "Connection: close\r\n")}});
    const std::string rest =
        "if ($http_authorization != \"Bearer right\") { return 401; }\nproxy_pass " + target.url() + ";";
    const Neighbour before = Neighbour::nginx(rest);
    CHECK(preflight({"-o", kApp, "-X", "PUT", "-H", "authorization: Bearer right", before.url() + "/items"}).code == 1);
    check_mended(Neighbour::nginx(recipe("nginx") + rest).url());
}

TEST_CASE("what gw-preflight writes for Caddy lets the page in and nobody else") {
    if (!has_program("caddy")) GW_SKIP("there is no Caddy: apt-get install caddy");
    ScriptedUpstream target({{read_request(), answer(200, "x",
                                                     "ETag: \"1\"\r\nAccess-Control-Allow-Origin: *\r\n"
                                                     "Connection: close\r\n")}});
    check_mended(Neighbour::caddy(recipe("caddy") +
                                  "@stranger not header Authorization \"Bearer right\"\n"
                                  "respond @stranger 401\nreverse_proxy " +
                                  target.url())
                     .url());
}

TEST_CASE("what gw-preflight writes for Express lets the page in and nobody else") {
    if (!has_browser_driver()) GW_SKIP("the packages of tests/integration/cors could not be installed");
    CHECK(preflight({"-o", kApp, Neighbour::express("").url() + "/items"}).code == 1);
    check_mended(Neighbour::express(recipe("express")).url());
}

TEST_CASE("what gw-preflight writes for gw-serve lets the page in and nobody else") {
    const std::string text = recipe("gw-serve");
    Words arguments{"GET /items=mock:200", "PUT /items=mock:200:x"};
    // the line behind the comment, as a shell reads it
    std::string line = text.substr(text.find('\n') + 1);
    std::erase(line, '\'');
    line.erase(line.find_last_not_of('\n') + 1);
    for (const std::string_view word : split(line, ' ')) arguments.emplace_back(word);
    const Gateway gateway(arguments);
    const Ending allowed =
        preflight({"-o", kApp, "-X", "PUT", "-H", "authorization: Bearer right", "-H", "content-type: application/json",
                   "--credentials", "include", "--actual", "--errors", gateway.url() + "/items"});
    INFO(allowed.output);
    CHECK(allowed.code == 0);
    CHECK(preflight({"-o", "https://evil.example", "-X", "PUT", "--expect", "deny", gateway.url() + "/items"}).code ==
          0);
    CHECK(preflight({"-o", kApp, "-X", "DELETE", "--expect", "deny", gateway.url() + "/items"}).code == 0);
    CHECK(preflight({"--audit", "-o", kApp, gateway.url() + "/items"}).code == 0);
}

TEST_CASE("gw-preflight says the cause of what servers commonly do wrong, and what to change") {
    struct Mistake {
        const char* what;
        Script script;
        Words arguments;
        const char* code;
        const char* cause;
        const char* fix;
        int exit = 1;
    };
    const auto reply = [](int status, std::string_view lines) {
        return Script{read_request(), answer(status, "", std::string(lines) + "Connection: close\r\n")};
    };
    const Words put{"-X", "PUT"};
    const std::vector<Mistake> mistakes{
        {"OPTIONS wants a token",
         reply(401, "WWW-Authenticate: Bearer\r\n"),
         {"-X", "PUT", "-H", "authorization: x"},
         "PreflightInvalidStatus",
         "the server asks for authentication on OPTIONS",
         "answer OPTIONS before authentication with 204 and"},
        {"OPTIONS wants a token and names the origin", reply(401, "Access-Control-Allow-Origin: *\r\n"), put,
         "PreflightInvalidStatus", "the server asks for authentication on OPTIONS",
         "answer OPTIONS before authentication with 204 and"},
        {"the last slash", reply(308, "Location: /items/\r\n"), put, "PreflightDisallowedRedirect",
         "the path with or without its last slash", "/items/ in the page"},
        {"to https", reply(301, "Location: https://127.0.0.1/items\r\n"), put, "PreflightDisallowedRedirect",
         "redirects http to https", "call https://127.0.0.1/items in the page"},
        {"elsewhere", reply(302, "Location: /login\r\n"), put, "PreflightDisallowedRedirect",
         "redirects a preflight to", "answer OPTIONS before the redirect"},
        {"an error without fields",
         reply(404, ""),
         {},
         "MissingAllowOriginHeader",
         "errors do not carry the fields of CORS",
         "add to answers of every status"},
        {"a failure",
         reply(502, ""),
         {},
         "MissingAllowOriginHeader",
         "the server failed (502)",
         "look into the server's log",
         3},
        {"* with credentials",
         reply(200, "Access-Control-Allow-Origin: *\r\n"),
         {"--credentials", "include"},
         "WildcardOriginNotAllowed",
         "with credentials the origin has to be named",
         "Access-Control-Allow-Origin: https://app"},
        {"nobody answers OPTIONS", reply(405, ""), put, "PreflightInvalidStatus", "nobody answers OPTIONS",
         "answer OPTIONS with 204 and"},
        {"twice",
         reply(200, "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Origin: https://app.example.com\r\n"),
         {},
         "MultipleAllowOriginValues",
         "more than once",
         "leave it to one place"},
        {"a slash at the end",
         reply(200, "Access-Control-Allow-Origin: https://app.example.com/\r\n"),
         {},
         "AllowOriginMismatch",
         "nearly right",
         "Access-Control-Allow-Origin: https://app.example.com"},
    };
    for (const Mistake& mistake : mistakes) {
        INFO(mistake.what);
        ScriptedUpstream server({mistake.script});
        Words words = mistake.arguments;
        words.insert(words.end(), {"-o", kApp, server.url() + "/items"});
        const Ending told = preflight(words);
        INFO(told.output);
        CHECK(told.code == mistake.exit);
        CHECK(says(told, std::string("BLOCKED  ") + mistake.code + " "));
        CHECK(says(told, mistake.cause));
        CHECK(says(told, mistake.fix));
    }
    // one browser by itself looks at the origin first, as Chromium does
    ScriptedUpstream server({reply(401, "WWW-Authenticate: Bearer\r\n")});
    const Ending chrome = preflight({"--browser", "chrome", "-X", "PUT", "-o", kApp, server.url() + "/items"});
    CHECK(says(chrome, "BLOCKED  PreflightMissingAllowOriginHeader "));
    CHECK(says(chrome, "the server asks for authentication on OPTIONS"));
}

TEST_CASE("gw-preflight goes through a proxy, in the clear and by CONNECT") {
    if (!has_program("node")) GW_SKIP("there is no node");
    const Neighbour proxy = Neighbour::proxy();
    const std::string place = proxy.url().substr(7);
    const Gateway plain({"PUT /a=mock:200", "--cors", kApp});
    const Gateway secure({"PUT /a=mock:200", "--cors", kApp, "--tls-self-signed"});
    for (const Gateway* gateway : {&plain, &secure}) {
        const Words words{"-k", "-o", kApp, "-X", "PUT", gateway->url() + "/a"};
        const auto with = [&](const std::string& by) {
            Words all{"-x", by};
            all.insert(all.end(), words.begin(), words.end());
            return preflight(all);
        };
        const Ending allowed = with("http://alice:secret@" + place);
        INFO(allowed.output << allowed.errors);
        CHECK(allowed.code == 0);
        CHECK(with("alice:wrong@" + place).code != 0);
        CHECK(with("socks5://" + place).code == 2);
        CHECK(with("http://127.0.0.1:1").code == 4);
    }
    const std::string by = "http://alice:secret@" + place;
    const auto port = std::to_string(plain.port());
    const Ending elsewhere = preflight(
        {"-x", by, "-o", kApp, "-X", "PUT", "--connect-to", "a.example:80:127.0.0.1:" + port, "http://a.example/a"});
    INFO(elsewhere.output << elsewhere.errors);
    CHECK(elsewhere.code == 0);
    CHECK(preflight({"-x", by, "-o", kApp, "--connect-to", "a.example:443:[::1]:1", "https://a.example/"}).code == 4);
    CHECK(preflight({"-x", by, "-o", kApp, "--resolve", "a.example:443:[::1]", "https://a.example/"}).code == 4);
    CHECK(preflight({"-x", by, "-o", kApp, "https://[::1]:444/"}).code == 4);
    const std::string seen = proxy.output();
    CHECK(seen.find("CONNECT 127.0.0.1:" + port + " Basic ") != std::string::npos);
    CHECK(seen.find("CONNECT [::1]:1 Basic ") != std::string::npos);
    CHECK(seen.find("CONNECT [::1]:443 Basic ") != std::string::npos);
    CHECK(seen.find("CONNECT [::1]:444 Basic ") != std::string::npos);
    CHECK(seen.find("OPTIONS " + plain.url() + "/a Basic YWxpY2U6c2VjcmV0\n") != std::string::npos);
    CHECK(seen.find(fmt::format("CONNECT 127.0.0.1:{} Basic YWxpY2U6c2VjcmV0\n", secure.port())) != std::string::npos);
}

TEST_CASE("gw-preflight -v tells what the TLS handshake agreed on and whose certificate was shown") {
    const Gateway gateway({"GET /a=mock:200", "--cors", kApp, "--tls-self-signed"});
    const Ending told = preflight({"-v", "-k", "-o", kApp, gateway.url() + "/a"});
    CHECK(told.code == 0);
    INFO(told.errors);
    CHECK(told.errors.find("* TLSv1.3, TLS_") != std::string::npos);
    CHECK(told.errors.find("; certificate of CN=") != std::string::npos);
    CHECK(told.errors.find(", issued by CN=") != std::string::npos);
    CHECK(told.errors.find(" GMT\n") != std::string::npos);
    const Ending refused = preflight({"-o", kApp, gateway.url() + "/a"});
    CHECK(refused.code == 4);
    const Ending plain = preflight({"-v", "-o", kApp, Gateway({"GET /a=mock:200"}).url() + "/a"});
    CHECK(plain.errors.find("* TLS") == std::string::npos);
}

TEST_CASE("gw-preflight takes a copied request with its origin, method, headers and cookies") {
    const Gateway gateway({"PUT /a=mock:200", "--cors", kApp, "--cors-credentials"});
    const std::string curl =
        "curl '" + gateway.url() +
        "/a' \\\n  -X 'PUT' \\\n  -H 'accept: */*' \\\n"
        "  -H 'authorization: Bearer x' \\\n  -b 'sid=1' \\\n  -H 'origin: https://app.example.com' \\\n"
        "  -H 'user-agent: Mozilla/5.0' \\\n  -H 'pragma: no-cache' -H 'cache-control: no-cache' "
        "--data-raw '{}'";
    const Ending by_curl = preflight({"--json", "--from-curl", "-"}, curl);
    INFO(by_curl.output << by_curl.errors);
    CHECK(by_curl.code == 0);
    CHECK(says(by_curl, "\"origin\":\"https://app.example.com\",\"method\":\"PUT\",\"allowed\":true"));
    CHECK(by_curl.errors.find("left out: user-agent, pragma, cache-control") != std::string::npos);
    const std::string fetch = "fetch(\"" + gateway.url() +
                              "/a\", {\n  \"headers\": {\"x-a\": \"1\"},\n"
                              "  \"referrer\": \"https://evil.example/page\",\n  \"method\": \"PUT\",\n"
                              "  \"credentials\": \"include\"\n});";
    const Ending by_fetch = preflight({"--from-fetch", fetch});
    INFO(by_fetch.output);
    CHECK(by_fetch.code == 1);
    CHECK(says(by_fetch, "from https://evil.example\n"));
    CHECK(says(by_fetch, "preflight needed: method PUT; headers x-a"));
}

TEST_CASE("gw-preflight checks the origins of a file against the URLs of another, for people and for other programs") {
    const Gateway gateway({"GET /a=mock:200", "--cors", kApp});
    const TemporaryDirectory directory;
    const std::string origins =
        directory.write("origins", "# pages\nhttps://app.example.com\r\n\nhttps://evil.example\n");
    const std::string urls = directory.write("urls", gateway.url() + "/a\n" + gateway.url() + "/b\n");
    const Ending table = preflight({"--origins", origins, "--urls", urls, "--matrix", "--sarif",
                                    directory.file("s.json"), "--junit", directory.file("j.xml")});
    CHECK(table.code == 1);
    CHECK(split(table.output, '\n').size() == 4);
    CHECK(says(table, "GET " + gateway.url() + "/a  allowed "));
    const auto sarif = must(parse_json(directory.read("s.json")));
    CHECK(*sarif.find("version")->if_string() == "2.1.0");
    const Value& once = sarif.find("runs")->if_array()->at(0);
    CHECK(once.find("results")->if_array()->size() == 2);
    CHECK(once.find("tool")->find("driver")->find("rules")->if_array()->size() == 1);
    CHECK(*once.find("results")->if_array()->at(0).find("ruleId")->if_string() == "MissingAllowOriginHeader");
    const std::string junit = directory.read("j.xml");
    CHECK(junit.find("tests=\"4\" failures=\"2\" errors=\"0\"") != std::string::npos);
    CHECK(junit.find("name=\"GET from https://evil.example\"") != std::string::npos);
    const Ending unwritable = preflight({"-o", kApp, "--sarif", "/nowhere/s.json", gateway.url() + "/a"});
    CHECK(unwritable.code == 4);
    CHECK(unwritable.errors.find("--sarif") != std::string::npos);
}

TEST_CASE("what gw-preflight writes as SARIF is valid by its schema, whatever was found") {
    if (!has_strangers()) GW_SKIP("npm packages could not be installed");
    const TemporaryDirectory directory;
    const std::string file = directory.file("s.json");
    const auto errors_of = [&](const Words& words, int code) {
        Words all{"-o", kApp, "--sarif", file};
        all.insert(all.end(), words.begin(), words.end());
        CHECK(preflight(all).code == code);
        return ask_stranger("sarif.mjs", directory.read("s.json"));
    };
    const std::string none = "{\"errors\":[]}\n";
    const Gateway gateway({"GET /a=mock:200", "GET /fail=mock:502", "--cors", kApp});
    const std::string url = gateway.url();
    CHECK(errors_of({url + "/a"}, 0) == none);
    CHECK(errors_of({"-o", "https://evil.example", "--errors", url + "/a", url + "/fail", "http://127.0.0.1:1/x?a b#c"},
                    4) == none);
    CHECK(errors_of({"--expect", "deny", url + "/a"}, 1) == none);
    CHECK(errors_of({"--audit", url + "/a"}, 0) == none);
    ScriptedUpstream reflects({{read_request(), answer(200, "",
                                                       "Access-Control-Allow-Origin: https://x.example\r\n"
                                                       "Access-Control-Allow-Credentials: true\r\n"
                                                       "Connection: close\r\n")}});
    CHECK(errors_of({"--expect", "allow", reflects.url() + "/a"}, 1) == none);
    // what is no SARIF is told from it
    CHECK(ask_stranger("sarif.mjs", R"({"version":"2.1.0","runs":[{"tool":{}}]})").find("'driver'") !=
          std::string::npos);
}

TEST_CASE("a page in a real browser signs in at a gateway, and reads its 401, 404 and 429 where it may") {
    const std::string chromium = find_browser();
    if (chromium.empty()) GW_SKIP("there is no Chromium: apt-get install chromium");
    if (!has_browser_driver()) GW_SKIP("playwright-core could not be installed");
    Process page = start_page(chromium);
    const std::string line = must(page.wait_for_output("\"refused\""));
    const Value origins = must(parse_json(std::string_view(line).substr(0, line.find('\n'))));
    const std::string allowed = *origins.find("allowed")->if_string();
    const RunningIssuer issuer;
    const Ending minted =
        must(run({{program_path("gw-token"), "mint", R"({"sub":"alice"})", "--issuer", issuer.url()}, {}, {}, {}, ""}));
    REQUIRE(minted.code == 0);
    const Gateway gateway({"GET /items=mock:200:items", "PUT /items=mock:200:changed", "--jwt", issuer.url(), "--cors",
                           allowed, "--cors-expose", "apigw-requestid"});
    const Gateway limited({"GET /items=mock:200:items", "--rate", "1/s", "--burst", "2", "--cors", allowed});
    must(page.send_input(to_json(Value(Object{{"gateway", gateway.url()},
                                              {"token", minted.output.substr(0, minted.output.find('\n'))},
                                              {"rate", limited.url()}})) +
                         "\n"));
    const Ending ending = must(page.wait(6 * kPatience));
    INFO(ending.output << ending.errors);
    REQUIRE(ending.code == 0);
    const std::string last = ending.output.substr(ending.output.find('\n') + 1);
    const Value answers = must(parse_json(std::string_view(last).substr(0, last.find('\n'))));
    const auto status = [&](const char* from, const char* what) {
        const Value* found = answers.find(from)->find(what)->find("status");
        return found == nullptr ? std::string("TypeError") : to_json(*found);
    };
    CHECK(status("allowed", "signedIn") == "200");
    CHECK(*answers.find("allowed")->find("signedIn")->find("body")->if_string() == "items");
    CHECK(status("allowed", "changed") == "200");
    CHECK(status("allowed", "stranger") == "401");
    CHECK(status("allowed", "forged") == "401");
    CHECK(answers.find("allowed")->find("forged")->find("body")->if_string()->find("Unauthorized") !=
          std::string::npos);
    CHECK(answers.find("allowed")->find("forged")->find("id")->if_string() != nullptr);
    CHECK(status("allowed", "nowhere") == "404");
    CHECK(status("allowed", "often") == "429");
    for (const char* what : {"signedIn", "changed", "stranger", "forged", "nowhere", "often"}) {
        INFO(what);
        CHECK(status("refused", what) == "TypeError");
    }
}
