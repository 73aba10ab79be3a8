#include "libgw/policy/cache/key.h"

#include <algorithm>
#include <array>
#include <set>

#include "libgw/base/random.h"
#include "tests/support/cache_case.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cache;

namespace {

std::string uri_key(const Scope& scope, std::string_view path) {
    std::string key;
    write_uri_key(scope, *http::Path::parse(path), key);
    return key;
}

std::string parameter_key(std::vector<std::string_view> texts, std::string_view path, std::string_view fields = {}) {
    std::vector<KeyParameter> parameters;
    for (const std::string_view text : texts) parameters.push_back(*parse_key_parameter(text));
    http::RequestHead request;
    request.fields = test::fields_of(fields);
    request.path = *http::Path::parse(path);
    std::string key;
    write_parameter_key({.space = "s", .host = "h"}, parameters, request, {}, {}, key);
    return key;
}

}  // namespace

TEST_CASE("different requests have different keys", "[cache]") {
    // whatever could be shifted from one part into the next
    const std::vector<std::string> words = {"", "a", "b", "ab", "a|b", "/", "?", "a?b"};
    const std::vector<std::string> paths = {"/", "/a", "/a/b", "/a?", "/a?b", "/a?b=c", "/a%2Fb", "/ab"};
    std::set<std::string> keys;
    std::size_t count = 0;
    for (const auto& space : words)
        for (const auto& host : words)
            for (const auto& caller : words)
                for (const auto& told : {std::pair("", ""), std::pair("a", ""), std::pair("", "a")})
                    for (const bool secure : {false, true})
                        for (const std::uint16_t port : {std::uint16_t{0}, std::uint16_t{80}})
                            for (const auto& path : paths) {
                                keys.insert(
                                    uri_key({space, secure, port, told.first, host, caller, told.second}, path));
                                ++count;
                            }
    CHECK(keys.size() == count);
}

TEST_CASE("of a hundred thousand pairs of requests those that differ in anything have different keys", "[cache]") {
    Random random(7);
    const auto word = [&random](std::initializer_list<std::string> words) {
        return *(words.begin() + static_cast<std::ptrdiff_t>(random.below(words.size())));
    };
    const auto draw = [&] {
        std::array<std::string, 8> parts;
        parts[0] = word({"api|dev", "api|prod", "api", ""});
        parts[1] = word({"h", "h.example", "h:8080", ""});
        parts[2] = word({"", "token 00 a", "iam AKID", "token 00 a key k", " key k"});
        parts[3] = word({"http", "https"});
        parts[4] =
            word({"/", "/a", "/a/", "/a%2F", "/b", "/a?", "/a?x", "/a?x=", "/a?x=1", "/a?x=1&x=2", "/a?x=2&x=1"});
        parts[5] = word({"", "h", "h.example"});
        parts[6] = word({"", "80", "8080"});
        parts[7] = word({"", "X: 1", "X: 2", "X: 1|X: 2", "X: 12", "Y: 1", "X: "});
        return parts;
    };
    const auto keys = [](const std::array<std::string, 8>& parts) {
        Scope scope{.space = parts[0], .host = parts[1], .caller = parts[2]};
        scope.secure = parts[3] == "https";
        scope.told_host = parts[5];
        scope.port = parse_unsigned_as<std::uint16_t>(parts[6]).value_or(0);
        static const std::vector<KeyParameter> parameters = {
            *parse_key_parameter("path"), *parse_key_parameter("query:*"), *parse_key_parameter("header:x"),
            *parse_key_parameter("header:y")};
        http::RequestHead request;
        request.fields = test::fields_of(parts[7]);
        request.path = *http::Path::parse(parts[4]);
        std::pair<std::string, std::string> made;
        write_uri_key(scope, request.path, made.first);
        write_parameter_key(scope, parameters, request, {}, {}, made.second);
        return made;
    };
    std::size_t wrong = 0;
    for (int i = 0; i < 100000; ++i) {
        const auto one = draw();
        auto two = draw();
        // many that differ in one thing
        if (i % 2 == 1) {
            const std::size_t part = random.below(one.size());
            for (std::size_t at = 0; at < one.size(); ++at)
                if (at != part) two[at] = one[at];
        }
        const auto first = keys(one);
        const auto second = keys(two);
        const bool same_uri = std::equal(one.begin(), one.begin() + 7, two.begin());
        if ((first.first == second.first) != same_uri) ++wrong;
        if ((first.second == second.second) != (same_uri && one[7] == two[7])) ++wrong;
    }
    CHECK(wrong == 0);
}

TEST_CASE("paths that mean the same have the same key, queries that are written differently do not", "[cache]") {
    const Scope scope{.space = "s", .host = "h"};
    CHECK(uri_key(scope, "/a%62/./c") == uri_key(scope, "/ab/c"));
    CHECK(uri_key(scope, "/a?x=1&y=2") != uri_key(scope, "/a?y=2&x=1"));
    CHECK(uri_key(scope, "/a?x=%31") != uri_key(scope, "/a?x=1"));
}

TEST_CASE("a route's key holds its parameters and nothing else of the request", "[cache]") {
    CHECK(parameter_key({"query:type"}, "/a?type=1&b=2") == parameter_key({"query:type"}, "/z?b=3&type=1"));
    CHECK(parameter_key({"query:type"}, "/a?type=1") != parameter_key({"query:type"}, "/a?type=2"));
    CHECK(parameter_key({"query:type"}, "/a") != parameter_key({"query:type"}, "/a?type="));
    CHECK(parameter_key({"query:type"}, "/a?type") != parameter_key({"query:type"}, "/a?type="));
    CHECK(parameter_key({"query:t"}, "/a?t=1&t=2") != parameter_key({"query:t"}, "/a?t=2&t=1"));
    CHECK(parameter_key({"query:t"}, "/a?%74=1") == parameter_key({"query:t"}, "/a?t=1"));
    CHECK(parameter_key({"header:x"}, "/", "X: 1") != parameter_key({"header:x"}, "/", "X: 2"));
    CHECK(parameter_key({"header:x"}, "/", "X: 1|X: 2") != parameter_key({"header:x"}, "/", "X: 12"));
    CHECK(parameter_key({"header:x"}, "/") != parameter_key({"header:x"}, "/", "X: "));
    CHECK(parameter_key({"path"}, "/a") != parameter_key({"path"}, "/b"));
    CHECK(parameter_key({"header:x", "header:y"}, "/", "X: 1") != parameter_key({"header:x", "header:y"}, "/", "Y: 1"));
}

TEST_CASE("parts of a key are read in both writings, and written in one", "[cache]") {
    for (const auto& [text, written] :
         std::vector<std::pair<const char*, const char*>>{{"path", "path"},
                                                          {"path:id", "path:id"},
                                                          {"query:*", "query:*"},
                                                          {"query:page", "query:page"},
                                                          {"header:Accept", "header:accept"},
                                                          {"method.request.path.id", "path:id"},
                                                          {"method.request.querystring.page", "query:page"},
                                                          {"method.request.header.Accept", "header:accept"}}) {
        const auto parameter = parse_key_parameter(text);
        REQUIRE(parameter);
        CHECK(to_text(*parameter) == written);
    }
    for (const char* text : {"", "query", "query:", "header:", "header:a b", "body", "method.request.body.x",
                             "integration.request.header.x"})
        CHECK_FALSE(parse_key_parameter(text));
}
