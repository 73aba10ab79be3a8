#include "libgw/wire/clip/clip.h"

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::clip;

namespace {

using Words = std::vector<std::vector<std::string>>;

Words words(std::string_view text) {
    auto read = shell_commands(text);
    REQUIRE(read);
    return *std::move(read);
}

Clip curl(std::string_view text) {
    auto read = parse_curl(text);
    if (!read) FAIL(read.error().message);
    REQUIRE(read->size() == 1);
    return read->front();
}

Clip fetch(std::string_view text) {
    auto read = parse_fetch(text);
    if (!read) FAIL(read.error().message);
    REQUIRE(read->size() == 1);
    return read->front();
}

std::string wrong_curl(std::string_view text) {
    const auto read = parse_curl(text);
    return read ? "fine" : read.error().message;
}
std::string wrong_fetch(std::string_view text) {
    const auto read = parse_fetch(text);
    return read ? "fine" : read.error().message;
}

}  // namespace

TEST_CASE("words of a shell's command come out as the shell would pass them") {
    CHECK(words("curl  'a b'\t\"c d\" e\\ f") == Words{{"curl", "a b", "c d", "e f"}});
    CHECK(words("a'b'\"c\"$'d'") == Words{{"abcd"}});
    CHECK(words("a \\\n  b \\\r\n c") == Words{{"a", "b", "c"}});
    CHECK(words("a '' \"\"") == Words{{"a", "", ""}});
    CHECK(words("\"\\$x \\\\ \\\" \\n\"") == Words{{"$x \\ \" \\n"}});
    CHECK(words("$'\\x41\\u00e9\\n\\'\\101\\q\\ud800'") == Words{{"A\xc3\xa9\n'A\\q\xef\xbf\xbd"}});
    CHECK(words("a b;\nc & d # more\n e") == Words{{"a", "b"}, {"c"}, {"d"}, {"e"}});
    CHECK(words("a$ \"b$\"") == Words{{"a$", "b$"}});
    CHECK(words(" \n;").empty());
}

TEST_CASE("what a shell would have to run is refused") {
    for (const char* text : {"curl $HOME", "curl \"$(id)\"", "curl `id`", "curl \"`id`\"", "curl ${x}", "curl a | sh",
                             "curl a > b", "curl 'a", "curl \"a", "curl $'a", "curl a\\"}) {
        INFO(text);
        CHECK_FALSE(shell_commands(text));
    }
    CHECK(wrong_curl("curl ^\"http://a^\"").find("cmd.exe") != std::string::npos);
}

TEST_CASE("a copied curl command says what the page asked for") {
    const Clip clip = curl(
        "curl 'https://api.example.com/items/7?x=1' \\\n"
        "  -X 'PUT' \\\n"
        "  -H 'accept: */*' \\\n"
        "  -H 'authorization: Bearer a.b.c' \\\n"
        "  -H 'content-type: application/json' \\\n"
        "  -b 'sid=1' \\\n"
        "  -H 'origin: https://app.example.com' \\\n"
        "  -H 'referer: https://app.example.com/page' \\\n"
        "  --data-raw $'{\"name\":\"it\\'s\"}' --compressed --insecure");
    CHECK(clip.url == "https://api.example.com/items/7?x=1");
    CHECK(clip.method == "PUT");
    CHECK(clip.headers ==
          std::vector<std::pair<std::string, std::string>>{{"accept", "*/*"},
                                                           {"authorization", "Bearer a.b.c"},
                                                           {"content-type", "application/json"},
                                                           {"Cookie", "sid=1"},
                                                           {"origin", "https://app.example.com"},
                                                           {"referer", "https://app.example.com/page"}});
    CHECK(clip.body == "{\"name\":\"it's\"}");
    CHECK(clip.referrer == "https://app.example.com/page");
    CHECK(clip.insecure);
}

TEST_CASE("curl's own rules for method, body and query hold") {
    CHECK(curl("curl http://a/").method == "GET");
    CHECK(curl("curl -I http://a/").method == "HEAD");
    const Clip twice = curl("curl http://a/ -d a=1 -d b=2");
    CHECK(twice.method == "POST");
    CHECK(twice.body == "a=1&b=2");
    CHECK(twice.body_type == "application/x-www-form-urlencoded");
    const Clip query = curl("curl -G http://a/?x=1 --data-urlencode 'q=a b&c' -d r=@");
    CHECK(query.url == "http://a/?x=1&q=a%20b%26c&r=@");
    CHECK(query.method == "GET");
    CHECK_FALSE(query.body);
    CHECK(curl("curl http://a/ --json '{}'").body_type == "application/json");
    CHECK(curl("curl http://a/ -F a=b").body_type.starts_with("multipart/form-data"));
    CHECK(curl("curl http://a/ -u alice:secret").headers.front().second == "Basic YWxpY2U6c2VjcmV0");
    CHECK(curl("curl -sSXPATCH -Hx:1 -- http://a/").method == "PATCH");
    CHECK(curl("/usr/bin/curl --url http://a/ -o file").url == "http://a/");
    const Clip way =
        curl("curl http://a/ -x http://p:1 --cacert ca.pem -m 3 --resolve a:80:127.0.0.1 --connect-to a:80:b:81");
    CHECK(way.proxy == "http://p:1");
    CHECK(way.ca == "ca.pem");
    CHECK(way.max_time == "3");
    CHECK(way.resolve == std::vector<std::string>{"a:80:127.0.0.1"});
    CHECK(way.connect_to == std::vector<std::string>{"a:80:b:81"});
    CHECK(parse_curl("curl http://a/ ;\ncurl http://b/ &\ncurl http://c/")->size() == 3);
}

