#include "libgw/wire/http/uri.h"

#include <string>

#include "tests/support/catch.h"

using namespace gw::http;

namespace {

std::string canonical(std::string_view text, std::uint16_t default_port = 80) {
    std::string into = "left over";
    INFO(text);
    CHECK(canonical_authority(text, default_port, into));
    const auto authority = Authority::parse(text);
    REQUIRE(authority.has_value());
    CHECK(authority->text(default_port) == into);
    return into;
}

bool refused(std::string_view text) {
    INFO(text);
    std::string into;
    CHECK(canonical_authority(text, 80, into) == Authority::parse(text).has_value());
    return !canonical_authority(text, 80, into);
}

}  // namespace

TEST_CASE("an authority is lower case, without its default port and its trailing dot") {
    CHECK(canonical("Example.COM") == "example.com");
    CHECK(canonical("a:80") == "a");
    CHECK(canonical("a:443") == "a:443");
    CHECK(canonical("a:443", 443) == "a");
    CHECK(canonical("a.:8080") == "a:8080");
    CHECK(canonical("under_score-1.x") == "under_score-1.x");
    CHECK(canonical("192.0.2.1:65535") == "192.0.2.1:65535");
    CHECK(canonical("[2001:DB8:0:0:0:0:0:1]") == "[2001:db8::1]");
    CHECK(canonical("[::1]:81") == "[::1]:81");
    CHECK(canonical("[::ffff:192.0.2.1]") == "[::ffff:192.0.2.1]");
    CHECK(canonical("0xyz.example") == "0xyz.example");
    CHECK(canonical("a1") == "a1");
    CHECK(canonical(std::string(253, 'a')).size() == 253);
}

TEST_CASE("what is not exactly a host and a port is refused") {
    for (const char* text : {"",
                             ".",
                             "..",
                             "a..b",
                             ".a",
                             "a..",
                             "a b",
                             " a",
                             "a ",
                             "a,b",
                             "a/b",
                             "u@a",
                             "a?",
                             "a#",
                             "a\\b",
                             "a%41",
                             "a:",
                             "a:0",
                             "a:65536",
                             "a:080",
                             "a:+80",
                             "a:8a",
                             "a:80:80",
                             ":80",
                             "[",
                             "[]",
                             "[::1",
                             "::1",
                             "[::1]x",
                             "[::1]:",
                             "[1.2.3.4]",
                             "[fe80::1%eth0]",
                             "[fe80::1%25eth0]",
                             "[v1.a]",
                             "[:::1]",
                             "[1:2:3:4:5:6:7:8:9]",
                             "caf\xc3\xa9",
                             "a\x01",
                             "[::1]:0"}) {
        CHECK(refused(text));
    }
    CHECK(refused(std::string("a\0b", 3)));
    CHECK(refused(std::string(254, 'a')));
}

TEST_CASE("a name that resolvers would read as an address has to be one") {
    for (const char* text : {"1", "3000", "127.1", "256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "0x7f000001",
                             "0x7f.1", "0X7F.0.0.1", "a.1", "example.0x10", "2130706433", "1.2.3.04", "0x"}) {
        CHECK(refused(text));
    }
}

TEST_CASE("an authority comes apart into host and port") {
    const auto authority = Authority::parse("[::1]:8080");
    REQUIRE(authority.has_value());
    CHECK(authority->host == "::1");
    CHECK(authority->ipv6);
    CHECK(authority->port == 8080);
    CHECK(authority->text() == "[::1]:8080");
    CHECK(Authority::parse("A")->host == "a");
    CHECK_FALSE(Authority::parse("A")->port.has_value());
}

TEST_CASE("a URL comes apart and together again") {
    const auto url = Url::parse("HTTPS://Example.com:8443/a%2Fb/{id}?x=1&y");
    REQUIRE(url.has_value());
    CHECK(url->scheme == "https");
    CHECK(url->authority.host == "example.com");
    CHECK(url->port() == 8443);
    CHECK(url->path == "/a%2Fb/{id}");
    CHECK(url->query == "x=1&y");
    CHECK(url->secure());
    CHECK(url->text() == "https://example.com:8443/a%2Fb/{id}?x=1&y");
    CHECK(Url::parse("http://a")->text() == "http://a");
    CHECK(Url::parse("http://a:80/")->text() == "http://a/");
    CHECK(Url::parse("http://a?")->text() == "http://a?");
    CHECK(Url::parse("ws://a")->port() == 80);
    CHECK(Url::parse("wss://a")->port() == 443);
    CHECK(Url::parse("wss://a")->secure());
    CHECK_FALSE(Url::parse("ws://a")->secure());
    CHECK(Url::parse("http://[::1]:3000/x")->text() == "http://[::1]:3000/x");
}

TEST_CASE("a URL that is not absolute, plain and ours is refused") {
    for (const char* text : {"",
                             "a",
                             "/a",
                             "http:",
                             "http:/a",
                             "http://",
                             "http:///a",
                             "ftp://a",
                             "javascript://a",
                             "http://u@a/",
                             "http://u:p@a/",
                             "http://a:x/",
                             "http://a/#f",
                             "http://a#f",
                             "http://a/ b",
                             "http://a/\\b",
                             "http://a/%zz",
                             "http://a/?%",
                             "http://a\t/",
                             "http://a/\x01",
                             "http://127.1/",
                             "http://a/\xc3\xa9",
                             " http://a",
                             "http://a b/"}) {
        INFO(text);
        CHECK_FALSE(Url::parse(text).has_value());
    }
}

TEST_CASE("percent-encoding and decoding are each other's inverse") {
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    CHECK(percent_decode(percent_encode(all)) == all);
    CHECK(percent_encode("a b/c~%") == "a%20b%2Fc~%25");
    CHECK(percent_encode("a b/c", "/") == "a%20b/c");
    CHECK(percent_decode("%41+%2f%C3") == "A+/\xc3");
    CHECK(percent_decode("100%") == "100%");
    CHECK(percent_decode("%4") == "%4");
    CHECK(percent_decode("%zz%41") == "%zzA");
    CHECK(percent_decode("%2541") == "%41");
}
