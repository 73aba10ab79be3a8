// A path is read once: the router, a policy, the resource that it names, the key of the memory, the log and the target
// are told the same path by every writing of it, and nothing of one that is refused.

#include <algorithm>

#include "libgw/base/text.h"
#include "tests/integration/counting_target.h"
#include "tests/integration/gateway.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::test;

namespace {

struct Writing {
    std::string sent;
    std::string canonical;
    bool has_dots;  ///< dot segments, which no target is left to resolve
};

/// What stands between segments, before or behind them, and what it comes to.
struct Part {
    std::string sent;
    std::string canonical;
    bool has_dots = false;
};

/// Paths with what they come to by RFC 3986 §6.2.2, put together from pieces of which both are known.
std::vector<Writing> writings() {
    const std::vector<Part> slashes = {{"/", "/"},
                                       {"//", "/"},
                                       {"///", "/"},
                                       {"/./", "/", true},
                                       {"/%2E/", "/", true},
                                       {"/u/../", "/", true},
                                       {"/u/%2e%2E/", "/", true}};
    const std::vector<Part> ends = {{"", ""},          {"/", "/"},          {"//", "/"},
                                    {"/.", "/", true}, {"/%2e", "/", true}, {"/u/..", "/", true}};
    const std::vector<std::pair<std::string, std::vector<std::string>>> names = {
        {"admin", {"admin", "%61dmin", "adm%69n", "%61%64%6d%69%6E"}},
        {"x~y", {"x~y", "x%7ey", "x%7Ey", "%78~%79"}},
        {"a%2Fb", {"a%2Fb", "a%2fb", "%61%2fb"}},
        {"%C3%A9", {"%C3%A9", "%c3%a9", "%C3%a9"}},
        {"...", {"...", "%2e..", "%2E%2e%2E"}},
        {"admin;x=y", {"admin;x=y", "%61dmin;x=y"}},
        {"admin%3Bx", {"admin%3Bx", "admin%3bx"}},
        {"ADMIN", {"ADMIN", "%41DMIN"}},
        {"admin%20", {"admin%20"}},
        {"admin.", {"admin.", "admin%2E"}},
        {"%252e%41", {"%252e%2541"}},
        {"*", {"*"}},
        {"%2A%3F", {"%2a%3f"}}};
    std::vector<Writing> all;
    for (const auto& [name, spellings] : names) {
        const std::string canonical = name == "%252e%41" ? "%252e%2541" : name;
        for (const std::string& spelling : spellings)
            for (const Part& slash : slashes)
                for (const Part& end : ends) {
                    if (slash.sent != "/" && !end.sent.empty()) continue;
                    all.push_back({slash.sent + spelling + end.sent, slash.canonical + canonical + end.canonical,
                                   slash.has_dots || end.has_dots});
                    // below what is protected, and beside it
                    if (end.sent.empty())
                        for (const char* first : {"/admin", "/%61dmin", "/public"})
                            all.push_back(
                                {first + slash.sent + spelling,
                                 (first == std::string("/public") ? "/public" : "/admin") + slash.canonical + canonical,
                                 slash.has_dots});
                }
    }
    return all;
}

const std::vector<std::string>& refused_writings() {
    static const std::vector<std::string> all = {"/..",
                                                 "/../admin",
                                                 "/%2e%2e/admin",
                                                 "/a/../../admin",
                                                 "/admin/..;/x",
                                                 "/..;a/admin",
                                                 "/public%2f..%2fx",
                                                 "/p/..%2Fadmin",
                                                 "/p%5c..%5cadmin",
                                                 "/p\\admin",
                                                 "/admin%00",
                                                 "/admin%0d%0aX:1",
                                                 "/admin%7f",
                                                 "/%c0%ae%c0%ae/admin",
                                                 "/%u002e",
                                                 "/%",
                                                 "/%4g",
                                                 "/%80",
                                                 "/.;/admin",
                                                 "/admin%1f",
                                                 "/<admin>",
                                                 "/admin\x01",
                                                 "/caf\xc3\xa9",
                                                 "/admin#x",
                                                 "/%ed%a0%80"};
    return all;
}

std::string route_of(const std::string& canonical) {
    if (canonical == "/admin") return "ANY /admin";
    return canonical.starts_with("/admin/") ? "ANY /admin/{proxy+}" : "ANY /{proxy+}";
}

std::string to_target(const Writing& writing) {
    if (writing.has_dots) return writing.canonical;
    return writing.sent.substr(writing.sent.find_first_not_of('/') - 1);
}

constexpr const char* kPolicy = R"({"Version":"2012-10-17","Statement":[
{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"},
{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*",
 "Condition":{"StringEquals":{"aws:UserAgent":"which"}}},
{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke",
 "Resource":["execute-api:/*/GET/admin","execute-api:/*/GET/admin/*"],
 "Condition":{"StringEquals":{"aws:UserAgent":"nobody"}}}]})";

