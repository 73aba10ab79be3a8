// Ways to write a path that a router, a policy and a target could read differently. Whatever is written, nobody comes
// by it to what is behind a credential without one.

#include <algorithm>
#include <set>

#include "libgw/base/text.h"
#include "tests/integration/issuer.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_upstream.h"

using namespace gw;
using namespace gw::test;

namespace {

/// Decodes every escape once, but for those of `kept`.
std::string decode_once(std::string_view text, std::string_view kept) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); };
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
        const char byte = is_escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
        if (is_escape && kept.find(byte) == kept.npos) {
            out += byte;
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

enum class Reader {
    standard,  ///< what may be decoded is, backslashes are slashes, and several slashes are one
    careless,  ///< on top: escaped slashes, escapes of escapes; parameters, ends and capitals of segments mean nothing
};

/// The path as a target could come to understand it: the worst for us.
std::string read_leniently(std::string_view target, Reader reader) {
    std::string path(target.substr(0, target.find('?')));
    path = decode_once(path, "/%");
    for (int i = 0; i < 3 && reader == Reader::careless; ++i) path = decode_once(path, "");
    std::replace(path.begin(), path.end(), '\\', '/');
    std::vector<std::string> segments;
    for (std::string_view segment : split(path, '/')) {
        std::string text(segment);
        if (reader == Reader::careless) {
            text = to_lower(text.substr(0, text.find_first_of(std::string_view(";\0", 2))));
            if (const std::size_t last = text.find_last_not_of(" \t."); last != text.npos) text.resize(last + 1);
        }
        if (text == ".." && !segments.empty()) segments.pop_back();
        if (!text.empty() && text != "." && text != "..") segments.push_back(text);
    }
    std::string out;
    for (const std::string& segment : segments) out += "/" + segment;
    return out;
}

/// Whether somebody could take a part of it for a way up.
bool climbs(std::string_view target) {
    std::string path(target.substr(0, target.find('?')));
    for (int i = 0; i < 3; ++i) path = decode_once(path, "");
    std::replace(path.begin(), path.end(), '\\', '/');
    const auto segments = split(path, '/');
    return std::any_of(segments.begin(), segments.end(),
                       [](std::string_view segment) { return segment.substr(0, segment.find(';')) == ".."; });
}

bool is_protected(std::string_view target, Reader reader) {
    const std::string path = read_leniently(target, reader);
    return path == "/admin" || path.starts_with("/admin/");
}

/// Some nine hundred ways to /admin, right and wrong.
std::vector<std::string> writings() {
    const std::vector<std::string> slashes = {"/",  "//",  "/./",  "/%2e/", "%2f", "%2F",
                                              "\\", "%5c", "/.;/", ";/",    "/;/", "%252f"};
    const std::vector<std::string> ups = {"..",           "%2e%2e", ".%2E",    "%252e%252e", "..;", "..;a=b",
                                          "%c0%ae%c0%ae", "..%00",  "%u002e.", "..%09",      "...", "%2e%2e%2e"};
    const std::vector<std::string> names = {"admin",     "%61dmin",   "adm%69n",  "%2561dmin", "ADMIN",
                                            "admin;x=y", "admin%00",  "admin%20", "admin%09",  "admin.",
                                            "%41dmin",   "admin%3bx", "admin%3F", "admin%23"};
    std::set<std::string> all;
    for (const std::string& slash : slashes)
        for (const std::string& name : names)
            for (const char* rest : {"", "/x", "/", "/.", "%2fx", "/../admin/x"}) {
                all.insert(slash + name + rest);
                if (!slash.starts_with('/')) all.insert("/public" + slash + ".." + slash + name + rest);
            }
    for (const std::string& up : ups)
        for (const std::string& slash : slashes)
            for (const std::string& name : {std::string("admin"), std::string("%61dmin/x")}) {
                all.insert("/public" + slash + up + slash + name);
                all.insert("/public/a" + slash + up + "/.." + slash + name);
            }
    for (const char* more : {"/admin?/../public/x", "/admin/x?y", "/public/x?/../../admin", "http://h/admin",
                             "http://h/public/../admin/x", "http://h//admin", "/public/x/../../../admin", "/../admin"})
        all.insert(more);
    return {all.begin(), all.end()};
}

/// Asks a gateway with these routes for every writing, with `lines`; the targets that its target was asked for.
std::vector<std::string> reached(const std::vector<std::string>& options, bool has_default, std::string_view lines) {
    ScriptedUpstream target({{read_request(), answer(200, "reached", "Connection: close\r\n")}});
    const std::string& url = target.url();
    const std::string auth = options.empty() ? ";auth=none" : options.back();
    std::vector<std::string> arguments = {"/admin=" + url + auth, "/admin/{proxy+}=" + url + auth,
                                          "/public/{proxy+}=" + url + ";auth=none"};
    if (has_default) arguments.push_back("/{proxy+}=" + url + ";auth=none");
    if (!options.empty()) arguments.insert(arguments.end(), options.begin(), options.end() - 1);
    const Gateway gateway(arguments);
    for (const std::string& writing : writings()) {
        RawClient client = gateway.connect();
        must(client.send("GET " + writing + " HTTP/1.1\r\nHost: h\r\n" + std::string(lines) + "\r\n"));
        const RawResponse answer = must(client.read_response());
        INFO(writing << " is answered with " << answer.status);
        CHECK((answer.status == 200 || (answer.status >= 400 && answer.status < 500)));
    }
    std::vector<std::string> asked;
    for (std::size_t i = 0; i < target.connections(); ++i) {
        if (target.seen(i).empty()) continue;  // refused when the connection was there already, before a byte
        const std::string seen = must(target.wait_for("\r\n\r\n", i));
        const std::size_t begin = seen.find(' ') + 1;
        asked.push_back(seen.substr(begin, seen.find(' ', begin) - begin));
    }
    return asked;
}

/// What has to be said to a gateway for its /admin to ask for a credential; the last is the option of the route.
std::vector<std::vector<std::string>> ways_to_protect(const TemporaryDirectory& directory) {
    const std::string keys = directory.write("keys.json", key_set());
    const std::string signers = directory.write("signers.json", R"({"AKIDA": {"secret": "s", "principal":
        "arn:aws:iam::123456789012:user/a"}})");
    return {{"--jwt", "https://issuer.example", "--jwt-jwks", "@" + keys, ";auth=jwt"},
            {"--api-key", "known-key-0123456789abcdef", ";auth=key"},
            {"--iam", "--iam-keys", signers, ";auth=iam"}};
}

}  // namespace

