#include "libgw/wire/log/escape.h"

#include "libgw/base/random.h"
#include "libgw/base/text.h"
#include "tests/support/catch.h"

using namespace gw;
using log::append_escaped;
using log::Escape;

namespace {

std::string escaped(std::string_view text, Escape how = Escape::text, std::size_t most = log::kMaxField) {
    std::string out;
    append_escaped(out, text, how, most);
    return out;
}

std::string query(std::string_view text) {
    std::string out;
    log::append_query(out, text);
    return out;
}

/// Reads the inside of a JSON string by RFC 8259 §7; "invalid" in `good` when it is not one.
std::string unescape_json(std::string_view text, bool& good) {
    std::string out;
    good = is_utf8(text);
    for (std::size_t i = 0; good && i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"' || static_cast<unsigned char>(c) < 0x20) {
            good = false;
        } else if (c != '\\') {
            out += c;
        } else if (++i == text.size()) {
            good = false;
        } else if (text[i] == 'u') {
            char32_t code_point = 0;
            for (int digit = 0; digit < 4; ++digit) {
                if (++i == text.size() || hex_value(text[i]) < 0) {
                    good = false;
                    return out;
                }
                code_point = code_point * 16 + static_cast<char32_t>(hex_value(text[i]));
            }
            append_utf8(out, code_point);
        } else {
            constexpr std::string_view kNames = "\"\\/bfnrt";
            constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
            const std::size_t at = kNames.find(text[i]);
            if (at == std::string_view::npos) {
                good = false;
            } else {
                out += kMeanings[at];
            }
        }
    }
    return out;
}

/// The text with each byte that is not UTF-8 replaced by U+FFFD.
std::string repaired(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto character = decode_utf8(text);
        if (character.size == 0) {
            out += "\xef\xbf\xbd";
            text.remove_prefix(1);
        } else {
            out += text.substr(0, character.size);
            text.remove_prefix(character.size);
        }
    }
    return out;
}

bool fit_for_a_line(std::string_view text) {
    while (!text.empty()) {
        const auto [c, size] = decode_utf8(text);
        if (size == 0 || c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029) return false;
        if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)) return false;
        text.remove_prefix(size);
    }
    return true;
}

}  // namespace

