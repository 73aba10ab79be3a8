#include "libgw/base/encoding.h"

#include "libgw/base/random.h"
#include "tests/support/catch.h"

using namespace gw;

TEST_CASE("base64 is that of RFC 4648", "[base][encoding]") {
    const std::pair<const char*, const char*> kVectors[] = {{"", ""},
                                                            {"f", "Zg=="},
                                                            {"fo", "Zm8="},
                                                            {"foo", "Zm9v"},
                                                            {"foob", "Zm9vYg=="},
                                                            {"fooba", "Zm9vYmE="},
                                                            {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : kVectors) {
        CHECK(to_base64(bytes) == text);
        CHECK(*parse_base64(text) == bytes);
    }
    CHECK(to_base64("\xfb\xff\xfe") == "+//+");
    CHECK(to_base64url("\xfb\xff\xfe") == "-__-");
    CHECK(to_base64url("f") == "Zg");
}

TEST_CASE("base64 has one text for one value", "[base][encoding]") {
    for (const char* text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zg==\n", " Zg==", "Z g=", "Zm9v====", "=",
                             "====", "Z===", "Zm=v", "-__-", "Zm9vZg==Zg=="}) {
        INFO(text);
        const auto bytes = parse_base64(text);
        CHECK_FALSE(bytes);
        if (!bytes) CHECK(bytes.error().code == Errc::parse);
    }
    for (const char* text : {"Zg==", "Z", "Zh", "Zm9", "Zm9v Zg", "+//+", "Zm9vZ"}) {
        INFO(text);
        CHECK_FALSE(parse_base64url(text));
    }
    CHECK(parse_base64(std::string_view("Zg=\0", 4)).has_value() == false);
}

TEST_CASE("what was encoded decodes to the same bytes", "[base][encoding]") {
    Random random(1);
    for (std::size_t size = 0; size < 70; ++size) {
        std::string bytes(size, '\0');
        for (char& c : bytes) c = static_cast<char>(random.below(256));
        CHECK(*parse_base64(to_base64(bytes)) == bytes);
        CHECK(*parse_base64url(to_base64url(bytes)) == bytes);
        CHECK(*parse_hex(to_hex(bytes)) == bytes);
    }
}

TEST_CASE("every base64url text of two characters is either refused or the only one for its byte", "[base][encoding]") {
    int good = 0;
    for (int i = 0; i < 65536; ++i) {
        const std::string text = {static_cast<char>(i >> 8), static_cast<char>(i)};
        const auto bytes = parse_base64url(text);
        if (!bytes) continue;
        ++good;
        CHECK(to_base64url(*bytes) == text);
    }
    CHECK(good == 256);
}

TEST_CASE("hexadecimal digits come in pairs", "[base][encoding]") {
    CHECK(to_hex(std::string_view("\x00\xff\x1a", 3)) == "00ff1a");
    CHECK(*parse_hex("00Ff1A") == std::string_view("\x00\xff\x1a", 3));
    for (const char* text : {"0", "0g", "g0", " 0", "0x00", "00 "}) CHECK_FALSE(parse_hex(text));
    CHECK(parse_hex("0g").error().message == "hexadecimal text has a foreign character at position 2");
}
