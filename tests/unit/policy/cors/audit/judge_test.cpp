// Servers with one mistake each, and servers without: what is found must be the mistake and nothing else.

#include "libgw/policy/cors/audit/judge.h"

#include <functional>

#include "libgw/base/text.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::cors;

namespace {

/// What a server allows to an origin: fields of its answer.
using Server = std::function<std::vector<Field>(const std::string& origin)>;

constexpr const char* kApp = "https://app.example.com";

Audit audit(const Server& server, const char* trusted = kApp, std::uint16_t status = 200, bool preflights = true) {
    std::vector<Reaction> reactions;
    std::vector<Origin> origins;
    if (*trusted != '\0') origins.push_back(*Origin::parse(trusted));
    for (Probe& probe : make_probes(*PageUrl::parse("https://api.example.com/a"), origins, "q7x")) {
        Reaction reaction;
        for (const Field& field : server(probe.origin)) {
            reaction.fields.add(field.name, field.value);
            if (preflights) reaction.preflight_fields.add(field.name, field.value);
        }
        reaction.probe = std::move(probe);
        reaction.status = status;
        reaction.preflight_status = status == 200 ? 204 : status;
        reactions.push_back(std::move(reaction));
    }
    return judge(reactions);
}

/// A server that allows the origins for which `allows` holds, with credentials and Vary as they should be.
Server careful(std::function<bool(const std::string&)> allows, bool credentials = true) {
    return [=](const std::string& origin) {
        std::vector<Field> fields{{"Vary", "Accept-Encoding, Origin"}};
        if (origin.empty() || !allows(origin)) return fields;
        fields.push_back({"Access-Control-Allow-Origin", origin});
        if (credentials) fields.push_back({"Access-Control-Allow-Credentials", "true"});
        return fields;
    };
}

std::string found(const Audit& audit) {
    std::string all;
    for (const Finding& finding : audit.findings) {
        CHECK_FALSE(finding.evidence.empty());
        CHECK_FALSE(finding.cause.empty());
        CHECK_FALSE(finding.fix.empty());
        all += (all.empty() ? "" : " ") + std::string(to_text(finding.flaw)) + ":" +
               std::string(to_text(finding.severity));
    }
    return all;
}

}  // namespace

TEST_CASE("an audit finds nothing where a list of origins is compared byte for byte") {
    const auto audited = audit(careful([](const std::string& origin) { return origin == kApp; }));
    CHECK(found(audited).empty());
    CHECK(audited.notes.empty());
    CHECK(audited.conclusive);
}

TEST_CASE("an audit finds nothing in a public answer, in one fixed origin, and where nothing is allowed") {
    CHECK(found(audit([](const auto&) { return std::vector<Field>{{"Access-Control-Allow-Origin", "*"}}; })).empty());
    CHECK(found(audit([](const auto&) { return std::vector<Field>{{"Access-Control-Allow-Origin", kApp}}; })).empty());
    const auto silent = audit([](const auto&) { return std::vector<Field>(); });
    CHECK(found(silent).empty());
    REQUIRE(silent.notes.size() == 1);
    CHECK(silent.notes.front().find("is not allowed itself") != std::string::npos);
}

TEST_CASE("a reflected origin is one finding, and what follows from it is not told again") {
    const auto any = [](const std::string&) { return true; };
    CHECK(found(audit(careful(any))) == "ReflectedOrigin:critical");
    CHECK(found(audit(careful(any, false))) == "ReflectedOrigin:medium");
    CHECK(found(audit(careful(any), "")) == "ReflectedOrigin:critical");
    const auto only_https = [](const std::string& origin) { return origin.starts_with("https://"); };
    CHECK(found(audit(careful(only_https))) == "ReflectedOrigin:critical");
    const auto audited = audit(careful(any));
    CHECK(audited.findings.front().evidence ==
          "the request with Origin: https://q7x.example -> 200, Access-Control-Allow-Origin: https://q7x.example, "
          "Access-Control-Allow-Credentials: true, Vary: Accept-Encoding, Origin");
}

TEST_CASE("null that is allowed is found, and * is not taken for it") {
    const auto null = [](const std::string& origin) { return origin == "null" || origin == kApp; };
    CHECK(found(audit(careful(null))) == "NullOrigin:high");
    CHECK(found(audit(careful(null, false))) == "NullOrigin:low");
}

TEST_CASE("a comparison of the beginning is found") {
    const auto begins = [](const std::string& origin) { return origin.starts_with(kApp); };
    CHECK(found(audit(careful(begins))) == "PrefixMatch:high");
}

TEST_CASE("a comparison of the end is found, and a whole site that is allowed is a note") {
    const auto ends = [](const std::string& origin) {
        return origin.starts_with("https://") && origin.ends_with("example.com");
    };
    CHECK(found(audit(careful(ends))) == "SuffixMatch:high");
    const auto site = [](const std::string& origin) {
        return origin == "https://example.com" || (origin.starts_with("https://") && origin.ends_with(".example.com"));
    };
    const auto audited = audit(careful(site));
    CHECK(found(audited).empty());
    REQUIRE(audited.notes.size() == 1);
    CHECK(audited.notes.front().find("https://q7x.example.com") != std::string::npos);
    const auto sibling = [](const std::string& origin) {
        return origin.starts_with("https://") && origin.ends_with("app.example.com");
    };
    CHECK(found(audit(careful(sibling))) == "SuffixMatch:medium");
}

