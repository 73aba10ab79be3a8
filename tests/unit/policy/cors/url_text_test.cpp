#include "libgw/policy/cors/url_text.h"

#include "tests/support/catch.h"

using namespace gw::cors;

TEST_CASE("a URL has a scheme, and all that its scheme wants") {
    for (const char* text : {"https://app.example",
                             "https://app.example/",
                             "http:x",
                             "http:/x",
                             "http:\\\\x",
                             "http:///x",
                             "http://u:p@x",
                             "http://@x",
                             "http://a:",
                             "http://a:0",
                             "http://a:00080",
                             "http://a:65535",
                             "http://*",
                             "http://a..b",
                             "http://a_b",
                             "http://a.",
                             "http://[::1]:80",
                             "http://a%41",
                             "http://a/b<>",
                             "localhost:3000",
                             "app.example:8080",
                             "mailto:a@b",
                             "foo:bar",
                             "x:",
                             "x://",
                             "x:///y",
                             "x://%",
                             "a+b:c",
                             "file:",
                             "file:///x",
                             "file://x",
                             "data:",
                             "about:blank",
                             "http://xn--a",
                             "http://$http_origin",
                             "https://*.example.com"}) {
        INFO(text);
        CHECK(is_url(text));
    }
    for (const char* text : {"",
                             "x",
                             "app.example",
                             "/x",
                             "//x",
                             "://x",
                             ":",
                             "1:2",
                             "a_b:c",
                             "*",
                             "*://x",
                             "127.0.0.1:80",
                             "[::1]:80",
                             "http:",
                             "http://",
                             "http:/",
                             "http://?",
                             "http://#",
                             "http://@",
                             "http://u@",
                             "http://:80",
                             "http://a:x",
                             "http://a:65536",
                             "http://a:-1",
                             "http://a:80a",
                             "http://a:1:2",
                             "http://[::1",
                             "http://[x]",
                             "http://[]",
                             "http://[::1]x",
                             "http://%",
                             "http://a%zz",
                             "http://a%2fb",
                             "http://a%25",
                             "http://a%00b",
                             "http://a|b",
                             "http://a^b",
                             "http://a<b",
                             "http://a[b",
                             "http://\xe9",
                             "http://a\x07",
                             "ws://",
                             "x://@",
                             "x://:80",
                             "x://a:x",
                             "x://[",
                             "x://a<b",
                             "file://x:80",
                             "\"http://x\"",
                             "https://*:*"}) {
        INFO(text);
        CHECK_FALSE(is_url(text));
    }
}

TEST_CASE("a host that looks like an IPv4 address has to be one") {
    for (const char* text : {"http://127.0.0.1", "http://127.1", "http://0x7f.1", "http://1.2.3", "http://4294967295",
                             "http://1.2.3.0x", "http://0xg", "http://1.2.3.a", "http://017.1.1.1."}) {
        INFO(text);
        CHECK(is_url(text));
    }
    for (const char* text : {"http://256.1.1.1", "http://1.2.3.4.5", "http://4294967296", "http://08", "http://a.08",
                             "http://1..2", "http://99999999999999999999"}) {
        INFO(text);
        CHECK_FALSE(is_url(text));
    }
}
