#include "libgw/policy/routing/router.h"

#include <algorithm>
#include <optional>

#include "libgw/base/random.h"
#include "tests/support/catch.h"

using gw::ApiKind;
using namespace gw::routing;
namespace http = gw::http;

namespace {

std::vector<RouteKey> keys(const std::vector<std::string>& texts) {
    std::vector<RouteKey> made;
    for (const std::string& text : texts) {
        auto key = RouteKey::parse(text);
        INFO(text);
        REQUIRE(key);
        made.push_back(std::move(key).value());
    }
    return made;
}

// The key of the route and its values: "GET /pets/{id} id=7"; "-" when nothing is found.
std::string route(const Router& router, std::string_view method, std::string_view target) {
    const auto path = http::Path::parse(target);
    REQUIRE(path);
    RouteMatch match;
    if (!router.find(http::to_method(method), make_request_path(*path), match)) return "-";
    const RouteKey& key = router.routes()[match.route];
    std::string text = key.text();
    REQUIRE(match.count == key.path.parameters().size());
    for (std::size_t i = 0; i < match.count; ++i) {
        text += " " + key.path.parameters()[i] + "=" + std::string(match.values[i]);
    }
    return text;
}

}  // namespace

TEST_CASE("HTTP APIs take the most specific route, $default last", "[routing]") {
    const Router router = Router::make(ApiKind::http, keys({"GET /pets/dog/1", "GET /pets/dog/{id}",
                                                            "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"}));
    CHECK(route(router, "GET", "/pets/dog/1") == "GET /pets/dog/1");
    CHECK(route(router, "GET", "/pets/dog/2") == "GET /pets/dog/{id} id=2");
    CHECK(route(router, "GET", "/pets/cat/1") == "GET /pets/{proxy+} proxy=cat/1");
    CHECK(route(router, "POST", "/test/5") == "ANY /{proxy+} proxy=test/5");
    CHECK(route(router, "POST", "/pets/dog/1") == "ANY /{proxy+} proxy=pets/dog/1");
    CHECK(route(router, "GET", "/") == "$default");
    CHECK(route(router, "PROPFIND", "/x") == "ANY /{proxy+} proxy=x");
}

TEST_CASE("HTTP APIs: a full match comes before a greedy one, and the exact method before ANY", "[routing]") {
    const Router router = Router::make(ApiKind::http, keys({"GET /a/{x+}", "ANY /{y}/b", "ANY /pets/dog",
                                                            "GET /pets/{id}", "ANY /{all+}", "GET /q/{q+}"}));
    CHECK(route(router, "GET", "/a/b") == "ANY /{y}/b y=a");
    CHECK(route(router, "GET", "/a/c") == "GET /a/{x+} x=c");
    CHECK(route(router, "GET", "/pets/dog") == "GET /pets/{id} id=dog");
    CHECK(route(router, "POST", "/pets/dog") == "ANY /pets/dog");
    CHECK(route(router, "POST", "/pets/cat") == "ANY /{all+} all=pets/cat");
    CHECK(route(router, "GET", "/q/1") == "GET /q/{q+} q=1");
    CHECK(route(router, "PUT", "/q/1") == "ANY /{all+} all=q/1");
}

TEST_CASE("HTTP APIs: a slash at the end counts", "[routing]") {
    const Router router =
        Router::make(ApiKind::http, keys({"GET /metrics", "GET /pets/{id}", "GET /logs/{proxy+}", "GET /"}));
    CHECK(route(router, "GET", "/metrics") == "GET /metrics");
    CHECK(route(router, "GET", "/metrics/") == "-");
    CHECK(route(router, "GET", "/pets/1/") == "-");
    CHECK(route(router, "GET", "/pets/") == "-");
    CHECK(route(router, "GET", "/logs") == "-");
    CHECK(route(router, "GET", "/logs/") == "GET /logs/{proxy+} proxy=");
    CHECK(route(router, "GET", "/logs/a/") == "GET /logs/{proxy+} proxy=a/");
    CHECK(route(router, "GET", "/") == "GET /");
    CHECK(route(router, "GET", "//") == "GET /");
}