/// The path of the target in the body of a Counter: "GET /a #1".
std::string target_in(const std::string& body) { return body.substr(4, body.rfind(" #") - 4); }

}  // namespace

TEST_CASE("router, policy, resource, memory, log and target see one path in every writing of it") {
    const TemporaryDirectory directory;
    Counter target(control("max-age=600"));
    const Gateway gateway({"/admin=" + target.url(), "/admin/{proxy+}=" + target.url(), "/{proxy+}=" + target.url(),
                           "--cache", "http", "--policy", directory.write("policy.json", kPolicy), "--workers", "1",
                           "--access-log", "$context.path $context.status $context.routeKey",
                           "--max-connections-per-client", "0"});
    std::vector<std::string> lines;  // as the log has to have them
    const auto get = [&](const std::string& path, const std::string& canonical, const char* agent = "somebody") {
        const RawResponse answer = gateway.get(path, std::string("User-Agent: ") + agent + "\r\n");
        lines.push_back(path + " " + std::to_string(answer.status) + " " + route_of(canonical));
        return answer;
    };
    std::size_t protected_ones = 0;
    std::size_t kept_apart = 0;
    for (const auto& writing : writings()) {
        const auto& [sent, canonical, has_dots] = writing;
        INFO(sent << " is " << canonical);
        const RawResponse first = get(sent, canonical);
        CHECK(first.status == 200);
        CHECK(target_in(first.body) == to_target(writing));
        // the memory: what is kept for the path is no answer to another writing, nor is its answer kept for the path
        const RawResponse kept = get(canonical, canonical);
        CHECK(target_in(kept.body) == canonical);
        const RawResponse again = get(sent, canonical);
        CHECK((again.body == kept.body) == (sent == canonical));
        CHECK(target_in(again.body) == to_target(writing));
        CHECK(get(canonical, canonical).body == kept.body);
        kept_apart += sent == canonical ? 0 : 1;
        // the policy, and the resource that it was asked about
        const bool is_protected = route_of(canonical) != "ANY /{proxy+}";
        CHECK(get(sent, canonical, "nobody").status == (is_protected ? 403 : 200));
        const RawResponse told = get(sent, canonical, "which");
        CHECK(told.status == 403);
        INFO(told.body);
        CHECK(
            told.body.find(":gw/$default/GET" + canonical +
                           (told.body.find("explicit deny") == std::string::npos ? "\"" : " with an explicit deny")) !=
            std::string::npos);
        protected_ones += is_protected ? 1 : 0;
    }
    CHECK(lines.size() >= 6 * 200);
    CHECK(protected_ones > 100);
    CHECK(kept_apart > 100);
    const int asked = target.asked();
    for (const std::string& sent : refused_writings()) {
        INFO(sent);
        for (const char* agent : {"somebody", "nobody", "which"}) {
            const RawResponse answer = gateway.get(sent, std::string("User-Agent: ") + agent + "\r\n");
            CHECK(answer.status == 400);
            CHECK(answer.body == R"({"message":"Bad Request"})");
        }
    }
    CHECK(target.asked() == asked);
    const std::string log = gateway.wait_for_log(lines.size() + 3 * refused_writings().size());
    const auto logged = split(log, '\n');
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (logged[i] != lines[i]) FAIL_CHECK("line " << i << " is '" << logged[i] << "' and not '" << lines[i] << "'");
    }
    for (std::size_t i = lines.size(); i + 1 < logged.size(); ++i) {
        INFO(logged[i]);
        CHECK(logged[i].ends_with(" 400 -"));
    }
}
