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
