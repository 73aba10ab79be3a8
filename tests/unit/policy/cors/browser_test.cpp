#include "libgw/policy/cors/browser.h"

#include <algorithm>

#include "libgw/base/random.h"
#include "libgw/policy/cors/respond.h"
#include "libgw/policy/cors/safelist.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cors;
using namespace std::chrono_literals;

namespace {

constexpr const char* kPage = "https://app.example";

PageRequest request(const char* url, const char* method = "GET", std::vector<Field> headers = {}) {
    PageRequest made;
    made.origin = *Origin::parse(kPage);
    made.url = *PageUrl::parse(url);
    made.method = method;
    made.headers = std::move(headers);
    return made;
}

void feed(Fetch& fetch, std::uint16_t status, std::vector<Field> fields, Instant now = {}) {
    http::Fields made;
    for (const Field& field : fields) made.add(field.name, field.value);
    fetch.feed({status, &made}, now);
}

std::string field_of(const Outgoing& out, std::string_view name) {
    for (const Field& field : out.fields)
        if (field.name == name) return field.value;
    return "-";
}

const Field kAllow{"Access-Control-Allow-Origin", kPage};
const Field kAny{"Access-Control-Allow-Origin", "*"};

}  // namespace

TEST_CASE("a simple request goes out at once, with its origin") {
    Fetch fetch(request("https://api.example/x"), Engine::standard);
    REQUIRE_FALSE(fetch.needs_preflight());
    const auto out = fetch.next();
    REQUIRE(out);
    REQUIRE_FALSE(out->preflight);
    REQUIRE(field_of(*out, "Origin") == kPage);
    REQUIRE_FALSE(out->with_credentials);
    feed(fetch, 200, {kAllow, {"ETag", "1"}, {"Content-Type", "text/plain"}});
    REQUIRE(fetch.is_over());
    REQUIRE(fetch.verdict().is_fine());
    REQUIRE(fetch.status() == 200);
    REQUIRE(fetch.readable() == std::vector<std::string>{"content-type"});
    REQUIRE_FALSE(fetch.next());
}

TEST_CASE("a page reads all of its own origin without any field of CORS") {
    Fetch fetch(request("https://app.example/x", "PUT", {{"X-A", "1"}}), Engine::standard);
    REQUIRE_FALSE(fetch.is_cross_origin());
    REQUIRE_FALSE(fetch.next()->preflight);
    REQUIRE(fetch.next()->with_credentials);
    feed(fetch, 500, {{"ETag", "1"}, {"Set-Cookie", "a"}});
    REQUIRE(fetch.verdict().is_fine());
    REQUIRE(fetch.readable() == std::vector<std::string>{"etag"});
}

TEST_CASE("a preflight asks for method and names, and carries neither credentials nor headers") {
    PageRequest asked = request("https://api.example/x", "put", {{"X-B", "1"}, {"Authorization", "y"}});
    asked.has_body = true;
    asked.body_type = "application/json";
    asked.credentials = Credentials::include;
    Fetch fetch(asked, Engine::standard);
    REQUIRE(fetch.needs_preflight());
    const auto out = fetch.next();
    REQUIRE(out->preflight);
    REQUIRE(out->method == "OPTIONS");
    REQUIRE_FALSE(out->with_credentials);
    REQUIRE(field_of(*out, "Access-Control-Request-Method") == "PUT");
    REQUIRE(field_of(*out, "Access-Control-Request-Headers") == "authorization,content-type,x-b");
    REQUIRE(field_of(*out, "Authorization") == "-");
    feed(fetch, 204,
         {kAllow,
          {"Access-Control-Allow-Credentials", "true"},
          {"Access-Control-Allow-Methods", "PUT"},
          {"Access-Control-Allow-Headers", "authorization,content-type,x-b"}});
    REQUIRE_FALSE(fetch.next()->preflight);
    REQUIRE(fetch.next()->with_credentials);
    feed(fetch, 401, {});
    REQUIRE(fetch.verdict().code == Code::missing_allow_origin_header);
}

TEST_CASE("what fetch() refuses is never sent") {
    for (const char* method : {"TRACE", "connect", "a b", ""}) {
        INFO(method);
        Fetch fetch(request("https://api.example/", method), Engine::standard);
        REQUIRE(fetch.is_over());
        REQUIRE(fetch.verdict().code == Code::invalid_request);
        REQUIRE_FALSE(fetch.next());
    }
    REQUIRE(Fetch(request("https://u:p@api.example/"), Engine::standard).verdict().code == Code::invalid_request);
    PageRequest body = request("https://api.example/");
    body.has_body = true;
    REQUIRE(Fetch(body, Engine::standard).verdict().code == Code::invalid_request);
}