TEST_CASE("every text of one to three bytes becomes one line of a valid JSON string that means the same",
          "[wire][log]") {
    std::string text;
    std::string out;
    std::uint64_t wrong = 0;
    const auto check = [&] {
        out.clear();
        append_escaped(out, text, Escape::json);
        bool good = false;
        const std::string meant = unescape_json(out, good);
        if (!good || !fit_for_a_line(out) || meant != repaired(text)) ++wrong;
    };
    for (unsigned a = 0; a < 256; ++a) {
        text = {static_cast<char>(a)};
        check();
        for (unsigned b = 0; b < 256; ++b) {
            text = {static_cast<char>(a), static_cast<char>(b)};
            check();
#ifdef __OPTIMIZE__
            const unsigned step = 1;
#else
            // slow code tries every third byte where it can end a character, and some elsewhere
            const unsigned step = a >= 0xe0 && b >= 0x80 && b <= 0xbf ? 1 : 17;
#endif
            for (unsigned c = 0; c < 256; c += step) {
                text = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)};
                check();
            }
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("whatever the bytes, every format's field is fit for a line and within its length", "[wire][log]") {
    Random random(11);
    std::uint64_t wrong = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text(random.below(60), '\0');
        for (char& c : text) {
            constexpr std::string_view kNasty = "\xe2\x80\xa8\xae\xf0\x9f\x92\xa9\x1b[\r\n\"\\<&>' a\x7f\xc2\x85";
            c = random.below(2) == 0 ? kNasty[random.below(kNasty.size())] : static_cast<char>(random.below(256));
        }
        const std::size_t most = random.below(40);
        for (const Escape how : {Escape::text, Escape::word, Escape::json, Escape::xml}) {
            const std::string whole = escaped(text, how, 100000);
            const std::string cut = escaped(text, how, most);
            bool good = fit_for_a_line(whole) && fit_for_a_line(cut) && cut.size() <= most;
            if (whole.size() <= most) {
                good = good && cut == whole;
            } else if (most >= 3) {
                good = good && cut.ends_with("...") && whole.starts_with(cut.substr(0, cut.size() - 3));
            } else {
                good = good && cut.empty();
            }
            if (how == Escape::word) good = good && whole.find(' ') == std::string::npos;
            if (how != Escape::json) good = good && whole.find('"') == std::string::npos;
            bool json = true;
            if (how == Escape::json) unescape_json(cut, json);
            if (!good || !json) ++wrong;
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("what could forge a line is written out", "[wire][log]") {
    CHECK(escaped("a\r\nb\x1b[31m\x7f") == "a\\x0d\\x0ab\\x1b[31m\\x7f");
    CHECK(escaped("say \"x\\y\"") == "say \\x22x\\x5cy\\x22");
    CHECK(escaped("a b", Escape::word) == "a\\x20b");
    CHECK(escaped("\xe2\x82\xac \xff") == "\xe2\x82\xac \\xff");
    CHECK(escaped("\xe2\x80\xae") == "\\xe2\\x80\\xae");
    CHECK(escaped("\xc2\x9b", Escape::json) == "\\u009b");
    CHECK(escaped("\"\\\n\r\t\x01\xff", Escape::json) == "\\\"\\\\\\n\\r\\t\\u0001\\ufffd");
    CHECK(escaped("<a b='c'>&\"\n", Escape::xml) == "&lt;a b=&apos;c&apos;&gt;&amp;&quot;\\x0a");
    CHECK(escaped(std::string_view("\0", 1), Escape::json) == "\\u0000");
}

TEST_CASE("a long field is cut at a character and says so", "[wire][log]") {
    CHECK(escaped(std::string(1024, 'a')) == std::string(1024, 'a'));
    CHECK(escaped(std::string(1025, 'a')) == std::string(1021, 'a') + "...");
    CHECK(escaped("abcdefgh", Escape::text, 6) == "abc...");
    CHECK(escaped("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", Escape::text, 8) == "\xe2\x82\xac...");
    CHECK(escaped("ab\n\n\n", Escape::json, 7) == "ab\\n...");
    CHECK(escaped("abcd", Escape::text, 2).empty());
    CHECK(escaped("ab", Escape::text, 2) == "ab");
    CHECK(escaped("", Escape::text, 0).empty());
}

TEST_CASE("the values of secret parameters are not written", "[wire][log]") {
    CHECK(query("a=1&token=abc&b=2") == "a=1&token=***&b=2");
    CHECK(query("X-Amz-Signature=abc&X-Amz-Security-Token=def&X-Amz-Date=1") ==
          "X-Amz-Signature=***&X-Amz-Security-Token=***&X-Amz-Date=1");
    CHECK(query("TOKEN=a&%74oken=b&tok%65n=c&code=d=e") == "TOKEN=***&%74oken=***&tok%65n=***&code=***");
    CHECK(query("a=1;token=abc") == "a=1;token=***");
    CHECK(query("token") == "token");
    CHECK(query("token=") == "token=***");
    CHECK(query("tokens=1&mytoken=2&zipcode=3&&=4&") == "tokens=1&mytoken=2&zipcode=3&&=4&");
    CHECK(query("password=%0A&x=\n") == "password=***&x=\\x0a");
    CHECK(query(std::string(2000, 'a') + "&token=secret").size() == log::kMaxField);
    for (std::size_t length = 990; length < 1030; ++length) {
        CHECK(query(std::string(length, 'a') + "&token=secret").find("sec") == std::string::npos);
    }
    CHECK_FALSE(log::is_secret_parameter(""));
    CHECK_FALSE(log::is_secret_parameter("%7"));
    CHECK_FALSE(log::is_secret_parameter("x-amz-security-tokens"));
    CHECK(log::is_secret_parameter("x%2Damz%2Dsecurity%2Dtoken"));
}
