#include "libgw/wire/resp/resp.h"

#include "tests/support/catch.h"

using namespace gw;
using resp::Decoder;
using resp::Reply;

namespace {

/// All replies in the text, fed in pieces of a size; ends at the first error, which is put into `error`.
std::vector<Reply> read(std::string_view text, std::size_t piece, std::optional<Error>& error) {
    Decoder decoder;
    std::vector<Reply> replies;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        decoder.feed(text.substr(at, piece));
        while (true) {
            auto next = decoder.next();
            if (!next) {
                error = std::move(next).error();
                return replies;
            }
            if (!*next) break;
            replies.push_back(std::move(**next));
        }
    }
    return replies;
}

}  // namespace

TEST_CASE("a command is an array of texts with their lengths") {
    std::string text;
    const std::string_view parts[] = {"SET", "k", std::string_view("a\0\r\n", 4), ""};
    resp::append_command(text, parts);
    CHECK(text == std::string("*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\0\r\n\r\n$0\r\n\r\n", 36));
}

TEST_CASE("replies are read however the bytes are cut") {
    const std::string_view text =
        "+OK\r\n-NOSCRIPT no\r\n:-5\r\n$3\r\na\r\n\r\n$-1\r\n*3\r\n:1\r\n*1\r\n$1\r\nx\r\n*-1\r\n*0\r\n:7\r\n";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        std::optional<Error> error;
        const auto replies = read(text, piece, error);
        REQUIRE_FALSE(error);
        REQUIRE(replies.size() == 8);
        CHECK(replies[0].kind == Reply::Kind::status);
        CHECK(replies[0].text == "OK");
        CHECK(replies[1].kind == Reply::Kind::error);
        CHECK(replies[1].text == "NOSCRIPT no");
        CHECK(replies[2].integer == -5);
        CHECK(replies[3].text == "a\r\n");
        CHECK(replies[4].kind == Reply::Kind::nil);
        REQUIRE(replies[5].items.size() == 3);
        CHECK(replies[5].items[0].integer == 1);
        CHECK(replies[5].items[1].items.at(0).text == "x");
        CHECK(replies[5].items[2].kind == Reply::Kind::nil);
        CHECK(replies[6].kind == Reply::Kind::array);
        CHECK(replies[6].items.empty());
        CHECK(replies[7].integer == 7);
    }
}

TEST_CASE("what is not the protocol, or too much of it, is an error and no reply") {
    const auto error_of = [](std::string_view text) {
        std::optional<Error> error;
        read(text, 1000, error);
        return error ? error->code : Errc::internal;
    };
    CHECK(error_of("HTTP/1.1 400 Bad Request\r\n") == Errc::parse);
    CHECK(error_of("*65\r\n") == Errc::limit);
    CHECK(error_of("*1000000000\r\n") == Errc::limit);
    CHECK(error_of("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n") == Errc::parse);
    CHECK(error_of("$1000000\r\n" + std::string(70000, 'x')) == Errc::limit);
}

TEST_CASE("after an error nothing more comes of it, whatever is fed") {
    for (const std::string& text : {std::string("HTTP/1.1 400 Bad Request\r\n"), std::string("*65\r\n"),
                                    "$1000000\r\n" + std::string(70000, 'x'), std::string(":12a\r\n")}) {
        Decoder decoder;
        decoder.feed(text);
        REQUIRE_FALSE(decoder.next());
        for (int i = 0; i < 3; ++i) {
            decoder.feed("+OK\r\n");
            CHECK_FALSE(decoder.next());
        }
    }
}

TEST_CASE("a reply of the most bytes and items is read, and one of more is not, however it comes") {
    std::string items = "*64\r\n";
    for (int i = 0; i < 64; ++i) items += ":" + std::to_string(i) + "\r\n";
    const std::string text = "$" + std::to_string(Decoder::kMostBytes - 20) + "\r\n";
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, std::size_t{100'000}}) {
        std::optional<Error> error;
        CHECK(read(items + text + std::string(Decoder::kMostBytes - 20, 'x') + "\r\n:1\r\n", piece, error).size() == 3);
        CHECK_FALSE(error);
        CHECK(read(text + std::string(2 * Decoder::kMostBytes, 'x'), 1000, error).size() <= 1);
        CHECK(error);
    }
    // many replies at once are not one that is large
    std::string many;
    for (int i = 0; i < 30'000; ++i) many += ":7\r\n";
    std::optional<Error> error;
    CHECK(read(many, many.size(), error).size() == 30'000);
    CHECK_FALSE(error);
}

TEST_CASE("numbers are read to the ends of what 64 bits hold, and beyond them are an error") {
    const auto number = [](std::string_view text) -> std::optional<std::int64_t> {
        std::optional<Error> error;
        const auto replies = read(":" + std::string(text) + "\r\n", 3, error);
        if (replies.size() != 1) return std::nullopt;
        return replies[0].integer;
    };
    CHECK(number("0") == 0);
    CHECK(number("9223372036854775807") == INT64_MAX);
    CHECK(number("-9223372036854775808") == INT64_MIN);
    for (const char* text : {"9223372036854775808", "-9223372036854775809", "", "-", "1.5", " 1", "0x1", "1e3"}) {
        INFO(text);
        CHECK_FALSE(number(text));
    }
}

TEST_CASE("what Redis 6 says beyond version 2 of the protocol is an error and no reply") {
    for (const char* text : {"%1\r\n+a\r\n:1\r\n", "#t\r\n", ",1.5\r\n", "_\r\n", "(123\r\n", "!3\r\nERR\r\n"}) {
        INFO(text);
        Decoder decoder;
        decoder.feed(text);
        const auto next = decoder.next();
        CHECK((!next || (*next && (*next)->kind == Reply::Kind::nil)));
    }
}