TEST_CASE("forbidden headers are left out without a word") {
    Fetch fetch(request("https://api.example/", "GET", {{"Cookie", "a=b"}, {"Host", "x"}}), Engine::standard);
    REQUIRE_FALSE(fetch.needs_preflight());
    REQUIRE(fetch.left_out() == std::vector<std::string>{"cookie", "host"});
    REQUIRE(field_of(*fetch.next(), "Cookie") == "-");
}

TEST_CASE("a redirect between two other origins makes the origin null") {
    Fetch fetch(request("https://api.example/"), Engine::standard);
    feed(fetch, 302, {kAllow, {"Location", "https://other.example/y"}});
    REQUIRE(field_of(*fetch.next(), "Origin") == "null");
    feed(fetch, 200, {kAllow});
    REQUIRE(fetch.verdict().code == Code::allow_origin_mismatch);
    Fetch wild(request("https://api.example/"), Engine::standard);
    feed(wild, 302, {kAny, {"Location", "https://other.example/y"}});
    feed(wild, 200, {kAny});
    REQUIRE(wild.verdict().is_fine());
    REQUIRE(wild.redirects() == 1);
}

TEST_CASE("a redirect is an answer that has to pass the check itself") {
    Fetch fetch(request("https://api.example/"), Engine::standard);
    feed(fetch, 302, {{"Location", "https://api.example/y"}});
    REQUIRE(fetch.verdict().code == Code::missing_allow_origin_header);
}

TEST_CASE("a redirect from the page's own origin keeps the origin, and asks first where that is needed") {
    Fetch fetch(request("https://app.example/x", "PUT"), Engine::standard);
    feed(fetch, 307, {{"Location", "https://api.example/y"}});
    REQUIRE(fetch.next()->preflight);
    REQUIRE(field_of(*fetch.next(), "Origin") == kPage);
}

TEST_CASE("a redirect may turn the method into GET, and loses what it must not carry on") {
    PageRequest post = request("https://api.example/", "POST", {{"Content-Type", "text/plain"}});
    post.has_body = true;
    Fetch fetch(post, Engine::standard);
    feed(fetch, 302, {kAny, {"Location", "/y"}});
    REQUIRE(fetch.next()->method == "GET");
    REQUIRE_FALSE(fetch.next()->with_body);
    REQUIRE(field_of(*fetch.next(), "Content-Type") == "-");
    Fetch kept(post, Engine::standard);
    feed(kept, 307, {kAny, {"Location", "/y"}});
    REQUIRE(kept.next()->method == "POST");
    REQUIRE(kept.next()->with_body);
    Fetch secret(request("https://api.example/", "GET", {{"Authorization", "x"}}), Engine::standard);
    const std::vector<Field> allows{kAny, {"Access-Control-Allow-Headers", "authorization"}};
    feed(secret, 200, allows);
    feed(secret, 302, {kAny, {"Location", "https://other.example/"}});
    REQUIRE(field_of(*secret.next(), "Authorization") == "-");
    REQUIRE_FALSE(secret.next()->preflight);
}

TEST_CASE("redirects end somewhere, at URLs without credentials, over http") {
    const auto after = [](const char* location) {
        Fetch fetch(request("https://api.example/"), Engine::standard);
        feed(fetch, 302, {kAny, {"Location", location}});
        return fetch.verdict().code;
    };
    REQUIRE(after("https://u:p@other.example/") == Code::redirect_contains_credentials);
    REQUIRE(after("ftp://other.example/") == Code::cors_disabled_scheme);
    REQUIRE(after("data:text/plain,x") == Code::network_error);
    REQUIRE(after("http://") == Code::network_error);
    for (const char* location :
         {"about:blank", "blob:x", "file:///x", "view-source:http://x", "chrome-extension://x/"}) {
        INFO(location);
        REQUIRE(after(location) == Code::network_error);
    }
    for (const char* location : {"javascript:1", "mailto:x", "ws://x/", "foo:bar"}) {
        INFO(location);
        REQUIRE(after(location) == Code::cors_disabled_scheme);
    }
    REQUIRE(after("http://other.example:6000/") == Code::network_error);
    REQUIRE(after("http://u:p@other.example:6000/") == Code::redirect_contains_credentials);
    Fetch fetch(request("https://api.example/"), Engine::standard);
    for (int i = 0; i < 21; ++i) {
        REQUIRE_FALSE(fetch.is_over());
        feed(fetch, 302, {kAny, {"Location", "/again"}});
    }
    REQUIRE(fetch.verdict().code == Code::network_error);
    REQUIRE(fetch.redirects() == 21);
}