TEST_CASE("HTTP APIs: a wrong method finds nothing, and HEAD is not GET", "[routing]") {
    const Router router = Router::make(ApiKind::http, keys({"GET /pets", "ANY /any"}));
    CHECK(route(router, "POST", "/pets") == "-");
    CHECK(route(router, "HEAD", "/pets") == "-");
    CHECK(route(router, "HEAD", "/any") == "ANY /any");
    CHECK(route(router, "PURGE", "/any") == "ANY /any");
    CHECK(route(router, "GET", "/PETS") == "-");
}

TEST_CASE("the greedy root does not take the root", "[routing]") {
    for (const ApiKind kind : {ApiKind::http, ApiKind::rest}) {
        const Router router = Router::make(kind, keys({"ANY /{proxy+}"}));
        CHECK(route(router, "GET", "/") == "-");
        CHECK(route(router, "GET", "/x") == "ANY /{proxy+} proxy=x");
    }
}

TEST_CASE("REST APIs fall back by resource and method", "[routing]") {
    const Router router = Router::make(ApiKind::rest, keys({"POST /test", "OPTIONS /{proxy+}", "ANY /test/any"}));
    CHECK(route(router, "POST", "/test") == "POST /test");
    CHECK(route(router, "OPTIONS", "/test") == "OPTIONS /{proxy+} proxy=test");
    CHECK(route(router, "OPTIONS", "/test/any") == "ANY /test/any");
    CHECK(route(router, "GET", "/test") == "-");
    CHECK(route(router, "PROPFIND", "/test/any") == "-");

    const Router parts =
        Router::make(ApiKind::rest, keys({"ANY /part1", "ANY /part1/hardcoded-value", "ANY /{param+}"}));
    CHECK(route(parts, "GET", "/part1/hardcoded-value") == "ANY /part1/hardcoded-value");
    CHECK(route(parts, "GET", "/part1/random-value") == "ANY /{param+} param=part1/random-value");
    CHECK(route(parts, "GET", "/part1") == "ANY /part1");
}

TEST_CASE("REST APIs take the most specific path before they look at the method", "[routing]") {
    const Router router =
        Router::make(ApiKind::rest, keys({"GET /a/{x+}", "ANY /{y}/b", "ANY /pets/dog", "GET /pets/{id}"}));
    CHECK(route(router, "GET", "/a/b") == "GET /a/{x+} x=b");
    CHECK(route(router, "POST", "/a/b") == "ANY /{y}/b y=a");
    CHECK(route(router, "GET", "/pets/dog") == "ANY /pets/dog");
}

TEST_CASE("REST APIs ignore a slash at the end", "[routing]") {
    const Router router = Router::make(ApiKind::rest, keys({"GET /foo", "GET /bar/{proxy+}", "GET /", "GET /{a}/{b}"}));
    CHECK(route(router, "GET", "/foo/") == "GET /foo");
    CHECK(route(router, "GET", "/foo//") == "GET /foo");
    CHECK(route(router, "GET", "/bar") == "-");
    CHECK(route(router, "GET", "/bar/") == "-");
    CHECK(route(router, "GET", "/bar/proxy-value/") == "GET /bar/{proxy+} proxy=proxy-value");
    CHECK(route(router, "GET", "/bar/proxy-value//double-slash") ==
          "GET /bar/{proxy+} proxy=proxy-value//double-slash");
    CHECK(route(router, "GET", "//bar//proxy-value") == "GET /bar/{proxy+} proxy=proxy-value");
    CHECK(route(router, "GET", "/1//2//") == "GET /{a}/{b} a=1 b=2");
}

