#include "libgw/wire/document/yaml.h"

#include <random>

#include "libgw/base/json.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::document;

namespace {

Value parsed(std::string_view text) {
    auto value = parse_yaml(text, {.file = "t.yaml"});
    INFO(text);
    if (!value) FAIL(to_string(value.error()));
    return *std::move(value);
}

Error refused(std::string_view text) {
    auto value = parse_yaml(text, {.file = "t.yaml"});
    INFO(text);
    REQUIRE_FALSE(value.has_value());
    return std::move(value).error();
}

}  // namespace

TEST_CASE("yaml: mappings, lists and scalars become one Value") {
    const Value value = parsed("a: 1\nb:\n  - x\n  - 'true'\n  - {c: [1.5, null]}\nd: |\n  two\n  lines\ne: no\n");
    CHECK(to_json(value) == R"({"a":1,"b":["x","true",{"c":[1.5,null]}],"d":"two\nlines\n","e":"no"})");
}

TEST_CASE("yaml: a quoted scalar is always a string") {
    CHECK(to_json(parsed("['1', \"null\", 'true', '']")) == R"(["1","null","true",""])");
}

TEST_CASE("yaml: an empty text is null, and JSON is YAML") {
    CHECK(parsed("").is_null());
    CHECK(parsed("# only a comment\n").is_null());
    CHECK(parsed("---\n...\n").is_null());
    CHECK(to_json(parsed("\xef\xbb\xbf{\"a\": [1, true]}")) == R"({"a":[1,true]})");
    CHECK(to_json(parsed("%YAML 1.2\n---\na: 1\n")) == R"({"a":1})");
}

TEST_CASE("yaml: positions are those of the first character, counted in code points") {
    const Value value = parsed("é: 1\nlist:\n  - k: \"v\"\n  - [ü, 2]\n");
    const Object& root = *value.if_object();
    CHECK(root[0].key_position == Position{1, 1});
    CHECK(root[0].value.position() == Position{1, 4});
    const Array& list = *root[1].value.if_array();
    CHECK(list[0].position() == Position{3, 5});
    CHECK(list[0].find("k")->position() == Position{3, 8});
    CHECK((*list[1].if_array())[1].position() == Position{4, 9});
}

TEST_CASE("yaml: what makes a document mean more than it shows is refused at its place") {
    const auto check = [](std::string_view text, std::string_view message, std::uint32_t line, std::uint32_t column) {
        const Error error = refused(text);
        INFO(text << " -> " << error.message);
        CHECK(error.message == message);
        CHECK(error.where == Location{"t.yaml", line, column});
    };
    check("a: &x 1\n", "an anchor is not allowed", 1, 4);
    check("a: 1\nb: *x\n", "an alias is not allowed", 2, 4);
    check("a: &x [1]\n", "an anchor is not allowed", 1, 4);
    check("a: &x {}\n", "an anchor is not allowed", 1, 4);
    check("&k a: 1\n", "an anchor is not allowed", 1, 1);
    check("a: !!int '1'\n", "a tag is not allowed", 1, 4);
    check("a: !local 1\n", "a tag is not allowed", 1, 4);
    check("a: ! 1\n", "a tag is not allowed", 1, 4);
    check("a: !!map {}\n", "a tag is not allowed", 1, 4);
    check("a: !x [1]\n", "a tag is not allowed", 1, 4);
    check("a:\n  <<: {b: 1}\n", "merge key '<<' is not allowed", 2, 3);
    check("a: 1\n---\nb: 2\n", "a second document is not allowed", 2, 1);
    check("%YAML 1.1\n---\na: 1\n", "only YAML 1.2 is read", 1, 1);
    check("%TAG ! tag:x,2000:\n---\na: 1\n", "tags are not allowed", 1, 1);
    check("? [a]\n: 1\n", "a key must be a plain word", 1, 3);
    check("{{a: 1}: 2}\n", "a key must be a plain word", 1, 2);
    check("'': 1\n", "a key is empty", 1, 1);
    check("a: .inf\n", ".inf is not a finite number", 1, 4);
    check("a: \"x\\0y\"\n", "a NUL character is not allowed", 1, 4);
    CHECK(to_json(parsed("'<<': 1\n")) == R"({"<<":1})");
}

TEST_CASE("yaml: a key that stands twice is refused with both places") {
    const Error error = refused("a: 1\nb: 2\n'a': 3\n");
    CHECK(error.message == "key 'a' stands twice");
    CHECK(error.hint == "the first is on line 1, column 1");
    CHECK(error.where == Location{"t.yaml", 3, 1});
    CHECK(refused("x: {1: a, '1': b}\n").message == "key '1' stands twice");
}

TEST_CASE("yaml: broken syntax is refused with a place") {
    for (const char* text : {"a: [1\n", "a: {b\n", "a: 'x\n", "a: b: c\n", "\ta: 1\n", "a:\n\t- b\n", "- a\nb: 1\n",
                             "a: \"\\q\"\n", "@a: 1\n", "a: `x\n", "a: %x\n", "]", "a: 1\n b: 2\n", "a: \x01\n"}) {
        INFO(text);
        const Error error = refused(text);
        CHECK(error.code == Errc::parse);
        CHECK(error.where->line >= 1);
        CHECK(error.where->column >= 1);
    }
    const Error reader = refused("ok: 1\nk\xc3\xa9y: \xff\n");
    CHECK(reader.where == Location{"t.yaml", 2, 6});
}