TEST_CASE("Location has to be one URL, before CORS is asked") {
    const auto after = [](Engine engine, std::vector<Field> fields) {
        Fetch fetch(request("https://api.example/"), engine);
        feed(fetch, 302, std::move(fields));
        return fetch.is_over() ? std::string(to_text(fetch.verdict().code)) : fetch.next()->url.text();
    };
    REQUIRE(after(Engine::chrome, {{"Location", "http://["}}) == "NetworkError");
    REQUIRE(after(Engine::chrome, {{"Location", "/a"}, {"Location", "/b"}}) == "NetworkError");
    REQUIRE(after(Engine::chrome, {kAny, {"Location", "/a"}, {"Location", "/a"}}) == "https://api.example/a");
    REQUIRE(after(Engine::chrome, {kAny, {"Location", "/a\tb, c"}}) == "https://api.example/ab,%20c");
    // an empty one is none to browsers, and the same URL to the standard
    REQUIRE(after(Engine::chrome, {kAny, {"Location", ""}}).empty());
    REQUIRE(after(Engine::standard, {kAny, {"Location", ""}}) == "https://api.example/");
    Fetch asks(request("https://api.example/", "PUT"), Engine::chrome);
    feed(asks, 302, {kAny, {"Location", ""}});
    REQUIRE(asks.verdict().code == Code::preflight_invalid_status);
}

TEST_CASE("Chromium takes no 407 from a server that is no proxy") {
    Fetch chrome(request("https://api.example/"), Engine::chrome);
    feed(chrome, 407, {kAny});
    REQUIRE(chrome.verdict().code == Code::network_error);
    Fetch standard(request("https://api.example/"), Engine::standard);
    feed(standard, 407, {kAny});
    REQUIRE(standard.verdict().is_fine());
}

TEST_CASE("a port of another service is not called, and the rest is told all the same") {
    Fetch fetch(request("http://api.example:6000/", "PUT"), Engine::standard);
    REQUIRE(fetch.is_over());
    REQUIRE(fetch.verdict().code == Code::network_error);
    REQUIRE(fetch.needs_preflight());
    REQUIRE_FALSE(fetch.sent_preflight());
}

TEST_CASE("the Accept that a browser adds counts among what is safelisted") {
    std::vector<Field> fields;
    for (int i = 0; i < 8; ++i) fields.push_back({"accept-language", std::string(128, 'a')});
    Fetch fetch(request("https://api.example/", "GET", fields), Engine::standard);
    REQUIRE(fetch.needs_preflight());
    REQUIRE(fetch.unsafe_names() == std::vector<std::string>{"accept", "accept-language"});
    fields.back().value.resize(125);
    REQUIRE_FALSE(Fetch(request("https://api.example/", "GET", fields), Engine::standard).needs_preflight());
}

TEST_CASE("a remembered preflight is not sent again") {
    PreflightCache cache;
    const auto ask = [&](Instant now) {
        Fetch fetch(request("https://api.example/", "PUT"), Engine::chrome, &cache, now);
        const bool preflight = fetch.next()->preflight;
        if (preflight)
            feed(fetch, 204, {kAny, {"Access-Control-Allow-Methods", "PUT"}, {"Access-Control-Max-Age", "60"}}, now);
        feed(fetch, 200, {kAny}, now);
        REQUIRE(fetch.verdict().is_fine());
        REQUIRE(fetch.needs_preflight());
        return preflight;
    };
    REQUIRE(ask(Instant(1s)));
    REQUIRE_FALSE(ask(Instant(60s)));
    REQUIRE(ask(Instant(61s)));
}

TEST_CASE("listeners on an upload ask first whatever is sent") {
    PageRequest asked = request("https://api.example/");
    asked.upload_events = true;
    REQUIRE(Fetch(asked, Engine::standard).next()->preflight);
}

TEST_CASE("no answer is no answer") {
    Fetch fetch(request("https://api.example/"), Engine::standard);
    fetch.fail("connection refused");
    REQUIRE(fetch.verdict().code == Code::network_error);
    REQUIRE(fetch.verdict().about == "connection refused");
}

