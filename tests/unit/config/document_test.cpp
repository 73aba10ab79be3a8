#include "libgw/config/document.h"

#include <set>

#include "libgw/base/json.h"
#include "libgw/config/schema.h"
#include "libgw/config/secret.h"
#include "tests/support/catch.h"
#include "tests/support/map_sources.h"

using namespace gw;
using namespace gw::config;

TEST_CASE("config document: files are found from the folder of the document") {
    test::MapSources sources;
    sources.files["/etc/gw/gw.yaml"] =
        "version: 1\nlisteners:\n  - address: 127.0.0.1:1\n    tls: {certificates: [{cert: a.pem, key: /k.pem}]}\n"
        "apis:\n  - routes: [{routeKey: GET /, integration: 'mock:200:@b/c.txt'}]\nadminToken: file:token\n";
    sources.files["/etc/gw/b/c.txt"] = "body";
    Diagnostics diagnostics;
    const Model model = load_document("/etc/gw/gw.yaml", sources, diagnostics);
    INFO(diagnostics.render());
    REQUIRE(diagnostics.empty());
    CHECK(model.listeners[0].tls->certificates[0].cert == "/etc/gw/a.pem");
    CHECK(model.listeners[0].tls->certificates[0].key == "/k.pem");
    CHECK(model.apis[0].routes[0].integration.body == "body");
    CHECK(model.admin_token->text == "file:/etc/gw/token");
}

TEST_CASE("config document: a file that is not there is a diagnostic") {
    Diagnostics diagnostics;
    load_document("gw.yaml", test::MapSources(), diagnostics);
    CHECK(diagnostics.render() == "error: file gw.yaml: no such file or directory\n");
}

TEST_CASE("config document: every key has a place") {
    Diagnostics diagnostics;
    Places places;
    read_document("version: 1\nlimits:\n  timeout: 1s\napis:\n  - routes: []\n", "f", test::MapSources(), diagnostics,
                  &places);
    CHECK(places.at("limits.timeout") == Location{"f", 3, 12});
    CHECK(places.at("apis[0].routes") == Location{"f", 5, 13});
    CHECK(places.at("apis[0]") == Location{"f", 5, 5});
}

TEST_CASE("config document: a secret that stands in the text is never told") {
    Diagnostics diagnostics;
    test::MapSources sources;
    for (const char* token :
         {"hunter2hunter2", "'env:'", "\"file:\"", "env:A=hunter2hunter2", "12345", "[hunter2hunter2]"}) {
        read_document("version: 1\napis: []\nadminToken: " + std::string(token) + "\n", "f", sources, diagnostics);
    }
    CHECK(diagnostics.errors() == 6);
    CHECK(diagnostics.render().find("hunter2") == std::string::npos);
    CHECK(diagnostics.render().find("12345") == std::string::npos);
}

TEST_CASE(
    "config document: the defaults write nothing but the version, and a model equals itself wherever it was written") {
    CHECK(write_document(Model()) == "version: 1\n");
    Model a;
    Model b;
    a.apis.emplace_back().where = Location{"f", 1, 1};
    b.apis.emplace_back();
    CHECK(a == b);
    b.apis[0].stage = "x";
    CHECK_FALSE(a == b);
}

TEST_CASE("config document: the schema describes every key, allows no other, and has the declared defaults") {
    const Value schema = document_schema();
    CHECK(*schema.find_string("$schema") == "https://json-schema.org/draft/2020-12/schema");
    CHECK(parse_json(to_json(schema)));
    std::vector<const Value*> open = {&schema};
    std::size_t objects = 0;
    while (!open.empty()) {
        const Value* value = open.back();
        open.pop_back();
        if (const Value* properties = value->find("properties"); properties && properties->if_object()) {
            ++objects;
            CHECK(value->find("additionalProperties")->if_bool());
            for (const Member& member : *properties->if_object()) {
                INFO(member.key);
                CHECK_FALSE(member.value.find_string("description")->empty());
                CHECK(member.value.find_string("description")->back() != '.');
            }
        }
        if (value->if_object()) {
            for (const Member& member : *value->if_object()) open.push_back(&member.value);
        }
        if (value->if_array()) {
            for (const Value& item : *value->if_array()) open.push_back(&item);
        }
    }
    CHECK(objects >= 13);
    CHECK(*schema.find("properties")->find("limits")->find("properties")->find("timeout")->find_string("default") ==
          "29s");
}

TEST_CASE("config document: the list of keys has every path once, with default and need") {
    const std::vector<KeyLine> keys = document_keys();
    std::set<std::string> paths;
    for (const KeyLine& key : keys) CHECK(paths.insert(key.path).second);
    for (const char* path :
         {"version", "listeners[].tls.certificates[].cert", "apis[].routes[].routeKey", "apis[].stageVariables",
          "groups.NAME.targets[].weight", "groups.NAME.health.path", "limits.idleTimeout", "requestHeaders[].set"}) {
        INFO(path);
        CHECK(paths.contains(path));
    }
    for (const KeyLine& key : keys) {
        if (key.path == "apis[].routes[].routeKey") CHECK(key.required);
        if (key.path == "limits.timeout") CHECK(key.usual == "29s");
        if (key.path == "limits.timeout") CHECK_FALSE(key.required);
    }
}