TEST_CASE("yaml: depth, size and number of values are limited") {
    const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
    CHECK(parse_yaml(nested(64)));
    CHECK(refused(nested(65)).code == Errc::limit);
    CHECK(refused(std::string(200000, '[')).code == Errc::limit);
    std::string block;
    for (std::size_t i = 0; i < 70; ++i) block += std::string(i, ' ') + "a:\n";
    CHECK(refused(block).code == Errc::limit);
    CHECK(parse_yaml("[1, 2]", {.nodes = 3}));
    CHECK(parse_yaml("[1, 2]", {.nodes = 2}).error().code == Errc::limit);
    CHECK(parse_yaml("a: 1", {.size = 4}));
    CHECK(parse_yaml("a: 1\n", {.size = 4}).error().code == Errc::limit);
}

TEST_CASE("yaml: writing quotes only what would be read as something else") {
    const Value value(Object{
        {"plain", "GET /pets/{id}"},
        {"url", "http://127.0.0.1:3000/a?b=c"},
        {"null", "null"},
        {"country", "no"},
        {"port", "8080"},
        {"time", "12:30"},
        {"stage", "$default"},
        {"empty", ""},
        {"colon", "a: b"},
        {"comment", "a #b"},
        {"space", " a"},
        {"quote", "it's"},
        {"star", "*"},
        {"lines", "a\nb"},
        {"list", Array{1, "x", Array{}, Array{Value(Array{true})}, Object{{"k", 1}, {"l", 2}}}},
        {"none", Object{}},
        {"nothing", Value()},
    });
    CHECK(to_yaml(value) ==
          "plain: GET /pets/{id}\n"
          "url: http://127.0.0.1:3000/a?b=c\n"
          "'null': 'null'\n"
          "country: 'no'\n"
          "port: '8080'\n"
          "time: '12:30'\n"
          "stage: $default\n"
          "empty: ''\n"
          "colon: 'a: b'\n"
          "comment: 'a #b'\n"
          "space: ' a'\n"
          "quote: it's\n"
          "star: '*'\n"
          "lines: \"a\\nb\"\n"
          "list:\n"
          "  - 1\n"
          "  - x\n"
          "  - []\n"
          "  - - - true\n"
          "  - k: 1\n"
          "    l: 2\n"
          "none: {}\n"
          "nothing: null\n");
    CHECK(parsed(to_yaml(value)) == value);
    CHECK(to_yaml(Value(1)) == "1\n");
    CHECK(to_yaml(Value(Array{})) == "[]\n");
    CHECK(to_yaml(Value("\xff")) == "\"\xef\xbf\xbd\"\n");
}

TEST_CASE("yaml: every value that is written reads back as itself") {
    std::mt19937 random(11);
    const std::vector<std::string> words = {"a",
                                            "-",
                                            "?",
                                            ":",
                                            " ",
                                            "#",
                                            "'",
                                            "\"",
                                            "\\",
                                            "\n",
                                            "\t",
                                            "{",
                                            "}",
                                            "[",
                                            "]",
                                            ",",
                                            "&",
                                            "*",
                                            "!",
                                            "|",
                                            ">",
                                            "%",
                                            "@",
                                            "`",
                                            "~",
                                            "null",
                                            "1",
                                            "0x1",
                                            ".5",
                                            "true",
                                            "yes",
                                            "é",
                                            "\x7f",
                                            "\xc2\x85",
                                            "\xe2\x80\xa8",
                                            "\xef\xbb\xbf",
                                            "\xf0\x9f\x98\x80",
                                            "=",
                                            "<<",
                                            "---",
                                            "...",
                                            "\r",
                                            "\x01"};
    const auto text = [&] {
        std::string out;
        for (auto n = random() % 6; n > 0; --n) out += words[random() % words.size()];
        return out;
    };
    const auto scalar = [&]() -> Value {
        switch (random() % 6) {
            case 0: return Value();
            case 1: return Value(random() % 2 == 0);
            case 2: return Value(static_cast<std::int64_t>(random()) - 1000);
            case 3: return Value(static_cast<double>(random()) / 7.0);
            default: return Value(text());
        }
    };
    for (int round = 0; round < 5000; ++round) {
        Value root(Array{});
        for (int i = 0; i < 6; ++i) {
            Value child = scalar();
            for (auto depth = random() % 4; depth > 0; --depth) {
                if (random() % 2 == 0) {
                    child = Value(Array{scalar(), std::move(child), scalar()});
                } else {
                    child = Value(Object{{"x" + text(), scalar()}, {text() + "y", std::move(child)}});
                }
            }
            root.if_array()->push_back(std::move(child));
        }
        const std::string written = to_yaml(root);
        auto again = parse_yaml(written);
        if (!again) FAIL(to_string(again.error()) << "\n" << written);
        if (!(*again == root)) FAIL(to_json(root) << "\n" << written);
    }
    const Value long_key(Object{{std::string(2000, 'k'), Value(Object{{std::string(1500, ' '), 1}})}});
    CHECK(parsed(to_yaml(long_key)) == long_key);
}

TEST_CASE("yaml: damaged text is read or refused, never anything else") {
    const std::string text = "a: 1\nb:\n  - 'x'\n  - {c: [1.5, null], \"d\": &e z}\nf: |\n  two\n  lines\n? g\n: *e\n";
    std::mt19937 random(5);
    for (int i = 0; i < 20000; ++i) {
        std::string damaged = text;
        for (int n = 0; n < 3; ++n) damaged[random() % damaged.size()] = static_cast<char>(random() % 128);
        if (auto value = parse_yaml(damaged)) {
            auto again = parse_yaml(to_yaml(*value));
            if (!again || !(*again == *value)) FAIL(damaged);
        }
    }
}
