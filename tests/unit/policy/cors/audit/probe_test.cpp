#include "libgw/policy/cors/audit/probe.h"

#include <set>

#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cors;

namespace {

std::vector<Probe> probes_of(const char* url, const std::vector<const char*>& trusted) {
    std::vector<Origin> origins;
    for (const char* text : trusted) origins.push_back(*Origin::parse(text));
    return make_probes(*PageUrl::parse(url), origins, "q7x");
}

std::string origin_of(const std::vector<Probe>& probes, Disguise disguise) {
    for (const Probe& probe : probes)
        if (probe.disguise == disguise) return probe.origin;
    return "-";
}

}  // namespace

TEST_CASE("the site of a name is what its owner makes others below") {
    CHECK(site_of("example.com") == "example.com");
    CHECK(site_of("a.b.example.com") == "example.com");
    CHECK(site_of("app.example.co.uk") == "example.co.uk");
    CHECK(site_of("co.uk") == "co.uk");
    CHECK(site_of("me.github.io") == "me.github.io");
    CHECK(site_of("localhost").empty());
    CHECK(site_of("127.0.0.1").empty());
    CHECK(site_of("[::1]").empty());
}

TEST_CASE("an audit pretends to come from origins that are nearly the trusted one") {
    const auto probes = probes_of("https://api.example.com/a", {"https://app.example.com:8443"});
    CHECK(origin_of(probes, Disguise::none).empty());
    CHECK(origin_of(probes, Disguise::trusted) == "https://app.example.com:8443");
    CHECK(origin_of(probes, Disguise::stranger) == "https://q7x.example");
    CHECK(origin_of(probes, Disguise::null) == "null");
    CHECK(origin_of(probes, Disguise::prefix) == "https://app.example.com.q7x.example:8443");
    CHECK(origin_of(probes, Disguise::suffix) == "https://q7xexample.com:8443");
    CHECK(origin_of(probes, Disguise::sibling) == "https://q7xapp.example.com:8443");
    CHECK(origin_of(probes, Disguise::subdomain) == "https://q7x.example.com:8443");
    CHECK(origin_of(probes, Disguise::dot) == "https://appxexample.com:8443");
    CHECK(origin_of(probes, Disguise::plain) == "http://app.example.com:8443");
    std::set<std::string> once;
    for (const Probe& probe : probes) CHECK(once.insert(probe.origin).second);
}

TEST_CASE("without a trusted origin the host of the URL stands for it") {
    const auto probes = probes_of("https://example.com/a", {});
    CHECK(origin_of(probes, Disguise::trusted) == "-");
    CHECK(origin_of(probes, Disguise::prefix) == "https://example.com.q7x.example");
    CHECK(origin_of(probes, Disguise::suffix) == "https://q7xexample.com");
    CHECK(origin_of(probes, Disguise::sibling) == "-");
    CHECK(origin_of(probes, Disguise::dot) == "-");
}

TEST_CASE("of an address and a name of one label only the beginning can be taken") {
    for (const char* url : {"http://127.0.0.1:8080/", "http://localhost:8080/"}) {
        INFO(url);
        const auto probes = probes_of(url, {});
        CHECK(origin_of(probes, Disguise::prefix).find(".q7x.example:8080") != std::string::npos);
        CHECK(origin_of(probes, Disguise::suffix) == "-");
        CHECK(origin_of(probes, Disguise::dot) == "-");
        CHECK(origin_of(probes, Disguise::plain) == "-");
    }
    CHECK(origin_of(probes_of("http://[::1]/", {}), Disguise::prefix) == "-");
}

TEST_CASE("a probe is sent as the preflight and as the request of a page") {
    PageRequest asked;
    asked.url = *PageUrl::parse("http://api.example/a");
    asked.method = "PUT";
    asked.headers = {{"X-B", "1"}, {"accept", "a/b"}, {"Authorization", "x"}};
    const Probe probe{Disguise::null, "null", {}};
    const Outgoing preflight = to_outgoing(probe, asked, true);
    CHECK(preflight.method == "OPTIONS");
    CHECK(preflight.fields == std::vector<Field>{{"Origin", "null"},
                                                 {"Access-Control-Request-Method", "PUT"},
                                                 {"Access-Control-Request-Headers", "authorization,x-b"}});
    const Outgoing actual = to_outgoing(probe, asked, false);
    CHECK(actual.method == "PUT");
    CHECK(actual.fields.size() == 4);
    CHECK(to_outgoing({}, asked, false).fields.size() == 3);
}