TEST_CASE("what is no curl command is refused with what is wrong with it") {
    CHECK(wrong_curl("") == "there is no curl command");
    CHECK(wrong_curl("wget http://a/") == "'wget' is not curl");
    CHECK(wrong_curl("curl -s") == "the curl command has no URL");
    CHECK(wrong_curl("curl http://a/ http://b/") == "a second URL in one command: http://b/");
    CHECK(wrong_curl("curl http://a/ --frobnicate") == "--frobnicate: this option of curl is not known here");
    CHECK(wrong_curl("curl http://a/ -sZ") == "-Z: this option of curl is not known here");
    CHECK(wrong_curl("curl http://a/ -H") == "-H: its value is missing");
    CHECK(wrong_curl("curl http://a/ --header") == "--header: its value is missing");
    CHECK(wrong_curl("curl http://a/ -H @file") == "-H @file: headers of a file are not read");
}

TEST_CASE("a copied fetch says what the page asked for") {
    const Clip clip = fetch(
        "await fetch(\"https://api.example.com/items\", {\n"
        "  \"headers\": {\n    \"accept\": \"*/*\",\n    \"x-a\": \"\\u00e9\\\"\"\n  },\n"
        "  \"referrer\": \"https://app.example.com/\",\n"
        "  \"body\": \"{\\\"a\\\":1}\",\n  \"method\": \"POST\",\n  \"mode\": \"cors\",\n"
        "  \"credentials\": \"include\"\n});");
    CHECK(clip.url == "https://api.example.com/items");
    CHECK(clip.method == "POST");
    CHECK(clip.headers == std::vector<std::pair<std::string, std::string>>{{"accept", "*/*"}, {"x-a", "\xc3\xa9\""}});
    CHECK(clip.referrer == "https://app.example.com/");
    CHECK(clip.body == "{\"a\":1}");
    CHECK(clip.body_type == "text/plain;charset=UTF-8");
    CHECK(clip.mode == "cors");
    CHECK(clip.credentials == "include");
}

TEST_CASE("a fetch that somebody wrote is read as far as it is literal") {
    const Clip clip = fetch(
        "// saves\nfetch('http://a/', {method: 'PUT', /* two */ headers: [['A', 'b'],], keepalive: true,\n"
        "body: JSON.stringify({n: 1.5, list: [true, null, -2]}), signal: undefined,},)");
    CHECK(clip.method == "PUT");
    CHECK(clip.headers == std::vector<std::pair<std::string, std::string>>{{"A", "b"}});
    CHECK(clip.body == "{\"n\":1.5,\"list\":[true,null,-2]}");
    CHECK(fetch("window.fetch(`http://a/`)").method == "GET");
    CHECK(fetch("fetch('http://a/', null)").method == "GET");
    CHECK(fetch("fetch('\\x68ttp://\\u{61}/\\ud83d\\ude00\\\n')").url == "http://a/\xf0\x9f\x98\x80");
    CHECK(parse_fetch("fetch('http://a/') ;\nfetch('http://b/');")->size() == 2);
}

TEST_CASE("what would have to be run is refused with its place") {
    CHECK(wrong_fetch("") == "there is no call of fetch()");
    CHECK(wrong_fetch("fetch(url)") == "1:7: what 'url' is would have to be run");
    CHECK(wrong_fetch("\n fetch(`http://${host}/`)").starts_with("2:"));
    CHECK(wrong_fetch("axios.get('http://a/')") == "1:1: fetch(...) should stand here");
    CHECK(wrong_fetch("fetch('http://a/'") == "1:18: ')' is missing behind what fetch() is told");
    CHECK(wrong_fetch("fetch('http://a/', {method: 7})").find("'method' is no string") != std::string::npos);
    CHECK(wrong_fetch("fetch('http://a/', {body: {}})").find("the body is no string") != std::string::npos);
    CHECK(wrong_fetch("fetch('http://a/', {a: {b: 1})") != "fine");
    CHECK(wrong_fetch("fetch('http://a/\n')").find("not closed") != std::string::npos);
    CHECK(wrong_fetch("fetch('\\ud800')").find("half a character") != std::string::npos);
    CHECK(wrong_fetch("fetch('http://a/', {x: " + std::string(40, '[') + "})") == "nested deeper than 32 levels");
    CHECK(wrong_fetch("/* fetch") != "fine");
}