TEST_CASE("a dot that stands for any character is found") {
    const auto dot = [](const std::string& origin) {
        return origin.size() == std::string_view(kApp).size() && origin.starts_with("https://app") &&
               origin.ends_with("example.com");
    };
    CHECK(found(audit(careful(dot))) == "UnescapedDot:high");
}

TEST_CASE("http where https is trusted is found, and http that is trusted is not") {
    const auto either = [](const std::string& origin) { return origin == kApp || origin == "http://app.example.com"; };
    CHECK(found(audit(careful(either))) == "HttpDowngrade:medium");
    CHECK(found(audit(careful(either), "http://app.example.com")).empty());
}

TEST_CASE("places where anybody may publish are found unless they are meant") {
    const auto pages = [](const std::string& origin) { return origin == kApp || origin.ends_with(".github.io"); };
    CHECK(found(audit(careful(pages))) == "ThirdParty:high");
    const auto pen = [](const std::string& origin) { return origin == "https://codepen.io"; };
    CHECK(found(audit(careful(pen))) == "ThirdParty:high");
    CHECK(found(audit(careful(pen), "https://codepen.io")).empty());
    const auto own = [](const std::string& origin) { return origin == "https://me.github.io"; };
    CHECK(found(audit(careful(own), "https://me.github.io")).empty());
}

TEST_CASE("* with credentials is found only when both are said as browsers read them") {
    const auto both = [](const char* value) {
        return [value](const std::string&) {
            return std::vector<Field>{{"Access-Control-Allow-Origin", "*"},
                                      {"Access-Control-Allow-Credentials", value}};
        };
    };
    CHECK(found(audit(both("true"))) == "WildcardWithCredentials:medium");
    CHECK(found(audit(both("false"))).empty());
}

TEST_CASE("Vary is missed where answers differ by origin, and not where they do not or are never stored") {
    const auto without_vary = [](const char* control, const char* vary) {
        return [=](const std::string& origin) {
            std::vector<Field> fields;
            if (*control != '\0') fields.push_back({"Cache-Control", control});
            if (*vary != '\0') fields.push_back({"Vary", vary});
            if (origin == kApp) fields.push_back({"Access-Control-Allow-Origin", origin});
            return fields;
        };
    };
    CHECK(found(audit(without_vary("", ""))) == "MissingVary:low");
    CHECK(found(audit(without_vary("public, max-age=60", "Accept"))) == "MissingVary:medium");
    CHECK(found(audit(without_vary("private, no-store", ""))).empty());
    CHECK(found(audit(without_vary("", "*"))).empty());
    CHECK(found(audit(without_vary("", "accept, origin"))).empty());
    // only where the origin is allowed: a cache that holds the other answer gives it to the page
    CHECK(found(audit([](const std::string& origin) {
              if (origin != kApp) return std::vector<Field>();
              return std::vector<Field>{{"Vary", "Origin"}, {"Access-Control-Allow-Origin", origin}};
          })) == "MissingVary:low");
}

TEST_CASE("what only a preflight lets through weighs less, and a preflight without an ok status lets nothing through") {
    std::vector<Reaction> reactions(1);
    reactions[0].probe = {Disguise::stranger, "https://q7x.example", {}};
    reactions[0].status = 200;
    reactions[0].preflight_status = 204;
    reactions[0].preflight_fields.add("Access-Control-Allow-Origin", "https://q7x.example");
    reactions[0].preflight_fields.add("Access-Control-Allow-Credentials", "true");
    CHECK(found(judge(reactions)) == "ReflectedOrigin:high");
    reactions[0].preflight_status = 401;
    CHECK(found(judge(reactions)).empty());
}

TEST_CASE("a server that fails or sends elsewhere each time has not been audited") {
    for (const std::uint16_t status : {std::uint16_t{502}, std::uint16_t{301}}) {
        const auto audited = audit([](const auto&) { return std::vector<Field>(); }, kApp, status);
        CHECK_FALSE(audited.conclusive);
        CHECK(found(audited).empty());
        CHECK(audited.notes.size() == 2);
    }
    CHECK(audit([](const auto&) { return std::vector<Field>(); }, kApp, 401).conclusive);
    std::vector<Reaction> reactions(1);
    reactions[0].status = 502;
    reactions[0].preflight_status = 404;
    CHECK_FALSE(judge(reactions).conclusive);
    reactions[0].preflight_status = 204;
    CHECK(judge(reactions).conclusive);
    reactions[0].status = 0;
    reactions[0].preflight_status = 403;
    CHECK(judge(reactions).conclusive);
}