namespace {

/// A choice that the seed makes.
template <class T>
T one_of(Random& random, const std::vector<T>& all) {
    return all[random.below(all.size())];
}

std::vector<std::string> some_of(Random& random, const std::vector<std::string>& all) {
    std::vector<std::string> some;
    for (const std::string& each : all)
        if (random.below(3) == 0) some.push_back(each);
    return some;
}

PolicySpec draw_spec(Random& random) {
    PolicySpec spec;
    spec.origins = some_of(random, {"*", "https://*", "http://*", kPage, "http://localhost:3000"});
    if (random.below(2) == 0)
        spec.methods = some_of(random, {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE", "*"});
    if (random.below(2) == 0)
        spec.headers = some_of(random, {"content-type", "Authorization", "X-Api-Key", "x-a", "*"});
    spec.expose = some_of(random, {"etag", "X-Id", "*"});
    spec.credentials = random.below(2) == 0;
    if (random.below(2) == 0) spec.max_age = static_cast<std::int32_t>(random.below(86402)) - 1;
    return spec;
}

PageRequest draw_request(Random& random) {
    PageRequest made =
        request("https://api.example/x", one_of<const char*>(random, {"GET", "HEAD", "POST", "PUT", "put", "PATCH",
                                                                      "patch", "DELETE", "OPTIONS", "PURGE"}));
    made.origin = *Origin::parse(one_of<const char*>(
        random, {kPage, "http://localhost:3000", "https://evil.example", "http://app.example", "null"}));
    const std::vector<Field> headers{{"Content-Type", "application/json"},
                                     {"content-type", "text/plain"},
                                     {"authorization", "x"},
                                     {"X-API-KEY", "y"},
                                     {"X-A", "z"},
                                     {"Accept", "text/html"},
                                     {"Cookie", "c"},
                                     {"Range", "bytes=0-1"}};
    for (const Field& header : headers)
        if (random.below(5) == 0) made.headers.push_back(header);
    made.credentials = one_of<Credentials>(random, {Credentials::omit, Credentials::same_origin, Credentials::include});
    return made;
}

/// What the policy says, without a look at any answer.
bool is_permitted(const Policy& policy, const PageRequest& asked, const Fetch& fetch,
                  const std::vector<std::string>& of_route) {
    if (!policy.permits_origin(asked.origin.text())) return false;
    if (asked.credentials == Credentials::include && !policy.spec().credentials) return false;
    if (!fetch.needs_preflight()) return true;
    if (!policy.permits_method(fetch.method(), of_route)) return false;
    const auto& names = fetch.unsafe_names();
    return std::all_of(names.begin(), names.end(), [&](const auto& name) { return policy.permits_header(name); });
}

}  // namespace

TEST_CASE("a browser accepts our answers exactly when the policy permits it") {
    Random random(20261126);
    const std::vector<std::string> of_route{"GET", "PUT", "DELETE"};
    int permitted = 0;
    int refused = 0;
    int invalid = 0;
    for (int round = 0; round < 200000; ++round) {
        const auto policy = Policy::make(draw_spec(random));
        if (!policy) {
            ++invalid;
            continue;
        }
        const PageRequest asked = draw_request(random);
        Fetch fetch(asked, Engine::standard);
        const bool expected = is_permitted(*policy, asked, fetch, of_route);
        while (const auto out = fetch.next()) {
            http::Fields sent;
            for (const Field& field : out->fields) sent.add(field.name, field.value);
            http::Fields answer;
            if (out->preflight) {
                const auto preflight = read_preflight(http::Method::options, sent);
                REQUIRE(preflight);
                add_preflight_fields(*policy, *preflight, of_route, answer);
                fetch.feed({204, &answer});
            } else {
                // an answer of our own to OPTIONS without a preflight's fields is an ordinary one
                add_answer_fields(*policy, sent.find(http::FieldName::origin), "", answer);
                fetch.feed({401, &answer});
            }
        }
        if (fetch.verdict().is_fine() != expected) {
            CAPTURE(round, asked.method, asked.origin.text(), to_text(fetch.verdict().code), fetch.verdict().about,
                    expected);
            REQUIRE(fetch.verdict().is_fine() == expected);
        }
        ++(expected ? permitted : refused);
    }
    CAPTURE(permitted, refused, invalid);
    REQUIRE(permitted > 10000);
    REQUIRE(refused > 10000);
}

TEST_CASE("no policy allows more than it says, whatever is asked for") {
    Random random(7);
    const std::vector<const char*> origins{kPage,       "null", "https://evil.example", "https://a, https://b", "*",
                                           "https://*", "",     "https://app.example/", "HTTPS://app.example"};
    for (int round = 0; round < 50000; ++round) {
        const auto policy = Policy::make(draw_spec(random));
        if (!policy) continue;
        const std::string origin = one_of(random, origins);
        http::Fields answer;
        add_answer_fields(*policy, origin, "", answer);
        const auto allowed = answer.find(http::FieldName::access_control_allow_origin);
        const bool credentials = answer.has(http::FieldName::access_control_allow_credentials);
        REQUIRE(answer.count(http::FieldName::access_control_allow_origin) <= 1);
        REQUIRE((!credentials || (allowed && *allowed != "*")));
        REQUIRE((!allowed || *allowed == "*" || *allowed == origin));
        REQUIRE((!allowed || *allowed != "null"));
        if (!policy->any_origin()) REQUIRE(answer.has(http::FieldName::vary));
    }
}