TEST_CASE("the lenient reading of a path finds what hides") {
    for (const char* target : {"/admin", "/public/%2e./adm%69n", "/public\\..\\admin/x", "//admin/", "/./admin?x"})
        CHECK(is_protected(target, Reader::standard));
    for (const char* target : {"/ADMIN", "/admin;x/y", "/public/..;/admin", "/admin%20", "/admin.", "/admin%00.json",
                               "/public/..%2fadmin", "/%2561dmin"})
        CHECK(is_protected(target, Reader::careless));
    for (const char* target : {"/", "/public/admin", "/administrator", "/public/x?/../../admin"})
        CHECK_FALSE(is_protected(target, Reader::careless));
    for (const char* target : {"/a/..%2fx", "/a%5c..%5cx", "/a/%252e%252e/x", "/a/..;/x"}) CHECK(climbs(target));
    for (const char* target : {"/a/.../x", "/a?/../x", "/a..b"}) CHECK_FALSE(climbs(target));
    CHECK(writings().size() >= 200);
}

TEST_CASE("no writing of a path leads without its credential to what is protected") {
    const TemporaryDirectory directory;
    // without protection many of the writings lead there: otherwise what follows would mean nothing
    const auto open = reached({}, false, "");
    CHECK(std::count_if(open.begin(), open.end(), [](const auto& t) { return is_protected(t, Reader::standard); }) >
          50);
    for (const auto& options : ways_to_protect(directory)) {
        for (const bool has_default : {false, true}) {
            INFO(options.back() << (has_default ? " beside a route for all else" : ""));
            const auto asked = reached(options, has_default, "");
            CHECK(!asked.empty());  // what is open is served
            for (const std::string& target : asked) {
                INFO(target);
                CHECK_FALSE(climbs(target));
                CHECK_FALSE(is_protected(target, has_default ? Reader::standard : Reader::careless));
            }
        }
    }
}
