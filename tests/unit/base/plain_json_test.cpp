#include "libgw/base/plain_json.h"

#include <string>

#include "libgw/base/random.h"
#include "tests/support/catch.h"

namespace gw {
namespace {

/// With positions the library reads, and the limits are the same.
Result<Value> read_by_library(std::string_view text, JsonOptions options) {
    options.positions = true;
    return parse_json(text, options);
}

/// Both readers take the text for the same value, or this one leaves it to the library.
bool is_read_alike(std::string_view text, const JsonOptions& options = {}) {
    const auto plain = read_plain_json(text, options);
    const auto library = read_by_library(text, options);
    if (!plain) return true;
    return library && *plain == *library && to_json(*plain) == to_json(*library);
}

bool is_plain(std::string_view text, const JsonOptions& options = {}) {
    INFO(text);
    CHECK(is_read_alike(text, options));
    return read_plain_json(text, options).has_value();
}

}  // namespace

TEST_CASE("what programs write is read as the library reads it") {
    for (const char* text :
         {R"({"sub":"alice","exp":1795352400,"groups":["a","b"],"deep":{"x":[{},[],null,true,false,-7,0]}})", "{}",
          "[]", "null", "true", "-1", "0", R"("")", R"("text")", " { \"a\" :\t1 ,\n\"b\":\r[ 1 , 2 ] } ",
          "999999999999999999", "-999999999999999999", "[\"\xc3\xbc\xf0\x9f\x98\x80\x7f\"]", R"({"a":1,"a":2})"})
        CHECK(is_plain(text));
}

TEST_CASE("what is no JSON, or not plain, is left to the library") {
    for (const char* text : {"",
                             " ",
                             "{",
                             "[",
                             "}",
                             "]",
                             "{]",
                             "[}",
                             "[1,]",
                             "[,1]",
                             "[1 2]",
                             "[1,,2]",
                             R"({"a"})",
                             R"({"a":})",
                             R"({"a":1,})",
                             R"({,"a":1})",
                             R"({a:1})",
                             R"({1:1})",
                             R"({"a" 1})",
                             R"({"a":1 "b":2})",
                             "1 2",
                             "{}x",
                             "nul",
                             "nulL",
                             "truefalse",
                             "tru",
                             "01",
                             "-",
                             "-01",
                             "-0",
                             "1.5",
                             "1e3",
                             "1E3",
                             "+1",
                             ".5",
                             "1.",
                             "0x10",
                             "NaN",
                             "1000000000000000000",
                             "99999999999999999999",
                             R"("a)",
                             "\"a\nb\"",
                             R"("\n")",
                             R"("\u0041")",
                             R"({"\u0061":1})",
                             "\"\x01\"",
                             "\"\xff\"",
                             "[\"\xc3\"]",
                             "\"\xed\xa0\x80\"",
                             "\xef\xbb\xbf{}",
                             "// x\n1",
                             "'a'"})
        CHECK_FALSE(is_plain(text));
    CHECK_FALSE(is_plain(std::string_view("[1]\0", 4)));
    CHECK_FALSE(is_plain(std::string_view("\"a\0b\"", 5)));
}

TEST_CASE("limits are the library's") {
    CHECK(is_plain("[[1]]", {.depth = 2}));
    CHECK_FALSE(is_plain("[[[1]]]", {.depth = 2}));
    CHECK_FALSE(is_plain("[]", {.depth = 0}));
    const std::string deep = std::string(Value::kMaximumDepth, '[') + std::string(Value::kMaximumDepth, ']');
    CHECK(is_plain(deep, {.depth = 1000}));
    CHECK_FALSE(is_plain("[" + deep + "]", {.depth = 1000}));
    CHECK(is_plain("[1,2]", {.nodes = 3}));
    CHECK_FALSE(is_plain("[1,2]", {.nodes = 2}));
    CHECK_FALSE(is_plain(R"({"a":1,"b":{"c":1,"c":1}})", {.unique_keys = true}));
    CHECK(is_plain(R"({"a":1,"b":{"a":1}})", {.unique_keys = true}));
}

TEST_CASE("whatever is done to a text, no reader takes it for something else than the other") {
    const std::string seed = R"({"a":[1,-20,"x y",{"b":null}],"c":true,"d":"\u0041","e":1.5,"f":{"a":false}})";
    constexpr std::string_view kPieces = R"({}[],:"\0123-.eEtrufalsn )";
    Random chance(7);
    for (int round = 0; round < 20000; ++round) {
        std::string text = seed;
        for (std::uint64_t edit = 0; edit < 1 + chance() % 3; ++edit) {
            const std::size_t at = chance() % text.size();
            const char piece = kPieces[chance() % kPieces.size()];
            switch (chance() % 3) {
                case 0: text[at] = piece; break;
                case 1: text.insert(at, 1, piece); break;
                default: text.erase(at, 1);
            }
        }
        if (is_read_alike(text, {.depth = 4, .nodes = 14, .unique_keys = true})) continue;
        INFO(text);
        CHECK(false);
    }
}

}  // namespace gw
