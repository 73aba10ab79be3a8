#include <random>
#include <string>
#include <vector>

#include "libgw/wire/http/uri.h"
#include "tests/support/catch.h"

using namespace gw::http;

namespace {

std::string canonical(const std::string& sent) {
    INFO(sent);
    const auto path = Path::parse(sent);
    REQUIRE(path.has_value());
    CHECK(path->sent_with_query() == sent);
    return std::string(path->canonical());
}

std::string refusal(const std::string& sent) {
    INFO(sent);
    Path path;
    std::string_view why;
    CHECK_FALSE(parse_path(sent, path, why));
    CHECK_FALSE(Path::parse(sent).has_value());
    return std::string(why);
}

}  // namespace

TEST_CASE("dot segments are resolved in the canonical path") {
    CHECK(canonical("/public/../admin") == "/admin");
    CHECK(canonical("/public/./../admin") == "/admin");
    CHECK(canonical("/./admin") == "/admin");
    CHECK(canonical("/a/%2E%2e/b") == "/b");
    CHECK(canonical("/a/.%2e/b") == "/b");
    CHECK(canonical("/a/b/..") == "/a/");
    CHECK(canonical("/a/b/../") == "/a/");
    CHECK(canonical("/a/.") == "/a/");
    CHECK(canonical("/a/..") == "/");
    CHECK(canonical("/.") == "/");
    CHECK(canonical("/a/b/c/../../d") == "/a/d");
    CHECK(canonical("/...") == "/...");
    CHECK(canonical("/.a") == "/.a");
    CHECK(canonical("/a..") == "/a..");
    CHECK(canonical("/..a") == "/..a");
}

TEST_CASE("empty segments collapse in the canonical path, before dots are resolved") {
    CHECK(canonical("//admin") == "/admin");
    CHECK(canonical("/public//..//admin") == "/admin");
    CHECK(canonical("///") == "/");
    CHECK(canonical("/a//b") == "/a/b");
    CHECK(canonical("/a//") == "/a/");
    CHECK(Path::parse("//a")->sent() == "//a");
}

TEST_CASE("only unreserved characters are decoded, and hex is upper case") {
    CHECK(canonical("/%41%7a%30%2d%2E%5f%7e") == "/Az0-._~");
    CHECK(canonical("/a%2fb") == "/a%2Fb");
    CHECK(canonical("/a%2Fb") == "/a%2Fb");
    CHECK(canonical("/%25") == "/%25");
    CHECK(canonical("/%252e%252e%252fadmin") == "/%252e%252e%252fadmin");
    CHECK(canonical("/a%3fb=1") == "/a%3Fb=1");
    CHECK(canonical("/a%23b") == "/a%23b");
    CHECK(canonical("/a%20") == "/a%20");
    CHECK(canonical("/caf%c3%a9") == "/caf%C3%A9");
    CHECK(canonical("/%f0%9f%98%80") == "/%F0%9F%98%80");
}

TEST_CASE("what is not a matter of equivalence stays as it is") {
    CHECK(canonical("/") == "/");
    CHECK(canonical("/Admin") == "/Admin");
    CHECK(canonical("/admin/") == "/admin/");
    CHECK(canonical("/admin.") == "/admin.");
    CHECK(canonical("/admin;x=y") == "/admin;x=y");
    CHECK(canonical("/!$&'()*+,;=:@[]") == "/!$&'()*+,;=:@[]");
}

TEST_CASE("climbing above the root is refused") {
    for (const char* path : {"/..", "/../", "/../admin", "/%2e%2e/admin", "/%2E%2E", "/a/../..", "/a/../../b", "/./..",
                             "//..", "/a//../.."}) {
        CHECK(refusal(path) == "path.climbs");
    }
}

TEST_CASE("dots that hide behind parameters or encoded slashes are refused") {
    for (const char* path :
         {"/admin/..;/x", "/public/..;/admin", "/..;", "/..;a=b/c", "/%2e%2e;/x", "/public%2f..%2fadmin", "/a/..%2fb",
          "/a%2F..", "/a%2f%2e%2e/b", "/x%2F..;y", "/.;/admin", "/.;a=b", "/x/%2e;/y", "/x%2F.;%2Fy", "/.;"}) {
        CHECK(refusal(path) == "path.hidden_dots");
    }
    CHECK(canonical("/a%2F..b") == "/a%2F..b");
    CHECK(canonical("/a%2F.%2Fb") == "/a%2F.%2Fb");
    CHECK(canonical("/a.;b/;/c;.d") == "/a.;b/;/c;.d");
}

