// The model of a browser against a browser: Chromium fetches what cors/cases.json and corners.json say, and the model
// has to come to the same verdict, the same code, the same requests and the same readable headers.

#include <algorithm>

#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/policy/cors/browser.h"
#include "tests/integration/stranger.h"
#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/skip.h"
#include "tests/support/temporary.h"

using namespace gw;
using namespace gw::test;

namespace {

std::string text_of(const Value& value, std::string_view name, std::string_view otherwise = {}) {
    const Value* found = value.find(name);
    const std::string* text = found == nullptr ? nullptr : found->if_string();
    return text == nullptr ? std::string(otherwise) : *text;
}

/// The origins that ${page}, ${api} and ${other} stand for.
struct Origins {
    std::string page;
    std::string api;
    std::string other;

    [[nodiscard]] std::string fill(std::string text) const {
        for (const auto& [mark, origin] : {std::pair{"${page}", page}, {"${api}", api}, {"${other}", other}})
            for (std::size_t at = 0; (at = text.find(mark)) != std::string::npos;)
                text.replace(at, std::string_view(mark).size(), origin);
        return text;
    }
};

cors::PageRequest request_of(const Value& each, std::size_t number, const Origins& origins) {
    cors::PageRequest made;
    made.origin = text_of(each, "page") == "null" ? cors::Origin::opaque() : *cors::Origin::parse(origins.page);
    std::string url = origins.fill(text_of(each, "url", "${" + text_of(each, "to", "api") + "}/N/"));
    url.replace(url.find("/N/"), 3, "/" + std::to_string(number) + "/");
    made.url = *cors::PageUrl::parse(url);
    const Value& init = *each.find("init");
    made.method = text_of(init, "method", "GET");
    if (const Value* headers = init.find("headers"))
        for (const Value& pair : *headers->if_array())
            made.headers.push_back({*pair.if_array()->at(0).if_string(), *pair.if_array()->at(1).if_string()});
    made.has_body = init.find("body") != nullptr;
    made.body_type = "text/plain;charset=UTF-8";
    const std::string credentials = text_of(init, "credentials");
    if (credentials == "include") made.credentials = cors::Credentials::include;
    if (credentials == "omit") made.credentials = cors::Credentials::omit;
    return made;
}

/// The answer that the case has for a request, as browse.mjs sends it.
std::uint16_t answer_of(const Value& each, const cors::Outgoing& out, const Origins& origins, http::Fields& fields) {
    const auto pieces = split(out.url.target, '/');
    const Value* hop = each.find("answers")->find(pieces.size() > 2 ? pieces[2] : "");
    const Value* script = hop == nullptr ? nullptr : hop->find(out.preflight ? "preflight" : "actual");
    std::uint16_t status = 404;
    if (script != nullptr) {
        status = static_cast<std::uint16_t>(*script->if_array()->at(0).to_uint64());
        for (const Value& pair : *script->if_array()->at(1).if_array())
            fields.add(*pair.if_array()->at(0).if_string(),
                       trim_ows(origins.fill(*pair.if_array()->at(1).if_string())));
    }
    if (status != 204 && status != 304) fields.add("Content-Length", "1");
    fields.add("Connection", "close");
    return status;
}

/// What the model does, in the words of browse.mjs.
Object model_of(const Value& each, std::size_t number, const Origins& origins) {
    cors::Fetch fetch(request_of(each, number, origins), cors::Engine::chrome);
    Array seen;
    while (const auto out = fetch.next()) {
        const auto field = [&](std::string_view name) {
            for (const cors::Field& sent : out->fields)
                if (equals_ignoring_case(sent.name, name)) return Value(sent.value);
            return Value();
        };
        const auto pieces = split(out->url.target, '/');
        const std::string origin = out->url.origin().text();
        seen.push_back(
            Object{{"server", origin == origins.page  ? "page"
                              : origin == origins.api ? "api"
                                                      : "other"},
                   {"method", out->method},
                   {"hop", pieces.size() > 2 ? pieces[2] : std::string_view()},
                   {"preflight", out->preflight},
                   {"origin", field("Origin")},
                   {"asks", field("Access-Control-Request-Method")},
                   {"headers", field("Access-Control-Request-Headers")},
                   {"cookie", out->with_credentials && text_of(each, "page") != "null"},  // a sandbox keeps its own
                   {"authorization", !field("Authorization").is_null()}});
        http::Fields fields;
        const std::uint16_t status = answer_of(each, *out, origins, fields);
        fetch.feed({status, &fields});
    }
    Object made{{"ok", fetch.verdict().is_fine()}};
    const cors::Code code = fetch.verdict().code;
    if (fetch.verdict().is_fine()) {
        Array readable;
        for (const std::string& name : fetch.readable()) readable.emplace_back(name);
        made.push_back({"status", fetch.status()});
        made.push_back({"readable", std::move(readable)});
    } else if (code != cors::Code::invalid_request && code != cors::Code::network_error) {
        made.push_back({"code", to_text(code)});
    }
    made.push_back({"seen", std::move(seen)});
    return made;
}

/// The same members of what the browser did.
Object browser_of(const Value& found) {
    Object made{{"ok", *found.find("ok")}};
    for (const char* name : {"status", "readable", "code", "seen"})
        if (const Value* value = found.find(name); value != nullptr && !value->is_null())
            made.push_back({name, *value});
    return made;
}

/// What was sent, but for cookies.
Object without_cookies(Object found) {
    for (Member& member : found) {
        if (member.key != "seen") continue;
        Array kept;
        for (const Value& request : *member.value.if_array()) {
            Object fields;
            for (const Member& field : *request.if_object())
                if (field.key != "cookie") fields.push_back(field);
            kept.emplace_back(std::move(fields));
        }
        member.value = Value(std::move(kept));
    }
    return found;
}

/// What gw-preflight printed and sent, in the same words. It sends no cookies.
Object program_of(const Value& program) {
    const Value* report = program.find("report");
    if (report == nullptr || report->is_null())  // what the command line does not take fetch() throws at
        return Object{{"ok", false}, {"seen", Array{}}};
    Object made{{"ok", *report->find("allowed")}};
    if (report->find("allowed")->if_bool() != nullptr && *report->find("allowed")->if_bool()) {
        made.push_back({"status", *report->find("actual")->find("status")});
        made.push_back({"readable", *report->find("readable")});
    } else if (const std::string code = text_of(*report, "code"); code != "InvalidRequest" && code != "NetworkError") {
        made.push_back({"code", code});
    }
    made.push_back({"seen", *program.find("seen")});
    return without_cookies(std::move(made));
}

}  // namespace