TEST_CASE("parameters are handed over as they were sent", "[routing]") {
    const Router router = Router::make(ApiKind::rest, keys({"GET /resource/{id}", "GET /capture/{a}/{proxy+}"}));
    CHECK(route(router, "GET", "/resource/my-id%2f100") == "GET /resource/{id} id=my-id%2f100");
    CHECK(route(router, "GET", "/%72esource/us-east-1%3aaf") == "GET /resource/{id} id=us-east-1%3aaf");
    CHECK(route(router, "GET", "/capture/%41/test%2Balias@gmail.com/plus/test+alias@gmail.com") ==
          "GET /capture/{a}/{proxy+} a=%41 proxy=test%2Balias@gmail.com/plus/test+alias@gmail.com");
    CHECK(route(router, "GET", "/capture/x/../y/space%20value") == "GET /capture/{a}/{proxy+} a=y proxy=space%20value");
}

TEST_CASE("routes of one form may name their parameters differently by method", "[routing]") {
    const Router router = Router::make(ApiKind::http, keys({"GET /pets/{id}", "POST /pets/{name}"}));
    CHECK(route(router, "GET", "/pets/1") == "GET /pets/{id} id=1");
    CHECK(route(router, "POST", "/pets/1") == "POST /pets/{name} name=1");
}

TEST_CASE("the first of two equal routes wins", "[routing]") {
    const Router router = Router::make(ApiKind::http, keys({"GET /{a}", "GET /{b}"}));
    CHECK(route(router, "GET", "/1") == "GET /{a} a=1");
}

TEST_CASE("an encoded literal is matched by either writing", "[routing]") {
    const Router router = Router::make(ApiKind::http, keys({"GET /a%3Ab/%7euser"}));
    CHECK(route(router, "GET", "/a%3ab/~user") == "GET /a%3Ab/%7euser");
    CHECK(route(router, "GET", "/a:b/~user") == "-");
}

TEST_CASE("the longest template is found with all its values", "[routing]") {
    std::string text = "GET ";
    std::string target;
    for (std::size_t i = 0; i < PathTemplate::kMaxParameters; ++i)
        text += "/{p" + std::to_string(i) + "}", target += "/v";
    for (std::size_t i = PathTemplate::kMaxParameters; i < PathTemplate::kMaxSegments; ++i)
        text += "/s", target += "/s";
    // Every level offers a literal, a parameter and a greedy branch, so that all of them are put aside.
    std::vector<std::string> texts{text};
    std::string literals;
    for (std::size_t i = 0; i < PathTemplate::kMaxParameters; ++i) {
        literals += "/v";
        texts.push_back("POST " + literals);
        texts.push_back("POST " + literals + "/{rest+}");
        texts.push_back("GET " + literals + "/s/{one}");
    }
    const Router router = Router::make(ApiKind::http, keys(texts));
    CHECK(route(router, "GET", target).starts_with(text + " p0=v"));
    CHECK(route(router, "GET", target + "/t") == "-");
    CHECK(route(router, "POST", "/v/v/v/x").find("rest=x") != std::string::npos);
}

