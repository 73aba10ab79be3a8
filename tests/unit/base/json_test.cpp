#include "libgw/base/json.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <random>

#include "tests/support/catch.h"
#include "tests/support/place.h"

using namespace gw;

namespace {

Value parsed(std::string_view text) {
    auto result = parse_json(text);
    INFO(text);
    REQUIRE(result.has_value());
    return *std::move(result);
}

Error refused(std::string_view text, const JsonOptions& options = {}) {
    auto result = parse_json(text, options);
    INFO(text);
    REQUIRE_FALSE(result.has_value());
    return std::move(result).error();
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("json: every kind of value is read as what it is") {
    const Value value = parsed(R"( {"n":null,"t":true,"f":false,"i":-7,"d":1.50,"s":"\u00e9\n","a":[1,[]],"o":{}} )");
    CHECK(value.find("n")->is_null());
    CHECK(*value.find("t")->if_bool());
    CHECK_FALSE(*value.find("f")->if_bool());
    CHECK(value.find("i")->to_int64() == -7);
    CHECK(value.find("d")->to_double() == 1.5);
    CHECK(value.find("d")->number_text() == "1.50");
    CHECK(*value.find_string("s") == "\xc3\xa9\n");
    CHECK(value.find("a")->if_array()->at(1).if_array()->empty());
    CHECK(value.find("o")->if_object()->empty());
}

TEST_CASE("json: integers up to 64 bits are exact, larger ones are reals that keep their text") {
    CHECK(parsed("9223372036854775807").to_int64() == INT64_MAX);
    CHECK(parsed("-9223372036854775808").to_int64() == INT64_MIN);
    CHECK(parsed("18446744073709551615").to_uint64() == UINT64_MAX);
    const Value larger = parsed("18446744073709551616");
    CHECK_FALSE(larger.is_integer());
    CHECK(larger.number_text() == "18446744073709551616");
    CHECK(parsed("-0").number_text() == "-0");
    CHECK(parsed("0").number_text() == "0");
}

TEST_CASE("json: what RFC 8259 does not allow is refused") {
    for (const char* text : {"",
                             " ",
                             "{",
                             "[",
                             "]",
                             "[1,]",
                             "{\"a\":1,}",
                             "{a:1}",
                             "[1 2]",
                             "01",
                             "+1",
                             ".5",
                             "1.",
                             "1e",
                             "0x10",
                             "NaN",
                             "Infinity",
                             "-Infinity",
                             "nul",
                             "'a'",
                             "\"a",
                             "\"\t\"",
                             "\"\\x\"",
                             "\"\\u12\"",
                             "[1] x",
                             "1 2",
                             "//c\n1",
                             "\"\\ud800\"",
                             "\"\\udc00\"",
                             "\"\\ud800\\u0041\"",
                             "\"\xff\"",
                             "\"\xc0\xaf\"",
                             "\"\xed\xa0\x80\"",
                             "\xef\xbb\xbf{}",
                             "1e9999",
                             "-1e9999",
                             "{\"a\" 1}",
                             "{1:2}"}) {
        INFO(text);
        CHECK(refused(text).code == Errc::parse);
    }
    CHECK(refused(std::string_view("1\0", 2)).code == Errc::parse);
    CHECK(refused(std::string_view("[\0]", 3)).code == Errc::parse);
}

TEST_CASE("json: depth is limited to what the options say and never beyond 64") {
    const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
    CHECK(parse_json(nested(32)));
    CHECK(refused(nested(33)).code == Errc::limit);
    CHECK(parse_json(nested(64), json_file_options("x")));
    CHECK(refused(nested(65), json_file_options("x")).code == Errc::limit);
    CHECK(refused(nested(65), {.depth = 100000}).code == Errc::limit);
    CHECK(refused("[[1]]", {.depth = 1}).code == Errc::limit);
    CHECK(refused("[]", {.depth = 0}).code == Errc::limit);
    CHECK(parse_json("1", {.depth = 0}));
}

TEST_CASE("json: an array nested a million deep is refused after the first levels") {
    const std::string bomb(1000000, '[');
    CHECK(refused(bomb).message.find("nested deeper than 32 levels at byte 32") != std::string::npos);
    std::string objects;
    for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
    CHECK(refused(objects).code == Errc::limit);
}

TEST_CASE("json: the number of values and the size are limited") {
    CHECK(parse_json("[1,2,3]", {.nodes = 4}));
    CHECK(refused("[1,2,3]", {.nodes = 3}).code == Errc::limit);
    CHECK(parse_json("[1]", {.size = 3}));
    CHECK(refused("[1]", {.size = 2}).code == Errc::limit);
}

TEST_CASE("json: a key that stands twice is refused when that was asked for, at any depth") {
    CHECK(parsed(R"({"a":1,"a":2})").find("a")->to_int64() == 2);
    const JsonOptions strict{.unique_keys = true};
    CHECK(refused(R"({"a":1,"a":2})", strict).message == "key \"a\" stands twice in one object");
    CHECK(refused(R"([{"x":{"a":1,"\u0061":2}}])", strict).code == Errc::parse);
    CHECK(parse_json(R"({"a":{"a":1},"b":{"a":1}})", strict));
    const Error error = refused("{\"a\":1,\n  \"a\":2}", json_file_options("f.json"));
    CHECK(error.where == Location{"f.json", 2, 3});
    CHECK(error.hint == "the first is on line 1, column 2");
}

TEST_CASE("json: positions are those of the first character of a key or value, counted in code points") {
    auto result = parse_json("{\n  \"é\": [1, -2.5 ,\"ü\", {\"k\" : null}],\n\t\"z\":true}", json_file_options("f"));
    REQUIRE(result);
    const Object& root = *result->if_object();
    CHECK(result->position() == Position{1, 1});
    CHECK(root[0].key_position == Position{2, 3});
    const Array& list = *root[0].value.if_array();
    CHECK(root[0].value.position() == Position{2, 8});
    CHECK(list[0].position() == Position{2, 9});
    CHECK(list[1].position() == Position{2, 12});
    CHECK(list[2].position() == Position{2, 18});
    CHECK(list[3].position() == Position{2, 23});
    CHECK((*list[3].if_object())[0].key_position == Position{2, 24});
    CHECK((*list[3].if_object())[0].value.position() == Position{2, 30});
    CHECK(root[1].key_position == Position{3, 2});
    CHECK(root[1].value.position() == Position{3, 6});
    CHECK(parsed("[1]").if_array()->front().position() == Position{});
}

TEST_CASE("json: an error says where, and what was expected") {
    const Error error = refused("{\n \"a\": nul }", json_file_options("gw.json"));
    CHECK(error.where == Location{"gw.json", 2, 10});
    CHECK(error.message == "invalid literal");
    const Error end = refused("[1", json_file_options("gw.json"));
    CHECK(end.where == Location{"gw.json", 1, 3});
    CHECK(end.message == "unexpected end of input; expected ']'");
    CHECK(refused("[1").message == "unexpected end of input; expected ']' at byte 2");
}

TEST_CASE("json: what was written reads back as the same value") {
    const char* text = R"({"a":[1,-0,1.50,1e3,"x\"\\\u0001",null,true,[],{}],"b":{"c":18446744073709551615}})";
    const Value value = parsed(text);
    CHECK(to_json(value) == text);
    CHECK(parsed(to_pretty_json(value)) == value);
    CHECK(to_pretty_json(parsed(R"({"a":[1,{}],"b":[]})")) == "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}");
    CHECK(to_json(Value(Number{"0x1F", std::int64_t{31}})) == "31");
    CHECK(to_json(Value(Number{"010", std::int64_t{10}})) == "10");
    CHECK(to_json(Value(Number{"+.5", 0.5})) == "0.5");
}