TEST_CASE("bytes that have no place in a path are refused, raw and encoded") {
    for (const char c : std::string("\"<>^`{|}\\# \x01\x7f\x80\xff"))
        CHECK(refusal(std::string("/a") + c) == "path.byte");
    CHECK(refusal("/admin%00.json") == "path.control");
    CHECK(refusal("/admin%0d%0aX:1") == "path.control");
    CHECK(refusal("/admin%09") == "path.control");
    CHECK(refusal("/admin%1f") == "path.control");
    CHECK(refusal("/admin%7F") == "path.control");
    CHECK(refusal("/a%5cb") == "path.backslash");
    CHECK(refusal("/a%5C..%5Cb") == "path.backslash");
}

TEST_CASE("an escape is two hex digits") {
    for (const char* path : {"/%", "/%4", "/%4g", "/%g4", "/%u002e", "/%%41", "/a%", "/%2%65"}) {
        CHECK(refusal(path) == "path.escape");
    }
}

TEST_CASE("decoded bytes are UTF-8 or nothing") {
    for (const char* path : {"/%c0%ae%c0%ae/", "/%c0%80", "/%e0%80%ae", "/%f0%80%80%ae", "/%ed%a0%80", "/%f4%90%80%80",
                             "/%f5%80%80%80", "/%80", "/%ff", "/%c3", "/%c3a", "/%c3/%a9", "/%e2%82", "/%c3%41"}) {
        CHECK(refusal(path) == "path.utf8");
    }
    CHECK(canonical("/%ed%9f%bf") == "/%ED%9F%BF");
    CHECK(canonical("/%f4%8f%bf%bf") == "/%F4%8F%BF%BF");
}

TEST_CASE("only a path that starts with a slash is a path") {
    for (const char* path : {"", "a", "*", "?x", "http://a/"}) CHECK(refusal(path) == "target.form");
    CHECK(refusal("/" + std::string(65536, 'a')) == "target.size");
    CHECK(canonical("/" + std::string(65535, 'a')).size() == 65536);
}

TEST_CASE("the query is kept as it was sent") {
    const auto path = Path::parse("/a/../b?x=%0d%0a&y=/../|{}^`\\'&&z[]=1?2");
    REQUIRE(path.has_value());
    CHECK(path->canonical() == "/b");
    CHECK(path->query() == "x=%0d%0a&y=/../|{}^`\\'&&z[]=1?2");
    CHECK(path->has_query());
    CHECK(Path::parse("/a?")->has_query());
    CHECK(Path::parse("/a?")->query().empty());
    CHECK_FALSE(Path::parse("/a")->has_query());
    for (const char c : std::string("\"<># \x01\x7f\x80\xff")) CHECK(refusal(std::string("/a?") + c) == "query.byte");
    CHECK(refusal("/a?%") == "query.escape");
    CHECK(refusal("/a?x=100%&y") == "query.escape");
    CHECK(refusal("/a?%zz") == "query.escape");
}

TEST_CASE("a path object is used again without a trace of what it held") {
    Path path;
    std::string_view why;
    REQUIRE(parse_path("/a/../b?c", path, why));
    REQUIRE(parse_path("/d", path, why));
    CHECK(path.canonical() == "/d");
    CHECK_FALSE(path.has_query());
    REQUIRE_FALSE(parse_path("/../x", path, why));
    CHECK(path.sent().empty());
    CHECK(path.canonical().empty());
}

TEST_CASE("canonicalising twice changes nothing, and what comes out keeps its promises") {
    const std::vector<std::string> pieces = {"/",   "/",   ".",   "..",     "a", "B",   "%2e", "%2F",
                                             "%2f", "%25", "%41", "%c3%a9", ";", "%3B", "~",   "%7e",
                                             "%20", "+",   "..;", "%5B",    "[", ":"};
    std::mt19937 random(7);
    unsigned accepted = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string sent = "/";
        for (auto i = random() % 10; i > 0; --i) sent += pieces[random() % pieces.size()];
        const auto path = Path::parse(sent);
        if (!path) continue;
        ++accepted;
        const std::string once(path->canonical());
        INFO(sent << " -> " << once);
        const auto again = Path::parse(once);
        REQUIRE(again.has_value());
        REQUIRE(again->canonical() == once);
        REQUIRE(once.front() == '/');
        REQUIRE(once.find("//") == std::string::npos);
        REQUIRE((once + "/").find("/../") == std::string::npos);
        REQUIRE((once + "/").find("/./") == std::string::npos);
    }
    CHECK(accepted > 5000);
}