TEST_CASE("config document: hostile texts are refused quickly and with bounded output") {
    test::MapSources sources;
    for (const std::string& text :
         {std::string(200000, '['), std::string(2000000, 'a'), "a: &x [" + std::string(1000, '*') + "]",
          std::string("version: 1\napis:\n") + std::string(30000, ' ') + "- {}\n"}) {
        Diagnostics diagnostics;
        read_document(text, "f", sources, diagnostics);
        CHECK(diagnostics.has_errors());
        CHECK(diagnostics.render().size() < 10000);
    }
    std::string many = "version: 1\napis:\n";
    for (int i = 0; i < 5000; ++i) many += "  - {nonsense: 1}\n";
    Diagnostics diagnostics;
    read_document(many, "f", sources, diagnostics);
    CHECK(diagnostics.errors() == 10000);
    CHECK(diagnostics.all().size() == Diagnostics::kMaximum);
}

TEST_CASE("config secret: a reference is resolved, and what is not there or not secret is an error without the value") {
    test::MapSources sources;
    sources.variables["TOKEN"] = "s3cr3t-value-of-ours\n";
    sources.variables["EMPTY"] = "";
    sources.variables["DEFAULT"] = "ChangeMe";
    sources.variables["SHORT"] = "fifteen-letters";
    sources.variables["LONG"] = "sixteen-letters!";
    CHECK(resolve_secret({"env:LONG"}, sources));
    sources.files["/t"] = "from-a-file-of-ours\r\n";
    CHECK(resolve_secret({"env:TOKEN"}, sources)->expose() == "s3cr3t-value-of-ours");
    CHECK(resolve_secret({"file:/t"}, sources)->expose() == "from-a-file-of-ours");
    for (const char* reference : {"env:NONE", "env:EMPTY", "env:DEFAULT", "env:SHORT", "file:/none", "plain"}) {
        const auto secret = resolve_secret({reference}, sources);
        INFO(reference);
        REQUIRE_FALSE(secret.has_value());
        CHECK(to_string(secret.error()).find("ChangeMe") == std::string::npos);
    }
    CHECK(resolve_secret({"plain-secret"}, sources).error().message.find("plain-secret") == std::string::npos);
}

TEST_CASE("config document: the file of a mock's body is written back as it is found from where the program stands") {
    test::MapSources sources;
    sources.files["sub/c.yaml"] =
        "version: 1\napis:\n  - routes:\n      - {routeKey: GET /, integration: 'mock:200:@b.txt'}\n"
        "      - {routeKey: GET /a, integration: 'mock:200:@/b.txt'}\n";
    sources.files["sub/b.txt"] = "body";
    sources.files["/b.txt"] = "other";
    Diagnostics diagnostics;
    const Model model = load_document("sub/c.yaml", sources, diagnostics);
    REQUIRE_FALSE(diagnostics.has_errors());
    const Model again = read_document(write_document(model), "c.yaml", sources, diagnostics);
    INFO(diagnostics.render());
    REQUIRE_FALSE(diagnostics.has_errors());
    CHECK(again == model);
    CHECK(again.apis[0].routes[0].integration.body == "body");
    CHECK(again.apis[0].routes[1].integration.body == "other");
}

TEST_CASE("config document: twenty thousand routes are read, and 16 MiB is the most") {
    std::string text = "version: 1\napis:\n  - routes:\n";
    for (int i = 0; i < 20000; ++i)
        text += "      - {routeKey: GET /resource/number/" + std::to_string(i) +
                ", integration: 'http://127.0.0.1:3000'}\n";
    test::MapSources sources;
    Diagnostics diagnostics;
    CHECK(text.size() > 1024 * 1024);
    CHECK(read_document(text, "f.yaml", sources, diagnostics).apis.at(0).routes.size() == 20000);
    CHECK_FALSE(diagnostics.has_errors());
    read_document(std::string(16 * 1024 * 1024 + 1, ' '), "f.yaml", sources, diagnostics);
    CHECK(diagnostics.errors() == 1);
    read_document(std::string(16 * 1024 * 1024 + 1, ' '), "f.json", sources, diagnostics);
    CHECK(diagnostics.errors() == 2);
}

TEST_CASE("config document: what often goes wrong in YAML and JSON has a hint") {
    const auto hint = [](const std::string& file, const std::string& text) {
        test::MapSources sources;
        Diagnostics diagnostics;
        read_document(text, file, sources, diagnostics);
        REQUIRE(diagnostics.has_errors());
        INFO(diagnostics.render());
        return diagnostics.all()[0].hint;
    };
    const std::string head = "version: 1\napis:\n  - routes:\n";
    CHECK(
        hint("f", head + "      - {routeKey: GET /e/{x}, integration: 'mock:200'}\n").starts_with("quote what holds"));
    CHECK(hint("f", head + "      - routeKey: GET /\n        integration: mock:200: ok\n")
              .starts_with("quote what holds"));
    CHECK(hint("f", head + "      - routeKey: GET /\n       integration: mock:200\n").find("same column") !=
          std::string::npos);
    CHECK(hint("f", "apis: []\n") == "version: 1");
    CHECK(hint("f.json", "{\"version\": 1, \"apis\": [],}") == "remove the comma before it");
    CHECK(hint("f.json", "{\"version\": 1, // one\n\"apis\": []}") == "JSON has no comments");
    CHECK(hint("f.json", "{\"version\": 1 \"apis\": []}").empty());
}