namespace {

// The slow way: every route in turn, and the better of two by the written rules.
struct Found {
    std::size_t route;
    std::vector<std::string> values;
};

std::vector<std::string> pieces(std::string_view path) {
    std::vector<std::string> made;
    for (std::size_t at = 1; at <= path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        made.emplace_back(path.substr(at, end - at));
        at = end + 1;
    }
    return made;  // "/a/" has "a" and ""
}

std::optional<Found> oracle(ApiKind kind, const std::vector<RouteKey>& routes, http::Method method, std::string path) {
    if (kind == ApiKind::rest && path.size() > 1 && path.back() == '/') path.pop_back();
    std::vector<std::string> segments = path == "/" ? std::vector<std::string>{} : pieces(path);
    std::optional<Found> best;
    std::vector<int> best_rank;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const RouteKey& key = routes[i];
        Found found{i, {}};
        std::vector<int> shape;
        bool fits = true;
        if (key.is_default) {
            if (kind == ApiKind::rest) continue;
            shape = {3};
        } else {
            const bool known = method != http::Method::other;
            if (!(key.any ? (known || kind == ApiKind::http) : key.method == method)) continue;
            const auto& wanted = key.path.segments();
            for (std::size_t s = 0; s < wanted.size() && fits; ++s) {
                if (s >= segments.size()) {
                    fits = false;
                } else if (wanted[s].kind == Segment::Kind::greedy) {
                    std::string rest = segments[s];
                    for (std::size_t r = s + 1; r < segments.size(); ++r) rest += "/" + segments[r];
                    found.values.push_back(rest);
                    shape.push_back(2);
                } else if (wanted[s].kind == Segment::Kind::parameter) {
                    fits = !segments[s].empty();
                    found.values.push_back(segments[s]);
                    shape.push_back(1);
                } else {
                    fits = segments[s] == wanted[s].text;
                    shape.push_back(0);
                }
            }
            if (!fits || (!key.path.is_greedy() && wanted.size() != segments.size())) continue;
        }
        std::vector<int> rank;
        if (kind == ApiKind::http) {
            rank = {key.is_default ? 2 : key.path.is_greedy() ? 1 : 0, key.any ? 1 : 0};
            rank.insert(rank.end(), shape.begin(), shape.end());
        } else {
            rank = shape;
            rank.push_back(key.any ? 1 : 0);
        }
        if (!best || rank < best_rank) {
            best = found;
            best_rank = rank;
        }
    }
    return best;
}

}  // namespace

TEST_CASE("the table finds what the slow way finds", "[routing]") {
    gw::Random random(20261122);
    const std::vector<std::string> words = {"a", "b", "ab", "a%2Fb"};
    const std::vector<std::string> methods = {"GET", "POST", "ANY"};
    std::size_t found_count = 0;
    for (int round = 0; round < 400; ++round) {
        const ApiKind kind = round % 2 == 0 ? ApiKind::http : ApiKind::rest;
        std::vector<RouteKey> routes;
        const std::size_t count = 1 + random.below(12);
        for (std::size_t i = 0; i < count; ++i) {
            if (random.below(20) == 0) {
                routes.push_back(RouteKey::parse("$default").value());
                continue;
            }
            std::string text = methods[random.below(methods.size())] + " ";
            const std::size_t depth = random.below(5);
            for (std::size_t s = 0; s < depth; ++s) {
                const std::uint64_t dice = random.below(8);
                if (dice < 4) {
                    text += "/" + words[random.below(words.size())];
                } else if (dice < 7 || s + 1 < depth) {
                    text += "/{p" + std::to_string(s) + "}";
                } else {
                    text += "/{rest+}";
                }
            }
            if (depth == 0) text += "/";
            auto key = RouteKey::parse(text);
            REQUIRE(key);
            routes.push_back(std::move(key).value());
        }
        const Router router = Router::make(kind, routes);
        for (int request = 0; request < 60; ++request) {
            std::string target;
            const std::size_t depth = random.below(6);
            for (std::size_t s = 0; s < depth; ++s) target += "/" + words[random.below(words.size())];
            if (depth == 0 || random.below(4) == 0) target += "/";
            const http::Method method = std::vector{http::Method::get, http::Method::post, http::Method::head,
                                                    http::Method::other}[random.below(4)];
            const auto path = http::Path::parse(target);
            REQUIRE(path);
            RouteMatch match;
            const bool found = router.find(method, make_request_path(*path), match);
            const auto expected = oracle(kind, routes, method, target);
            INFO(target);
            REQUIRE(found == expected.has_value());
            if (!found) continue;
            ++found_count;
            REQUIRE(match.route == expected->route);
            const bool greedy_in_rest = kind == ApiKind::rest && routes[match.route].path.is_greedy();
            REQUIRE(match.count == expected->values.size());
            for (std::size_t i = 0; i < match.count; ++i) {
                std::string value = expected->values[i];
                if (greedy_in_rest && i + 1 == match.count && value.ends_with('/')) value.pop_back();
                REQUIRE(match.values[i] == value);
            }
        }
    }
    CHECK(found_count > 5000);
}
