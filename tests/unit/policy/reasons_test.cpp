#include "libgw/policy/reasons.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include <fmt/format.h>

#include "libgw/policy/answer/wording.h"
#include "libgw/policy/trace.h"
#include "libgw/policy/verdict.h"
#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/temporary.h"

namespace gw {
namespace {

/// What gw.7 must say of a reason's status.
std::string status_text(std::string_view word) {
    if (word == reason::kFaultInjected) return "the status that was asked for";
    if (word == reason::kClientGone || word == reason::kAnswerBroken) return "no answer";
    const int http = wording_of(ApiKind::http, refuse(ApiKind::http, word), nullptr).status;
    const int rest = wording_of(ApiKind::rest, refuse(ApiKind::rest, word), nullptr).status;
    return http == rest ? fmt::format("{}", http) : fmt::format("http {}, rest {}", http, rest);
}

}  // namespace

TEST_CASE("reasons: gw.7 has every word with its status and meaning, in this order, and no other") {
    const std::string page = test::read_file(test::source_root() / "man/gw.7");
    std::string wanted;
    for (const Reason& reason : kReasons) {
        std::string meaning(reason.meaning);
        meaning[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(meaning[0])));
        wanted += fmt::format(".TP\n\\fB{}\\fR ({})\n{}.\n", reason.word, status_text(reason.word), meaning);
    }
    const auto section = page.find(".SH REASONS\n");
    REQUIRE(section != std::string::npos);
    const auto begin = page.find(".TP\n", section);
    CHECK(page.substr(begin, page.find(".SH ", begin) - begin) == wanted);
}

}  // namespace gw

TEST_CASE("every reason is one lower-case word with dots, once, with a meaning", "[policy]") {
    std::set<std::string_view> seen;
    for (const gw::Reason& reason : gw::kReasons) {
        INFO(reason.word);
        CHECK(seen.insert(reason.word).second);
        CHECK(reason.word.find_first_not_of("abcdefghijklmnopqrstuvwxyz._") == std::string_view::npos);
        CHECK(std::count(reason.word.begin(), reason.word.end(), '.') <= 2);
        CHECK(reason.meaning.size() > 10);
        CHECK(reason.meaning.find('\n') == std::string_view::npos);
        CHECK(gw::meaning_of(reason.word) == reason.meaning);
        CHECK(&gw::kReasons[gw::index_of(std::string(reason.word))] == &reason);
    }
    CHECK(gw::meaning_of("no.such").empty());
    for (const char* other : {"", "x", "no.such", "throttle.rout", "throttle.routf"})
        CHECK(gw::index_of(other) == gw::kReasons.size());
}

TEST_CASE("a verdict is a value or a refusal", "[policy]") {
    gw::Verdict<int> yes = 7;
    CHECK_FALSE(is_refused(yes));
    CHECK(gw::allowed(yes) == 7);
    const gw::Verdict<int> no = gw::Refusal{404, gw::reason::kRouteNotFound, "GET /x"};
    REQUIRE(is_refused(no));
    CHECK(gw::refusal_of(no).status == 404);
    CHECK(gw::refusal_of(no).reason == "route.not_found");
}

TEST_CASE("a trace keeps what the stages say, to its bounds, and is not asked for text when absent", "[policy]") {
    gw::Trace trace;
    gw::note(&trace, "route", [] { return std::string("GET /pets"); });
    REQUIRE(trace.lines().size() == 1);
    CHECK(trace.lines()[0].stage == "route");
    CHECK(trace.lines()[0].text == "GET /pets");

    bool asked = false;
    gw::note(nullptr, "route", [&asked] {
        asked = true;
        return std::string();
    });
    CHECK_FALSE(asked);

    trace.add("long", std::string(gw::Trace::kMaxText + 1, 'x'));
    CHECK(trace.lines()[1].text.size() == gw::Trace::kMaxText);
    for (std::size_t i = 0; i < gw::Trace::kMaxLines; ++i) trace.add("more", "x");
    CHECK(trace.lines().size() == gw::Trace::kMaxLines);
    CHECK(trace.dropped() == 2);
}