namespace {

/// Requires: has_browser_driver(). The cases of cors/FILE, of which there are so many at least.
void hold_against(const std::string& chromium, std::string_view file, std::size_t least) {
    const std::string text = read_file(source_root() / "tests" / "integration" / "cors" / file);
    const auto cases = parse_json(text);
    REQUIRE(cases);
    const std::string output = ask_browser(chromium, text);
    const auto lines = split(std::string_view(output).substr(0, output.find_last_not_of('\n') + 1), '\n');
    const Array& all = *cases->if_array();
    REQUIRE(all.size() >= least);
    REQUIRE(lines.size() == all.size() + 1);
    const auto first = parse_json(lines.front());
    REQUIRE(first);
    const Value& places = *first->find("origins");
    const Origins origins{text_of(places, "page"), text_of(places, "api"), text_of(places, "other")};
    std::size_t preflights = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto found = parse_json(lines[i + 1]);
        REQUIRE(found);
        const std::string name = text_of(all[i], "name");
        INFO(name);
        REQUIRE(text_of(*found, "name") == name);
        CHECK(to_json(Value(model_of(all[i], i, origins))) == to_json(Value(browser_of(*found))));
        CHECK(to_json(Value(program_of(*found->find("program")))) ==
              to_json(Value(without_cookies(browser_of(*found)))));
        preflights += lines[i + 1].find("\"preflight\":true") != std::string_view::npos ? 1 : 0;
    }
    CHECK(preflights > 60);
}

}  // namespace

TEST_CASE("the model of a browser and gw-preflight come to what Chromium comes to") {
    const std::string chromium = find_browser();
    if (chromium.empty()) GW_SKIP("there is no Chromium: apt-get install chromium");
    if (!has_browser_driver()) GW_SKIP("playwright-core could not be installed");
    hold_against(chromium, "cases.json", 260);
}

TEST_CASE("the model of a browser and gw-preflight come to what Chromium comes to where nobody looks") {
    const std::string chromium = find_browser();
    if (chromium.empty()) GW_SKIP("there is no Chromium: apt-get install chromium");
    if (!has_browser_driver()) GW_SKIP("playwright-core could not be installed");
    hold_against(chromium, "corners.json", 200);
}
