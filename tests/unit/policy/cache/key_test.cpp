#include "libgw/policy/cache/key.h"

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
    write_parameter_key({"s", false, "h", ""}, parameters, request, {}, {}, key);
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
                for (const bool secure : {false, true})
                    for (const auto& path : paths) {
                        keys.insert(uri_key({space, secure, host, caller}, path));
                        ++count;
                    }
    CHECK(keys.size() == count);
}

TEST_CASE("paths that mean the same have the same key, queries that are written differently do not", "[cache]") {
    const Scope scope{"s", false, "h", ""};
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