TEST_CASE("json: a value nested deeper than any reader builds is written without recursion") {
    Value deep;
    for (int i = 0; i < 1000; ++i) {
        Array level;
        level.push_back(std::move(deep));
        deep = Value(std::move(level));
    }
    CHECK(to_json(deep) == std::string(1000, '[') + "null" + std::string(1000, ']'));
}

TEST_CASE("json: any bytes become one line of valid JSON, and valid UTF-8 comes back unchanged") {
    std::string bytes;
    const auto check = [&] {
        std::string out;
        append_json_string(out, bytes);
        if (out.find_first_of(std::string_view("\n\r\0\x7f", 4)) != out.npos) FAIL("a raw control character");
        if (!parse_json(out)) FAIL("not valid: " << out);
    };
    for (int a = 0; a < 256; ++a) {
        bytes.assign(1, static_cast<char>(a));
        check();
        for (int b = 0; b < 256; ++b) {
            bytes.resize(1);
            bytes += static_cast<char>(b);
            check();
        }
    }
    for (const char* text : {"", "plain", "\xf0\x9f\x98\x80 \xe2\x82\xac", "tab\there", "\xe2\x80\xa8"}) {
        std::string out;
        append_json_string(out, text);
        CHECK(*parsed(out).if_string() == text);
    }
    CHECK(to_json(Value("\xff"
                        "a")) ==
          "\"\xef\xbf\xbd"
          "a\"");
}

TEST_CASE("json: cutting or damaging a valid text never does anything but refuse or read it") {
    const std::string text = R"({"a":[1,2.5e3,{"b":"\u00e9\\"}],"c":null,"d":[true,false]})";
    for (std::size_t size = 0; size < text.size(); ++size) CHECK_FALSE(parse_json(text.substr(0, size)));
    std::mt19937 random(7);
    for (int i = 0; i < 20000; ++i) {
        std::string damaged = text;
        damaged[random() % damaged.size()] = static_cast<char>(random());
        if (auto result = parse_json(damaged)) {
            auto again = parse_json(to_json(*result));
            if (!again || !(*again == *result)) FAIL(damaged);
        }
    }
}

TEST_CASE("json: the public test suite is accepted and refused as it asks") {
    const std::filesystem::path folder = test::source_root() / "../shared/vectors/json";
    if (!std::filesystem::exists(folder)) {
        std::cerr << "skipped: " << folder << " is absent\n";
        return;
    }
    // where the suite leaves the choice: what we take. Everything else of i_ is refused.
    const std::map<std::string, bool> taken = {
        {"i_number_double_huge_neg_exp.json", true},   {"i_number_real_underflow.json", true},
        {"i_number_too_big_neg_int.json", true},       {"i_number_too_big_pos_int.json", true},
        {"i_number_very_big_negative_int.json", true},
    };
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (entry.path().extension() != ".json") continue;
        INFO(name);
        const bool accepted = parse_json(read_file(entry.path())).has_value();
        if (name.starts_with("y_")) CHECK(accepted);
        if (name.starts_with("n_")) CHECK_FALSE(accepted);
        if (name.starts_with("i_")) CHECK(accepted == taken.contains(name));
        ++count;
    }
    CHECK(count >= 318);
}
