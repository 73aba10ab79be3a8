#include "libgw/wire/http/encoder.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/unit/wire/http/drive.h"

using namespace gw::http;

TEST_CASE("a head is written as it was asked for") {
    std::string out = "before";
    HeadWriter writer(out);
    writer.request_line("GET", "/a", "?b");
    writer.field(FieldName::host, "a");
    writer.field("X-Mine", "b c");
    writer.field("x-number", std::uint64_t{18446744073709551615U});
    writer.copied({FieldName::accept, "Accept", "*/*"});
    writer.content_length(5);
    CHECK(writer.end());
    CHECK(out ==
          "beforeGET /a?b HTTP/1.1\r\nhost: a\r\nX-Mine: b c\r\nx-number: 18446744073709551615\r\nAccept: "
          "*/*\r\ncontent-length: 5\r\n\r\n");
}

TEST_CASE("a status line has our reason phrase, or none") {
    std::string out;
    HeadWriter(out).status_line(404);
    HeadWriter(out).status_line(299);
    CHECK(out == "HTTP/1.1 404 Not Found\r\nHTTP/1.1 299 \r\n");
}

namespace {
template <class Write>
bool good(Write&& write) {
    std::string out;
    HeadWriter writer(out);
    write(writer);
    const bool before = writer.ok();
    const bool ended = writer.end();
    CHECK(before == ended);
    return ended;
}
}  // namespace

TEST_CASE("a byte that may not be on the wire poisons the writer, wherever it comes from") {
    for (int c = 0; c < 256; ++c) {
        const std::string text = std::string("a") + static_cast<char>(c) + "b";
        INFO(c);
        const bool value = c == '\t' || (c >= 0x20 && c != 0x7f);
        CHECK(good([&](HeadWriter& w) { w.field("x", text); }) == value);
        CHECK(good([&](HeadWriter& w) { w.field("x", std::string(20, 'x') + text + std::string(20, 'x')); }) == value);
        CHECK(good([&](HeadWriter& w) { w.field(FieldName::location, text); }) == value);
        CHECK(good([&](HeadWriter& w) { w.copied({FieldName::other, "x", text}); }) == value);
        const bool token =
            c > 0x20 && c < 0x7f && std::string("\"(),/:;<=>?@[\\]{}").find(static_cast<char>(c)) == std::string::npos;
        CHECK(good([&](HeadWriter& w) { w.field(text, "x"); }) == token);
        CHECK(good([&](HeadWriter& w) { w.field(text, std::uint64_t{1}); }) == token);
        CHECK(good([&](HeadWriter& w) { w.request_line(text, "/"); }) == token);
        CHECK(good([&](HeadWriter& w) { w.request_line("GET", text); }) == (c > 0x20 && c < 0x7f));
        CHECK(good([&](HeadWriter& w) { w.request_line("GET", "/", text); }) == (c > 0x20 && c < 0x7f));
    }
    CHECK_FALSE(good([](HeadWriter& w) { w.field("", "x"); }));
    CHECK_FALSE(good([](HeadWriter& w) { w.request_line("", "/"); }));
    CHECK_FALSE(good([](HeadWriter& w) { w.request_line("GET", ""); }));
    CHECK_FALSE(good([](HeadWriter& w) { w.field(FieldName::other, "x"); }));
    CHECK_FALSE(good([](HeadWriter& w) { w.status_line(99); }));
    CHECK_FALSE(good([](HeadWriter& w) { w.status_line(1000); }));
}

TEST_CASE("a body is framed once and by nobody else") {
    CHECK(good([](HeadWriter& w) { w.content_length(0); }));
    CHECK(good([](HeadWriter& w) { w.chunked(); }));
    CHECK(good([](HeadWriter& w) { w.field("x", "y"); }));
    CHECK_FALSE(good([](HeadWriter& w) { w.chunked(), w.content_length(1); }));
    CHECK_FALSE(good([](HeadWriter& w) { w.content_length(1), w.content_length(1); }));
    CHECK_FALSE(good([](HeadWriter& w) { w.chunked(), w.chunked(); }));
    CHECK_FALSE(good([](HeadWriter& w) { w.content_length(UINT64_MAX); }));
    for (const char* name : {"content-length", "Content-Length", "transfer-encoding", "TRANSFER-ENCODING"}) {
        CHECK_FALSE(good([&](HeadWriter& w) { w.field(name, "5"); }));
        CHECK_FALSE(good([&](HeadWriter& w) { w.field(name, std::uint64_t{5}); }));
        CHECK_FALSE(good([&](HeadWriter& w) { w.copied({to_field_name(name), name, "5"}); }));
    }
    CHECK_FALSE(good([](HeadWriter& w) { w.field(FieldName::content_length, "5"); }));
}

TEST_CASE("a poisoned writer stays poisoned") {
    CHECK_FALSE(good([](HeadWriter& w) {
        w.field("x", "a\r\nb: c");
        w.field("x", "good");
    }));
}

TEST_CASE("what was decoded is written and decoded to the same") {
    const std::string bytes =
        "PATCH /a%2Fb/../c?d HTTP/1.1\r\nHost: example.com\r\nX-A: caf\xe9\r\nX-B:\r\nContent-Length: 3\r\n\r\nabc";
    const Limits limits;
    RequestDecoder decoder(limits);
    RequestHead head;
    REQUIRE(decoder.decode(bytes, head).found == Found::head);
    std::string out;
    HeadWriter writer(out);
    writer.request_line(head.method_text(), head.path.sent_with_query());
    for (const FieldView field : head.fields) {
        if (field.id != FieldName::content_length) writer.copied(field);
    }
    writer.content_length(head.body.length);
    REQUIRE(writer.end());
    const Transcript first = hear_requests(bytes);
    const Transcript second = hear_requests(out + "abc");
    CHECK(second.status == 0);
    CHECK(second.messages.at(0).start == first.messages.at(0).start);
    CHECK(second.messages.at(0).body == first.messages.at(0).body);
    CHECK(second.messages.at(0).fields.size() == first.messages.at(0).fields.size());
}
